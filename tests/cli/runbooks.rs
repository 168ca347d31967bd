//! `asogate lint --runbook`: what is found, where, with which exit code, and that it is waived as other findings are.

use crate::command::{Folder, asogate, repository};

const HEAD: &str = "apiVersion: asogate.dev/v1alpha1\nkind: Configuration\n";

#[test]
fn the_runbook_of_the_example_is_found_out() {
    let run = asogate("lint --runbook examples/contoso/runbook.md -o json").exits(1);
    let found = run.findings();
    let found: Vec<String> = found
        .iter()
        .map(|finding| {
            let at = finding.at.as_deref().unwrap();
            let line = at.rsplit(':').next().unwrap();
            format!("{} {} {line}", finding.level, finding.code)
        })
        .collect();
    assert_eq!(
        found,
        [
            "deny runbook/all-namespaces 16",
            "deny runbook/ambiguous-name 9",
            "deny runbook/asoctl-provider-case 24",
            "deny runbook/asoctl-single-dash 25",
            "deny runbook/bare-delete 37",
            "deny runbook/delete-namespace 39",
            "deny runbook/unversioned-v2 31",
            "warn runbook/no-overwrite 9",
        ],
        "{run}"
    );
    let document = run.json();
    assert_eq!(document["runbook"]["commands"], 10, "{run}");
    assert_eq!(document["runbook"]["alone"], true);
    assert_eq!(document["step"], serde_json::Value::Null);
    assert_eq!(document["gate"], "closed");
    let subject = &document["findings"][0]["subject"];
    assert_eq!(
        (&subject["group"], &subject["kind"]),
        (&"asogate.dev".into(), &"Command".into())
    );
}

#[test]
fn each_exit_code_has_its_runbook() {
    let folder = Folder::new()
        .file("good.md", "```sh\nkubectl get eventhubs -A\n```\n")
        .file("warn.md", "```sh\nkubectl get resourcegroup -A\n```\n")
        .file("bad.sh", "kubectl delete eventhubs a\n")
        .file("empty.md", "# Nothing\n")
        .file("unclear.sh", "kubectl delete $KIND a\n")
        .file(
            "both.sh",
            "kubectl delete $KIND a\nkubectl delete eventhubs a\n",
        );
    let lint = |file: &str| folder.asogate(&format!("lint --runbook {file}"));
    lint("good.md")
        .exits(0)
        .says("`lint` found nothing in the way: 0 deny, 1 command looked at");
    lint("warn.md")
        .exits(0)
        .says("warn[runbook/ambiguous-name]: names `resourcegroup`");
    lint("bad.sh")
        .exits(1)
        .says("at bad.sh:1:9: kubectl delete eventhubs a");
    lint("empty.md")
        .exits(3)
        .says("`empty.md` holds no kubectl or asoctl command");
    lint("unclear.sh")
        .exits(3)
        .says("unclear.sh:1:16: which objects");
    lint("both.sh").exits(1).says("both.sh:1:16: which objects");
    folder.write("zero.md", "");
    lint("zero.md").exits(3).says("it is empty");
    lint("gone.md").exits(2).says("could not open `gone.md`");
    lint("good.md bad.sh").exits(1).says("2 commands looked at");
    folder.write("latin.md", b"```sh\nkubectl \xE9\n```\n");
    lint("latin.md")
        .exits(2)
        .says("line 2 (byte 14) is not UTF-8");
    folder.write("large.md", vec![b' '; (1 << 20) + 1]);
    lint("large.md")
        .exits(2)
        .says("larger than 1 MiB, the limit for a runbook");
    asogate("lint").exits(2).says("--runbook FILE");
}

/// Whatever the command line does not take judges nothing, so a delete behind it has no check.
#[test]
fn our_own_commands_are_held_to_our_own_command_line() {
    let folder = Folder::new();
    let codes = |script: &str| {
        folder.write("run.sh", script);
        let run = folder.asogate("lint --runbook run.sh -o json");
        let codes = run.findings().into_iter().map(|finding| finding.code);
        codes.collect::<Vec<String>>()
    };
    let delete = "kubectl delete eventhubs.azure.microsoft.com telemetry -n data";
    assert_eq!(
        codes(&format!("asogate check cleanup -n data && {delete}\n")),
        [""; 0]
    );
    assert_eq!(
        codes(&format!(
            "asogate check cleanup -n data --yes && {delete}\n"
        )),
        ["runbook/asogate-usage", "runbook/bare-delete"]
    );
    assert_eq!(
        codes(&format!("asogate run cleanup -n data -- {delete}\n")),
        ["runbook/asogate-usage"]
    );
    assert_eq!(
        codes("asogate check cleanup $OPTIONS\nasogate version\n"),
        [""; 0]
    );
    assert_eq!(
        codes("asogate check clean-up -A\n"),
        ["runbook/asogate-usage"]
    );
}

