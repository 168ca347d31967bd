//! The owner of a v2 object resolves to the right kind in the same namespace, or is a valid ARM id; what can be written
//! once is right the first time.
//!
//! [`objects`] reads v2 objects and finds owners, [`resolve`] judges what `spec.owner` says, [`write_once`] what a change
//! does to an object that v2 has claimed, [`claimed`] where v2 believes a claimed object to be; [`say`] holds the texts.

mod claimed;
mod objects;
mod resolve;
mod say;
mod write_once;

use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct Owner;

const CODES: &[Code] = &[
    Code::deny("unresolved", "the owner of an object is not there").or(&[Level::Warn]),
    Code::deny(
        "wrong-kind",
        "the owner of an object is of a kind that cannot own it",
    ),
    Code::deny(
        "both-name-and-armid",
        "an owner is given by name and by ARM id, of which only one is allowed",
    ),
    Code::deny(
        "azure-name-changed",
        "the plan changes the name in Azure of an object that v2 has claimed",
    ),
    Code::deny(
        "owner-changed",
        "the plan changes the owner of an object that v2 has claimed",
    ),
    Code::deny(
        "foreign-resource-id",
        "v2 believes a claimed object to be another Azure resource than its owner and name say",
    ),
];

impl Policy for Owner {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "owner",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("owners resolve to the right kind in the same namespace, and write-once fields do not change")
        .codes(CODES)
        .steps(&["import", "adopt", "lint"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        vec![objects::reads()]
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let objects = objects::Objects::new(input)?;
        let mut found = resolve::judge(&objects);
        found.extend(write_once::judge(&objects));
        found.extend(claimed::judge(&objects));
        Ok(found)
    }
}

asogate_policy::export!(Owner);
