//! The swap of `examples/contoso`: the plan brings the workloads of `4-adopted` to what careful people made of them in
//! `5-swapped`, and whatever takes a source away closes the gate.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

use asogate_core::change::merge_patch;
use command::{Folder, Run, asogate, repository};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

const ADOPTED: &str = "--assume-complete --snapshot examples/contoso/4-adopted";

/// The objects of a file by kind, namespace and name.
fn objects(stage: &str) -> BTreeMap<[String; 3], Value> {
    let path = format!("examples/contoso/{stage}/workloads.yaml");
    let text = fs::read_to_string(repository().join(path)).unwrap();
    let list: Value = serde_yaml::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    let named = items.map(|object| {
        let metadata = &object["metadata"];
        let key = [
            text(&object["kind"]),
            text(&metadata["namespace"]),
            text(&metadata["name"]),
        ];
        (key, object.clone())
    });
    named.collect()
}

/// The changes of a plan as it is written.
fn plan(selection: &str) -> Vec<Value> {
    let run = asogate(&format!("plan swap {selection} {ADOPTED} -o -")).exits(0);
    run.json()["changes"].as_array().unwrap().clone()
}

#[test]
fn the_plan_makes_of_stage_4_what_the_teams_made_of_it_in_stage_5() {
    let mut swapped = objects("4-adopted");
    for change in plan("-A") {
        let field = |name: &str| change["object"][name].as_str().unwrap().to_owned();
        let key = [field("kind"), field("namespace"), field("name")];
        let object = swapped.get_mut(&key).unwrap();
        merge_patch(object, &change["action"]["patch"]["merge"]);
        let read = &change["preconditions"]["resourceVersion"];
        assert_eq!(read, &object["metadata"]["resourceVersion"], "{key:?}");
    }
    let by_hand = objects("5-swapped");
    let mut compared = 0;
    for (key, object) in &swapped {
        let template = match key[0].as_str() {
            "Deployment" | "StatefulSet" | "DaemonSet" => "/spec/template",
            "CronJob" => "/spec/jobTemplate",
            _ => continue,
        };
        let template = |object: &Value| object.pointer(template).cloned();
        assert_eq!(template(object), template(&by_hand[key]), "{key:?}");
        compared += 1;
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn what_is_changed_by_hand_later_is_named_and_not_in_the_plan() {
    let run = asogate(&format!("check swap -A {ADOPTED} -o json")).exits(0);
    let document = run.json();
    let refusals = document["plan"]["refusals"].as_array().unwrap();
    let names: Vec<&Value> = refusals
        .iter()
        .map(|refusal| &refusal["consumer"]["name"])
        .collect();
    assert_eq!(names, ["order-backfill", "debug-files"]);
    assert!(refusals.iter().all(|refusal| refusal["weight"] == "noted"));
    let findings: Vec<(String, String)> = run
        .findings()
        .into_iter()
        .map(|finding| (finding.code, finding.level))
        .collect();
    let left = || ("secret-consumers/not-swapped".to_owned(), "warn".to_owned());
    assert_eq!(findings, [left(), left()]);
    assert_eq!(document["plan"]["nothingToDo"], false);
    let changed = plan("-A");
    let touches = |name: &str| {
        changed
            .iter()
            .any(|change| change["object"]["name"] == name)
    };
    assert!(!touches("order-backfill") && !touches("debug-files") && !touches("legacy-banner"));
}

#[test]
fn a_plan_that_was_written_is_judged_like_the_step() {
    let folder = Folder::new().with("4-adopted");
    let snapshot = "--assume-complete --snapshot 4-adopted";
    folder
        .asogate(&format!("plan swap -n data {snapshot} -o plan.json"))
        .exits(0);
    let direct = folder.asogate(&format!("check swap -n data {snapshot} -o json"));
    let given = folder.asogate(&format!("check --plan plan.json {snapshot} -o json"));
    let (direct, given) = (direct.exits(0).json(), given.exits(0).json());
    for field in ["verdict", "step", "findings", "policies"] {
        assert_eq!(given[field], direct[field], "{field}");
    }
    for field in ["digest", "replacements"] {
        assert_eq!(given["plan"][field], direct["plan"][field], "{field}");
    }
    assert_eq!(direct["plan"]["replacements"].as_array().unwrap().len(), 12);

    // Lists are replaced as a whole, so not upon a workload that somebody has changed since.
    let workloads = folder.read("4-adopted/workloads.yaml");
    let read = plan("deployments/erp -n data")[0]["preconditions"]["resourceVersion"].clone();
    let changed = workloads.replacen(read.as_str().unwrap(), "999999999", 1);
    assert_ne!(changed, workloads);
    folder.write("4-adopted/workloads.yaml", changed);
    folder
        .asogate(&format!("check --plan plan.json {snapshot}"))
        .exits(3);
}

fn edited(file: &str, from: &str, to: &str, arguments: &str) -> Run {
    let folder = Folder::new().with("4-adopted");
    folder.edit(&format!("4-adopted/{file}"), from, to);
    folder.asogate(&format!(
        "{arguments} --assume-complete --snapshot 4-adopted"
    ))
}

#[test]
fn a_swap_without_a_source_is_a_fail_and_its_plan_leaves_the_reference() {
    // The export of a key that is read goes to another name, and nothing has written it there.
    let edit = (
        "azure-v2.yaml",
        "name: storefront-insights",
        "name: elsewhere",
    );
    let run = edited(
        edit.0,
        edit.1,
        edit.2,
        "check swap deployments/storefront -n shop -o json",
    );
    let run = run.exits(1);
    assert_eq!(run.json()["plan"]["refusals"][0]["weight"], "blocks");
    assert!(run.findings().iter().any(|finding| {
        finding.code == "secret-consumers/not-swapped" && finding.level == "deny"
    }));
    let why =
        "ConfigMap `elsewhere` (`instrumentationKey`) would take its place, but is not there yet";
    let run = edited(edit.0, edit.1, edit.2, "plan swap -n shop").exits(0);
    assert!(run.err.contains(why), "{run}");
    assert!(
        run.out
            .contains("# left as it is: Deployment.apps shop/storefront"),
        "{run}"
    );
    assert!(
        run.out
            .contains("kubectl patch -n shop deployments.v1.apps basket-api"),
        "{run}"
    );
    // Nothing else can be changed in it.
    // Others go on.
    edited(
        edit.0,
        edit.1,
        edit.2,
        "check swap deployments/basket-api -n shop",
    )
    .exits(0);
    // The export is gone.
    let from = "      configMaps:\n        instrumentationKey:\n          key: instrumentationKey\n          name: storefront-insights\n";
    edited("azure-v2.yaml", from, "      {}\n", "check swap deployments/storefront -n shop")
        .exits(1)
        .says("deny[secret-consumers/no-v2-source]: Component.insights.azure.com shop/contoso-shop-web does not export `instrumentationKey`");
}

#[test]
fn a_waiver_opens_the_swap_and_the_plan_that_leaves_what_it_accepts() {
    let folder = Folder::new().with("4-adopted");
    let (from, to) = ("name: storefront-insights", "name: elsewhere");
    folder.edit("4-adopted/azure-v2.yaml", from, to);
    let snapshot = "--assume-complete --snapshot 4-adopted";
    folder
        .asogate(&format!("plan swap -n shop {snapshot} -o plan.json"))
        .exits(0)
        .says("1 reference to Secrets of v1 would have to be replaced and cannot be");
    let checks = [
        format!("check swap -n shop {snapshot}"),
        format!("check --plan plan.json {snapshot}"),
    ];
    for check in &checks {
        folder
            .asogate(&format!("{check} -o json"))
            .exits(1)
            .says("not-swapped");
    }
    folder.write(
        "waivers.yaml",
        "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\nwaivers:\n- code: secret-consumers/not-swapped\n  subject: Deployment.apps shop/storefront\n  reason: its telemetry is given up\n  owner: shop\n  expires: 2999-01-01\n",
    );
    for check in &checks {
        folder
            .asogate(&format!("{check} --waivers waivers.yaml"))
            .exits(0)
            .says("waived[secret-consumers/not-swapped]: Deployment.apps shop/storefront");
    }
}

#[test]
fn nothing_is_planned_from_half_a_recording() {
    asogate("check swap -A --snapshot examples/contoso/4-adopted").exits(3);
    asogate("plan swap -A --snapshot examples/contoso/4-adopted").exits(3);
    asogate(&format!("check swap -n nowhere {ADOPTED}"))
        .exits(3)
        .says("no object that `swap` is about is selected");
    asogate(&format!(
        "check swap pods/erp-kxsqmjv5g4-blzcl -n data {ADOPTED}"
    ))
    .exits(3)
    .says("it is controlled by Deployment.apps data/erp, which is not selected");
}

#[test]
fn without_the_policy_that_judges_it_what_is_left_cannot_be_determined() {
    let folder = Folder::new().with("1-start");
    folder.write(
        "asogate.yaml",
        "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\npolicies:\n  - name: secret-consumers\n    enabled: false\n",
    );
    folder
        .asogate("check swap deployments/storefront -n shop --assume-complete --snapshot 1-start")
        .exits(3)
        .says("container `web`, env `BASKET_REDIS_KEY`");
}
