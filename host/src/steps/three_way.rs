//! The merge of `kubectl apply`: what the manifest says is set, what the manifest applied before said and this one does not
//! is removed, and everything else stays.
//!
//! Written after `CreateThreeWayJSONMergePatch`, which kubectl uses for custom resources; `tests/api_server.rs` compares the
//! two. For kinds of Kubernetes itself kubectl merges some lists by a key (the ports of a Service, say); here every list
//! is replaced. The kinds of both operators, ConfigMaps and Namespaces have no such lists.

use serde_json::{Map, Value};

type Fields = Map<String, Value>;

/// Fields of an object that applying does not change: the API version in which it is written, and what is another resource.
const BESIDE: [&str; 2] = ["apiVersion", "status"];

/// Fields of `metadata` that the API server takes from nobody.
const OF_THE_SERVER: [&str; 7] = [
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The merge patch that `kubectl apply` of `manifest` comes to, if `applied` was applied last; none if it changes nothing. The
/// annotation in which kubectl keeps the manifest for the next time is left out.
pub(super) fn patch(applied: Option<&Value>, manifest: &Value, live: &Value) -> Option<Value> {
    // kubectl adds its own annotation to the manifest before it compares. So annotations that others wrote stay when a
    // manifest that had some no longer has any.
    let wanted = with_maps(manifest, &["annotations"]);
    // Metadata has no empty maps, so one that is not there is an empty one.
    let live = with_maps(live, &["annotations", "labels"]);
    let applied = applied.and_then(Value::as_object);
    let mut patch = removals(applied, &wanted, Some(&live));
    unite(&mut patch, additions(Some(&live), &wanted));
    for name in BESIDE {
        patch.shift_remove(name);
    }
    if let Some(Value::Object(metadata)) = patch.get_mut("metadata") {
        metadata.retain(|name, _| !OF_THE_SERVER.contains(&name.as_str()));
        if metadata.is_empty() {
            patch.shift_remove("metadata");
        }
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

/// An object with these maps in its metadata, empty if they are not there.
fn with_maps(object: &Value, names: &[&str]) -> Fields {
    let mut fields = object.as_object().cloned().unwrap_or_default();
    let metadata = fields
        .entry("metadata")
        .or_insert_with(|| Fields::new().into());
    if let Value::Object(metadata) = metadata {
        for name in names {
            let map = metadata.entry(*name).or_insert(Value::Null);
            if map.is_null() {
                *map = Fields::new().into();
            }
        }
    }
    fields
}

/// A null for each field that was applied and is wanted no longer, or is wanted to be null and was not applied so. Fields that
/// are not there are left out, unless the whole map is not there: then they bring about an empty one.
fn removals(applied: Option<&Fields>, wanted: &Fields, live: Option<&Fields>) -> Fields {
    let mut removals = Fields::new();
    let is_live = |name: &str| live.is_none_or(|live| live.contains_key(name));
    for (name, value) in wanted {
        let before = applied.and_then(|applied| applied.get(name));
        match value {
            Value::Null if before != Some(&Value::Null) && is_live(name) => {
                removals.insert(name.clone(), Value::Null);
            }
            Value::Object(wanted) => {
                let live = live.and_then(|live| live.get(name)?.as_object());
                let inner = removals_of(before, wanted, live);
                if !inner.is_empty() {
                    removals.insert(name.clone(), inner.into());
                }
            }
            _ => {}
        }
    }
    let applied = applied.into_iter().flat_map(Map::keys);
    for name in applied.filter(|name| !wanted.contains_key(*name) && is_live(name)) {
        removals.insert(name.clone(), Value::Null);
    }
    removals
}

fn removals_of(applied: Option<&Value>, wanted: &Fields, live: Option<&Fields>) -> Fields {
    removals(applied.and_then(Value::as_object), wanted, live)
}

/// What is wanted and not there yet. Nulls are no values here.
fn additions(live: Option<&Fields>, wanted: &Fields) -> Fields {
    let mut additions = Fields::new();
    for (name, value) in wanted {
        let there = live.and_then(|live| live.get(name));
        let addition = match (there, value) {
            (_, Value::Null) => None,
            (Some(Value::Object(there)), Value::Object(wanted)) => {
                let inner = self::additions(Some(there), wanted);
                (!inner.is_empty()).then_some(Value::Object(inner))
            }
            (_, Value::Object(wanted)) => {
                // A map that is empty is wanted to be there; one that holds nothing but nulls is not.
                let inner = self::additions(None, wanted);
                (wanted.is_empty() || !inner.is_empty()).then_some(Value::Object(inner))
            }
            (Some(there), value) if is_same(there, value) => None,
            (_, value) => Some(value.clone()),
        };
        if let Some(addition) = addition {
            additions.insert(name.clone(), addition);
        }
    }
    additions
}

/// Whether two values are equal; numbers are so by their value, as the API server may write `1.0` as `1`.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let mut fields = left.iter();
            left.len() == right.len()
                && fields
                    .all(|(name, left)| right.get(name).is_some_and(|right| is_same(left, right)))
        }
        _ => left == right,
    }
}

/// Puts the fields of `other` into `fields`. No field has a value in one and a null in the other.
fn unite(fields: &mut Fields, other: Fields) {
    for (name, value) in other {
        match (fields.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(other)) => unite(inner, other),
            (_, value) => {
                fields.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn apply_sets_what_the_manifest_says_and_keeps_what_others_wrote() {
        let live = json!({"metadata": {"annotations": {"operator": "x"}}, "spec": {"a": 1, "list": [1]}, "status": {}});
        let manifest =
            json!({"metadata": {"annotations": {"policy": "skip"}}, "spec": {"a": 1, "list": [2]}});
        assert_eq!(
            patch(None, &manifest, &live),
            Some(json!({"metadata": {"annotations": {"policy": "skip"}}, "spec": {"list": [2]}}))
        );
    }

    #[test]
    fn apply_removes_only_what_it_applied_before() {
        let live = json!({"spec": {"mine": 1, "theirs": 2}});
        let applied = json!({"spec": {"mine": 1, "never": 3}});
        assert_eq!(
            patch(Some(&applied), &json!({"spec": {}}), &live),
            Some(json!({"spec": {"mine": null}}))
        );
    }

    #[test]
    fn applying_what_is_there_already_is_no_change() {
        let live =
            json!({"apiVersion": "a/v2", "metadata": {}, "spec": {"a": {"b": [1.0]}, "c": 2}});
        let manifest = json!({"apiVersion": "a/v1", "metadata": {"creationTimestamp": null}, "spec": {"a": {"b": [1]}}});
        assert_eq!(patch(None, &manifest, &live), None);
    }

    #[test]
    fn annotations_of_others_stay_when_the_manifest_loses_its_own() {
        let live = json!({"metadata": {"annotations": {"policy": "skip", "operator": "x"}}});
        let applied = json!({"metadata": {"annotations": {"policy": "skip"}}});
        assert_eq!(
            patch(
                Some(&applied),
                &json!({"metadata": {"name": "a"}, "kind": "A"}),
                &live
            ),
            Some(json!({"metadata": {"annotations": {"policy": null}, "name": "a"}, "kind": "A"}))
        );
    }
}
