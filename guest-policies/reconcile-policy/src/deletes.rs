//! What goes while v2 would delete its resource in Azure.
//!
//! What counts is the policy at the moment of the delete, that of a namespace which goes included (OBSERVED 2.e, 2.j, 2.x).

use crate::ANNOTATE;
use crate::objects::Objects;
use asogate_aso::annotations::RECONCILE_POLICY;
use asogate_aso::reconcile_policy::{Effective, Source};
use asogate_policy::{Change, Finding, ObjectId, Row, Transition, finding, quote, quote_id};
use std::collections::BTreeSet;

pub(crate) fn judge(objects: &Objects<'_>) -> Vec<Finding> {
    let mut told: BTreeSet<ObjectId> = BTreeSet::new();
    let mut findings = Vec::new();
    for transition in objects.input.walk() {
        let change = transition.change;
        let Some(row) = transition.before.row_of(objects.table, change.object) else {
            continue;
        };
        let found = if change.deletes() {
            deleted(objects, &transition, row)
        } else {
            released(objects, &transition, row)
        };
        findings.extend(found.filter(|_| told.insert(change.object)));
    }
    findings
}

/// A delete under `manage`. An object that is being deleted already is not deleted a second time.
fn deleted<'a>(
    objects: &Objects<'a>,
    transition: &Transition<'a>,
    row: Row<'a>,
) -> Option<Finding> {
    let change = transition.change;
    let effective = objects.policies.effective(transition.before, row);
    if change.already_terminating || !effective.policy.deletes() || !objects.is_claimed(row) {
        return None;
    }
    let found = reaches(
        objects,
        row,
        change,
        &format!("is deleted while {}", says(&effective)),
    );
    Some(
        found.command(ANNOTATE).advice(
            "or set `detach-on-delete`, if v2 is to go on managing the resource until then",
        ),
    )
}

/// An object that loses what protects it while it is being deleted.
fn released<'a>(
    objects: &Objects<'a>,
    transition: &Transition<'a>,
    row: Row<'a>,
) -> Option<Finding> {
    let after = transition.added(objects.table).first()?;
    if !objects.is_going(row) || !objects.is_going(after) || !objects.is_claimed(row) {
        return None;
    }
    let before = objects.policies.effective(transition.before, row);
    let effective = objects.policies.effective(transition.after, after);
    if before.policy.deletes() || !effective.policy.deletes() {
        return None;
    }
    let message = format!(
        "loses its reconcile policy `{}` while it is being deleted",
        before.policy
    );
    let found = reaches(objects, row, transition.change, &message);
    Some(
        found
            .advice("leave the annotation as it is until the object is gone")
            .command("kubectl wait -n {namespace} {versioned-resource} {name} --for=delete --timeout=10m"),
    )
}

fn reaches<'a>(objects: &Objects<'a>, row: Row<'a>, change: &Change, message: &str) -> Finding {
    let effect = objects.azure_effect(row);
    let why = match change.path.first() {
        None => format!("v2 then {effect}"),
        Some(_) => format!("it goes with {{1.object}}, and v2 then {effect}"),
    };
    finding("delete-reaches-azure")
        .about(change.object)
        .at(change.number)
        .column(Objects::annotation())
        .message(match objects.in_azure(row) {
            Some(id) => format!("{message}; in Azure it is {}", quote_id(id)),
            None => message.to_owned(),
        })
        .why(why)
        .related_all(change.path.iter().copied())
}

/// What v2 follows, and why.
fn says(effective: &Effective<'_>) -> String {
    let policy = effective.policy;
    match (effective.ignored, effective.source) {
        (Some((Source::Namespace, value)), _) => format!(
            "its namespace says {}, which v2 does not know: its reconcile policy is `{policy}`",
            quote(value)
        ),
        (Some((_, value)), _) => format!(
            "its annotation says {}, which v2 does not know: its reconcile policy is `{policy}`",
            quote(value)
        ),
        (None, Source::Object) => format!("its reconcile policy is `{policy}`"),
        (None, Source::Namespace) => {
            format!("its reconcile policy is `{policy}`, which its namespace says")
        }
        (None, Source::Operator) => {
            format!("it has no annotation `{RECONCILE_POLICY}`: its reconcile policy is `{policy}`")
        }
    }
}
