//! The Secrets that v2 objects take passwords from exist, are not empty, hold what v1 held, and do not go with a v1 object.
//!
//! [`inputs`] reads where v2 objects name Secrets, [`secrets`] what those hold, [`former`] what v1 held for the same
//! resource; [`rules`] judges, and [`say`] holds the texts.

mod former;
mod inputs;
mod rules;
mod say;
mod secrets;

use asogate_policy::{Code, Finding, Input, Manifest, NoSettings, Policy, Relation, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct SecretSources;

const CODES: &[Code] = &[
    Code::deny(
        "missing-secret",
        "an object takes a value from a Secret that does not exist",
    ),
    Code::deny(
        "missing-key",
        "an object takes a value from a key that its Secret does not have",
    ),
    Code::deny("empty", "an object takes a value that is empty"),
    Code::deny(
        "differs-from-v1",
        "an object takes another value than v1 has for the resource",
    ),
    Code::deny(
        "owned-by-v1",
        "an object takes a value from a Secret that goes with a v1 object",
    ),
    Code::deny(
        "roles-lost",
        "a database user does not list a role that v1 gave it, and v2 would revoke it",
    ),
    Code::deny(
        "not-configured",
        "an object that needs a password names no Secret for it",
    ),
];

impl Policy for SecretSources {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "secret-sources",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("passwords that v2 objects need exist, equal those of v1, and stay")
        .codes(CODES)
        .steps(&["lint", "import", "adopt"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = inputs::reads();
        selectors.extend(former::reads());
        selectors.extend(secrets::reads());
        selectors.push(Selector::relation("owners", Relation::OwnerReferences));
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        rules::judge(input)
    }
}

asogate_policy::export!(SecretSources);
