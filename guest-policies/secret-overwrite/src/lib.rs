//! No exported Secret or ConfigMap lands on one that its v2 object does not own by uid, on a name that v1 would write, on
//! one that another v2 object writes, or on an operator's own Secret.
//!
//! [`exports`] reads what v2 objects export, [`names`] knows which names Kubernetes allows, [`writers`] which names v1 and
//! the operators use, [`members`] keeps everybody who has to do with one destination together, and [`places`] judges the
//! destinations while the plan runs. [`findings`] holds the texts.

mod exports;
mod findings;
mod members;
mod names;
mod places;
mod writers;

use asogate_policy::{Code, Finding, Input, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct SecretOverwrite;

const CODES: &[Code] = &[
    Code::deny(
        "not-owned",
        "an object exports to a Secret or ConfigMap that exists and that it does not own",
    ),
    Code::deny(
        "v1-name",
        "an object exports to a Secret that v1 writes, or would write after a rollback",
    ),
    Code::deny(
        "shared-destination",
        "two objects export to one Secret or ConfigMap",
    ),
    Code::deny(
        "reserved-name",
        "an object exports to a Secret that an operator uses itself",
    ),
    Code::deny(
        "illegal-destination",
        "an object exports to a name or key that cannot be written",
    ),
];

impl Policy for SecretOverwrite {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "secret-overwrite",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("exported Secrets and ConfigMaps overwrite nothing and are written by one object")
        .codes(CODES)
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = exports::reads();
        selectors.extend(members::reads());
        selectors.push(places::reads());
        selectors.extend(writers::reads());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        places::judge(input)
    }
}

asogate_policy::export!(SecretOverwrite);
