//! What a plan does to one object.

use crate::object::ObjectKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What Kubernetes does with the dependents of a deleted object (`kubectl delete --cascade`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Propagation {
    /// The object goes first, its dependents follow. Kubernetes' default.
    #[default]
    Background,
    /// The dependents go first.
    Foreground,
    /// The dependents stay and lose their owner reference.
    Orphan,
}

/// What must still be true of the live object when the change is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preconditions {
    /// The object's uid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The object's resource version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Action {
    /// The object is created; it must not exist.
    Create {
        /// The object. A Secret stands here without its values.
        object: Value,
    },
    /// The object is changed by a JSON merge patch (RFC 7386); it must exist.
    Patch {
        /// The patch.
        merge: Value,
    },
    /// The object is deleted; it must exist.
    Delete {
        /// What happens to its dependents.
        propagation: Propagation,
    },
}

/// A key of a Secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// The key.
    pub key: String,
    /// Whether its value is empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty: bool,
}

/// Where in a file an object stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Position {
    /// The file as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One requested change of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// The object.
    pub object: ObjectKey,
    /// The API version in which the change is made. For v2 objects this matters: written in an older one they lose
    /// fields (`aso/FACTS.md` 0.11).
    pub version: String,
    /// What is done.
    pub action: Action,
    /// What must still be true.
    #[serde(default)]
    pub preconditions: Preconditions,
    /// The keys of a Secret that is created.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_keys: Vec<SecretKey>,
    /// The manifest that asks for the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Position>,
}

/// Applies a JSON merge patch (RFC 7386) to `target`.
pub fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(object) = target else {
        return;
    };
    for (name, value) in fields {
        if value.is_null() {
            object.shift_remove(name);
        } else {
            merge_patch(object.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patches_set_replace_and_remove() {
        let mut object =
            json!({"metadata": {"annotations": {"a": "1", "b": "2"}}, "spec": {"list": [1, 2]}});
        merge_patch(
            &mut object,
            &json!({"metadata": {"annotations": {"a": null, "c": "3"}}, "spec": {"list": [3]}, "new": {"x": {"y": null}}}),
        );
        assert_eq!(
            object,
            json!({"metadata": {"annotations": {"b": "2", "c": "3"}}, "spec": {"list": [3]}, "new": {"x": {}}})
        );
    }
}
