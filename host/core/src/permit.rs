//! The permit: the only thing that lets a step run, and only an open gate issues it.

use crate::digest::Digest;
use crate::plan::Step;
use crate::verdict::{Outcome, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// Permission to carry out exactly one plan, as it was judged. Its fields are private: there is no way to make one but
/// [`Permit::issue`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Permit {
    step: Step,
    plan: Digest,
    snapshot: Digest,
    policies: BTreeMap<String, String>,
}

impl Permit {
    /// A permit for the plan with this digest, judged on the snapshot with this digest; none unless the gate is open
    /// and a step was judged.
    pub fn issue(verdict: &Verdict, plan: Digest, snapshot: Digest) -> Option<Permit> {
        let step = verdict.step.filter(|_| verdict.is_open())?;
        let judged = verdict
            .policies
            .iter()
            .filter(|policy| policy.outcome == Outcome::Judged);
        let policies = judged
            .map(|policy| (policy.policy.clone(), policy.digest.clone()))
            .collect();
        Some(Permit {
            step,
            plan,
            snapshot,
            policies,
        })
    }

    /// The step that may run.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Digest of the plan that may be carried out.
    pub fn plan(&self) -> &Digest {
        &self.plan
    }

    /// Digest of what was known of the cluster.
    pub fn snapshot(&self) -> &Digest {
        &self.snapshot
    }

    /// The policies that judged, each with the digest of its component.
    pub fn policies(&self) -> &BTreeMap<String, String> {
        &self.policies
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Evidence, PolicyResult};

    fn verdict(step: Option<Step>, outcome: Outcome) -> Verdict {
        let policy = PolicyResult {
            policy: "namespace".into(),
            version: "1.0.0".into(),
            digest: "sha256:ab".into(),
            tables: 1,
            outcome,
        };
        let evidence = Evidence {
            step,
            policies: vec![policy],
            ..Evidence::default()
        };
        Verdict::of(evidence, jiff::civil::date(2026, 11, 24))
    }

    #[test]
    fn only_an_open_gate_for_a_step_issues_a_permit() {
        let digest = || Digest::of_bytes(b"x");
        let issue = |verdict: &Verdict| Permit::issue(verdict, digest(), digest());
        assert!(
            issue(&verdict(
                Some(Step::Cleanup),
                Outcome::Broke {
                    reason: "trap".into()
                }
            ))
            .is_none()
        );
        assert!(issue(&verdict(None, Outcome::Judged)).is_none());
        let permit = issue(&verdict(Some(Step::Cleanup), Outcome::Judged)).unwrap();
        assert_eq!(
            permit.policies().get("namespace").map(String::as_str),
            Some("sha256:ab")
        );
    }
}
