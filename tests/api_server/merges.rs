//! What the plan of an import says of an object that exists, against what `kubectl apply` makes of it.

use crate::cluster::{Cluster, cluster, definition};
use asogate::collect::coverage::AssumeComplete;
use asogate::collect::loader::Loader;
use asogate::collect::manifest;
use asogate::collect::text::Source;
use asogate::steps::selection::{LabelSelector, Namespaces, Selection};
use asogate::steps::{self, Request};
use asogate_core::change::{Action, Propagation, merge_patch};
use asogate_core::plan::Step;
use asogate_core::selector::ReadSet;
use serde_json::{Value, json};

/// A case: what was applied, what others wrote since (merge patches), what is applied now; each without its names.
struct Case {
    claim: &'static str,
    applied: Option<Value>,
    written: Value,
    now: Value,
}

fn case(claim: &'static str, applied: Value, written: Value, now: Value) -> Case {
    Case {
        claim,
        applied: Some(applied),
        written,
        now,
    }
}

/// The same for an object that somebody created without `kubectl apply`.
fn created(claim: &'static str, written: Value, now: Value) -> Case {
    Case {
        claim,
        applied: None,
        written,
        now,
    }
}

fn cases() -> Vec<Case> {
    let skip = || json!({"serviceoperator.azure.com/reconcile-policy": "skip"});
    let operator = || json!({"serviceoperator.azure.com/resource-id": "/subscriptions/x"});
    vec![
        case(
            "what was applied already is no change",
            json!({"spec": {"a": 1, "list": [1, {"b": 2}], "empty": {}}}),
            json!({}),
            json!({"spec": {"a": 1, "list": [1, {"b": 2}], "empty": {}}}),
        ),
        case(
            "a field that the manifest no longer has goes, one that others wrote stays",
            json!({"spec": {"mine": 1, "both": {"mine": 1, "kept": 1}}}),
            json!({"spec": {"theirs": 2, "both": {"theirs": 2}}}),
            json!({"spec": {"both": {"kept": 1}}}),
        ),
        case(
            "a field that others changed is set back",
            json!({"spec": {"a": 1}}),
            json!({"spec": {"a": 2}}),
            json!({"spec": {"a": 1}}),
        ),
        case(
            "a field that others removed comes back",
            json!({"spec": {"a": {"b": 1}}}),
            json!({"spec": {"a": null}}),
            json!({"spec": {"a": {"b": 1}}}),
        ),
        case(
            "a field that is gone already need not go",
            json!({"spec": {"a": 1, "b": 1}}),
            json!({"spec": {"a": null}}),
            json!({"spec": {"b": 1}}),
        ),
        case(
            "a list is replaced, whatever its elements are called",
            json!({"spec": {"list": [{"name": "a", "x": 1}, {"name": "b"}]}}),
            json!({"spec": {"list": [{"name": "a", "x": 1, "y": 2}, {"name": "b"}, {"name": "c"}]}}),
            json!({"spec": {"list": [{"name": "a", "x": 3}]}}),
        ),
        case(
            "a map that becomes empty keeps what others wrote",
            json!({"spec": {"tags": {"a": "1"}}}),
            json!({"spec": {"tags": {"b": "2"}}}),
            json!({"spec": {"tags": {}}}),
        ),
        case(
            "a map that the manifest no longer has goes with what others wrote into it",
            json!({"spec": {"tags": {"a": "1"}}}),
            json!({"spec": {"tags": {"b": "2"}}}),
            json!({"spec": {"x": 1}}),
        ),
        case(
            "a map takes the place of a text, and a text that of a map",
            json!({"spec": {"a": "x", "b": {"c": 1}, "d": "x"}}),
            json!({}),
            json!({"spec": {"a": {"c": 1}, "b": "x", "d": {}}}),
        ),
        case(
            "an adoption by hand: the policy goes from the manifest, with the last annotation",
            json!({"metadata": {"annotations": skip()}, "spec": {}}),
            json!({"metadata": {"annotations": operator()}}),
            json!({"spec": {}}),
        ),
        case(
            "an import that brings the policy back",
            json!({"spec": {}}),
            json!({"metadata": {"annotations": operator(), "finalizers": ["asogate.test/x"]}}),
            json!({"metadata": {"annotations": skip()}, "spec": {}}),
        ),
        case(
            "labels, owners and finalizers of others stay",
            json!({"metadata": {"labels": {"a": "1"}}}),
            json!({"metadata": {"labels": {"b": "2"}, "finalizers": ["asogate.test/x"]}}),
            json!({"metadata": {"labels": {"a": "2"}}}),
        ),
        case(
            "finalizers of the manifest replace all others",
            json!({"metadata": {"finalizers": ["asogate.test/x"]}}),
            json!({"metadata": {"finalizers": ["asogate.test/x", "asogate.test/y"]}}),
            json!({"metadata": {"finalizers": ["asogate.test/z"]}}),
        ),
        case(
            "a null removes what others wrote, the first time",
            json!({"spec": {"x": 1}}),
            json!({"spec": {"a": 1, "b": {"c": 1, "d": 1}}}),
            json!({"spec": {"x": 1, "a": null, "b": {"c": null}}}),
        ),
        case(
            "a null that was applied before removes nothing any more",
            json!({"spec": {"x": 1, "a": null}}),
            json!({"spec": {"a": 1}}),
            json!({"spec": {"x": 2, "a": null}}),
        ),
        case(
            "nulls are no values",
            json!({"spec": {"x": 1}}),
            json!({}),
            json!({"spec": {"x": 1, "a": null, "d": {"e": {}}, "f": [null]}}),
        ),
        case(
            "numbers are compared by their value",
            json!({"spec": {"a": 1, "list": [2]}}),
            json!({}),
            json!({"spec": {"a": 1.0, "list": [2.0]}}),
        ),
        case(
            "what the API server sets is not up to the manifest",
            json!({"metadata": {"creationTimestamp": null}, "spec": {"x": 1}}),
            json!({}),
            json!({"spec": {"x": 1}}),
        ),
        case(
            "a null creation time is nothing",
            json!({"metadata": {"creationTimestamp": null}, "spec": {"x": 1}}),
            json!({}),
            json!({"metadata": {"creationTimestamp": null, "labels": {}, "annotations": null}, "spec": {"x": 1}}),
        ),
        case(
            "the status is nobody's to apply",
            json!({"spec": {"x": 1}, "status": {}}),
            json!({"status": {"state": "Succeeded"}}),
            json!({"spec": {"x": 2}}),
        ),
        case(
            "annotations that are gone already need not go",
            json!({"metadata": {"annotations": skip(), "labels": {"a": "1"}}}),
            json!({"metadata": {"annotations": {"serviceoperator.azure.com/reconcile-policy": null}, "labels": null}}),
            json!({"metadata": {"labels": {}}}),
        ),
        case(
            "a null in a map that is not there makes one",
            json!({"spec": {"a": {"b": 1, "c": null}}}),
            json!({"spec": {"a": null}}),
            json!({"spec": {"a": {"c": null}, "d": {"e": {"f": null}}}}),
        ),
        created(
            "nothing is removed of what was never applied",
            json!({"metadata": {"annotations": operator(), "labels": {"a": "1"}}, "spec": {"theirs": 1, "a": {"b": 1}}}),
            json!({"metadata": {"annotations": skip()}, "spec": {"a": {"c": 1}}}),
        ),
        created(
            "a manifest without a map where there is one changes nothing in it",
            json!({"spec": {"a": {"b": 1}}}),
            json!({"spec": {"a": {}}}),
        ),
    ]
}

