//! Files that hold exactly one document and are not Kubernetes objects, such as the configuration.

use super::input_error::InputError;
use super::text::Source;
use super::yaml::{self, Document, Fault, Part, Segment};
use asogate_core::change::Position;

/// The one document of a file.
///
/// # Errors
///
/// A fault of the YAML; [`InputError::NotOneDocument`] if there is none, or more than one.
pub fn single(source: &Source) -> Result<Document, InputError> {
    let mut documents = vec![];
    yaml::read::<Fault>(&source.text, &mut |part| {
        match part {
            Part::Document(document) | Part::Item(document) => documents.push(document),
            Part::List(_) => {}
        }
        Ok(())
    })
    .map_err(|fault| InputError::Yaml {
        file: source.name.clone(),
        fault,
    })?;
    let count = documents.len();
    match documents.pop() {
        Some(document) if count == 1 => Ok(document),
        _ => Err(InputError::NotOneDocument {
            path: source.name.clone(),
            count,
        }),
    }
}

/// Where a part of a document stands, or the deepest part on the way to it that exists. Names of list elements are their
/// positions.
pub fn position(source: &Source, document: &Document, path: &[String]) -> Position {
    let mut value = Some(&document.value);
    let mut segments = vec![];
    for name in path {
        let index = name
            .parse()
            .ok()
            .filter(|_| value.is_some_and(serde_json::Value::is_array));
        value = match index {
            Some(index) => value.and_then(|value: &serde_json::Value| value.get::<usize>(index)),
            None => value.and_then(|value| value.get(name)),
        };
        segments.push(index.map_or_else(|| Segment::from(name.as_str()), Segment::Index));
    }
    let at = document.spans.position_of(segments).key;
    Position {
        file: source.name.clone(),
        line: at.line,
        column: at.column,
    }
}
