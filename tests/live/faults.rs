//! Between asogate and the real API server something goes wrong, in every way that it can: none of them ends in a pass or in
//! a panic, and each is told with what it concerns and what to do.

use super::contoso;
use crate::cluster::{Fault, Proxy, reading};
use crate::command::{Folder, Run};
use asogate_core::coverage::Coverage;
use asogate_core::object::GroupKind;
use serde_json::{Value, json};

fn proxy() -> Option<Proxy> {
    Some(contoso()?.proxy())
}

/// Runs a step that passes if nothing goes wrong.
fn run(proxy: &Proxy, arguments: &str) -> Run {
    let admin = contoso().unwrap().admin();
    let folder = Folder::new().file("kubeconfig", proxy.kubeconfig(admin));
    folder.asogate(&format!(
        "check pause-v1 -A --kubeconfig kubeconfig {arguments}"
    ))
}

/// The fault passes, and so does the step.
#[track_caller]
fn passes(fault: Fault, times: usize) {
    let Some(proxy) = proxy() else { return };
    run(&proxy.some("/secrets?", 0, times, fault), "").exits(0);
}

/// Nothing but the fault keeps the gate closed, and it says of what, and what to do.
#[track_caller]
fn keeps_it_closed(path: &str, fault: Fault, arguments: &str, words: &[&str]) {
    let Some(proxy) = proxy() else { return };
    let mut ended = run(&proxy.always(path, fault), arguments).exits(3);
    for words in words {
        ended = ended.says(words);
    }
    ended.says("the gate for `pause-v1` is closed, because not everything could be determined");
}

/// It is about everything, so nothing is judged at all.
#[track_caller]
fn ends_everything(fault: Fault, words: &str) {
    let Some(proxy) = proxy() else { return };
    let ended = run(&proxy.always("/secrets?", fault), "")
        .exits(3)
        .says(words);
    assert!(
        ended
            .err
            .starts_with("error: could not read the cluster of context `test` at https://"),
        "{ended}"
    );
    assert_eq!(ended.out, "");
}

const SECRETS: &str = "could not list secrets in all namespaces: ";

#[test]
fn what_goes_through_the_proxy_is_judged_as_without_it() {
    let Some(proxy) = proxy() else { return };
    let judged = run(&proxy, "-o json").exits(0).json();
    let direct = super::asogate(contoso().unwrap().admin(), "check pause-v1 -A -o json")
        .exits(0)
        .json();
    for field in ["verdict", "findings", "policies"] {
        assert_eq!(judged[field], direct[field], "{field}");
    }
    let asked = proxy.requests();
    let lists = |path: &str| asked.iter().filter(|asked| *asked == path).count();
    assert_eq!(lists("/api/v1/secrets?limit=500"), 1);
    assert_eq!(lists("/api/v1/secrets?limit=500 metadata"), 1);
}

#[test]
fn rights_that_go_away_meanwhile_are_named() {
    let Some(cluster) = contoso() else { return };
    let token = || Fault::Token(cluster.user().token());
    keeps_it_closed(
        "/secrets?",
        token(),
        "",
        &[
            "Secret: forbidden: no right to list secrets in all namespaces; the missing rule is {apiGroups: [\"\"], resources: [secrets], verbs: [list]}",
            "`asogate rbac pause-v1` prints a role",
        ],
    );
    // They were there for the first look.
    let refused = cluster.proxy().some("/secrets?", 1, usize::MAX, token());
    run(&refused, "")
        .exits(3)
        .says("Secret: read only in part: could not list secrets in all namespaces a second time");
}

#[test]
fn a_definition_that_goes_away_meanwhile_is_not_one_without_objects() {
    keeps_it_closed(
        "/storageaccounts?",
        Fault::Status(
            404,
            "NotFound",
            "the server could not find the requested resource",
            &[],
        ),
        "",
        &[
            "could not list storageaccounts.azure.microsoft.com in all namespaces: it was served a moment ago and is not any more (404); check again",
        ],
    );
}

