//! What the tests take for granted of the control plane they run against, and what the API server itself makes of objects.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cluster;
mod command;

#[path = "api_server/merges.rs"]
mod merges;
#[path = "api_server/pod.rs"]
mod pod;
#[path = "garbage_collector/state.rs"]
mod state;
#[path = "api_server/steps.rs"]
mod steps;

use cluster::{cluster, refusal};
use serde_json::{Value, json};

fn map(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}})
}

#[test]
fn a_user_may_do_what_it_was_granted_and_nothing_else() {
    let Some(cluster) = cluster() else { return };
    let (shop, other, user) = (
        cluster.namespace("shop"),
        cluster.namespace("other"),
        cluster.user(),
    );
    let admin = cluster.admin();
    cluster.run(admin.create(&map(&shop, "a"))).unwrap();
    let list = |namespace: Option<&str>| cluster.run(user.list("v1", "ConfigMap", namespace));
    assert_eq!(refusal(&list(Some(&shop))), Some(403));
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]);
    cluster.grant(&user, Some(&shop), rules.clone());
    assert_eq!(list(Some(&shop)).unwrap().len(), 1);
    assert_eq!(refusal(&list(Some(&other))), Some(403));
    assert_eq!(refusal(&list(None)), Some(403));
    let read = cluster.run(user.get(&map(&shop, "a")));
    assert_eq!(refusal(&read), Some(403));
    cluster.grant(&user, None, rules);
    assert!(!list(None).unwrap().is_empty());
}

/// Where every test must run, a suite without a control plane fails; elsewhere it says loudly that it did not run.
#[test]
fn tests_that_did_not_run_do_not_look_as_if_they_had() {
    let folder = command::Folder::new();
    let run = |where_it_must: Option<(&str, &str)>| {
        let mut suite = std::process::Command::new(std::env::current_exe().unwrap());
        let test = "a_user_may_do_what_it_was_granted_and_nothing_else";
        suite.args(["--exact", test]);
        // No Go, and nothing that was built with it before.
        for name in ["PATH", "XDG_CACHE_HOME"] {
            suite.env(name, folder.path(""));
        }
        suite
            .env_remove("ASOGATE_TESTS_MUST_ALL_RUN")
            .env_remove("CI");
        suite.envs(where_it_must);
        let output = suite.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let go = "Go is not on this machine: install it (https://go.dev/doc/install)";
    for (passes, place) in [
        (false, Some(("ASOGATE_TESTS_MUST_ALL_RUN", "1"))),
        (false, Some(("CI", "true"))),
        (true, None),
    ] {
        let (passed, text) = run(place);
        let says = match passes {
            true => "NOT TESTED: this suite needs a control plane of Kubernetes. ",
            false => "there is no control plane for this suite: ",
        };
        assert_eq!(passed, passes, "{place:?}: {text}");
        assert!(
            text.contains(says) && text.contains(go),
            "{place:?}: {text}"
        );
    }
}

#[test]
fn kinds_of_our_own_making_keep_every_field_in_every_version() {
    let Some(cluster) = cluster() else { return };
    let shop = cluster.namespace("shop");
    cluster.azure_kinds();
    let account = |version: &str| {
        json!({
            "apiVersion": format!("storage.azure.com/{version}"), "kind": "StorageAccount",
            "metadata": {"name": "media", "namespace": shop}, "spec": {"new": {"field": [1]}}, "status": {"id": "x"},
        })
    };
    cluster
        .run(cluster.admin().apply(&account("v1api20220901")))
        .unwrap();
    let read = cluster.run(cluster.admin().get(&account("v20250601")));
    let read = read.unwrap().unwrap();
    assert_eq!(read["apiVersion"], "storage.azure.com/v20250601");
    assert_eq!(read["spec"], json!({"new": {"field": [1]}}));
    assert_eq!(read["status"], json!({"id": "x"}));
}

#[test]
fn the_example_is_loaded_and_its_steps_do_what_their_plans_say() {
    let Some(cluster) = cluster() else { return };
    let loaded = cluster.contoso("3-imported");
    assert_eq!(loaded.len(), 243);
    let find = |kind: &str, name: &str| {
        let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
        loaded.iter().find(is_it).unwrap()
    };
    let database = find("SqlDatabase", "products");
    let owner = &database["metadata"]["ownerReferences"][0];
    assert_eq!(owner["kind"], "DatabaseAccount");
    let accounts = loaded
        .iter()
        .filter(|object| object["metadata"]["uid"] == owner["uid"]);
    let accounts: Vec<&Value> = accounts.map(|account| &account["apiVersion"]).collect();
    assert_eq!(accounts, ["documentdb.azure.com/v1api20240815"]);
    assert!(database["status"]["conditions"].is_array(), "{database}");
    assert!(find("Job", "order-backfill")["status"]["startTime"].is_string());
    // The garbage collector finds nothing to do.
    cluster.controllers();
    cluster.run(async {
        cluster.garbage_collected().await;
        cluster.garbage_collected().await;
        for object in &loaded {
            let now = cluster.admin().get(object).await.unwrap();
            assert!(now.is_some(), "{object} was collected");
        }
    });
    steps::the_commands_of_a_plan_do_what_the_plan_says(cluster);
    steps::a_cleanup_leaves_what_the_gate_assumes(cluster, &loaded);
}
