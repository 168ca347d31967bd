//! Objects that the real operators left behind, where the recordings are at hand (`../shared/aso` beside the repository): each is
//! told as the observations name its state.

use crate::command::{Folder, repository};
use crate::{dangers, list, rows, text};
use serde_json::Value;
use std::io::Write;

const AROUND: &str = "apiVersion: v1
kind: Namespace
metadata: {name: somewhere, uid: n-1}
---
apiVersion: v1
kind: Secret
metadata: {name: something, namespace: somewhere, uid: s-1, resourceVersion: '1'}
";

/// The only row of a recorded object.
fn observed(file: &str) -> Option<Value> {
    let path = repository().join("../shared/aso/observed").join(file);
    if !path.exists() {
        // Not a print macro: those are kept from whoever runs tests that pass.
        let line = format!("\nNOT TESTED: `{}` is not at hand\n\n", path.display());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    // A cluster without any Namespace and Secret was not recorded completely.
    let folder = Folder::new().file("around.yaml", AROUND);
    let path = path.canonicalize().unwrap();
    let path = path.display();
    let status = "status -o json --assume-complete --snapshot around.yaml";
    let run = folder.asogate(&format!("{status} {path}")).exits(0);
    let rows = rows(&run);
    assert_eq!(rows.len(), 1, "{run}");
    Some(rows[0].clone())
}

#[test]
fn objects_of_v1_are_told_as_they_were_seen() {
    for (file, state, paused, progress) in [
        ("rediscache-healthy", "active", false, "provisioned"),
        ("eventhub-skipreconcile-true", "paused", true, "provisioned"),
        (
            "eventhub-skipreconcile-space",
            "active",
            false,
            "provisioned",
        ),
        (
            "azuresqlserver-paused-in-flight",
            "paused",
            true,
            "in-flight",
        ),
        ("eventhub-secretconflict-tf-ctl", "failed", false, "failed"),
        (
            "eventhubnamespace-after-spec-change",
            "failed",
            false,
            "failed",
        ),
        ("storageaccount-born-skipped", "paused", true, "unreported"),
        (
            "storageaccount-orphaned-skipped",
            "paused",
            true,
            "provisioned",
        ),
        (
            "rediscache-td-403-deletefailed",
            "terminating",
            false,
            "provisioned",
        ),
        (
            "rediscache-td-locked-deletefailed",
            "terminating",
            false,
            "provisioned",
        ),
    ] {
        let Some(row) = observed(&format!("live-v1/v1-{file}.yaml")) else {
            return;
        };
        let member = &row["v1"][0];
        assert_eq!(member["state"], state, "{file}: {member}");
        assert_eq!(member["paused"], paused, "{file}: {member}");
        assert_eq!(member["progress"], progress, "{file}: {member}");
        // What is being deleted looks healthy in its status, and is dangerous all the same.
        let is_dangerous = dangers(&row).contains(&"deleted-in-azure");
        assert_eq!(is_dangerous, state == "terminating", "{file}: {row}");
    }
}

#[test]
fn objects_of_v2_are_told_as_they_were_seen() {
    for (file, state, is, reason) in [
        ("redis-ok", "ready", "ready", ""),
        ("storageaccount-skipped", "ready", "ready", ""),
        ("storageaccount-managed", "managed", "ready", ""),
        ("redis-managed", "managed", "ready", ""),
        (
            "redis-blocked",
            "skipped",
            "not-ready",
            "FailedWritingAdditionalKubernetesObjects",
        ),
        (
            "redis-ghost",
            "skipped",
            "not-ready",
            "AzureResourceNotFound",
        ),
        (
            "redis-vanished",
            "skipped",
            "not-ready",
            "AzureResourceNotFound",
        ),
        (
            "redis-missing-rg",
            "skipped",
            "not-ready",
            "WaitingForOwner",
        ),
        ("redis-credential-missing", "skipped", "not-ready", "Failed"),
        (
            "sql-secretnotfound",
            "skipped",
            "not-ready",
            "SecretNotFound",
        ),
    ] {
        let Some(row) = observed(&format!("live/{file}.yaml")) else {
            return;
        };
        let member = &list(&row["v2"])[0];
        assert_eq!(member["state"], state, "{file}: {member}");
        assert_eq!(member["ready"]["is"], is, "{file}: {member}");
        assert_eq!(text(&member["ready"]["reason"]), reason, "{file}: {member}");
        let is_missing = dangers(&row).contains(&"not-in-azure");
        assert_eq!(
            is_missing,
            reason == "AzureResourceNotFound",
            "{file}: {row}"
        );
    }
}
