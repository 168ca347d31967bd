//! Takes the values out of a Secret that is given as a tree; keys stay, with whether their value is empty.

use super::manifest::Classify;
use super::yaml::{Segment, base64};
use asogate_core::change::SecretKey;
use asogate_core::object::GroupKind;
use serde_json::Value;
use std::collections::BTreeMap;

/// The fields of a Secret that hold values; the ones that come later win, as in Kubernetes.
const FIELDS: [&str; 3] = ["data", "binaryData", "stringData"];

/// The other fields of a Secret. A further field could hold a value by an alias, and Kubernetes refuses it anyway.
const OTHERS: [&str; 5] = ["apiVersion", "kind", "metadata", "type", "immutable"];

/// What is told of a Secret's values.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) keys: Vec<SecretKey>,
    /// One for each key, if there was a classifier.
    pub(super) classes: Vec<u32>,
}

/// A value that cannot be one of a Secret.
#[derive(Debug)]
pub(super) struct Wrong {
    path: Vec<String>,
    pub(super) problem: String,
}

impl Wrong {
    /// Where it is.
    pub(super) fn path(&self) -> &[String] {
        &self.path
    }
}

/// Whether objects of this kind are Secrets. A misspelt `secret` holds values just the same.
pub(super) fn is_secret(kind: &GroupKind) -> bool {
    kind.group.is_empty() && kind.kind.eq_ignore_ascii_case("Secret")
}

/// Whether what stands at this path of a Secret may be or hold a value.
pub(super) fn holds(path: &[Segment<'_>]) -> bool {
    // A merge key at the top can bring `data` from elsewhere.
    match path {
        [Segment::Field(first), ..] => FIELDS.contains(&first.as_ref()) || first == "<<",
        _ => true,
    }
}

/// Removes every value from a Secret, and its annotations, which can hold copies of them.
pub(super) fn take(
    object: &mut Value,
    classify: &mut Option<Classify<'_>>,
) -> Result<Values, Wrong> {
    // `kubectl apply` and other tools keep the whole object, values included, in annotations of their own.
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("annotations");
    }
    let Some(map) = object.as_object_mut() else {
        return Ok(Values::default());
    };
    let mut values: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for field in FIELDS {
        let entries = match map.shift_remove(field) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(entries)) => entries,
            Some(_) => {
                let problem = format!("`{field}` of a Secret has to be a map of keys and values");
                return Err(Wrong {
                    path: vec![field.to_owned()],
                    problem,
                });
            }
        };
        for (key, value) in entries {
            let value = match bytes(field, value) {
                Ok(value) => value,
                Err(problem) => {
                    let problem = format!("the value of the key `{key}` of a Secret {problem}");
                    return Err(Wrong {
                        path: vec![field.to_owned(), key],
                        problem,
                    });
                }
            };
            values.insert(key, value);
        }
    }
    if let Some(unknown) = map.keys().find(|field| !OTHERS.contains(&field.as_str())) {
        let problem =
            format!("a Secret has no field `{unknown}`; values stand in `data` or `stringData`");
        return Err(Wrong {
            path: vec![unknown.clone()],
            problem,
        });
    }
    let mut taken = Values::default();
    for (key, value) in values {
        taken.keys.push(SecretKey {
            key,
            empty: value.is_empty(),
        });
        if let Some(classify) = classify.as_mut() {
            taken.classes.push(classify(&value));
        }
    }
    Ok(taken)
}

/// The bytes that a value stands for, or what is wrong with it. Never shows it.
fn bytes(field: &str, value: Value) -> Result<Vec<u8>, &'static str> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if field == "stringData" => Ok(text.into_bytes()),
        Value::String(text) => {
            base64::decode(&text).ok_or("is not base64; encode it, or move the key to `stringData`")
        }
        _ => Err("is not a string for kubectl; write it in quotes"),
    }
}
