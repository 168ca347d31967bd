//! The configuration file: what is misspelt in it is refused with its place, and what it changes is shown.

use crate::CLEANUP;
use crate::command::{Folder, Run};

/// A cleanup of a cluster that was not paused, with this configuration.
#[track_caller]
fn with(folder: &Folder, configuration: &str, options: &str) -> Run {
    let head = "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\n";
    folder.write("asogate.yaml", format!("{head}{configuration}"));
    // The file in the current folder is read without being named.
    folder.asogate(&format!(
        "check cleanup -A --assume-complete --snapshot 1-start {options}"
    ))
}

fn start() -> Folder {
    Folder::new().with("1-start")
}

fn waiver(code: &str, subject: &str, expires: &str) -> String {
    format!(
        "waivers:\n- code: {code}\n  subject: '{subject}'\n  reason: moved by hand\n  owner: team-shop\n  expires: {expires}\n"
    )
}

#[test]
fn what_is_misspelt_is_refused_with_its_place() {
    let folder = start();
    for (configuration, words) in [
        ("polices: []\n", "asogate.yaml:3:1: unknown field `polices`"),
        (
            "policies:\n- nmae: namespace\n",
            "asogate.yaml:4:3: unknown field `nmae`",
        ),
        (
            "levels:\n  skip-reconcile/not-true: wran\n",
            "asogate.yaml:4:3: unknown variant `wran`",
        ),
        (
            "waivers:\n- code: namespace/absent\n",
            "asogate.yaml:4:3: missing field",
        ),
        ("policies: {}\n", "asogate.yaml:3:1: invalid type"),
        ("levels: {}\nlevels: {}\n", "is given twice"),
        ("policies: [\n", "asogate.yaml:"),
        ("---\na: b\n", "it holds 2 documents instead of one"),
        (
            "policies:\n- name: skip-reconcil\n",
            "there is no built-in policy `skip-reconcil`; did you mean `skip-reconcile`?",
        ),
        (
            "policies:\n- name: skip-reconcile\n  enabled: false\n- name: skip-reconcile\n",
            "policy `skip-reconcile` stands twice",
        ),
        (
            "policies:\n- name: skip-reconcile\n  settings: {strict: false}\n",
            "settings of policy `skip-reconcile`",
        ),
        (
            "levels:\n  skip-reconcile/unprotected-delet: warn\n",
            "the configuration names `skip-reconcile/unprotected-delet`, but policy `skip-reconcile` has no such code",
        ),
        (
            "levels:\n  skip-reconcil/unprotected-delete: warn\n",
            "did you mean `skip-reconcile`?",
        ),
        (
            &waiver("skip-reconcile/unprotected-delet", "*", "9999-12-31"),
            "policy `skip-reconcile` has no such code",
        ),
        (
            &waiver("skip/*", "*", "9999-12-31"),
            "there is no built-in policy `skip`",
        ),
        (
            &waiver("'*/*'", "*", "9999-12-31"),
            "is not a code that a waiver can name",
        ),
        (&waiver("namespace/absent", "*", "soon"), "asogate.yaml:8:3"),
        (
            &waiver("namespace/absent", "", "9999-12-31"),
            "has no subject",
        ),
    ] {
        with(&folder, configuration, "").exits(2).says(words);
    }
}

#[test]
fn settings_that_a_policy_does_not_take_point_to_those_that_it_does() {
    let configuration = "policies:\n- name: skip-reconcile\n  settings: {strict: false}\n";
    with(&start(), configuration, "")
        .exits(2)
        .says("the policy takes no such setting")
        .says("`asogate policy inspect POLICY` shows the settings");
}

#[test]
fn a_file_of_another_kind_or_version_is_refused() {
    let folder = start();
    for (text, words) in [
        (
            "apiVersion: v1\nkind: Configuration\n",
            "must be `asogate.dev/v1alpha1`",
        ),
        (
            "apiVersion: asogate.dev/v1alpha1\nkind: Config\n",
            "must be `Configuration`",
        ),
        ("", "it is empty"),
    ] {
        folder.write("other.yaml", text);
        let check = "check cleanup -A --assume-complete --snapshot 1-start";
        folder
            .asogate(&format!("{check} --config other.yaml"))
            .exits(2)
            .says(words);
        let command = folder.command(check).env("ASOGATE_CONFIG", "other.yaml");
        command.run().exits(2).says(words);
    }
}

#[cfg(unix)]
#[test]
fn a_configuration_that_is_lost_is_not_one_that_is_absent() {
    let folder = Folder::new().with("5-swapped");
    std::os::unix::fs::symlink("gone.yaml", folder.path("asogate.yaml")).unwrap();
    folder
        .asogate(CLEANUP)
        .exits(2)
        .says("could not open `asogate.yaml`");
}

#[test]
fn a_configuration_with_another_ending_is_not_ignored() {
    let folder = Folder::new().with("5-swapped");
    folder.write("asogate.yml", "kind: Configuration\n");
    folder
        .asogate(CLEANUP)
        .exits(2)
        .says("there is a file `asogate.yml`, but the configuration is read from `asogate.yaml`");
}

