//! A live cluster that goes wrong, in every way that a server, a network and a kubeconfig can: none of them ends in a pass or
//! in a panic, and each is told with what it concerns and what to do.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

#[path = "faults/connection.rs"]
mod connection;
#[path = "faults/lists.rs"]
mod lists;
#[path = "faults/reading.rs"]
mod reading;
#[path = "faults/server.rs"]
mod server;

use command::{Folder, Run};
use serde_json::{Value, json};
use server::Server;

/// A cluster with one v1 object, in which pausing it passes, and what lists are made of beside it.
fn objects() -> Vec<Value> {
    vec![
        json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "shop", "uid": "n1", "resourceVersion": "1"}, "status": {"phase": "Active"},
        }),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "azureoperator-controller-manager", "namespace": "azureoperator-system",
                "uid": "d1", "resourceVersion": "3",
            },
            "spec": {"replicas": 1}, "status": {"readyReplicas": 1},
        }),
        account("media", "7"),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "storageaccount-media", "namespace": "shop", "uid": "s1", "resourceVersion": "8"},
            "data": {"key0": "Y29udG9zby1jYW5hcnktMQ==", "note": ""},
        }),
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "namespace": "shop", "uid": "c1", "resourceVersion": "9"},
        }),
    ]
}

fn account(name: &str, version: &str) -> Value {
    json!({
        "apiVersion": "azure.microsoft.com/v1alpha1", "kind": "StorageAccount",
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("a-{name}"), "resourceVersion": version,
            "finalizers": ["azure.microsoft.com/finalizer"],
        },
        "spec": {"resourceGroup": "shop-prod", "location": "westeurope"},
        "status": {"provisioned": true, "message": "successfully provisioned"},
    })
}

const LIST: &str = "/storageaccounts?limit=500";

fn server() -> Server {
    Server::new(objects())
}

fn kubeconfig(url: &str, user: Value) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": url}}],
        "users": [{"name": "somebody", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "somebody"}}],
    });
    config.to_string()
}

/// A folder with a kubeconfig for the server.
fn folder(server: &Server) -> Folder {
    let url = format!("http://{}", server.address);
    Folder::new().file("kubeconfig", kubeconfig(&url, json!({"token": "t"})))
}

/// Runs a command against the server.
fn run(server: &Server, arguments: &str) -> Run {
    folder(server).asogate(&format!("{arguments} --kubeconfig kubeconfig"))
}

/// Checks the step that passes if nothing goes wrong.
fn check(server: &Server) -> Run {
    run(server, "check pause-v1 -A")
}