#[test]
fn a_list_that_expires_between_two_pages_begins_again() {
    let Some(cluster) = contoso() else { return };
    let secret = GroupKind::new("", "Secret");
    let read = |proxy: &Proxy| {
        let folder = Folder::new().file("kubeconfig", proxy.kubeconfig(cluster.admin()));
        let live = reading::of(&folder.path("kubeconfig"), 4);
        let snapshot = reading::read(&live, "", "Secret", &[]).snapshot;
        (snapshot.len(), snapshot.coverage().of(&secret))
    };
    let expired = || {
        Fault::Status(
            410,
            "Expired",
            "the provided continue parameter is too old",
            &[],
        )
    };
    let pages = "/secrets?limit=4&continue=";
    let quiet = cluster.proxy();
    let (count, coverage) = read(&quiet);
    assert_eq!(coverage, Coverage::Complete);
    assert!(count > 12, "{count}");
    // In the middle of the first look, and of the second one.
    for after in [1, count.div_ceil(4)] {
        let proxy = cluster.proxy().some(pages, after, 1, expired());
        assert_eq!(
            read(&proxy),
            (count, Coverage::Complete),
            "after {after} pages"
        );
        assert!(proxy.requests().len() > quiet.requests().len());
    }
    let (_, coverage) = read(&cluster.proxy().some(pages, 1, usize::MAX, expired()));
    let Coverage::Truncated { reason } = coverage else {
        panic!("{coverage:?}");
    };
    assert!(
        reason.starts_with(SECRETS)
            && reason.contains("(410); check again when the cluster is quieter"),
        "{reason}"
    );
}

#[test]
fn a_busy_server_is_given_the_time_that_it_asks_for_and_no_more() {
    const SOON: &[(&str, &str)] = &[("retry-after", "0")];
    const TOMORROW: &[(&str, &str)] = &[("retry-after", "86400")];
    let busy = |after| Fault::Status(429, "TooManyRequests", "too many requests", after);
    passes(busy(SOON), 3);
    keeps_it_closed(
        "/secrets?",
        busy(TOMORROW),
        "",
        &[
            SECRETS,
            "the API server is too busy (429: too many requests); check again later",
        ],
    );
}

#[test]
fn a_server_that_fails_is_asked_again_and_not_for_ever() {
    let fails = || Fault::Status(500, "InternalError", "etcdserver: request timed out", &[]);
    passes(fails(), 2);
    keeps_it_closed(
        "/secrets?",
        fails(),
        "",
        &[
            SECRETS,
            "the API server failed (500: etcdserver: request timed out); check again",
        ],
    );
}

#[test]
fn connections_that_break_are_made_again_and_not_for_ever() {
    passes(Fault::Reset, 2);
    passes(Fault::ResetMidBody, 2);
    for fault in [Fault::Reset, Fault::ResetMidBody] {
        keeps_it_closed(
            "/secrets?",
            fault,
            "",
            &[
                SECRETS,
                "the connection failed: ",
                "see that the API server can be reached",
            ],
        );
    }
}

#[test]
fn an_answer_that_does_not_end_is_not_waited_for() {
    keeps_it_closed(
        "/secrets?",
        Fault::Slow,
        "--request-timeout 4s",
        &[
            SECRETS,
            "no whole answer within 4s; give more time with --request-timeout",
        ],
    );
}

#[test]
fn an_answer_that_is_no_list_of_the_kind_is_none() {
    let empty = |api_version: &str, kind: &str| {
        json!({"apiVersion": api_version, "kind": kind, "metadata": {}, "items": []}).to_string()
    };
    for (body, words) in [
        (
            "{\"kind\": \"SecretList\", \"apiVersion\": \"v1\", \"items\": [{".to_owned(),
            "it ends in the middle of an object",
        ),
        ("<html>contoso-canary-</html>".to_owned(), "it is not JSON"),
        // Lists of something else, which have no object that would say so.
        (
            empty("v1", "ConfigMapList"),
            "it is a `ConfigMap`, where a list of `Secret` was asked for",
        ),
        (
            empty("apps/v1", "SecretList"),
            "it is a `Secret.apps`, where a list of `Secret` was asked for",
        ),
        (empty("v1", "List"), "it does not say of what it is a list"),
    ] {
        let fault = Fault::Body(body);
        keeps_it_closed(
            "/secrets?",
            fault,
            "",
            &[
                SECRETS,
                "the answer is not a list of them: ",
                words,
                "see that nothing but an API server answers there",
            ],
        );
    }
}

