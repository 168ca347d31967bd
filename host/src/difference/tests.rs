//! What differs is told, and nothing else.

use super::*;
use crate::collect::Dump;
use crate::collect::coverage::AssumeComplete;
use crate::collect::text::Source;
use serde_json::json;

fn snapshot(items: Value) -> Snapshot {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let source = Source::new("dump.json", list.to_string());
    let dump = Dump::new(vec![source], AssumeComplete::Everything, vec![]);
    dump.load(Difference::read_set()).unwrap()
}

fn account(name: &str, version: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "storage.azure.com/v1", "kind": "StorageAccount",
        "metadata": {
            "name": name, "namespace": "shop", "uid": name, "resourceVersion": version,
            "managedFields": [{"time": version}],
        },
        "spec": spec,
    })
}

fn secret(name: &str, data: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "data": data,
        "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "1"},
    })
}

fn fields(changed: &Changed) -> Vec<(&str, How)> {
    let fields = changed.fields.iter();
    fields
        .map(|field| (field.path.as_str(), field.how))
        .collect()
}

#[test]
fn a_snapshot_does_not_differ_from_itself_in_another_order() {
    let (a, b) = (account("a", "1", json!({})), account("b", "1", json!({})));
    let difference = Difference::between(
        &snapshot(json!([a.clone(), b.clone()])),
        &snapshot(json!([b, a])),
    );
    assert_eq!(difference, Difference::default());
}

#[test]
fn added_removed_and_changed_objects_are_told_with_their_fields() {
    let old = snapshot(json!([
        account("gone", "1", json!({})),
        account(
            "kept",
            "1",
            json!({"sku": {"name": "a"}, "list": [1, 2], "old": 1})
        ),
        account("same", "1", json!({})),
    ]));
    let new = snapshot(json!([
        account("come", "1", json!({})),
        account(
            "kept",
            "2",
            json!({"sku": {"name": "b"}, "list": [1], "a.b/c": 1})
        ),
        account("same", "1", json!({})),
    ]));
    let difference = Difference::between(&old, &new);
    let names =
        |keys: &[ObjectKey]| -> Vec<String> { keys.iter().map(|key| key.name.clone()).collect() };
    assert_eq!(names(&difference.added), ["come"]);
    assert_eq!(names(&difference.removed), ["gone"]);
    let [kept] = difference.changed.as_slice() else {
        panic!("{difference:?}");
    };
    assert!(!kept.replaced);
    assert_eq!(
        fields(kept),
        [
            ("metadata.resourceVersion", How::Changed),
            ("spec.list[1]", How::Removed),
            ("spec.old", How::Removed),
            ("spec.sku.name", How::Changed),
            ("spec[a.b/c]", How::Added),
        ]
    );
}

#[test]
fn an_object_that_was_made_again_is_another_one() {
    let mut again = account("a", "2", json!({}));
    again["metadata"]["uid"] = "other".into();
    let old = snapshot(json!([account("a", "1", json!({}))]));
    let difference = Difference::between(&old, &snapshot(json!([again])));
    assert!(difference.changed[0].replaced, "{difference:?}");
}

#[test]
fn keys_of_secrets_are_compared_by_name_emptiness_and_which_are_equal() {
    let old = snapshot(json!([
        secret(
            "a",
            json!({"gone": "eA==", "empty": "", "full": "eA==", "password": "cHc="})
        ),
        secret("b", json!({"copy": "cHc=", "other": "eQ=="})),
    ]));
    let new = snapshot(json!([
        secret("0", json!({"first": "enp6"})),
        secret(
            "a",
            json!({"come": "eA==", "empty": "eA==", "full": "", "password": "bmV3"})
        ),
        secret("b", json!({"copy": "cHc=", "other": "eg=="})),
    ]));
    let difference = Difference::between(&old, &new);
    let [a, b] = difference.changed.as_slice() else {
        panic!("{difference:?}");
    };
    assert_eq!(
        fields(a),
        [
            ("data.come", How::Added),
            ("data.empty", How::Filled),
            ("data.full", How::Emptied),
            ("data.gone", How::Removed),
            ("data.password", How::Regrouped),
        ]
    );
    // That `other` has another value cannot be seen; the resource version would tell that something was written.
    assert_eq!(fields(b), [("data.copy", How::Regrouped)]);
}

#[test]
fn a_kind_that_one_of_them_does_not_hold_completely_is_not_called_the_same() {
    let old = snapshot(json!([account("a", "1", json!({}))]));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [account("a", "1", json!({}))]});
    let source = Source::new("dump.json", list.to_string());
    let dump = Dump::new(vec![source], AssumeComplete::Nothing, vec![]);
    let new = dump.load(Difference::read_set()).unwrap();
    let difference = Difference::between(&old, &new);
    assert!(difference.is_empty());
    let kinds: Vec<&str> = difference.unknown.iter().map(|kind| &*kind.kind).collect();
    assert!(
        kinds.contains(&"StorageAccount.storage.azure.com"),
        "{kinds:?}"
    );
}
