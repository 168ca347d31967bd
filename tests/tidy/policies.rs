//! What belongs to every policy, and to the limits that hold them.

use crate::command::{asogate, repository};
use crate::text_files;
use asogate::engine::catalogue::BUILT_IN;
use std::collections::BTreeSet;
use std::fs;

/// A policy runs in a sandbox: whatever it needs of the world is given to it.
#[test]
fn policies_depend_on_the_contract_and_on_nothing_else() {
    for policy in BUILT_IN {
        let manifest = format!("guest-policies/{}/Cargo.toml", policy.id);
        let manifest = fs::read_to_string(repository().join(manifest)).unwrap();
        let dependencies = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        for line in dependencies.lines().filter(|line| !line.trim().is_empty()) {
            let name = line.split(['.', ' ', '=']).next().unwrap();
            let ours = name.starts_with("asogate-") && name != "asogate-core";
            let known = ours || ["serde", "serde_json", "wit-bindgen"].contains(&name);
            assert!(known, "policy `{}` depends on `{name}`", policy.id);
        }
    }
}

#[test]
fn every_policy_of_the_folder_is_built_in() {
    let folders = fs::read_dir(repository().join("guest-policies")).unwrap();
    let mut policies: Vec<String> = folders
        .map(|folder| folder.unwrap())
        .filter(|folder| folder.path().join("cases").is_dir())
        .map(|folder| folder.file_name().into_string().unwrap())
        .collect();
    policies.sort();
    let built_in: Vec<&str> = BUILT_IN.iter().map(|policy| policy.id).collect();
    assert_eq!(policies, built_in);
}

#[test]
fn the_readme_lists_every_policy() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for policy in BUILT_IN {
        let row = format!("| [`{0}`](guest-policies/{0}/README.md) |", policy.id);
        assert!(readme.contains(&row), "`{}` is not in README.md", policy.id);
    }
}

#[test]
fn every_code_is_a_heading_of_the_readme_and_every_heading_a_code() {
    let list = asogate("policy list -o json").exits(0).json();
    for policy in list["policies"].as_array().unwrap() {
        let id = policy["id"].as_str().unwrap();
        let readme =
            fs::read_to_string(repository().join(format!("guest-policies/{id}/README.md")))
                .unwrap();
        assert!(readme.starts_with(&format!("# {id}\n")), "{id}");
        let headings: BTreeSet<&str> = readme
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        let codes = policy["codes"].as_array().unwrap().iter();
        let mut expected: BTreeSet<&str> =
            codes.map(|code| code["name"].as_str().unwrap()).collect();
        if headings.contains("Example") {
            expected.insert("Example");
        }
        assert_eq!(headings, expected, "policy `{id}`");
    }
}

#[test]
fn every_code_has_a_case_that_fires_and_every_policy_one_that_does_not() {
    let list = asogate("policy list -o json").exits(0).json();
    for policy in list["policies"].as_array().unwrap() {
        let id = policy["id"].as_str().unwrap();
        let cases = repository().join(format!("guest-policies/{id}/cases"));
        let mut expected = vec![];
        for case in fs::read_dir(cases).unwrap() {
            let case = case.unwrap().path();
            let name = case.file_name().unwrap().to_str().unwrap();
            assert!(
                is_sentence(name),
                "the name of the case `{id}/{name}` is no sentence"
            );
            let file = case.join("expected.yaml");
            let text = fs::read_to_string(&file)
                .unwrap_or_else(|_| panic!("`{}` is missing", file.display()));
            expected.push(text);
        }
        for code in policy["codes"].as_array().unwrap() {
            let code = code["name"].as_str().unwrap();
            let line = format!("code: {code}\n");
            assert!(
                expected.iter().any(|text| text.contains(&line)),
                "no case finds `{id}/{code}`"
            );
        }
        assert!(
            expected.iter().any(|text| !text.contains("level: deny")),
            "{id} always denies"
        );
    }
}

fn is_sentence(name: &str) -> bool {
    name.contains('-')
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        })
}

/// A limit that nothing runs into may not hold.
#[test]
fn every_limit_of_the_engine_is_run_into_by_a_guest_or_a_test() {
    let limits = fs::read_to_string(repository().join("host/src/engine/limits.rs")).unwrap();
    let names = limits
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    let files = text_files();
    let guests = files
        .iter()
        .filter(|(path, _)| path.starts_with("tests/hostile/"));
    let guests: BTreeSet<&str> = guests
        .flat_map(|(_, text)| {
            text.lines()
                .filter_map(|line| line.strip_prefix(";; limit "))
        })
        .collect();
    let suites = files
        .iter()
        .filter(|(path, _)| path.starts_with("tests/") && path.ends_with(".rs"));
    let units = files
        .iter()
        .filter(|(path, _)| path.starts_with("host/src/engine/"));
    let units = units.filter_map(|(_, text)| Some(text.split_once("#[cfg(test)]")?.1));
    let tests: Vec<&str> = suites.map(|(_, text)| text.as_str()).chain(units).collect();
    let mut count = 0;
    for name in names {
        count += 1;
        let is_named = |text: &&str| {
            let mut words = text
                .split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            words.any(|word| word == name)
        };
        assert!(
            guests.contains(name) || tests.iter().any(is_named),
            "nothing runs into the limit `{name}`"
        );
    }
    assert!(count > 20);
    for guest in guests {
        assert!(
            limits.contains(&format!("pub const {guest}:")),
            "there is no limit `{guest}`"
        );
    }
}