#[test]
fn a_token_that_expires_meanwhile_ends_everything() {
    ends_everything(
        Fault::Token("expired".into()),
        "the API server does not accept the credentials (401: Unauthorized); log in again, or give others with --context or --user",
    );
}

#[test]
fn a_connection_that_is_not_secure_ends_everything() {
    ends_everything(Fault::PlainText, "no secure connection: ");
    // A certificate of somebody else.
    let Some(proxy) = proxy() else { return };
    let text = proxy.kubeconfig(contoso().unwrap().admin());
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["clusters"][0]["cluster"]["tls-server-name"] = "api.example.com".into();
    let folder = Folder::new().file("kubeconfig", config.to_string());
    folder
        .asogate("check pause-v1 -A --kubeconfig kubeconfig")
        .exits(3)
        .says("no secure connection: ")
        .says("see that the certificate authority of the context is that of this cluster");
    assert!(proxy.requests().is_empty());
}

/// A replica of the API server that is behind does not know what the others know already.
#[test]
fn an_older_state_than_before_is_no_news() {
    let Some(cluster) = contoso() else { return };
    let (space, admin) = (cluster.namespace("stale"), cluster.admin());
    let listed = cluster
        .run(admin.read("/api/v1/configmaps?limit=1"))
        .unwrap();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let before = || {
        Fault::AsOf(
            listed["metadata"]["resourceVersion"]
                .as_str()
                .unwrap()
                .into(),
        )
    };
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": space}});
    cluster.run(admin.create(&map)).unwrap();
    let kind = GroupKind::new("", "ConfigMap");
    let read = |proxy: Proxy| {
        let folder = Folder::new().file("kubeconfig", proxy.kubeconfig(admin));
        let live = reading::of(&folder.path("kubeconfig"), 500);
        let snapshot = reading::read(&live, "", "ConfigMap", &[]).snapshot;
        let new = snapshot.objects().any(|(_, object)| {
            let key = object.key(snapshot.pool());
            key.namespace.as_ref() == Some(&space) && key.name == "new"
        });
        (new, snapshot.coverage().of(&kind))
    };
    let lists = "/api/v1/configmaps?";
    // The first list does not hold it, and the second one does.
    assert_eq!(
        read(cluster.proxy().some(lists, 0, 1, before())),
        (true, Coverage::Complete)
    );
    // The other way round, it is not taken for deleted.
    let (_, coverage) = read(cluster.proxy().some(lists, 1, usize::MAX, before()));
    let Coverage::Truncated { reason } = coverage else {
        panic!("{coverage:?}");
    };
    assert_eq!(
        reason,
        "could not list configmaps in all namespaces a second time, to see what changed: the API server answered with an older state than before; check again, and see that its replicas are in step if it does so again"
    );
    // One answer was behind, and the next one is right.
    assert_eq!(
        read(cluster.proxy().some(lists, 1, 1, before())),
        (true, Coverage::Complete)
    );
    // What changed is not taken from a replica that does not know it yet.
    let behind =
        cluster
            .proxy()
            .some(lists, 0, 1, before())
            .some("fieldSelector=", 0, usize::MAX, before());
    let (_, coverage) = read(behind);
    assert!(
        matches!(coverage, Coverage::Truncated { .. }),
        "{coverage:?}"
    );
    let proxy = cluster.proxy().some(lists, 1, usize::MAX, before());
    run(&proxy, "")
        .exits(3)
        .says("ConfigMap: read only in part: ");
}
