//! What is asked of a cluster, and what is made of one that changes meanwhile.

use crate::server::{Fault, Server};
use crate::{LIST, account, check, folder, objects, run, server};
use serde_json::{Value, json};

#[test]
fn a_live_cluster_is_judged_as_its_recording() {
    let recorded = json!({"apiVersion": "v1", "kind": "List", "items": objects()});
    for step in ["pause-v1", "cleanup", "adopt", "rollback"] {
        let server = server();
        let folder = folder(&server).file("recorded.json", recorded.to_string());
        let check = format!("check {step} -A -o json");
        let live = folder.asogate(&format!("{check} --kubeconfig kubeconfig"));
        let recorded = folder.asogate(&format!(
            "{check} --snapshot recorded.json --assume-complete"
        ));
        let (live, recorded) = (live.json(), recorded.json());
        for field in ["verdict", "findings", "undetermined", "plan"] {
            assert_eq!(live[field], recorded[field], "{field} of {step}");
        }
        assert_eq!(live["snapshot"]["objects"], 5);
        let results = |document: &Value| -> Vec<Value> {
            let policies = document["policies"].as_array().unwrap().iter();
            policies.map(|policy| policy["result"].clone()).collect()
        };
        assert_eq!(results(&live), results(&recorded), "{step}");
    }
}

#[test]
fn a_reading_says_when_it_was_and_two_of_the_same_are_one_snapshot() {
    let document = || run(&server(), "check pause-v1 -A -o json").exits(0).json();
    let (one, other) = (document(), document());
    let snapshot = &one["snapshot"];
    assert_eq!(snapshot["digest"], other["snapshot"]["digest"]);
    assert_eq!(one["permit"], other["permit"]);
    assert_eq!(snapshot["resourceVersions"]["Secret"], "1000");
    assert_eq!(snapshot["readAgain"], 0);
    let time = |end: &str| snapshot["time"][end].as_str().unwrap().to_owned();
    assert!(
        time("from") <= time("to") && time("from").ends_with('Z'),
        "{snapshot}"
    );
    assert_eq!(snapshot["missingRules"], Value::Null);
}

#[test]
fn only_what_is_needed_is_asked_for_in_the_newest_version_that_is_no_preview() {
    for server in [server(), server().old()] {
        check(&server).exits(0);
        let asked = server.requests();
        let lists = |path: &str| asked.iter().filter(|asked| asked.contains(path)).count();
        assert_eq!(
            lists("/apis/eventhub.azure.com/v1api20240101/namespaces?"),
            2,
            "{asked:?}"
        );
        assert_eq!(
            lists("v1api20211101/namespaces?") + lists("storage/"),
            0,
            "{asked:?}"
        );
        assert_eq!(lists("watch"), 0);
        assert!(
            asked
                .iter()
                .all(|asked| asked.contains("authorization: bearer t")),
            "{asked:?}"
        );
    }
}

#[test]
fn a_group_that_does_not_say_what_it_serves_is_unknown() {
    let server = server().old().always(
        "/apis/eventhub.azure.com/v1api20211101",
        Fault::Status(500, "down", &[]),
    );
    check(&server)
        .exits(3)
        .says("could not find out what `eventhub.azure.com/v1api20211101` serves: the API server failed (500: down)");
    let stale = json!({"kind": "APIGroupDiscoveryList", "items": [
        {"metadata": {"name": "x.azure.com"}, "versions": [{"version": "v1", "resources": [], "freshness": "Stale"}]},
    ]});
    let server = crate::server().always("/apis", Fault::Body(stale.to_string()));
    check(&server)
        .exits(3)
        .says("the server behind `x.azure.com/v1` does not say what it serves; see that it runs");
}

#[test]
fn a_server_that_serves_nothing_of_its_own_is_not_believed() {
    for nothing in [
        json!({"kind": "APIGroupDiscoveryList", "items": []}),
        json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {}, "versions": [{"version": "v1"}]}]}),
        json!({"kind": "APIVersions", "versions": []}),
        json!({"kind": "APIVersions", "versions": null}),
    ] {
        let server = server().some_exact("/api", 0, usize::MAX, Fault::Body(nothing.to_string()));
        check(&server)
            .exits(3)
            .says("Secret: could not be read: the API server names nothing that the core group serves, which cannot be all");
    }
    for nothing in ["APIGroupDiscoveryList", "APIGroupList"] {
        let body = json!({"kind": nothing, "items": [], "groups": []});
        let server = server().some_exact("/apis", 0, usize::MAX, Fault::Body(body.to_string()));
        check(&server).exits(3).says("it names no API group");
    }
}

#[test]
fn a_definition_that_came_meanwhile_is_not_one_without_objects() {
    let now = json!({"kind": "APIGroupDiscoveryList", "items": [
        {"metadata": {"name": "new.azure.com"}, "versions": [{"version": "v1", "freshness": "Current", "resources": [
            {"resource": "things", "scope": "Namespaced", "verbs": ["list"], "responseKind": {"kind": "Thing"}},
        ]}]},
    ]});
    let server = server().some_exact("/apis", 1, usize::MAX, Fault::Body(now.to_string()));
    check(&server)
        .exits(3)
        .says("Thing.new.azure.com: could not be read: it was defined while the cluster was read; check again");
    let server =
        crate::server().some_exact("/apis", 1, usize::MAX, Fault::Status(500, "down", &[]));
    check(&server)
        .exits(3)
        .says("*.azure.com: could not be read: could not find out a second time what is served: the API server failed (500: down)");
}

