//! A plan changes at most so many objects, and none of a kind or namespace that an organisation has frozen. Off until the
//! settings say so: the policy then reads nothing and finds nothing.
//!
//! [`settings`] says what can be set, [`frozen`] finds what must not change.

mod frozen;
mod settings;

use asogate_policy::{Code, Finding, Input, Manifest, Policy, Selector, finding};
pub use settings::Settings;
use std::collections::BTreeSet;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct BlastRadius;

const CODES: &[Code] = &[
    Code::deny("too-many", "the plan changes more objects than are allowed"),
    Code::deny(
        "frozen",
        "the plan changes an object of a kind or namespace that is frozen",
    ),
];

impl Policy for BlastRadius {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest::new(
            "blast-radius",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("a plan stays small and leaves alone what is frozen")
        .codes(CODES)
        .settings_schema(settings::SCHEMA)
    }

    fn reads(settings: &Settings) -> Vec<Selector> {
        frozen::reads(settings)
    }

    fn evaluate(input: &Input, settings: &Settings) -> Result<Vec<Finding>, String> {
        let mut found = frozen::judge(input, settings)?;
        found.extend(
            settings
                .max_objects
                .and_then(|limit| too_many(input, limit)),
        );
        Ok(found)
    }
}

fn too_many(input: &Input, limit: u32) -> Option<Finding> {
    let mut objects = BTreeSet::new();
    let mut requested = BTreeSet::new();
    let mut beyond = None;
    for change in input.changes() {
        if change.is_requested() {
            requested.insert(change.object);
        }
        if objects.insert(change.object) && objects.len() as u64 > u64::from(limit) {
            beyond.get_or_insert(change.number);
        }
    }
    let consequences = objects.len() - requested.len();
    Some(
        finding("too-many")
            .at(beyond?)
            .message(format!(
                "the plan changes {} objects ({} requested, {consequences} as a consequence), but at most {limit} are allowed",
                objects.len(),
                requested.len()
            ))
            .why("what goes wrong with a plan goes wrong with all of it at once; a small one shows it on a few objects")
            .advice("select fewer objects (`-n NAMESPACE`, `-l LABEL`, or `KIND/NAME`), and take the step several times")
            .edit("or raise `maxObjects` in the settings of `blast-radius`, in `asogate.yaml`"),
    )
}

asogate_policy::export!(BlastRadius);
