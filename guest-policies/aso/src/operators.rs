//! The operators of a cluster, put together from their settings (the relation `operator-settings`).
//!
//! An operator is told from another by the namespace in which it runs: the Secret with its settings and its Deployment
//! stand beside each other. Both may give the same setting; where they differ, nothing here says which one holds.

use crate::namespaces::WatchedNamespaces;
use crate::reconcile_policy::{ReconcilePolicy, operator_default};
use crate::settings;
use std::collections::{BTreeMap, BTreeSet};

/// One operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator<'a> {
    /// The namespace in which it runs.
    pub namespace: &'a str,
    /// Whether its Deployment is known; without one, only the Secret with its settings is.
    pub has_deployment: bool,
    /// How many of its replicas are ready.
    pub ready_replicas: u32,
    /// Every value of its settings, by their names.
    values: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Operator<'a> {
    /// The values of a setting; two if its Secret and its Deployment both give one.
    pub fn values(&self, setting: &str) -> impl Iterator<Item = &'a str> + use<'_, 'a> {
        self.values.get(setting).into_iter().flatten().copied()
    }

    /// Whether it is there to act: some replica is ready, and it does more than serve webhooks (FACTS (g)).
    pub fn is_running(&self) -> bool {
        self.ready_replicas > 0 && self.reconciles()
    }

    /// Whether it looks at objects at all, when it runs.
    pub fn reconciles(&self) -> bool {
        self.values(settings::OPERATOR_MODE)
            .all(|mode| mode != "webhooks")
    }

    /// Whether it is a release that knows something since this one. One that does not say its release is taken for a recent one.
    fn is_since(&self, major: u32, minor: u32) -> bool {
        let release = |version: &str| {
            let mut numbers = version.trim_start_matches('v').split('.');
            let mut next = || numbers.next()?.parse::<u32>().ok();
            Some((next()?, next()?))
        };
        let mut releases = self.values(settings::VERSION).filter_map(release);
        releases.all(|release| release >= (major, minor))
    }

    /// Whether it looks at objects of this namespace, when it runs: by one of its settings, if they differ.
    pub fn could_act_in(&self, namespace: &str) -> bool {
        let mut targets = self.values(settings::TARGET_NAMESPACES).peekable();
        let is_all = targets.peek().is_none();
        let mut watched = targets.map(|setting| WatchedNamespaces::parse(Some(setting)));
        self.reconciles() && (is_all || watched.any(|watched| watched.contains(namespace)))
    }
}

/// The operators of a cluster, and the credentials of single namespaces.
#[derive(Clone, Debug, Default)]
pub struct Operators<'a> {
    v1: BTreeMap<&'a str, Operator<'a>>,
    v2: BTreeMap<&'a str, Operator<'a>>,
    /// The subscription of `aso-credential`, by namespace.
    credentials: BTreeMap<&'a str, &'a str>,
}

impl<'a> Operators<'a> {
    /// From the rows of the relation: `operator`, `namespace`, `setting`, `value`.
    pub fn from_rows(rows: impl IntoIterator<Item = [&'a str; 4]>) -> Operators<'a> {
        let mut operators = Operators::default();
        for [operator, namespace, setting, value] in rows {
            let known = match operator {
                settings::V1 => operators.v1.entry(namespace).or_default(),
                settings::V2 => operators.v2.entry(namespace).or_default(),
                settings::V2_NAMESPACE if setting == settings::SUBSCRIPTION_ID => {
                    operators.credentials.insert(namespace, value);
                    continue;
                }
                _ => continue,
            };
            known.namespace = namespace;
            match setting {
                "deployment" => known.has_deployment = true,
                "ready-replicas" => known.ready_replicas = value.parse().unwrap_or(0),
                _ => {
                    let setting = setting.strip_prefix("environment:").unwrap_or(setting);
                    let values = known.values.entry(setting).or_default();
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
            }
        }
        operators
    }

    /// The v1 operators that are known.
    pub fn v1(&self) -> impl Iterator<Item = &Operator<'a>> {
        self.v1.values()
    }

    /// The v2 operators that are known.
    pub fn v2(&self) -> impl Iterator<Item = &Operator<'a>> {
        self.v2.values()
    }

    /// Whether a v1 operator could act on objects of this namespace. One that is scaled down could: it acts when it comes
    /// back (FACTS 0.18). Where no v1 operator is known, one could be there under another name.
    pub fn v1_could_act_in(&self, namespace: &str) -> bool {
        could_act(&self.v1, namespace)
    }

    /// The same of v2.
    pub fn v2_could_act_in(&self, namespace: &str) -> bool {
        could_act(&self.v2, namespace)
    }

    /// Whether v2 looks at the annotation `reconcile-policy` of this namespace: every operator that could act there is of
    /// release 2.15 or later (FACTS (c)). An older one manages what says nothing itself.
    pub fn read_namespace_policy(&self, namespace: &str) -> bool {
        let mut acting = self.v2().filter(|known| known.could_act_in(namespace));
        acting.all(|operator| operator.is_since(2, 15))
    }

    /// The policy that v2 follows for objects of this namespace that have none (FACTS (c)), as a value of
    /// `DEFAULT_RECONCILE_POLICY`, which operators know since release 2.13. Where several operators could act and differ, it
    /// is the one that does most.
    pub fn default_policy(&self, namespace: &str) -> Option<&'a str> {
        let acting = self.v2().filter(|known| known.could_act_in(namespace));
        let mut most: Option<&'a str> = None;
        for operator in acting {
            let mut values = operator
                .values(settings::DEFAULT_RECONCILE_POLICY)
                .peekable();
            values.peek()?;
            if !operator.is_since(2, 13) {
                return None;
            }
            for value in values {
                let rank = |value| match operator_default(value) {
                    Some(ReconcilePolicy::Skip) => 0,
                    Some(ReconcilePolicy::DetachOnDelete) => 1,
                    Some(ReconcilePolicy::Manage) | None => 2,
                };
                if most.is_none_or(|known| rank(Some(known)) < rank(Some(value))) {
                    most = Some(value);
                }
            }
        }
        most
    }

