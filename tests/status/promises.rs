//! What holds for every board: each object is in exactly one row, the numbers add up, and the worst rows are on top.

use crate::cases::{files_of, names};
use crate::command::{asogate, repository};
use crate::{CONTOSO, FIXTURES, dangers, list, name, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

const MOMENTS: [&str; 5] = [
    "1-start",
    "2-paused",
    "3-imported",
    "4-adopted",
    "5-swapped",
];

/// One board.
struct Drawn {
    arguments: String,
    /// The files with the objects of both operators.
    files: Vec<String>,
    document: Value,
}

impl Drawn {
    fn rows(&self) -> &[Value] {
        list(&self.document["rows"])
    }
}

/// Every board that is looked at, drawn once.
fn boards() -> &'static [Drawn] {
    static BOARDS: LazyLock<Vec<Drawn>> = LazyLock::new(|| {
        let cases = names().into_iter().map(|case| {
            let cluster = format!("{FIXTURES}/{case}/cluster.yaml");
            (files_of(&case), vec![cluster])
        });
        let moments = MOMENTS.iter().map(|folder| {
            let file = |name| format!("{CONTOSO}/{folder}/{name}.yaml");
            let cluster = format!("--snapshot {CONTOSO}/{folder} --assume-complete");
            let arguments = format!("{cluster} -f {CONTOSO}/import");
            (arguments, ["azure-v1", "azure-v2"].map(file).to_vec())
        });
        let draw = |(arguments, files): (String, Vec<String>)| {
            let run = asogate(&format!("status -o json {arguments}")).exits(0);
            Drawn {
                document: run.json(),
                arguments,
                files,
            }
        };
        cases.chain(moments).map(draw).collect()
    });
    &BOARDS
}

/// The v1 and v2 objects of some files, as messages write them.
fn objects_of(files: &[String]) -> Vec<String> {
    let mut found = vec![];
    for file in files {
        let text = fs::read_to_string(repository().join(file)).unwrap();
        for document in serde_yaml::Deserializer::from_str(&text) {
            let value: Value = serde::Deserialize::deserialize(document).unwrap();
            let items = match value["items"].as_array() {
                Some(items) => items.clone(),
                None => vec![value],
            };
            for item in items {
                let version = text_of(&item["apiVersion"]);
                let group = version.split_once('/').map_or("", |(group, _)| group);
                if group == "azure.microsoft.com" || group.ends_with(".azure.com") {
                    let (kind, metadata) = (text_of(&item["kind"]), &item["metadata"]);
                    let (namespace, name) =
                        (text_of(&metadata["namespace"]), text_of(&metadata["name"]));
                    found.push(format!("{kind}.{group} {namespace}/{name}"));
                }
            }
        }
    }
    found.sort();
    found
}

fn text_of(value: &Value) -> String {
    text(value).to_owned()
}

#[test]
fn every_object_is_in_exactly_one_row() {
    for board in boards() {
        let live = |member: &&Value| member["state"] != "in-import-file";
        let members = board.rows().iter().flat_map(|row| {
            let members = list(&row["v1"]).iter().chain(list(&row["v2"]));
            members.filter(live).map(|member| name(&member["object"]))
        });
        let mut found: Vec<String> = members.collect();
        found.sort();
        assert_eq!(found, objects_of(&board.files), "{}", board.arguments);
    }
}

#[test]
fn the_numbers_add_up() {
    for board in boards() {
        let (of, rows) = (&board.arguments, board.rows());
        let totals = &board.document["totals"];
        let sum = |value: &Value| -> u64 {
            let numbers = value.as_object().unwrap().values();
            numbers.map(|number| number.as_u64().unwrap()).sum()
        };
        let count = |number: &dyn Fn(&Value) -> usize| -> u64 {
            rows.iter().map(|row| number(row) as u64).sum()
        };
        assert_eq!(totals["resources"], rows.len(), "{of}");
        assert_eq!(board.document["all"], rows.len(), "{of}");
        assert_eq!(sum(&totals["stages"]), rows.len() as u64, "{of}");
        assert_eq!(sum(&totals["v1"]), count(&|row| list(&row["v1"]).len()));
        assert_eq!(sum(&totals["v2"]), count(&|row| list(&row["v2"]).len()));
        let dangerous = count(&|row| usize::from(!dangers(row).is_empty()));
        assert_eq!(totals["dangerous"], dangerous, "{of}");
        let mut by_step: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for row in rows.iter().filter(|row| row["next"].is_object()) {
            let numbers = by_step.entry(text(&row["next"]["step"])).or_default();
            match text(&row["next"]["gate"]) {
                "open" => numbers[0] += 1,
                "closed" => numbers[1] += 1,
                _ => numbers[2] += 1,
            }
        }
        let steps = list(&board.document["steps"]);
        assert_eq!(steps.len(), by_step.len(), "{of}");
        for step in steps {
            let names = ["open", "closed", "unknown"];
            let numbers = names.map(|name| step[name].as_u64().unwrap());
            assert_eq!(numbers, by_step[text(&step["step"])], "{of}: {step}");
            assert_eq!(step["resources"], numbers.iter().sum::<u64>(), "{of}");
        }
    }
}

