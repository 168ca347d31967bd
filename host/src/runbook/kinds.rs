//! What the type in a kubectl command means where both operators are installed.

use asogate_aso::{v1, v2, versions};

/// Names of the resources that Kubernetes brings itself, as far as a kind of an operator has the same name, or a runbook of
/// a migration is likely to hold them. Their groups come before all others where kubectl looks a name up.
const BUILT_IN: [&[&str]; 28] = [
    &["all"],
    &["configmaps", "configmap", "cm"],
    &["cronjobs", "cronjob", "cj"],
    &[
        "customresourcedefinitions",
        "customresourcedefinition",
        "crd",
        "crds",
    ],
    &["daemonsets", "daemonset", "ds"],
    &["deployments", "deployment", "deploy"],
    &["endpoints", "ep"],
    &["events", "event", "ev"],
    &["horizontalpodautoscalers", "horizontalpodautoscaler", "hpa"],
    &["ingresses", "ingress", "ing"],
    &["jobs", "job"],
    &["leases", "lease"],
    &["namespaces", "namespace", "ns", "projects", "project"],
    &["networkpolicies", "networkpolicy", "netpol"],
    &["nodes", "node", "no"],
    &["persistentvolumeclaims", "persistentvolumeclaim", "pvc"],
    &["persistentvolumes", "persistentvolume", "pv"],
    &["pods", "pod", "po"],
    &["replicasets", "replicaset", "rs"],
    &["replicationcontrollers", "replicationcontroller", "rc"],
    &["rolebindings", "rolebinding"],
    &["roles", "role"],
    &["secrets", "secret"],
    &["serviceaccounts", "serviceaccount", "sa"],
    &["services", "service", "svc"],
    &["statefulsets", "statefulset", "sts"],
    &["storageclasses", "storageclass", "sc"],
    &[
        "validatingwebhookconfigurations",
        "validatingwebhookconfiguration",
    ],
];

/// Plurals of v2 kinds that are better known as those of others (cert-manager, Cluster API, policy engines): without a group
/// they are taken for these.
const KNOWN_ELSEWHERE: [&str; 3] = ["certificates", "clusters", "policies"];

/// What a type means.
#[derive(Clone, Debug, Default)]
pub(super) struct Meaning {
    /// The kind of v1 that has this name.
    pub(super) v1: Option<&'static v1::V1Kind>,
    /// The kinds of v2 that have this name.
    pub(super) v2: Vec<&'static v2::V2Kind>,
    /// The group of v2 of which it is the category. kubectl replaces a category by its kinds before it looks for a kind of
    /// that name (`ReplaceAliases` of its resource builder); every definition of v2 carries `azure` and the first word of
    /// its group.
    pub(super) category: Option<&'static str>,
    /// The plural of the resource of Kubernetes itself that has this name, which then wins.
    pub(super) built_in: Option<&'static str>,
    /// Whether it names a group.
    pub(super) has_group: bool,
    /// The API version that it names.
    pub(super) version: Option<String>,
}

impl Meaning {
    /// What `TYPE`, `TYPE.GROUP` or `TYPE.VERSION.GROUP` means. kubectl takes any casing, and the beginning of a group.
    pub(super) fn of(text: &str) -> Meaning {
        let lower = text.to_ascii_lowercase();
        let (name, rest) = lower.split_once('.').unwrap_or((&lower, ""));
        let (version, group) = match rest.split_once('.') {
            Some((version, group)) if is_version(version) => (Some(version.to_owned()), group),
            _ => (None, rest),
        };
        if group.is_empty() {
            return Meaning {
                v1: of_v1(name),
                v2: of_v2(name, ""),
                category: category(name),
                built_in: built_in(name),
                has_group: false,
                version: None,
            };
        }
        Meaning {
            v1: of_v1(name).filter(|_| v1::GROUP.starts_with(group)),
            v2: of_v2(name, group),
            category: None,
            built_in: built_in(name).filter(|_| "apiextensions.k8s.io".starts_with(group)),
            has_group: true,
            version,
        }
    }

    /// Whether it is a kind of an operator, as far as kubectl decides without more.
    pub(super) fn is_of_aso(&self) -> bool {
        self.built_in.is_none() && (self.v1.is_some() || !self.v2.is_empty())
    }
}

fn of_v1(name: &str) -> Option<&'static v1::V1Kind> {
    v1::kinds().iter().find(|kind| {
        kind.plural == name
            || kind.kind.eq_ignore_ascii_case(name)
            || kind.short_names.contains(&name)
    })
}

fn category(name: &str) -> Option<&'static str> {
    let of_group = |group: &str| group.strip_suffix(v2::GROUP_SUFFIX) == Some(name);
    let found = v2::kinds()
        .iter()
        .map(|kind| kind.group)
        .find(|group| of_group(group));
    found.or_else(|| (name == "azure").then_some("v2"))
}

