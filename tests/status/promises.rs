//! What holds for every board: each object is in exactly one row, the numbers add up, and the worst rows are on top.

use crate::cases::{files_of, names};
use crate::command::{asogate, repository};
use crate::{CONTOSO, FIXTURES, dangers, list, name, rows, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// The arguments of every board that is looked at, and the files with its cluster.
fn boards() -> Vec<(String, Vec<String>)> {
    let mut boards = vec![];
    for case in names() {
        let cluster = format!("{FIXTURES}/{case}/cluster.yaml");
        boards.push((files_of(&case), vec![cluster]));
    }
    for folder in [
        "1-start",
        "2-paused",
        "3-imported",
        "4-adopted",
        "5-swapped",
    ] {
        let files = ["azure-v1", "azure-v2"].map(|file| format!("{CONTOSO}/{folder}/{file}.yaml"));
        let arguments =
            format!("--snapshot {CONTOSO}/{folder} --assume-complete -f {CONTOSO}/import");
        boards.push((arguments, files.to_vec()));
    }
    boards
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
    for (arguments, files) in boards() {
        let rows = rows(&asogate(&format!("status -o json {arguments}")).exits(0));
        let live = |member: &&Value| member["state"] != "in-import-file";
        let members = rows.iter().flat_map(|row| {
            let members = list(&row["v1"]).iter().chain(list(&row["v2"]));
            members.filter(live).map(|member| name(&member["object"]))
        });
        let mut found: Vec<String> = members.collect();
        found.sort();
        assert_eq!(found, objects_of(&files), "{arguments}");
    }
}

#[test]
fn the_numbers_add_up() {
    for (arguments, _) in boards() {
        let run = asogate(&format!("status -o json {arguments}")).exits(0);
        let (document, rows) = (run.json(), rows(&run));
        let totals = &document["totals"];
        let sum = |value: &Value| -> u64 {
            let numbers = value.as_object().unwrap().values();
            numbers.map(|number| number.as_u64().unwrap()).sum()
        };
        let count =
            |of: &dyn Fn(&Value) -> usize| -> u64 { rows.iter().map(|row| of(row) as u64).sum() };
        assert_eq!(totals["resources"], rows.len(), "{arguments}");
        assert_eq!(document["all"], rows.len(), "{arguments}");
        assert_eq!(sum(&totals["stages"]), rows.len() as u64, "{arguments}");
        assert_eq!(
            sum(&totals["v1"]),
            count(&|row| list(&row["v1"]).len()),
            "{arguments}"
        );
        assert_eq!(
            sum(&totals["v2"]),
            count(&|row| list(&row["v2"]).len()),
            "{arguments}"
        );
        let dangerous = count(&|row| usize::from(!dangers(row).is_empty()));
        assert_eq!(totals["dangerous"], dangerous, "{arguments}");
        let mut by_step: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        for row in rows.iter().filter(|row| row["next"].is_object()) {
            let numbers = by_step.entry(text_of(&row["next"]["step"])).or_default();
            match text(&row["next"]["gate"]) {
                "open" => numbers[0] += 1,
                "closed" => numbers[1] += 1,
                _ => numbers[2] += 1,
            }
        }
        let steps = list(&document["steps"]);
        assert_eq!(steps.len(), by_step.len(), "{arguments}");
        for step in steps {
            let numbers = ["open", "closed", "unknown"].map(|name| step[name].as_u64().unwrap());
            assert_eq!(numbers, by_step[text(&step["step"])], "{arguments}: {step}");
            assert_eq!(
                step["resources"],
                numbers.iter().sum::<u64>(),
                "{arguments}"
            );
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
    for (arguments, _) in boards() {
        let rows = rows(&asogate(&format!("status -o json {arguments}")));
        let ranks: Vec<u8> = rows.iter().map(rank).collect();
        assert!(ranks.is_sorted(), "{arguments}: {ranks:?}");
    }
}

#[test]
fn a_row_that_can_go_on_has_a_command_and_a_blocked_one_something_to_do() {
    for (arguments, _) in boards() {
        for row in rows(&asogate(&format!("status -o json {arguments}"))) {
            let next = &row["next"];
            match text(&next["gate"]) {
                "open" => {
                    let command = text(&next["goOn"]["command"]);
                    let plan = format!("asogate plan {}", text(&next["step"]));
                    assert!(command.starts_with(&plan), "{arguments}: {row}");
                    assert_eq!(next["blockedBy"], Value::Array(vec![]), "{row}");
                }
                "closed" => {
                    assert!(!list(&next["blockedBy"]).is_empty(), "{row}");
                    assert!(next["goOn"].is_object(), "{arguments}: {row}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn nothing_is_open_in_a_cluster_that_nobody_vouches_for() {
    for folder in [
        "1-start",
        "2-paused",
        "3-imported",
        "4-adopted",
        "5-swapped",
    ] {
        let run = asogate(&format!(
            "status --snapshot {CONTOSO}/{folder} -o json --exit-code"
        ))
        .exits(3);
        let document = run.json();
        assert_eq!(document["totals"]["open"], 0, "{run}");
        assert!(!list(&document["undetermined"]).is_empty(), "{run}");
        for row in rows(&run) {
            let is_absent = row["v2State"] == "absent" || row["v1State"] == "absent";
            let kinds = ["MySQLServer", "AzureSqlAction"];
            let of_v1 = list(&row["v1"])
                .iter()
                .map(|member| text(&member["object"]["kind"]));
            let has_no_twin = of_v1.clone().any(|kind| kinds.contains(&kind)) || of_v1.count() == 0;
            assert!(!is_absent || has_no_twin, "absence is claimed: {row}");
        }
    }
}

#[test]
fn the_same_board_has_the_same_bytes() {
    let arguments = format!("status --snapshot {CONTOSO}/4-adopted --assume-complete -o json");
    assert_eq!(asogate(&arguments).out, asogate(&arguments).out);
}
