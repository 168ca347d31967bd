//! What is known of the completeness of a recorded cluster, and what a gap does to the verdict.

use crate::CLEANUP;
use crate::command::Folder;
use serde_json::{Value, json};
use std::fs;

/// A snapshot file of a cluster with one v1 object, of which everything is known.
fn snapshot() -> Value {
    json!({
        "apiVersion": "asogate.dev/v1alpha1",
        "kind": "Snapshot",
        "time": {"from": "2026-11-02T08:00:00Z", "to": "2026-11-02T08:00:05Z"},
        "coverage": [
            {"kind": "Secret", "state": "complete"},
            {"group": "batch", "kind": "CronJob", "state": "not-served"},
        ],
        "complete": [{"group": "*", "kind": "*"}],
        "items": [
            {
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": "shop", "uid": "n1"},
                "status": {"phase": "Active"},
            },
            {
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": "azureoperator-controller-manager", "namespace": "azureoperator-system",
                    "uid": "d1", "resourceVersion": "3",
                },
                "spec": {"replicas": 1},
                "status": {"readyReplicas": 1},
            },
            {
                "apiVersion": "azure.microsoft.com/v1alpha1", "kind": "StorageAccount",
                "metadata": {
                    "name": "media", "namespace": "shop", "uid": "a1", "resourceVersion": "7",
                    "finalizers": ["azure.microsoft.com/finalizer"],
                },
                "spec": {"resourceGroup": "shop-prod", "location": "westeurope"},
                "status": {"provisioned": true, "message": "successfully provisioned"},
            },
            {
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": "storageaccount-media", "namespace": "shop", "uid": "s1", "resourceVersion": "8"},
                "type": "Opaque",
                "secretKeys": [{"key": "key0", "class": 1}, {"key": "note", "empty": true, "class": 2}],
            },
        ],
    })
}

const PAUSE: &str = "check pause-v1 -A --snapshot snapshot.json";

#[test]
fn a_snapshot_file_says_itself_what_it_is_complete_in() {
    let folder = Folder::new().file("snapshot.json", snapshot().to_string());
    let run = folder.asogate(&format!("{PAUSE} -o json")).exits(0);
    assert_eq!(run.json()["plan"]["updates"], 1, "{run}");
    assert_eq!(run.json()["snapshot"]["objects"], 4, "{run}");
}

#[test]
fn a_kind_that_could_not_be_read_keeps_the_gate_closed_whoever_vouches() {
    let folder = Folder::new();
    for (state, reason, words) in [
        (
            "forbidden",
            "list secrets",
            "Secret: forbidden: list secrets",
        ),
        ("failed", "the webhook is down", "the webhook is down"),
        ("truncated", "page 2", "page 2"),
    ] {
        let mut snapshot = snapshot();
        snapshot["coverage"][0] = json!({"kind": "Secret", "state": state, "reason": reason});
        folder.write("snapshot.json", snapshot.to_string());
        folder.asogate(PAUSE).exits(3).says(words);
        folder
            .asogate(&format!("{PAUSE} --assume-complete"))
            .exits(3)
            .says(words);
        folder
            .asogate(&format!("{PAUSE} --assume-complete=secrets"))
            .exits(3);
    }
    let mut snapshot = snapshot();
    snapshot["complete"] = json!([]);
    folder.write("snapshot.json", snapshot.to_string());
    folder.asogate(PAUSE).exits(3).says("not asked for");
}

#[test]
fn a_snapshot_file_that_is_not_one_is_refused() {
    let folder = Folder::new();
    for (pointer, field, value, words) in [
        (
            "",
            "apiVersion",
            json!("asogate.dev/v9"),
            "this asogate reads `asogate.dev/v1alpha1`",
        ),
        ("", "kind", json!("Snapshoot"), "it must be `Snapshot`"),
        ("", "itmes", json!([]), "unknown field `itmes`"),
        (
            "/coverage/0",
            "state",
            json!("compleet"),
            "the `state` of `Secret` is `compleet`",
        ),
        (
            "/items/3",
            "data",
            json!({"key0": "a2V5"}),
            "snapshot files hold no values",
        ),
    ] {
        let mut snapshot = snapshot();
        let place = snapshot.pointer_mut(pointer).unwrap();
        place[field] = value;
        folder.write("snapshot.json", snapshot.to_string());
        folder
            .asogate(PAUSE)
            .exits(2)
            .says(words)
            .says("snapshot.json");
    }
    let mut cut = snapshot();
    cut.as_object_mut().unwrap().shift_remove("items");
    folder.write("snapshot.json", cut.to_string());
    folder.asogate(PAUSE).exits(2).says("it has no `items`");
}

#[test]
fn whoever_vouches_for_one_kind_has_not_vouched_for_the_others() {
    let folder = Folder::new().with("5-swapped");
    let run = folder.asogate("check cleanup -A --snapshot 5-swapped --assume-complete=secrets");
    let run = run.exits(3).says("Namespace: not asked for");
    assert!(!run.out.contains("  Secret: "), "{run}");
    let run = folder
        .asogate("check cleanup -A --snapshot 5-swapped")
        .exits(3);
    assert!(run.out.contains("  Secret: "), "{run}");
}

/// The commonest mistake of all: workloads and Azure objects are recorded, Secrets are not.
#[test]
fn a_dump_without_secrets_that_its_objects_name_contradicts_its_completeness() {
    let folder = Folder::new().with("5-swapped");
    fs::remove_file(folder.path("5-swapped/secrets.yaml")).unwrap();
    for vouching in [
        "--assume-complete",
        "--assume-complete=secrets,*.azure.microsoft.com",
    ] {
        folder
            .asogate(&format!("check cleanup -A --snapshot 5-swapped {vouching}"))
            .exits(3)
            .says("there is no Secret in the dump, but `")
            .says("take it again with them");
    }
}

#[test]
fn a_dump_without_namespaces_contradicts_its_completeness() {
    let folder = Folder::new().with("5-swapped");
    fs::remove_file(folder.path("5-swapped/namespaces.yaml")).unwrap();
    folder
        .asogate(CLEANUP)
        .exits(3)
        .says("there is no Namespace in the dump, but `");
}

/// Nothing of v1 in the dump is not "everything is cleaned up".
#[test]
fn a_dump_without_the_objects_of_the_step_is_never_a_pass() {
    let folder = Folder::new().with("5-swapped");
    fs::remove_file(folder.path("5-swapped/azure-v1.yaml")).unwrap();
    let run = folder.asogate(CLEANUP);
    run.exits(3)
        .says("no object that `cleanup` is about is selected");
}
