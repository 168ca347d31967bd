//! What a real cluster adds to completion: its namespaces, and kubectl, which asks for those of its plugins.

use super::contoso;
use crate::cluster::{Session, cluster};
use crate::command::{Folder, bash};
use serde_json::{Value, json};

fn offered(user: &Session, line: &str) -> Vec<String> {
    let folder = Folder::new();
    let environment = [
        ("KUBECONFIG", user.kubeconfig().to_str().unwrap()),
        // The machine may have much to do.
        ("ASOGATE_COMPLETE_TIMEOUT", "2m"),
    ];
    bash::offered(&folder.path(""), &environment, line)
}

#[test]
fn namespaces_of_the_cluster_are_offered_without_a_word_of_what_goes_wrong() {
    let Some(cluster) = contoso() else { return };
    let admin = cluster.admin();
    let all = offered(admin, "asogate check cleanup -n ");
    for namespace in ["default", "kube-system", "shop", "media"] {
        assert!(all.contains(&namespace.to_owned()), "{all:?}");
    }
    assert_eq!(
        offered(admin, "asogate status --namespace=kube-sys"),
        ["kube-system"]
    );
    assert_eq!(
        offered(admin, "asogate plan adopt -n kube-sys"),
        ["kube-system"]
    );
    // Somebody who may not list them, a context that leads nowhere, a recorded cluster.
    let nobody = cluster.user();
    assert_eq!(offered(&nobody, "asogate status -n "), [""; 0]);
    assert_eq!(
        offered(admin, &format!("asogate status --as {} -n ", nobody.name())),
        [""; 0]
    );
    assert_eq!(
        offered(admin, "asogate status --context nowhere -n "),
        [""; 0]
    );
    assert_eq!(
        offered(admin, "asogate status --snapshot dump.json -n "),
        [""; 0]
    );
    // The line says which cluster is meant, the environment only what is meant otherwise.
    let named = format!(
        "asogate status --kubeconfig {} -n kube-sys",
        admin.kubeconfig().display()
    );
    assert_eq!(offered(&nobody, &named), ["kube-system"]);
}

#[test]
fn a_plugin_for_credentials_is_not_waited_for_without_an_end() {
    let Some(cluster) = cluster() else { return };
    let text = std::fs::read_to_string(cluster.admin().kubeconfig()).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["users"][0]["user"] = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never",
        "args": ["-c", "echo contoso-canary- >&2; exec sleep 60"],
    }});
    let folder = Folder::new().file("kubeconfig", config.to_string());
    let environment = [
        ("KUBECONFIG", "kubeconfig"),
        ("ASOGATE_COMPLETE_TIMEOUT", "500ms"),
    ];
    let offered = bash::offered(&folder.path(""), &environment, "asogate status -n ");
    assert_eq!(offered, [""; 0]);
}

/// kubectl looks for `kubectl_complete-NAME` on the PATH.
#[cfg(unix)]
#[test]
fn kubectl_completes_its_plugin() {
    let Some(cluster) = contoso() else { return };
    let folder = Folder::new();
    for name in ["kubectl-asogate", "kubectl_complete-asogate"] {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_asogate"), folder.path(name)).unwrap();
    }
    let kubectl = |arguments: &[&str]| {
        let mut kubectl = crate::command::command(
            cluster.admin().program().to_str().unwrap(),
            &folder.path(""),
        );
        kubectl.env("PATH", bash::path(&folder.path("")));
        kubectl.env("KUBECONFIG", cluster.admin().kubeconfig());
        kubectl.env("HOME", folder.path(""));
        kubectl.env("ASOGATE_COMPLETE_TIMEOUT", "2m");
        kubectl.arg("kubectl").args(arguments);
        crate::command::run(kubectl, arguments.join(" "), b"")
    };
    let completed = |arguments: &[&str]| -> Vec<String> {
        let run = kubectl(&[&["__complete", "asogate"], arguments].concat()).exits(0);
        run.out.lines().map(str::to_owned).collect()
    };
    assert_eq!(
        completed(&["status", "-n", "kube-sys"]),
        ["kube-system", ":4"]
    );
    assert_eq!(completed(&["status", "--context", ""]), ["test", ":4"]);
    assert_eq!(completed(&["check", "pause"]), ["pause-v1", ":4"]);
    let commands = completed(&["c"]);
    assert!(
        commands
            .iter()
            .any(|line| line.starts_with("check\tJudge a step")),
        "{commands:?}"
    );
    assert_eq!(
        completed(&["check", "import", "-f", "kubectl-aso"]),
        ["kubectl-asogate", ":4"]
    );
    // It is the plugin that kubectl runs, too.
    kubectl(&["asogate", "--help"])
        .exits(0)
        .says("Usage: kubectl asogate <COMMAND>");
}
