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
