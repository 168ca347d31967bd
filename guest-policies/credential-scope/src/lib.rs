//! The credential that each v2 object will use exists, is beside it, and is of the subscription of its Azure resource.
//!
//! [`credentials`] finds the credential of an object and its subscription, [`home`] the subscription that v1 has the resource
//! in; [`rules`] judges, and [`say`] holds the texts.

mod credentials;
mod home;
mod rules;
mod say;

use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct CredentialScope;

const CODES: &[Code] = &[
    Code::deny(
        "subscription-mismatch",
        "the credential of an object is of another subscription than its resource",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "missing-credential",
        "the credential of an object does not exist or is not complete",
    ),
    Code::deny(
        "cross-namespace",
        "an object names a credential in another namespace",
    ),
];

impl Policy for CredentialScope {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "credential-scope",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("every v2 object has a credential, and it is of the right subscription")
        .codes(CODES)
        .steps(&["lint", "import", "adopt"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = home::reads();
        selectors.extend(credentials::reads());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        rules::judge(input)
    }
}

asogate_policy::export!(CredentialScope);
