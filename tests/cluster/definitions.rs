//! Kinds of our own making: definitions that take whatever objects they are given, as long as nobody asks for more.

use serde_json::{Value, json};

/// A custom resource definition in the making. Its objects may have any fields, `status` is no subresource of theirs
/// ([`Definition::with_status`]), and between versions only `apiVersion` differs.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    group: String,
    kind: String,
    plural: String,
    versions: Vec<String>,
    namespaced: bool,
    status: bool,
}

/// A kind with objects in namespaces. The last one of `versions` is the stored one; all are served.
pub(crate) fn definition(group: &str, kind: &str, plural: &str, versions: &[&str]) -> Definition {
    Definition {
        group: group.into(),
        kind: kind.into(),
        plural: plural.into(),
        versions: versions.iter().map(|&version| version.into()).collect(),
        namespaced: true,
        status: false,
    }
}

impl Definition {
    /// Its objects have no namespace.
    pub(crate) fn cluster_scoped(mut self) -> Definition {
        self.namespaced = false;
        self
    }

    /// The status of its objects is a subresource: other writes leave it alone.
    pub(crate) fn with_status(mut self) -> Definition {
        self.status = true;
        self
    }

    /// The definition as an object.
    pub(crate) fn object(&self) -> Value {
        let Definition {
            group,
            kind,
            plural,
            versions,
            namespaced,
            status,
        } = self;
        let subresources = if *status {
            json!({"status": {}})
        } else {
            json!({})
        };
        let scope = if *namespaced { "Namespaced" } else { "Cluster" };
        let versions: Vec<Value> = versions
            .iter()
            .enumerate()
            .map(|(position, version)| {
                json!({"name": version, "served": true, "storage": position + 1 == versions.len(), "schema": any_schema(), "subresources": subresources})
            })
            .collect();
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}")},
            "spec": {
                "group": group,
                "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase()},
                "scope": scope,
                "versions": versions,
            },
        })
    }
}

/// A schema by which everything is valid and nothing is dropped.
pub(super) fn any_schema() -> Value {
    json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}})
}
