//! From the events of the YAML parser to the builder. Where YAML 1.2, which the parser reads, and YAML 1.1 find different
//! tokens in the same text, this refuses the text.

use super::build::{Builder, Leaf, MAX_DEPTH};
use super::problem::{Fault, Problem};
use super::scalar::{self, Scalar, Tag};
use super::spans::{self, Mark};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use std::borrow::Cow;

/// Reads every document of `text`, which ends with a line feed, into the builder.
pub(super) fn read<E: From<Fault>>(text: &str, builder: &mut Builder<'_, E>) -> Result<(), E> {
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
