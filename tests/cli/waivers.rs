//! Waivers: drafted, refused until they are filled in, counted, and held strictly.

use crate::command::Folder;

const CHECK: &str = "check cleanup -A --assume-complete --snapshot 1-start";
const HEAD: &str = "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\n";

fn start() -> Folder {
    Folder::new().with("1-start")
}

fn waiver(code: &str, expires: &str) -> String {
    format!(
        "{HEAD}waivers:\n- {{code: {code}, subject: '*', reason: r, owner: o, expires: {expires}}}\n"
    )
}

#[test]
fn drafts_are_refused_until_they_are_filled_in_and_then_open_the_gate() {
    let folder = start();
    let denied = folder.asogate(&format!("{CHECK} -o json")).exits(1);
    let run = folder
        .asogate(&format!("{CHECK} --write-waivers w.yaml"))
        .exits(1);
    run.says("drafted ").says("with `--waivers w.yaml`");

    let draft = folder.read("w.yaml");
    assert!(
        draft.starts_with("# yaml-language-server: $schema=https://asogate.dev/schemas/"),
        "{draft}"
    );
    let count = draft.matches("reason: \"\"").count();
    assert!(count >= 28, "{draft}");
    let line = 1 + draft
        .lines()
        .position(|line| line.contains("reason:"))
        .unwrap();
    folder
        .asogate(&format!("{CHECK} --waivers w.yaml"))
        .exits(2)
        .says(&format!("w.yaml:{line}:5: a waiver of `"))
        .says("has no reason and no owner; fill in `reason`: why the finding is accepted and `owner`: who accepts it")
        .says(&format!("(and so for {} waivers more)", count - 1));

    let filled = draft.replace("reason: \"\"", "reason: moved by hand");
    folder.write("w.yaml", &filled);
    folder
        .asogate(&format!("{CHECK} --waivers w.yaml"))
        .exits(2)
        .says("has no owner; fill in");
    folder.write("w.yaml", filled.replace("owner: \"\"", "owner: team-shop"));
    let open = folder
        .asogate(&format!(
            "{CHECK} --waivers w.yaml --strict-waivers -o json"
        ))
        .exits(0)
        .json();
    let blocking = denied
        .findings()
        .into_iter()
        .filter(|finding| finding.level == "deny")
        .count();
    assert_eq!(open["waived"].as_array().unwrap().len(), blocking);
    // It is a configuration of its own, too.
    folder
        .asogate(&format!("{CHECK} --config w.yaml"))
        .exits(0)
        .says("moved by hand (team-shop, until ");
}

#[test]
fn drafts_do_not_land_on_what_is_there() {
    let folder = start().file("w.yaml", "mine\n").file("more.yaml", HEAD);
    folder
        .asogate(&format!("{CHECK} --write-waivers w.yaml"))
        .exits(2)
        .says("could not draft waivers in `w.yaml`: it exists already; name another file, or write over it with --force");
    assert_eq!(folder.read("w.yaml"), "mine\n");
    folder
        .asogate(&format!("{CHECK} --write-waivers w.yaml --force"))
        .exits(1);
    assert!(folder.read("w.yaml").contains("waivers:"));

    folder.write("asogate.yaml", HEAD);
    for file in ["asogate.yaml", "./asogate.yaml"] {
        let check = format!("{CHECK} --force --write-waivers {file}");
        folder
            .asogate(&check)
            .exits(2)
            .says("this run reads it; name another file");
    }
    let check = format!("{CHECK} --waivers more.yaml --force --write-waivers more.yaml");
    folder.asogate(&check).exits(2).says("this run reads it");
    assert_eq!(
        (folder.read("asogate.yaml"), folder.read("more.yaml")),
        (HEAD.to_owned(), HEAD.to_owned())
    );

    folder
        .asogate(&format!("{CHECK} --write-waivers -"))
        .exits(2)
        .says("standard output has the report");
    folder
        .asogate(&format!("{CHECK} --write-waivers gone/w.yaml"))
        .exits(2)
        .says("could not write `gone/w.yaml`");
    folder
        .asogate(&format!("{CHECK} --force"))
        .exits(2)
        .says("--write-waivers");
}

