//! From answers and waivers to one verdict. The gate is open for [`Ruling::Pass`] and for nothing else.

use crate::coverage::Gap;
use crate::finding::{Level, Moment};
use crate::plan::Step;
use crate::statement::Statement;
use crate::waiver::Waiver;
use jiff::civil::Date;
use serde::Serialize;

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
    /// Findings that a waiver covers.
    pub waived: Vec<Waived>,
    /// Every policy of the run and what became of it.
    pub policies: Vec<PolicyResult>,
    /// What could not be determined, in one line each.
    pub undetermined: Vec<String>,
    /// Waivers that cover nothing, although they are still valid.
    pub unused_waivers: Vec<Waiver>,
    /// Waivers that are past their day. They cover nothing.
    pub expired_waivers: Vec<Waiver>,
}

impl Verdict {
    /// Folds the evidence into a verdict, as of `today` (on which only the waivers' expiry depends).
    pub fn of(evidence: Evidence, today: Date) -> Verdict {
        let Evidence {
            step,
            policies,
            mut statements,
            mut undetermined,
            waivers,
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
        let unused_waivers = valid
            .into_iter()
            .zip(used)
            .filter(|(_, used)| !used)
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
        let blocked = findings.iter().any(|finding| blocks(finding, step));
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
            waived,
            policies,
            undetermined,
            unused_waivers,
            expired_waivers,
        }
    }

    /// Whether the step may run. Judging files alone opens nothing.
    pub fn is_open(&self) -> bool {
        self.ruling == Ruling::Pass && self.step.is_some()
    }
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
mod tests {
    use super::*;
    use crate::coverage::Coverage;
    use crate::finding::Code;
    use crate::object::{GroupKind, ObjectKey};
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 24);

    fn statement(level: Level, moment: Moment) -> Statement {
        Statement {
            level,
            code: Code {
                policy: "skip-reconcile".into(),
                code: "unprotected-delete".into(),
            },
            subject: Some(ObjectKey {
                kind: GroupKind::new("azure.microsoft.com", "StorageAccount"),
                namespace: Some("shop".into()),
                name: "media".into(),
            }),
            moment,
            position: None,
            column: None,
            message: "m".into(),
            why: "w".into(),
            remedies: vec![],
            related: vec![],
        }
    }

    fn policy(outcome: Outcome) -> PolicyResult {
        PolicyResult {
            policy: "p".into(),
            version: "1.0.0".into(),
            digest: "d".into(),
            tables: 1,
            outcome,
        }
    }

    fn evidence(outcome: Outcome, statements: Vec<Statement>) -> Evidence {
        Evidence {
            step: Some(Step::Cleanup),
            policies: vec![policy(outcome)],
            statements,
            ..Evidence::default()
        }
    }

    fn ruling(evidence: Evidence) -> Ruling {
        Verdict::of(evidence, TODAY).ruling
    }

    fn waiver(expires: Date) -> Waiver {
        Waiver {
            code: "skip-reconcile/*".into(),
            subject: "* shop/media".into(),
            reason: "r".into(),
            owner: "o".into(),
            expires,
        }
    }

    #[test]
    fn gate_opens_only_if_every_policy_judged_and_nothing_blocks() {
        assert_eq!(ruling(evidence(Outcome::Judged, vec![])), Ruling::Pass);
        let warned = statement(Level::Warn, Moment::Change(1));
        assert_eq!(
            ruling(evidence(Outcome::Judged, vec![warned])),
            Ruling::Pass
        );
        let denied = statement(Level::Deny, Moment::Change(1));
        assert_eq!(
            ruling(evidence(Outcome::Judged, vec![denied])),
            Ruling::Fail
        );
    }

    #[test]
    fn gate_stays_closed_when_a_policy_gave_no_full_answer() {
        let gaps = vec![Gap {
            kinds: "Secret".into(),
            coverage: Coverage::NotAsked,
        }];
        for outcome in [
            Outcome::Broke {
                reason: "trap".into(),
            },
            Outcome::Declined {
                reason: "no".into(),
            },
            Outcome::Incomplete { gaps },
        ] {
            let mut with_others = evidence(outcome, vec![]);
            with_others.policies.push(policy(Outcome::Judged));
            assert_eq!(ruling(with_others), Ruling::Unknown);
        }
    }

