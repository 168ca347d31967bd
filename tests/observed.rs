//! What the real operators and asoctl left behind, and every published sample, judged by the whole pack. None of it is part of
//! the repository, so where it is not at hand these tests say so and pass; what is found in it stands in `observed/`, and
//! `BLESS=1` writes that.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;
mod recorded;

use command::{Asogate, Folder, repository};
use recorded::{Cluster, Expected, Key, compare, documents, expected, judge, key, observations};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const DUMP: &str = "--assume-complete --snapshot cluster.json";

/// All YAML files below a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = paths.into_iter().flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    below
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect()
}

/// The objects of a file, those of lists included.
fn objects(path: &Path) -> Vec<Value> {
    let mut objects = vec![];
    for document in documents(path) {
        match document["items"].as_array() {
            Some(items) => objects.extend(items.iter().cloned()),
            None => objects.push(document),
        }
    }
    objects.retain(|object| object["apiVersion"].is_string());
    objects
}

/// The base of the traps in a subscription, with a namespace for every object.
fn cluster(subscription: &str, objects: Vec<Value>) -> Cluster {
    let mut cluster = Cluster::base();
    for name in ["azureoperatorsettings", "aso-controller-settings"] {
        let known = cluster
            .0
            .iter_mut()
            .find(|((_, _, _, known), _)| known == name);
        known.unwrap().1["stringData"]["AZURE_SUBSCRIPTION_ID"] = subscription.into();
    }
    for object in objects {
        let (group, kind, namespace, name) = key(&object);
        let home = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": namespace}, "status": {"phase": "Active"},
        });
        cluster.0.insert(key(&home), home);
        cluster.0.insert((group, kind, namespace, name), object);
    }
    cluster
}

/// Runs what a file says, and compares.
fn hold(file: &str, folder: &Folder, files: &str, reduce: fn(Expected) -> Expected) {
    let file = repository().join("tests/observed").join(file);
    let runs = expected(&file);
    let found: Vec<Expected> = runs
        .iter()
        .map(|run| reduce(judge(folder, &run.check, files)))
        .collect();
    let differs = compare(&file, &found);
    assert!(differs.is_none(), "{}", differs.unwrap());
}

/// Every object is found to be in the state in which OBSERVED sections 2 and 7 describe it, and nothing is said of the
/// healthy ones. No v1 object has a v2 twin there, so that a cleanup would leave its resource alone goes without saying.
#[test]
fn live_objects_are_classified_as_they_were_observed() {
    let (Some(v1), Some(v2)) = (
        observations("observed/live-v1"),
        observations("observed/live"),
    ) else {
        return;
    };
    let is_object = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        // The same objects once more, with more or less of their metadata.
        !["events", "managedfields", "storageaccount-skipped"]
            .iter()
            .any(|part| name.contains(part))
    };
    let paths = files(&v1).into_iter().chain(files(&v2)).filter(is_object);
    let objects: Vec<Value> = paths.flat_map(|path| objects(&path)).collect();
    assert!(objects.len() > 40, "{}", objects.len());
    let folder = Folder::new();
    let cluster = cluster("11111111-1111-1111-1111-111111111111", objects);
    folder.write("cluster.json", cluster.list().to_string());
    hold("live.yaml", &folder, DUMP, |mut found| {
        found
            .findings
            .retain(|finding| !finding.starts_with("import-coverage/missing "));
        found
    });
}

#[test]
fn an_imported_group_is_matched_with_what_v1_has_of_it() {
    let Some(import) = observations("observed/asoctl/rg-shop/resources.yaml") else {
        return;
    };
    let mut cluster = Cluster::base();
    cluster.add(&repository().join("tests/observed/rg-shop/cluster.yaml"));
    for object in documents(&import) {
        let (group, kind, ..) = key(&object);
        let version = object["apiVersion"]
            .as_str()
            .unwrap()
            .split_once('/')
            .unwrap()
            .1;
        let definition = definition(&group, &kind, version);
        cluster.0.entry(key(&definition)).or_insert(definition);
    }
    let folder = Folder::new();
    folder.write("cluster.json", cluster.list().to_string());
    folder.write("resources.yaml", fs::read_to_string(import).unwrap());
    hold("rg-shop/expected.yaml", &folder, DUMP, |found| found);
}

/// A definition of a kind of which the test has none.
fn definition(group: &str, kind: &str, version: &str) -> Value {
    let plural = match kind {
        "Redis" => "redis".to_owned(),
        kind if kind.ends_with('y') => format!("{}ies", &kind.to_lowercase()[..kind.len() - 1]),
        kind if kind.ends_with('s') => format!("{}es", kind.to_lowercase()),
        kind => format!("{}s", kind.to_lowercase()),
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": "Namespaced",
            "versions": [{"name": version, "served": true, "storage": true}],
        },
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    })
}

#[test]
fn every_sample_is_judged_as_a_file_by_every_policy() {
    let Some(examples) = observations("examples") else {
        return;
    };
    let (mut judged, mut refused) = (0, vec![]);
    for path in files(&examples) {
        let run = Asogate::new(&examples, "lint -o json -f")
            .arg(path.to_str().unwrap())
            .run();
        if run.code == Some(2) {
            refused.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            continue;
        }
        let document = run.json();
        for policy in document["policies"].as_array().unwrap() {
            let result = policy["result"].as_str().unwrap();
            let answered = ["judged", "incomplete", "not-applicable"].contains(&result);
            assert!(answered, "{}: {policy}", path.display());
        }
        assert_ne!(document["verdict"], "unknown", "{}: {run}", path.display());
        judged += 1;
    }
    // Snippets that are no whole objects, and a Secret whose values are not encoded.
    assert!(refused.len() <= 5, "{refused:?}");
    assert!(judged > 90, "{judged}");
}

#[test]
fn every_sample_is_judged_as_a_live_object_at_every_step() {
    let Some(examples) = observations("examples") else {
        return;
    };
    let mut live: Vec<Value> = vec![];
    for path in files(&examples) {
        for mut object in objects(&path) {
            let metadata = &mut object["metadata"];
            if metadata["namespace"].is_null() {
                metadata["namespace"] = "default".into();
            }
            let (group, kind, ..): Key = key(&object);
            if kind == "Secret" {
                object["stringData"] = json!({});
                object.as_object_mut().unwrap().remove("data");
            } else if group != "azure.microsoft.com" {
                object["metadata"]["annotations"]["serviceoperator.azure.com/reconcile-policy"] =
                    "skip".into();
            }
            live.push(object);
        }
    }
    let folder = Folder::new();
    let cluster = cluster("11111111-2222-3333-4444-555555555555", live);
    folder.write("cluster.json", cluster.list().to_string());
    hold("examples.yaml", &folder, DUMP, |mut found| {
        // Which codes, not about which sample: those are many, and they change.
        let code = |finding: &String| finding.split(' ').next().unwrap().to_owned();
        found.findings = found.findings.iter().map(code).collect();
        found.findings.dedup();
        found
    });
}
