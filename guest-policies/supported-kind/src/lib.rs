//! v1 objects that nothing in v2 can take the place of are decided about by people, before they are deleted.
//!
//! [`objects`] finds them among the changes of the plan, [`say`] holds the texts.

mod objects;
mod say;

use asogate_policy::{Code, Finding, Input, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct SupportedKind;

const CODES: &[Code] = &[
    Code::deny(
        "no-successor",
        "no v2 object can stand for the Azure resource of a v1 object",
    ),
    Code::deny(
        "key-vault-secret",
        "v1 keeps what it knows of a resource in a Key Vault, which v2 cannot",
    ),
    Code::warn("split", "one v1 object becomes several v2 objects"),
];

impl Policy for SupportedKind {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "supported-kind",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary(
            "every v1 object has a successor in v2, or somebody has decided what becomes of it",
        )
        .codes(CODES)
        .steps(&["lint", "pause-v1", "import", "cleanup"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        objects::reads()
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        objects::judge(input)
    }
}

asogate_policy::export!(SupportedKind);
