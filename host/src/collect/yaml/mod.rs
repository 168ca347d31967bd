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

pub(in crate::collect) mod base64;
mod build;
mod json;
mod list;
mod problem;
mod scalar;
mod screen;
mod spans;

pub use build::{MAX_ALIAS_BYTES, MAX_DEPTH};
pub use list::MAX_LIST_DEPTH;
pub use problem::{Fault, Problem};
pub use spans::{Mark, Segment, Span, Spans, show_path};

use build::{Builder, Leaf};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use scalar::{Scalar, Tag};
use serde_json::Value;
use std::borrow::Cow;

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
    /// The end of a list, after its items.
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
    read_yaml(&ended, &mut builder)
}

fn read_yaml<E: From<Fault>>(text: &str, builder: &mut Builder<'_, E>) -> Result<(), E> {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_comments: false,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut ended = false;
    // How many maps and lists in braces and brackets are open.
    let mut flow = 0usize;
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| fault(&error))?;
        let at = mark(&span.start);
        check_tag(text, &span).map_err(|problem| problem.at(at))?;
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                if style == ScalarStyle::Plain {
                    check_plain(text, &value, &span, flow > 0).map_err(|problem| problem.at(at))?;
                }
                let leaf = leaf(value, style == ScalarStyle::Plain, tag.as_deref(), at)?;
                builder.scalar(Leaf { anchor, ..leaf })?;
            }
            Event::MappingStart(style, anchor, _) => {
                flow += usize::from(flow > 0 || style == StructureStyle::Flow);
                builder.start_map(at, anchor)?;
            }
            Event::SequenceStart(style, anchor, _) => {
                flow += usize::from(flow > 0 || style == StructureStyle::Flow);
                builder.start_list(at, anchor)?;
            }
            Event::MappingEnd | Event::SequenceEnd => {
                flow = flow.saturating_sub(1);
                builder.end()?;
            }
            Event::Anchor(_, name) if !name.bytes().all(in_anchor) => {
                return Err(Problem::AnchorName.at(at).into());
            }
            Event::Alias(id) => builder.alias(id, at)?,
            // Only `...` lets a document begin without `---` after another one.
            Event::DocumentStart(false, _) if ended => return Err(Problem::AfterEnd.at(at).into()),
            Event::DocumentEnd => {
                builder.end_document()?;
                ended = true;
            }
            other if other.is_node() => {
                let problem = Problem::Syntax("this kind of node is not known".into());
                return Err(problem.at(at).into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses plain scalars that kubectl cuts elsewhere: in `{a:, b}` its key is `a:`, and `[?a]` is a map with the key `a`.
fn check_plain(
    text: &str,
    value: &str,
    span: &granit_parser::Span,
    in_flow: bool,
) -> Result<(), Problem> {
    if in_flow && value.starts_with(['?', ':']) {
        return Err(Problem::FlowStart);
    }
    match after(text, span) {
        [b':', b',' | b'?' | b'[' | b']' | b'{' | b'}', ..] => Err(Problem::FlowColon),
        _ => Ok(()),
    }
}

/// The characters that YAML 1.1 lets an anchor's name have; for kubectl the name ends before any other.
fn in_anchor(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Refuses tags that kubectl takes to be longer: in `[!a, b]` the comma belongs to its tag.
fn check_tag(text: &str, span: &granit_parser::Span) -> Result<(), Problem> {
    let after = span.tag_span().map(|tag| after(text, &tag));
    match after {
        Some([b',' | b'[' | b']', ..]) => Err(Problem::TagEnd),
        _ => Ok(()),
    }
}

/// The bytes after a span.
fn after<'t>(text: &'t str, span: &granit_parser::Span) -> &'t [u8] {
    let rest = span
        .end
        .byte_offset()
        .and_then(|end| text.as_bytes().get(end..));
    rest.unwrap_or_default()
}

/// Resolves one scalar.
fn leaf<'t>(
    text: Cow<'t, str>,
    plain: bool,
    tag: Option<&granit_parser::Tag>,
    at: Mark,
) -> Result<Leaf<'t>, Fault> {
    let mut yaml11 = None;
    let mut merge = plain && text == "<<";
    let scalar = match tag {
        None if plain => {
            let (scalar, differs) = scalar::plain(text).map_err(|problem| problem.at(at))?;
            yaml11 = differs;
            scalar
        }
        None => Scalar::Text(text),
        Some(tag) => {
            let name = tag.suffix_in_namespace("tag:yaml.org,2002:");
            merge = text == "<<"
                && (name.as_deref() == Some("merge") || (plain && tag.original() == "!"));
            let tag = name.map_or(Tag::Unknown, |name| Tag::named(&name));
            scalar::tagged(tag, text).map_err(|problem| problem.at(at))?
        }
    };
    Ok(Leaf {
        scalar,
        at,
        anchor: 0,
        merge,
        yaml11,
    })
}

fn mark(marker: &granit_parser::Marker) -> Mark {
    Mark {
        line: spans::number(marker.line()),
        column: spans::number(marker.col() + 1),
    }
}

/// The parser's complaint in our words where we have better ones.
fn fault(error: &ScanError) -> Fault {
    let problem = match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation => Problem::Tab,
        ErrorKind::UnknownAnchor => Problem::UnknownAlias,
        ErrorKind::DirectiveDisallowed => Problem::Directive,
        ErrorKind::RecursionLimitExceeded => Problem::Depth(MAX_DEPTH),
        ErrorKind::BomInsideDocument => Problem::ByteOrderMark,
        // The character could be a secret's.
        ErrorKind::UnexpectedCharacter { .. } => {
            Problem::Syntax("a character cannot stand here".into())
        }
        _ => Problem::Syntax(error.info()),
    };
    problem.at(mark(error.marker()))
}
