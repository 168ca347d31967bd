//! A kubectl command taken apart: verb, options, and what it acts on.

use super::kinds::Meaning;
use super::lexer::Span;
use super::program::Invocation;
use super::value::{Arg, Listing, Value};
use asogate_aso::v1;

/// Verbs that are known behind options in a variable.
const VERBS: [&str; 18] = [
    "annotate",
    "api-resources",
    "apply",
    "create",
    "delete",
    "describe",
    "edit",
    "exec",
    "explain",
    "get",
    "label",
    "logs",
    "patch",
    "replace",
    "rollout",
    "scale",
    "set",
    "wait",
];

/// Options that take a value as the next word, of all verbs that are looked at.
const WITH_VALUE: [&str; 49] = [
    "--allowed-unsafe-sysctls",
    "--api-group",
    "--as",
    "--as-group",
    "--as-uid",
    "--as-user-extra",
    "--cache-dir",
    "--categories",
    "--certificate-authority",
    "--chunk-size",
    "--client-certificate",
    "--client-key",
    "--cluster",
    "--container",
    "--context",
    "--field-manager",
    "--field-selector",
    "--filename",
    "--for",
    "--grace-period",
    "--image",
    "--kubeconfig",
    "--kustomize",
    "--label-columns",
    "--log-flush-frequency",
    "--namespace",
    "--namespaced",
    "--output",
    "--password",
    "--patch",
    "--patch-file",
    "--profile",
    "--profile-output",
    "--raw",
    "--replicas",
    "--request-timeout",
    "--resource-version",
    "--selector",
    "--server",
    "--sort-by",
    "--subresource",
    "--template",
    "--timeout",
    "--tls-server-name",
    "--token",
    "--type",
    "--user",
    "--username",
    "--verbs",
];

/// Short options that take a value, and what they are short for.
const SHORT_WITH_VALUE: [(char, &str); 10] = [
    ('n', "--namespace"),
    ('o', "--output"),
    ('l', "--selector"),
    ('f', "--filename"),
    ('k', "--kustomize"),
    ('p', "--patch"),
    ('c', "--container"),
    ('s', "--server"),
    ('v', "--v"),
    ('L', "--label-columns"),
];

/// Short options without a value, and what they are short for.
const SHORT: [(char, &str); 4] = [
    ('A', "--all-namespaces"),
    ('R', "--recursive"),
    ('w', "--watch"),
    ('h', "--help"),
];

/// An option of a command.
#[derive(Clone, Debug)]
pub(super) struct Flag {
    /// Its long name.
    pub(super) name: String,
    /// Its value, as far as it is known.
    pub(super) value: Option<String>,
    /// Where it stands, with its value.
    pub(super) span: Span,
}

/// Types of a command.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// As it is written.
    pub(super) text: String,
    pub(super) meaning: Meaning,
    /// Where exactly it stands, if the source has the same letters.
    pub(super) span: Option<Span>,
    /// Where the word stands.
    pub(super) word: Span,
}

/// A command taken apart.
#[derive(Clone, Debug)]
pub(super) struct Kubectl {
    pub(super) verb: String,
    pub(super) verb_span: Span,
    /// Whether there is a verb that is not known.
    pub(super) has_unknown_verb: bool,
    pub(super) flags: Vec<Flag>,
    /// What it acts on, as far as its own words say.
    pub(super) types: Vec<Type>,
    /// Whether these are types of which names follow, so that lists hold names and no types.
    pub(super) has_type: bool,
    /// Names of objects, as far as they are known.
    pub(super) names: Vec<String>,
    /// Whether there are more names, which are not known.
    pub(super) has_unknown_names: bool,
    /// Where a type or a `type/name` stands that is not known.
    pub(super) unknown: Option<Span>,
    /// What other commands list for it.
    pub(super) listings: Vec<Listing>,
    /// `key=value` and `key-` of `annotate` and `label`: the text, and where it stands.
    pub(super) pairs: Vec<(String, Span)>,
    /// Whether what it acts on comes from standard input.
    pub(super) takes_input: bool,
}