#[test]
fn the_worst_rows_are_on_top() {
    let rank = |row: &Value| {
        let gate = text(&row["next"]["gate"]);
        match row {
            row if !dangers(row).is_empty() => 0,
            row if row["stage"] == "unknown" || gate == "unknown" => 1,
            _ if gate == "closed" => 2,
            row if row["next"].is_object() => 3,
            _ => 4,
        }
    };
    for board in boards() {
        let ranks: Vec<u8> = board.rows().iter().map(rank).collect();
        assert!(ranks.is_sorted(), "{}: {ranks:?}", board.arguments);
    }
}

#[test]
fn a_row_that_can_go_on_has_a_command_and_a_blocked_one_something_to_do() {
    for row in boards().iter().flat_map(Drawn::rows) {
        let next = &row["next"];
        let blocked_by = list(&next["blockedBy"]);
        match text(&next["gate"]) {
            "open" => {
                let command = text(&next["goOn"]["command"]);
                let plan = format!("asogate plan {}", text(&next["step"]));
                assert!(command.starts_with(&plan), "{row}");
                assert!(blocked_by.is_empty(), "{row}");
            }
            "closed" => {
                assert!(!blocked_by.is_empty(), "{row}");
                assert!(next["goOn"].is_object(), "{row}");
            }
            _ => {}
        }
        for known in list(&row["dangers"]) {
            assert!(known["remedy"].is_object(), "{row}");
        }
    }
}

#[test]
fn nothing_is_open_in_a_cluster_that_nobody_vouches_for() {
    for folder in MOMENTS {
        let cluster = format!("--snapshot {CONTOSO}/{folder}");
        let run = asogate(&format!("status {cluster} -o json --exit-code")).exits(3);
        let document = run.json();
        assert_eq!(document["totals"]["open"], 0, "{run}");
        assert!(!list(&document["undetermined"]).is_empty(), "{run}");
        for row in list(&document["rows"]) {
            // Every v1 kind of the example has a successor in v2, so its absence cannot be known.
            assert_ne!(row["v2State"], "absent", "{row}");
            assert_ne!(row["stage"], "done", "{row}");
        }
    }
}

#[test]
fn the_commands_of_a_board_are_understood() {
    let board = boards()
        .iter()
        .find(|board| board.arguments.contains("3-imported"));
    let rows = board.unwrap().rows();
    let open = rows
        .iter()
        .find(|row| row["next"]["gate"] == "open")
        .unwrap();
    let command = text(&open["next"]["goOn"]["command"]);
    let cluster = format!("--snapshot {CONTOSO}/3-imported --assume-complete");
    let run = asogate(&format!(
        "{} {cluster}",
        command.strip_prefix("asogate ").unwrap()
    ));
    run.exits(0).says("kubectl annotate");
}

/// What `check` is to be told to judge the next step of one row alone; none if nothing of the row can be judged.
fn question(row: &Value, files: &str) -> Option<String> {
    let step = text(&row["next"]["step"]);
    let members = |side: &str| list(&row[side]).iter().map(|member| &member["object"]);
    let mut objects: Vec<&Value> = match step {
        "pause-v1" | "cleanup" => members("v1").collect(),
        "swap" => list(&row["secrets"]["readBy"]).iter().collect(),
        _ => members("v2").collect(),
    };
    if objects.is_empty() && step == "pause-v1" {
        objects = list(&row["managedBy"]).iter().collect();
    }
    let namespace = text(&objects.first()?["namespace"]);
    let names = objects.iter().map(|key| {
        let kind = text(&key["kind"]).to_lowercase();
        format!("{kind}.{}/{}", text(&key["group"]), text(&key["name"]))
    });
    let names: Vec<String> = names.collect();
    let files = match step {
        "import" => files.to_owned(),
        _ => files.split(" -f ").next().unwrap_or_default().to_owned(),
    };
    Some(format!(
        "check {step} {} -n {namespace} {files}",
        names.join(" ")
    ))
}

#[test]
fn the_gate_is_open_for_a_row_alone_exactly_if_the_board_says_so() {
    let cases = boards()
        .iter()
        .filter(|board| board.arguments.contains(FIXTURES));
    let mut open = 0;
    for board in cases {
        for row in board.rows() {
            let gate = text(&row["next"]["gate"]);
            // What has no code is not a finding: there is nothing that `check` could be asked about.
            let is_judged = gate == "open" || row["next"]["blockedBy"][0]["code"].is_string();
            let question = question(row, &board.arguments).filter(|_| is_judged);
            if let Some(question) = question {
                let run = asogate(&question);
                let code = if gate == "open" { 0 } else { 1 };
                assert_eq!(run.code, Some(code), "{row}\n{run}");
                open += u32::from(gate == "open");
            }
        }
    }
    assert!(open > 15, "{open} rows are open");
}

#[test]
fn the_same_board_has_the_same_bytes() {
    let arguments = format!("status --snapshot {CONTOSO}/4-adopted --assume-complete -o json");
    assert_eq!(asogate(&arguments).out, asogate(&arguments).out);
}
