//! Our own commands in a runbook: what a check, or `exec`, vouches for.

use super::kinds::Meaning;
use super::kubectl::Kubectl;
use super::value::Arg;

/// Options that take one value as the next word.
const WITH_VALUE: [&str; 16] = [
    "-l",
    "-n",
    "-o",
    "--as",
    "--cache-dir",
    "--cascade",
    "--config",
    "--context",
    "--kubeconfig",
    "--namespace",
    "--output",
    "--plan",
    "--policy",
    "--request-timeout",
    "--selector",
    "--write-waivers",
];

/// Options that take values up to the next option.
const WITH_VALUES: [&str; 4] = ["-f", "--filename", "--snapshot", "--waivers"];

/// An `asogate` command, as far as it matters for what comes after it.
#[derive(Clone, Debug, Default)]
pub(super) struct Asogate {
    pub(super) command: String,
    /// Its arguments, as far as they are known, for our own command line.
    pub(super) words: Vec<Option<String>>,
    /// The step, or nothing.
    step: String,
    /// Whether a plan is judged.
    has_plan: bool,
    namespace: Option<String>,
    selector: Option<String>,
    /// `TYPE[/NAME]`; none for everything that the step is about.
    selected: Vec<String>,
    /// Whether there is a word that is not known.
    is_unclear: bool,
}

/// A delete that is to be vouched for.
pub(super) struct Subject<'a> {
    pub(super) kubectl: &'a Kubectl,
    /// Whether it deletes objects of v1, and of v2.
    pub(super) v1: bool,
    pub(super) v2: bool,
    /// Whether other commands list what it deletes.
    pub(super) lists: bool,
}

impl Asogate {
    /// What the arguments say.
    pub(super) fn new(args: &[Arg]) -> Asogate {
        let mut words: Vec<Option<String>> = args
            .iter()
            .map(|arg| arg.text().map(str::to_owned))
            .collect();
        let separator = words.iter().position(|word| word.as_deref() == Some("--"));
        if let Some(separator) = separator {
            words.splice(separator + 1.., [Some("COMMAND".to_owned())]);
        }
        let mut asogate = Asogate {
            words,
            ..Asogate::default()
        };
        let mut operands = vec![];
        let mut args = args
            .iter()
            .take_while(|arg| arg.text() != Some("--"))
            .peekable();
        while let Some(arg) = args.next() {
            let Some(text) = arg.text() else {
                asogate.is_unclear |= arg.start.is_empty();
                continue;
            };
            if !text.starts_with('-') {
                operands.push(text.to_owned());
                continue;
            }
            let (name, mut value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (text, None),
            };
            if value.is_none() && WITH_VALUE.contains(&name) {
                // What a variable holds is the same for the check and the delete.
                value = args
                    .next()
                    .map(|value| value.text().unwrap_or_default().to_owned());
            }
            if WITH_VALUES.contains(&name) {
                while args
                    .next_if(|next| !next.known().starts_with('-'))
                    .is_some()
                {}
            }
            match name {
                "-n" | "--namespace" => asogate.namespace = value,
                "-l" | "--selector" => asogate.selector = value,
                "--plan" => asogate.has_plan = true,
                _ => {}
            }
        }
        let mut operands = operands.into_iter();
        asogate.command = operands.next().unwrap_or_default();
        if !asogate.has_plan {
            asogate.step = operands.next().unwrap_or_default();
        }
        asogate.selected = operands.collect();
        asogate
    }

    /// Whether a delete is among what it judges. The step `cleanup` deletes v1 objects; a plan is taken to hold what its
    /// author deletes next.
    pub(super) fn covers(&self, subject: &Subject<'_>) -> bool {
        if self.has_plan {
            return true;
        }
        let kubectl = subject.kubectl;
        let of_delete = |name: &str| {
            kubectl
                .flag(name)
                .map(|flag| flag.value.clone().unwrap_or_default())
        };
        let within = |own: &Option<String>, other: Option<String>| own.is_none() || *own == other;
        self.step == "cleanup"
            && !subject.v2
            && !self.is_unclear
            && within(&self.namespace, of_delete("--namespace"))
            && within(&self.selector, of_delete("--selector"))
            && (self.selected.is_empty() || self.selects(subject))
    }

    /// Whether everything that is deleted is of the selected types, and has the selected names.
    fn selects(&self, subject: &Subject<'_>) -> bool {
        let kubectl = subject.kubectl;
        let kind = |text: &str| Meaning::of(text).v1.map(|kind| kind.kind);
        let has_kind = |wanted: Option<&str>, name: Option<&str>| {
            wanted.is_some()
                && self
                    .selected
                    .iter()
                    .any(|selected| match selected.split_once('/') {
                        Some((of_type, own)) => kind(of_type) == wanted && name == Some(own),
                        None => kind(selected) == wanted,
                    })
        };
        let is_known = subject.v1 && !kubectl.types.is_empty() && kubectl.unknown.is_none();
        let all_named = !kubectl.has_unknown_names && !subject.lists && !kubectl.names.is_empty();
        let names: Vec<Option<&str>> = match all_named {
            true => kubectl
                .names
                .iter()
                .map(|name| Some(name.as_str()))
                .collect(),
            false => vec![None],
        };
        is_known
            && kubectl.types.iter().all(|of_type| {
                let wanted = of_type.meaning.v1.map(|kind| kind.kind);
                names.iter().all(|name| has_kind(wanted, *name))
            })
    }
}
