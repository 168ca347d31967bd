//! What a policy says of itself, checked.

use super::Level;
use super::text::{is_kebab_case, unfit, unfit_lines};
use crate::engine::limits;
use crate::engine::manifest;
use crate::engine::settings::SettingsSchema;
use asogate_core::finding;
use asogate_core::plan::Step;
use std::collections::BTreeSet;
use wasmtime::component::{ComponentType, Lift};

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(in crate::engine) struct Code {
    name: String,
    #[component(name = "default-level")]
    default_level: Level,
    levels: Vec<Level>,
    summary: String,
    explanation: String,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(in crate::engine) struct Manifest {
    id: String,
    version: String,
    summary: String,
    codes: Vec<Code>,
    steps: Vec<String>,
    #[component(name = "settings-schema")]
    settings_schema: String,
}

/// The manifest as the host's type, or everything that is wrong with it.
pub(in crate::engine) fn manifest(given: Manifest) -> Result<manifest::Manifest, Vec<String>> {
    let mut wrong = Vec::new();
    if given.id.len() > limits::NAME_BYTES || !is_kebab_case(&given.id) {
        wrong.push(format!(
            "its id `{}` is not kebab-case (`skip-reconcile`)",
            super::shown(&given.id, limits::NAME_BYTES)
        ));
    }
    if given.version.len() > limits::NAME_BYTES || semver::Version::parse(&given.version).is_err() {
        wrong.push(format!(
            "its version `{}` is not a semantic version (`1.2.3`)",
            super::shown(&given.version, limits::NAME_BYTES)
        ));
    }
    if let Some(why) = unfit(&given.summary, limits::LINE_BYTES) {
        wrong.push(format!("its summary {why}"));
    }
    let codes = codes(given.codes, &mut wrong);
    let steps = steps(&given.steps, &mut wrong);
    let schema = SettingsSchema::parse(&given.settings_schema)
        .map_err(|why| wrong.push(format!("its settings schema {why}")))
        .ok();
    match schema {
        Some(settings) if wrong.is_empty() => Ok(manifest::Manifest {
            id: given.id,
            version: given.version,
            summary: given.summary,
            codes,
            steps,
            settings,
        }),
        _ => Err(wrong),
    }
}

fn codes(given: Vec<Code>, wrong: &mut Vec<String>) -> Vec<manifest::CodeInfo> {
    if given.is_empty() || given.len() > limits::CODES {
        wrong.push(format!(
            "it declares {} codes; a policy has 1 to {}",
            given.len(),
            limits::CODES
        ));
        return vec![];
    }
    let mut names = BTreeSet::new();
    let mut codes = Vec::new();
    for code in given {
        let name = super::shown(&code.name, limits::NAME_BYTES);
        if code.name.len() > limits::NAME_BYTES || !is_kebab_case(&code.name) {
            wrong.push(format!(
                "its code `{name}` is not kebab-case (`unprotected-delete`)"
            ));
        }
        if !names.insert(code.name.clone()) {
            wrong.push(format!("it declares the code `{name}` twice"));
        }
        let levels: BTreeSet<finding::Level> = code
            .levels
            .iter()
            .map(|level| finding::Level::from(*level))
            .collect();
        let default_level = finding::Level::from(code.default_level);
        if !levels.contains(&default_level) {
            wrong.push(format!(
                "its code `{name}` has the default level `{default_level}`, which is not among its levels"
            ));
        }
        if let Some(why) = unfit(&code.summary, limits::LINE_BYTES) {
            wrong.push(format!("the summary of its code `{name}` {why}"));
        }
        if let Some(why) = unfit_lines(&code.explanation, limits::EXPLANATION_BYTES) {
            wrong.push(format!("the explanation of its code `{name}` {why}"));
        }
        codes.push(manifest::CodeInfo {
            name: code.name,
            default_level,
            levels: levels.into_iter().collect(),
            summary: code.summary,
            explanation: code.explanation,
        });
    }
    codes
}

fn steps(given: &[String], wrong: &mut Vec<String>) -> manifest::Steps {
    let mut steps = manifest::Steps {
        all: given.is_empty(),
        lint: false,
        steps: vec![],
    };
    for name in given {
        match name.parse::<Step>() {
            _ if name == "lint" => steps.lint = true,
            Ok(step) => steps.steps.push(step),
            Err(_) => wrong.push(format!(
                "it names the step `{}`, which does not exist",
                super::shown(name, limits::NAME_BYTES)
            )),
        }
    }
    steps
}
