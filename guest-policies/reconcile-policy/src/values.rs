//! What the annotations say, on objects and on namespaces that the plan creates or changes.

use crate::ANNOTATE;
use crate::objects::Objects;
use asogate_aso::annotations::RECONCILE_POLICY;
use asogate_aso::reconcile_policy::{self, Effective, ReconcilePolicy, Source, meant};
use asogate_policy::{Finding, Moment, ObjectId, Row, Rows, State, Step, finding, quote};
use std::collections::BTreeSet;

/// `told` are the objects about whose delete a finding speaks already.
pub(crate) fn judge<'a>(objects: &Objects<'a>, told: &BTreeSet<ObjectId>) -> Vec<Finding> {
    let input = objects.input;
    let look = |rows: Rows<'a>, state| look(objects, state, rows.first()?);
    let mut found = input.judge(objects.table, |_| false, look);
    found.extend(taken_back(objects));
    found.retain(|found| {
        let Some(object) = found.object() else {
            return true;
        };
        // That an object goes does not mend what its annotation said.
        let stays = || !input.after_all().rows_of(objects.table, object).is_empty();
        !told.contains(&object) && (found.when() != Some(Moment::Mended) || stays())
    });
    found.extend(of_namespaces(objects));
    found
}

/// What is wrong with one object at one moment.
fn look<'a>(objects: &Objects<'a>, state: State<'a>, row: Row<'a>) -> Option<Finding> {
    let input = objects.input;
    let effective = objects.policies.effective(state, row);
    let is_new = input.now().rows_of(objects.table, row.object()).is_empty();
    if let Some((Source::Object, value)) = effective.ignored {
        let found = unknown(value).why(consequence(input.step(), &effective));
        return Some(remedy(found, is_new, meant(value)));
    }
    if !(is_new || is_applied(objects, state, row)) {
        return None;
    }
    let verb = if is_new { "created" } else { "applied" };
    let own = objects.policies.own(row).filter(|value| !value.is_empty());
    let found = match own.and_then(ReconcilePolicy::parse) {
        Some(ReconcilePolicy::Skip) => return None,
        Some(other) => finding("missing")
            .message(format!(
                "is {verb} with the reconcile policy `{other}` instead of `skip`"
            ))
            .why("v2 overwrites the resource in Azure as soon as it sees the object, before anybody has compared the two"),
        None if effective.policy == ReconcilePolicy::Skip => inherited(&effective, verb),
        None => absent(objects, row, &effective, verb),
    };
    let found = found.column(Objects::annotation());
    Some(remedy(found, is_new, Some(ReconcilePolicy::Skip)))
}

/// Objects that v2 manages and that the import puts back under `skip`: the file of the first import, applied again after the
/// adoption. What goes anyway is not meant.
fn taken_back(objects: &Objects<'_>) -> Vec<Finding> {
    let input = objects.input;
    if input.step() != Step::Import {
        return vec![];
    }
    let transitions = input.walk().filter(|step| step.change.is_requested());
    let found = transitions.filter_map(|transition| {
        let before = transition.removed(objects.table).first()?;
        let after = transition.added(objects.table).first()?;
        let managed = objects.policies.effective(transition.before, before);
        let own = objects.policies.own(after).and_then(ReconcilePolicy::parse);
        let is_taken = managed.policy.puts()
            && own == Some(ReconcilePolicy::Skip)
            && objects.is_claimed(before)
            && !objects.is_going(before);
        is_taken.then(|| {
            finding("taken-back")
                .about(transition.change.object)
                .at(transition.change.number)
                .column(Objects::annotation())
                .message("is managed by v2, and the import puts it back under `skip`")
                .why("nobody manages the resource from then on: v2 only looks, and v1 is paused or gone; what is changed in the object no longer reaches Azure")
                .edit("leave it out of the import, if v2 is to go on managing it")
                .advice("or adopt it again after the import: `asogate check adopt -n {namespace}`")
        })
    });
    found.collect()
}

/// Whether the step `import` applies a manifest over this object with the change that leads to this moment.
fn is_applied(objects: &Objects<'_>, state: State<'_>, row: Row<'_>) -> bool {
    let change = objects.input.change(state.number());
    objects.input.step() == Step::Import
        && change.is_some_and(|change| change.is_requested() && change.object == row.object())
}

