//! Tokens as commands, in the order in which they stand, each with what decides whether and on what it runs: the pipeline
//! it is in, `&&` and `||` before it, and the loops, branches and functions around it.

mod parser;

pub(super) use parser::parse;

use super::lexer::{Span, Word};

/// A simple command.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    /// Variables that are set, by themselves or for the command.
    pub(super) assignments: Vec<(String, Word)>,
    /// The command and its arguments.
    pub(super) words: Vec<Word>,
    /// From the first word (not the assignments before it) to the last.
    pub(super) span: Span,
    /// The command whose output it reads, by position.
    pub(super) piped_from: Option<usize>,
    /// Whether its output goes into a pipe.
    pub(super) is_piped: bool,
    /// Whether its standard output goes into a file.
    pub(super) is_redirected: bool,
    /// What it reads: the word after `<` or `<<<`.
    pub(super) input: Option<Word>,
    /// Whether it reads a here-document, which is skipped.
    pub(super) has_here_document: bool,
    /// What stands before it.
    pub(super) link: Link,
    /// The list of commands joined by `&&`, `||` and `|` that it is part of, by the position of its first command.
    pub(super) list: usize,
    /// What it stands in.
    pub(super) frame: Option<usize>,
    /// Whether `!` turns its exit code round.
    pub(super) is_negated: bool,
}

/// What joins a command to the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Link {
    #[default]
    None,
    And,
    Or,
    Pipe,
}

/// What commands stand in.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) parent: Option<usize>,
    pub(super) kind: FrameKind,
    /// What stands before it.
    pub(super) link: Link,
    /// The list of commands that it is part of as a whole.
    pub(super) list: usize,
}

/// The kinds of what commands stand in.
#[derive(Clone, Debug)]
pub(super) enum FrameKind {
    /// `(…)`, `{…}`, `case`, a branch after `else`.
    Group,
    /// The body of a function.
    Function(String),
    /// `for name in words`.
    For { name: String, words: Vec<Word> },
    /// `while` and `until`: the variables that `read` sets in it; what is read comes from this command, or from this word.
    While {
        reads: Vec<String>,
        piped_from: Option<usize>,
        input: Option<Word>,
    },
    /// What stands between `if` and `then`.
    Condition,
    /// What stands after `then`; the positions of the condition's commands.
    Then { condition: std::ops::Range<usize> },
}

/// The commands of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    pub(super) frames: Vec<Frame>,
}

impl Script {
    /// Whether a frame is, or stands in, another one.
    pub(super) fn is_within(&self, frame: Option<usize>, outer: usize) -> bool {
        self.around(frame).any(|(index, _)| index == outer)
    }

    /// A frame and those around it, the innermost first.
    pub(super) fn around(&self, frame: Option<usize>) -> impl Iterator<Item = (usize, &Frame)> {
        let mut next = frame;
        std::iter::from_fn(move || {
            let index = next?;
            let frame = self.frames.get(index)?;
            next = frame.parent;
            Some((index, frame))
        })
    }
}

#[cfg(test)]
mod tests;
