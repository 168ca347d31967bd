//! Where the parts of a document stand in their file.
//!
//! A tree in one vector, in the order of the text: an entry is followed by the entries below it. Entries know their key
//! only as a hash, so the tree needs no strings and stays right when fields are removed from the value.

use asogate_core::selector::{self, ColumnPath};
use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

impl Mark {
    /// The place of the byte `offset` of `text`.
    pub fn of(text: &str, offset: usize) -> Mark {
        let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let in_line = before.get(start..).unwrap_or_default();
        Mark {
            line: number(line + 1),
            column: number(characters(in_line) + 1),
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

/// How many characters these bytes of a UTF-8 text are.
pub(super) fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// A line or column as it is stored. Files are far smaller than 4 GiB lines; the bound only keeps this total.
pub(super) fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// One step of a path into a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment<'a> {
    /// A field of a map.
    Field(Cow<'a, str>),
    /// An element of a list, from 0.
    Index(usize),
}

impl<'a> From<&'a str> for Segment<'a> {
    fn from(field: &'a str) -> Self {
        Segment::Field(Cow::Borrowed(field))
    }
}

impl From<usize> for Segment<'_> {
    fn from(index: usize) -> Self {
        Segment::Index(index)
    }
}

/// A path as messages show it, in the notation of columns: `spec.rules[2].host`, `metadata.annotations[a/b]`.
pub fn show_path(path: &[Segment<'_>]) -> String {
    let mut shown = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => shown.push_str(&format!("[{index}]")),
            Segment::Field(name)
                if name.is_empty() || name.contains(['.', '/', '[', '(', ' ', ':']) =>
            {
                shown.push_str(&format!("[{name}]"));
            }
            Segment::Field(name) => {
                if !shown.is_empty() {
                    shown.push('.');
                }
                shown.push_str(name);
            }
        }
    }
    shown
}

/// Where a part of a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The key of a map entry; for an element of a list or a whole document, the same as `value`.
    pub key: Mark,
    /// The value. For a block map or list: its first key or dash.
    pub value: Mark,
}

/// The kind of an entry's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Root,
    Field,
    Index,
    /// The `<<` of a map: what is below it counts as part of that map.
    Merge,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    /// How many entries this one is, with those below it.
    pub(super) len: u32,
    /// Hash of a field's name, or the index of an element.
    pub(super) hash: u64,
    pub(super) key: Mark,
    pub(super) value: Mark,
}

/// The places of a document and of everything in it.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    pub(super) entries: Vec<Entry>,
}

impl Spans {
    /// Where the document starts.
    pub fn start(&self) -> Mark {
        self.entries
            .first()
            .map_or(Mark::default(), |root| root.value)
    }

    /// Where the part at `path` stands, or the deepest part on the way to it that exists. Parts that come from an alias
    /// or a merge key stand where they are written.
    pub fn position_of<'a>(&self, path: impl IntoIterator<Item = Segment<'a>>) -> Span {
        let mut at = 0;
        for segment in path {
            let (kind, hash) = match &segment {
                Segment::Field(name) => (EntryKind::Field, hash(name)),
                Segment::Index(index) => (EntryKind::Index, *index as u64),
            };
            match find(&self.entries, at, kind, hash) {
                Some(child) => at = child,
                None => break,
            }
        }
        let entry = self.entries.get(at);
        Span {
            key: entry.map(|entry| entry.key).unwrap_or_default(),
            value: entry.map(|entry| entry.value).unwrap_or_default(),
        }
    }

    /// Where the part that a column of a finding names stands; a column with `[*]` leads to the list or map before it.
    pub fn position_of_column(&self, column: &ColumnPath) -> Span {
        let fields = column.segments.iter().map_while(|segment| match segment {
            selector::Segment::Field(name) => Some(Segment::from(name.as_str())),
            selector::Segment::Each => None,
        });
        self.position_of(fields)
    }

    /// The spans of the part at `path`, as of a document of its own.
    pub(super) fn part(&self, path: &[Segment<'_>]) -> Spans {
        let mut at = 0;
        for segment in path {
            let found = match segment {
                Segment::Field(name) => find(&self.entries, at, EntryKind::Field, hash(name)),
                Segment::Index(index) => find(&self.entries, at, EntryKind::Index, *index as u64),
            };
            match found {
                Some(child) => at = child,
                None => break,
            }
        }
        let mut entries = subtree(&self.entries, at).to_vec();
        make_root(&mut entries);
        Spans { entries }
    }
}

/// Makes the first entry the root of a document.
pub(super) fn make_root(entries: &mut [Entry]) {
    if let Some(root) = entries.first_mut() {
        root.kind = EntryKind::Root;
        root.key = root.value;
    }
}

/// The entry at `at` and those below it.
pub(super) fn subtree(entries: &[Entry], at: usize) -> &[Entry] {
    let len = entries.get(at).map_or(0, |entry| entry.len as usize);
    entries.get(at..at + len).unwrap_or_default()
}

/// The child of the entry at `parent` with this key: its own first, then those that merge keys bring in.
pub(super) fn find(entries: &[Entry], parent: usize, kind: EntryKind, hash: u64) -> Option<usize> {
    let own = children(entries, parent)
        .find(|(_, entry)| entry.kind == kind && entry.hash == hash)
        .map(|(index, _)| index);
    let merged = || {
        children(entries, parent)
            .filter(|(_, entry)| entry.kind == EntryKind::Merge)
            .find_map(|(merge, _)| {
                let in_map = find(entries, merge, kind, hash);
                let mut sources =
                    children(entries, merge).filter(|(_, entry)| entry.kind == EntryKind::Index);
                in_map.or_else(|| sources.find_map(|(source, _)| find(entries, source, kind, hash)))
            })
    };
    match kind {
        EntryKind::Field => own.or_else(merged),
        _ => own,
    }
}

/// The direct children of the entry at `parent`, with their positions. An entry that is still open (its length is not
/// known yet) is taken to reach to the end.
fn children(entries: &[Entry], parent: usize) -> impl Iterator<Item = (usize, &Entry)> {
    let end = match entries.get(parent) {
        Some(entry) if entry.len > 0 => parent + entry.len as usize,
        _ => entries.len(),
    };
    let mut at = parent + 1;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let entry = entries.get(at)?;
        let found = (at, entry);
        at += (entry.len as usize).max(1);
        Some(found)
    })
}

/// The hash of a field name. It decides nothing but which line is shown.
pub(super) fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish()
}
