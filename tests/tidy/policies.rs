//! What belongs to every policy, and to the limits that hold them.

use crate::command::{asogate, repository};
use crate::text_files;
use asogate::engine::catalogue::BUILT_IN;
use serde_json::Value;
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

/// The documents of the cases of every built-in policy.
fn cases() -> Vec<(String, Value)> {
    let mut cases = vec![];
    for policy in BUILT_IN {
        let folder = repository().join(format!("guest-policies/{}/cases", policy.id));
        for case in fs::read_dir(folder).unwrap() {
            let path = case.unwrap().path();
            let text = fs::read_to_string(path.join("expected.yaml")).unwrap();
            cases.push((
                path.display().to_string(),
                serde_yaml::from_str(&text).unwrap(),
            ));
        }
    }
    assert!(cases.len() > 300, "{}", cases.len());
    cases
}

/// The findings of level `deny` in the cases.
fn denied() -> Vec<(String, Value)> {
    let cases = cases().into_iter();
    let findings = cases.flat_map(|(path, found)| {
        let found = found.as_array().cloned().unwrap_or_default();
        found.into_iter().map(move |found| (path.clone(), found))
    });
    let denied: Vec<(String, Value)> = findings
        .filter(|(_, found)| found["level"] == "deny")
        .collect();
    assert!(denied.len() > 200, "{}", denied.len());
    denied
}

#[test]
fn every_denying_finding_of_a_case_has_something_to_paste() {
    for (case, found) in denied() {
        let remedies = found["remedies"].as_array().cloned().unwrap_or_default();
        let is_pasted = |remedy: &Value| {
            let text = remedy.as_str().unwrap();
            let quotes = ["`kubectl ", "`asogate ", "`asoctl ", "`- {code: "];
            text.starts_with("$ ")
                || text.starts_with("edit: ")
                || quotes.iter().any(|quote| text.contains(quote))
        };
        assert!(remedies.iter().any(is_pasted), "{case}: {found:#}");
    }
}

/// The host names the Azure resource of every object of either operator beside what is found about it. What is found about
/// other objects must not leave to guess which resource it reaches.
#[test]
fn a_denying_finding_of_a_case_that_reaches_azure_is_about_an_object_whose_resource_the_host_names()
{
    for (case, found) in denied() {
        let text = |field: &str| found[field].as_str().unwrap_or("");
        let reaches = ["in Azure", "to Azure", "the resource"]
            .iter()
            .any(|words| text("message").contains(words) || text("why").contains(words));
        if !reaches {
            continue;
        }
        let kind = text("subject").split(' ').next().unwrap();
        let is_named = kind.ends_with(".azure.microsoft.com") || kind.ends_with(".azure.com");
        let by_another = found["related"].as_array().is_some_and(|related| {
            let mut names = related.iter().filter_map(Value::as_str);
            names.any(|name| name.contains(".azure.microsoft.com ") || name.contains(".azure.com "))
        });
        // What is said of an operator, or of the plan, holds for every resource of the plan at once.
        let of_all = ["operator-not-running", "v1-not-running"].contains(&text("code"));
        assert!(is_named || by_another || of_all, "{case}: {found:#}");
    }
}

#[test]
fn what_a_finding_follows_from_exists() {
    let list = asogate("policy list -o json").exits(0).json();
    let codes = list["policies"].as_array().unwrap().iter();
    let codes = codes.flat_map(|policy| {
        let id = policy["id"].as_str().unwrap();
        let codes = policy["codes"].as_array().unwrap().iter();
        codes.map(move |code| format!("{id}/{}", code["name"].as_str().unwrap()))
    });
    let codes: BTreeSet<String> = codes.collect();
    let mut followed = 0;
    for (case, found) in denied() {
        for code in found["follows"].as_array().into_iter().flatten() {
            assert!(codes.contains(code.as_str().unwrap()), "{case}: {code}");
            followed += 1;
        }
    }
    // Also where no case has it: every text that is written as one.
    for (path, text) in text_files() {
        if !path.starts_with("guest-policies/") || !path.contains("/src/") {
            continue;
        }
        for part in text.split('"') {
            let of_built_in = part
                .split_once('/')
                .is_some_and(|(policy, _)| BUILT_IN.iter().any(|built_in| built_in.id == policy));
            assert!(!of_built_in || codes.contains(part), "`{path}`: {part}");
        }
    }
    assert!(followed > 10, "{followed}");
}
