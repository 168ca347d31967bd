//! What words stand for when a script runs, as far as its text says: variables that were set before, loop variables, and
//! lists of objects or types that other commands print.

use super::kinds::Meaning;
use super::kubectl::Kubectl;
use super::lexer::{Part, Span, Word};
use super::program::{self, Program};
use super::script::{self, Command, FrameKind, Script};
use std::collections::HashMap;

/// How often a variable may stand for another one. Protects against variables that stand for themselves.
const MAX_EXPANSIONS: usize = 8;

/// Most arguments that one variable is split into. Protects memory.
const MAX_SPLIT: usize = 256;

/// One argument of a command.
#[derive(Clone, Debug)]
pub(super) struct Arg {
    /// Where the word stands.
    pub(super) span: Span,
    /// What it stands for.
    pub(super) value: Value,
    /// What it begins with, if the rest is not known.
    pub(super) start: String,
    /// Where its first letter stands, behind a quote if there is one.
    pub(super) at: usize,
    /// How many of its first bytes stand there as they are, so that they can be pointed at.
    pub(super) exact: usize,
}

/// What a word stands for.
#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    /// One of these texts.
    Texts(Vec<String>),
    /// What this list holds.
    Listing(Listing),
    /// A text that begins like this.
    #[default]
    Unknown,
}

/// Names of objects or of types that a command prints.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    /// What types it lists, or what types the objects have; none if that is not known.
    pub(super) types: Option<Vec<Meaning>>,
    /// Whether these are names of types (`kubectl api-resources`) and not of objects.
    pub(super) of_types: bool,
    /// Where it says that all namespaces are listed; `None` if it does not.
    pub(super) all_namespaces: Option<Span>,
    /// Whether what is printed names the namespaces.
    pub(super) keeps_namespaces: bool,
    /// Whether something on the way looks at `skipreconcile`.
    pub(super) selects_paused: bool,
    /// Whether something on the way looks at the policy of v2.
    pub(super) selects_skipped: bool,
}

/// What is set where.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    variables: HashMap<String, Value>,
    /// Names that stand for programs: aliases, and functions that hand their arguments on.
    pub(super) aliases: HashMap<String, Vec<Word>>,
}

/// A script and what is set in it: what is asked when a word is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) script: &'a Script,
    pub(super) environment: &'a Environment,
    /// The frame in which the word stands.
    pub(super) frame: Option<usize>,
    /// How deep we are in variables that stand for others.
    depth: usize,
}

impl Environment {
    /// Takes note of what a command sets.
    pub(super) fn learn(&mut self, script: &Script, command: &Command) {
        let scope = Scope::new(script, self, command.frame);
        let mut values: Vec<(String, Value)> = vec![];
        if command.words.is_empty() {
            values.extend(command.assignments.iter().map(|(name, word)| {
                let words = word.array.as_deref().unwrap_or(std::slice::from_ref(word));
                (name.clone(), scope.choice(words))
            }));
        }
        let first = command
            .words
            .first()
            .and_then(Word::literal)
            .unwrap_or_default();
        let pairs = command.words.iter().skip(1).filter_map(split_assignment);
        if ["export", "local", "readonly", "declare", "typeset"].contains(&first.as_str()) {
            values.extend(pairs.map(|(name, word)| (name, scope.choice(&[word]))));
        } else if first == "alias" {
            for (name, word) in pairs {
                let text = word.literal().unwrap_or_default();
                let words = text
                    .split_whitespace()
                    .map(|text| literal(text, &word.span));
                self.aliases.insert(name, words.collect());
            }
            return;
        }
        self.variables.extend(values);
    }

    /// Takes note of what the loops around a place set, for the commands of the substitutions in it.
    pub(super) fn enter(&mut self, script: &Script, frame: Option<usize>) {
        let frames: Vec<_> = script.around(frame).collect();
        for (index, frame) in frames.into_iter().rev() {
            let names = match &frame.kind {
                FrameKind::For { name, .. } => vec![name.clone()],
                FrameKind::While { reads, .. } => reads.clone(),
                _ => continue,
            };
            for name in names {
                let value = Scope::new(script, self, Some(index)).variable(&name);
                self.variables.insert(name, value);
            }
        }
    }
}

fn literal(text: &str, span: &Span) -> Word {
    Word {
        parts: vec![Part::Text(text.to_owned())],
        span: span.clone(),
        quoted: true,
        array: None,
    }
}

fn split_assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text(first)) = word.parts.first() else {
        return None;
    };
    let (name, value) = first.split_once('=')?;
    let mut rest = word.clone();
    rest.parts.remove(0);
    rest.parts.insert(0, Part::Text(value.to_owned()));
    Some((name.to_owned(), rest))
}

