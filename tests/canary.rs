//! Values of Secrets never appear: not in an answer, not in a complaint about a file that is broken in the middle of one,
//! not in a plan, not in what a programmer could print. Every value in question contains a canary.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

use asogate::collect::coverage::AssumeComplete;
use asogate::collect::text::Source;
use asogate::collect::{Dump, manifest};
use asogate_core::selector::{KindPattern, ReadSet, Relation, RelationSelector, Selector};
use command::{CANARIES, Folder, asogate, repository};
use std::fs;

const STAGES: [&str; 5] = [
    "1-start",
    "2-paused",
    "3-imported",
    "4-adopted",
    "5-swapped",
];

fn secrets(stage: &str) -> String {
    let path = repository()
        .join("examples/contoso")
        .join(stage)
        .join("secrets.yaml");
    fs::read_to_string(path).unwrap()
}

/// The other tests prove nothing if the canaries are not there to be found.
#[test]
fn the_recorded_secrets_are_full_of_canaries_in_every_form() {
    for stage in STAGES {
        let text = secrets(stage);
        for canary in &CANARIES[1..] {
            assert!(text.matches(canary).count() > 3, "{canary} in {stage}");
        }
    }
    for canary in CANARIES {
        assert!(SECRETS.contains(canary), "{canary}");
    }
}

/// Whatever a command says is searched when it has run (see [`command::Run`]).
#[test]
fn no_command_shows_a_value() {
    for (step, stage) in [
        ("pause-v1", "1-start"),
        ("import", "2-paused"),
        ("import", "3-imported"),
        ("adopt", "3-imported"),
        ("rollback", "4-adopted"),
        ("cleanup", "1-start"),
        ("cleanup", "4-adopted"),
        ("swap", "4-adopted"),
        ("cleanup", "5-swapped"),
    ] {
        let files = if step == "import" {
            "-f examples/contoso/import"
        } else {
            ""
        };
        let snapshot = format!("-A --assume-complete --snapshot examples/contoso/{stage} {files}");
        asogate(&format!("check {step} {snapshot}"));
        asogate(&format!("check {step} {snapshot} -o json"));
        asogate(&format!("plan {step} {snapshot}"));
        asogate(&format!("plan {step} {snapshot} -o -"));
    }
    // A recorded cluster that is taken for something else.
    let secrets = "examples/contoso/2-paused/secrets.yaml";
    let snapshot = "--assume-complete --snapshot examples/contoso/2-paused";
    asogate(&format!("lint -f {secrets}"));
    asogate(&format!("lint -f {secrets} -o json"));
    asogate(&format!("check import {snapshot} -f {secrets}"));
    asogate(&format!("plan import {snapshot} -f {secrets} -o -"));
    asogate(&format!("check --plan {secrets} {snapshot}")).exits(2);
    asogate(&format!(
        "lint -f examples/contoso/import --config {secrets}"
    ))
    .exits(2);
    asogate(&format!(
        "lint -f examples/contoso/import --policy {secrets}"
    ));
}