    /// The subscription of v1's credential; none if there are several operators with different ones.
    pub fn v1_subscription(&self) -> Option<&'a str> {
        only(self.v1.values())
    }

    /// The subscription of the credential that v2 objects of this namespace use, unless they name one themselves.
    pub fn v2_subscription(&self, namespace: Option<&str>) -> Option<&'a str> {
        let own = namespace.and_then(|namespace| self.credentials.get(namespace).copied());
        own.or_else(|| only(self.v2.values()))
    }
}

fn could_act(operators: &BTreeMap<&str, Operator<'_>>, namespace: &str) -> bool {
    let mut known = operators.values();
    operators.is_empty() || known.any(|operator| operator.could_act_in(namespace))
}

fn only<'a, 'o>(operators: impl Iterator<Item = &'o Operator<'a>>) -> Option<&'a str>
where
    'a: 'o,
{
    let found = operators.flat_map(|operator| operator.values(settings::SUBSCRIPTION_ID));
    let found: BTreeSet<&str> = found.filter(|value| !value.is_empty()).collect();
    let mut found = found.into_iter();
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{DEFAULT_RECONCILE_POLICY, TARGET_NAMESPACES, V1, V2};

    #[test]
    fn an_operator_that_is_not_known_could_act_anywhere() {
        assert!(Operators::default().v1_could_act_in("shop"));
        let operators = Operators::from_rows([[V1, "op", TARGET_NAMESPACES, "shop, data"]]);
        assert!(operators.v1_could_act_in("data") && operators.v2_could_act_in("other"));
        assert!(!operators.v1_could_act_in("other"));
    }

    #[test]
    fn one_of_two_settings_that_differ_is_enough_to_act() {
        let operators = Operators::from_rows([
            [V1, "op", TARGET_NAMESPACES, "shop"],
            [V1, "op", "environment:AZURE_TARGET_NAMESPACES", "data"],
        ]);
        assert!(operators.v1_could_act_in("shop") && operators.v1_could_act_in("data"));
    }

    #[test]
    fn an_operator_that_only_serves_webhooks_does_not_act() {
        let operators = Operators::from_rows([
            [V1, "op", settings::OPERATOR_MODE, "webhooks"],
            [V1, "op", "ready-replicas", "1"],
        ]);
        assert!(!operators.v1_could_act_in("shop"));
        assert!(operators.v1().all(|operator| !operator.is_running()));
    }

    #[test]
    fn the_default_policy_is_that_of_the_operator_that_does_most() {
        let skips = [V2, "one", DEFAULT_RECONCILE_POLICY, "skip"];
        let one = Operators::from_rows([skips]);
        assert_eq!(one.default_policy("shop"), Some("skip"));
        let unset = Operators::from_rows([skips, [V2, "two", "ready-replicas", "1"]]);
        assert_eq!(unset.default_policy("shop"), None);
        let elsewhere = [V2, "two", TARGET_NAMESPACES, "data"];
        let apart = Operators::from_rows([skips, elsewhere]);
        assert_eq!(apart.default_policy("shop"), Some("skip"));
        assert_eq!(apart.default_policy("data"), None);
        let both = [V2, "two", DEFAULT_RECONCILE_POLICY, "detach-on-delete"];
        assert_eq!(
            Operators::from_rows([skips, both]).default_policy("shop"),
            Some("detach-on-delete")
        );
    }

    #[test]
    fn operators_follow_what_their_release_knows() {
        let of = |version| [V2, "op", settings::VERSION, version];
        let skips = [V2, "op", DEFAULT_RECONCILE_POLICY, "skip"];
        for (version, namespace, default) in [
            ("v2.12.1", false, None),
            ("v2.13.0", false, Some("skip")),
            ("2.14.0", false, Some("skip")),
            ("v2.15.0", true, Some("skip")),
            ("v3.0", true, Some("skip")),
            ("latest", true, Some("skip")),
        ] {
            let operators = Operators::from_rows([of(version), skips]);
            assert_eq!(
                operators.read_namespace_policy("shop"),
                namespace,
                "{version}"
            );
            assert_eq!(operators.default_policy("shop"), default, "{version}");
        }
        let elsewhere = [V2, "op", TARGET_NAMESPACES, "data"];
        let operators = Operators::from_rows([of("v2.12.1"), elsewhere]);
        assert!(operators.read_namespace_policy("shop"));
    }

    #[test]
    fn a_subscription_is_known_only_if_the_operators_agree() {
        let row = |namespace, id| [V1, namespace, settings::SUBSCRIPTION_ID, id];
        let same = Operators::from_rows([row("one", "1"), row("two", "1")]);
        assert_eq!(same.v1_subscription(), Some("1"));
        let apart = Operators::from_rows([row("one", "1"), row("two", "2")]);
        assert_eq!(apart.v1_subscription(), None);
    }
}
