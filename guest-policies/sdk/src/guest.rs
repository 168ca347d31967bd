//! The border: the generated bindings, and the conversions between them and the types of this crate. They appear nowhere
//! else.

use crate::finding::{Finding, Level, Moment, Remedy};
use crate::manifest::{Code, Manifest};
use crate::selector::Selector;
use crate::{Input, Policy};

#[doc(hidden)]
#[allow(
    unsafe_code,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "generated code"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "policy-world",
        pub_export_macro: true,
    });
}

pub(crate) use bindings::asogate::policy::types;
pub(crate) use bindings::exports::asogate::policy::policy::Guest;

/// A policy as a component exports it.
#[derive(Debug)]
pub struct Exported<P>(std::marker::PhantomData<P>);

impl<P: Policy> Guest for Exported<P> {
    fn describe() -> types::Manifest {
        manifest(&P::manifest())
    }

    fn reads(settings: String) -> Result<Vec<types::Selector>, String> {
        let settings = parse_settings::<P>(&settings)?;
        Ok(P::reads(&settings).into_iter().map(selector).collect())
    }

    fn evaluate(data: types::Input, settings: String) -> Result<Vec<types::Finding>, String> {
        let settings = parse_settings::<P>(&settings)?;
        let input = Input::new(data, &P::reads(&settings))?;
        let findings = P::evaluate(&input, &settings)?;
        // Its memory is used again for the findings as they cross the border.
        drop(input);
        findings.into_iter().map(finding).collect()
    }
}

pub(crate) fn parse_settings<P: Policy>(text: &str) -> Result<P::Settings, String> {
    if text.trim().is_empty() {
        return Ok(P::Settings::default());
    }
    serde_json::from_str(text).map_err(|error| format!("could not read the settings: {error}"))
}

fn level(level: Level) -> types::Level {
    match level {
        Level::Deny => types::Level::Deny,
        Level::Warn => types::Level::Warn,
        Level::Info => types::Level::Info,
    }
}

fn code(code: &Code, manifest: &Manifest) -> types::Code {
    let mut levels = vec![level(code.default_level)];
    let others = code
        .other_levels
        .iter()
        .filter(|other| **other != code.default_level);
    levels.extend(others.map(|other| level(*other)));
    types::Code {
        name: code.name.into(),
        default_level: level(code.default_level),
        levels,
        summary: code.summary.into(),
        explanation: manifest
            .explanation(code.name)
            .unwrap_or(code.summary)
            .into(),
    }
}

fn manifest(manifest: &Manifest) -> types::Manifest {
    types::Manifest {
        id: manifest.id.into(),
        version: manifest.version.into(),
        summary: manifest.summary.into(),
        codes: manifest
            .codes
            .iter()
            .map(|known| code(known, manifest))
            .collect(),
        steps: manifest.steps.iter().map(|step| (*step).into()).collect(),
        settings_schema: manifest.settings_schema.into(),
    }
}

fn selector(selector: Selector) -> types::Selector {
    match selector {
        Selector::Objects {
            table,
            group,
            kind,
            columns,
        } => types::Selector::Objects(types::ObjectSelector {
            table,
            group,
            kind,
            columns,
        }),
        Selector::Relation {
            table,
            relation,
            columns,
        } => types::Selector::Relation(types::RelationSelector {
            table,
            relation: relation.name().into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }),
    }
}

fn finding(finding: Finding) -> Result<types::Finding, String> {
    let moment = match finding.moment {
        Some(Moment::Change(number)) => types::Moment::Change(number),
        Some(Moment::Standing) => types::Moment::Standing,
        Some(Moment::Mended) => types::Moment::Mended,
        None => {
            return Err(format!(
                "a finding `{}` does not say when it is true",
                finding.code
            ));
        }
    };
    let remedies = finding.remedies.into_iter().map(|remedy| match remedy {
        Remedy::Command(text) => types::Remedy::Command(text),
        Remedy::Edit(text) => types::Remedy::Edit(text),
        Remedy::Advice(text) => types::Remedy::Advice(text),
    });
    Ok(types::Finding {
        code: finding.code.into(),
        level: finding.level.map(level),
        object: finding.object.map(|object| object.0),
        moment,
        column: finding.column,
        message: finding.message,
        why: finding.why,
        remedies: remedies.collect(),
        related: finding.related.into_iter().map(|object| object.0).collect(),
        extra: vec![],
    })
}
