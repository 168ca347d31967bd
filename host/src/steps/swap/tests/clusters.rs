//! Small clusters, and what a swap of them changes and leaves.

use crate::collect::Dump;
use crate::collect::coverage::AssumeComplete;
use crate::collect::text::Source as File;
use crate::steps::selection::{LabelSelector, Namespaces, Selection};
use crate::steps::swap::{Weight, explain};
use crate::steps::{Planned, Request, plan, reads};
use asogate_core::change::{Action, Propagation};
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

#[test]
fn keys_of_storage_accounts_are_off_by_one_and_may_have_any_name() {
    let web = deployment(pod_spec("KEY", "storageaccount-media", "key0"));
    let cluster = cluster([web]);
    assert_eq!(
        replaced(&cluster),
        [
            "container `c`, env `KEY`: Secret `storageaccount-media` (`key0`) -> Secret `media-keys` (`first`)"
        ]
    );
    let (planned, _) = swap(&cluster, &["deploy/web"]);
    let [change] = planned.plan.changes() else {
        panic!("{planned:?}");
    };
    assert_eq!(change.preconditions.resource_version.as_deref(), Some("7"));
    let spec = pod_spec("KEY", "media-keys", "first");
    let merge = json!({"spec": {"template": {"spec": spec}}});
    assert_eq!(change.action, Action::Patch { merge });
}

#[test]
fn a_whole_secret_with_other_keys_becomes_variables_and_items_with_the_old_names() {
    let mut all = cluster([]);
    all[2]["data"]
        .as_object_mut()
        .unwrap()
        .remove("StorageAccountName");
    let spec = json!({
        "containers": [{"name": "c", "envFrom": [{"prefix": "S_", "secretRef": {"name": "storageaccount-media"}}]}],
        "volumes": [{"name": "keys", "secret": {"secretName": "storageaccount-media"}}],
    });
    all.push(deployment(spec));
    let (planned, _) = swap(&all, &[]);
    let Action::Patch { merge } = &planned.plan.changes()[0].action else {
        panic!("{planned:?}");
    };
    let variable = |name: &str, key: &str| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": "media-keys", "key": key}}});
    let items = json!([{"key": "first", "path": "key0"}, {"key": "second", "path": "key1"}]);
    assert_eq!(
        merge["spec"]["template"]["spec"],
        json!({
            "containers": [{"name": "c", "env": [variable("S_key0", "first"), variable("S_key1", "second")]}],
            "volumes": [{"name": "keys", "secret": {"secretName": "media-keys", "items": items}}],
        })
    );
}

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
fn workloads_are_changed_through_their_controllers() {
    let spec = || pod_spec("KEY", "storageaccount-media", "key0");
    let web = deployment(spec());
    let mut set = owned_by("Deployment", "apps/v1", "web");
    set["spec"] = json!({"replicas": 1, "template": {"spec": spec()}});
    let set = named("apps/v1", "ReplicaSet", "web-1", set);
    let mut pod = owned_by("ReplicaSet", "apps/v1", "web-1");
    pod["spec"] = spec();
    let pod = named("v1", "Pod", "web-1-a", pod);
    let cluster = cluster([web, set, pod]);
    assert_eq!(replaced(&cluster).len(), 1);
    let (planned, _) = swap(&cluster, &["pods/web-1-a"]);
    assert_eq!(planned.refusals.len(), 1);
    assert_eq!(planned.refusals[0].weight, Weight::Undetermined);
    assert!(
        planned.refusals[0]
            .reason
            .contains("Deployment.apps shop/web, which is not selected")
    );
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

#[test]
fn a_suspended_cron_job_is_changed_and_a_workload_elsewhere_is_not() {
    let spec = pod_spec("KEY", "storageaccount-media", "key1");
    let job = json!({"spec": {"suspend": true, "jobTemplate": {"spec": {"template": {"spec": spec.clone()}}}}});
    let mut elsewhere = deployment(spec);
    elsewhere["metadata"]["namespace"] = json!("elsewhere");
    let cluster = cluster([named("batch/v1", "CronJob", "yearly", job), elsewhere]);
    assert_eq!(
        replaced(&cluster),
        [
            "container `c`, env `KEY`: Secret `storageaccount-media` (`key1`) -> Secret `media-keys` (`second`)"
        ]
    );
}

/// A server whose name goes to a ConfigMap, and whose login somebody keeps in a Secret of the team.
#[test]
fn one_secret_of_a_server_becomes_a_config_map_and_a_secret_of_the_team() {
    let id = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Sql/servers/erp";
    let v1 = named(
        "azure.microsoft.com/v1beta1",
        "AzureSqlServer",
        "erp",
        json!({"status": {"resourceId": id}}),
    );
    let spec = json!({
        "azureName": "erp",
        "administratorLogin": "admin",
        "administratorLoginPassword": {"name": "erp-login", "key": "secret"},
        "operatorSpec": {"configMaps": {"fullyQualifiedDomainName": {"name": "erp-server", "key": "host"}}},
    });
    let annotations = json!({"annotations": {"serviceoperator.azure.com/resource-id": id}});
    let v2 = named(
        "sql.azure.com/v20211101",
        "Server",
        "erp",
        json!({"metadata": annotations, "spec": spec}),
    );
    let old = json!({"username": "YWRtaW4=", "password": "cGFzcw==", "fullyQualifiedServerName": "aG9zdA=="});
    let mut rest = owned_by("AzureSqlServer", "azure.microsoft.com/v1beta1", "erp");
    rest["data"] = old;
    let items = json!([
        {"key": "fullyQualifiedServerName", "path": "host"},
        {"key": "username", "path": "user"},
        {"key": "password", "path": "pass"},
    ]);
    let pod = json!({"containers": [{"name": "c"}], "volumes": [
        {"name": "sql", "secret": {"secretName": "azuresqlserver-erp", "items": items, "defaultMode": 288}},
    ]});
    let cluster = [
        v1,
        v2,
        named("v1", "Secret", "azuresqlserver-erp", rest),
        secret(
            "erp-login",
            json!({"secret": "cGFzcw==", "username": "YWRtaW4="}),
        ),
        // Another login that happens to be called `admin` too.
        secret(
            "payments",
            json!({"username": "YWRtaW4=", "password": "b3RoZXI="}),
        ),
        named(
            "v1",
            "ConfigMap",
            "erp-server",
            json!({"data": {"host": "erp.example"}}),
        ),
        deployment(pod),
    ];
    assert_eq!(
        replaced(&cluster),
        [
            "volume `sql`, file `host`: Secret `azuresqlserver-erp` (`fullyQualifiedServerName`) -> ConfigMap `erp-server` (`host`)",
            "volume `sql`, file `user`: Secret `azuresqlserver-erp` (`username`) -> Secret `erp-login` (`username`)",
            "volume `sql`, file `pass`: Secret `azuresqlserver-erp` (`password`) -> Secret `erp-login` (`secret`)",
        ]
    );
    let (planned, _) = swap(&cluster, &[]);
    let Action::Patch { merge } = &planned.plan.changes()[0].action else {
        panic!("{planned:?}");
    };
    assert_eq!(
        merge["spec"]["template"]["spec"]["volumes"][0]["projected"],
        json!({"defaultMode": 288, "sources": [
            {"configMap": {"name": "erp-server", "items": [{"key": "host", "path": "host"}]}},
            {"secret": {"name": "erp-login", "items": [
                {"key": "username", "path": "user"},
                {"key": "secret", "path": "pass"},
            ]}},
        ]})
    );
}