#[test]
fn where_nothing_is_denied_nothing_is_drafted() {
    let folder = Folder::new().with("5-swapped");
    let check = "check cleanup -A --assume-complete --snapshot 5-swapped --write-waivers w.yaml";
    folder
        .asogate(check)
        .exits(0)
        .says("there is no finding to waive");
    assert!(!folder.path("w.yaml").exists());
}

#[test]
fn waivers_of_other_files_are_waivers_and_nothing_else() {
    let folder = start().file(
        "w.yaml",
        format!("{HEAD}levels: {{namespace/absent: warn}}\n"),
    );
    let check = format!("{CHECK} --waivers w.yaml");
    folder
        .asogate(&check)
        .exits(2)
        .says("it sets policies or levels too");
    folder.write("w.yaml", waiver("skip-reconcil/*", "9999-12-31"));
    folder
        .asogate(&check)
        .exits(2)
        .says("did you mean `skip-reconcile`?");
    folder.write("w.yaml", waiver("skip-reconcile/*", "9999-12-31"));
    folder
        .asogate(&check)
        .says("waived[skip-reconcile/unprotected-delete]");
    folder.write("asogate.yaml", waiver("skip-reconcile/*", "2020-02-29"));
    folder
        .asogate(&check)
        .says("waived[skip-reconcile/")
        .says("waiver expired on 2020-02-29");
}

#[test]
fn strict_waivers_fail_for_expired_and_unused_ones() {
    let folder = Folder::new().with("5-swapped");
    let check = "check cleanup -A --assume-complete --snapshot 5-swapped";
    for (waiver, words) in [
        (
            waiver("skip-reconcile/not-true", "2020-02-29"),
            "waiver expired on 2020-02-29",
        ),
        (
            waiver("skip-reconcile/not-true", "9999-12-31"),
            "waiver unused",
        ),
    ] {
        folder.write("asogate.yaml", waiver);
        folder.asogate(check).exits(0).says(words);
        folder
            .asogate(&format!("{check} --strict-waivers"))
            .exits(1)
            .says(words)
            .says("is closed: 0 deny")
            .says("1 waiver expired or unused")
            .says("take the waivers named above out of the configuration, or renew them");
        let document = folder
            .asogate(&format!("{check} --strict-waivers -o json"))
            .exits(1)
            .json();
        assert_eq!(
            (&document["verdict"], &document["strictWaivers"]),
            (&"fail".into(), &true.into())
        );
        assert_eq!(document["permit"], serde_json::Value::Null);
    }
    // Of a policy that does not judge this step nothing can be said.
    for code in ["blast-radius/*", "rollback-possible/*", "runbook/*"] {
        folder.write("asogate.yaml", waiver(code, "9999-12-31"));
        let run = folder.asogate(&format!("{check} --strict-waivers"));
        let expected = i32::from(code == "blast-radius/*");
        run.exits(expected);
    }
}

#[test]
fn lint_drafts_waivers_and_holds_them_strictly_too() {
    let folder = Folder::new().file("a.sh", "kubectl delete \\\n  namespace 'sandbox'\n");
    folder
        .asogate("lint --runbook a.sh --write-waivers w.yaml")
        .exits(1)
        .says("drafted 1 waiver in w.yaml");
    let draft = folder.read("w.yaml");
    assert!(
        draft.contains("subject: \"kubectl delete namespace 'sandbox'\""),
        "{draft}"
    );
    folder.write("w.yaml", draft.replace("\"\"", "x"));
    folder
        .asogate("lint --runbook a.sh --waivers w.yaml --strict-waivers")
        .exits(0);
    folder.write("a.sh", "kubectl get eventhubs\n");
    folder
        .asogate("lint --runbook a.sh --waivers w.yaml")
        .exits(0)
        .says("waiver unused");
    folder
        .asogate("lint --runbook a.sh --waivers w.yaml --strict-waivers")
        .exits(1);
}
