//! Manifests of v2 objects carry nothing that only the API server or the operator may write; names are legal; no object is
//! applied twice.
//!
//! [`owned`] knows the fields that are not for manifests, [`names`] which names Kubernetes allows, [`say`] holds the texts.

mod names;
mod owned;
mod say;

use asogate_policy::{
    Code, Finding, Input, Manifest, NoSettings, ObjectId, Operation, Policy, Relation, Selector,
};
use std::collections::HashMap;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct CleanManifest;

const CODES: &[Code] = &[
    Code::deny(
        "operator-owned-field",
        "a manifest carries what only the API server or the operator may write",
    ),
    Code::warn("status", "a manifest carries a status"),
    Code::deny(
        "illegal-name",
        "a manifest has a name that Kubernetes does not allow",
    ),
    Code::deny("duplicate", "two manifests are for one object"),
    Code::deny(
        "yaml11-scalar",
        "a manifest holds a plain value that other readers of YAML take for something else than kubectl",
    ),
];

impl Policy for CleanManifest {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "clean-manifest",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("manifests carry nothing that only the API server or the operator may write")
        .codes(CODES)
        .steps(&["import", "lint"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        vec![
            owned::reads(),
            Selector::relation(owned::OWNERS, Relation::OwnerReferences),
            Selector::objects(STATUS, "*.azure.com", "*", ["status.conditions[*].type"]),
        ]
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let fields = owned::Fields::new(input)?;
        let conditions = input.table(STATUS)?;
        let mut seen: HashMap<ObjectId, u32> = HashMap::new();
        let mut found = vec![];
        for transition in input.walk() {
            let change = transition.change;
            if !change.is_requested() {
                continue;
            }
            let at = |problem: Finding| problem.about(change.object).at(change.number);
            // Of every manifest: a Secret or ConfigMap beside the v2 objects is applied with them.
            let scalars = input.change_extra(change.number, "yaml11-scalar");
            found.extend(say::yaml11(scalars).map(at));
            let Some(row) = transition.added(fields.table).first() else {
                continue;
            };
            let is_new = change.operation == Operation::Create;
            let mut problems = vec![];
            if let Some(first) = seen.insert(change.object, change.number) {
                problems.push(say::duplicate(first, change.number));
            }
            problems.extend(say::owned(&fields.carried(&transition, row), is_new));
            if is_new {
                problems.extend(names::judge(fields.name(row)));
                let has_conditions = transition.added(conditions).first().is_some();
                if has_conditions || fields.has_status(row) {
                    problems.push(say::status());
                }
            }
            found.extend(problems.into_iter().map(at));
        }
        Ok(found)
    }
}

const STATUS: &str = "conditions";

asogate_policy::export!(CleanManifest);