#[test]
fn folders_and_standard_input_are_read_as_manifests_are() {
    let folder = Folder::new()
        .file("docs/a.md", "# No command\n")
        .file("docs/b.md", "```sh\nkubectl get eventhubs -A\n```\n")
        .file("docs/more/c.sh", "kubectl delete eventhubs a\n")
        .file("none/a.yaml", "a: b\n");
    folder
        .asogate("lint --runbook docs")
        .exits(0)
        .says("1 command looked at");
    folder
        .asogate("lint -R --runbook docs")
        .exits(1)
        .says("at docs/more/c.sh:1:9");
    folder
        .asogate("lint --runbook none")
        .exits(3)
        .says("could not find a `.md`, `.markdown`, `.sh` or `.bash` file in the folder `none`");
    let command = folder.command("lint --runbook -");
    command
        .input("kubectl delete eventhubs a\n")
        .run()
        .exits(1)
        .says("at standard input:1:9");
}

#[test]
fn runbooks_are_judged_together_with_files() {
    let folder = Folder::new()
        .with("import")
        .file("a.sh", "kubectl delete eventhubs a\n");
    let run = folder
        .asogate("lint -f import --runbook a.sh -o json")
        .exits(1);
    assert_eq!(run.json()["runbook"]["alone"], false);
    assert!(run.json()["policies"].as_array().unwrap().len() > 10);
    folder
        .asogate("lint -f import --runbook a.sh")
        .exits(1)
        .says("runbook: 1 command in a.sh")
        .says("judged as far as files go");
    folder.write("a.sh", "kubectl get eventhubs -A\n");
    folder.asogate("lint -f import --runbook a.sh").exits(0);
}

#[test]
fn findings_of_runbooks_are_waived_and_get_levels_as_others_do() {
    let folder = Folder::new().file("a.sh", "kubectl delete   namespace sandbox-1\n");
    let lint = |configuration: &str| {
        folder.write("asogate.yaml", format!("{HEAD}{configuration}"));
        folder.asogate("lint --runbook a.sh")
    };
    lint("").exits(1);
    let waiver = |code: &str, subject: &str| {
        format!(
            "waivers:\n- {{code: {code}, subject: '{subject}', reason: r, owner: o, expires: 9999-12-31}}\n"
        )
    };
    lint(&waiver(
        "runbook/delete-namespace",
        "kubectl delete namespace sandbox-*",
    ))
    .exits(0)
    .says("waived[runbook/delete-namespace]: kubectl delete namespace sandbox-1");
    lint(&waiver(
        "runbook/delete-namespace",
        "kubectl delete namespace prod-*",
    ))
    .exits(1)
    .says("waiver unused");
    lint(&waiver("runbook/delete-namespaces", "*"))
        .exits(2)
        .says("there is no code `delete-namespaces` for runbooks; there are all-namespaces");
    lint("levels:\n  runbook/delete-namespace: warn\n")
        .exits(0)
        .says("warn[runbook/delete-namespace]");
    lint("levels:\n  runbook/nothing: warn\n").exits(2);
}

#[test]
fn codes_of_runbooks_are_explained() {
    asogate("explain runbook/unversioned-v2")
        .exits(0)
        .says("runbook/unversioned-v2 (deny)")
        .says("minimumTlsVersion");
    asogate("explain runbook/ambiguous-name")
        .exits(0)
        .says("(deny or warn)");
    asogate("explain runbook/nothing")
        .exits(2)
        .says("there is no code `nothing` for runbooks");
}

/// What people wrote down elsewhere may hold passwords; only the commands that are found out are shown.
#[test]
fn passwords_in_runbooks_are_not_shown() {
    let script = "export PASSWORD=contoso-canary-1\nkubectl create secret generic a --from-literal=p=contoso-canary-2\nkubectl --token contoso-canary-3 delete eventhubs a\nkubectl get pods 'contoso-canary-4\n";
    let folder = Folder::new().file("a.sh", script);
    for options in ["", "-o json", "--write-waivers w.yaml"] {
        // Whatever a command says is searched when it has run.
        folder
            .asogate(&format!("lint --runbook a.sh {options}"))
            .exits(1);
    }
    assert!(!folder.read("w.yaml").contains("canary"));
}

/// Our own documents are runbooks, too.
#[test]
fn what_our_documents_tell_people_to_type_is_no_trap() {
    for document in ["README.md", "examples/contoso/README.md", "CONTRIBUTING.md"] {
        let path = repository().join(document);
        if std::fs::read_to_string(path).unwrap().contains("kubectl ") {
            let run = asogate(&format!("lint --runbook {document}"));
            run.does_not_say("deny[").does_not_say("warn[");
        }
    }
}
