//! One plan, judged on a cluster that was read before: the part of the pipeline that the gate and the status board share.

use crate::azure::Resources;
use crate::collect::manifest::Manifest;
use crate::naming::Naming;
use crate::panel::{Panel, Told};
use asogate_core::finding::{Code, Level};
use asogate_core::object::ObjectId;
use asogate_core::plan::{Plan, Step};
use asogate_core::projection::Projection;
use asogate_core::simulate::{Finalizers, Outcome, simulate};
use asogate_core::snapshot::Snapshot;
use asogate_core::statement::{Statement, render};
use asogate_core::verdict::{Evidence, Verdict};
use asogate_core::waiver::Waiver;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What a judgement depends on besides the plan, the cluster and the policies.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Objects of the import files, for positions in them.
    pub manifests: &'a [Manifest],
    /// Levels that codes get instead of the policy's.
    pub levels: &'a BTreeMap<Code, Level>,
    /// Accepted findings.
    pub waivers: &'a [Waiver],
    /// The day, on which only the waivers' expiry depends.
    pub today: Date,
}

/// A verdict on one plan, and what the plan does.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The verdict.
    pub verdict: Verdict,
    /// Everything that happens, in order: the moment of a finding names one of the effects by its number.
    pub outcome: Outcome,
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The step; none for files alone.
    pub step: Option<Step>,
    /// The objects that it was asked for, for a step that may leave some of them as they are.
    pub concerned: &'a [ObjectId],
}

/// Judges a plan. `beside` is evidence from elsewhere that goes into the same verdict; `missing` gives what could not be determined apart from the policies, and is shown what they found.
pub fn weigh(
    plan: &Plan,
    snapshot: &Snapshot,
    asked: Asked<'_>,
    panel: &Panel,
    rules: &Rules<'_>,
    beside: Evidence,
    missing: impl FnOnce(&[Statement]) -> Vec<String>,
) -> Weighed {
    let outcome = simulate(snapshot, plan, Finalizers::Act);
    let conflicts = outcome.conflicts.iter();
    let mut undetermined: Vec<String> = conflicts
        .map(|(_, conflict)| conflict.to_string())
        .collect();
    let mut evidence = Evidence {
        step: asked.step,
        waivers: rules.waivers.to_vec(),
        strict_waivers: beside.strict_waivers,
        ..Evidence::default()
    };
    match Projection::new(snapshot, plan, outcome.clone()) {
        Ok(projection) => {
            let naming = Naming::new(&projection, plan, rules.manifests);
            let notes = naming.notes(&projection.outcome().effects);
            let told = Told {
                selected: asked.concerned,
                notes: &notes,
            };
            let opinions = panel.judge_told(&projection, asked.step, snapshot.coverage(), told);
            for mut opinion in opinions {
                let statements: Result<Vec<Statement>, _> = opinion
                    .findings
                    .iter()
                    .map(|finding| render(finding, &naming))
                    .collect();
                match statements {
                    Ok(statements) => evidence.statements.extend(statements),
                    Err(error) => opinion.broke(error.to_string()),
                }
                evidence.policies.push(opinion.result);
            }
        }
        Err(error) => undetermined.push(error.to_string()),
    }
    evidence.statements.extend(beside.statements);
    evidence.policies.extend(beside.policies);
    undetermined.extend(beside.undetermined);
    let resources = Resources::new(snapshot, plan);
    for statement in &mut evidence.statements {
        let subject = statement.subject.as_ref();
        statement.stands_for = subject.and_then(|key| resources.of(key));
        if let Some(level) = rules.levels.get(&statement.code) {
            statement.level = *level;
        }
    }
    undetermined.splice(0..0, missing(&evidence.statements));
    evidence.undetermined = undetermined;
    Weighed {
        verdict: Verdict::of(evidence, rules.today),
        outcome,
    }
}
