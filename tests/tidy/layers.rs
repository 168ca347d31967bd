//! Who may know of whom.

use crate::command::repository;
use crate::text_files;
use std::collections::BTreeSet;
use std::fs;

/// Sources below a folder, tests left out: files of tests, and what follows `#[cfg(test)]`.
fn sources(folder: &str) -> Vec<(String, String)> {
    let is_test = |path: &str| path.contains("/tests") || path.ends_with("_tests.rs");
    let sources = text_files().into_iter().filter(|(path, _)| {
        path.starts_with(folder) && path.ends_with(".rs") && !is_test(&path[folder.len()..])
    });
    let sources: Vec<(String, String)> = sources
        .map(|(path, text)| {
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            (path, code.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    assert!(!sources.is_empty(), "there is no source in `{folder}`");
    sources
}

/// The modules of this crate that a source names: `crate::a`, `crate::{a, b::c}`.
fn modules(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        let is_word = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
        text.trim_start().chars().take_while(is_word).collect()
    };
    let mut modules = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            // No list of modules holds another list.
            Some(list) => modules.extend(list.split('}').next().unwrap().split(',').map(word)),
            None => {
                modules.insert(word(rest));
            }
        }
    }
    modules.remove("");
    modules
}

/// Of each part of the host, the parts that it may know. In the order of the one-way flow.
const LAYERS: [(&str, &[&str]); 21] = [
    ("azure", &["azure"]),
    ("collect", &["collect"]),
    ("engine", &["engine"]),
    ("steps", &["steps", "collect"]),
    ("config.rs", &[]),
    ("difference.rs", &[]),
    ("runbook", &["runbook"]),
    ("planfile.rs", &[]),
    ("panel.rs", &["engine"]),
    ("naming.rs", &["collect", "steps"]),
    ("summary.rs", &["steps"]),
    ("weigh.rs", &["azure", "collect", "naming", "panel"]),
    (
        "gate.rs",
        &[
            "azure", "beside", "collect", "known", "naming", "next", "panel", "planfile", "steps",
            "summary", "weigh",
        ],
    ),
    ("gate", &["azure", "panel", "steps"]),
    ("beside.rs", &["gate", "next", "runbook"]),
    ("known.rs", &["collect"]),
    ("next.rs", &["collect", "gate", "known", "planfile"]),
    (
        "status",
        &[
            "azure", "collect", "gate", "known", "panel", "status", "steps", "weigh",
        ],
    ),
    (
        "report",
        &[
            "beside",
            "collect",
            "config",
            "difference",
            "engine",
            "gate",
            "known",
            "report",
            "runbook",
            "status",
            "steps",
        ],
    ),
    (
        "cli",
        &[
            "beside",
            "cli",
            "collect",
            "config",
            "difference",
            "engine",
            "gate",
            "panel",
            "planfile",
            "report",
            "runbook",
            "status",
            "steps",
            "weigh",
        ],
    ),
    ("main.rs", &["cli"]),
];

#[test]
fn no_part_of_the_host_knows_what_comes_after_it() {
    for (path, code) in sources("host/src/") {
        let place = path.strip_prefix("host/src/").unwrap();
        let part = place.split('/').next().unwrap();
        if part == "lib.rs" {
            continue;
        }
        let layer = LAYERS.iter().find(|(name, _)| *name == part);
        let (_, allowed) =
            layer.unwrap_or_else(|| panic!("`{path}` has no place among the layers"));
        for module in modules(&code) {
            assert!(
                allowed.contains(&module.as_str())
                    || module.starts_with(|first: char| first.is_uppercase()),
                "`{path}` names `crate::{module}`; it may name {allowed:?}"
            );
        }
    }
}

#[test]
fn the_domain_depends_on_nothing_that_does_anything() {
    let manifest = fs::read_to_string(repository().join("host/core/Cargo.toml")).unwrap();
    let dependencies = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    let names: Vec<&str> = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .collect();
    let pure = [
        "",
        "hashbrown",
        "jiff",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
    ];
    for name in names {
        assert!(pure.contains(&name), "the domain depends on `{name}`");
    }
    let outside = ["fs", "env", "net", "process", "thread", "time", "io"]
        .map(|module| format!("std::{module}"));
    for (path, code) in sources("host/core/src/") {
        for module in &outside {
            assert!(!code.contains(module.as_str()), "`{path}` uses `{module}`");
        }
        assert!(!code.contains("::now()"), "`{path}` looks at a clock");
    }
}

/// What only one part of the host may do, and the words by which it is done.
#[test]
fn each_power_is_in_one_place() {
    for (words, places) in [
        // What is known of the operators. The gate hands on which of their settings are not secret.
        (
            "asogate_aso",
            &[
                "azure/",
                "steps/",
                "status/",
                "runbook/",
                "gate.rs",
                "gate/",
                "cli/cluster.rs",
                "cli/completion/candidates.rs",
                "cli/inputs.rs",
            ][..],
        ),
        ("wasmtime::", &["engine/"]),
        ("cap_std::", &["collect/", "engine/cache"]),
        ("granit_parser::", &["collect/yaml/"]),
        ("clap::", &["cli/"]),
        ("anstream::", &["report/"]),
        ("anstyle::", &["report/", "cli/failure.rs"]),
        // A reading of a live cluster says when it was; the cache writes down when an entry was used.
        (
            "::now()",
            &["cli/inputs.rs", "collect/live/gather.rs", "engine/cache.rs"],
        ),
        (
            "std::env",
            &[
                "cli/cluster.rs",
                "cli/completion/",
                "cli/inputs.rs",
                "cli/mod.rs",
            ],
        ),
        // Nothing waits but what reads a live cluster.
        ("kube::", &["collect/live/"]),
        ("tokio::", &["collect/live/"]),
        ("async ", &["collect/live/"]),
        ("rustls::", &["collect/live/"]),
        ("indicatif::", &["report/progress.rs"]),
        ("process::exit", &["cli/cluster.rs"]),
        // What is written where the user says, if nothing stands there, the cache of compiled policies, and snapshot files.
        (
            "OpenOptions",
            &["cli/waivers.rs", "collect/recording/", "engine/cache.rs"],
        ),
        ("fs::write", &["cli/plan.rs", "engine/cache.rs"]),
    ] {
        let mut used = BTreeSet::new();
        for (path, code) in sources("host/src/") {
            let place = path.strip_prefix("host/src/").unwrap();
            if code.contains(words) {
                let allowed = places.iter().find(|allowed| place.starts_with(**allowed));
                used.insert(
                    *allowed
                        .unwrap_or_else(|| panic!("`{path}` uses `{words}`; only {places:?} may")),
                );
            }
        }
        assert!(
            !used.is_empty(),
            "nothing uses `{words}` any more; take the rule away"
        );
    }
}