#[test]
fn no_snapshot_file_holds_a_value() {
    for stage in STAGES {
        let folder = Folder::new().with(stage);
        folder.write("fixture.json", secrets_of_json());
        let write = |name: &str, from: &str| {
            let dump = format!("--assume-complete --snapshot {from}");
            folder.asogate(&format!("snapshot -o {name} {dump}"))
        };
        write("one.json", stage).exits(0).says("one.json");
        write("two.json.gz", stage).exits(0);
        write("fixture-of-mine.json", "fixture.json");
        holds_no_canary(&folder.read("fixture-of-mine.json"), "fixture");
        let text = folder.read("one.json");
        assert!(text.contains(r#""secretKeys":[{"key":"#), "{stage}");
        holds_no_canary(&text, stage);
        folder.asogate("snapshot show one.json");
        folder.asogate("snapshot show two.json.gz -o json");
        folder
            .asogate("snapshot diff one.json two.json.gz")
            .exits(0);
        folder.asogate(&format!("snapshot diff {stage}/secrets.yaml one.json"));
    }
}

#[track_caller]
fn holds_no_canary(text: &str, of: &str) {
    for canary in CANARIES {
        if let Some(at) = text.find(canary) {
            let start = text[..at]
                .char_indices()
                .rev()
                .nth(200)
                .map_or(0, |(start, _)| start);
            panic!("{of} shows a value: {}", &text[start..at]);
        }
    }
}

fn sources(text: &str) -> Vec<Source> {
    vec![Source::new("secrets.yaml", text)]
}

/// Everything that can be asked for of Secrets, and of every other kind whatever it holds.
fn everything() -> ReadSet {
    let mut read_set = of_secrets();
    read_set.whole.kinds = vec![KindPattern::new("*", "*")];
    read_set
}

fn of_secrets() -> ReadSet {
    let mut read_set = ReadSet::default();
    read_set.settings = asogate_aso::settings::rules();
    let relations = [
        Relation::SecretKeys,
        Relation::SecretReferences,
        Relation::OperatorSettings,
    ];
    let selectors = relations
        .map(|relation| Selector::Relation(RelationSelector::whole(relation.name(), relation)));
    read_set.add(&selectors);
    read_set
}

/// Reads a text as a recorded cluster and as manifests; searches what comes of it, as people and as programmers see it.
fn search(text: &str, read_set: ReadSet, of: &str) {
    let dump = Dump::new(sources(text), AssumeComplete::Everything, vec![]);
    match dump.load(read_set) {
        Ok(snapshot) => holds_no_canary(&format!("{snapshot:?}"), of),
        Err(error) => {
            holds_no_canary(&error.to_string(), of);
            holds_no_canary(&format!("{error:?}"), of);
        }
    }
    holds_no_canary(&format!("{dump:?}"), of);
    match manifest::load(&sources(text), None) {
        Ok(mut manifests) => {
            // What was broken so that it is no Secret any more is not treated as one.
            manifests.retain(|manifest| manifest.key.kind.kind == "Secret");
            holds_no_canary(&format!("{manifests:?}"), of);
        }
        Err(error) => {
            holds_no_canary(&error.to_string(), of);
            holds_no_canary(&format!("{error:?}"), of);
        }
    }
}

fn as_json(yaml: &str) -> String {
    let value: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    serde_json::to_string(&value).unwrap()
}

/// As [`everything`], with the Secrets themselves, as far as a snapshot file holds them.
fn recorded() -> ReadSet {
    let mut read_set = everything();
    read_set.record = true;
    read_set
}

#[test]
fn nothing_that_is_kept_in_memory_shows_a_value() {
    search(SECRETS, recorded(), "fixture");
    search(&secrets_of_json(), recorded(), "fixture");
    for stage in STAGES {
        search(&secrets(stage), recorded(), stage);
        search(&secrets(stage), everything(), stage);
        search(&as_json(&secrets(stage)), everything(), stage);
    }
    search(SECRETS, everything(), "fixture");
    search(&secrets_of_json(), everything(), "fixture");
}

/// A prime number of bytes between the cuts, so that they fall everywhere: in keys, values, escapes, annotations.
#[test]
fn files_that_are_cut_off_anywhere_show_no_value() {
    let yaml = secrets("2-paused");
    let json = as_json(&yaml);
    for text in [&yaml, &json, &secrets_of_json(), SECRETS] {
        let step = if text.len() < 3000 { 1 } else { 89 };
        for cut in (1..text.len())
            .step_by(step)
            .filter(|cut| text.is_char_boundary(*cut))
        {
            search(&text[..cut], everything(), &format!("cut at {cut}"));
        }
    }
}

/// One wrong byte in every place, as an editor, a merge or a template leaves it.
#[test]
fn files_that_are_broken_anywhere_show_no_value() {
    let yaml = secrets("2-paused");
    let yaml: String = yaml
        .lines()
        .take(60)
        .map(|line| format!("{line}\n"))
        .collect();
    // With a broken name it is another annotation than the one of kubectl.
    let fixture =
        [SECRETS, &secrets_of_json()].map(|text| text.replace("contoso-canary-applied", ""));
    for text in [yaml].iter().chain(&fixture) {
        for wrong in [
            "\"",
            "'",
            ": ",
            "\n",
            "{",
            "]",
            "\t",
            "&a ",
            "*a ",
            "!!binary ",
            "#",
            "<<<<<<< ",
            "|\n",
            "\\u12",
        ] {
            for at in (1..text.len())
                .step_by(31)
                .filter(|at| text.is_char_boundary(*at))
            {
                let broken = format!("{}{wrong}{}", &text[..at], &text[at..]);
                search(&broken, of_secrets(), &format!("`{wrong}` at {at}"));
            }
        }
    }
}

#[test]
fn commands_complain_of_broken_secrets_without_their_values() {
    let folder = Folder::new().with("2-paused");
    let whole = folder.read("2-paused/secrets.yaml");
    let check = "check pause-v1 -A --assume-complete --snapshot 2-paused";
    folder.asogate(check).exits(0);
    for cut in (200..whole.len()).step_by(4001) {
        folder.write("2-paused/secrets.yaml", &whole[..cut]);
        folder.asogate(check).exits(2).says("2-paused/secrets.yaml");
    }
    for (from, to) in [
        ("  data:\n", "  data:\n  -"),
        ("  data:\n", "  dta:\n"),
        ("Y29udG9zby1jYW5hcnkt", "!Y29udG9zby1jYW5hcnkt"),
        ("  kind: Secret\n", "  kind: Secret\n  contoso: [\n"),
    ] {
        assert!(whole.contains(from), "{from}");
        folder.write("2-paused/secrets.yaml", whole.replace(from, to));
        folder.asogate(check);
        folder.asogate(&format!("{check} -o json"));
        folder.asogate("lint -f 2-paused/secrets.yaml");
    }
}

/// Secrets as people put them beside what they import: in clear, encoded, as text over lines, and applied before.
const SECRETS: &str = r#"apiVersion: v1
kind: Secret
metadata:
  name: erp-admin
  namespace: data
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"password":"contoso-canary-applied"}}'
type: Opaque
stringData:
  password: contoso-canary-1
  "quoted": "contoso-canary-\u0032"
  url: sqlserver://sa:contoso-canary-3@contoso-erp.database.windows.net
  block: |
    first: contoso-canary-4
    second: line