#[test]
fn what_changed_meanwhile_is_read_again() {
    let changed = |change: fn(&mut Vec<Value>)| {
        let server = server().some(LIST, 0, 1, Fault::Then(change));
        let run = run(&server, "check pause-v1 -A -o json");
        (run.json(), run.code)
    };
    let (document, _) = changed(|objects| {
        objects[2]["metadata"]["annotations"] = json!({"skipreconcile": "true"});
        objects[2]["metadata"]["resourceVersion"] = "1001".into();
    });
    assert_eq!(document["plan"]["nothingToDo"], true, "{document}");
    assert_eq!(document["snapshot"]["readAgain"], 1);
    let (document, _) = changed(|objects| objects.push(account("later", "1001")));
    assert_eq!(document["plan"]["updates"], 2);
    let (document, code) = changed(|objects| drop(objects.remove(2)));
    assert_eq!((&document["plan"]["selected"], code), (&json!(0), Some(3)));
    // So many that the whole list is read again.
    let (document, _) = changed(|objects| {
        objects.extend((0..60).map(|number| account(&format!("a{number}"), "1001")));
    });
    assert_eq!(document["plan"]["updates"], 61);
    assert_eq!(document["snapshot"]["readAgain"], 60);
}

#[test]
fn a_cluster_that_changed_says_so() {
    let server = server().some(
        LIST,
        0,
        1,
        Fault::Then(|objects| objects.push(account("b", "1001"))),
    );
    check(&server)
        .exits(0)
        .says("1 object changed while the cluster was read, and what they are now was read again");
}

#[test]
fn metadata_of_secrets_alone_determines_nothing_about_keys() {
    let server = server();
    run(&server, "check pause-v1 -A --secrets=metadata")
        .exits(3)
        .says("Secret: read only in part: only metadata was read, because of --secrets=metadata");
    let asked = server.requests();
    let mut secrets = asked.iter().filter(|asked| asked.contains("/secrets?"));
    assert!(
        secrets.all(|asked| asked.ends_with(" metadata")),
        "{asked:?}"
    );
    check(&server).exits(0);
}

#[test]
fn the_role_holds_what_is_read_and_nothing_else() {
    let server = server();
    let role = run(&server, "rbac --name gate-reader").exits(0);
    let text = role.out;
    assert!(
        text.contains("kind: ClusterRole\nmetadata:\n  name: gate-reader\nrules:\n"),
        "{text}"
    );
    assert!(
        text.contains("  - apiGroups: [\"eventhub.azure.com\"]\n    resources:\n      - namespaces\n    verbs: [list]\n"),
        "{text}"
    );
    let listed = text
        .lines()
        .filter_map(|line| line.strip_prefix("      - "));
    let mut listed: Vec<&str> = listed.collect();
    // Each rule names what a check of some step asks for.
    let mut asked: Vec<String> = vec![];
    for step in ["pause-v1", "adopt", "rollback", "cleanup"] {
        let server = crate::server();
        run(&server, &format!("check {step} -A"));
        asked.extend(server.requests());
    }
    let mut plurals: Vec<&str> = asked
        .iter()
        .filter_map(|path| path.split_once('?')?.0.rsplit('/').next())
        .collect();
    for list in [&mut listed, &mut plurals] {
        list.sort_unstable();
        list.dedup();
    }
    assert_eq!(listed, plurals, "{text}");
    run(&server, "rbac pause-v1")
        .exits(0)
        .says("to check pause-v1, of the kinds that it serves now");
    run(
        &Server::new(vec![])
            .old()
            .always("/apis/apps/v1", Fault::Status(500, "down", &[])),
        "rbac",
    )
    .exits(3)
    .says("the role is not complete: apps: could not find out what `apps/v1` serves");
}

#[test]
fn a_plan_is_made_and_judged_on_the_live_cluster() {
    let server = server();
    let folder = folder(&server);
    let live = "--kubeconfig kubeconfig";
    folder
        .asogate(&format!("plan pause-v1 -n shop -o plan.json {live}"))
        .exits(0)
        .says("wrote 1 change to plan.json");
    folder
        .asogate(&format!("check --plan plan.json {live}"))
        .exits(0);
    folder
        .asogate(&format!("plan pause-v1 -n shop {live}"))
        .exits(0)
        .says("kubectl annotate -n shop storageaccounts.v1alpha1.azure.microsoft.com media skipreconcile=true");
    let refused = crate::server().always(LIST, Fault::Status(403, "no", &[]));
    run(&refused, "plan pause-v1 -A")
        .exits(3)
        .says("could not plan `pause-v1` reliably")
        .says("no right to list storageaccounts.azure.microsoft.com");
}
