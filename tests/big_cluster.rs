//! A big cluster on a real API server: every object of ten thousand is read, page by page, and counts in the verdict.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cluster;
mod command;

use cluster::{Cluster, Fault, Proxy, cluster, definition};
use command::{Folder, Run};
use futures::StreamExt;
use serde_json::{Value, json};

/// How many objects of each kind there are, 10 000 together.
const ACCOUNTS: usize = 1500;
const SECRETS: usize = 2500;
const MAPS: usize = 6000;

/// How many of the accounts are not paused.
const UNPAUSED: usize = 1200;

/// How many connections write at the same time.
const WRITERS: usize = 16;

/// How many objects come in a page.
const PAGE: usize = 500;

/// The list that an object belongs to, and the object.
fn object(space: &str, number: usize) -> (String, Value) {
    let mut metadata = json!({"name": format!("o-{number}"), "namespace": space});
    if number < ACCOUNTS {
        if number >= UNPAUSED {
            metadata["annotations"] = json!({"skipreconcile": "true"});
        }
        let account = json!({
            "apiVersion": "azure.microsoft.com/v1alpha1", "kind": "StorageAccount", "metadata": metadata,
            "spec": {"resourceGroup": "shop-prod", "location": "westeurope"},
            "status": {"provisioned": true, "message": "successfully provisioned"},
        });
        let list = format!("/apis/azure.microsoft.com/v1alpha1/namespaces/{space}/storageaccounts");
        return (list, account);
    }
    let (plural, kind, value) = match number < ACCOUNTS + SECRETS {
        true => ("secrets", "Secret", "Y29udG9zby1jYW5hcnktMQ=="),
        false => ("configmaps", "ConfigMap", "value"),
    };
    let object =
        json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": {"key": value}});
    (format!("/api/v1/namespaces/{space}/{plural}"), object)
}

/// Writes the objects, and returns how many objects of each of the three kinds there are in the whole cluster then.
fn fill(cluster: &Cluster) -> [usize; 3] {
    let group = "azure.microsoft.com";
    cluster.define(&[definition(
        group,
        "StorageAccount",
        "storageaccounts",
        &["v1alpha1"],
    )]);
    let space = cluster.namespace("big");
    let operator = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "azureoperator-controller-manager", "namespace": space},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]},
        }},
    });
    let admin = cluster.admin();
    let client = admin.client();
    cluster.run(async {
        admin.create(&operator).await.unwrap();
        let status = json!({"replicas": 1, "readyReplicas": 1, "availableReplicas": 1});
        admin.set_status(&operator, &status).await.unwrap();
        let writes = futures::stream::iter(0..ACCOUNTS + SECRETS + MAPS);
        let writes = writes.for_each_concurrent(WRITERS, |number| {
            let (list, object) = object(&space, number);
            let request = http::Request::post(list)
                .header("content-type", "application/json")
                .body(object.to_string().into_bytes())
                .unwrap();
            let client = &client;
            async move { drop(client.request_text(request).await.unwrap()) }
        });
        writes.await;
        let mut counts = [0; 3];
        for (count, (version, kind)) in counts.iter_mut().zip([
            ("azure.microsoft.com/v1alpha1", "StorageAccount"),
            ("v1", "Secret"),
            ("v1", "ConfigMap"),
        ]) {
            *count = admin.list(version, kind, None).await.unwrap().len();
        }
        counts
    })
}

fn check(cluster: &Cluster, proxy: &Proxy) -> Run {
    let folder = Folder::new().file("kubeconfig", proxy.kubeconfig(cluster.admin()));
    folder.asogate("check pause-v1 -A -o json --kubeconfig kubeconfig")
}

#[test]
fn every_object_of_ten_thousand_is_read_page_by_page_and_judged() {
    let Some(cluster) = cluster() else { return };
    let counts = fill(cluster);
    assert_eq!(counts[0], ACCOUNTS);
    // Kubernetes has some of its own.
    assert!(counts[1] >= SECRETS && counts[2] >= MAPS, "{counts:?}");
    let proxy = cluster.proxy();
    let run = check(cluster, &proxy).exits(0);
    let judged = run.json();
    assert_eq!(judged["verdict"], "pass", "{run}");
    assert_eq!(judged["plan"]["selected"], ACCOUNTS);
    assert_eq!(judged["plan"]["updates"], UNPAUSED);
    let snapshot = &judged["snapshot"];
    for kind in snapshot["coverage"].as_array().unwrap() {
        let state = &kind["state"];
        assert!(state == "complete" || state == "not-served", "{kind}");
    }
    assert_eq!(snapshot["readAgain"], 0);
    let objects = usize::try_from(snapshot["objects"].as_u64().unwrap()).unwrap();
    let others = objects - counts.iter().sum::<usize>();
    assert!(
        (5..200).contains(&others),
        "beside them {others} objects were read"
    );
    let asked = proxy.requests();
    for (plural, count) in ["/storageaccounts?", "/secrets?", "/configmaps?"]
        .iter()
        .zip(counts)
    {
        // The first look, and the second one.
        for metadata in [false, true] {
            let pages = asked
                .iter()
                .filter(|path| path.contains(plural) && path.ends_with(" metadata") == metadata);
            assert_eq!(pages.count(), count.div_ceil(PAGE), "pages of {plural}");
        }
    }

    // A list that expires near its end begins again, and nothing is counted twice.
    let pages = "/configmaps?limit=500&continue=";
    let expired = Fault::Status(
        410,
        "Expired",
        "the provided continue parameter is too old",
        &[],
    );
    let proxy = cluster.proxy().some(pages, MAPS / PAGE - 2, 1, expired);
    let again = check(cluster, &proxy).exits(0).json();
    for field in ["objects", "digest"] {
        assert_eq!(again["snapshot"][field], snapshot[field]);
    }
    assert!(proxy.requests().len() > asked.len());

    // One page of all that cannot be had: nothing passes.
    let lost = Fault::Status(500, "InternalError", "etcdserver: request timed out", &[]);
    let proxy = cluster
        .proxy()
        .some("/secrets?limit=500&continue=", 2, usize::MAX, lost);
    let run = check(cluster, &proxy).exits(3);
    assert_eq!(run.json()["verdict"], "unknown", "{run}");
    run.says("could not list secrets in all namespaces: the API server failed (500: etcdserver: request timed out)");
}