---
apiVersion: v1
kind: Secret
metadata: {name: erp-copy, namespace: data}
data:
  password: Y29udG9zby1jYW5hcnktNQ==
  config: eGNvbnRvc28tY2FuYXJ5LTY=
  folded: >-
    eHhjb250b3NvLWNhbmFyeS03
---
apiVersion: v1
kind: Secret
metadata: {name: erp-sql-login, namespace: data}
data: &data {password: Y29udG9zby1jYW5hcnktOA==}
stringData: {username: contoso-canary-9}
"#;

fn secrets_of_json() -> String {
    let documents = SECRETS.split("---\n").map(|document| {
        let value: serde_json::Value = serde_yaml::from_str(document).unwrap();
        value
    });
    let items: Vec<_> = documents.collect();
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

#[test]
fn secrets_among_import_files_show_no_value_whether_or_not_they_exist() {
    // `erp-sql-login` exists in the recorded cluster, the others do not.
    let folder = Folder::new().with("2-paused");
    for (name, text) in [
        ("secrets.yaml", SECRETS.to_owned()),
        ("secrets.json", secrets_of_json()),
    ] {
        folder.write(name, text);
        let options = format!("--assume-complete --snapshot 2-paused -f {name}");
        let run = folder.asogate(&format!("check import {options} -o json"));
        let plan = &run.json()["plan"];
        assert_eq!(
            (&plan["creates"], &plan["updates"]),
            (&2.into(), &1.into()),
            "{run}"
        );
        folder.asogate(&format!("check import {options}"));
        folder.asogate(&format!("plan import {options}")).exits(0);
        folder
            .asogate(&format!("plan import {options} -o plan.json"))
            .exits(0);
        holds_no_canary(&folder.read("plan.json"), "a plan");
        // The keys are told, for policies ask for them.
        assert!(folder.read("plan.json").contains("\"username\""));
        folder.asogate("check --plan plan.json --assume-complete --snapshot 2-paused");
        folder.asogate(&format!("lint -f {name}"));
        folder.asogate(&format!("lint -f {name} -o json"));
    }
}

/// Values that are no strings, or no base64, are told by their keys.
#[test]
fn secrets_whose_values_are_of_a_wrong_kind_are_refused_by_their_keys() {
    let folder = Folder::new();
    for (line, words) in [
        ("data: {key: contoso-canary-1}", "is not base64"),
        ("data: {key: [contoso-canary-1]}", "`key`"),
        ("stringData: {key: {a: contoso-canary-1}}", "`key`"),
        (
            "data: contoso-canary-1",
            "`data` of a Secret has to be a map",
        ),
        (
            "dat: {key: contoso-canary-1}",
            "a Secret has no field `dat`",
        ),
        (
            "stringData: {key: contoso-canary-1, key: contoso-canary-2}",
            "given twice",
        ),
        ("stringData: {key: *contoso}", "alias"),
    ] {
        folder.write(
            "secret.yaml",
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: b}}\n{line}\n"),
        );
        folder
            .asogate("lint -f secret.yaml")
            .exits(2)
            .says(words)
            .says("secret.yaml:4:");
        folder.asogate("check cleanup -A --assume-complete --snapshot secret.yaml");
    }
}
