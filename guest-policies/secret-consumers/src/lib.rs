//! What workloads read of v1's Secrets has a source in v2 before v2 takes over, and no Secret goes while somebody reads it.
//!
//! [`consumers`] knows who reads Secrets and who of them runs, [`owned`] which Secrets are v1's, [`exports`] what v2
//! objects export, [`sources`] where a key comes from in v2. [`missing`], [`swapped`] (with [`managed`]), [`collected`] and
//! [`orphans`] judge; [`say`] and [`say_swap`] hold the texts.

mod collected;
mod consumers;
mod exports;
mod managed;
mod missing;
mod orphans;
mod owned;
mod say;
mod say_swap;
mod sources;
mod swapped;

use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector, Step};
use asogate_twins::V2Objects;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct SecretConsumers;

const CODES: &[Code] = &[
    Code::deny(
        "unmapped-key",
        "a workload reads a key of a v1 Secret that v2 cannot give",
    )
    .or(&[Level::Warn, Level::Info]),
    Code::deny(
        "no-v2-source",
        "a workload reads a key that v2 could give, but nothing gives it",
    )
    .or(&[Level::Warn, Level::Info]),
    Code::deny(
        "not-swapped",
        "a workload goes on reading a Secret of v1 after the swap, though v2 gives what it reads",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "source-not-ready",
        "a workload is to read what v2 writes for an object that it does not manage yet, or not well",
    ),
    Code::warn(
        "value-differs",
        "a workload reads another value after the swap than before it",
    ),
    Code::deny(
        "consumed-secret-collected",
        "a Secret goes while somebody reads it",
    )
    .or(&[Level::Info]),
    Code::warn(
        "orphan-left",
        "a Secret of v1 stays behind when its object is gone",
    ),
];

impl Policy for SecretConsumers {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "secret-consumers",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("workloads lose no Secret, and every key that they read of v1 has a source in v2")
        .codes(CODES)
        .steps(&["import", "adopt", "swap", "rollback", "cleanup"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = consumers::reads();
        selectors.push(owned::reads());
        selectors.push(V2Objects::reads(managed::columns()));
        selectors.extend(exports::reads());
        selectors.push(sources::users());
        selectors.extend(swapped::reads());
        selectors.extend(managed::reads());
        selectors.extend(owned::secrets());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let consumers = consumers::Consumers::new(input)?;
        let owned = owned::Owned::new(input)?;
        let mut found = collected::judge(input, &consumers, &owned)?;
        found.extend(orphans::judge(input, &consumers, &owned));
        if matches!(input.step(), Step::Import | Step::Adopt | Step::Swap) {
            found.extend(missing::judge(input, &consumers, &owned)?);
        }
        if input.step() == Step::Swap {
            found.extend(swapped::judge(input, &consumers, &owned)?);
        }
        Ok(found)
    }
}

asogate_policy::export!(SecretConsumers);
