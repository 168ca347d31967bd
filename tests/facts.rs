//! What is known of the operators is judged: `facts.yaml` lists every fact with the codes that judge it, or says why none does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;
mod recorded;

use command::{asogate, repository};
use recorded::observations;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;

/// One fact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    /// Where it stands, or `hygiene` for what is no fact about an operator.
    fact: String,
    /// The fact in few words.
    says: String,
    /// `policy/code` of what judges it.
    #[serde(default)]
    codes: Vec<String>,
    /// Why nothing does.
    not: Option<String>,
}

fn facts() -> Vec<Fact> {
    let text = fs::read_to_string(repository().join("tests/facts.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn codes() -> BTreeSet<String> {
    let list = asogate("policy list -o json").exits(0).json();
    let policies = list["policies"].as_array().unwrap().iter();
    let codes = policies.flat_map(|policy| {
        let id = policy["id"].as_str().unwrap();
        let codes = policy["codes"].as_array().unwrap().iter();
        codes.map(move |code| format!("{id}/{}", code["name"].as_str().unwrap()))
    });
    codes.collect()
}

#[test]
fn every_fact_has_a_code_that_exists_or_a_reason() {
    let known = codes();
    let mut seen = BTreeSet::new();
    for fact in facts() {
        assert!(fact.says.len() > 5, "{fact:?}");
        let is_new = fact.fact == "hygiene" || seen.insert(fact.fact.clone());
        assert!(is_new, "`{}` stands twice", fact.fact);
        match &fact.not {
            Some(reason) => assert!(fact.codes.is_empty() && reason.len() > 10, "{fact:?}"),
            None => assert!(!fact.codes.is_empty(), "{fact:?}"),
        }
        for code in &fact.codes {
            assert!(known.contains(code), "`{}` names `{code}`", fact.fact);
        }
    }
}

#[test]
fn every_code_rests_on_a_fact_or_is_said_to_be_hygiene() {
    let named: BTreeSet<String> = facts().into_iter().flat_map(|fact| fact.codes).collect();
    let without: Vec<String> = codes().difference(&named).cloned().collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn every_numbered_fact_of_the_observations_is_listed() {
    let (Some(known), Some(observed)) = (observations("FACTS.md"), observations("OBSERVED.md"))
    else {
        return;
    };
    let listed: BTreeSet<String> = facts().into_iter().map(|fact| fact.fact).collect();
    let mut expected = of_facts(&fs::read_to_string(known).unwrap());
    expected.extend(of_observed(&fs::read_to_string(observed).unwrap()));
    assert!(expected.len() > 100, "{expected:?}");
    let missing: Vec<&String> = expected.difference(&listed).collect();
    assert!(missing.is_empty(), "not listed: {missing:?}");
    let mut invented = listed.difference(&expected);
    assert_eq!(invented.find(|fact| *fact != "hygiene"), None);
}

/// The numbers of section 0, the lettered sections, the stages, and the issues.
fn of_facts(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut in_first = false;
    for line in text.lines() {
        if line.starts_with("## ") {
            in_first = line.starts_with("## 0.");
        }
        let number = line.split_once(". ").map(|(number, _)| number);
        if let Some(number) = number.filter(|number| in_first && number.parse::<u32>().is_ok()) {
            found.insert(format!("FACTS 0.{number}"));
        }
        // Section (i) is made of the stages.
        if let Some((letter, _)) = line
            .strip_prefix("## (")
            .and_then(|rest| rest.split_once(')'))
            && letter != "i"
        {
            found.insert(format!("FACTS {letter}"));
        }
        if let Some(rest) = line.strip_prefix("Stage ") {
            found.insert(format!("FACTS Stage {}", rest.split(' ').next().unwrap()));
        }
        let cell = line
            .strip_prefix("| ")
            .and_then(|rest| rest.split_once(" |"));
        let cell = cell.map(|(cell, _)| cell);
        if let Some(issues) = cell.filter(|cell| cell.starts_with(|c: char| c.is_ascii_digit())) {
            found.insert(format!("issue {issues}"));
        }
    }
    found
}

/// The numbered findings, the rows of the tables of sections 2 and 7, and the other sections.
fn of_observed(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut section = "";
    for line in text.lines() {
        if let Some((number, _)) = line
            .strip_prefix("## ")
            .and_then(|rest| rest.split_once('.'))
        {
            section = number;
            if !["1", "2", "6", "7"].contains(&number) {
                found.insert(format!("OBSERVED {number}"));
            }
        }
        let first = line.split(' ').next().unwrap_or("");
        if ["1", "6"].contains(&section)
            && first.starts_with(['N', 'M'])
            && first[1..].parse::<u32>().is_ok()
        {
            found.insert(format!("OBSERVED {first}"));
        }
        let cell = line
            .strip_prefix("| ")
            .and_then(|rest| rest.split_once(" |"));
        if let Some((row, _)) = cell.filter(|(row, _)| *row != "#")
            && ["2", "7"].contains(&section)
        {
            found.insert(format!("OBSERVED {section} {row}"));
        }
    }
    found
}
