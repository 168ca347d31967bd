//! A plan in numbers, and for `swap` in terms of the workloads that it changes.

use crate::steps::swap::{Refusal, Replacement, Weight};
use asogate_core::object::{GroupKind, ObjectKey};
use asogate_core::plan::Plan;
use asogate_core::simulate::{Cause, Operation, Outcome};
use asogate_core::statement::Statement;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// What a plan does, in numbers.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// Digest of the plan.
    pub digest: Option<String>,
    /// Whether the plan came from a file.
    pub given: bool,
    /// Objects that were selected.
    pub selected: usize,
    /// Requested creates.
    pub creates: usize,
    /// Requested changes.
    pub updates: usize,
    /// Requested deletes.
    pub deletes: usize,
    /// Number of consequences by cause.
    pub consequences: BTreeMap<&'static str, usize>,
    /// Whether there is nothing left to do.
    pub nothing_to_do: bool,
    /// For `swap`: each value that is read from somewhere else after the plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replacements: Vec<Replacement>,
    /// For `swap`: what it leaves although a Secret of v1 is read there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
}

impl PlanSummary {
    /// Counts what the plan does, consequences included.
    pub(crate) fn count(&mut self, plan: &Plan, outcome: &Outcome) {
        for effect in &outcome.effects {
            match (effect.cause, effect.operation) {
                (Cause::Requested, Operation::Create) => self.creates += 1,
                (Cause::Requested, Operation::Update) => self.updates += 1,
                (Cause::Requested, Operation::Delete) => self.deletes += 1,
                (cause, _) => *self.consequences.entry(cause.name()).or_default() += 1,
            }
        }
        if self.given {
            self.selected = plan.changes().len();
        }
    }

    /// What a swap leaves and no policy speaks of, because nothing tells what it means, or because the policy that would speak of it
    /// did not judge. Whatever else is left is a finding that names the Secret.
    pub(crate) fn unjudged(&self, statements: &[Statement]) -> Vec<String> {
        // The Secrets that the policy speaks of, and of which consumer; none for a key without a source, which is told once,
        // whoever reads it.
        let mut told: HashSet<(Option<&ObjectKey>, Option<&str>, &str)> = HashSet::new();
        for statement in statements {
            if statement.code.policy != "secret-consumers" {
                continue;
            }
            let left = statement.code.code == "not-swapped";
            let consumer = match (left, &statement.subject) {
                (true, None) => continue,
                (true, Some(consumer)) => Some(consumer),
                (false, _) => None,
            };
            let secrets = statement.related.iter();
            let secrets = secrets.filter(|key| key.kind == GroupKind::new("", "Secret"));
            told.extend(secrets.map(|key| (consumer, key.namespace.as_deref(), key.name.as_str())));
        }
        let is_told = |refusal: &Refusal| {
            let namespace = refusal.consumer.namespace.as_deref();
            let secret = refusal.from.name.as_str();
            told.contains(&(None, namespace, secret))
                || told.contains(&(Some(&refusal.consumer), namespace, secret))
        };
        let is_open =
            |refusal: &&Refusal| refusal.weight == Weight::Undetermined || !is_told(refusal);
        let open = self.refusals.iter().filter(is_open);
        open.map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::swap::{Holder, Source};
    use asogate_core::finding::{Code, Level, Moment};

    fn key(kind: &str, group: &str, name: &str) -> ObjectKey {
        ObjectKey {
            kind: GroupKind::new(group, kind),
            namespace: Some("shop".into()),
            name: name.into(),
        }
    }

    fn left(by: &str, weight: Weight) -> PlanSummary {
        let refusal = Refusal {
            consumer: key("Deployment", "apps", by),
            place: "env".into(),
            from: Source {
                kind: Holder::Secret,
                name: "old".into(),
                key: None,
            },
            reason: "why".into(),
            weight,
        };
        PlanSummary {
            refusals: vec![refusal],
            ..PlanSummary::default()
        }
    }

    fn said(policy: &str, code: &str, of: &str) -> Statement {
        Statement {
            level: Level::Deny,
            code: Code {
                policy: policy.into(),
                code: code.into(),
            },
            subject: Some(key("Deployment", "apps", of)),
            moment: Moment::Standing,
            position: None,
            column: None,
            message: "m".into(),
            why: "w".into(),
            remedies: vec![],
            related: vec![key("Secret", "", "old")],
            follows: vec![],
            stands_for: None,
        }
    }

    #[test]
    fn what_is_left_and_not_found_by_the_policy_is_undetermined() {
        let of_others = [
            said("secret-consumers", "not-swapped", "other"),
            said("somebody", "no-v2-source", "web"),
        ];
        for weight in [Weight::Blocks, Weight::Noted] {
            assert_eq!(left("web", weight).unjudged(&of_others).len(), 1);
        }
        for statement in [
            said("secret-consumers", "not-swapped", "web"),
            said("secret-consumers", "no-v2-source", "media"),
        ] {
            let told = [statement];
            assert!(left("web", Weight::Blocks).unjudged(&told).is_empty());
            assert_eq!(left("web", Weight::Undetermined).unjudged(&told).len(), 1);
        }
    }
}