#[test]
fn waivers_open_the_gate_for_what_they_cover_and_for_nothing_else() {
    let folder = start();
    let blocked = with(&folder, "", "-o json").exits(1);
    let denied: Vec<_> = blocked
        .findings()
        .into_iter()
        .filter(|finding| finding.level == "deny")
        .collect();
    assert!(denied.len() >= 28, "{blocked}");
    // Every policy that denies something, waived.
    let mut policies: Vec<&str> = denied
        .iter()
        .map(|finding| finding.code.split('/').next().unwrap())
        .collect();
    policies.sort_unstable();
    policies.dedup();
    let all: String = policies
        .iter()
        .map(|policy| waiver(&format!("{policy}/*"), "*", "9999-12-31").replace("waivers:\n", ""))
        .collect();
    let run = with(&folder, &format!("waivers:\n{all}"), "");
    let run = run
        .exits(0)
        .says("waived[skip-reconcile/unprotected-delete]");
    run.says("moved by hand (team-shop, until 9999-12-31)");
    let open = with(&folder, &format!("waivers:\n{all}"), "-o json").exits(0);
    let waived = open.json()["waived"].as_array().unwrap().len();
    assert!(waived >= denied.len(), "{waived}");
    assert_eq!(open.json()["waived"][0]["waiver"]["owner"], "team-shop");

    // One waived finding leaves the others.
    let one = "StorageAccount.azure.microsoft.com data/contosodatalake";
    let run = with(
        &folder,
        &waiver("skip-reconcile/unprotected-delete", one, "9999-12-31"),
        "-o json",
    )
    .exits(1);
    assert_eq!(run.json()["waived"].as_array().unwrap().len(), 1, "{run}");
    assert_eq!(run.findings().len() + 1, blocked.findings().len(), "{run}");
}

#[test]
fn expired_and_unused_waivers_are_shown_and_count_for_nothing() {
    let folder = start();
    let expired = waiver("skip-reconcile/*", "*", "2020-02-29");
    with(&folder, &expired, "")
        .exits(1)
        .says("waiver expired on 2020-02-29: `skip-reconcile/*` for `*` (team-shop)");
    let run = with(&folder, &expired, "-o json").exits(1);
    assert_eq!(run.json()["expiredWaivers"].as_array().unwrap().len(), 1);
    assert_eq!(run.json()["waived"], serde_json::json!([]));

    let unused = waiver(
        "skip-reconcile/*",
        "StorageAccount.azure.microsoft.com shop/nobody",
        "9999-12-31",
    );
    with(&folder, &unused, "")
        .exits(1)
        .says("waiver unused")
        .says("covers no finding");
    let run = with(&folder, &unused, "-o json").exits(1);
    assert_eq!(run.json()["unusedWaivers"].as_array().unwrap().len(), 1);
}

#[test]
fn a_changed_level_decides_and_is_shown() {
    let folder = start();
    let run = with(
        &folder,
        "levels:\n  skip-reconcile/unprotected-delete: warn\n",
        "-o json",
    );
    let findings = run.findings();
    let of_code = findings
        .iter()
        .filter(|finding| finding.code == "skip-reconcile/unprotected-delete");
    let levels: Vec<&str> = of_code.map(|finding| finding.level.as_str()).collect();
    assert!(
        levels.len() == 28 && levels.iter().all(|level| *level == "warn"),
        "{run}"
    );

    // Upwards too: what only warns, or tells, can be made to block.
    let folder = Folder::new().with("5-swapped");
    folder.asogate(CLEANUP).exits(0);
    let run = folder.asogate(&format!("{CLEANUP} -o json"));
    if let Some(finding) = run.findings().first() {
        let head = "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\n";
        folder.write(
            "asogate.yaml",
            format!("{head}levels:\n  {}: deny\n", finding.code),
        );
        let run = folder.asogate(&format!("{CLEANUP} -o json"));
        let found = run.findings();
        let changed = found.iter().find(|other| other.code == finding.code);
        assert_eq!(changed.unwrap().level, "deny", "{run}");
    }
}

#[test]
fn a_policy_that_is_turned_off_is_reported_as_that() {
    let folder = start();
    let off = "policies:\n- name: skip-reconcile\n  enabled: false\n";
    with(&folder, off, "").says("turned off by the configuration: skip-reconcile");
    let run = with(&folder, off, "-o json");
    let document = run.json();
    let policies = document["policies"].as_array().unwrap();
    let result = policies
        .iter()
        .find(|policy| policy["policy"] == "skip-reconcile");
    assert_eq!(result.unwrap()["result"], "disabled", "{run}");
    assert!(
        run.findings()
            .iter()
            .all(|finding| !finding.code.starts_with("skip-reconcile/"))
    );
}

#[test]
fn all_policies_turned_off_is_unknown_because_nothing_was_checked() {
    let folder = start();
    let names = asogate::engine::catalogue::BUILT_IN
        .iter()
        .map(|policy| policy.id);
    let off: String = names
        .map(|name| format!("- name: {name}\n  enabled: false\n"))
        .collect();
    with(&folder, &format!("policies:\n{off}"), "")
        .exits(3)
        .says("no policy looked at any object, so nothing was checked");
}

#[test]
fn a_policy_that_is_off_by_itself_checks_nothing() {
    let folder = start();
    let others = asogate::engine::catalogue::BUILT_IN
        .iter()
        .map(|policy| policy.id)
        .filter(|id| *id != "blast-radius");
    let off: String = others
        .map(|name| format!("- name: {name}\n  enabled: false\n"))
        .collect();
    with(&folder, &format!("policies:\n{off}"), "")
        .exits(3)
        .says("no policy looked at any object, so nothing was checked");
}
