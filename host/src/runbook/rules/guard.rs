//! Whether a check stands before a delete, so that the delete only runs if its gate is open.

use super::Look;
use crate::runbook::Grammar;
use crate::runbook::asogate::{Asogate, Subject};
use crate::runbook::program::{self, Program};
use crate::runbook::script::{FrameKind, Link, Script};
use crate::runbook::value::{Environment, Scope};

/// The checks of a file up to here.
#[derive(Clone, Debug)]
pub(in crate::runbook) struct Guards {
    grammar: Grammar,
    /// What the snippets before this one check.
    before: Vec<Asogate>,
    /// The checks of this script.
    here: Vec<Check>,
}

/// One `asogate check cleanup`, or `asogate check --plan`.
#[derive(Clone, Debug)]
struct Check {
    of: Asogate,
    /// Where it stands in the text, and the position of its command.
    at: usize,
    position: usize,
    /// The loop, branch or function in which it stands: outside of it nothing says that it has run.
    home: Option<usize>,
    /// Whether a failure of it ends the script.
    ends_script: bool,
}

impl Guards {
    pub(in crate::runbook) fn new(grammar: Grammar) -> Guards {
        Guards {
            grammar,
            before: vec![],
            here: vec![],
        }
    }

    /// Why one of our commands does not run as it is written, and so vouches for nothing.
    pub(super) fn misunderstood(&self, asogate: &Asogate) -> Option<String> {
        (self.grammar)(&asogate.words)
    }

    /// Goes on to the next snippet of the same file.
    pub(in crate::runbook) fn next_snippet(&mut self) {
        self.before
            .extend(self.here.drain(..).map(|check| check.of));
    }

    /// Takes note of the checks of a script.
    pub(in crate::runbook) fn learn(&mut self, script: &Script, environment: &Environment) {
        let mut stops = false;
        for (position, command) in script.commands.iter().enumerate() {
            let words = command.words.iter().filter_map(|word| word.literal());
            let words: Vec<String> = words.collect();
            if words.first().is_some_and(|first| first == "set") {
                let is_option = |word: &str| word.starts_with('-') && !word.starts_with("--");
                let stops_at_failure =
                    |word: &String| word == "errexit" || (is_option(word) && word.contains('e'));
                stops |= words.iter().skip(1).any(stops_at_failure);
                stops &= !words.iter().skip(1).any(|word| word == "+e");
            }
            let scope = Scope::new(script, environment, command.frame);
            let invocation = program::of(command, scope, "")
                .filter(|invocation| invocation.program == Program::Asogate);
            let asogate = invocation.map(|invocation| Asogate::new(&invocation.args));
            let is_check = |asogate: &Asogate| {
                asogate.command == "check" && self.misunderstood(asogate).is_none()
            };
            let Some(of) = asogate.filter(is_check) else {
                continue;
            };
            let is_condition = |kind: &FrameKind| matches!(kind, FrameKind::Condition);
            let mut around = script.around(command.frame);
            let in_condition = script
                .around(command.frame)
                .any(|(_, frame)| is_condition(&frame.kind));
            let alone = command.link == Link::None
                && !command.is_piped
                && !in_condition
                && !command.is_negated;
            self.here.push(Check {
                of,
                at: command.span.start,
                position,
                home: around
                    .find(|(_, frame)| !is_condition(&frame.kind))
                    .map(|(index, _)| index),
                ends_script: (stops && alone && !leads(script, position))
                    || exits_otherwise(script, position),
            });
        }
    }

    /// Whether the delete that is looked at runs only after a check of it has passed. In a document a person reads what a
    /// check says; in a script its exit code has to be looked at.
    pub(super) fn covers(&self, look: &Look<'_>) -> bool {
        let (v1, v2) = look.sides();
        let subject = Subject {
            kubectl: look.kubectl,
            v1,
            v2,
            lists: look.listings().next().is_some(),
        };
        if look
            .invocation
            .gate
            .as_ref()
            .is_some_and(|gate| self.misunderstood(gate).is_none() && gate.covers(&subject))
        {
            return true;
        }
        let earlier =
            |check: &&Check| check.at < look.command.span.start && check.of.covers(&subject);
        let mut here = self.here.iter().filter(earlier);
        if !look.is_script {
            return self.before.iter().any(|check| check.covers(&subject)) || here.next().is_some();
        }
        here.any(|check| {
            let is_at_home = check
                .home
                .is_none_or(|home| look.script.is_within(look.command.frame, home));
            let decides = !look.is_nested && decides(look.script, check.position, look.position);
            decides
                || (check.ends_script && (check.home.is_none() || (!look.is_nested && is_at_home)))
        })
    }
}

/// Whether something is joined to the command at this position.
fn leads(script: &Script, position: usize) -> bool {
    let own = script.commands.get(position).map(|command| command.list);
    let next = script.commands.get(position + 1);
    next.is_some_and(|next| Some(next.list) == own && next.link != Link::None)
}

/// `check || exit 1`, `check || { …; exit 1; }`, `if ! check; then …; exit 1; fi`.
fn exits_otherwise(script: &Script, position: usize) -> bool {
    let Some(check) = script
        .commands
        .get(position)
        .filter(|check| !check.is_piped)
    else {
        return false;
    };
    let exits = |command: &crate::runbook::script::Command| {
        let first = command.words.first().and_then(|word| word.literal());
        matches!(first.as_deref(), Some("exit" | "return" | "die" | "false"))
    };
    let after = || script.commands.iter().skip(position + 1);
    let at_once = after()
        .take_while(|command| command.list == check.list)
        .any(|command| command.link == Link::Or && exits(command));
    let in_group = |(index, frame): (usize, &crate::runbook::script::Frame)| {
        let otherwise = match &frame.kind {
            FrameKind::Group => frame.link == Link::Or && frame.list == check.list,
            FrameKind::Then { condition } => {
                check.is_negated && condition.clone().next_back() == Some(position)
            }
            _ => false,
        };
        otherwise && after().any(|command| script.is_within(command.frame, index) && exits(command))
    };
    at_once || script.frames.iter().enumerate().any(in_group)
}

/// `check && delete`, `if check; then delete; fi`.
fn decides(script: &Script, check: usize, delete: usize) -> bool {
    let (Some(first), Some(last)) = (script.commands.get(check), script.commands.get(delete))
    else {
        return false;
    };
    if first.is_piped || first.is_negated {
        return false;
    }
    let between = script.commands.iter().take(delete + 1).skip(check + 1);
    let joined = first.list == last.list
        && between.clone().all(|command| {
            command.list == first.list && matches!(command.link, Link::And | Link::Pipe)
        });
    let in_then = script
        .around(last.frame)
        .any(|(_, frame)| match &frame.kind {
            FrameKind::Then { condition } => {
                condition.clone().next_back() == Some(check) && first.link != Link::Or
            }
            FrameKind::Group => frame.link == Link::And && frame.list == first.list,
            _ => false,
        });
    joined || in_then
}