/// With all kinds of the group of which the name is the category.
fn of_v2(name: &str, group: &str) -> Vec<&'static v2::V2Kind> {
    let is_category = |kind: &v2::V2Kind| {
        let short = kind.group.strip_suffix(v2::GROUP_SUFFIX);
        group.is_empty() && (name == "azure" || short == Some(name))
    };
    let is_called = |kind: &v2::V2Kind| {
        kind.group.starts_with(group)
            && (kind.plural == name || kind.kind.eq_ignore_ascii_case(name))
    };
    let kinds = v2::kinds().iter();
    let elsewhere = |kind: &v2::V2Kind| group.is_empty() && KNOWN_ELSEWHERE.contains(&kind.plural);
    kinds
        .filter(|kind| (is_called(kind) && !elsewhere(kind)) || is_category(kind))
        .collect()
}

fn built_in(name: &str) -> Option<&'static str> {
    let names = BUILT_IN.iter().find(|names| names.contains(&name))?;
    names.first().copied()
}

/// `v1`, `v1beta1`, `v1api20240101`, `v20250601preview`.
fn is_version(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next() == Some('v') && letters.next().is_some_and(|letter| letter.is_ascii_digit())
}

/// How a v1 kind is named so that nothing else can be meant.
pub(super) fn name_of_v1(kind: &v1::V1Kind) -> String {
    format!("{}.{}", kind.plural, v1::GROUP)
}

/// How a v2 kind is named so that nothing else can be meant and no field is lost: in the version that asoctl imports
/// (FACTS 0.11).
pub(super) fn name_of_v2(kind: &v2::V2Kind) -> String {
    match versions::asoctl_import(kind.versions().iter().copied()) {
        Some(version) => format!("{}.{version}.{}", kind.plural, kind.group),
        None => format!("{}.{}", kind.plural, kind.group),
    }
}

/// The version in which kubectl rewrites an object of this kind if a command names none, and the one in which asoctl
/// imports it, if the first one is older (FACTS 0.11: 55 kinds of release 2.20).
pub(super) fn rewritten_in(kind: &v2::V2Kind) -> Option<(&'static str, &'static str)> {
    let versions = || kind.versions().iter().copied();
    let picked = versions::kubectl_pick(versions())?;
    let imported = versions::asoctl_import(versions())?;
    versions::is_older(picked, imported).then_some((picked, imported))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// FACTS 0.6 has three of them; this is the same question put to the tables. `eventhub` and `keyvault` are categories.
    #[test]
    fn three_kinds_of_v1_share_their_name_with_v2_and_two_with_a_category() {
        let shared: BTreeSet<&str> = v1::kinds()
            .iter()
            .filter(|kind| {
                let names = [&[kind.plural][..], kind.short_names].concat();
                let lower = kind.kind.to_lowercase();
                names.iter().chain([&lower.as_str()]).any(|name| {
                    let meaning = Meaning::of(name);
                    meaning.v1.is_some() && !meaning.v2.is_empty()
                })
            })
            .map(|kind| kind.kind)
            .collect();
        let expected = [
            "Eventhub",
            "KeyVault",
            "ResourceGroup",
            "StorageAccount",
            "VirtualNetwork",
        ];
        assert_eq!(shared.into_iter().collect::<Vec<_>>(), expected);
        assert!(Meaning::of("eventhubs").v2.is_empty() && Meaning::of("kv").v2.is_empty());
    }

    #[test]
    fn groups_and_versions_decide() {
        let both = Meaning::of("StorageAccount");
        assert!(both.v1.is_some() && both.v2.len() == 1 && !both.has_group);
        let v1 = Meaning::of("storageaccounts.azure.microsoft.com");
        assert!(v1.v1.is_some() && v1.v2.is_empty());
        let v2 = Meaning::of("namespaces.v1api20240101.eventhub.azure.com");
        assert_eq!(v2.version.as_deref(), Some("v1api20240101"));
        assert_eq!(
            v2.v2.first().map(|kind| kind.group),
            Some("eventhub.azure.com")
        );
        assert!(v2.is_of_aso() && v2.v2.len() == 1);
        // The beginning of a group is enough for kubectl.
        assert_eq!(Meaning::of("servers.sql").v2.len(), 1);
        assert!(Meaning::of("storageaccounts.azure").v1.is_some());
        assert!(Meaning::of("vaults").v1.is_none());
        assert!(!Meaning::of("deployments.apps").is_of_aso());
    }

    #[test]
    fn names_of_kubernetes_itself_win() {
        for name in ["namespace", "ns", "services", "jobs", "rc", "secrets"] {
            assert!(!Meaning::of(name).is_of_aso(), "{name}");
        }
        assert!(
            Meaning::of("rc").v1.is_some(),
            "the short name of RedisCache"
        );
    }

    #[test]
    fn what_is_told_to_be_typed_names_the_version() {
        let kind = v2::find("keyvault.azure.com", "Vault").unwrap();
        assert_eq!(name_of_v2(kind), "vaults.v1api20230701.keyvault.azure.com");
        assert_eq!(
            rewritten_in(kind),
            Some(("v1api20210401preview", "v1api20230701"))
        );
        let redis = v2::find("cache.azure.com", "Redis").unwrap();
        assert_eq!(rewritten_in(redis), None);
    }
}
