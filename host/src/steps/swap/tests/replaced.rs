//! What a swap replaces by what.

use super::{cluster, deployment, named, owned_by, pod_spec, replaced, secret, swap};
use crate::steps::swap::{Weight, explain};
use asogate_core::change::Action;
use serde_json::{Value, json};

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

#[test]
fn what_does_not_replace_its_pods_by_itself_is_said() {
    let spec =
        || json!({"spec": {"template": {"spec": pod_spec("K", "storageaccount-media", "key0")}}});
    let with = |api_version: &str, kind: &str, name: &str, more: Value| {
        let mut object = named(api_version, kind, name, spec());
        asogate_core::change::merge_patch(&mut object, &more);
        object
    };
    let foreign = owned_by("Rollout", "example.com/v1", "somebody");
    let cluster = cluster([
        with(
            "apps/v1",
            "DaemonSet",
            "a",
            json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}),
        ),
        with(
            "apps/v1",
            "Deployment",
            "b",
            json!({"spec": {"paused": true}}),
        ),
        with("apps/v1", "Deployment", "c", foreign),
        with(
            "apps/v1",
            "ReplicaSet",
            "d",
            json!({"spec": {"replicas": 1}}),
        ),
        with(
            "apps/v1",
            "StatefulSet",
            "e",
            json!({"spec": {"updateStrategy": {"type": "RollingUpdate"}}}),
        ),
    ]);
    let (planned, snapshot) = swap(&cluster, &[]);
    let explained = explain(&planned.plan, &snapshot).into_iter();
    let notes: Vec<String> = explained
        .map(|explained| explained.unwrap().notes.join(""))
        .collect();
    let words = [
        "OnDelete",
        "rollout resume",
        "may undo the change",
        "does not replace its pods",
    ];
    for (note, word) in notes.iter().zip(words) {
        assert!(note.contains(word), "{notes:?}");
    }
    assert_eq!((notes.len(), notes[4].as_str()), (5, ""));
}

#[test]
fn a_secret_of_v1_that_is_gone_is_one_of_v1_all_the_same() {
    let mut all = cluster([deployment(pod_spec("KEY", "storageaccount-media", "key0"))]);
    all.remove(2);
    assert_eq!(
        replaced(&all),
        [
            "container `c`, env `KEY`: Secret `storageaccount-media` (`key0`) -> Secret `media-keys` (`first`)"
        ]
    );
}
