//! No Azure resource is managed by v1 and v2, or by two v2 objects, at once: before the plan, after it, and after every change
//! of it.
//!
//! [`writers`] knows which objects write to Azure and to what, [`groups`] keeps everybody who writes to one resource together
//! while the plan runs, [`adopting`] looks at what a release from `skip` really does; [`say`] holds the texts.

mod adopting;
mod groups;
mod say;
mod writers;

use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct SingleWriter;

const CODES: &[Code] = &[
    Code::deny(
        "two-writers",
        "two objects manage one Azure resource, and the last one that writes wins",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "adopt-before-pause",
        "v2 starts to manage an Azure resource while v1 still does",
    ),
    Code::deny(
        "rollback-order",
        "v1 starts to manage an Azure resource again while v2 still does",
    ),
    Code::deny(
        "unidentified",
        "an object manages something in Azure, and which resource that is cannot be told",
    ),
    Code::warn(
        "managed-before",
        "v2 has written the resource of this object before, although it is under `skip` now",
    ),
    Code::warn(
        "skip-elsewhere",
        "the object is released, but its namespace or the operator's default still says `skip`",
    ),
    Code::warn(
        "doubled",
        "an object is adopted, and another v2 object for the same resource stays under `skip`",
    ),
];

impl Policy for SingleWriter {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "single-writer",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("no Azure resource has two managers at once, at any moment of the plan")
        .codes(CODES)
        .steps(&["pause-v1", "import", "adopt", "swap", "rollback", "cleanup"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        writers::reads()
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let writers = writers::Writers::new(input)?;
        if !writers.concerns_the_plan() {
            // Where the step finds nothing to do, it may have been asked for what stays under a `skip` of somebody else.
            return Ok(adopting::judge(&writers));
        }
        let mut findings = groups::judge(&writers)?;
        findings.extend(adopting::judge(&writers));
        Ok(findings)
    }
}

asogate_policy::export!(SingleWriter);
