//! Traps: small clusters in which a careful person would be caught, judged by the whole pack as people run it. What is
//! found on what is listed to the last finding, so that a cause that two policies tell shows as a difference.
//!
//! A trap is a folder of `traps/`: `cluster.yaml` (what it adds to `traps/base`), `import.yaml` or `plan.yaml`, `coverage.yaml` if
//! not everything could be read, and `expected.yaml`, a list of what is checked and found. A folder inside it is a variation, mostly a near miss: its objects
//! are merged into those of the trap as a JSON merge patch (null removes a field, `absent: true` an object), its other files
//! stand for the trap's. Objects without a uid get one, and owner references without a uid that of the object they name.
//! Adding a trap adds no Rust. `BLESS=1` writes what is found into `expected.yaml`; read it line by line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

use command::{Folder, Run, repository};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One run of `expected.yaml`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The arguments of `asogate check`.
    check: String,
    #[serde(default)]
    verdict: String,
    /// `policy/code subject level`, with `mended` or `standing` behind it if the plan does not cause it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    findings: Vec<String>,
}

/// Group, kind, namespace and name.
type Key = (String, String, String, String);

/// The objects of a cluster.
#[derive(Clone, Default)]
struct Cluster(BTreeMap<Key, Value>);

fn traps() -> PathBuf {
    repository().join("tests/traps")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn documents(path: &Path) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(path) else {
        return vec![];
    };
    let documents = serde_yaml::Deserializer::from_str(&text);
    let documents = documents.map(|document| {
        Value::deserialize(document).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    documents.filter(|document| !document.is_null()).collect()
}

fn key(object: &Value) -> Key {
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
    fn base() -> Cluster {
        let mut cluster = Cluster::default();
        for file in ["definitions.yaml", "operators.yaml"] {
            cluster.add(&traps().join("base").join(file));
        }
        cluster
    }

    fn add(&mut self, file: &Path) {
        for object in documents(file) {
            let key = key(&object);
            if object["absent"] == true {
                let known = self.0.remove(&key);
                assert!(known.is_some(), "{}: no {key:?}", file.display());
            } else {
                merge(self.0.entry(key).or_insert(Value::Null), &object);
            }
        }
    }

    /// As `kubectl get -o json` prints it.
    fn list(self) -> Value {
        json!({"apiVersion": "v1", "kind": "List", "items": self.items()})
    }

    /// As a snapshot file, which says of what kinds the lists failed.
    fn snapshot(self, coverage: Value) -> Value {
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
            let settings = values.iter().filter(|(key, _)| *key == "AZURE_SUBSCRIPTION_ID");
            let settings = settings.map(|(key, value)| {
                json!({"operator": operator, "setting": key, "value": value})
            });
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

/// The runs of one folder: as they are expected, and as they are. `layers` are the trap and, for a variation, that.
fn runs(layers: &[&Path]) -> Vec<(Expected, Expected)> {
    let last = layers.last().unwrap();
    let mut cluster = Cluster::base();
    let folder = Folder::new();
    let mut commented = None;
    for layer in layers {
        cluster.add(&layer.join("cluster.yaml"));
        for file in ["cluster.yaml", "import.yaml", "plan.yaml", "coverage.yaml"] {
            if let Ok(text) = fs::read_to_string(layer.join(file)) {
                if layer == last {
                    commented.get_or_insert(text.starts_with('#'));
                }
                if file == "plan.yaml" {
                    let plan: Value = serde_yaml::from_str(&text).unwrap();
                    folder.write("plan.json", plan.to_string());
                }
                folder.write(file, text);
            }
        }
    }
    if layers.len() == 1 {
        assert_eq!(commented, Some(true), "{}: say why it matters", last.display());
    }
    let coverage = folder.path("coverage.yaml");
    let (cluster, files) = match fs::read_to_string(coverage) {
        Ok(text) => {
            let coverage: Value = serde_yaml::from_str(&text).unwrap();
            (cluster.snapshot(coverage), "--snapshot cluster.json")
        }
        Err(_) => (cluster.list(), "--assume-complete --snapshot cluster.json"),
    };
    folder.write("cluster.json", cluster.to_string());

    let expected = fs::read_to_string(last.join("expected.yaml"));
    let expected = expected.unwrap_or_else(|error| panic!("{}: {error}", last.display()));
    let expected: Vec<Expected> = serde_yaml::from_str(&expected)
        .unwrap_or_else(|error| panic!("{}: {error}", last.display()));
    assert!(!expected.is_empty(), "{}: nothing is checked", last.display());
    let judged = expected.into_iter().map(|expected| {
        let run = folder.asogate(&format!("check {} {files} -o json", expected.check));
        let found = Expected {
            check: expected.check.clone(),
            verdict: run.json()["verdict"].as_str().unwrap().to_owned(),
            findings: findings(&run),
        };
        for finding in run.findings() {
            helps(&finding.json, &run);
        }
        (expected, found)
    });
    judged.collect()
}

fn findings(run: &Run) -> Vec<String> {
    let line = |finding: command::Finding| {
        let moment = match finding.json["moment"].as_str() {
            Some(moment) => format!(" {moment}"),
            None => String::new(),
        };
        let command::Finding {
            code,
            subject,
            level,
            ..
        } = finding;
        format!("{code} {subject} {level}{moment}")
    };
    let mut lines: Vec<String> = run.findings().into_iter().map(line).collect();
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
        let quotes = |text: &str| text.contains("`kubectl ") || text.contains("`asogate ");
        remedy["command"].is_string()
            || remedy["edit"].is_string()
            || remedy["advice"].as_str().is_some_and(quotes)
    };
    assert!(remedies.iter().any(pasted), "nothing to paste: {finding:#}");
    for command in remedies.iter().filter_map(|remedy| remedy["command"].as_str()) {
        is_safe(command);
    }
}

/// A command line names the group of what it is about, of a v2 object also the version (FACTS 0.6, 0.11), and replaces an
/// annotation that is there.
#[track_caller]
fn is_safe(command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    let resources = words.iter().skip(2).filter(|word| !word.contains(['/', '=']));
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
        assert!(!command.contains(['{', '}']) || command.contains("'"), "{command}");
    }
}

#[test]
fn every_trap_gives_the_findings_that_it_names_and_no_others() {
    let mut wrong = vec![];
    let mut count = 0;
    for trap in folders(&traps()) {
        if trap.ends_with("base") {
            continue;
        }
        let variations = folders(&trap);
        assert!(!variations.is_empty(), "{}: no near miss", trap.display());
        let alone = [vec![&*trap]];
        let varied = variations.iter().map(|variation| vec![&*trap, &**variation]);
        for layers in alone.into_iter().chain(varied) {
            let runs = runs(&layers);
            count += runs.len();
            let file = layers.last().unwrap().join("expected.yaml");
            if std::env::var_os("BLESS").is_some() {
                let found: Vec<&Expected> = runs.iter().map(|(_, found)| found).collect();
                fs::write(file, serde_yaml::to_string(&found).unwrap()).unwrap();
                continue;
            }
            let differing = runs.iter().filter(|(expected, found)| expected != found);
            wrong.extend(differing.map(|(expected, found)| {
                format!("{}: expected {expected:#?}, found {found:#?}", file.display())
            }));
        }
    }
    assert!(count > 50, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
