//! v1 objects and v2 objects match one to one by the Azure resource that they stand for: nothing missing, doubled or
//! uninvited.
//!
//! [`claims`] knows which Azure resources v1 objects manage, [`objects`] which ones v2 objects do, at every moment of the
//! plan, and [`scope`] what an import is about. [`missing`], [`invited`] and [`doubles`] compare; [`say`] holds the texts.

mod claims;
mod doubles;
mod invited;
mod missing;
mod objects;
mod say;
mod scope;
mod subscriptions;
mod users;

use asogate_aso::rows::Ids;
use asogate_policy::{
    Code, Finding, Input, Level, Manifest, NoSettings, Policy, Relation, Selector, Step,
};
use std::rc::Rc;

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct ImportCoverage;

const CODES: &[Code] = &[
    Code::deny("missing", "no v2 object stands for what a v1 object manages").or(&[Level::Warn]),
    Code::deny("duplicate", "two v2 objects stand for one Azure resource"),
    Code::deny("extra", "an object brings an Azure resource that v1 does not manage")
        .or(&[Level::Warn]),
    Code::info(
        "extra-child",
        "an object brings a part of an Azure resource that v1 manages, but not this part",
    ),
    Code::deny(
        "ambiguous",
        "it is not known which Azure resource an object stands for, or two v1 objects stand for one",
    )
    .or(&[Level::Warn]),
];

impl Policy for ImportCoverage {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "import-coverage",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("v1 and v2 objects match one to one by the Azure resource that they stand for")
        .codes(CODES)
        .steps(&["import", "cleanup", "lint"])
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = claims::reads();
        selectors.push(objects::reads());
        selectors.push(Selector::relation(
            subscriptions::TABLE,
            Relation::OperatorSettings,
        ));
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let subscriptions = subscriptions::Subscriptions::new(input)?;
        let ids = Rc::new(Ids::new(input));
        let claims = claims::V1::new(input, ids.clone(), &subscriptions)?;
        let objects = objects::V2::new(input, ids, &subscriptions, claims.subscription())?;
        if input.step() == Step::Cleanup {
            return Ok(missing::at_cleanup(input, &claims, &objects));
        }
        let mut walk = objects::Walk::new(input, &objects);
        let mut found = doubles::along(input, &mut walk);
        // From here on `walk` stands at the end of the plan.
        let ledger = claims.ledger(input.after_all());
        let scope = scope::Scope::new(input, &objects);
        found.extend(doubles::of_v1(&ledger, &scope));
        found.extend(missing::at_import(&ledger, &walk, &scope));
        // Files alone show nothing of v1, unless its manifests are among them.
        if input.step() != Step::Lint || !ledger.is_empty() {
            found.extend(invited::judge(input, &ledger, &walk));
        }
        Ok(found)
    }
}

asogate_policy::export!(ImportCoverage);
