//! In a pod, its service account is who reads the cluster; a kubeconfig comes first.

use crate::cluster::reading::{Silent, newest, opened, read};
use crate::cluster::{Session, cluster, say};
use crate::command::Folder;
use asogate::collect::live::{Live, Pod, Reading, Target, TargetError};
use asogate_core::coverage::Coverage;
use asogate_core::object::GroupKind;
use serde_json::json;

/// A folder as the kubelet makes it for a service account.
fn mounted(user: &Session) -> Folder {
    let authority = std::fs::read(cluster().unwrap().authority()).unwrap();
    Folder::new()
        .file("token", user.token())
        .file("ca.crt", authority)
        .file("namespace", "default")
}

fn pod(folder: &Folder) -> Target {
    let (host, port) = cluster().unwrap().address();
    Target {
        pod: Some(Pod {
            folder: folder.path(""),
            host,
            port,
        }),
        ..Target::default()
    }
}

fn refused(target: &Target) -> String {
    let reading = Reading::new(newest);
    let refused: Result<Live, TargetError> = Live::open(target, reading, Box::new(Silent), || {});
    refused.unwrap_err().to_string()
}

/// A service account that may list namespaces, and nothing else.
fn account() -> Option<Session> {
    let cluster = cluster()?;
    let account = cluster.service_account("default");
    cluster.grant(
        &account,
        None,
        json!([{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}]),
    );
    Some(account)
}

#[test]
fn the_service_account_of_a_pod_reads_what_it_may() {
    let Some(account) = account() else { return };
    let folder = mounted(&account);
    let live = opened(&pod(&folder), 500);
    assert!(
        live.name()
            .starts_with("the service account of this pod at https://127.0.0.1:"),
        "{}",
        live.name()
    );
    let coverage = |kind: &str| {
        let collected = read(&live, "", kind, &[]);
        collected.snapshot.coverage().of(&GroupKind::new("", kind))
    };
    assert_eq!(coverage("Namespace"), Coverage::Complete);
    let Coverage::Forbidden { reason } = coverage("Secret") else {
        panic!("{:?}", coverage("Secret"));
    };
    assert!(
        reason.starts_with("no right to list secrets in all namespaces"),
        "{reason}"
    );
}

#[test]
fn a_kubeconfig_comes_before_the_service_account_and_a_flag_that_names_none_does_not_fall_back() {
    let Some(account) = account() else { return };
    let folder = mounted(&account);
    let named = |file: &std::path::Path, named: bool| Target {
        files: vec![file.to_owned()],
        named,
        ..pod(&folder)
    };
    let admin = cluster().unwrap().admin().kubeconfig();
    assert!(
        opened(&named(admin, false), 500)
            .name()
            .starts_with("context `test` at ")
    );
    // A file that does not exist is none, unless it was asked for.
    let nowhere = folder.path("nowhere");
    assert!(
        opened(&named(&nowhere, false), 500)
            .name()
            .starts_with("the service account")
    );
    assert!(refused(&named(&nowhere, true)).contains("could not read the kubeconfig"));
    let context = Target {
        context: Some("prod".into()),
        ..pod(&folder)
    };
    assert!(refused(&context).starts_with("could not find a cluster: there is no kubeconfig"));
}

#[test]
fn a_service_account_that_is_not_whole_says_what_is_missing() {
    let Some(account) = account() else { return };
    let folder = mounted(&account);
    folder.write("ca.crt", "no certificate");
    let words = refused(&pod(&folder));
    assert!(words.contains("ca.crt` holds no certificate"), "{words}");
    for file in ["token", "ca.crt"] {
        let folder = mounted(&account);
        std::fs::remove_file(folder.path(file)).unwrap();
        let words = refused(&pod(&folder));
        assert!(
            words.starts_with("could not use the service account of this pod: could not read `"),
            "{words}"
        );
        assert!(
            words.contains(file) && words.contains("automountServiceAccountToken"),
            "{words}"
        );
    }
    let folder = mounted(&account);
    for port in ["", "tcp://10.0.0.1:443", "70000"] {
        let mut elsewhere = pod(&folder);
        if let Some(pod) = &mut elsewhere.pod {
            pod.port = port.into();
        }
        let words = refused(&elsewhere);
        assert!(
            words.contains("are no host and port of an API server"),
            "{words}"
        );
    }
}

/// The program itself, where its files are where the kubelet puts them: in a mount namespace of its own.
#[cfg(target_os = "linux")]
#[test]
fn the_program_finds_the_service_account_where_the_kubelet_puts_it() {
    let Some(account) = account() else { return };
    const MOUNT: &str =
        "mount -t tmpfs tmpfs /var/run && mkdir -p \"$1\" && cp token ca.crt namespace \"$1\"";
    let run = |script: &str, more: &[&str]| {
        let folder = mounted(&account);
        let mut command = crate::command::command("unshare", &folder.path(""));
        let (host, port) = cluster().unwrap().address();
        command
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port);
        let script = format!("{MOUNT} && {script}");
        command.args([
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            &script,
            "sh",
            Pod::FOLDER,
        ]);
        command.args(more);
        command.output()
    };
    match run("true", &[]) {
        Ok(output) if output.status.success() => {}
        other => {
            say(&format!(
                "NOT TESTED: the files of a service account where the kubelet puts them, because `unshare` may not mount here: {other:?}"
            ));
            return;
        }
    }
    let output = run(
        "exec \"$2\" check pause-v1 -A",
        &[env!("CARGO_BIN_EXE_asogate")],
    )
    .unwrap();
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("in the service account of this pod at https://127.0.0.1:"),
        "{text}"
    );
    assert!(
        text.contains("no right to list secrets in all namespaces"),
        "{text}"
    );
    assert!(!text.contains("no right to list namespaces in"), "{text}");
}
