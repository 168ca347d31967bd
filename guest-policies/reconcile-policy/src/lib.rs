//! Imported v2 objects carry the literal policy `skip`, and deleting a v2 object reaches Azure only when that is meant.
//!
//! [`objects`] reads v2 objects and the policy that v2 follows for them, [`values`] judges what the annotations say,
//! [`deletes`] what goes while v2 would delete in Azure, [`doomed`] what will go because its owners do.

mod deletes;
mod doomed;
mod objects;
mod values;

use asogate_policy::{Code, Finding, Input, Manifest, NoSettings, ObjectId, Policy, Selector};
use std::collections::BTreeSet;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct ReconcilePolicy;

/// What a person types to put an object under `skip`.
const ANNOTATE: &str = "kubectl annotate -n {namespace} {versioned-resource} {name} serviceoperator.azure.com/reconcile-policy=skip --overwrite";

const CODES: &[Code] = &[
    Code::deny(
        "missing",
        "an imported object does not carry the policy `skip`, and v2 would write to Azure",
    ),
    Code::deny(
        "unknown-value",
        "a policy has a value that v2 does not know and passes over without a word",
    ),
    Code::deny(
        "inherited-only",
        "an imported object is under `skip` only because its namespace or the operator says so",
    ),
    Code::deny(
        "delete-reaches-azure",
        "an object is deleted, or goes with another one, and v2 deletes its resource in Azure",
    ),
    Code::warn(
        "taken-back",
        "an import puts an object that v2 manages back under `skip`",
    ),
];

impl Policy for ReconcilePolicy {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "reconcile-policy",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("imported v2 objects carry `skip`, and a delete reaches Azure only when meant")
        .codes(CODES)
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        objects::reads()
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let objects = objects::Objects::new(input)?;
        let mut findings = deletes::judge(&objects);
        let known: BTreeSet<ObjectId> = findings.iter().filter_map(Finding::object).collect();
        let further = doomed::judge(&objects).into_iter();
        let is_new =
            |found: &Finding| !found.object().is_some_and(|object| known.contains(&object));
        findings.extend(further.filter(is_new));
        let told = findings.iter().filter_map(Finding::object).collect();
        findings.extend(values::judge(&objects, &told));
        Ok(findings)
    }
}

asogate_policy::export!(ReconcilePolicy);
