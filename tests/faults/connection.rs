//! Clusters that cannot be found, reached or trusted, and users that nobody knows.

use crate::command::Folder;
use crate::server::{Fault, Server};
use crate::{check, folder, kubeconfig, server};
use serde_json::json;

const CHECK: &str = "check pause-v1 -A --kubeconfig kubeconfig";

fn cannot_be_read(url: &str, words: &str) {
    let folder = Folder::new().file("kubeconfig", kubeconfig(url, json!({})));
    let run = folder.asogate(CHECK).exits(3).says(words);
    assert!(
        run.err
            .starts_with("error: could not read the cluster of context `test` at http"),
        "{run}"
    );
    assert_eq!(run.out, "");
}

#[test]
fn credentials_that_are_not_accepted_end_everything() {
    let fault = || Fault::Status(401, "Unauthorized", &[]);
    for (path, after) in [("/api", 0), ("/secrets?", 0), ("/configmaps?", 0)] {
        let run = check(&server().some(path, after, usize::MAX, fault())).exits(3);
        let run = run.says(
            "the API server does not accept the credentials (401: Unauthorized); log in again",
        );
        assert_eq!(run.out, "", "{run}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    cannot_be_read(&format!("http://{free}"), "the connection failed: ");
}

#[test]
fn a_server_that_speaks_no_tls_is_not_trusted() {
    let server = server();
    cannot_be_read(
        &format!("https://{}", server.address),
        "no secure connection: ",
    );
    assert!(
        server.requests().is_empty()
            || server
                .requests()
                .iter()
                .all(|asked| !asked.contains("bearer"))
    );
}

#[test]
fn a_server_of_something_else_is_no_cluster() {
    for body in [
        "<html></html>",
        "{}",
        "[]",
        "{\"kind\": \"APIGroupList\", \"groups\": 7}",
    ] {
        let run = check(&server().always("/api", Fault::Body(body.into()))).exits(3);
        run.says("could not read the cluster of context `test`");
    }
    let moved = Fault::Status(302, "", &[("Location", "https://login.example.com")]);
    check(&server().always("/api", moved))
        .exits(3)
        .says("unexpected answer 302");
}

#[test]
fn several_kubeconfigs_are_one_and_the_first_wins() {
    let server = server();
    let url = format!("http://{}", server.address);
    let context = json!({"apiVersion": "v1", "kind": "Config", "current-context": "mine",
        "contexts": [{"name": "mine", "context": {"cluster": "test", "user": "somebody"}}]});
    let folder = Folder::new()
        .file("one", context.to_string())
        .file("two", kubeconfig(&url, json!({"token": "t"})));
    let run = |arguments: &str, files: &str| {
        folder
            .command(&format!("check pause-v1 -A {arguments}"))
            .env("KUBECONFIG", files)
            .run()
    };
    run("", "one:missing:two")
        .exits(0)
        .says("in context `mine` at http://");
    run("--context test", ":one:two")
        .exits(0)
        .says("in context `test` at http://");
    run("--context prod", "one:two")
        .exits(2)
        .says("there is no context `prod` in `one`, `two`; there are `mine`, `test`");
    run("--user nobody", "one:two")
        .exits(2)
        .says("there is no user `nobody` in");
    run("--cluster nowhere", "one:two")
        .exits(2)
        .says("there is no cluster `nowhere` in");
    run("", "one")
        .exits(2)
        .says("there is no cluster `test` in `one`; there are none");
}

#[test]
fn a_kubeconfig_that_cannot_be_used_says_why() {
    let refused = |contents: &str, words: &str| {
        let folder = Folder::new().file("kubeconfig", contents);
        folder.asogate(CHECK).exits(2).says(words);
    };
    refused("", "could not find a cluster: `kubeconfig` names none");
    refused(
        "clusters: [{name: contoso-canary-",
        "could not read the kubeconfig `kubeconfig`: it is not YAML",
    );
    let current = kubeconfig("http://x", json!({})).replace("current-context", "previous-context");
    refused(
        &current,
        "no context is current in `kubeconfig`; name one with --context: `test`",
    );
    refused(
        &kubeconfig("http://a b", json!({})),
        "could not use context `test` of `kubeconfig`",
    );
    refused(
        &kubeconfig(
            "http://x",
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}}),
        ),
        "the plugin of the kubeconfig does not start",
    );
    let failing = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never",
        "args": ["-c", "echo contoso-canary-; echo contoso-canary- >&2; exit 7"],
    }});
    refused(
        &kubeconfig("http://x", failing),
        "could not use context `test` with its plugin `sh`: could not get credentials: the plugin of the kubeconfig failed (exit status: 7)",
    );
    refused(
        &kubeconfig("http://x", json!({"tokenFile": "nowhere"})),
        "could not read the token file",
    );
}

#[test]
fn a_plugin_gives_the_credentials() {
    let server = server();
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "from-plugin"}});
    let user = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "echo", "interactiveMode": "Never",
        "args": [credential.to_string()],
    }});
    let url = format!("http://{}", server.address);
    let folder = Folder::new().file("kubeconfig", kubeconfig(&url, user));
    folder.asogate(CHECK).exits(0);
    assert!(
        server
            .requests()
            .iter()
            .all(|asked| asked.contains("bearer from-plugin"))
    );
}

#[test]
fn a_proxy_is_not_passed_by_in_silence() {
    // Nobody is there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://me:contoso-canary-@{}", free.local_addr().unwrap());
    drop(free);
    let server = server();
    let folder = folder(&server);
    // This machine is never meant by the environment's proxy.
    folder
        .command(CHECK)
        .env("HTTPS_PROXY", &proxy)
        .run()
        .exits(0);
    folder.edit(
        "kubeconfig",
        "\"server\":",
        &format!("\"proxy-url\":\"{proxy}\",\"server\":"),
    );
    folder
        .command(CHECK)
        .env("NO_PROXY", "*")
        .run()
        .exits(3)
        .says("the connection failed: ");
}

#[test]
fn somebody_else_is_acted_as() {
    let server = server();
    folder(&server)
        .asogate(&format!("{CHECK} --as ops --as-group a --as-group b"))
        .exits(0);
    for asked in server.requests() {
        for header in [
            "impersonate-user: ops",
            "impersonate-group: a",
            "impersonate-group: b",
        ] {
            assert!(asked.contains(header), "{asked}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_check_has_no_verdict() {
    use std::process::{Command, Stdio};
    let server: Server = server().always("/secrets?", Fault::Slow);
    let folder = folder(&server);
    let mut command = crate::command::command(env!("CARGO_BIN_EXE_asogate"), &folder.path(""));
    command.args(format!("{CHECK} --request-timeout 0").split(' '));
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !server
        .requests()
        .iter()
        .any(|asked| asked.contains("/secrets?"))
    {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "interrupted; nothing was judged\n"
    );
}
