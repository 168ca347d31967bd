//! From answers and waivers to one verdict. The gate is open for [`Ruling::Pass`] and for nothing else.

use crate::coverage::Gap;
use crate::finding::{Code, Level, Moment};
use crate::plan::Step;
use crate::statement::Statement;
use crate::waiver::Waiver;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// What the gate says of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Everything was determined and nothing is in the way.
    Pass,
    /// A deny finding without waiver blocks the plan.
    Fail,
    /// Something could not be determined, or nothing was checked.
    Unknown,
}

/// What became of one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Outcome {
    /// It saw everything it asked for, and answered.
    Judged,
    /// It has nothing to say about this step.
    NotApplicable,
    /// The configuration turned it off.
    Disabled,
    /// It answered, but some kinds that it reads were not read completely. What it found counts, what it did not find
    /// proves nothing.
    Incomplete {
        /// The kinds, and what is known of them.
        gaps: Vec<Gap>,
    },
    /// It said that it cannot answer.
    Declined {
        /// In the policy's own words.
        reason: String,
    },
    /// It broke.
    Broke {
        /// Which limit or rule, in the host's words.
        reason: String,
    },
}

/// One policy and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyResult {
    /// The policy's id.
    pub policy: String,
    /// Its version; empty if it did not get as far as saying it.
    pub version: String,
    /// Digest of its component.
    pub digest: String,
    /// How many tables it asked for. One that asked for none looked at no object.
    pub tables: usize,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A finding that a waiver covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waived {
    /// The finding.
    pub finding: Statement,
    /// The waiver that covers it.
    pub waiver: Waiver,
}

/// A finding that follows from another one about the same object, which is in the way by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Following {
    /// The finding.
    pub finding: Statement,
    /// The code of its cause, which is among [`Verdict::findings`].
    pub cause: Code,
}

/// Everything that a verdict is made of.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The step; none for `lint`.
    pub step: Option<Step>,
    /// Every policy of the run.
    pub policies: Vec<PolicyResult>,
    /// What they found.
    pub statements: Vec<Statement>,
    /// What could not be determined apart from the policies: a change that cannot be made, a selection that matches
    /// nothing, a plan that is out of date. Each in one line.
    pub undetermined: Vec<String>,
    /// The waivers of the configuration.
    pub waivers: Vec<Waiver>,
    /// Whether a waiver that is expired or unused is a failure by itself.
    pub strict_waivers: bool,
}

/// The answer of the gate, with everything that decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The answer.
    pub ruling: Ruling,
    /// The step; none for `lint`.
    pub step: Option<Step>,
    /// Findings that no waiver covers, worst first.
    pub findings: Vec<Statement>,
    /// Findings that no waiver covers and that say again what one of [`Verdict::findings`] says: they have the same cause. They
    /// count for themselves as soon as that one is waived.
    pub following: Vec<Following>,
    /// Findings that a waiver covers.
    pub waived: Vec<Waived>,
    /// Every policy of the run and what became of it.
    pub policies: Vec<PolicyResult>,
    /// What could not be determined, in one line each.
    pub undetermined: Vec<String>,
    /// Waivers that cover nothing, although they are still valid, and although their policy has judged all that it reads (or
    /// is turned off). Of a policy that does not judge this step, or could not answer, nothing is known.
    pub unused_waivers: Vec<Waiver>,
    /// Waivers that are past their day. They cover nothing.
    pub expired_waivers: Vec<Waiver>,
    /// Whether one of these is a failure by itself.
    pub strict_waivers: bool,
}

impl Verdict {
    /// What could not be determined, one line each: apart from the policies, and because of those that gave no full answer.
    pub fn unanswered(&self) -> Vec<String> {
        let mut lines = self.undetermined.clone();
        // Many policies miss the same kinds: one line a gap, not one a policy.
        let mut gaps: Vec<(String, Vec<&str>)> = vec![];
        for policy in &self.policies {
            match &policy.outcome {
                Outcome::Incomplete { gaps: found } => {
                    for gap in found {
                        let text = format!("{}: {}", gap.kinds, gap.coverage.describe());
                        match gaps.iter_mut().find(|(known, _)| *known == text) {
                            Some((_, policies)) => policies.push(&policy.policy),
                            None => gaps.push((text, vec![&policy.policy])),
                        }
                    }
                }
                Outcome::Declined { reason } => {
                    lines.push(format!(
                        "policy `{}` {} cannot answer: {reason}",
                        policy.policy, policy.version
                    ));
                }
                Outcome::Broke { reason } => {
                    lines.push(format!("policy `{}` broke: {reason}", policy.policy));
                }
                Outcome::Judged | Outcome::NotApplicable | Outcome::Disabled => {}
            }
        }
        let gaps = gaps.into_iter();
        lines.extend(
            gaps.map(|(gap, policies)| format!("{gap} (needed by {})", policies.join(", "))),
        );
        lines
    }

