//! Runbooks: commands that people paste and scripts run during the migration, looked through for the traps of the
//! migration guide and of kubectl and asoctl.
//!
//! Text in, findings out: a file is taken apart into shell text (`snippet`), that into words (`lexer`) and commands
//! (`script`), those into programs and what they act on (`value`, `program`, `kubectl`, `kinds`), which `rules` look at.
//! Nothing is run, and no cluster is asked. What cannot be read or told is said, never passed over.

mod asogate;
mod code;
mod fix;
mod kinds;
mod kubectl;
mod lexer;
mod program;
mod rules;
mod script;
mod snippet;
mod value;

pub use code::{CODES, CodeInfo, POLICY, find};

use asogate_core::change::Position;
use asogate_core::finding::{Level, Moment, Remedy};
use asogate_core::statement::Statement;
use lexer::{Part, Span, Word};
use rules::{Edit, Found, Guards, Look};
use script::{FrameKind, Script};
use snippet::Snippet;
use std::collections::{BTreeMap, BTreeSet};
use value::{Environment, Scope};

/// What was found in runbooks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examination {
    /// The findings; each is about a command (see [`Statement::command`]).
    pub statements: Vec<Statement>,
    /// What could not be read or told, in one line each.
    pub undetermined: Vec<String>,
    /// How many kubectl, asoctl and asogate commands were looked at.
    pub commands: usize,
    /// The files.
    pub files: Vec<String>,
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct Runbook<'a> {
    /// As the user named it.
    pub name: &'a str,
    /// What it holds.
    pub text: &'a str,
    /// Whether it was named itself, and not found in a folder: then it is expected to hold a command.
    pub is_named: bool,
}

/// Why our own command line does not take these words (none: not known before it runs); none if it does, or may. What
/// stands behind `--` is one word, `COMMAND`.
pub type Grammar = fn(&[Option<String>]) -> Option<String>;

/// Looks through files. The same files give the same findings, in the order in which they stand. Commands of asogate itself
/// are held to `grammar`.
pub fn examine(runbooks: &[Runbook<'_>], grammar: Grammar) -> Examination {
    let mut examination = Examination::default();
    for runbook in runbooks {
        let before = examination.commands;
        let mut reader = Reader {
            runbook,
            examination: &mut examination,
            environment: Environment::default(),
            guards: Guards::new(grammar),
        };
        reader.read();
        if runbook.is_named && examination.commands == before {
            let what = format!(
                "`{}` holds no kubectl or asoctl command, so nothing of it was checked",
                runbook.name
            );
            examination.undetermined.push(what);
        }
        examination.files.push(runbook.name.to_owned());
    }
    if examination.commands == 0 && examination.undetermined.is_empty() {
        examination.undetermined.push(
            "the runbooks hold no kubectl or asoctl command, so nothing was checked".to_owned(),
        );
    }
    examination
}

/// Reads one file. What is set in a snippet holds in the next ones too, as in the terminal of who pastes them.
struct Reader<'a> {
    runbook: &'a Runbook<'a>,
    examination: &'a mut Examination,
    environment: Environment,
    guards: Guards,
}

