//! Completion, as bash asks for it.

use crate::command::{Asogate, Folder, asogate, bash, repository};
use serde_json::json;
use std::collections::BTreeSet;

fn offered(line: &str) -> Vec<String> {
    bash::offered(&repository(), &[], line)
}

#[test]
fn commands_steps_and_options_are_offered() {
    let commands = offered("asogate ");
    for command in [
        "check",
        "lint",
        "plan",
        "policy",
        "status",
        "snapshot",
        "explain",
        "completion",
    ] {
        assert!(commands.contains(&command.to_owned()), "{commands:?}");
    }
    assert_eq!(offered("asogate check pau"), ["pause-v1"]);
    let steps = ["pause-v1", "import", "adopt", "swap", "rollback", "cleanup"];
    assert_eq!(offered("asogate check "), steps);
    assert_eq!(offered("asogate rbac adopt "), steps);
    assert_eq!(offered("asogate check --request-t"), ["--request-timeout"]);
    assert!(offered("asogate check --").contains(&"--assume-complete".to_owned()));
    assert_eq!(offered("asogate check -o "), ["human", "json"]);
    assert_eq!(offered("asogate check --output=j"), ["json"]);
    assert_eq!(
        offered("asogate status --stage start,swa"),
        ["start,swapped"]
    );
    assert_eq!(offered("asogate completion z"), ["zsh"]);
}

#[test]
fn types_are_offered_with_their_groups() {
    assert_eq!(
        offered("asogate check cleanup storageaccounts."),
        [
            "storageaccounts.azure.microsoft.com",
            "storageaccounts.storage.azure.com"
        ]
    );
    assert!(offered("asogate status redis").contains(&"redis.cache.azure.com".to_owned()));
}

#[test]
fn files_are_offered_where_files_are_meant() {
    let folder = Folder::new()
        .file("dump.json", "{}")
        .file("import/a.yaml", "");
    let offered = |line: &str| bash::offered(&folder.path(""), &[], line);
    assert_eq!(offered("asogate check import -f im"), ["import/"]);
    assert_eq!(offered("asogate check adopt --snapshot d"), ["dump.json"]);
}

#[test]
fn every_code_is_offered_and_no_policy_runs_for_it() {
    let folder = Folder::new();
    let cache = folder.path("cache");
    let cache = [("XDG_CACHE_HOME", cache.to_str().unwrap())];
    let offered = |line: &str| bash::offered(&folder.path(""), &cache, line);
    let list = asogate("policy list -o json").json();
    let policies = list["policies"].as_array().unwrap().iter();
    let codes = policies.clone().flat_map(|policy| {
        let codes = policy["codes"].as_array().unwrap().iter();
        codes.map(|code| {
            format!(
                "{}/{}",
                policy["id"].as_str().unwrap(),
                code["name"].as_str().unwrap()
            )
        })
    });
    let codes: BTreeSet<String> = codes.collect();
    let all: BTreeSet<String> = offered("asogate explain ").into_iter().collect();
    assert!(
        all.is_superset(&codes),
        "{:?}",
        codes.difference(&all).collect::<Vec<_>>()
    );
    let others: Vec<&String> = all.difference(&codes).collect();
    assert!(
        others.iter().all(|code| code.starts_with("runbook/")),
        "{others:?}"
    );
    let names: Vec<&str> = policies
        .map(|policy| policy["id"].as_str().unwrap())
        .collect();
    assert_eq!(offered("asogate policy inspect "), names);
    assert!(!folder.path("cache").exists(), "policies were compiled");
}

fn contexts(names: &[&str]) -> String {
    let contexts: Vec<_> = names
        .iter()
        .map(|name| json!({"name": name, "context": {"cluster": "c", "user": "u"}}))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Config", "contexts": contexts,
        "clusters": [{"name": format!("cluster-of-{}", names[0]), "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": format!("user-of-{}", names[0]), "user": {"token": "contoso-canary-"}}],
    })
    .to_string()
}

#[test]
fn contexts_of_every_kubeconfig_are_offered() {
    let folder = Folder::new()
        .file("one", contexts(&["prod", "my cluster"]))
        .file(
            "two",
            contexts(&["test", "prod", "arn:aws:eks:1:cluster/prod"]),
        )
        .file("three", contexts(&["other"]))
        .file("broken", "contexts: [{name: contoso-canary-");
    let offered =
        |files: &str, line: &str| bash::offered(&folder.path(""), &[("KUBECONFIG", files)], line);
    let both = "one:missing:two";
    let all = ["prod", "my\\ cluster", "test", "arn:aws:eks:1:cluster/prod"];
    assert_eq!(offered(both, "asogate status --context "), all);
    assert_eq!(offered(both, "asogate snapshot --context="), all);
    assert_eq!(offered(both, "asogate rbac --context=pr"), ["prod"]);
    // Bash has what stands before the colon already.
    assert_eq!(
        offered(both, "asogate status --context arn:aws:e"),
        ["eks:1:cluster/prod"]
    );
    assert_eq!(
        offered(both, "asogate status --context=arn:"),
        ["aws:eks:1:cluster/prod"]
    );
    assert_eq!(
        offered(both, "asogate status --cluster "),
        ["cluster-of-prod", "cluster-of-test"]
    );
    assert_eq!(
        offered(both, "asogate status --user user-of-t"),
        ["user-of-test"]
    );
    for flag in [
        "--kubeconfig three",
        "--kubeconfig=three",
        "--kubeconfig ./three",
    ] {
        assert_eq!(
            offered(both, &format!("asogate status {flag} --context ")),
            ["other"]
        );
    }
    for line in ["asogate status --context ", "asogate status -n "] {
        assert_eq!(offered("broken", line), [""; 0], "{line}");
        assert_eq!(offered("missing", line), [""; 0], "{line}");
    }
}

#[test]
fn every_shell_gets_a_script_that_asks_the_program() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = asogate(&format!("completion {shell}")).exits(0).out;
        assert!(
            script.contains("ASOGATE_COMPLETE") && script.contains("asogate"),
            "{script}"
        );
    }
    // What other scripts ask, as far as it can be asked without their shells.
    let ask = |shell: &str, line: &str| {
        Asogate::new(&repository(), line)
            .env("ASOGATE_COMPLETE", shell)
            .env("_CLAP_COMPLETE_INDEX", "2")
            .env("_CLAP_IFS", "\n")
            .run()
    };
    ask("zsh", "-- asogate check pau").exits(0).says("pause-v1");
    ask("fish", "-- asogate check pau")
        .exits(0)
        .says("pause-v1");
    assert_eq!(ask("tcsh", "-- asogate check").exits(0).out, "");
}
