//! What a case expects, and the comparison with what the policy said.

use super::text;
use crate::guest::types;
use asogate_core::object::ObjectId;
use asogate_core::projection::Projection;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// What a policy answered, as `expected.yaml` writes it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Judged(Vec<Finding>),
    Declined { declined: String },
}

/// One finding, placeholders replaced.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    pub(super) code: String,
    pub(super) level: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    moment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remedies: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    related: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows: Vec<String>,
}

pub(super) fn level(level: types::Level) -> &'static str {
    match level {
        types::Level::Deny => "deny",
        types::Level::Warn => "warn",
        types::Level::Info => "info",
    }
}

impl Answer {
    /// The findings in the order of subject, code and moment.
    pub(super) fn judged(
        findings: Vec<types::Finding>,
        manifest: &types::Manifest,
        projection: &Projection<'_>,
    ) -> Result<Answer, String> {
        let findings = findings
            .into_iter()
            .map(|finding| shown(finding, manifest, projection));
        let mut findings = findings.collect::<Result<Vec<Finding>, String>>()?;
        findings.sort_by(|one, other| {
            let order = |finding: &Finding| {
                (
                    finding.subject.clone(),
                    finding.code.clone(),
                    finding.moment.clone(),
                )
            };
            order(one).cmp(&order(other)).then_with(|| one.cmp(other))
        });
        Ok(Answer::Judged(findings))
    }

    pub(super) fn codes(&self) -> Vec<String> {
        match self {
            Answer::Judged(findings) => findings
                .iter()
                .map(|finding| finding.code.clone())
                .collect(),
            Answer::Declined { .. } => vec![],
        }
    }
}

fn shown(
    finding: types::Finding,
    manifest: &types::Manifest,
    projection: &Projection<'_>,
) -> Result<Finding, String> {
    let object = finding.object.and_then(ObjectId::from_number);
    let related: Vec<ObjectId> = finding
        .related
        .iter()
        .filter_map(|&id| ObjectId::from_number(id))
        .collect();
    let render = |text: &str| text::render(text, object, &related, projection);
    let name = |id: ObjectId| match projection.key(id) {
        Some(key) => Ok(key.to_string()),
        None => Err(format!(
            "a finding `{}` names an object that does not exist",
            finding.code
        )),
    };
    let default = manifest
        .codes
        .iter()
        .find(|code| code.name == finding.code)
        .map(|code| code.default_level);
    if finding.message.is_empty() {
        return Err(format!("a finding `{}` has no message", finding.code));
    }
    let remedies = finding.remedies.iter().map(|remedy| match remedy {
        types::Remedy::Command(text) => Ok(format!("$ {}", render(text)?)),
        types::Remedy::Edit(text) => Ok(format!("edit: {}", render(text)?)),
        types::Remedy::Advice(text) => render(text),
    });
    Ok(Finding {
        level: finding.level.or(default).map_or("undeclared", level).into(),
        subject: object.map(name).transpose()?,
        moment: match finding.moment {
            types::Moment::Change(number) => format!("change {number}"),
            types::Moment::Standing => "standing".into(),
            types::Moment::Mended => "mended".into(),
        },
        column: finding.column.clone(),
        message: render(&finding.message)?,
        why: render(&finding.why)?,
        remedies: remedies.collect::<Result<_, String>>()?,
        related: related
            .iter()
            .map(|&id| name(id))
            .collect::<Result<_, _>>()?,
        follows: finding.extra.into_iter().map(|(_, code)| code).collect(),
        code: finding.code,
    })
}

/// Compares with the file, or writes it if `BLESS` is set.
pub(super) fn compare(path: &Path, answer: &Answer) -> Result<(), String> {
    let actual = serde_yaml::to_string(answer).map_err(|error| error.to_string())?;
    if std::env::var_os("BLESS").is_some() {
        return fs::write(path, actual)
            .map_err(|error| format!("could not write {}: {error}", path.display()));
    }
    let text = fs::read_to_string(path)
        .map_err(|error| format!("could not read expected.yaml (BLESS=1 writes it): {error}"))?;
    let expected: Answer =
        serde_yaml::from_str(&text).map_err(|error| format!("expected.yaml: {error}"))?;
    if expected == *answer {
        Ok(())
    } else {
        Err(format!(
            "the policy says\n{actual}where expected.yaml has\n{text}"
        ))
    }
}