impl Kubectl {
    /// Takes a command apart.
    pub(super) fn new(invocation: &Invocation) -> Kubectl {
        let (flags, mut operands) = options(&invocation.args);
        // `kubectl $OPTIONS get …`
        let is_verb = |arg: &Arg| arg.text().is_some_and(|text| VERBS.contains(&text));
        if operands.first().is_some_and(|arg| arg.text().is_none())
            && operands.get(1).is_some_and(is_verb)
        {
            operands.remove(0);
        }
        let verb = match operands.is_empty() {
            true => None,
            false => Some(operands.remove(0)),
        };
        let mut kubectl = Kubectl {
            has_unknown_verb: verb.as_ref().is_some_and(|verb| verb.text().is_none()),
            verb: verb
                .as_ref()
                .and_then(Arg::text)
                .unwrap_or_default()
                .to_owned(),
            verb_span: verb.map_or_else(|| invocation.span.clone(), |verb| verb.span),
            flags,
            types: vec![],
            has_type: false,
            names: vec![],
            has_unknown_names: false,
            unknown: None,
            listings: vec![],
            pairs: vec![],
            takes_input: invocation.takes_input,
        };
        if kubectl.verb == "set" || kubectl.verb == "rollout" {
            operands.drain(..operands.len().min(1));
        }
        if let Some(marker) = &invocation.input_as {
            operands.retain(|arg| {
                !arg.text()
                    .is_some_and(|text| text.contains(marker.as_str()))
            });
        }
        if kubectl.verb == "annotate" || kubectl.verb == "label" {
            let is_pair = |text: &str| text.contains('=') || text.ends_with('-');
            operands.retain(|arg| {
                let is_pair = is_pair(arg.known());
                if is_pair {
                    kubectl
                        .pairs
                        .push((arg.known().to_owned(), arg.span.clone()));
                }
                !is_pair
            });
        }
        kubectl.act_on(operands);
        kubectl
    }

    /// The operands of most verbs: `TYPE[,TYPE] [NAME…]`, or `TYPE/NAME…`.
    fn act_on(&mut self, operands: Vec<Arg>) {
        let mut named = false;
        for (position, arg) in operands.into_iter().enumerate() {
            match &arg.value {
                // One list can be the types, and another one the names.
                Value::Listing(listing) => {
                    if position == 0 || listing.types.is_some() {
                        self.listings.push(listing.clone());
                    } else if !named {
                        self.unknown.get_or_insert(arg.span.clone());
                    }
                    named |= position == 0 && listing.of_types;
                }
                // `storageaccount/$name`
                Value::Unknown if arg.start.contains('/') => {
                    let start = arg.start.clone();
                    self.operand(&start, position, &arg);
                    named = true;
                }
                Value::Unknown if position == 0 => self.unknown = Some(arg.span.clone()),
                // A name after a type.
                Value::Unknown => self.has_unknown_names = true,
                Value::Texts(texts) => {
                    for text in texts {
                        self.operand(text, position, &arg);
                    }
                    named = true;
                }
            }
        }
    }

    fn operand(&mut self, text: &str, position: usize, arg: &Arg) {
        let (types, name) = match text.split_once('/') {
            Some((of_type, name)) => (of_type, Some(name)),
            None if position == 0 => (text, None),
            None => ("", Some(text)),
        };
        self.has_type |= position == 0 && name.is_none();
        self.names
            .extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
        let mut start = arg.at;
        for of_type in types.split(',').filter(|_| !types.is_empty()) {
            self.types.push(Type {
                text: of_type.to_owned(),
                meaning: Meaning::of(of_type),
                span: (start + of_type.len() <= arg.at + arg.exact)
                    .then(|| start..start + of_type.len()),
                word: arg.span.clone(),
            });
            start += of_type.len() + 1;
        }
    }

