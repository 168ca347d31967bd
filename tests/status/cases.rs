//! The cases: what the board says of each object, in one line a row.

use crate::command::{asogate, repository};
use crate::{FIXTURES, dangers, list, name, rows, text};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join(FIXTURES)).unwrap();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    // A folder that was moved would else leave nothing to be compared.
    assert!(folders.len() >= 11, "{}", folders.len());
    folders
}

/// The arguments that name the files of a case.
pub(crate) fn files_of(case: &str) -> String {
    let files = match repository()
        .join(FIXTURES)
        .join(case)
        .join("import.yaml")
        .exists()
    {
        true => format!(" -f {FIXTURES}/{case}/import.yaml"),
        false => String::new(),
    };
    format!(
        "--snapshot {FIXTURES}/operators.yaml {FIXTURES}/{case}/cluster.yaml --assume-complete{files}"
    )
}

/// The names of the cases.
pub(crate) fn names() -> Vec<String> {
    let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    cases().into_iter().map(name).collect()
}

/// A row in one line: dangers, stage, what each operator does, the secrets, and what comes next.
fn line(row: &Value) -> String {
    let of_v1 = list(&row["v1"]).iter().map(|member| {
        let paused = if member["paused"] == true {
            "paused"
        } else {
            "active"
        };
        let words = [
            name(&member["object"]),
            paused.to_owned(),
            text(&member["progress"]).to_owned(),
            flag(member, "terminating"),
            member["watched"]
                .as_bool()
                .filter(|watched| !watched)
                .map_or_else(String::new, |_| "unwatched".into()),
            member["ineffectivePause"]
                .as_str()
                .map_or_else(String::new, |value| format!("says `{value}`")),
        ];
        join(&words)
    });
    let of_v2 = list(&row["v2"]).iter().map(|member| {
        let policy = &member["policy"];
        let ready = &member["ready"];
        let words = [
            name(&member["object"]),
            text(&member["state"]).to_owned(),
            format!(
                "{} by {}",
                text(&policy["effective"]),
                text(&policy["from"])
            ),
            join(&[
                text(&ready["is"]).to_owned(),
                text(&ready["reason"]).to_owned(),
            ]),
            flag(policy, "ignoredValue"),
            flag(member, "managedBefore"),
            flag(member, "terminating"),
            member["watched"]
                .as_bool()
                .filter(|watched| !watched)
                .map_or_else(String::new, |_| "unwatched".into()),
        ];
        join(&words)
    });
    let objects: Vec<String> = of_v1.chain(of_v2).collect();
    let parts: Vec<String> = list(&row["managedBy"])
        .iter()
        .map(|key| format!("part of {}", name(key)))
        .collect();
    let secrets = &row["secrets"];
    let read = match secrets["consumers"].as_u64() {
        Some(0) if secrets["names"] == Value::Array(vec![]) => String::new(),
        count => format!("read by {count:?} {}", text(&secrets["sources"])),
    };
    let next = &row["next"];
    let codes: Vec<String> = list(&next["blockedBy"])
        .iter()
        .map(|found| match found["code"].as_str() {
            Some(code) => code.to_owned(),
            None => format!("`{}`", text(&found["message"])),
        })
        .collect();
    let next = match next.is_null() {
        true => "nothing next".into(),
        false => join(&[
            text(&next["step"]).to_owned(),
            text(&next["gate"]).to_owned(),
            codes.join(" "),
        ]),
    };
    let words = [
        dangers(row).join(" ").to_uppercase(),
        text(&row["stage"]).to_owned(),
        text(&row["azure"]["unidentified"]).to_owned(),
        next,
        read.replace("Some(", "")
            .replace(')', "")
            .replace("None", "unknown"),
        flag(secrets, "inKeyVault"),
    ];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let members = objects
        .into_iter()
        .chain(parts)
        .map(|object| format!("\n  {object}"));
    words.join("; ") + &members.collect::<String>()
}

fn flag(value: &Value, name: &str) -> String {
    if value[name] == true {
        name.to_owned()
    } else {
        String::new()
    }
}

fn join(words: &[String]) -> String {
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(", ")
}

#[test]
fn the_board_says_of_every_case_what_is_expected() {
    let mut differ = vec![];
    for case in names() {
        let folder = repository().join(FIXTURES).join(&case);
        let cluster = fs::read_to_string(folder.join("cluster.yaml")).unwrap();
        assert!(
            cluster.starts_with("# "),
            "`{case}` does not say why it matters"
        );
        let run = asogate(&format!("status -o json {}", files_of(&case))).exits(0);
        let lines: Vec<String> = rows(&run).iter().map(line).collect();
        let said = lines.join("\n") + "\n";
        let expected = folder.join("expected.txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, said).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != said {
            differ.push(format!("{case}:\n{said}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