fn inherited(effective: &Effective<'_>, verb: &str) -> Finding {
    let (who, ends) = match effective.source {
        Source::Namespace => ("its namespace", "when the annotation of the namespace goes"),
        Source::Object | Source::Operator => (
            "the default of the v2 operator",
            "when that default changes",
        ),
    };
    finding("inherited-only")
        .message(format!(
            "is {verb} without `{RECONCILE_POLICY}: skip`; only {who} keeps v2 from writing"
        ))
        .why(format!(
            "v2 writes this object and every other one like it to Azure at once {ends}; nothing can be adopted one by one"
        ))
}

fn absent<'a>(
    objects: &Objects<'a>,
    row: Row<'a>,
    effective: &Effective<'a>,
    verb: &str,
) -> Finding {
    let message = match (objects.mistake(row), effective.ignored) {
        (Some((what, key)), _) => format!(
            "is {verb} without `{RECONCILE_POLICY}: skip`, and v2 does not look at its {what} `{key}`"
        ),
        (None, Some((_, value))) => format!(
            "is {verb} without `{RECONCILE_POLICY}: skip`, and v2 does not know the {} of its namespace",
            quote(value)
        ),
        (None, None) => format!("is {verb} without `{RECONCILE_POLICY}: skip`"),
    };
    finding("missing")
        .message(message)
        .why("v2 overwrites the resource in Azure as soon as it sees the object, and deletes it there when the object is deleted")
}

fn unknown(value: &str) -> Finding {
    finding("unknown-value")
        .column(Objects::annotation())
        .message(format!(
            "has the reconcile policy {}, which v2 does not know; it knows `skip`, `detach-on-delete` and `manage`, by exact letters",
            quote(value)
        ))
}

fn consequence(step: Step, effective: &Effective<'_>) -> String {
    let policy = effective.policy;
    match policy {
        ReconcilePolicy::Skip => {
            "v2 follows the operator's default instead, and not the namespace; that is `skip` today; nothing shows that the value is not read".into()
        }
        _ if step == Step::Lint => {
            "v2 follows the operator's default instead, and not the namespace; that is `manage` unless somebody set another one: it writes to Azure and deletes there; nothing shows that".into()
        }
        _ if policy.deletes() => format!(
            "v2 follows the operator's default instead, and not the namespace; that is `{policy}`: it writes to Azure and deletes there; nothing shows that"
        ),
        _ => format!(
            "v2 follows the operator's default instead, and not the namespace; that is `{policy}`: it writes to Azure; nothing shows that"
        ),
    }
}

fn remedy(found: Finding, is_new: bool, wanted: Option<ReconcilePolicy>) -> Finding {
    let wanted = wanted.unwrap_or(ReconcilePolicy::Skip);
    if is_new {
        found.edit(format!(
            "write `{RECONCILE_POLICY}: {wanted}` below `metadata.annotations`"
        ))
    } else {
        found.command(ANNOTATE.replace("=skip", &format!("={wanted}")))
    }
}

/// `unknown-value` on namespaces.
fn of_namespaces(objects: &Objects<'_>) -> Vec<Finding> {
    let input = objects.input;
    let (table, annotation) = objects.policies.namespaces();
    let look = |rows: Rows<'_>, _| {
        let row = rows.first()?;
        let value = row.text(annotation).filter(|value| !value.is_empty())?;
        if ReconcilePolicy::parse(value).is_some() {
            return None;
        }
        let wanted = reconcile_policy::meant(value).unwrap_or(ReconcilePolicy::Skip);
        let found = unknown(value).why(
            "objects of the namespace that say nothing themselves follow the operator's default instead; nothing shows that",
        );
        let is_new = input.now().rows_of(table, row.object()).is_empty();
        Some(match is_new {
            true => found.edit(format!(
                "write `{RECONCILE_POLICY}: {wanted}` below `metadata.annotations`"
            )),
            false => found.command(format!(
                "kubectl annotate namespaces {{name}} {RECONCILE_POLICY}={wanted} --overwrite"
            )),
        })
    };
    let mut found = input.judge(table, |_| false, look);
    found.retain(|found| {
        let stays = |object| !input.after_all().rows_of(table, object).is_empty();
        found.when() != Some(Moment::Mended) || found.object().is_some_and(stays)
    });
    found
}
