//! Findings: one statement about one object, with what follows from it and what to do.

use crate::input::ObjectId;
use std::fmt::Write as _;

/// How bad a finding is. What blocks is decided by configuration and waivers, not by the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The step must not run.
    Deny,
    /// A person should look.
    Warn,
    /// Worth knowing.
    Info,
}

/// When a finding is true, in terms of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// It becomes true with this change (number from 1), or the change itself is what is wrong.
    Change(u32),
    /// It is true before the plan and after it. Blocks only steps that rely on it, and `lint`.
    Standing,
    /// It is true before the plan and no longer after it. Shown, never blocks.
    Mended,
}

/// Something that a person can do about a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// One command line that can be pasted into a shell.
    Command(String),
    /// What to change in the file in which the finding's object stands.
    Edit(String),
    /// Anything else, in words.
    Advice(String),
}

/// One statement about one object.
///
/// Texts may contain placeholders, which the host replaces: `{object}` (`Kind.group namespace/name`), `{kind}`, `{group}`,
/// `{version}`, `{namespace}`, `{name}`, `{plural}`, `{resource}` (`plural.group`, as kubectl takes it),
/// `{versioned-resource}` (`plural.version.group`, for v2 objects), and with a number before it the same of a related
/// object: `{1.name}`. So a policy need not read names only to print them. Texts from the cluster
/// go through [`quote`], so that a brace in them is not taken for a placeholder.
///
/// ```
/// use asogate_policy::{finding, quote};
///
/// let value = "yes";
/// let found = finding("not-true")
///     .standing()
///     .column("metadata.annotations[skipreconcile]")
///     .message(format!("has `skipreconcile` set to {}, which does not pause it", quote(value)))
///     .why("v1 goes on managing the Azure resource")
///     .command("kubectl annotate -n {namespace} {resource} {name} skipreconcile=true --overwrite");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Finding {
    pub(crate) code: &'static str,
    pub(crate) level: Option<Level>,
    pub(crate) object: Option<ObjectId>,
    pub(crate) moment: Option<Moment>,
    pub(crate) column: Option<String>,
    pub(crate) message: String,
    pub(crate) why: String,
    pub(crate) remedies: Vec<Remedy>,
    pub(crate) related: Vec<ObjectId>,
    pub(crate) follows: Vec<&'static str>,
}

/// Starts a finding of this code. Before it is returned it must have a moment ([`Finding::at`], [`Finding::standing`],
/// [`Finding::mended`], or through [`Input::judge`](crate::Input::judge)) and a message.
pub fn finding(code: &'static str) -> Finding {
    Finding {
        code,
        level: None,
        object: None,
        moment: None,
        column: None,
        message: String::new(),
        why: String::new(),
        remedies: vec![],
        related: vec![],
        follows: vec![],
    }
}

impl Finding {
    /// The object it is about. Without this, it is about the plan or the cluster as a whole.
    pub fn about(mut self, object: ObjectId) -> Finding {
        self.object = Some(object);
        self
    }

    /// Gives it another level than its code's default. The code must declare it.
    pub fn level(mut self, level: Level) -> Finding {
        self.level = Some(level);
        self
    }

    /// It becomes true with change number `change`, or that change is what is wrong.
    pub fn at(self, change: u32) -> Finding {
        self.moment(Moment::Change(change))
    }

    /// It is true before the plan and after it.
    pub fn standing(self) -> Finding {
        self.moment(Moment::Standing)
    }

    /// It is true before the plan and no longer after it.
    pub fn mended(self) -> Finding {
        self.moment(Moment::Mended)
    }

    /// When it is true.
    pub fn moment(mut self, moment: Moment) -> Finding {
        self.moment = Some(moment);
        self
    }

    /// The path in the object that is wrong, written as a column. The host shows its file, line and column where it can.
    pub fn column(mut self, column: impl Into<String>) -> Finding {
        self.column = Some(column.into());
        self
    }