    #[test]
    fn files_alone_can_be_found_good_but_open_nothing() {
        let gaps = vec![Gap {
            kinds: "Secret".into(),
            coverage: Coverage::NotAsked,
        }];
        let lint = Evidence {
            step: None,
            ..evidence(Outcome::Incomplete { gaps }, vec![])
        };
        let verdict = Verdict::of(lint, TODAY);
        assert_eq!((verdict.ruling, verdict.is_open()), (Ruling::Pass, false));
        let broke = Evidence {
            step: None,
            ..evidence(
                Outcome::Broke {
                    reason: "trap".into(),
                },
                vec![],
            )
        };
        assert_eq!(ruling(broke), Ruling::Unknown);
    }

    #[test]
    fn gate_stays_closed_when_nothing_was_checked() {
        assert_eq!(ruling(Evidence::default()), Ruling::Unknown);
        assert_eq!(
            ruling(evidence(Outcome::NotApplicable, vec![])),
            Ruling::Unknown
        );
        assert_eq!(ruling(evidence(Outcome::Disabled, vec![])), Ruling::Unknown);
    }

    #[test]
    fn a_policy_that_looked_at_nothing_does_not_open_the_gate() {
        let mut evidence = evidence(Outcome::Judged, vec![]);
        for policy in &mut evidence.policies {
            policy.tables = 0;
        }
        assert_eq!(ruling(evidence), Ruling::Unknown);
    }

    #[test]
    fn fail_wins_over_unknown() {
        let denied = statement(Level::Deny, Moment::Change(1));
        let evidence = evidence(
            Outcome::Broke {
                reason: "trap".into(),
            },
            vec![denied],
        );
        assert_eq!(ruling(evidence), Ruling::Fail);
    }

    #[test]
    fn what_was_broken_before_blocks_only_steps_that_rely_on_it() {
        let standing = |step| Evidence {
            step: Some(step),
            ..evidence(
                Outcome::Judged,
                vec![statement(Level::Deny, Moment::Standing)],
            )
        };
        assert_eq!(ruling(standing(Step::Cleanup)), Ruling::Fail);
        assert_eq!(ruling(standing(Step::Adopt)), Ruling::Fail);
        assert_eq!(ruling(standing(Step::PauseV1)), Ruling::Pass);
        assert_eq!(ruling(standing(Step::Rollback)), Ruling::Pass);
        let mended = evidence(
            Outcome::Judged,
            vec![statement(Level::Deny, Moment::Mended)],
        );
        assert_eq!(ruling(mended), Ruling::Pass);
    }

    #[test]
    fn waivers_cover_until_their_day_and_unused_ones_are_reported() {
        let denied = || {
            evidence(
                Outcome::Judged,
                vec![statement(Level::Deny, Moment::Change(1))],
            )
        };
        let valid = Verdict::of(
            Evidence {
                waivers: vec![waiver(TODAY)],
                ..denied()
            },
            TODAY,
        );
        assert_eq!((valid.ruling, valid.waived.len()), (Ruling::Pass, 1));
        let expired = Verdict::of(
            Evidence {
                waivers: vec![waiver(date(2026, 11, 23))],
                ..denied()
            },
            TODAY,
        );
        assert_eq!(
            (expired.ruling, expired.expired_waivers.len()),
            (Ruling::Fail, 1)
        );
        let unused = Verdict::of(
            Evidence {
                waivers: vec![waiver(TODAY)],
                ..evidence(Outcome::Judged, vec![])
            },
            TODAY,
        );
        assert_eq!(unused.unused_waivers.len(), 1);
    }

    #[test]
    fn a_waiver_does_not_open_the_gate_for_a_policy_that_broke() {
        let mut evidence = evidence(
            Outcome::Broke {
                reason: "trap".into(),
            },
            vec![],
        );
        evidence.waivers.push(waiver(TODAY));
        assert_eq!(ruling(evidence), Ruling::Unknown);
    }

    #[test]
    fn findings_come_sorted_and_once() {
        let (deny, info) = (
            statement(Level::Deny, Moment::Change(1)),
            statement(Level::Info, Moment::Change(1)),
        );
        let verdict = Verdict::of(
            evidence(
                Outcome::Judged,
                vec![info.clone(), deny.clone(), info.clone()],
            ),
            TODAY,
        );
        assert_eq!(verdict.findings, [deny, info]);
    }
}
