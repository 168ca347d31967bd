//! Lists that go wrong.

use crate::server::Fault;
use crate::{LIST, check, run, server};
use serde_json::json;

/// Nothing but the fault keeps the gate closed, and it says what it concerns.
#[track_caller]
fn keeps_it_closed(path: &str, fault: Fault, words: &[&str]) {
    let mut ended = check(&server().always(path, fault)).exits(3);
    for words in words {
        ended = ended.says(words);
    }
    ended.says("the gate for `pause-v1` is closed, because not everything could be determined");
}

/// The fault passes, and so does the check.
#[track_caller]
fn passes(path: &str, times: usize, fault: Fault) {
    check(&server().some(path, 0, times, fault)).exits(0);
}

#[test]
fn without_a_fault_the_gate_is_open() {
    check(&server())
        .exits(0)
        .says("in context `test` at http://127.0.0.1:");
}

#[test]
fn what_may_not_be_listed_is_unknown_with_the_missing_rule() {
    let refusal = Fault::Status(
        403,
        "secrets is forbidden: User \"x\" cannot list resource \"secrets\"",
        &[],
    );
    keeps_it_closed(
        "/secrets?",
        refusal.clone(),
        &[
            "Secret: forbidden: no right to list secrets in all namespaces; the missing rule is {apiGroups: [\"\"], resources: [secrets], verbs: [list]} (needed by",
            "`asogate rbac pause-v1` prints a role with every right that this check needs",
        ],
    );
    let run = run(
        &server().always("/secrets?", refusal),
        "check pause-v1 -A -o json",
    )
    .exits(3);
    assert_eq!(
        run.json()["snapshot"]["missingRules"],
        json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}])
    );
    // An authorizer of one's own has its own words.
    let words = Fault::Status(403, "ask the platform team.", &[]);
    keeps_it_closed(
        LIST,
        words,
        &["(the API server says: ask the platform team)"],
    );
}

#[test]
fn one_namespace_is_not_all_of_them() {
    let refusal = || Fault::Status(403, "no", &[]);
    let server = server().always("/v1alpha1/storageaccounts?", refusal());
    run(&server, "check pause-v1 -n shop")
        .exits(3)
        .says("StorageAccount.azure.microsoft.com: forbidden: no right to list storageaccounts.azure.microsoft.com in all namespaces")
        .says("; only those in `shop` were read")
        // What was read of it is planned and shown all the same.
        .says("plan: change 1 (1 selected object)");
    let down = || Fault::Status(500, "etcdserver: request timed out", &[]);
    let server = crate::server()
        .always("/v1alpha1/storageaccounts?", refusal())
        .always("/namespaces/shop/storageaccounts?", down());
    run(&server, "check pause-v1 -n shop")
        .exits(3)
        .says("; those in `shop` could not be read either; in `shop`: the API server failed (500: etcdserver: request timed out); check again");
    let server = crate::server().always("/storageaccounts?", refusal());
    run(&server, "check pause-v1 -n shop")
        .exits(3)
        .says("; those in `shop` could not be read either");
}

#[test]
fn a_kind_that_went_away_meanwhile_is_not_one_without_objects() {
    let fault = Fault::Status(404, "the server could not find the requested resource", &[]);
    keeps_it_closed(
        LIST,
        fault,
        &[
            "could not list storageaccounts.azure.microsoft.com in all namespaces: it was served a moment ago and is not any more (404)",
        ],
    );
}

#[test]
fn a_list_that_cannot_be_continued_begins_again() {
    let many = || {
        let mut objects = crate::objects();
        objects.extend((0..1200).map(|number| {
            json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": format!("m-{number}"), "namespace": "shop", "uid": format!("m{number}"), "resourceVersion": "5"}})
        }));
        crate::server::Server::new(objects)
    };
    let count = |server: &crate::server::Server| {
        let run = run(server, "check cleanup -A -o json");
        run.json()["snapshot"]["objects"].clone()
    };
    let quiet = many();
    assert_eq!(count(&quiet), 1205);
    let pages = quiet.requests();
    let pages = pages
        .iter()
        .filter(|path| path.contains("/configmaps?") && !path.contains("metadata"));
    assert_eq!(pages.count(), 3);
    let expired = || Fault::Status(410, "the provided continue parameter is too old", &[]);
    let server = many().some("/configmaps?limit=500&continue=1000", 0, 1, expired());
    assert_eq!(count(&server), 1205, "pages of two lists");
    // The second look, too.
    let server = many().some("/configmaps?limit=500&continue=1000", 1, 1, expired());
    assert_eq!(count(&server), 1205);
    let server = many().always("/configmaps?limit=500&continue=1000", expired());
    check(&server)
        .exits(3)
        .says("ConfigMap: read only in part: could not list configmaps in all namespaces: the list changed so much that it could not be read to its end (410)");
}

