//! Reads YAML as kubectl reads it, and remembers where everything stands.
//!
//! A gate that reads a manifest differently from the tool that applies it can be talked past. kubectl cuts the stream
//! into documents at lines that start with `---`, and reads each with go-yaml v2, which is YAML 1.1: `yes` is true, `0777` is
//! 511, a key `y` becomes `"true"`. A file that starts with `{` is JSON for it. This module does the same, with an own
//! scalar resolver on the events of a YAML 1.2 parser; what the two YAML versions would split, or what kubectl
//! would lose without a word (duplicate keys, text after `...`, integers beyond 64 bits), is an error with its position.
//!
//! What is absent on purpose: comments, styles, writing. Nothing here knows files or what an object means, except
//! that a list (`kind: List`) is handed out item by item.

mod anchors;
pub(in crate::collect) mod base64;
mod build;
mod events;
mod frame;
mod json;
mod list;
mod merge;
mod problem;
mod scalar;
mod screen;
mod spans;

pub use anchors::MAX_ALIAS_BYTES;
pub use build::MAX_DEPTH;
pub use list::MAX_LIST_DEPTH;
pub use problem::{Fault, Problem};
pub use spans::{Mark, Segment, Span, Spans, show_path};

use build::Builder;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;

/// One document, or one item of a list.
#[derive(Clone, Debug)]
pub struct Document {
    /// The value, as kubectl sends it to the cluster.
    pub value: Value,
    /// Where its parts stand.
    pub spans: Spans,
    /// Its scalars that YAML 1.1 and YAML 1.2 read differently.
    pub yaml11: Vec<Yaml11Scalar>,
    /// Which document of the text it is or is part of, from 1; empty documents do not count.
    pub number: usize,
}

/// A scalar that kubectl (YAML 1.1) reads differently from YAML 1.2: its writer may have meant something else.
#[derive(Clone, Debug, PartialEq)]
pub struct Yaml11Scalar {
    /// Its path in the document; for a key, the path of its entry.
    pub path: Vec<Segment<'static>>,
    /// Where it stands.
    pub at: Mark,
    /// The text. Can be a secret's value: whoever handles Secrets has to drop it.
    pub text: String,
    /// What kubectl makes of it.
    pub read_as: Value,
    /// Whether it is a key.
    pub is_key: bool,
}

impl Yaml11Scalar {
    /// Its path as people write it: `spec.rules[0].enabled`.
    pub fn place(&self) -> String {
        let mut place = String::new();
        for segment in &self.path {
            let _ = match segment {
                Segment::Index(index) => write!(place, "[{index}]"),
                Segment::Field(name) if name.contains(['.', '/']) => write!(place, "[{name}]"),
                Segment::Field(name) if place.is_empty() => write!(place, "{name}"),
                Segment::Field(name) => write!(place, ".{name}"),
            };
        }
        place
    }

    /// The same scalar, seen from a part of the document that is `depth` steps down its path.
    fn below(mut self, depth: usize) -> Self {
        self.path.drain(..depth.min(self.path.len()));
        self
    }
}

/// What a text consists of, in its order.
#[derive(Clone, Debug)]
pub enum Part {
    /// A document that is not a list.
    Document(Document),
    /// An item of a list; lists in lists are flattened.
    Item(Document),
    /// The end of a list, after its items; of a list in a list, too.
    List(ListEnd),
}

/// The end of a list.
#[derive(Clone, Debug)]
pub struct ListEnd {
    /// The list without its items.
    pub header: Document,
    /// How many items stood directly in it; 0 for an empty list.
    pub items: usize,
}

/// Reads a stream of documents. Each document, and each item of a list, is handed to `on` as soon as it is complete, so
/// that memory holds one at a time. Until `read` returns without an error, what was handed out may be part of a text that
/// turns out to be broken or cut off: on an error, discard it.
///
/// Empty and null documents are skipped; a text of comments alone has no documents.
///
/// # Errors
///
/// The first [`Fault`] of the text, or the first error of `on`.
pub fn read<E: From<Fault>>(
    text: &str,
    on: &mut dyn FnMut(Part) -> Result<(), E>,
) -> Result<(), E> {
    let mut builder = Builder::new(on);
    if text.trim_start().starts_with('{') {
        return json::read(text, &mut builder);
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    screen::screen(text)?;
    // kubectl ends every line, the last one too, which shows in block scalars.
    let ended = match text.ends_with('\n') {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("{text}\n")),
    };
    events::read(&ended, &mut builder)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
