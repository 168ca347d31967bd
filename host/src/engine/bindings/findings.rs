//! What a policy found, checked against what it declared and what it was shown.

use super::Level;
use super::text::unfit;
use crate::engine::limits;
use crate::engine::manifest::Manifest;
use asogate_core::finding;
use asogate_core::input::PolicyInput;
use asogate_core::object::ObjectId;
use wasmtime::component::{ComponentType, Lift};

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(in crate::engine) enum Moment {
    #[component(name = "change")]
    Change(u32),
    #[component(name = "standing")]
    Standing,
    #[component(name = "mended")]
    Mended,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(in crate::engine) enum Remedy {
    #[component(name = "command")]
    Command(String),
    #[component(name = "edit")]
    Edit(String),
    #[component(name = "advice")]
    Advice(String),
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(in crate::engine) struct Finding {
    code: String,
    level: Option<Level>,
    object: Option<u32>,
    moment: Moment,
    column: Option<String>,
    message: String,
    why: String,
    remedies: Vec<Remedy>,
    related: Vec<u32>,
    extra: Vec<(String, String)>,
}

/// The findings as core types, or the first thing that is wrong with them.
pub(in crate::engine) fn answer(
    given: Vec<Finding>,
    manifest: &Manifest,
    input: &PolicyInput<'_>,
) -> Result<Vec<finding::Finding>, String> {
    if given.len() > limits::FINDINGS {
        return Err(format!(
            "returned {} findings; the limit is {}",
            given.len(),
            limits::FINDINGS
        ));
    }
    let convert = |(index, given)| {
        convert(given, manifest, input).map_err(|why| format!("finding {}: {why}", index + 1))
    };
    given.into_iter().enumerate().map(convert).collect()
}

fn convert(
    given: Finding,
    manifest: &Manifest,
    input: &PolicyInput<'_>,
) -> Result<finding::Finding, String> {
    let code = manifest.code(&given.code).ok_or_else(|| {
        format!(
            "the code `{}` is not declared",
            super::shown(&given.code, limits::NAME_BYTES)
        )
    })?;
    let level = given.level.map_or(code.default_level, finding::Level::from);
    if !code.levels.contains(&level) {
        return Err(format!(
            "the level `{level}` is not declared for the code `{}`",
            code.name
        ));
    }
    let moment = match given.moment {
        Moment::Change(number) if number == 0 || number as usize > input.changes.len() => {
            return Err(format!(
                "change {number} does not exist; the plan has {}",
                input.changes.len()
            ));
        }
        Moment::Change(number) => finding::Moment::Change(number),
        Moment::Standing => finding::Moment::Standing,
        Moment::Mended => finding::Moment::Mended,
    };
    if let Some(column) = &given.column {
        fit("column", column, limits::NAME_BYTES)?;
    }
    fit("message", &given.message, limits::LINE_BYTES)?;
    fit("why", &given.why, limits::LINE_BYTES)?;
    at_most("remedies", given.remedies.len(), limits::REMEDIES)?;
    at_most("related objects", given.related.len(), limits::RELATED)?;
    at_most("extra pairs", given.extra.len(), limits::EXTRA)?;
    Ok(finding::Finding {
        code: finding::Code {
            policy: manifest.id.clone(),
            code: given.code,
        },
        level,
        object: given
            .object
            .map(|number| object(number, input))
            .transpose()?,
        moment,
        column: given.column,
        message: given.message,
        why: given.why,
        remedies: given
            .remedies
            .into_iter()
            .map(remedy)
            .collect::<Result<_, _>>()?,
        related: given
            .related
            .into_iter()
            .map(|number| object(number, input))
            .collect::<Result<_, _>>()?,
        follows: given
            .extra
            .into_iter()
            .filter(|(name, _)| name == FOLLOWS)
            .map(|(_, value)| follows(value))
            .collect::<Result<_, _>>()?,
    })
}

/// The name in `extra` for the codes of findings from which one follows.
const FOLLOWS: &str = "follows";

fn follows(value: String) -> Result<finding::Code, String> {
    fit("code it follows from", &value, limits::NAME_BYTES)?;
    finding::Code::try_from(value)
}

fn object(number: u32, input: &PolicyInput<'_>) -> Result<ObjectId, String> {
    ObjectId::from_number(number)
        .filter(|_| number as usize <= input.objects)
        .ok_or_else(|| {
            format!(
                "object {number} does not exist; there are {}, counted from 1",
                input.objects
            )
        })
}

fn remedy(given: Remedy) -> Result<finding::Remedy, String> {
    let (Remedy::Command(text) | Remedy::Edit(text) | Remedy::Advice(text)) = &given;
    fit("remedy", text, limits::LINE_BYTES)?;
    Ok(match given {
        Remedy::Command(text) => finding::Remedy::Command(text),
        Remedy::Edit(text) => finding::Remedy::Edit(text),
        Remedy::Advice(text) => finding::Remedy::Advice(text),
    })
}

fn fit(what: &str, text: &str, longest: usize) -> Result<(), String> {
    match unfit(text, longest) {
        Some(why) => Err(format!("the {what} {why}")),
        None => Ok(()),
    }
}

fn at_most(what: &str, count: usize, limit: usize) -> Result<(), String> {
    if count > limit {
        return Err(format!("it has {count} {what}; the limit is {limit}"));
    }
    Ok(())
}
