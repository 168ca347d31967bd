//! Annotations that do not get the value that they are to have, or that nobody looks at.

use super::{Edit, Found, Look, Report};
use asogate_aso::annotations::{RECONCILE_POLICY, SKIPRECONCILE};
use asogate_aso::reconcile_policy::{self, ReconcilePolicy};
use asogate_aso::skipreconcile::{self, KeyMistake};
use asogate_core::finding::{Level, Remedy};

fn is_of_aso(key: &str) -> bool {
    key == SKIPRECONCILE
        || key.starts_with("serviceoperator.azure.com/")
        || skipreconcile::mistake(key).is_some()
}

/// FACTS (c): without `--overwrite`, kubectl refuses to change a value that is there, and goes on with the next object.
pub(super) fn overwrite(look: &Look<'_>, report: &mut Report) {
    let sets = look
        .pairs()
        .find(|(key, value, _)| value.is_some() && is_of_aso(key));
    let Some((key, _, span)) = sets.filter(|_| look.verb() == "annotate") else {
        return;
    };
    if look.kubectl.has("--overwrite") {
        return;
    }
    report.found.push(Found {
        code: "no-overwrite",
        level: Level::Warn,
        at: span.start,
        message: format!("sets `{key}` without `--overwrite`"),
        why: "an object that has another value already keeps it: `kubectl annotate` refuses it and goes on with the others".to_owned(),
        edits: vec![Edit::insert(look.command.span.end, " --overwrite")],
        remedies: vec![],
    });
}

/// FACTS 0.1, 0.2: each operator looks at one key, and takes one spelling of a value.
pub(super) fn misspelt(look: &Look<'_>, report: &mut Report) {
    if !matches!(look.verb(), "annotate" | "label") {
        return;
    }
    let (v1, v2) = look.sides();
    let v1_alone = v1 && !v2;
    for (key, value, span) in look.pairs() {
        let Some(value) = value else { continue };
        let is_label = look.verb() == "label";
        let (message, why, right) = if key == SKIPRECONCILE && is_label {
            ("sets a label `skipreconcile`".to_owned(), V1_LOOKS, None)
        } else if key == RECONCILE_POLICY && is_label {
            (format!("sets a label `{RECONCILE_POLICY}`"), V2_LOOKS, None)
        } else if key == SKIPRECONCILE
            && skipreconcile::means_paused(value)
            && !skipreconcile::is_paused(Some(value))
        {
            (
                format!("sets `skipreconcile` to `{value}`, which v1 does not take for `true`"),
                V1_LOOKS,
                pair(SKIPRECONCILE, "true"),
            )
        } else if key == RECONCILE_POLICY
            && !value.is_empty()
            && ReconcilePolicy::parse(value).is_none()
        {
            let right = reconcile_policy::meant(value)
                .and_then(|policy| pair(RECONCILE_POLICY, policy.name()));
            (
                format!("sets the policy `{value}`, which v2 takes for its default, `manage`"),
                V2_LOOKS,
                right,
            )
        } else if key == RECONCILE_POLICY && v1_alone {
            (
                format!("sets `{RECONCILE_POLICY}` on v1 objects"),
                V1_LOOKS,
                pair(SKIPRECONCILE, "true"),
            )
        } else if skipreconcile::mistake(key) == Some(KeyMistake::Misspelt) {
            (
                format!("sets `{key}`, which is not `skipreconcile`"),
                V1_LOOKS,
                pair(SKIPRECONCILE, value),
            )
        } else if key != SKIPRECONCILE && reconcile_policy::is_misspelt_key(key) {
            (
                format!("sets `{key}`, which is not `{RECONCILE_POLICY}`"),
                V2_LOOKS,
                pair(RECONCILE_POLICY, value),
            )
        } else {
            continue;
        };
        let mut edits: Vec<Edit> = right
            .map(|right| Edit::replace(span, right))
            .into_iter()
            .collect();
        if is_label {
            edits.push(Edit::replace(&look.kubectl.verb_span, "annotate"));
        }
        report.found.push(Found {
            code: "misspelt-annotation",
            level: Level::Deny,
            at: span.start,
            message,
            why: why.to_owned(),
            edits,
            remedies: vec![],
        });
    }
}

const V1_LOOKS: &str = "v1 looks at the annotation `skipreconcile` alone, and takes `true` in any casing: it goes on managing the object, and deletes the resource in Azure with it";
const V2_LOOKS: &str = "v2 looks at the annotation `serviceoperator.azure.com/reconcile-policy` alone, and takes exactly `skip`, `manage` and `detach-on-delete`: it goes on writing to Azure, and deletes there";

fn pair(key: &str, value: &str) -> Option<String> {
    Some(format!("{key}={value}"))
}

/// The same for what asoctl is to write into the import (OBSERVED 4: it does not look at the value).
pub(super) fn policy_of_import(value: &str, at: usize, edit: Option<Edit>) -> Option<Found> {
    let (key, value) = value.split_once('=')?;
    let is_key = key == RECONCILE_POLICY;
    let right = match is_key {
        true if ReconcilePolicy::parse(value).is_some() => return None,
        true => reconcile_policy::meant(value)
            .map(ReconcilePolicy::name)
            .unwrap_or("skip"),
        false if reconcile_policy::is_misspelt_key(key) => "skip",
        false => return None,
    };
    let message = match is_key {
        true => {
            format!("imports with the policy `{value}`, which v2 takes for its default, `manage`")
        }
        false => format!("imports with `{key}`, which is not `{RECONCILE_POLICY}`"),
    };
    let edit = edit.map(|edit| Edit {
        with: format!("{RECONCILE_POLICY}={right}"),
        ..edit
    });
    Some(Found {
        code: "misspelt-annotation",
        level: Level::Deny,
        at,
        message,
        why: V2_LOOKS.to_owned(),
        remedies: match &edit {
            Some(_) => vec![],
            None => vec![Remedy::Advice(format!(
                "write `-a {RECONCILE_POLICY}={right}`"
            ))],
        },
        edits: edit.into_iter().collect(),
    })
}
