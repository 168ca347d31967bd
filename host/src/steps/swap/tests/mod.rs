//! Tests of the swap: a pod spec means the same before and after it, and small clusters with what is replaced in each and what is
//! refused.

mod meaning;
mod refused;
mod replaced;

use crate::collect::Dump;
use crate::collect::coverage::AssumeComplete;
use crate::collect::text::Source as File;
use crate::steps::selection::{LabelSelector, Namespaces, Selection};
use crate::steps::swap::{Weight, explain};
use crate::steps::{Planned, Request, plan, reads};
use asogate_core::change::Propagation;
use asogate_core::plan::Step;
use asogate_core::selector::ReadSet;
use asogate_core::snapshot::Snapshot;
use serde_json::{Value, json};

const ID: &str =
    "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/media";

fn named(api_version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let uid = format!("uid of {kind} {name}");
    let mut object = json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"namespace": "shop", "name": name, "uid": uid, "resourceVersion": "7"},
    });
    asogate_core::change::merge_patch(&mut object, &rest);
    object
}

fn account() -> Value {
    named(
        "azure.microsoft.com/v1alpha1",
        "StorageAccount",
        "media",
        json!({"status": {"resourceId": ID}}),
    )
}

fn twin(exports: Value) -> Value {
    let id = json!({"serviceoperator.azure.com/resource-id": ID});
    let spec = json!({"azureName": "media", "operatorSpec": exports});
    let rest = json!({"metadata": {"annotations": id}, "spec": spec});
    named(
        "storage.azure.com/v20250601",
        "StorageAccount",
        "media-v2",
        rest,
    )
}

fn owned_by(kind: &str, api_version: &str, name: &str) -> Value {
    let uid = format!("uid of {kind} {name}");
    json!({"metadata": {"ownerReferences": [
        {"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true},
    ]}})
}

/// A Secret with values that are base64 of anything.
fn secret(name: &str, data: Value) -> Value {
    named("v1", "Secret", name, json!({"data": data}))
}

fn v1_secret(data: Value) -> Value {
    let mut rest = owned_by("StorageAccount", "azure.microsoft.com/v1alpha1", "media");
    rest["data"] = data;
    named("v1", "Secret", "storageaccount-media", rest)
}

fn pod_spec(variable: &str, secret: &str, key: &str) -> Value {
    let source = json!({"secretKeyRef": {"name": secret, "key": key}});
    json!({"containers": [{"name": "c", "image": "i", "env": [{"name": variable, "valueFrom": source}]}]})
}

fn deployment(spec: Value) -> Value {
    named(
        "apps/v1",
        "Deployment",
        "web",
        json!({"spec": {"template": {"spec": spec}}}),
    )
}

/// An account with both keys, its twin that exports both, and what these objects add.
fn cluster(others: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let exports = json!({"secrets": {
        "key1": {"name": "media-keys", "key": "first"},
        "key2": {"name": "media-keys", "key": "second"},
    }});
    let mut cluster = vec![
        account(),
        twin(exports),
        v1_secret(json!({"key0": "YQ==", "key1": "Yg==", "StorageAccountName": "bWVkaWE="})),
        secret("media-keys", json!({"first": "YQ==", "second": "Yg=="})),
    ];
    cluster.extend(others);
    cluster
}

fn swap(cluster: &[Value], names: &[&str]) -> (Planned, Snapshot) {
    let text = json!({"apiVersion": "v1", "kind": "List", "items": cluster}).to_string();
    let files = vec![File::new("cluster.json", text)];
    let dump = Dump::new(files, AssumeComplete::Everything, vec![]);
    let namespaces = Namespaces::All;
    let (selectors, whole) = reads(Step::Swap, &[], &namespaces);
    let mut read_set = ReadSet::default();
    read_set.whole = whole;
    read_set.settings = asogate_aso::settings::rules();
    read_set.add(&selectors);
    let snapshot = dump.load(read_set).unwrap();
    let selection = Selection {
        namespaces,
        labels: LabelSelector::default(),
        resources: names.iter().map(|name| name.parse().unwrap()).collect(),
    };
    let request = Request {
        step: Step::Swap,
        selection: &selection,
        manifests: &[],
        propagation: Propagation::default(),
    };
    (plan(&request, &snapshot).unwrap(), snapshot)
}

/// Each replacement in a line.
fn replaced(cluster: &[Value]) -> Vec<String> {
    let (planned, snapshot) = swap(cluster, &[]);
    assert_eq!(planned.refusals, [], "{planned:?}");
    let explained = explain(&planned.plan, &snapshot).into_iter();
    let replacements = explained.flat_map(|explained| explained.unwrap().replacements);
    replacements
        .map(|one| format!("{}: {} -> {}", one.place, one.from, one.to))
        .collect()
}

/// The one reference that stays, and that nothing is changed.
fn refused(cluster: &[Value]) -> (Weight, String) {
    let (planned, _) = swap(cluster, &[]);
    assert!(planned.plan.is_empty(), "{planned:?}");
    let [refusal] = planned.refusals.as_slice() else {
        panic!("{planned:?}");
    };
    (refusal.weight, refusal.to_string())
}
