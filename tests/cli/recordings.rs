//! Snapshot files: what is written is what was read, and is judged as that.

use crate::command::{Folder, repository};
use asogate::collect::coverage::AssumeComplete;
use asogate::collect::files::{self, Purpose};
use asogate::collect::recording::{self, RecordError};
use asogate::collect::{Cluster, Dump};
use asogate::engine::{Engine, cache::Cache};
use asogate::gate;
use asogate::panel::{Candidate, Panel};
use asogate_core::digest::Digest;
use asogate_core::plan::Step;
use asogate_core::selector::{Function, ReadSet, Selector};
use asogate_core::snapshot::Snapshot;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn dump(path: &Path, assume: AssumeComplete) -> Dump {
    let input = &mut "".as_bytes();
    let sources = files::open(&[path.to_owned()], Purpose::Snapshot, false, input).unwrap();
    Dump::new(sources, assume, vec![])
}

fn panels() -> Vec<(Step, Panel)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache/asogate");
    let engine = Engine::new(Some(Cache::open(&folder).unwrap())).unwrap();
    let panel = |step| Panel::assemble(&engine, &Candidate::built_in(), Some(step)).unwrap();
    Step::ALL.map(|step| (step, panel(step))).into()
}

fn read_set(selectors: &[Selector]) -> ReadSet {
    let mut read_set = ReadSet::default();
    read_set.settings = asogate_aso::settings::rules();
    read_set.add(selectors);
    read_set
}

/// Everything that is known of the objects that somebody asks for, in an order of its own, and with classes by their first
/// occurrence in that order: what must not depend on the way that the objects have gone.
fn known(snapshot: &Snapshot, asked: &ReadSet) -> Vec<String> {
    let relations = asogate_core::selector::Relation::ALL;
    // To see whether Secrets were forgotten, more is read of a dump.
    let relations = relations.iter().filter(|relation| asked.wants(**relation));
    let asked = asked.kinds();
    let store = snapshot.store();
    let mut rows: BTreeMap<usize, Vec<(String, bool)>> = BTreeMap::new();
    for relation in relations {
        let Some(found) = store.relation(*relation) else {
            continue;
        };
        let names = relation.columns();
        for (row, cells) in found.rows.iter().zip(found.cells.chunks(names.len())) {
            let row = rows.entry(*row as usize).or_default();
            row.push((relation.name().into(), false));
            for (cell, name) in cells.iter().zip(names) {
                row.push((snapshot.text(*cell).into(), *name == "class"));
            }
        }
    }
    let mut objects = BTreeMap::new();
    for (_, object) in snapshot.objects() {
        let key = object.key(snapshot.pool());
        let mut asked = asked.iter();
        if !asked.any(|kinds| kinds.matches(&key.kind.group, &key.kind.kind)) {
            continue;
        }
        let mut cells: Vec<(String, bool)> = vec![];
        let mut text = |symbol, class| cells.push((snapshot.text(symbol).to_owned(), class));
        for symbol in [object.version(), object.uid(), object.resource_version()] {
            text(symbol, false);
        }
        for owner in object.owners() {
            text(owner.uid, false);
        }
        for finalizer in object.finalizers() {
            text(*finalizer, false);
        }
        for (cell, column) in object.cells().iter().zip(&object.schema().cells) {
            text(*cell, column.function == Function::Class);
        }
        for (index, list) in object.schema().lists.iter().enumerate() {
            for (at, cell) in object.list(index).iter().enumerate() {
                let column = &list.columns[at % list.columns.len()];
                text(*cell, column.function == Function::Class);
            }
        }
        cells.extend(rows.remove(&object.position()).unwrap_or_default());
        objects.insert(key.to_string(), cells);
    }
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = vec![];
    for (key, cells) in objects {
        for (mut text, is_class) in cells {
            if is_class && !text.is_empty() {
                let next = classes.len();
                text = format!("class {}", classes.entry(text).or_insert(next));
            }
            lines.push(format!("{key}: {text}"));
        }
    }
    lines
}

