//! Kubernetes lists (`kind: List`, `kind: SecretList`, …): taken apart into their items.
//!
//! kubectl takes every object with `items` for a list. It prints fields in the order of their names, so `kind` comes
//! after `items`, and a file that was cut off in the middle has items and no kind.

use super::problem::{Fault, Problem};
use super::spans::{Mark, Segment, Spans};
use super::{Document, ListEnd, Part};
use serde_json::{Map, Value};

/// How deep lists may stand in lists. Nobody writes two; the bound protects against a file made to be deep.
pub const MAX_LIST_DEPTH: usize = 8;

/// Hands out a document that is not streamed, a list as its items.
pub(super) fn deliver<E: From<Fault>>(
    document: Document,
    on: &mut dyn FnMut(Part) -> Result<(), E>,
) -> Result<(), E> {
    if !is_list(&document)? {
        return on(Part::Document(document));
    }
    let (header, items) = split(document)?;
    let count = items.len();
    for item in items {
        flatten(item, 1, on)?;
    }
    on(Part::List(ListEnd {
        header,
        items: count,
    }))
}

/// Hands out an item of a list; if the item is a list, its items.
pub(super) fn deliver_item<E: From<Fault>>(
    item: Document,
    on: &mut dyn FnMut(Part) -> Result<(), E>,
) -> Result<(), E> {
    flatten(item, 1, on)
}

fn flatten<E: From<Fault>>(
    item: Document,
    depth: usize,
    on: &mut dyn FnMut(Part) -> Result<(), E>,
) -> Result<(), E> {
    if !is_list(&item)? {
        return on(Part::Item(item));
    }
    if depth >= MAX_LIST_DEPTH {
        return Err(Problem::ListDepth(MAX_LIST_DEPTH)
            .at(item.spans.start())
            .into());
    }
    let (header, inner) = split(item)?;
    let items = inner.len();
    for item in inner {
        flatten(item, depth + 1, on)?;
    }
    on(Part::List(ListEnd { header, items }))
}

/// Whether a document is a list.
fn is_list(document: &Document) -> Result<bool, Fault> {
    let Value::Object(map) = &document.value else {
        return Ok(false);
    };
    let at = |field: &'static str| document.spans.position_of([Segment::from(field)]).key;
    match map.get("items") {
        None if is_bare_list(map) => Err(Problem::ListWithoutItems.at(document.spans.start())),
        None => Ok(false),
        Some(items) => {
            check_kind(&document.value, &document.spans, at("items"))?;
            match items {
                Value::Array(_) | Value::Null => Ok(true),
                _ => Err(Problem::ItemsNotList.at(at("items"))),
            }
        }
    }
}

fn is_bare_list(map: &Map<String, Value>) -> bool {
    let is = |field: &str, text: &str| map.get(field).and_then(Value::as_str) == Some(text);
    is("kind", "List") && is("apiVersion", "v1")
}

/// Checks that an object with `items` (which stand at `at`) is a list, and holds nothing that a list does not have: a
/// complaint of kubectl that went into the same file reads like a field.
pub(super) fn check_kind(header: &Value, spans: &Spans, at: Mark) -> Result<(), Fault> {
    match header.get("kind").and_then(Value::as_str) {
        None | Some("") => Err(Problem::ListWithoutKind.at(at)),
        Some(kind) if kind.ends_with("List") => check_fields(header, spans),
        Some(kind) => {
            let kind_at = spans.position_of([Segment::from("kind")]).key;
            Err(Problem::ItemsInObject(kind.to_owned()).at(kind_at))
        }
    }
}

fn check_fields(header: &Value, spans: &Spans) -> Result<(), Fault> {
    let known = ["apiVersion", "kind", "metadata", "items"];
    let fields = header.as_object().into_iter().flat_map(Map::keys);
    match fields
        .into_iter()
        .find(|field| !known.contains(&field.as_str()))
    {
        Some(field) => {
            let at = spans.position_of([Segment::from(field.as_str())]).key;
            Err(Problem::ListField.at(at))
        }
        None => Ok(()),
    }
}

/// Takes the items out of a list.
fn split(mut list: Document) -> Result<(Document, Vec<Document>), Fault> {
    let items = match list
        .value
        .as_object_mut()
        .and_then(|map| map.shift_remove("items"))
    {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let documents = items
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            let path = [Segment::from("items"), Segment::Index(index)];
            let mut yaml11 = Vec::new();
            for found in list
                .yaml11
                .extract_if(.., |found| found.path.starts_with(&path))
            {
                yaml11.push(found.below(path.len()));
            }
            let spans = list.spans.part(&path);
            Document {
                value,
                spans,
                yaml11,
                number: list.number,
            }
        })
        .collect();
    Ok((list, documents))
}
