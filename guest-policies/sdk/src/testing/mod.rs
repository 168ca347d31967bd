//! Runs a policy natively on cases that are files.
//!
//! A policy crate has one test, and adding a case adds no Rust:
//!
//! ```ignore
//! #[test]
//! fn cases() {
//!     asogate_policy::testing::check::<MyPolicy>(env!("CARGO_MANIFEST_DIR"));
//! }
//! ```
//!
//! A case is a folder `cases/<sentence>/` with
//!
//! - `cluster.yaml` (optional): the objects of the cluster, as documents or as a `List`. Only the fields that matter need
//!   be there: an object without a uid gets one, and an owner reference without a uid gets that of the object it names.
//! - `plan.yaml`: the step and its changes (short forms: see below), or
//!   `import.yaml`: manifests; each is created, or merged into the object if it exists; the step is `import`
//!   unless `plan.yaml` names another one.
//! - `settings.yaml` (optional): the policy's settings.
//! - `coverage.yaml` (optional): what was not read completely, a list of `{kind: Secret, state: forbidden, reason: …}`
//!   (states as in [`asogate_core::coverage::Coverage`]). Without it everything was read.
//! - `expected.yaml`: the findings; `[]` for a near miss; `declined: …` if the policy cannot answer. `BLESS=1` writes it.
//!
//! The first file of the case (in this order) starts with a comment that says why the case matters.
//!
//! Changes of `plan.yaml` are written like this, or as in a plan file ([`asogate_core::change::Change`]):
//!
//! ```yaml
//! step: cleanup            # or `lint`: then the policy knows of no step and no cluster
//! selected: [Deployment.apps shop/web]              # what the step was asked for; only `swap` says so
//! changes:
//! - delete: StorageAccount.azure.microsoft.com shop/media
//!   propagation: orphan    # background (default), foreground, orphan
//! - annotate: StorageAccount.azure.microsoft.com shop/media
//!   with: {skipreconcile: "true", other: null}      # null removes
//! - label: Namespace shop
//!   with: {team: shop}
//! - patch: StorageAccount.azure.microsoft.com shop/media
//!   merge: {spec: {sku: {name: Standard_LRS}}}
//! - create: {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
//!   yaml11: [[spec.enabled, "yes", "true"]]         # path, as written, as kubectl reads it
//! ```

mod case;
mod expected;
mod plan;
mod text;

use crate::Policy;
use crate::guest::Exported;
use crate::guest::Guest;
use asogate_core::selector::SettingsRules;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Checks a policy against all its cases, with no knowledge of operators; see [`Suite`].
///
/// # Panics
///
/// As [`Suite::check`].
pub fn check<P: Policy>(crate_dir: impl AsRef<Path>) {
    Suite::<P>::new(crate_dir).check();
}

/// The cases of one policy.
#[derive(Debug)]
pub struct Suite<P> {
    crate_dir: PathBuf,
    operators: SettingsRules,
    policy: std::marker::PhantomData<P>,
}

impl<P: Policy> Suite<P> {
    /// The cases below `<crate_dir>/cases`.
    pub fn new(crate_dir: impl AsRef<Path>) -> Suite<P> {
        Suite {
            crate_dir: crate_dir.as_ref().to_owned(),
            operators: SettingsRules::default(),
            policy: std::marker::PhantomData,
        }
    }

    /// Where the settings of operators stand, for policies that read the relation `operator-settings`.
    #[must_use]
    pub fn operators(mut self, operators: SettingsRules) -> Suite<P> {
        self.operators = operators;
        self
    }

    /// Runs every case and compares; then checks that every declared code is found by a case, that every code has a
    /// heading in the README and every heading that looks like a code is one, and that levels are declared ones.
    ///
    /// # Panics
    ///
    /// With everything that is wrong.
    pub fn check(&self) {
        let wrong = self.wrongs();
        #[expect(clippy::panic, reason = "this is how a test fails")]
        if !wrong.is_empty() {
            panic!("{}", wrong.join("\n\n"));
        }
    }

    fn wrongs(&self) -> Vec<String> {
        let manifest = Exported::<P>::describe();
        let mut wrong = Vec::new();
        let mut fired = BTreeSet::new();
        let cases = match case::folders(&self.crate_dir.join("cases")) {
            Ok(cases) => cases,
            Err(error) => return vec![error],
        };
        for folder in cases {
            match self.run(&folder) {
                Ok(codes) => fired.extend(codes),
                Err(error) => wrong.push(format!("case {}: {error}", folder.display())),
            }
        }
        for code in &manifest.codes {
            if !fired.contains(&code.name) {
                wrong.push(format!("no case finds the code `{}`", code.name));
            }
        }
        let declared: BTreeSet<&str> = manifest
            .codes
            .iter()
            .map(|code| code.name.as_str())
            .collect();
        let documented: BTreeSet<&str> = P::manifest().documented_codes().collect();
        for code in declared.difference(&documented) {
            wrong.push(format!("the README has no heading `## {code}`"));
        }
        for code in documented.difference(&declared) {
            wrong.push(format!(
                "the README has a heading `## {code}`, which is not a code"
            ));
        }
        wrong
    }

    /// Runs one case and gives the codes that it found.
    fn run(&self, folder: &Path) -> Result<Vec<String>, String> {
        let manifest = Exported::<P>::describe();
        let case = case::Case::read(folder)?;
        let step = case.step.map_or("lint", |step| step.name());
        if !manifest.steps.is_empty() && !manifest.steps.iter().any(|known| known == step) {
            return Err(format!("the policy does not apply to the step `{step}`"));
        }
        let answer = case.evaluate::<P>(&self.operators)?;
        if let expected::Answer::Judged(findings) = &answer {
            for finding in findings {
                let declared = manifest.codes.iter().any(|code| {
                    code.name == finding.code
                        && code
                            .levels
                            .iter()
                            .any(|level| expected::level(*level) == finding.level)
                });
                if !declared {
                    return Err(format!(
                        "the policy does not declare the code `{}` with the level `{}`",
                        finding.code, finding.level
                    ));
                }
            }
        }
        expected::compare(&folder.join("expected.yaml"), &answer)?;
        Ok(answer.codes())
    }
}