#[test]
fn every_policy_reads_of_a_recording_what_it_reads_of_the_dump() {
    let panels = panels();
    let folder = Folder::new();
    let example = repository().join("examples/contoso/4-adopted");
    let original = Cluster::Recorded(dump(&example, AssumeComplete::Everything));
    let write = |cluster: &Cluster, name: &str| {
        let everything = gate::everything(&panels);
        let path = folder.path(name);
        recording::record(cluster, everything, &BTreeSet::new(), &path, false).unwrap();
        path
    };
    let first = write(&original, "first.json");
    let again = Cluster::Recorded(dump(&first, AssumeComplete::Nothing));
    let second = write(&again, "second.json.gz");
    let text = |path| dump(path, AssumeComplete::Nothing).text(0).to_owned();
    assert_eq!(text(&first), text(&second));

    let original = dump(&example, AssumeComplete::Everything);
    let files = [first, second].map(|path| dump(&path, AssumeComplete::Nothing));
    let mut policies = 0;
    for (step, panel) in &panels {
        for selectors in panel.selectors() {
            policies += 1;
            let of_files = files
                .each_ref()
                .map(|file| file.load(read_set(selectors)).unwrap());
            let digests = of_files.each_ref().map(Digest::of_snapshot);
            assert_eq!(digests[0], digests[1], "{step}");
            let original = original.load(read_set(selectors)).unwrap();
            let (expected, found) = (
                known(&original, &read_set(selectors)),
                known(&of_files[0], &read_set(selectors)),
            );
            let differs = expected
                .iter()
                .zip(&found)
                .find(|(left, right)| left != right);
            assert_eq!(differs, None, "{step}");
            assert_eq!(expected.len(), found.len(), "{step}");
            for kinds in read_set(selectors).kinds() {
                let gaps = of_files[0].coverage().gaps(&kinds);
                assert_eq!(gaps, [], "{step}");
            }
        }
    }
    assert!(policies > 40, "{policies}");
}

/// What two documents of a verdict have in common if they are about the same cluster.
fn judged(mut document: Value) -> Value {
    let sources = document["snapshot"]["sources"].take();
    assert!(sources.is_array(), "{sources}");
    document
}

#[test]
fn a_recording_of_a_recording_is_judged_alike_packed_or_not() {
    let folder = Folder::new().with("5-swapped");
    let write = |arguments: &str| folder.asogate(&format!("snapshot {arguments}")).exits(0);
    write("-o a.json --snapshot 5-swapped --assume-complete");
    write("-o b.json.gz --snapshot a.json").says("b.json.gz");
    for step in ["pause-v1", "adopt", "rollback", "cleanup"] {
        let of = |file: &str| {
            let run = folder.asogate(&format!("check {step} -A -o json --snapshot {file}"));
            (run.code, judged(run.json()))
        };
        let (code, judgement) = of("a.json");
        assert_ne!(code, Some(2));
        assert_eq!((code, judgement.clone()), of("b.json.gz"), "{step}");
        let of_dump = of("5-swapped --assume-complete");
        assert_eq!(of_dump.0, code, "{step}");
        assert_eq!(
            of_dump.1["findings"].as_array().unwrap().len(),
            judgement["findings"].as_array().unwrap().len(),
            "{step}"
        );
    }
}

#[test]
fn a_file_is_not_replaced_by_accident_and_nothing_is_left_beside_it() {
    let folder = Folder::new().with("1-start");
    folder.write("there.json", "mine");
    let dump = "--snapshot 1-start --assume-complete";
    folder
        .asogate(&format!("snapshot -o there.json {dump}"))
        .exits(2)
        .says("give --force to replace it");
    assert_eq!(folder.read("there.json"), "mine");
    folder
        .asogate(&format!("snapshot -o there.json --force {dump}"))
        .exits(0)
        .says("wrote 225 objects to there.json");
    assert!(folder.read("there.json").contains("asogate.dev/v1alpha1"));
    folder
        .asogate(&format!("snapshot -o nowhere/x.json {dump}"))
        .exits(2)
        .says("could not write `nowhere/x.json`");
    folder
        .asogate(&format!("snapshot -o - {dump}"))
        .exits(2)
        .says("give -o FILE.json");
    folder.asogate("snapshot").exits(2).says("--output <FILE>");
    let names: BTreeSet<String> = std::fs::read_dir(folder.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["1-start".into(), "there.json".into()])
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.path("there.json").metadata().unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
}

#[test]
fn a_dump_for_which_nobody_vouches_becomes_a_file_that_proves_nothing() {
    let folder = Folder::new().with("5-swapped");
    folder
        .asogate("snapshot -o plain.json --snapshot 5-swapped")
        .exits(3)
        .says("nothing is known of its completeness");
    folder
        .asogate("check cleanup -A --snapshot plain.json")
        .exits(3);
    folder
        .asogate("snapshot show plain.json")
        .exits(0)
        .says("not complete");
}