/// What was found in a snippet, before it is put into words.
#[derive(Default)]
struct Notes {
    /// With the command, as it is shown.
    found: Vec<(Span, Found)>,
    unknown: BTreeSet<(usize, String)>,
    hidden: Vec<Edit>,
    /// Letters that no command can have meant.
    slips: Vec<Edit>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let snippets = snippet::of(self.runbook.name, self.runbook.text);
        for (line, what) in &snippets.unread {
            self.examination
                .undetermined
                .push(format!("{}:{line}: {what}", self.runbook.name));
        }
        for snippet in &snippets.snippets {
            let (tokens, problems) = lexer::lex(&snippet.text);
            let mut notes = Notes::default();
            for problem in problems {
                if snippet
                    .text
                    .get(problem.at..)
                    .is_some_and(|rest| rest.starts_with('`'))
                {
                    notes
                        .slips
                        .push(Edit::replace(&(problem.at..problem.at + 1), ""));
                }
                let what = format!(
                    "{}: could not be read: {}",
                    self.at(snippet, problem.at),
                    problem.what
                );
                self.examination.undetermined.push(what);
            }
            let script = script::parse(&tokens);
            self.walk(&script, &snippet.text, None, snippets.is_script, &mut notes);
            self.guards.next_snippet();
            self.tell(snippet, notes);
        }
    }

    fn at(&self, snippet: &Snippet, offset: usize) -> Position {
        let (line, column) = snippet.place(offset);
        Position {
            file: self.runbook.name.to_owned(),
            line,
            column,
        }
    }

    /// Looks at the commands of a script, those in its substitutions included; `outer` is the command that these stand in.
    fn walk(
        &mut self,
        script: &Script,
        text: &str,
        outer: Option<&Span>,
        is_script: bool,
        notes: &mut Notes,
    ) {
        if outer.is_none() {
            self.guards.learn(script, &self.environment);
        }
        self.functions(script);
        notes.hidden.extend(fix::hidden(script, text));
        for frame in &script.frames {
            let words = match &frame.kind {
                FrameKind::For { words, .. } => words.as_slice(),
                FrameKind::While { input, .. } => input.as_slice(),
                _ => &[],
            };
            self.environment.enter(script, frame.parent);
            self.inner(words.iter(), text, outer, is_script, notes);
        }
        for (position, command) in script.commands.iter().enumerate() {
            self.environment.enter(script, command.frame);
            let statement = outer
                .cloned()
                .unwrap_or_else(|| statement(script, position));
            let assigned = command.assignments.iter().map(|(_, word)| word);
            let words = command.words.iter().chain(assigned).chain(&command.input);
            self.inner(words, text, Some(&statement), is_script, notes);
            let scope = Scope::new(script, &self.environment, command.frame);
            match program::of(command, scope, text) {
                Some(invocation) => {
                    self.examination.commands += 1;
                    let kubectl = kubectl::Kubectl::new(&invocation);
                    // `kubectl get -o yaml | kubectl delete -f -`
                    let from_input = kubectl
                        .flag("--filename")
                        .is_some_and(|flag| flag.value.as_deref() == Some("-"));
                    let reads = invocation.takes_input || from_input;
                    let upstream = command.piped_from.filter(|_| reads);
                    let look = Look {
                        text,
                        script,
                        position,
                        command,
                        invocation: &invocation,
                        kubectl: &kubectl,
                        input: upstream.and_then(|from| scope.printed_by(from)),
                        is_nested: outer.is_some(),
                        feeds: outer.is_some() || command.is_piped,
                        is_script,
                        guards: &self.guards,
                    };
                    let report = rules::look(&look);
                    notes.unknown.extend(report.unknown);
                    notes.found.extend(
                        report
                            .found
                            .into_iter()
                            .map(|found| (statement.clone(), found)),
                    );
                }
                None if program::hides_one(command, scope) => {
                    let what =
                        "this runs a command in a text or on another machine, which is not read"
                            .to_owned();
                    notes.unknown.insert((command.span.start, what));
                }
                None => {}
            }
            self.environment.learn(script, command);
        }
    }

    /// Looks at the commands of the substitutions of words.
    fn inner<'w>(
        &mut self,
        words: impl Iterator<Item = &'w Word>,
        text: &str,
        outer: Option<&Span>,
        is_script: bool,
        notes: &mut Notes,
    ) {
        for word in words {
            self.inner_of(word, text, outer.unwrap_or(&word.span), is_script, notes);
        }
    }

    fn inner_of(
        &mut self,
        word: &Word,
        text: &str,
        outer: &Span,
        is_script: bool,
        notes: &mut Notes,
    ) {
        for part in &word.parts {
            if let Part::Output(tokens) = part {
                let script = script::parse(tokens);
                self.walk(&script, text, Some(outer), is_script, notes);
            }
        }
        for word in word.array.iter().flatten() {
            self.inner_of(word, text, outer, is_script, notes);
        }
    }

    /// Functions that hand all their arguments on to a program are other names of it.
    fn functions(&mut self, script: &Script) {
        for command in &script.commands {
            let is_all = |word: &Word| matches!(word.parts.as_slice(), [Part::Variable(name)] if name == "@" || name == "*");
            let mut around = script.around(command.frame);
            let name = around.find_map(|(_, frame)| match &frame.kind {
                FrameKind::Function(name) => Some(name),
                _ => None,
            });
            if let Some(name) = name
                && command.words.last().is_some_and(is_all)
                && command.words.len() > 1
            {
                let words = command.words.iter().take(command.words.len() - 1);
                self.environment
                    .aliases
                    .insert(name.clone(), words.cloned().collect());
            }
        }
    }

    /// Puts into words what was found in a snippet.
    fn tell(&mut self, snippet: &Snippet, notes: Notes) {
        let text = &snippet.text;
        let Notes {
            found: all,
            unknown,
            mut hidden,
            slips,
        } = notes;
        hidden.sort_by_key(|edit| edit.span.start);
        let mut changes: BTreeMap<(usize, usize), Changes> = BTreeMap::new();
        for (statement, found) in &all {
            let changes = changes.entry((statement.start, statement.end)).or_default();
            changes.edits.extend(found.edits.iter().cloned());
            changes.are_too_few |= found.level == Level::Deny && found.edits.is_empty();
        }
        for (statement, found) in &all {
            let hidden = between(&hidden, statement);
            let mut remedies = vec![];
            match changes.get(&(statement.start, statement.end)) {
                // A line that is still a trap is not one to be typed.
                Some(changes) if !changes.are_too_few && changes.are_in(statement) => {
                    // What is hidden stays hidden; it comes first, so it wins.
                    let edits = hidden
                        .iter()
                        .chain(between(&slips, statement))
                        .chain(&changes.edits);
                    let edits: Vec<Edit> = edits.cloned().collect();
                    remedies.push(Remedy::Command(fix::line(text, statement, &edits)));
                }
                _ => remedies.extend(found.edits.iter().map(|edit| {
                    let at = self.at(snippet, edit.span.start);
                    Remedy::Edit(match edit.span.is_empty() {
                        true => format!("write `{}` at {at}", edit.with.trim()),
                        false => format!(
                            "write `{}` for `{}` at {at}",
                            edit.with,
                            fix::line(text, &edit.span, &[])
                        ),
                    })
                })),
            }
            remedies.extend(found.remedies.iter().cloned());
            let Some(info) = code::find(found.code) else {
                continue;
            };
            self.examination.statements.push(Statement {
                level: found.level,
                code: info.code(),
                subject: Some(asogate_core::statement::command_key(fix::line(
                    text, statement, hidden,
                ))),
                moment: Moment::Standing,
                position: Some(self.at(snippet, found.at)),
                column: None,
                message: found.message.clone(),
                why: found.why.clone(),
                remedies,
                related: vec![],
                follows: vec![],
                stands_for: None,
            });
        }
        for (at, what) in unknown {
            let what = format!("{}: {what}", self.at(snippet, at));
            self.examination.undetermined.push(what);
        }
    }
}