impl<'a> Scope<'a> {
    /// What is seen from a command of a script.
    pub(super) fn new(
        script: &'a Script,
        environment: &'a Environment,
        frame: Option<usize>,
    ) -> Scope<'a> {
        Scope {
            script,
            environment,
            frame,
            depth: 0,
        }
    }

    fn deeper(self) -> Scope<'a> {
        Scope {
            depth: self.depth + 1,
            ..self
        }
    }

    /// The arguments that words become.
    pub(super) fn args(self, words: &[Word], text: &str) -> Vec<Arg> {
        words
            .iter()
            .flat_map(|word| self.split(word, text))
            .collect()
    }

    /// A word, as one argument or as those that its variable is split into.
    fn split(self, word: &Word, text: &str) -> Vec<Arg> {
        let value = self.value(word);
        let source = text.get(word.span.clone()).unwrap_or("");
        let inner = source.strip_prefix(['"', '\'']).unwrap_or(source);
        let at = word.span.start + source.len() - inner.len();
        let exact = |text: &str| {
            if inner.starts_with(text) {
                text.len()
            } else {
                0
            }
        };
        let start = word.known_start().to_owned();
        let arg = |value, start: String, exact| Arg {
            span: word.span.clone(),
            value,
            start,
            at,
            exact,
        };
        match (&value, word.parts.as_slice()) {
            (Value::Texts(texts), [Part::Variable(_)]) if !word.quoted && texts.len() == 1 => {
                let words = texts.iter().flat_map(|text| text.split_whitespace());
                let words = words.take(MAX_SPLIT);
                words
                    .map(|text| arg(Value::Texts(vec![text.to_owned()]), String::new(), 0))
                    .collect()
            }
            (Value::Texts(texts), _) => {
                let known = texts
                    .first()
                    .filter(|_| texts.len() == 1)
                    .map_or(0, |text| exact(text));
                vec![arg(value, start, known)]
            }
            _ => {
                let known = exact(&start);
                vec![arg(value, start, known)]
            }
        }
    }

    /// What a word stands for.
    pub(super) fn value(self, word: &Word) -> Value {
        if self.depth > MAX_EXPANSIONS {
            return Value::Unknown;
        }
        let mut texts = vec![String::new()];
        for part in &word.parts {
            let more = match part {
                Part::Text(text) => vec![text.clone()],
                Part::Placeholder => return Value::Unknown,
                Part::Output(tokens) => {
                    let inner = script::parse(tokens);
                    return match self.listing(&inner) {
                        Some(listing) => Value::Listing(listing),
                        None => Value::Unknown,
                    };
                }
                Part::Variable(name) => match self.variable(name) {
                    Value::Texts(texts) => texts,
                    other => return other,
                },
            };
            texts = texts
                .iter()
                .flat_map(|start| more.iter().map(move |end| format!("{start}{end}")))
                .take(MAX_SPLIT)
                .collect();
        }
        Value::Texts(texts)
    }

    /// What a variable stands for: of the loops around, then of what was set before.
    fn variable(self, name: &str) -> Value {
        for (_, frame) in self.script.around(self.frame) {
            match &frame.kind {
                FrameKind::For { name: own, words } if own == name => {
                    return self.deeper().choice(words);
                }
                FrameKind::While {
                    reads,
                    piped_from,
                    input,
                } if reads.iter().any(|read| read == name) => {
                    let listing = match (piped_from, input) {
                        (Some(position), _) => self.deeper().printed_by(*position),
                        (None, Some(word)) => match self.deeper().value(word) {
                            Value::Listing(listing) => Some(listing),
                            _ => None,
                        },
                        (None, None) => None,
                    };
                    return match listing {
                        Some(listing) => Value::Listing(listing),
                        None => Value::Unknown,
                    };
                }
                _ => {}
            }
        }
        match self.environment.variables.get(name) {
            Some(value) => value.clone(),
            None => Value::Unknown,
        }
    }

    /// One of these words.
    fn choice(self, words: &[Word]) -> Value {
        let mut texts = vec![];
        for word in words {
            match self.value(word) {
                Value::Texts(more) => texts.extend(more),
                Value::Listing(listing) if words.len() == 1 => return Value::Listing(listing),
                _ => return Value::Unknown,
            }
        }
        texts.truncate(MAX_SPLIT);
        match texts.is_empty() {
            true => Value::Unknown,
            false => Value::Texts(texts),
        }
    }

    /// What the commands of a substitution print.
    fn listing(self, inner: &Script) -> Option<Listing> {
        let scope = Scope {
            script: inner,
            frame: None,
            depth: self.depth + 1,
            ..self
        };
        (self.depth <= MAX_EXPANSIONS)
            .then(|| scope.printed_by(inner.commands.len().checked_sub(1)?))?
    }

    /// What a command prints: the list of a kubectl command on the way to it, and what other programs made of it.
    pub(super) fn printed_by(self, position: usize) -> Option<Listing> {
        if self.depth > MAX_EXPANSIONS {
            return None;
        }
        let mut filters: Vec<String> = vec![];
        let mut next = Some(position);
        while let Some(position) = next {
            let command = self.script.commands.get(position)?;
            let scope = Scope {
                frame: command.frame,
                ..self
            };
            match program::of(command, scope, "") {
                Some(invocation) if invocation.program == Program::Kubectl => {
                    let kubectl = Kubectl::new(&invocation);
                    let upstream = || {
                        command
                            .piped_from
                            .and_then(|from| scope.deeper().printed_by(from))
                    };
                    let stdin = if invocation.takes_input {
                        upstream()
                    } else {
                        None
                    };
                    return kubectl.prints(stdin, &filters);
                }
                _ => {
                    let words = command
                        .words
                        .iter()
                        .map(|word| match scope.deeper().value(word) {
                            Value::Texts(texts) => texts.join(" "),
                            _ => word.known_start().to_owned(),
                        });
                    filters.push(words.collect::<Vec<_>>().join(" "));
                }
            }
            next = command.piped_from;
        }
        None
    }
}

impl Arg {
    /// What it says, if that is one thing.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Texts(texts) if texts.len() == 1 => texts.first().map(String::as_str),
            _ => None,
        }
    }

    /// What it says, or as much of its beginning as is known.
    pub(super) fn known(&self) -> &str {
        self.text().unwrap_or(&self.start)
    }
}