    /// What is wrong: one line, lower-case start, no full stop, without the object's name, which the host puts in front.
    pub fn message(mut self, message: impl Into<String>) -> Finding {
        self.message = message.into();
        self
    }

    /// What would happen in this migration because of it, in one line.
    pub fn why(mut self, why: impl Into<String>) -> Finding {
        self.why = why.into();
        self
    }

    /// Adds a command line that can be pasted into a shell.
    pub fn command(self, command: impl Into<String>) -> Finding {
        self.remedy(Remedy::Command(command.into()))
    }

    /// Adds what to change in the file in which the object stands.
    pub fn edit(self, edit: impl Into<String>) -> Finding {
        self.remedy(Remedy::Edit(edit.into()))
    }

    /// Adds anything else that can be done, in words.
    pub fn advice(self, advice: impl Into<String>) -> Finding {
        self.remedy(Remedy::Advice(advice.into()))
    }

    /// Adds something that can be done.
    pub fn remedy(mut self, remedy: Remedy) -> Finding {
        self.remedies.push(remedy);
        self
    }

    /// Adds another object that plays a part. The first one added is `{1.…}` in texts.
    pub fn related(mut self, object: ObjectId) -> Finding {
        self.related.push(object);
        self
    }

    /// Adds other objects that play a part, in this order.
    pub fn related_all(mut self, objects: impl IntoIterator<Item = ObjectId>) -> Finding {
        self.related.extend(objects);
        self
    }

    /// Adds the code (`policy/code`) of a finding that would be the cause of this one: if that is found about the same object
    /// and is in the way by itself, the host shows this one as what follows from it, and does not count it again.
    pub fn follows(mut self, code: &'static str) -> Finding {
        self.follows.push(code);
        self
    }

    /// The code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The object it is about.
    pub fn object(&self) -> Option<ObjectId> {
        self.object
    }

    /// When it is true, if that was said.
    pub fn when(&self) -> Option<Moment> {
        self.moment
    }

    /// Whether another finding says the same of the same place (at another moment).
    pub(crate) fn same_problem(&self, other: &Finding) -> bool {
        self.code == other.code && self.object == other.object && self.column == other.column
    }
}

/// How much of a text from the cluster is shown in a message.
const QUOTE_LIMIT: usize = 80;

/// The same for ids of Azure resources; a long one with several levels of names has about 300 characters.
const ID_LIMIT: usize = 400;

/// A text from the cluster or a file, ready to stand in a message: in backticks, on one line, at most 80 characters of
/// it, and with braces doubled so that they are not taken for placeholders.
pub fn quote(text: &str) -> String {
    quote_within(text, QUOTE_LIMIT)
}

/// As [`quote`], with room for the id of an Azure resource: one that is cut off cannot be looked up.
pub fn quote_id(id: &str) -> String {
    quote_within(id, ID_LIMIT)
}

fn quote_within(text: &str, limit: usize) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'{' && byte != b'`';
    if text.len() <= limit && text.bytes().all(is_plain) {
        return ["`", text, "`"].concat();
    }
    let mut out = String::from("`");
    for (index, character) in text.chars().enumerate() {
        if index == limit {
            out.push('…');
            break;
        }
        match character {
            '{' => out.push_str("{{"),
            '`' => out.push('\''),
            character if character.is_control() => {
                // `\u{1b}` has a brace, too.
                let _ = write!(
                    out,
                    "{}",
                    character.escape_default().to_string().replace('{', "{{")
                );
            }
            character => out.push(character),
        }
    }
    out.push('`');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_stays_on_one_line_and_holds_no_placeholder() {
        assert_eq!(quote("a\nb{name}"), "`a\\nb{{name}`");
        assert_eq!(quote("{{"), "`{{{{`");
        assert_eq!(quote("\u{1b}["), "`\\u{{1b}[`");
        assert_eq!(quote(&"x".repeat(200)).chars().count(), 83);
    }
}
