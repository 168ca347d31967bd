//! Nothing is in flight when v1 is paused; a v2 object is ready before it takes over, before more are adopted beside it, and before
//! its v1 twin goes.
//!
//! [`in_flight`] looks at v1 objects that are paused, [`takeover`] at v2 objects that are adopted and at the twins of v1 objects
//! that go; [`ready`] reads the condition of a v2 object, and [`operator`] tells whether anybody keeps it up to date.

mod in_flight;
mod operator;
mod ready;
mod takeover;

use asogate_aso::rows::Both;
use asogate_policy::{Code, Finding, Input, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct Health;

const CODES: &[Code] = &[
    Code::deny(
        "in-flight",
        "v1 is paused while something that it started in Azure has not ended",
    ),
    Code::deny(
        "not-ready",
        "v2 says that all is not well with an object on which the step relies",
    ),
    Code::deny(
        "not-observed",
        "v2 has never said anything about an object on which the step relies",
    ),
    Code::deny(
        "azure-not-found",
        "v2 does not find the resource of an object in Azure, and would create a new one",
    ),
    Code::deny(
        "not-adopted",
        "a v1 object goes while v2 does not manage its resource yet",
    ),
    Code::deny(
        "other-operator",
        "an object on which the step relies belongs to a v2 operator that is not there, and the one that runs passes over it",
    ),
    Code::deny(
        "operator-not-running",
        "the step relies on v2, and no v2 operator is running",
    ),
];

impl Policy for Health {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "health",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("nothing is in flight when v1 is paused, and v2 is ready before it takes over")
        .codes(CODES)
        .steps(&["pause-v1", "import", "adopt", "swap", "rollback", "cleanup"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = Both::selectors(&in_flight::COLUMNS, &ready::FURTHER);
        selectors.push(ready::reads());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let both = Both::new(input)?;
        let mut findings = in_flight::judge(input, &both.v1)?;
        findings.extend(takeover::judge(input, &both)?);
        findings.extend(operator::judge(input, &both)?);
        Ok(findings)
    }
}

asogate_policy::export!(Health);
