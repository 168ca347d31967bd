//! Arguments that are wrong, missing, or contradict each other.

use crate::SWAPPED;
use crate::command::{Folder, asogate};

#[track_caller]
fn refused(arguments: &str, words: &str) {
    asogate(arguments).exits(2).says(words);
}

#[test]
fn no_command_shows_the_help_and_is_an_error() {
    asogate("").exits(2).says("Usage: asogate <COMMAND>");
    asogate("--help").exits(0).says("Exit codes: 0");
    asogate("check --help").exits(0).says("--assume-complete");
}

#[test]
fn words_that_do_not_exist_are_refused_with_those_that_do() {
    refused("chekc cleanup", "a similar subcommand exists: 'check'");
    refused("check clenup", "steps are `pause-v1`, `import`, `adopt`");
    refused(&format!("check cleanup -A {SWAPPED} --nope"), "'--nope'");
    refused(
        &format!("check cleanup -A {SWAPPED} -o yaml"),
        "human, json",
    );
    refused("completion tcsh", "bash, elvish, fish, powershell, zsh");
}

#[test]
fn workloads_have_the_names_that_kubectl_takes() {
    for names in ["deploy", "deployments.apps/erp", "sts", "CronJobs", "po"] {
        asogate(&format!(
            "check swap {names} -A --assume-complete {SWAPPED}"
        ))
        .exits(0);
    }
    refused(
        &format!("check swap deploymnts -A --assume-complete {SWAPPED}"),
        "did you mean `deployments.apps`?",
    );
    refused(
        &format!("check swap storageaccounts -A --assume-complete {SWAPPED}"),
        "`swap` is about (workloads and what else reads Secrets)",
    );
}

#[test]
fn misspelt_kinds_are_refused_and_misspelt_names_are_unknown() {
    let check = |names: &str| format!("check cleanup {names} -A --assume-complete {SWAPPED}");
    refused(
        &check("storageacount"),
        "did you mean `storageaccounts.azure.microsoft.com`?",
    );
    refused(
        &check("storageacount/contosomediafiles"),
        "did you mean `storageaccounts.azure.microsoft.com`?",
    );
    // A kind of Kubernetes is no misspelt kind, but the step is not about it either.
    refused(&check("deployments"), "`cleanup` is about");
    asogate(&check("storageaccount/contosomediafile"))
        .exits(3)
        .says("no object matches `storageaccount/contosomediafile`");
    // One name that is right does not make up for one that is wrong.
    asogate(&check(
        "storageaccount/contosomediafiles storageaccount/contosomediafile",
    ))
    .exits(3)
    .says("no object matches `storageaccount/contosomediafile`");
    asogate(&check("storageaccount/contosomediafiles")).exits(0);
}

#[test]
fn an_empty_selection_is_unknown() {
    let check = format!("check cleanup --assume-complete {SWAPPED}");
    for selection in ["-n nowhere", "-A -l wave=lst", "-A -l wave", "-n default"] {
        let run = asogate(&format!("{check} {selection}"));
        if selection == "-A -l wave" {
            run.exits(0);
        } else {
            run.exits(3).says("is selected; check -n, -l and the names");
        }
    }
}

#[test]
fn label_selectors_that_mean_nothing_are_refused() {
    for selector in ["", "a=b,", "a within (b)", "a in (b", "a b"] {
        let folder = crate::command::repository();
        let check = format!("check cleanup -A --assume-complete {SWAPPED} -l");
        let command = crate::command::Asogate::new(&folder, &check);
        let run = command.arg(selector).run();
        run.exits(2).says("label selector");
    }
}

#[test]
fn namespaces_must_be_named_and_only_once() {
    for step in ["pause-v1", "adopt", "rollback", "cleanup"] {
        refused(
            &format!("check {step} --assume-complete {SWAPPED}"),
            "needs to know for which namespaces: give -n NAMESPACE, or -A for all",
        );
    }
    refused(
        &format!("check cleanup -A -n shop {SWAPPED}"),
        "cannot be used with",
    );
}

#[test]
fn files_belong_to_import_and_to_nothing_else() {
    refused(
        &format!("check import --assume-complete {SWAPPED}"),
        "`import` needs the import files",
    );
    refused("lint", "`lint` needs files");
    for step in ["pause-v1", "adopt", "rollback", "cleanup"] {
        for option in ["-f examples/contoso/import", "-R"] {
            refused(
                &format!("check {step} -A --assume-complete {SWAPPED} {option}"),
                "only `import` takes -f and -R",
            );
        }
    }
}

