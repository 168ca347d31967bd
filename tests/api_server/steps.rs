//! Steps of the example, taken: the kubectl commands that a plan is shown as do what the plan says, and a cleanup leaves
//! what the gate assumes.

use crate::cluster::{Cluster, Session};
use crate::command::{Folder, Run};
use crate::merges::comparable;
use crate::state::{difference, is_terminating, key_of, predict, state};
use asogate_core::change::{Action, merge_patch};
use asogate_core::object::ObjectKey;
use asogate_core::simulate::Finalizers;
use serde::Deserialize;
use serde_json::{Value, json};

/// A recording of the namespace `data`, made as the documentation says.
fn record(admin: &Session) -> Folder {
    let list = "api-resources --verbs=list --namespaced -o name";
    let resources = admin.kubectl(list, "").unwrap();
    let is_azure =
        |name: &&str| name.ends_with(".azure.microsoft.com") || name.ends_with(".azure.com");
    let kinds: Vec<&str> = resources.lines().filter(is_azure).collect();
    let get = format!("get secrets,{} -n data -o json", kinds.join(","));
    Folder::new().file("cluster.json", admin.kubectl(&get, "").unwrap())
}

fn plan(recording: &Folder, step: &str, output: &str) -> Run {
    let options = "-n data --assume-complete --snapshot cluster.json";
    recording
        .asogate(&format!("plan {step} {options} {output}"))
        .exits(0)
}

/// Plans a step from a recording and takes it by the commands that are shown. Returns how many changes it made.
fn take(cluster: &Cluster, step: &str) -> usize {
    let admin = cluster.admin();
    let recording = record(admin);
    let document = plan(&recording, step, "-o -").json();
    let changes = document["changes"].as_array().unwrap();
    let mut predicted: Vec<Value> = changes.iter().map(|change| read(cluster, change)).collect();
    for (object, change) in predicted.iter_mut().zip(changes) {
        merge_patch(object, &change["action"]["patch"]["merge"]);
    }
    let shown = plan(&recording, step, "");
    let lines = shown.out.lines();
    let commands: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("kubectl "))
        .collect();
    assert_eq!(commands.len(), changes.len(), "{shown}");
    run_all(admin, &commands);
    for (predicted, change) in predicted.iter().zip(changes) {
        let found = read(cluster, change);
        assert_eq!(comparable(predicted), comparable(&found), "{step}");
    }
    let again = plan(&record(admin), step, "-o -").json();
    assert_eq!(again["changes"], json!([]), "`{step}` is not taken");
    changes.len()
}

/// Several at once: starting kubectl takes longer than what it does.
fn run_all(admin: &Session, commands: &[&str]) {
    std::thread::scope(|scope| {
        for part in commands.chunks(commands.len().div_ceil(4).max(1)) {
            scope.spawn(move || {
                for command in part {
                    admin.kubectl(command, "").unwrap();
                }
            });
        }
    });
}

/// The object of a change, in the version in which the change is made.
fn read(cluster: &Cluster, change: &Value) -> Value {
    let object = &change["object"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let api_version = format!("{}/{}", text(&object["group"]), text(&change["version"]));
    let identity = json!({
        "apiVersion": api_version, "kind": object["kind"],
        "metadata": {"name": object["name"], "namespace": object["namespace"]},
    });
    let found = cluster.run(cluster.admin().get(&identity)).unwrap();
    found.unwrap_or_else(|| panic!("there is no {identity}"))
}

/// `cluster` holds the example at the moment after the import.
pub(crate) fn the_commands_of_a_plan_do_what_the_plan_says(cluster: &Cluster) {
    assert_eq!(take(cluster, "adopt"), 31);
    assert_eq!(take(cluster, "rollback"), 28);
    assert_eq!(take(cluster, "pause-v1"), 14);
}

/// `loaded` are the objects of the example, all of which the cluster still holds. Nobody acts on their finalizers but us.
pub(crate) fn a_cleanup_leaves_what_the_gate_assumes(cluster: &Cluster, loaded: &[Value]) {
    let before = cluster.run(read_all(cluster, loaded));
    assert_eq!(before.len(), loaded.len());
    let list = json!({"apiVersion": "v1", "kind": "List", "items": before});
    let options = "-A --assume-complete --snapshot cluster.json -o -";
    let document = Folder::new()
        .file("cluster.json", list.to_string())
        .asogate(&format!("plan cleanup {options}"))
        .exits(0)
        .json();
    let deletes: Vec<(ObjectKey, Action)> = document["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let key = ObjectKey::deserialize(&change["object"]).unwrap();
            (key, Action::deserialize(&change["action"]).unwrap())
        })
        .collect();
    assert_eq!(deletes.len(), 33);
    let predicted = predict(&before, &deletes, Finalizers::Act);
    assert_eq!(before.len() - predicted.left.len(), 33 + 13);
    cluster.run(async {
        for (key, action) in &deletes {
            let object = before.iter().find(|object| key_of(object) == *key).unwrap();
            let Action::Delete { propagation } = action else {
                panic!("{action:?}")
            };
            cluster.admin().delete(object, *propagation).await.unwrap();
        }
        let what = "the garbage collector to leave what was predicted";
        let mut found = vec![];
        let mut looks = 0;
        cluster
            .wait_for(what, async || {
                found = read_all(cluster, loaded).await;
                let terminating: Vec<&Value> = found.iter().filter(|o| is_terminating(o)).collect();
                for object in &terminating {
                    let free = json!({"metadata": {"finalizers": null}});
                    // It may be gone by now.
                    let _ = cluster.admin().patch(object, &free).await;
                }
                cluster.garbage_collected().await;
                looks = if terminating.is_empty() { looks + 1 } else { 0 };
                looks == 5
            })
            .await;
        let told = predicted.told.join("\n");
        let differs = difference(&predicted.left, &state(&found));
        assert!(differs.is_empty(), "{differs}{told}");
        assert!(predicted.impossible.is_empty(), "{told}");
    });
}

/// Those of the objects that are still there.
async fn read_all(cluster: &Cluster, objects: &[Value]) -> Vec<Value> {
    let mut found = vec![];
    for object in objects {
        found.extend(cluster.admin().get(object).await.unwrap());
    }
    found
}