    /// An option by its long name.
    pub(super) fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// Whether an option without a value is given, and not as `--option=false`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.flag(name)
            .is_some_and(|flag| flag.value.as_deref() != Some("false"))
    }

    /// Whether the objects come from files.
    pub(super) fn takes_files(&self) -> bool {
        ["--filename", "--kustomize"]
            .iter()
            .any(|name| self.flag(name).is_some())
    }

    /// Whether nothing is changed.
    pub(super) fn is_dry_run(&self) -> bool {
        let flag = self.flag("--dry-run");
        flag.is_some_and(|flag| !matches!(flag.value.as_deref(), Some("none" | "false")))
    }

    /// What `get` or `api-resources` prints, for whoever reads it; `filters` are the commands on the way.
    pub(super) fn prints(&self, stdin: Option<Listing>, filters: &[String]) -> Option<Listing> {
        let all_namespaces = self
            .flag("--all-namespaces")
            .filter(|_| self.has("--all-namespaces"));
        let output = self
            .flag("--output")
            .and_then(|flag| flag.value.clone())
            .unwrap_or_default();
        let passes = |word: &str| {
            filters.iter().any(|filter| filter.contains(word)) || output.contains(word)
        };
        let names_only = output == "name";
        let columns = filters
            .iter()
            .any(|filter| filter.contains("$1") || filter.starts_with("read "));
        let mut listing = Listing {
            types: None,
            of_types: false,
            all_namespaces: all_namespaces.map(|flag| flag.span.clone()),
            keeps_namespaces: !names_only
                && (passes("namespace") || columns || (filters.is_empty() && output.is_empty())),
            selects_paused: passes("skipreconcile"),
            selects_skipped: passes("reconcile-policy"),
        };
        match self.verb.as_str() {
            "api-resources" => {
                listing.of_types = true;
                listing.types = self.api_group(filters);
                Some(listing)
            }
            "get" => {
                let own = self.types.iter().map(|own| own.meaning.clone());
                let mut types: Vec<Meaning> = own.collect();
                let mut is_known = self.unknown.is_none();
                for inner in self.listings.iter().chain(&stdin) {
                    match &inner.types {
                        Some(more) => types.extend(more.iter().cloned()),
                        None => is_known = false,
                    }
                    listing.selects_paused |= inner.selects_paused;
                    listing.selects_skipped |= inner.selects_skipped;
                }
                is_known &= !self.takes_input || stdin.is_some();
                listing.types = (is_known && !types.is_empty()).then_some(types);
                Some(listing)
            }
            _ => None,
        }
    }

    /// The kinds of the groups that `api-resources` is asked for, or that `grep` leaves.
    fn api_group(&self, filters: &[String]) -> Option<Vec<Meaning>> {
        let own = self.flag("--api-group").and_then(|flag| flag.value.clone());
        let greps = filters.iter().filter(|filter| filter.contains("grep"));
        let greps: Vec<String> = greps
            .map(|filter| filter.replace(['\\', '$', '\'', '"', '^'], ""))
            .collect();
        if own.is_none() && greps.is_empty() {
            return None;
        }
        let wanted = |group: &str| {
            own.as_deref().is_none_or(|own| own == group)
                && greps.iter().all(|grep| {
                    let mut words = grep.split_whitespace().skip(1);
                    let inverted = words.clone().any(|word| word.starts_with("-v"));
                    words.any(|word| word.contains('.') && format!(".{group}").contains(word))
                        != inverted
                })
        };
        let mut types = vec![];
        if wanted(v1::GROUP) {
            types.extend(v1::kinds().iter().map(|kind| Meaning {
                v1: Some(kind),
                has_group: true,
                ..Meaning::default()
            }));
        }
        let of_v2 = asogate_aso::v2::kinds()
            .iter()
            .filter(|kind| wanted(kind.group));
        types.extend(of_v2.map(|kind| Meaning {
            v2: vec![kind],
            has_group: true,
            ..Meaning::default()
        }));
        Some(types)
    }
}

/// The options of arguments, and the rest.
fn options(args: &[Arg]) -> (Vec<Flag>, Vec<Arg>) {
    let (mut flags, mut operands) = (vec![], vec![]);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let text = arg.known();
        let mut value_of_next = |start: &Span| match args.next() {
            Some(next) => (next.text().map(str::to_owned), start.start..next.span.end),
            None => (None, start.clone()),
        };
        if text == "--" {
            operands.extend(args.cloned());
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let name = format!("--{name}");
            let (value, span) = match WITH_VALUE.contains(&name.as_str()) && !text.contains('=') {
                true => value_of_next(&arg.span),
                false => (value, arg.span.clone()),
            };
            flags.push(Flag { name, value, span });
        } else if let Some(short) = text.strip_prefix('-').filter(|short| !short.is_empty()) {
            for (index, letter) in short.char_indices() {
                if let Some((_, name)) = SHORT_WITH_VALUE.iter().find(|(known, _)| *known == letter)
                {
                    let rest = short.get(index + letter.len_utf8()..).unwrap_or("");
                    let rest = rest.strip_prefix('=').unwrap_or(rest);
                    let (value, span) = match rest.is_empty() {
                        true => value_of_next(&arg.span),
                        false => (arg.text().map(|_| rest.to_owned()), arg.span.clone()),
                    };
                    flags.push(Flag {
                        name: (*name).to_owned(),
                        value,
                        span,
                    });
                    break;
                }
                let long = SHORT.iter().find(|(known, _)| *known == letter);
                let name =
                    long.map_or_else(|| format!("-{letter}"), |(_, name)| (*name).to_owned());
                flags.push(Flag {
                    name,
                    value: None,
                    span: arg.span.clone(),
                });
            }
        } else {
            operands.push(arg.clone());
        }
    }
    (flags, operands)
}