#[test]
fn a_busy_server_is_given_the_time_that_it_asks_for() {
    passes(
        "/secrets?",
        3,
        Fault::Status(429, "too many requests", &[("Retry-After", "0")]),
    );
    passes(
        LIST,
        1,
        Fault::Status(503, "starting", &[("Retry-After", "0")]),
    );
    keeps_it_closed(
        "/secrets?",
        Fault::Status(429, "too many requests", &[("Retry-After", "86400")]),
        &[
            "could not list secrets in all namespaces: the API server is too busy (429: too many requests)",
        ],
    );
}

#[test]
fn a_server_that_fails_is_asked_again_and_not_for_ever() {
    passes(
        "/secrets?",
        2,
        Fault::Status(500, "etcdserver: leader changed", &[]),
    );
    let server = server().always(
        LIST,
        Fault::Status(500, "etcdserver: request timed out", &[]),
    );
    check(&server).exits(3).says(
        "could not list storageaccounts.azure.microsoft.com in all namespaces: the API server failed (500: etcdserver: request timed out)",
    );
    let asked = server
        .requests()
        .iter()
        .filter(|path| path.contains(LIST))
        .count();
    assert_eq!(asked, 5);
}

#[test]
fn a_conversion_webhook_that_is_down_is_named() {
    let message = "conversion webhook for azure.microsoft.com/v1beta1, Kind=StorageAccount failed: Post \"https://x\": connection refused";
    keeps_it_closed(
        LIST,
        Fault::Status(500, message, &[]),
        &[
            "StorageAccount.azure.microsoft.com: could not be read: could not list storageaccounts.azure.microsoft.com in all namespaces: the API server cannot convert the objects: conversion webhook for",
            "see that the operator runs whose webhook this is",
        ],
    );
}

#[test]
fn connections_that_break_are_made_again() {
    passes("/secrets?", 2, Fault::Reset);
    passes("/secrets?", 2, Fault::ResetMidBody);
    for fault in [Fault::Reset, Fault::ResetMidBody] {
        keeps_it_closed(
            "/secrets?",
            fault,
            &[
                "Secret: could not be read: could not list secrets in all namespaces: the connection failed: ",
            ],
        );
    }
}

#[test]
fn answers_that_do_not_end_are_not_waited_for() {
    let server = server().always("/secrets?", Fault::Slow);
    run(&server, "check pause-v1 -A --request-timeout 300ms").exits(3).says(
        "could not list secrets in all namespaces: no whole answer within 300ms; give more time with --request-timeout",
    );
}

#[test]
fn an_answer_that_is_no_list_of_the_kind_is_none() {
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}).to_string();
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [{"metadata": {"name": "p"}}]});
    let nameless = json!({"apiVersion": "v1", "kind": "SecretList", "metadata": {}, "items": [{"data": {"k": "Y29udG9zby1jYW5hcnktMQ=="}}]});
    let circle = json!({"apiVersion": "v1", "kind": "SecretList", "metadata": {"continue": "0"}, "items": []});
    let rest = json!({"apiVersion": "v1", "kind": "SecretList", "metadata": {"remainingItemCount": 7}, "items": []});
    let status = json!({"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Success"});
    for (body, words) in [
        (String::new(), "it is empty"),
        ("<html>contoso-canary-</html>".into(), "it is not JSON"),
        (
            "{\"apiVersion\": \"v1\", \"kind\": \"SecretList\", \"items\": [{".into(),
            "it ends in the middle of an object",
        ),
        ("{}".into(), "an object has no `kind`"),
        ("[]".into(), "it is not a list"),
        (object, "it is not a list"),
        (status.to_string(), "no `metadata.name`"),
        (
            pods.to_string(),
            "it is a `Pod`, where a list of `Secret` was asked for",
        ),
        (nameless.to_string(), "it has no `metadata.name`"),
        (circle.to_string(), "its pages go in a circle"),
        (
            rest.to_string(),
            "7 more objects follow, and it does not say where",
        ),
        (
            "{\"apiVersion\": \"v1\", \"kind\": \"SecretList\"}".into(),
            "the list has no `items`",
        ),
    ] {
        keeps_it_closed(
            "/secrets?",
            Fault::Body(body),
            &[
                "could not list secrets in all namespaces: the answer is not a list of them: ",
                words,
            ],
        );
    }
}

#[test]
fn a_second_look_that_fails_leaves_a_kind_incomplete() {
    let server = server().some(
        LIST,
        1,
        usize::MAX,
        Fault::Status(500, "conversion webhook down", &[]),
    );
    check(&server).exits(3).says(
        "read only in part: could not list storageaccounts.azure.microsoft.com in all namespaces a second time, to see what changed: the API server cannot convert",
    );
}
