//! The frames in which objects stand in JSON: lists, lists of lists, single objects, several documents in one file,
//! and our own snapshot files. Objects are read where they stand; no tree is ever built.

mod document;
mod lists;
pub(super) mod parts;
pub(super) mod quick;
mod skip;
mod strings;

pub(super) use document::{recorded_items, text};
pub(super) use lists::missing;
pub(super) use strings::{Key, Text};

use super::error::{LoadCause, LoadError, byte_offset, line_and_column};
use super::loader::{Inner, ListPage};
use document::Document;
use parts::PART_BYTES;
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

/// Reads all documents of one file.
pub(super) fn load(inner: &mut Inner, file: &str, text: &str) -> Result<(), LoadError> {
    // Windows tools put a byte order mark in front of UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    inner.begin_file(text);
    if inner.in_parts && text.len() > 2 * PART_BYTES {
        return match parts::load(inner, text, PART_BYTES) {
            true => Ok(()),
            false => Err(LoadError {
                file: file.to_owned(),
                at: None,
                object: None,
                cause: LoadCause::NotInParts,
            }),
        };
    }
    inner.reserve(text.len());
    let error = |at, object, cause| LoadError {
        file: file.to_owned(),
        at,
        object,
        cause,
    };
    if text.trim_ascii().is_empty() {
        return Err(error(None, None, LoadCause::Empty));
    }
    documents(inner, text).map_err(|(offset, failure)| {
        let (at, object, cause) = explain(inner, text, offset, &failure);
        let at = at.map(|at| line_and_column(text, opening(text, at)));
        error(at, object, cause)
    })?;
    if inner.holds_nothing() {
        return Err(error(None, None, LoadCause::NoObject));
    }
    Ok(())
}

/// Reads one page of a list quickly; none if [`page`] has to say what it is. Then `inner` may hold some of it, and must be
/// given up.
pub(super) fn quick_page(inner: &mut Inner, text: &str) -> Option<ListPage> {
    inner.begin_file(text);
    inner.page = Some(None);
    quick::read(text, Document::top(inner))?;
    inner.page.take().flatten()
}

/// Reads one page of a list, as the API server gives it. It may hold no object, and others may follow it.
pub(super) fn page(inner: &mut Inner, name: &str, text: &str) -> Result<ListPage, LoadError> {
    inner.begin_file(text);
    inner.page = Some(None);
    let error = |object, cause| LoadError {
        file: name.to_owned(),
        at: None,
        object,
        cause,
    };
    if text.trim_ascii().is_empty() {
        return Err(error(None, LoadCause::Empty));
    }
    let mut document = serde_json::Deserializer::from_str(text);
    let read = Document::top(inner)
        .deserialize(&mut document)
        .and_then(|()| document.end());
    let page = inner.page.take().flatten();
    let cause = match read {
        Err(failure) => {
            let (_, object, cause) = explain(inner, text, 0, &failure);
            return Err(error(object, cause));
        }
        Ok(()) => LoadCause::Object("it is not a list".into()),
    };
    page.ok_or_else(|| error(None, cause))
}

/// Reads documents that follow each other. The error comes with the offset of the document in which it is.
fn documents(inner: &mut Inner, text: &str) -> Result<(), (usize, serde_json::Error)> {
    let mut first = serde_json::Deserializer::from_str(text);
    Document::top(inner)
        .deserialize(&mut first)
        .map_err(|error| (0, error))?;
    if first.end().is_ok() {
        return Ok(());
    }
    // More documents follow. `serde_json` tells where one ends only to who reads it as a whole, so each of these is
    // framed first and read then.
    let whole = |error| (0, error);
    let mut next = <&RawValue>::deserialize(&mut first).map_err(whole)?;
    loop {
        let start = inner.offset(next.get()).unwrap_or(0);
        let mut document = serde_json::Deserializer::from_str(next.get());
        Document::top(inner)
            .deserialize(&mut document)
            .map_err(|error| (start, error))?;
        let end = start + next.get().len();
        let mut rest = serde_json::Deserializer::from_str(text.get(end..).unwrap_or(""))
            .into_iter::<&RawValue>();
        match rest.next() {
            None => return Ok(()),
            Some(document) => next = document.map_err(|error| (end, error))?,
        }
    }
}

/// The brace that opens a map, given where its first key begins; other places stay.
fn opening(text: &str, at: usize) -> usize {
    let before = text.get(..at).and_then(|before| before.strip_suffix('"'));
    match before.map(str::trim_ascii_end) {
        Some(before) if before.ends_with('{') => before.len() - 1,
        _ => at,
    }
}

/// What an error of the parser means, and where.
fn explain(
    inner: &mut Inner,
    text: &str,
    document: usize,
    error: &serde_json::Error,
) -> (Option<usize>, Option<String>, LoadCause) {
    let parser = (error.line() > 0).then(|| {
        let text = text.get(document..).unwrap_or("");
        document + byte_offset(text, error.line(), error.column())
    });
    let object = inner.object.take();
    if let Some((at, cause)) = inner.problem.take() {
        return (at.or(parser), object, cause);
    }
    let mut message = error.to_string();
    if error.line() > 0
        && let Some(end) = message.rfind(" at line ")
    {
        message.truncate(end);
    }
    let nul = |at: usize| {
        let near = at.saturating_sub(1)..text.len().min(at + 2);
        text.as_bytes()
            .get(near)
            .is_some_and(|bytes| bytes.contains(&0))
    };
    let cause = if message.contains("recursion limit exceeded") || message.contains("deeper than") {
        LoadCause::TooDeep
    } else if error.is_eof() {
        LoadCause::Truncated
    } else if error.is_syntax() && parser.is_some_and(nul) {
        LoadCause::Nul
    } else if error.is_syntax() {
        LoadCause::NotJson(message)
    } else {
        LoadCause::Object(message)
    };
    let at = match &cause {
        // Where the parser stopped says little about a whole object.
        LoadCause::Object(_) => inner.object_start.or(parser),
        _ => parser,
    };
    (at, object, cause)
}

#[cfg(test)]
mod tests;
