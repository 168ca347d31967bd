//! What a swap leaves as it is, and what is said of it.

use super::{cluster, deployment, named, pod_spec, refused, replaced, secret, swap, twin};
use crate::steps::swap::Weight;
use serde_json::{Value, json};

#[test]
fn a_key_without_a_source_is_refused_also_as_a_part_of_a_whole_secret() {
    let (weight, text) = refused(&cluster([deployment(pod_spec(
        "N",
        "storageaccount-media",
        "connectionString0",
    ))]));
    assert_eq!(weight, Weight::Blocks);
    assert!(
        text.contains("exports nothing under the key `connectionString0`"),
        "{text}"
    );
    let spec = json!({"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "storageaccount-media"}}]}]});
    let (weight, text) = refused(&cluster([deployment(spec)]));
    assert_eq!(weight, Weight::Blocks);
    assert!(text.contains("`StorageAccountName`"), "{text}");
}

#[test]
fn two_v2_objects_that_export_different_values_are_refused_and_named() {
    let web = deployment(pod_spec("KEY", "storageaccount-media", "key0"));
    let second = |value: &str| {
        let mut second = twin(json!({"secrets": {"key1": {"name": "other-keys", "key": "k"}}}));
        second["metadata"]["name"] = json!("media-too");
        second["metadata"]["uid"] = json!("other");
        [second, secret("other-keys", json!({"k": value}))]
    };
    let both = cluster([web.clone()].into_iter().chain(second("YQ==")));
    let (weight, text) = refused(&both);
    assert_eq!(weight, Weight::Blocks);
    assert!(
        text.contains("Secret `media-keys` (`first`) and Secret `other-keys` (`k`)"),
        "{text}"
    );
    // Only one of them holds the value that is read now.
    let one = cluster([web].into_iter().chain(second("eg==")));
    assert!(replaced(&one)[0].ends_with("-> Secret `media-keys` (`first`)"));
}

#[test]
fn what_is_not_written_yet_or_is_empty_or_goes_takes_no_place() {
    let web = || deployment(pod_spec("KEY", "storageaccount-media", "key0"));
    for (change, words) in [
        (
            json!(null),
            "is not there yet; wait until v2 has written it",
        ),
        (json!({"data": {"first": null}}), "has no such key yet"),
        (json!({"data": {"first": ""}}), "is empty"),
        (
            json!({"metadata": {"deletionTimestamp": "2026-11-12T08:00:00Z"}}),
            "is being deleted",
        ),
    ] {
        let mut all = cluster([web()]);
        match change {
            Value::Null => drop(all.remove(3)),
            change => asogate_core::change::merge_patch(&mut all[3], &change),
        }
        let (weight, text) = refused(&all);
        assert_eq!(weight, Weight::Blocks, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn what_a_twin_in_another_namespace_exports_takes_no_place() {
    let mut all = cluster([deployment(pod_spec("KEY", "storageaccount-media", "key0"))]);
    all[1]["metadata"]["namespace"] = json!("elsewhere");
    let (weight, text) = refused(&all);
    assert_eq!(weight, Weight::Blocks);
    assert!(text.contains("is in another namespace"), "{text}");
}

#[test]
fn a_secret_whose_v1_object_is_gone_cannot_be_determined() {
    let mut all = cluster([deployment(pod_spec("KEY", "storageaccount-media", "key0"))]);
    all.remove(0);
    assert_eq!(refused(&all).0, Weight::Undetermined);
}

#[test]
fn what_cannot_be_changed_is_left_with_a_word() {
    let spec = || pod_spec("KEY", "storageaccount-media", "key0");
    let job = named(
        "batch/v1",
        "Job",
        "once",
        json!({"spec": {"template": {"spec": spec()}}}),
    );
    let (weight, text) = refused(&cluster([job.clone()]));
    assert_eq!(weight, Weight::Noted);
    assert!(text.contains("wait until it has finished"), "{text}");
    assert!(
        text.contains("create it again with Secret `media-keys` (`first`)"),
        "{text}"
    );
    let pod = named("v1", "Pod", "debug", json!({"spec": spec()}));
    let (weight, text) = refused(&cluster([pod.clone()]));
    assert_eq!(weight, Weight::Noted);
    assert!(text.contains("Pod shop/debug"), "{text}");

    // What has ended, or runs nothing, reads nothing any more.
    let (mut ended, mut gone) = (job, pod);
    ended["status"] = json!({"conditions": [{"type": "Failed", "status": "True"}]});
    gone["status"] = json!({"phase": "Succeeded"});
    let set = json!({"spec": {"replicas": 0, "template": {"spec": spec()}}});
    let set = named("apps/v1", "ReplicaSet", "old", set);
    let (planned, _) = swap(&cluster([ended, gone, set]), &[]);
    assert_eq!((planned.plan.is_empty(), planned.refusals.len()), (true, 0));
    assert_eq!(planned.selected, 3);
}

#[test]
fn certificates_and_credentials_of_registries_have_no_source() {
    let tls = json!({"spec": {"tls": [{"secretName": "storageaccount-media"}]}});
    let account = json!({"imagePullSecrets": [{"name": "storageaccount-media"}]});
    let pull = json!({"containers": [{"name": "c"}], "imagePullSecrets": [{"name": "storageaccount-media"}]});
    let csi = json!({"containers": [{"name": "c"}], "volumes": [
        {"name": "v", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "storageaccount-media"}}},
    ]});
    for object in [
        named("networking.k8s.io/v1", "Ingress", "web", tls),
        named("v1", "ServiceAccount", "web", account),
        deployment(pull),
        deployment(csi),
    ] {
        assert_eq!(refused(&cluster([object])).0, Weight::Blocks);
    }
}
