//! Every object has a namespace that exists and that its operator watches, and a v2 object has that of the v1 object for the
//! same Azure resource.
//!
//! [`places`] knows which namespaces are there, [`watched`] which ones the operators watch, [`twins`] which v1 object stands
//! for the same Azure resource, [`rules`] what is wrong with the namespace of one object; [`say`] holds the texts.

mod places;
mod rules;
mod say;
mod twins;
mod watched;

use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct Namespace;

const CODES: &[Code] = &[
    Code::deny("unset", "a manifest says no namespace and none is given"),
    Code::deny(
        "default",
        "an object is created in the namespace `default` without need",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "absent",
        "an object is created in a namespace that is not there",
    ),
    Code::deny(
        "not-watched",
        "the operator does not watch the namespace of an object",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "differs-from-v1",
        "the v1 object for the same Azure resource is in another namespace",
    ),
];

impl Policy for Namespace {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "namespace",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("objects are in a namespace that exists, is watched, and is the one of v1")
        .codes(CODES)
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = twins::reads();
        selectors.extend(places::reads());
        selectors.extend(watched::reads());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        rules::judge(input)
    }
}

asogate_policy::export!(Namespace);