#[test]
fn the_cluster_must_be_named_and_exist() {
    refused(
        "check cleanup -A",
        "could not find a cluster: `no-kubeconfig` does not exist; name a kubeconfig with --kubeconfig or KUBECONFIG, or a recorded cluster with --snapshot PATH",
    );
    refused(
        "check cleanup -A --kubeconfig nowhere.yaml",
        "could not read the kubeconfig `nowhere.yaml`: No such file",
    );
    refused(
        "check cleanup -A --assume-complete",
        "--assume-complete is about a recorded cluster",
    );
    refused(
        &format!("check cleanup -A {SWAPPED} --context prod"),
        "cannot be used with",
    );
    refused("check cleanup -A --as-group ops", "--as <USER>");
    refused(
        "check cleanup -A --request-timeout soon",
        "write it as `30s`, `2m` or `1m30s`; `0` for no limit",
    );
    refused(
        "check cleanup -A --snapshot nowhere",
        "could not open `nowhere`",
    );
    refused(
        &format!("check cleanup -A --assume-complete {SWAPPED} --config nowhere.yaml"),
        "could not open `nowhere.yaml`",
    );
    // The value of --assume-complete is attached with =, so that it does not swallow the next word.
    refused(
        "check cleanup -A --assume-complete examples/contoso/5-swapped",
        "`examples/contoso/5-swapped` is not TYPE",
    );
}

#[test]
fn a_cascade_is_for_deletes_only() {
    for cascade in ["background", "foreground", "orphan"] {
        refused(
            &format!("check adopt -A --assume-complete {SWAPPED} --cascade {cascade}"),
            "--cascade says how objects are deleted, which `adopt` does not do",
        );
    }
    refused(
        &format!("check cleanup -A {SWAPPED} --cascade sideways"),
        "background, foreground, orphan",
    );
}

#[test]
fn kinds_of_assume_complete_are_checked() {
    // An empty variable of a script vouches for nothing, least of all for everything.
    for nothing in ["", ",", ",,"] {
        refused(
            &format!("check cleanup -A --assume-complete={nothing} {SWAPPED}"),
            "`--assume-complete=` names no kind",
        );
    }
    refused(
        &format!("check cleanup -A --assume-complete=secrts {SWAPPED}"),
        "`--assume-complete` names `secrts`, which is no kind of the dump, of Kubernetes, or of any policy; did you \
         mean `secrets`",
    );
}

#[cfg(unix)]
#[test]
fn as_a_plugin_of_kubectl_it_is_called_as_people_call_it() {
    let folder = Folder::new();
    let program = folder.path("kubectl-asogate");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_asogate"), &program).unwrap();
    let run = |arguments: &str| {
        let mut command = crate::command::command(program.to_str().unwrap(), &folder.path("."));
        command.args(arguments.split_whitespace());
        let run = crate::command::run(command, format!("kubectl asogate {arguments}"), b"");
        run.keeps_its_promises();
        run
    };
    run("--help")
        .exits(0)
        .says("Usage: kubectl asogate <COMMAND>");
    run("check --help")
        .exits(0)
        .says("Usage: kubectl asogate check ");
    run("check --nonsense")
        .exits(2)
        .says("Usage: kubectl asogate check ");
    let own = folder.asogate("check --help").exits(0);
    own.says("Usage: asogate check ")
        .does_not_say("kubectl asogate");
}

#[test]
fn names_behind_the_paths_of_an_option_are_refused_with_what_to_type() {
    let snapshot = "--snapshot examples/contoso/3-imported";
    refused(
        &format!("check adopt -A --assume-complete {snapshot} eventhubs"),
        "could not open `eventhubs`: No such file or directory (os error 2); every word behind `--snapshot` is a path, up to the next option: if `eventhubs` is a step, a type or a name, put it before `--snapshot`",
    );
    refused(
        &format!("check {snapshot} adopt -A"),
        "the following required arguments were not provided",
    );
    refused(
        "lint -f examples/contoso/import namespaces/shop",
        "put it before `-f`",
    );
    // What is the only path is one.
    let run = asogate("check adopt -A --snapshot eventhubs").exits(2);
    run.says("could not open `eventhubs`")
        .does_not_say("put it before");
}
