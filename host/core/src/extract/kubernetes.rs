//! Where in objects the things stand that Kubernetes gives a meaning to.
//!
//! Source of the pod spec paths: the types `PodSpec`, `Container`, `Volume`, `ServiceAccount` and `IngressTLS` of the
//! Kubernetes API (core/v1 and networking.k8s.io/v1, release 1.34); volume types that have been removed since are kept,
//! because old objects still carry them.

use super::recipe::{Fact, NodeId, ROOT, Recipe, Record, Shape, Take};
use crate::object::GroupKind;
use crate::selector::{ReadSet, Relation};

/// Adds everything that is read of a kind whatever the columns are.
pub(super) fn add(recipe: &mut Recipe, kind: &GroupKind, read_set: &ReadSet) {
    metadata(recipe);
    let secrets = read_set.wants(Relation::SecretReferences);
    let config_maps = read_set.wants(Relation::ConfigMapReferences);
    let mut named = Named {
        recipe,
        secrets,
        config_maps,
    };
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => named.pod_spec("spec"),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
            named.pod_spec("spec.template.spec")
        }
        ("batch", "CronJob") => named.pod_spec("spec.jobTemplate.spec.template.spec"),
        ("", "ServiceAccount") => {
            named.secret("secrets[*]", "name", "serviceAccount");
            named.secret("imagePullSecrets[*]", "name", "imagePullSecret");
        }
        ("networking.k8s.io", "Ingress") => {
            named.secret("spec.tls[*]", "secretName", "ingressTLS");
        }
        ("", "ConfigMap") if read_set.wants(Relation::ConfigMapKeys) => {
            for field in ["data", "binaryData"] {
                let node = at(recipe, field, Shape::Map);
                recipe.node_mut(node).config_map_keys = true;
            }
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition")
            if read_set.wants(Relation::ServedApis) =>
        {
            definition(recipe);
        }
        _ => {}
    }
    if read_set.wants(Relation::OperatorSettings) {
        recipe.settings = match (kind.group.as_str(), kind.kind.as_str()) {
            ("", "Secret") => !read_set.settings.secrets.is_empty(),
            ("apps", "Deployment") => {
                let any = !read_set.settings.deployments.is_empty();
                if any {
                    let labels = at(recipe, "metadata.labels", Shape::Map);
                    let label = recipe.child(labels, "app.kubernetes.io/version");
                    fact(recipe, label, Fact::VersionLabel);
                }
                any
            }
            _ => false,
        };
    }
}

fn metadata(recipe: &mut Recipe) {
    let metadata = at(recipe, "metadata", Shape::Map);
    fields(
        recipe,
        metadata,
        &[
            ("deletionTimestamp", Fact::DeletionTimestamp),
            ("name", Fact::Name),
            ("namespace", Fact::Namespace),
            ("resourceVersion", Fact::ResourceVersion),
            ("uid", Fact::Uid),
        ],
    );
    let finalizer = at(recipe, "metadata.finalizers[*]", Shape::Any);
    fact(recipe, finalizer, Fact::Finalizer);
    record(
        recipe,
        "metadata.ownerReferences[*]",
        Record::Owner,
        &[
            ("apiVersion", Fact::OwnerApiVersion),
            ("blockOwnerDeletion", Fact::OwnerBlocksDeletion),
            ("controller", Fact::OwnerController),
            ("kind", Fact::OwnerKind),
            ("name", Fact::OwnerName),
            ("uid", Fact::OwnerUid),
        ],
    );
}

fn definition(recipe: &mut Recipe) {
    let spec = at(recipe, "spec", Shape::Map);
    fields(recipe, spec, &[("group", Fact::DefinitionGroup)]);
    let names = at(recipe, "spec.names", Shape::Map);
    fields(
        recipe,
        names,
        &[
            ("kind", Fact::DefinitionKind),
            ("plural", Fact::DefinitionPlural),
        ],
    );
    record(
        recipe,
        "spec.versions[*]",
        Record::Version,
        &[
            ("name", Fact::VersionName),
            ("served", Fact::VersionServed),
            ("storage", Fact::VersionStorage),
        ],
    );
    record(
        recipe,
        "status.conditions[*]",
        Record::Condition,
        &[
            ("status", Fact::ConditionStatus),
            ("type", Fact::ConditionType),
        ],
    );
}

/// Adds the places that name Secrets and ConfigMaps.
struct Named<'a> {
    recipe: &'a mut Recipe,
    secrets: bool,
    config_maps: bool,
}

