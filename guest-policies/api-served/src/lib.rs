//! cert-manager serves the API that both operators need; every API version that the plan writes is served by an established
//! definition that v2's pattern covers; and no object is written in an older version than the one in which it was applied.
//!
//! [`served`] knows what the cluster serves at every moment of the plan, [`pattern`] what v2 installs, [`written`] in which
//! versions objects were written, [`stored`] which v1 definitions depend on a conversion webhook; [`say`] holds the texts.

mod pattern;
mod say;
mod served;
mod stored;
mod written;

use asogate_policy::{
    Code, Finding, Input, Level, Manifest, NoSettings, Policy, Relation, Selector, Step,
};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct ApiServed;

const CODES: &[Code] = &[
    Code::deny(
        "cert-manager",
        "cert-manager does not serve `cert-manager.io/v1`",
    ),
    Code::deny(
        "crd-absent",
        "the kind of an object has no established definition",
    ),
    Code::deny(
        "version-not-served",
        "an object is written in an API version that is not served",
    ),
    Code::deny(
        "crd-pattern",
        "v2's pattern does not cover the kind of an object",
    )
    .or(&[Level::Warn]),
    Code::warn(
        "stored-versions",
        "a v1 definition has objects in several stored versions",
    ),
    Code::deny(
        "older-version",
        "an object is, or was, written in an older API version than it was applied in",
    ),
];

impl Policy for ApiServed {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "api-served",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary(
            "the cluster serves every API version that the plan writes, and none that loses fields",
        )
        .codes(CODES)
        .steps(&["pause-v1", "import", "adopt", "rollback", "cleanup"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = vec![
            Selector::relation(served::TABLE, Relation::ServedApis),
            Selector::relation(pattern::TABLE, Relation::OperatorSettings),
            stored::reads(),
        ];
        selectors.extend(written::reads());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let mut found = vec![];
        match input.step() {
            Step::PauseV1 | Step::Cleanup => found.extend(stored::judge(input)?),
            Step::Rollback => {
                found.extend(stored::judge(input)?);
                found.extend(served::judge(input)?);
            }
            _ => found.extend(served::judge(input)?),
        }
        found.extend(written::judge(input)?);
        Ok(found)
    }
}

asogate_policy::export!(ApiServed);