fn small(changed: bool) -> String {
    let account = json!({
        "apiVersion": "azure.microsoft.com/v1alpha1", "kind": "StorageAccount",
        "metadata": {"name": "media", "namespace": "shop", "uid": "a", "resourceVersion": if changed { "8" } else { "7" }},
        "spec": {"location": if changed { "northeurope" } else { "westeurope" }},
    });
    json!({
        "apiVersion": "asogate.dev/v1alpha1", "kind": "Snapshot",
        "cluster": "context `shop` at https://shop.example.com",
        "time": {"from": "2026-11-02T08:00:00Z", "to": "2026-11-02T08:00:05Z"},
        "readAgain": 2,
        "coverage": [
            {"group": "azure.microsoft.com", "kind": "StorageAccount", "state": "complete", "resourceVersion": "41"},
            {"kind": "Secret", "state": "forbidden", "reason": "no right to list secrets", "resource": "secrets"},
            {"group": "batch", "kind": "CronJob", "state": "not-served"},
        ],
        "complete": [{"group": "*.azure.com", "kind": "*"}],
        "items": [account],
    })
    .to_string()
}

#[test]
fn a_snapshot_tells_what_it_is_and_of_what_it_is_not_complete() {
    let folder = Folder::new().file("a.json", small(false));
    folder
        .asogate("snapshot show a.json")
        .exits(0)
        .says("snapshot of context `shop` at https://shop.example.com: 1 object in a.json")
        .says("read from 2026-11-02T08:00:00Z to 2026-11-02T08:00:05Z")
        .says("2 objects changed meanwhile")
        .says("StorageAccount.azure.microsoft.com        1  read completely")
        .says("forbidden: no right to list secrets")
        .says("1 kind not served")
        .says("not complete in 1 kind");
    let shown = folder
        .asogate("snapshot show a.json -o json")
        .exits(0)
        .json();
    assert_eq!(shown["kind"], "SnapshotContents");
    assert_eq!(shown["readAgain"], 2);
    let secret = &shown["kinds"][0];
    assert_eq!(secret["kind"], "Secret");
    assert_eq!(secret["state"], "forbidden");
    assert_eq!(shown["kinds"][1]["resourceVersion"], "41");
    // What is asked of the file says the same of its moment and of the rights that were missing.
    let checked = folder
        .asogate("check pause-v1 -A --snapshot a.json -o json")
        .exits(3)
        .json();
    let snapshot = &checked["snapshot"];
    assert_eq!(snapshot["readAgain"], 2);
    assert_eq!(
        snapshot["resourceVersions"],
        json!({"StorageAccount.azure.microsoft.com": "41"})
    );
    assert_eq!(
        snapshot["missingRules"],
        json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}])
    );
    folder.write(
        "a.json",
        small(false).replace("\"readAgain\":2", "\"readAgain\":-2"),
    );
    folder
        .asogate("snapshot show a.json")
        .exits(2)
        .says("`readAgain` must be a number from 0");
}

#[test]
fn differences_have_exit_codes_of_their_own() {
    let known = |text: String| {
        text.replace("forbidden", "complete")
            .replace("no right to list secrets", "")
    };
    let folder = Folder::new()
        .file("old.json", known(small(false)))
        .file("same.json", known(small(false)))
        .file("new.json", known(small(true)))
        .file("forbidden.json", small(false));
    let diff = |files: &str| folder.asogate(&format!("snapshot diff {files}"));
    diff("old.json same.json").exits(0).says("no difference");
    diff("old.json new.json")
        .exits(1)
        .says("changed StorageAccount.azure.microsoft.com shop/media")
        .says("  spec.location changed")
        .says("0 added, 0 removed, 1 changed");
    diff("old.json forbidden.json")
        .exits(3)
        .says("unknown Secret: older: read completely; newer: forbidden: no right")
        .says("not everything could be compared");
    diff("old.json nowhere.json").exits(2);
    let document = diff("old.json new.json -o json").exits(1).json();
    assert_eq!(document["kind"], "SnapshotDifference");
    assert_eq!(
        document["changed"][0]["fields"][1],
        json!({"path": "spec.location", "how": "changed"})
    );
}

#[test]
fn a_snapshot_that_could_not_be_written_whole_is_told_apart() {
    let path = Folder::new().path("nowhere/x.json");
    let example = repository().join("examples/contoso/1-start");
    let cluster = Cluster::Recorded(dump(&example, AssumeComplete::Nothing));
    let error = recording::record(&cluster, ReadSet::default(), &BTreeSet::new(), &path, false);
    assert!(matches!(error, Err(RecordError::Write { .. })), "{error:?}");
}

#[test]
fn of_a_cluster_that_does_not_answer_there_is_no_file() {
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}],
    });
    let folder = Folder::new().file("kubeconfig", kubeconfig.to_string());
    folder
        .asogate("snapshot -o x.json --kubeconfig kubeconfig")
        .exits(3)
        .says("could not read the cluster");
    let left: Vec<_> = std::fs::read_dir(folder.path(".")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
