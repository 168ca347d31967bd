//! What comes out, for people and for programs.

use crate::CLEANUP;
use crate::command::{Folder, asogate, command, repository};
use serde_json::Value;
use std::process::Stdio;

/// Commands with every exit code that has a document.
const CHECKS: [(&str, i32); 4] = [
    (
        "check cleanup -A --assume-complete --snapshot examples/contoso/5-swapped",
        0,
    ),
    (
        "check cleanup -A --assume-complete --snapshot examples/contoso/1-start",
        1,
    ),
    ("check cleanup -A --snapshot examples/contoso/5-swapped", 3),
    ("lint -f examples/contoso/import", 0),
];

#[test]
fn the_exit_code_does_not_depend_on_the_format() {
    for (check, code) in CHECKS {
        asogate(check).exits(code);
        let document = asogate(&format!("{check} -o json")).exits(code).json();
        let verdict = ["pass", "fail", "", "unknown"][usize::try_from(code).unwrap()];
        assert_eq!(document["verdict"], verdict, "{check}");
        let open = code == 0 && !document["step"].is_null();
        assert_eq!(
            document["gate"],
            if open { "open" } else { "closed" },
            "{check}"
        );
        let command = crate::command::Asogate::new(&repository(), check);
        let run = command.env("ASOGATE_OUTPUT", "json").run();
        assert_eq!(run.exits(code).json()["verdict"], verdict);
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    for (check, _) in CHECKS {
        for format in ["human", "json"] {
            let [first, second] = [0, 1].map(|_| asogate(&format!("{check} -o {format}")).text());
            assert_eq!(first, second, "{check}");
        }
    }
}

/// The names in the first column of the tables of `docs/json-output.md`: of the document, of a finding, and of what a swap
/// replaces and leaves.
fn documented() -> (Vec<String>, Vec<String>, Vec<String>) {
    let text = std::fs::read_to_string(repository().join("docs/json-output.md")).unwrap();
    // The board is a document of its own.
    let (text, _) = text.split_once("\n## The board").unwrap();
    let (document, finding) = text.split_once("\nA finding:").unwrap();
    let (finding, swap) = finding.split_once("\nFor `swap`,").unwrap();
    let names = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.map(|row| row.split('|').nth(1).unwrap().to_owned());
        cells
            .flat_map(|cell| {
                let names = cell.split('`').skip(1).step_by(2);
                names
                    .map(|name| name.trim_end_matches("[]").to_owned())
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    (names(document), names(finding), names(swap))
}

#[test]
fn documents_have_the_documented_fields_and_no_others() {
    let (fields, of_findings, of_swaps) = documented();
    assert!(fields.len() > 10 && of_findings.len() > 8);
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let keys = |value: &Value| sorted(value.as_object().unwrap().keys().cloned().collect());
    for (check, _) in CHECKS {
        let run = asogate(&format!("{check} -o json"));
        let document = run.json();
        assert_eq!(keys(&document), sorted(fields.clone()), "{check}");
        for finding in document["findings"].as_array().unwrap() {
            assert_eq!(
                keys(finding),
                sorted(of_findings.clone()),
                "{check}: {finding}"
            );
        }
    }
    let swap = "check swap -A --assume-complete --snapshot examples/contoso/4-adopted -o json";
    let document = asogate(swap).exits(0).json();
    for (list, without) in [
        ("replacements", &["reason", "weight"][..]),
        ("refusals", &["to"]),
    ] {
        let mut expected = of_swaps.clone();
        expected.retain(|field| !without.contains(&field.as_str()));
        for entry in document["plan"][list].as_array().unwrap() {
            assert_eq!(keys(entry), sorted(expected.clone()), "{entry}");
        }
    }
}

#[test]
fn every_digest_of_a_permit_is_one_of_the_document() {
    let run = asogate(&format!("{} -o json", CHECKS[0].0)).exits(0);
    let document = run.json();
    let permit = &document["permit"];
    assert_eq!(permit["step"], "cleanup");
    assert_eq!(permit["plan"], document["plan"]["digest"]);
    assert_eq!(permit["snapshot"], document["snapshot"]["digest"]);
    for policy in document["policies"].as_array().unwrap() {
        let name = policy["policy"].as_str().unwrap();
        let bound = permit["policies"]
            .to_string()
            .contains(policy["digest"].as_str().unwrap());
        assert_eq!(bound, policy["result"] == "judged", "{name}: {permit}");
    }
}

/// Without `NO_COLOR`, but into a pipe: every run checks that there is no escape.
#[test]
fn pipes_get_no_colours() {
    let folder = Folder::new().with("1-start");
    let check = "check cleanup -A --assume-complete --snapshot 1-start";
    folder.command(check).without("NO_COLOR").run().exits(1);
    folder
        .command("check cleanup -A")
        .without("NO_COLOR")
        .run()
        .exits(2);
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    for (check, code) in [
        CHECKS[1],
        (
            "plan cleanup -A --assume-complete --snapshot examples/contoso/5-swapped",
            0,
        ),
    ] {
        let mut child = command(env!("CARGO_BIN_EXE_asogate"), &repository());
        child.args(check.split(' '));
        child
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{check}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{check}");
    }
}

#[test]
fn the_files_of_the_example_lint_without_a_word_against_them() {
    asogate("lint -f examples/contoso/import")
        .exits(0)
        .does_not_say("deny[")
        .says("asogate check import -f FILES --snapshot PATH");
}

#[test]
fn a_closed_gate_names_the_next_thing_to_type() {
    asogate(CHECKS[1].0).says("next: ").says("asogate explain ");
    asogate(CHECKS[2].0)
        .says("next: ")
        .says("--assume-complete");
    let folder = Folder::new().with("5-swapped");
    folder
        .asogate(CLEANUP)
        .exits(0)
        .says("asogate plan cleanup");
}
