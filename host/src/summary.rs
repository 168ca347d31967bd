//! A plan in numbers, and for `swap` in terms of the workloads that it changes.

use crate::steps::swap::{Refusal, Replacement};
use asogate_core::plan::Plan;
use asogate_core::simulate::{Cause, Operation, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;

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
}
