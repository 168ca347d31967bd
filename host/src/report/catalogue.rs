//! Policies for people and programs: lists, one in detail, one code explained.

use crate::engine::Policy;
use crate::engine::manifest::{CodeInfo, Steps};
use crate::runbook;
use anstyle::Style;
use asogate_core::selector::Selector;
use serde_json::{Value, json};
use std::fmt::Write;

const BOLD: Style = Style::new().bold();

/// One line a policy, with its codes below.
pub fn list(policies: &[Policy]) -> String {
    let mut text = String::new();
    for policy in policies {
        let manifest = policy.manifest();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{BOLD}{}{BOLD:#} {}: {}",
            manifest.id, manifest.version, manifest.summary
        );
        for code in &manifest.codes {
            let _ = writeln!(
                text,
                "  {:<24} {:<4}  {}",
                code.name,
                code.default_level.to_string(),
                code.summary
            );
        }
    }
    text
}

/// The list as a JSON document.
///
/// # Errors
///
/// What serde says.
pub fn list_json(policies: &[Policy]) -> serde_json::Result<String> {
    let policies: Vec<Value> = policies
        .iter()
        .map(|policy| describe(policy, None))
        .collect();
    Ok(serde_json::to_string_pretty(&json!({"kind": "PolicyList", "policies": policies}))? + "\n")
}

/// One policy in detail.
pub fn inspect(policy: &Policy, reads: Option<&[Selector]>) -> String {
    let manifest = policy.manifest();
    let mut text = list(std::slice::from_ref(policy));
    let _ = writeln!(text, "digest: sha256:{}", policy.sha256());
    let _ = writeln!(text, "steps: {}", steps(&manifest.steps).join(", "));
    match reads {
        None => {
            let _ = writeln!(text, "reads: not known without valid settings");
        }
        Some(selectors) => {
            let _ = writeln!(text, "reads:");
            for selector in selectors {
                let _ = writeln!(text, "  {}", describe_selector(selector));
            }
        }
    }
    let _ = writeln!(text, "settings schema: {}", manifest.settings.as_json());
    text
}

/// One policy in detail, as a JSON document.
///
/// # Errors
///
/// What serde says.
pub fn inspect_json(policy: &Policy, reads: Option<&[Selector]>) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(&describe(policy, reads))? + "\n")
}

/// What a code means, why it matters, and what to do.
pub fn explain(policy: &Policy, code: &CodeInfo) -> String {
    let levels: Vec<String> = code.levels.iter().map(ToString::to_string).collect();
    let (id, level) = (policy.id(), code.default_level);
    let heading = format!(
        "{BOLD}{id}/{}{BOLD:#} ({level} unless the policy says {})",
        code.name,
        levels.join(", ")
    );
    let heading = match code.levels.as_slice() {
        [_] => format!("{BOLD}{id}/{}{BOLD:#} ({level})", code.name),
        _ => heading,
    };
    format!(
        "{heading}\n{}\n\n{}\n",
        code.summary,
        code.explanation.trim_end()
    )
}

/// The same for a code of runbooks.
pub fn explain_runbook(code: &runbook::CodeInfo) -> String {
    let levels: Vec<String> = code.levels.iter().map(ToString::to_string).collect();
    format!(
        "{BOLD}{}{BOLD:#} ({})\n{}\n\n{}\n",
        code.code(),
        levels.join(" or "),
        code.summary,
        code.explanation()
    )
}

fn steps(steps: &Steps) -> Vec<&'static str> {
    if steps.all {
        return vec!["all"];
    }
    let names = steps.steps.iter().map(|step| step.name());
    names.chain(steps.lint.then_some("lint")).collect()
}

fn describe_selector(selector: &Selector) -> String {
    match selector {
        Selector::Relation(relation) => format!("relation {}", relation.relation.name()),
        Selector::Objects(objects) => {
            let columns: Vec<String> = objects.columns.iter().map(ToString::to_string).collect();
            format!("{} ({})", objects.kinds, columns.join(", "))
        }
    }
}

fn describe(policy: &Policy, reads: Option<&[Selector]>) -> Value {
    let manifest = policy.manifest();
    let codes: Vec<Value> = manifest
        .codes
        .iter()
        .map(|code| {
            json!({
                "name": code.name,
                "defaultLevel": code.default_level,
                "levels": code.levels,
                "summary": code.summary,
                "explanation": code.explanation,
            })
        })
        .collect();
    json!({
        "id": manifest.id,
        "version": manifest.version,
        "summary": manifest.summary,
        "digest": format!("sha256:{}", policy.sha256()),
        "steps": steps(&manifest.steps),
        "codes": codes,
        "reads": reads.map(|reads| reads.iter().map(describe_selector).collect::<Vec<_>>()),
        "settingsSchema": manifest.settings.as_json(),
    })
}
