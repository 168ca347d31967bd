//! Before a rollback v1 is still installed and running, its Secrets hold what it needs, and nothing is lost unseen when it writes
//! again.
//!
//! [`releases`] finds the v1 objects that the plan lets v1 write again, [`operator`] looks whether v1 is there to do it, [`secrets`]
//! at what it needs of its Secrets, [`tags`] and [`firewall`] at what its first write takes away, [`older`] at what it turns back.

mod firewall;
mod older;
mod operator;
mod releases;
mod secrets;
mod tags;

use asogate_aso::rows::Both;
use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct RollbackPossible;

const CODES: &[Code] = &[
    Code::deny(
        "v1-not-running",
        "v1 is to manage objects again, and no v1 operator is running",
    ),
    Code::deny(
        "v1-crd-absent",
        "v1 is to manage objects of a kind whose definition is not there",
    ),
    Code::deny(
        "secret-lost",
        "the Secret that v1 wrote for an object is gone, or lacks what v1 made up",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "password-rotated",
        "v2 uses another password than v1 has in its Secret",
    ),
    Code::deny(
        "v1-would-crash",
        "v1 crashes on this object, and stays down for all kinds",
    ),
    Code::warn(
        "tags-lost",
        "v1 writes a resource group without tags, and Azure drops those that it has",
    ),
    Code::warn(
        "firewall-opened",
        "v1 opens the firewall of a namespace of Event Hubs when it claims it again",
    ),
    Code::warn(
        "older-values",
        "v1 writes a value over another one that v2 has",
    )
    .or(&[Level::Deny]),
    Code::deny(
        "other-operator",
        "an object belongs to a v1 operator in a namespace in which none runs",
    ),
];

impl Policy for RollbackPossible {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "rollback-possible",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("before a rollback v1 is installed and running, and its Secrets are unchanged")
        .codes(CODES)
        .steps(&["rollback"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let of_v1 = [
            &secrets::V1_COLUMNS[..],
            &[firewall::NETWORK_RULE, operator::CLAIMED_BY],
            &older::V1_COLUMNS,
        ]
        .concat();
        let of_v2 = [&secrets::V2_COLUMNS[..], &older::V2_COLUMNS].concat();
        let mut selectors = Both::selectors(&of_v1, &of_v2);
        selectors.extend([secrets::reads(), operator::reads(), tags::reads()]);
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let both = Both::new(input)?;
        let releases = releases::releases(input, &both);
        if releases.is_empty() {
            return Ok(vec![]);
        }
        let twins = releases::Twins::new(input, &both);
        let mut findings = operator::judge(input, &both, &releases)?;
        findings.extend(secrets::judge(input, &both, &twins, &releases)?);
        findings.extend(tags::judge(input, &both, &twins, &releases)?);
        findings.extend(firewall::judge(&both, &releases)?);
        findings.extend(older::judge(input, &both, &twins, &releases)?);
        Ok(findings)
    }
}

asogate_policy::export!(RollbackPossible);
