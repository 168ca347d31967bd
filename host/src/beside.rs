//! What is judged beside a step or files: runbooks, and the state of the waivers.

use crate::gate::{Case, Judgement, PlanSummary};
use crate::next;
use crate::runbook::{self, Examination};
use asogate_core::finding::{Code, Level};
use asogate_core::verdict::{Evidence, Outcome, PolicyResult, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a run asks beside its case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// What was found in runbooks, to be judged together with the case.
    pub runbook: Option<&'a Examination>,
    /// Whether a waiver that is expired or unused keeps the gate closed.
    pub strict_waivers: bool,
}

/// Runbooks, in numbers.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunbookSummary {
    /// The files, as the user named them.
    pub sources: Vec<String>,
    /// How many commands were looked at.
    pub commands: usize,
    /// Whether nothing else was judged.
    pub alone: bool,
}

/// Judges runbooks alone, with the levels and waivers of a case. Nothing is opened for a step.
pub fn judge_runbook(
    case: &Case<'_>,
    examination: &Examination,
    strict_waivers: bool,
) -> Judgement {
    let mut evidence = Evidence {
        waivers: case.waivers.to_vec(),
        strict_waivers,
        ..Evidence::default()
    };
    let beside = Beside {
        runbook: Some(examination),
        strict_waivers,
    };
    beside.add_to(&mut evidence);
    // There is nothing else that could have been looked at.
    evidence
        .policies
        .iter_mut()
        .for_each(|policy| policy.tables = 1);
    set_levels(&mut evidence, case.levels);
    let verdict = Verdict::of(evidence, case.today);
    Judgement {
        next: next::of_runbook(&verdict),
        verdict,
        plan: PlanSummary::default(),
        snapshot: None,
        runbook: Some(RunbookSummary::new(examination, true)),
        permit: None,
    }
}

/// Gives codes the levels of the configuration.
fn set_levels(evidence: &mut Evidence, levels: &BTreeMap<Code, Level>) {
    for statement in &mut evidence.statements {
        if let Some(level) = levels.get(&statement.code) {
            statement.level = *level;
        }
    }
}

impl Beside<'_> {
    /// Takes runbooks into the evidence, as if a policy had judged them. It looks at no object, so it makes up for no policy.
    pub(crate) fn add_to(&self, evidence: &mut Evidence) {
        let Some(examination) = self.runbook else {
            return;
        };
        evidence.policies.push(PolicyResult {
            policy: runbook::POLICY.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            digest: String::new(),
            tables: 0,
            outcome: Outcome::Judged,
        });
        let (statements, undetermined) = (&examination.statements, &examination.undetermined);
        evidence.statements.extend(statements.iter().cloned());
        evidence.undetermined.extend(undetermined.iter().cloned());
    }

    /// The runbooks, in numbers.
    pub(crate) fn summary(&self) -> Option<RunbookSummary> {
        let examination = self.runbook?;
        Some(RunbookSummary::new(examination, false))
    }
}

impl RunbookSummary {
    fn new(examination: &Examination, alone: bool) -> RunbookSummary {
        RunbookSummary {
            sources: examination.files.clone(),
            commands: examination.commands,
            alone,
        }
    }
}
