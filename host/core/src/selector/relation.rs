//! Relations: tables that the host derives, because they are knowledge about Kubernetes.

/// A table that the host derives. The columns are documented at `relation-selector` in `wit/policy.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One row per owner reference.
    OwnerReferences,
    /// One row per key of a Secret.
    SecretKeys,
    /// One row per key of a ConfigMap.
    ConfigMapKeys,
    /// One row per place that names a Secret.
    SecretReferences,
    /// One row per place that names a ConfigMap.
    ConfigMapReferences,
    /// One row per version of a CustomResourceDefinition.
    ServedApis,
    /// One row per setting of an operator that is not secret.
    OperatorSettings,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Relation; 7] = [
        Relation::OwnerReferences,
        Relation::SecretKeys,
        Relation::ConfigMapKeys,
        Relation::SecretReferences,
        Relation::ConfigMapReferences,
        Relation::ServedApis,
        Relation::OperatorSettings,
    ];

    /// The name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Relation::OwnerReferences => "owner-references",
            Relation::SecretKeys => "secret-keys",
            Relation::ConfigMapKeys => "config-map-keys",
            Relation::SecretReferences => "secret-references",
            Relation::ConfigMapReferences => "config-map-references",
            Relation::ServedApis => "served-apis",
            Relation::OperatorSettings => "operator-settings",
        }
    }

    /// The relation with this name.
    pub fn from_name(name: &str) -> Option<Relation> {
        Relation::ALL
            .into_iter()
            .find(|relation| relation.name() == name)
    }

    /// The columns, in their order. Those that end in `-id` hold object ids.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Relation::OwnerReferences => {
                &["owner-id", "uid", "group", "kind", "name", "controller"]
            }
            Relation::SecretKeys => &["namespace", "secret", "key", "empty", "class"],
            Relation::ConfigMapKeys => &["namespace", "config-map", "key"],
            Relation::SecretReferences => &["namespace", "secret", "key", "how", "optional"],
            Relation::ConfigMapReferences => &["namespace", "config-map", "key", "how", "optional"],
            Relation::ServedApis => &[
                "group",
                "kind",
                "plural",
                "version",
                "served",
                "storage",
                "established",
            ],
            Relation::OperatorSettings => &["operator", "namespace", "setting", "value"],
        }
    }

    /// The kinds from which the relation is derived: it is complete only if all of them are.
    pub fn kinds(self) -> &'static [(&'static str, &'static str)] {
        const REFERRERS: &[(&str, &str)] = &[
            ("", "Pod"),
            ("", "ServiceAccount"),
            ("apps", "Deployment"),
            ("apps", "StatefulSet"),
            ("apps", "DaemonSet"),
            ("apps", "ReplicaSet"),
            ("batch", "Job"),
            ("batch", "CronJob"),
            ("networking.k8s.io", "Ingress"),
        ];
        match self {
            // Owner references belong to the objects in the policy's own tables, whose coverage counts already.
            Relation::OwnerReferences => &[],
            Relation::SecretKeys => &[("", "Secret")],
            Relation::ConfigMapKeys => &[("", "ConfigMap")],
            Relation::SecretReferences => REFERRERS,
            Relation::ConfigMapReferences => REFERRERS,
            Relation::ServedApis => &[("apiextensions.k8s.io", "CustomResourceDefinition")],
            Relation::OperatorSettings => &[("", "Secret"), ("apps", "Deployment")],
        }
    }
}