#[test]
fn an_import_changes_an_object_as_kubectl_apply_does() {
    let Some(cluster) = cluster() else { return };
    let kind = definition("merge.asogate.test", "Thing", "things", &["v1", "v2"]).with_status();
    cluster.define([&kind]);
    let namespace = cluster.namespace("merges");
    let mut differences = vec![];
    for (number, case) in cases().into_iter().enumerate() {
        let names = json!({
            "apiVersion": "merge.asogate.test/v2", "kind": "Thing",
            "metadata": {"name": format!("case-{number}"), "namespace": namespace},
        });
        differences.extend(compare(cluster, &names, &case));
    }
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": namespace}});
    let case = case(
        "a ConfigMap is merged by its keys",
        json!({"metadata": {"labels": {"a": "1"}}, "data": {"mine": "1", "kept": "1"}}),
        json!({"metadata": {"labels": {"b": "2"}}, "data": {"theirs": "2", "kept": "3"}}),
        json!({"data": {"kept": "1", "new": "4"}}),
    );
    differences.extend(compare(cluster, &map, &case));
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// What differs, for people.
fn compare(cluster: &Cluster, names: &Value, case: &Case) -> Option<String> {
    let admin = cluster.admin();
    let with = |fields: &Value| {
        let mut object = names.clone();
        merge_keeping_nulls(&mut object, fields);
        object
    };
    let apply = |fields: &Value| admin.kubectl("apply -f -", &with(fields).to_string());
    match &case.applied {
        Some(applied) => {
            apply(applied).unwrap();
            cluster.run(admin.patch(names, &case.written)).unwrap();
            let status = &case.written["status"];
            if !status.is_null() {
                cluster.run(admin.set_status(names, status)).unwrap();
            }
        }
        None => {
            cluster.run(admin.create(&with(&case.written))).unwrap();
        }
    }
    let before = cluster.run(admin.get(names)).unwrap().unwrap();
    let mut predicted = before.clone();
    let change = planned(&before, &with(&case.now));
    if let Some(merge) = &change {
        merge_patch(&mut predicted, merge);
    }
    apply(&case.now).unwrap();
    let after = cluster.run(admin.get(names)).unwrap().unwrap();
    let claim = case.claim;
    let (predicted, found) = (comparable(&predicted), comparable(&after));
    if predicted != found {
        return Some(format!(
            "{claim}:\n  planned {change:?}\n  predicted {predicted}\n  found     {found}"
        ));
    }
    // A plan that changes nothing must not look as if it did.
    let changes = comparable(&before) != found;
    (changes != change.is_some())
        .then(|| format!("{claim}: there is a change: {changes}; planned {change:?}"))
}

/// Fills an object with fields, nulls included.
fn merge_keeping_nulls(object: &mut Value, fields: &Value) {
    match (object, fields) {
        (Value::Object(object), Value::Object(fields)) => {
            for (name, value) in fields {
                merge_keeping_nulls(object.entry(name).or_insert(Value::Null), value);
            }
        }
        (object, fields) => *object = fields.clone(),
    }
}

/// The merge patch that the import of a manifest makes, if the cluster holds this object.
fn planned(live: &Value, manifest: &Value) -> Option<Value> {
    let source = Source::new("import.yaml", manifest.to_string());
    let manifests = manifest::load(&[source], None).unwrap();
    let (selectors, whole) = steps::reads(Step::Import, &manifests, &Namespaces::All);
    let mut read_set = ReadSet::default();
    read_set.add(&selectors);
    read_set.whole = whole;
    let mut loader = Loader::new(read_set);
    loader.json("cluster.json", &live.to_string()).unwrap();
    let loaded = loader.finish(&AssumeComplete::Everything, &[]).unwrap();
    let selection = Selection {
        namespaces: Namespaces::All,
        labels: LabelSelector::default(),
        resources: vec![],
    };
    let request = Request {
        step: Step::Import,
        selection: &selection,
        manifests: &manifests,
        propagation: Propagation::Background,
    };
    let planned = steps::plan(&request, &loaded.snapshot).unwrap();
    let changes = planned.plan.changes().iter();
    let mut merges = changes.map(|change| match &change.action {
        Action::Patch { merge } => merge.clone(),
        action => panic!("{action:?}"),
    });
    merges.next()
}

/// What can be compared: not what every write changes, nor the annotation that kubectl keeps for itself.
pub(crate) fn comparable(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in ["managedFields", "resourceVersion", "generation"] {
        metadata.remove(field);
    }
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    // Metadata has no empty maps.
    metadata.retain(|_, value| *value != json!({}));
    object
}
