//! Clusters that tests put together from files, and what the whole pack finds in them.
#![allow(
    dead_code,
    reason = "every suite compiles this module, and none uses all of it"
)]

use crate::command::{Finding, Folder, Run, repository};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One run of `expected.yaml`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// The arguments of `asogate check`.
    pub(crate) check: String,
    #[serde(default)]
    pub(crate) verdict: String,
    /// `policy/code subject level`, with `mended` or `standing` behind it if the plan does not cause it; or
    /// `policy/code subject because of policy/code`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<String>,
}

/// Group, kind, namespace and name.
pub(crate) type Key = (String, String, String, String);

/// The objects of a cluster.
#[derive(Clone, Default)]
pub(crate) struct Cluster(pub(crate) BTreeMap<Key, Value>);

pub(crate) fn documents(path: &Path) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(path) else {
        return vec![];
    };
    let documents = serde_yaml::Deserializer::from_str(&text);
    let documents = documents.map(|document| {
        Value::deserialize(document).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    documents.filter(|document| !document.is_null()).collect()
}

pub(crate) fn key(object: &Value) -> Key {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let api_version = text(&object["apiVersion"]);
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let metadata = &object["metadata"];
    let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
    (group.to_owned(), text(&object["kind"]), namespace, name)
}

fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let fields = into.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

impl Cluster {
    /// Both operators, cert-manager and definitions.
    pub(crate) fn base() -> Cluster {
        let mut cluster = Cluster::default();
        let base = repository().join("tests/traps/base");
        for file in ["definitions.yaml", "operators.yaml"] {
            cluster.add(&base.join(file));
        }
        cluster
    }

    /// Merges the objects of a file into those that are there.
    pub(crate) fn add(&mut self, file: &Path) {
        for object in documents(file) {
            let key = key(&object);
            if object["absent"] == true {
                let known = self.0.remove(&key);
                assert!(known.is_some(), "{}: no {key:?}", file.display());
            } else {
                self.merge(key, &object);
            }
        }
    }

    /// Merges one object into the one that is there.
    pub(crate) fn merge(&mut self, key: Key, object: &Value) {
        merge(self.0.entry(key).or_insert(Value::Null), object);
    }

    /// As `kubectl get -o json` prints it.
    pub(crate) fn list(self) -> Value {
        json!({"apiVersion": "v1", "kind": "List", "items": self.items()})
    }

    /// As a snapshot file, which says of what kinds the lists failed.
    pub(crate) fn snapshot(self, coverage: Value) -> Value {
        let mut classes = vec![];
        let mut items = self.items();
        for object in items.iter_mut().filter(|object| object["kind"] == "Secret") {
            let name = object["metadata"]["name"].as_str().unwrap();
            let operator = match name {
                "azureoperatorsettings" => Some("v1"),
                "aso-controller-settings" => Some("v2"),
                _ => None,
            };
            let values = object["stringData"].as_object().unwrap().clone();
            let settings = values
                .iter()
                .filter(|(key, _)| *key == "AZURE_SUBSCRIPTION_ID");
            let settings = settings
                .map(|(key, value)| json!({"operator": operator, "setting": key, "value": value}));
            let settings: Vec<Value> = settings.filter(|_| operator.is_some()).collect();
            let keys = values.into_iter().map(|(key, value)| {
                let known = classes.iter().position(|known| *known == value);
                let class = known.unwrap_or_else(|| {
                    classes.push(value);
                    classes.len() - 1
                });
                json!({"key": key, "class": class + 1})
            });
            let keys: Vec<Value> = keys.collect();
            let fields = object.as_object_mut().unwrap();
            fields.remove("stringData");
            fields.insert("secretKeys".into(), keys.into());
            fields.insert("operatorSettings".into(), settings.into());
        }
        json!({
            "apiVersion": "asogate.dev/v1alpha1",
            "kind": "Snapshot",
            "coverage": coverage,
            "complete": [{"group": "*", "kind": "*"}],
            "items": items,
        })
    }

    fn items(mut self) -> Vec<Value> {
        for ((group, kind, namespace, name), object) in &mut self.0 {
            let metadata = object["metadata"].as_object_mut().unwrap();
            let uid = format!("uid of {kind}.{group} {namespace}/{name}");
            metadata.entry("uid").or_insert(uid.into());
            metadata.entry("resourceVersion").or_insert("1".into());
        }
        let uids: BTreeMap<Key, Value> = self
            .0
            .iter()
            .map(|(key, object)| (key.clone(), object["metadata"]["uid"].clone()))
            .collect();
        for ((_, _, namespace, _), object) in &mut self.0 {
            let owners = object["metadata"]["ownerReferences"].as_array_mut();
            for owner in owners.into_iter().flatten() {
                if owner["uid"].is_null() {
                    let (group, kind, _, name) = key(&json!({
                        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "metadata": owner,
                    }));
                    owner["uid"] = uids[&(group, kind, namespace.clone(), name)].clone();
                }
            }
        }
        self.0.into_values().collect()
    }
}

/// What is found by one check in a folder, which holds what the arguments and `files` name.
#[track_caller]
pub(crate) fn judge(folder: &Folder, check: &str, files: &str) -> Expected {
    let run = folder.asogate(&format!("check {check} {files} -o json"));
    for finding in run.findings() {
        helps(&finding.json, &run);
    }
    Expected {
        check: check.to_owned(),
        verdict: run.json()["verdict"].as_str().unwrap().to_owned(),
        findings: findings(&run),
    }
}

/// Compares with a file, or writes it if `BLESS` is set. Gives what differs.
pub(crate) fn compare(file: &Path, found: &[Expected]) -> Option<String> {
    if std::env::var_os("BLESS").is_some() {
        fs::write(file, serde_yaml::to_string(found).unwrap()).unwrap();
        return None;
    }
    let expected = expected(file);
    let differing = expected
        .iter()
        .zip(found)
        .filter(|(expected, found)| expected != found);
    let told: Vec<String> = differing
        .map(|(expected, found)| format!("expected {expected:#?}, found {found:#?}"))
        .collect();
    (!told.is_empty()).then(|| format!("{}: {}", file.display(), told.join("\n")))
}

/// What a file says is checked and found.
pub(crate) fn expected(file: &Path) -> Vec<Expected> {
    let text = fs::read_to_string(file);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let expected: Vec<Expected> =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(
        !expected.is_empty(),
        "{}: nothing is checked",
        file.display()
    );
    expected
}

fn findings(run: &Run) -> Vec<String> {
    let line = |finding: Finding| {
        let moment = match finding.json["moment"].as_str() {
            Some(moment) => format!(" {moment}"),
            None => String::new(),
        };
        let Finding {
            code,
            subject,
            level,
            ..
        } = finding;
        format!("{code} {subject} {level}{moment}")
    };
    let mut lines: Vec<String> = run.findings().into_iter().map(line).collect();
    let document = run.json();
    let following = document["following"].as_array().unwrap().iter();
    lines.extend(following.map(|found| {
        let Finding { code, subject, .. } = Finding::new(found);
        let cause = found["cause"].as_str().unwrap();
        format!("{code} {subject} because of {cause}")
    }));
    lines.sort();
    lines
}

/// A finding says what is wrong, what comes of it, and something that can be pasted: a command, or an edit of the file.
#[track_caller]
fn helps(finding: &Value, run: &Run) {
    let text = |field: &str| finding[field].as_str().unwrap_or("");
    assert!(!text("message").is_empty(), "{finding}: {run}");
    assert!(!text("why").is_empty(), "{finding}: {run}");
    let remedies = finding["remedies"].as_array().unwrap();
    let pasted = |remedy: &Value| {
        let quotes = |text: &str| {
            let starts = ["`kubectl ", "`asogate ", "`asoctl ", "`- {code: "];
            starts.iter().any(|start| text.contains(start))
        };
        remedy["command"].is_string()
            || remedy["edit"].is_string()
            || remedy["advice"].as_str().is_some_and(quotes)
    };
    assert!(remedies.iter().any(pasted), "nothing to paste: {finding:#}");
    for command in remedies
        .iter()
        .filter_map(|remedy| remedy["command"].as_str())
    {
        is_safe(command);
    }
}

/// A command line names the group of what it is about, of a v2 object also the version (FACTS 0.6, 0.11), and replaces an
/// annotation that is there.
#[track_caller]
fn is_safe(command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    let resources = words
        .iter()
        .skip(2)
        .filter(|word| !word.contains(['/', '=']));
    for word in resources.filter(|word| word.ends_with(".azure.com")) {
        let version = word.split('.').nth(1).unwrap_or("");
        let is_version = version.starts_with('v') && version.contains(|c: char| c.is_ascii_digit());
        assert!(is_version, "`{word}` names no version: {command}");
    }
    if command.starts_with("kubectl annotate") {
        let sets = words.iter().any(|word| word.contains('='));
        assert!(!sets || words.contains(&"--overwrite"), "{command}");
    }
    if command.starts_with("kubectl") && !command.contains("-o jsonpath") {
        assert!(
            !command.contains(['{', '}']) || command.contains("'"),
            "{command}"
        );
    }
}

/// A file or folder of the observations of the real operators, which are not part of the repository. Where they are not
/// at hand, the tests that need them say so and pass.
pub(crate) fn observations(path: &str) -> Option<PathBuf> {
    let path = repository().join("../shared/aso").join(path);
    if path.exists() {
        return Some(path);
    }
    // Not a print macro: those are kept from whoever runs tests that pass.
    let line = format!("\nNOT TESTED: `{}` is not at hand\n\n", path.display());
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    None
}
