//! Why files do not make a snapshot.

use asogate_core::change::Position;
use asogate_core::object::ObjectKey;
use std::fmt;

/// A file could not be loaded. Never quotes a value of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not load `{}`: {}{cause}", Place(.file, .at), In(.object))]
pub struct LoadError {
    /// The file as the user named it.
    pub file: String,
    /// Line and column, from 1, in characters; none if it is about the file as a whole.
    pub at: Option<(u32, u32)>,
    /// The object in which it is, as far as it is known by then.
    pub object: Option<String>,
    /// What is wrong.
    pub cause: LoadCause,
}

impl LoadError {
    /// Where it is.
    pub fn position(&self) -> Option<Position> {
        let (line, column) = self.at?;
        Some(Position {
            file: self.file.clone(),
            line,
            column,
        })
    }
}

/// What is wrong with a file, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadCause {
    /// Nothing in it.
    #[error("the file is empty; take the dump again, for example with `kubectl get … -A -o json`")]
    Empty,
    /// Lists without items.
    #[error(
        "it holds no object, so nothing is known of the cluster; check the namespace and kinds that were asked for, or leave the file out"
    )]
    NoObject,
    /// It ends in the middle of something.
    #[error("the file ends in the middle of an object; the dump was cut off, take it again")]
    Truncated,
    /// It is not JSON.
    #[error(
        "this is not JSON ({0}); JSON dumps come from `kubectl get … -o json`, and YAML files end in `.yaml` or `.yml`"
    )]
    NotJson(String),
    /// It is no whole list that can be cut into parts. The file is then read in one go, which may well find nothing wrong.
    #[error("it cannot be read in parts")]
    NotInParts,
    /// NUL bytes: a binary file, or one in UTF-16.
    #[error(
        "there is a NUL byte; the file is binary or was written as UTF-16 (PowerShell does that for `>`), write it as UTF-8"
    )]
    Nul,
    /// Nested too deeply.
    #[error(
        "maps and lists nest deeper than 128 levels; no Kubernetes object does, so the file is damaged or hostile"
    )]
    TooDeep,
    /// Something that is not a map stands where an object is expected.
    #[error(
        "there is {0} where a Kubernetes object is expected; every object is a map with `apiVersion`, `kind` and `metadata`"
    )]
    NotAnObject(&'static str),
    /// An object that does not say what it is.
    #[error("an object has no `{0}`; give whole objects, as `kubectl get … -o json` prints them")]
    Missing(&'static str),
    /// An identity of the wrong shape.
    #[error("`{0}` of an object is {1}; it must be a string")]
    NotAString(&'static str, &'static str),
    /// A kind that is called a list, but has no items.
    #[error("the list has no `items`; give whole lists, as `kubectl get … -o json` prints them")]
    NoItems,
    /// An object that is not as Kubernetes objects are.
    #[error("{0}")]
    Object(String),
    /// Two objects with one identity.
    #[error(
        "`{0}` is given twice, with different contents; give each object once, from one moment, so leave the older dump out"
    )]
    Contradiction(ObjectKey),
    /// A snapshot file of another version.
    #[error(
        "the snapshot file has the version `{found}`; this asogate reads `{known}`, so write the snapshot again with it"
    )]
    SnapshotVersion {
        /// What the file says.
        found: String,
        /// What can be read.
        known: &'static str,
    },
    /// A snapshot file whose header is not one.
    #[error("the snapshot file is not as asogate writes them: {0}")]
    SnapshotHeader(String),
    /// Classes of values of two worlds.
    #[error(
        "a snapshot file and a dump with Secrets were given together; their values cannot be compared, give one or the other"
    )]
    MixedClasses,
}

struct Place<'a>(&'a String, &'a Option<(u32, u32)>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some((line, column)) => write!(out, "{}:{line}:{column}", self.0),
            None => out.write_str(self.0),
        }
    }
}

struct In<'a>(&'a Option<String>);

impl fmt::Display for In<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(object) => write!(out, "`{object}`: "),
            None => Ok(()),
        }
    }
}

/// Line and column (from 1, in characters) of a byte of a text.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = text.get(..offset).unwrap_or("");
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).unwrap_or("").chars().count() + 1;
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (small(line), small(column))
}

/// The byte that `serde_json` means by a line and column: its columns are bytes, and count the byte that was read last.
pub(crate) fn byte_offset(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        let rest = text.get(start..).unwrap_or("");
        start += rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    }
    (start + column.saturating_sub(1)).min(text.len())
}
