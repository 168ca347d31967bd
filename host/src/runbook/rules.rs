//! What is looked for in a command: one file for each matter. A rule says what is wrong and which letters to change; the
//! line to type is put together from the changes of all rules (`fix`), so that it falls into no other trap.

mod annotate;
mod delete;
mod guard;
mod import;
mod names;
mod namespaces;
mod own;

use super::asogate::Asogate;
use super::kinds::Meaning;
use super::kubectl::Kubectl;
use super::lexer::Span;
use super::program::{Invocation, Program};
use super::script::{Command, Script};
use super::value::Listing;
use asogate_core::finding::{Level, Remedy};

pub(super) use guard::Guards;

/// A command, taken apart, with everything that rules look at.
pub(super) struct Look<'a> {
    pub(super) text: &'a str,
    pub(super) script: &'a Script,
    /// The position of the command in the script.
    pub(super) position: usize,
    pub(super) command: &'a Command,
    pub(super) invocation: &'a Invocation,
    pub(super) kubectl: &'a Kubectl,
    /// What comes to it from standard input as arguments.
    pub(super) input: Option<Listing>,
    /// Whether it stands in a substitution, so that positions are those of another script.
    pub(super) is_nested: bool,
    /// Whether what it prints goes to another command.
    pub(super) feeds: bool,
    /// Whether nobody is there to see what is printed.
    pub(super) is_script: bool,
    pub(super) guards: &'a Guards,
}

/// What a rule found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) code: &'static str,
    pub(super) level: Level,
    /// Where it stands.
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) why: String,
    pub(super) edits: Vec<Edit>,
    pub(super) remedies: Vec<Remedy>,
}

/// Letters to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) span: Span,
    pub(super) with: String,
}

impl Edit {
    pub(super) fn replace(span: &Span, with: impl Into<String>) -> Edit {
        Edit {
            span: span.clone(),
            with: with.into(),
        }
    }

    pub(super) fn insert(at: usize, with: impl Into<String>) -> Edit {
        Edit {
            span: at..at,
            with: with.into(),
        }
    }
}

/// What rules say of one command.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) found: Vec<Found>,
    /// What could not be told, and where.
    pub(super) unknown: Vec<(usize, String)>,
}

/// Asks every rule.
pub(super) fn look(look: &Look<'_>) -> Report {
    let mut report = Report::default();
    match look.invocation.program {
        Program::Kubectl => {
            names::ambiguous(look, &mut report);
            names::unversioned(look, &mut report);
            namespaces::lost(look, &mut report);
            annotate::overwrite(look, &mut report);
            annotate::misspelt(look, &mut report);
            delete::look(look, &mut report);
            not_known(look, &mut report);
        }
        Program::Asoctl => import::look(look, &mut report),
        Program::Asogate => own::look(look, &Asogate::new(&look.invocation.args), &mut report),
    }
    if let Some(gate) = &look.invocation.gate {
        own::look(look, gate, &mut report);
    }
    report
}

/// The verbs with which objects are changed.
const CHANGING: [&str; 5] = ["annotate", "delete", "edit", "label", "patch"];

impl Look<'_> {
    pub(super) fn verb(&self) -> &str {
        &self.kubectl.verb
    }

    pub(super) fn changes(&self) -> bool {
        CHANGING.contains(&self.verb()) && !self.kubectl.is_dry_run()
    }

    /// What other commands list for this one.
    pub(super) fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.kubectl.listings.iter().chain(&self.input)
    }

    /// Those of which the types count: the command names none itself.
    pub(super) fn typed_listings(&self) -> impl Iterator<Item = &Listing> {
        self.listings().filter(|_| !self.kubectl.has_type)
    }

    /// All that the command acts on, as far as it is known.
    pub(super) fn meanings(&self) -> impl Iterator<Item = &Meaning> {
        let own = self.kubectl.types.iter().map(|of_type| &of_type.meaning);
        own.chain(
            self.typed_listings()
                .filter_map(|listing| listing.types.as_ref())
                .flatten(),
        )
    }

    /// Whether it acts on v1 objects, and on v2 objects. Where a name is one of both, kubectl takes v1 (OBSERVED 2.v).
    pub(super) fn sides(&self) -> (bool, bool) {
        let of_aso = || self.meanings().filter(|meaning| meaning.is_of_aso());
        let v1 = of_aso().any(|meaning| meaning.v1.is_some());
        let v2 = of_aso().any(|meaning| meaning.v1.is_none() && !meaning.v2.is_empty());
        (v1, v2)
    }

    /// The keys and values that are set or removed, and where.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, Option<&str>, &Span)> {
        self.kubectl
            .pairs
            .iter()
            .map(|(pair, span)| match pair.split_once('=') {
                Some((key, value)) => (key, Some(value), span),
                None => (pair.trim_end_matches('-'), None, span),
            })
    }

    /// The source of a place.
    pub(super) fn source(&self, span: &Span) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }
}

/// What a changing command acts on may be anything: then nothing of it was judged.
fn not_known(look: &Look<'_>, report: &mut Report) {
    // A function that hands on all its arguments is looked at where it is called.
    let hands_on = |source: &str| source.contains("$@") || source.contains("$*");
    if look.kubectl.has_unknown_verb && !hands_on(look.source(&look.kubectl.verb_span)) {
        let what = "what this `kubectl` does is not known before it runs".to_owned();
        report.unknown.push((look.kubectl.verb_span.start, what));
    }
    if !look.changes() {
        return;
    }
    let unclear = look.typed_listings().any(|listing| listing.types.is_none());
    let no_input =
        look.kubectl.takes_input && look.input.is_none() && look.kubectl.types.is_empty();
    let nothing = look.kubectl.types.is_empty()
        && look.listings().next().is_none()
        && !look.kubectl.takes_files()
        && look.kubectl.unknown.is_none()
        && !look.kubectl.takes_input;
    let at = match &look.kubectl.unknown {
        Some(span) if look.kubectl.types.is_empty() => span.start,
        _ if unclear || no_input => look.invocation.span.start,
        // `kubectl delete` in a sentence about it, or with all that matters in a variable.
        _ if nothing && look.verb() == "delete" => look.kubectl.verb_span.start,
        _ => return,
    };
    let what = format!(
        "which objects this `kubectl {}` is for is not known before it runs",
        look.verb()
    );
    report.unknown.push((at, what));
}
