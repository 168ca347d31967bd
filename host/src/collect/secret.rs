//! Takes the values out of a Secret that is given as a tree; keys stay, with whether their value is empty.

use super::manifest::Classify;
use super::yaml::{Segment, base64};
use asogate_core::change::SecretKey;
use asogate_core::object::GroupKind;
use serde_json::Value;
use std::collections::BTreeMap;

/// The fields of a Secret that hold values; the ones that come later win, as in Kubernetes.
const FIELDS: [&str; 3] = ["data", "binaryData", "stringData"];

/// The annotation in which `kubectl apply` keeps the whole object, values included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

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
    field: &'static str,
    key: Option<String>,
    pub(super) problem: &'static str,
}

impl Wrong {
    /// Where it is.
    pub(super) fn path(&self) -> Vec<&str> {
        [Some(self.field), self.key.as_deref()]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Whether objects of this kind are Secrets.
pub(super) fn is_secret(kind: &GroupKind) -> bool {
    kind.group.is_empty() && kind.kind == "Secret"
}

/// Whether what stands at this path of a Secret may be or hold a value.
pub(super) fn holds(path: &[Segment<'_>]) -> bool {
    // A merge key at the top can bring `data` from elsewhere; annotations can hold the last applied object.
    match path {
        [Segment::Field(first), ..] => {
            FIELDS.contains(&first.as_ref()) || first == "<<" || first == "metadata"
        }
        _ => true,
    }
}

/// Removes every value from a Secret.
pub(super) fn take(
    object: &mut Value,
    classify: &mut Option<Classify<'_>>,
) -> Result<Values, Wrong> {
    let annotations = object
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("annotations"))
        .and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.shift_remove(LAST_APPLIED);
    }
    let mut values: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for field in FIELDS {
        let entries = match object
            .as_object_mut()
            .and_then(|map| map.shift_remove(field))
        {
            None | Some(Value::Null) => continue,
            Some(Value::Object(entries)) => entries,
            Some(_) => {
                let problem = "the values of a Secret are not a map";
                return Err(Wrong {
                    field,
                    key: None,
                    problem,
                });
            }
        };
        for (key, value) in entries {
            match bytes(field, value) {
                Ok(value) => values.insert(key, value),
                Err(problem) => {
                    return Err(Wrong {
                        field,
                        key: Some(key),
                        problem,
                    });
                }
            };
        }
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

fn bytes(field: &str, value: Value) -> Result<Vec<u8>, &'static str> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if field == "stringData" => Ok(text.into_bytes()),
        Value::String(text) => base64::decode(&text).ok_or(
            "the value of this key is not base64; encode it, or move the key to `stringData`",
        ),
        _ => Err(
            "the value of this key is a number, boolean, map or list for kubectl; write it in quotes",
        ),
    }
}
