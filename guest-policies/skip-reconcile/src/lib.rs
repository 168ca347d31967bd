//! Nothing deletes a v1 object, directly or as a consequence, unless its own `skipreconcile` lower-cases to `true`.
//!
//! `objects` knows what a v1 object looks like at a moment of the plan and why it is not protected; `deletes` judges
//! what goes, `annotations` what only looks protected, `dependents` what is left unprotected below an object that goes,
//! `operator` whether v1 is there to act on the annotation at all, `kept` whether something else writes the objects too.

mod annotations;
mod deletes;
mod dependents;
mod kept;
mod objects;
mod operator;

use asogate_policy::{Code, Finding, Input, Level, Manifest, NoSettings, Policy, Selector};

/// The policy.
#[derive(Clone, Copy, Debug)]
pub struct SkipReconcile;

/// How `skipreconcile` is set, as remedies tell it. The full resource name, since some plurals exist in v2 too (FACTS 0.6).
const ANNOTATE: &str =
    "kubectl annotate -n {namespace} {resource} {name} skipreconcile=true --overwrite";

const CODES: &[Code] = &[
    Code::deny(
        "unprotected-delete",
        "the plan deletes a v1 object that nothing protects, so v1 deletes the Azure resource too",
    ),
    Code::deny(
        "unprotected-dependent",
        "a v1 object that nothing protects goes because another object is deleted",
    )
    .or(&[Level::Warn]),
    Code::deny(
        "not-true",
        "`skipreconcile` has a value that does not pause the object",
    ),
    Code::deny(
        "misspelt-key",
        "an annotation or label was probably meant to be `skipreconcile`",
    ),
    Code::deny(
        "removed-while-terminating",
        "an object is being deleted and nothing protects it at the moment when v1 acts",
    ),
    Code::warn(
        "operator-not-running",
        "no v1 operator runs that could act on the annotation",
    )
    .or(&[Level::Deny]),
    Code::warn(
        "not-watched",
        "the v1 operator does not watch the namespace of the object",
    )
    .or(&[Level::Deny]),
    Code::warn(
        "kept-elsewhere",
        "something else keeps the object as its manifest says, and may undo what the plan does",
    ),
];

impl Policy for SkipReconcile {
    type Settings = NoSettings;

    fn manifest() -> Manifest {
        Manifest::new(
            "skip-reconcile",
            env!("CARGO_PKG_VERSION"),
            include_str!("../README.md"),
        )
        .summary("nothing deletes a v1 object unless its own `skipreconcile` protects it")
        .codes(CODES)
    }

    fn reads(_: &NoSettings) -> Vec<Selector> {
        let mut selectors = objects::reads();
        selectors.push(operator::reads());
        selectors
    }

    fn evaluate(input: &Input, _: &NoSettings) -> Result<Vec<Finding>, String> {
        let objects = objects::Objects::new(input)?;
        let deletes = deletes::judge(&objects);
        let mut findings = annotations::judge(&objects, &deletes);
        findings.extend(deletes.findings);
        let told = findings.iter().filter_map(Finding::object).collect();
        findings.extend(dependents::judge(&objects, &told));
        findings.extend(operator::judge(&objects)?);
        findings.extend(kept::judge(&objects));
        Ok(findings)
    }
}

asogate_policy::export!(SkipReconcile);
