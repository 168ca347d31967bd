//! Edits of one object, one field at a time: as the operations of a JSON patch (RFC 6902), which is what people are told
//! to type, and as the merge patch (RFC 7386) with the same effect, which is what a plan carries.

use serde::Serialize;
use serde_json::{Map, Value};

/// One operation of a JSON patch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// The field must have this value, or nothing is changed.
    Test {
        /// JSON pointer of the field.
        path: String,
        /// The value.
        value: Value,
    },
    /// The field gets this value.
    Replace {
        /// JSON pointer of the field.
        path: String,
        /// The value.
        value: Value,
    },
    /// The field, or the element of a list, comes into being.
    Add {
        /// JSON pointer of the field; elements after it move on by one.
        path: String,
        /// The value.
        value: Value,
    },
    /// The field, or the element of a list, goes.
    Remove {
        /// JSON pointer of the field.
        path: String,
    },
}

/// An object that is being edited, with the operations so far. What is replaced or removed is tested first, so that a
/// patch that comes too late changes nothing.
#[derive(Debug)]
pub(super) struct Edit<'o> {
    object: &'o mut Value,
    pub(super) operations: Vec<Operation>,
}

impl<'o> Edit<'o> {
    pub(super) fn new(object: &'o mut Value) -> Edit<'o> {
        Edit {
            object,
            operations: vec![],
        }
    }

    /// The value of a field as the edits so far leave it.
    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        self.object.pointer(path)
    }

    /// The text of a field.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        Some(self.get(path)?.as_str()?.to_owned())
    }

    /// How many elements the list at a path has; none if there is no list.
    pub(super) fn len(&self, path: &str) -> usize {
        self.get(path).and_then(Value::as_array).map_or(0, Vec::len)
    }

    fn test(&mut self, path: &str) {
        if let Some(value) = self.object.pointer(path) {
            self.operations.push(Operation::Test {
                path: path.to_owned(),
                value: value.clone(),
            });
        }
    }

    /// Gives a field that is there another value; nothing happens if it has that value.
    pub(super) fn replace(&mut self, path: &str, value: Value) {
        if self.get(path) == Some(&value) {
            return;
        }
        self.test(path);
        if let Some(field) = self.object.pointer_mut(path) {
            *field = value.clone();
            self.operations.push(Operation::Replace {
                path: path.to_owned(),
                value,
            });
        }
    }

    /// Adds a field to a map, or inserts an element into a list.
    pub(super) fn add(&mut self, parent: &str, name: &str, value: Value) {
        let path = format!("{parent}/{name}");
        match self.object.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.insert(name.to_owned(), value.clone());
            }
            Some(Value::Array(items)) => match name.parse::<usize>() {
                Ok(at) if at <= items.len() => items.insert(at, value.clone()),
                _ => return,
            },
            _ => return,
        }
        self.operations.push(Operation::Add { path, value });
    }

    /// Removes a field of a map, or an element of a list.
    pub(super) fn remove(&mut self, parent: &str, name: &str) {
        let path = format!("{parent}/{name}");
        if self.get(&path).is_none() {
            return;
        }
        self.test(&path);
        match self.object.pointer_mut(parent) {
            Some(Value::Object(fields)) => {
                fields.shift_remove(name);
            }
            Some(Value::Array(items)) => match name.parse::<usize>() {
                Ok(at) if at < items.len() => {
                    items.remove(at);
                }
                _ => return,
            },
            _ => return,
        }
        self.operations.push(Operation::Remove { path });
    }
}

/// The merge patch that leads from one object to another. Lists are replaced as a whole: a merge patch cannot do less.
pub(super) fn merge(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, new) in after {
        match (before.get(name), new) {
            (Some(old), new) if old == new => {}
            (Some(Value::Object(old)), Value::Object(new)) => {
                patch.insert(name.clone(), Value::Object(merge(old, new)));
            }
            (_, new) => {
                patch.insert(name.clone(), new.clone());
            }
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    patch.extend(gone.map(|name| (name.clone(), Value::Null)));
    patch
}

#[cfg(test)]
mod tests {
    use super::*;
    use asogate_core::change::merge_patch;
    use serde_json::json;

    #[test]
    fn what_goes_or_changes_is_tested_first() {
        let mut object = json!({"list": [{"name": "a"}, {"name": "b"}]});
        let mut edit = Edit::new(&mut object);
        edit.replace("/list/0/name", json!("c"));
        edit.replace("/list/1/name", json!("b"));
        edit.remove("/list", "1");
        edit.add("/list", "0", json!({"name": "z"}));
        let operations = serde_json::to_value(&edit.operations).unwrap();
        assert_eq!(
            operations,
            json!([
                {"op": "test", "path": "/list/0/name", "value": "a"},
                {"op": "replace", "path": "/list/0/name", "value": "c"},
                {"op": "test", "path": "/list/1", "value": {"name": "b"}},
                {"op": "remove", "path": "/list/1"},
                {"op": "add", "path": "/list/0", "value": {"name": "z"}},
            ])
        );
        assert_eq!(object, json!({"list": [{"name": "z"}, {"name": "c"}]}));
    }

    #[test]
    fn the_merge_patch_leads_to_the_same_object_and_names_nothing_else() {
        let before = json!({"spec": {"a": {"x": 1, "y": 2}, "list": [1, null], "kept": null}});
        let after = json!({"spec": {"a": {"x": 1, "z": 3}, "list": [1], "kept": null}});
        let patch = merge(before.as_object().unwrap(), after.as_object().unwrap());
        assert_eq!(
            Value::Object(patch.clone()),
            json!({"spec": {"a": {"y": null, "z": 3}, "list": [1]}})
        );
        let mut merged = before;
        merge_patch(&mut merged, &Value::Object(patch));
        assert_eq!(merged, after);
    }
}