/// The changes of one command.
#[derive(Debug, Default)]
struct Changes {
    edits: Vec<Edit>,
    /// Whether something is wrong with the command that no change of letters mends.
    are_too_few: bool,
}

impl Changes {
    /// Whether there are any, and none is elsewhere (in a list that a variable holds).
    fn are_in(&self, statement: &Span) -> bool {
        let is_in =
            |edit: &Edit| statement.start <= edit.span.start && edit.span.end <= statement.end;
        !self.edits.is_empty() && self.edits.iter().all(is_in)
    }
}

/// Those of sorted changes that are made in a place.
fn between<'e>(edits: &'e [Edit], place: &Span) -> &'e [Edit] {
    let from = edits.partition_point(|edit| edit.span.start < place.start);
    let to = edits.partition_point(|edit| edit.span.start < place.end);
    edits.get(from..to).unwrap_or(&[])
}

/// The command at this position, with those of its pipeline that it gets its objects from.
fn statement(script: &Script, position: usize) -> Span {
    let mut span = Span::default();
    let mut next = Some(position);
    while let Some(command) = next.and_then(|position| script.commands.get(position)) {
        let is_first = span.is_empty();
        let runs_one = command
            .words
            .iter()
            .filter_map(Word::literal)
            .any(|word| matches!(word.as_str(), "kubectl" | "oc" | "k"));
        if is_first {
            span = command.span.clone();
        } else if runs_one {
            span.start = command.span.start;
        }
        next = command.piped_from;
    }
    span
}

#[cfg(test)]
mod tests;