    /// Folds the evidence into a verdict, as of `today` (on which only the waivers' expiry depends).
    pub fn of(evidence: Evidence, today: Date) -> Verdict {
        let Evidence {
            step,
            policies,
            mut statements,
            mut undetermined,
            waivers,
            strict_waivers,
        } = evidence;
        statements.sort();
        statements.dedup();
        let (valid, expired_waivers): (Vec<_>, Vec<_>) = waivers
            .into_iter()
            .partition(|waiver| waiver.is_valid_on(today));
        let mut used = vec![false; valid.len()];
        let (mut findings, mut waived) = (vec![], vec![]);
        for finding in statements {
            match valid.iter().position(|waiver| waiver.matches(&finding)) {
                Some(index) => {
                    for (used, waiver) in used.iter_mut().zip(&valid) {
                        *used |= waiver.matches(&finding);
                    }
                    waived.extend(valid.get(index).map(|waiver| Waived {
                        finding,
                        waiver: waiver.clone(),
                    }));
                }
                None => findings.push(finding),
            }
        }
        let (findings, following) = fold(findings, step);
        let could_be_used = |waiver: &Waiver| {
            let mut policies = policies.iter();
            let policy = policies.find(|policy| policy.policy == waiver.policy());
            policy
                .is_some_and(|policy| matches!(policy.outcome, Outcome::Judged | Outcome::Disabled))
        };
        let unused_waivers: Vec<Waiver> = valid
            .into_iter()
            .zip(used)
            .filter(|(waiver, used)| !used && could_be_used(waiver))
            .map(|(waiver, _)| waiver)
            .collect();

        let judged = policies
            .iter()
            .filter(|policy| policy.outcome == Outcome::Judged && policy.tables > 0)
            .count();
        let unanswered = policies.iter().any(|policy| match policy.outcome {
            Outcome::Declined { .. } | Outcome::Broke { .. } => true,
            // Files alone never tell anything about a cluster, so a gap keeps no lint from answering. It opens nothing.
            Outcome::Incomplete { .. } => step.is_some(),
            Outcome::Judged | Outcome::NotApplicable | Outcome::Disabled => false,
        });
        let incomplete = policies
            .iter()
            .any(|policy| matches!(policy.outcome, Outcome::Incomplete { .. }));
        if judged == 0 && !unanswered && !incomplete {
            undetermined.push("no policy looked at any object, so nothing was checked".into());
        }
        // What is known for sure is a failure and not unknown, as with findings.
        let stale = !unused_waivers.is_empty() || !expired_waivers.is_empty();
        let blocked =
            findings.iter().any(|finding| blocks(finding, step)) || (strict_waivers && stale);
        let ruling = if blocked {
            Ruling::Fail
        } else if unanswered || !undetermined.is_empty() {
            Ruling::Unknown
        } else {
            Ruling::Pass
        };
        Verdict {
            ruling,
            step,
            findings,
            following,
            waived,
            policies,
            undetermined,
            unused_waivers,
            expired_waivers,
            strict_waivers,
        }
    }

    /// Whether waivers that are expired or unused keep the gate closed.
    pub fn is_closed_by_waivers(&self) -> bool {
        let stale = !self.unused_waivers.is_empty() || !self.expired_waivers.is_empty();
        self.strict_waivers && stale
    }

    /// Whether the step may run. Judging files alone opens nothing.
    pub fn is_open(&self) -> bool {
        self.ruling == Ruling::Pass && self.step.is_some()
    }
}

/// Sets those apart that follow from another finding which keeps the gate closed. One that has no such cause stays, and so do
/// those that would follow from each other in a circle: what is set apart hides nothing.
fn fold(findings: Vec<Statement>, step: Option<Step>) -> (Vec<Statement>, Vec<Following>) {
    if findings.iter().all(|finding| finding.follows.is_empty()) {
        return (findings, vec![]);
    }
    let about = |finding: &Statement, code: &Code| (finding.subject.clone(), code.clone());
    let blocking = findings.iter().filter(|finding| blocks(finding, step));
    let blocking: HashSet<_> = blocking
        .map(|finding| about(finding, &finding.code))
        .collect();
    let cause = |finding: &Statement, causes: &HashSet<_>| {
        let mut codes = finding.follows.iter();
        let is_cause = |code: &&Code| causes.contains(&about(finding, code));
        codes.find(is_cause).cloned()
    };
    // What a cause leads back to must be in the way by itself.
    let mut causes: HashSet<_> = HashSet::new();
    loop {
        let known = causes.len();
        for finding in findings.iter().filter(|finding| blocks(finding, step)) {
            if cause(finding, &blocking).is_none() || cause(finding, &causes).is_some() {
                causes.insert(about(finding, &finding.code));
            }
        }
        if causes.len() == known {
            break;
        }
    }
    let (mut kept, mut following) = (vec![], vec![]);
    let mut causes_of = HashMap::new();
    for finding in findings {
        match cause(&finding, &causes) {
            Some(cause) => {
                causes_of.insert(about(&finding, &finding.code), cause.clone());
                following.push(Following { finding, cause });
            }
            None => kept.push(finding),
        }
    }
    // The cause may follow from another one.
    let in_the_way: HashSet<_> = kept
        .iter()
        .map(|finding| about(finding, &finding.code))
        .collect();
    for Following { finding, cause } in &mut following {
        for _ in 0..causes_of.len() {
            let key = about(finding, cause);
            match causes_of.get(&key) {
                Some(before) if !in_the_way.contains(&key) => *cause = before.clone(),
                _ => break,
            }
        }
    }
    (kept, following)
}

/// Whether a finding without waiver keeps the gate closed.
pub fn blocks(finding: &Statement, step: Option<Step>) -> bool {
    let concerns_step = match finding.moment {
        Moment::Change(_) => true,
        // What was broken before blocks only a step that relies on it; without a step there is nothing to mend it.
        Moment::Standing => step.is_none_or(Step::relies_on_standing),
        Moment::Mended => false,
    };
    finding.level == Level::Deny && concerns_step
}

#[cfg(test)]
mod tests;