impl Named<'_> {
    fn pod_spec(&mut self, spec: &str) {
        for containers in ["containers", "initContainers", "ephemeralContainers"] {
            let container = format!("{spec}.{containers}[*]");
            let source = format!("{container}.env[*].valueFrom");
            self.secret_with_key(&format!("{source}.secretKeyRef"), "env");
            self.config_map_with_key(&format!("{source}.configMapKeyRef"), "env");
            let source = format!("{container}.envFrom[*]");
            self.secret(&format!("{source}.secretRef"), "name", "envFrom");
            self.config_map(&format!("{source}.configMapRef"), "envFrom");
        }
        let volume = format!("{spec}.volumes[*]");
        self.secret_with_items(&format!("{volume}.secret"), "secretName", "volume");
        self.config_map_with_items(&format!("{volume}.configMap"), "volume");
        let projected = format!("{volume}.projected.sources[*]");
        self.secret_with_items(&format!("{projected}.secret"), "name", "projected");
        self.config_map_with_items(&format!("{projected}.configMap"), "projected");
        self.secret(&format!("{volume}.csi.nodePublishSecretRef"), "name", "csi");
        self.secret(&format!("{volume}.azureFile"), "secretName", "volume");
        for plugin in [
            "cephfs",
            "rbd",
            "flexVolume",
            "iscsi",
            "scaleIO",
            "storageos",
        ] {
            self.secret(&format!("{volume}.{plugin}.secretRef"), "name", "volume");
        }
        self.secret(
            &format!("{spec}.imagePullSecrets[*]"),
            "name",
            "imagePullSecret",
        );
    }

    fn secret(&mut self, path: &str, name: &str, how: &'static str) {
        if self.secrets {
            let names = [
                (name, Fact::ReferenceName),
                ("optional", Fact::ReferenceOptional),
            ];
            self.reference(path, Relation::SecretReferences, how, &names);
        }
    }

    fn secret_with_key(&mut self, path: &str, how: &'static str) {
        self.secret(path, "name", how);
        if self.secrets {
            let key = [("key", Fact::ReferenceKey)];
            self.reference(path, Relation::SecretReferences, how, &key);
        }
    }

    fn secret_with_items(&mut self, path: &str, name: &str, how: &'static str) {
        self.secret(path, name, how);
        if self.secrets {
            self.items(path);
        }
    }

    fn config_map(&mut self, path: &str, how: &'static str) {
        if self.config_maps {
            let names = [
                ("name", Fact::ReferenceName),
                ("optional", Fact::ReferenceOptional),
            ];
            self.reference(path, Relation::ConfigMapReferences, how, &names);
        }
    }

    fn config_map_with_key(&mut self, path: &str, how: &'static str) {
        self.config_map(path, how);
        if self.config_maps {
            let key = [("key", Fact::ReferenceKey)];
            self.reference(path, Relation::ConfigMapReferences, how, &key);
        }
    }

    fn config_map_with_items(&mut self, path: &str, how: &'static str) {
        self.config_map(path, how);
        if self.config_maps {
            self.items(path);
        }
    }

    fn reference(
        &mut self,
        path: &str,
        relation: Relation,
        how: &'static str,
        facts: &[(&str, Fact)],
    ) {
        record(
            self.recipe,
            path,
            Record::Reference { relation, how },
            facts,
        );
    }

    fn items(&mut self, path: &str) {
        let item = at(self.recipe, &format!("{path}.items[*]"), Shape::Map);
        fields(self.recipe, item, &[("key", Fact::ReferenceItem)]);
    }
}

/// The node at a path of fields and `[*]`, whose way there must have the shape that the path implies.
fn at(recipe: &mut Recipe, path: &str, shape: Shape) -> NodeId {
    let mut node = ROOT;
    for part in path.split('.') {
        let (field, each) = match part.strip_suffix("[*]") {
            Some(field) => (field, true),
            None => (part, false),
        };
        if node != ROOT {
            recipe.node_mut(node).shape = Shape::Map;
        }
        node = recipe.child(node, field);
        if each {
            recipe.node_mut(node).shape = Shape::List;
            node = recipe.each(node);
        }
    }
    if shape != Shape::Any {
        recipe.node_mut(node).shape = shape;
    }
    node
}

fn record(recipe: &mut Recipe, path: &str, record: Record, facts: &[(&str, Fact)]) {
    let node = at(recipe, path, Shape::Map);
    recipe.node_mut(node).record = Some(record);
    fields(recipe, node, facts);
}

fn fields(recipe: &mut Recipe, parent: NodeId, facts: &[(&str, Fact)]) {
    for (name, meaning) in facts {
        let node = recipe.child(parent, name);
        fact(recipe, node, *meaning);
    }
}

fn fact(recipe: &mut Recipe, node: NodeId, fact: Fact) {
    let takes = &mut recipe.node_mut(node).takes;
    if !takes.contains(&Take::Fact(fact)) {
        takes.push(Take::Fact(fact));
    }
}
