//! Objects that the plan leaves unprotected although what owns them is about to go: no change of this plan deletes them,
//! but nothing more than the owner's end is needed.

use crate::ANNOTATE;
use crate::objects::Objects;
use asogate_aso::annotations::{SKIPRECONCILE, column};
use asogate_policy::{Finding, Index, Level, Moment, ObjectId, State, Step, finding};
use std::collections::BTreeSet;

/// `told` are the objects that another finding is about already.
pub(crate) fn judge(objects: &Objects<'_>, told: &BTreeSet<ObjectId>) -> Vec<Finding> {
    let mut findings = of_terminating(objects);
    if objects.input.step() == Step::PauseV1 {
        let known: BTreeSet<ObjectId> = findings.iter().filter_map(Finding::object).collect();
        let forgotten = forgotten(objects);
        findings.extend(
            forgotten
                .into_iter()
                .filter(|found| !found.object().is_some_and(|object| known.contains(&object))),
        );
    }
    findings.retain(|found| !found.object().is_some_and(|object| told.contains(&object)));
    findings
}

/// What is below v1 objects that were being deleted before the plan.
fn of_terminating(objects: &Objects<'_>) -> Vec<Finding> {
    let now = objects.input.now();
    let going = now.rows(objects.table).filter(|row| objects.is_going(*row));
    let mut open: Vec<(ObjectId, ObjectId)> =
        going.map(|row| (row.object(), row.object())).collect();
    let mut findings = Vec::new();
    if open.is_empty() {
        return findings;
    }
    let children = Index::new(now, objects.owners, objects.owner_id);
    let mut doomed: BTreeSet<ObjectId> = open.iter().map(|(id, _)| *id).collect();
    while let Some((id, first)) = open.pop() {
        for child in children.of(id).iter().map(|row| row.object()) {
            let mut owners = now
                .rows_of(objects.owners, child)
                .filter_map(|row| row.reference(objects.owner_id));
            if !owners.all(|owner| doomed.contains(&owner)) || !doomed.insert(child) {
                continue;
            }
            open.push((child, first));
            findings.extend(below(objects, child, first));
        }
    }
    findings
}

/// What is wrong with an object that goes with `owner`; none if it is protected before the plan and after each change.
fn below(objects: &Objects<'_>, id: ObjectId, owner: ObjectId) -> Option<Finding> {
    let gap_in = |state: State<'_>| {
        let row = state.row_of(objects.table, id)?;
        objects.gap(state, row)
    };
    let row = objects.input.now().row_of(objects.table, id)?;
    let input = objects.input;
    let (gap, moment) = match (gap_in(input.now()), gap_in(input.after_all())) {
        (Some(gap), Some(_)) => (gap, Moment::Standing),
        (Some(gap), None) => (gap, Moment::Mended),
        (None, _) => {
            let own = input.changes().iter().filter(|change| change.object == id);
            own.map(|change| change.number)
                .find_map(|number| Some((gap_in(input.after(number))?, Moment::Change(number))))?
        }
    };
    Some(
        finding("unprotected-dependent")
            .about(id)
            .moment(moment)
            .column(gap.column())
            .message(objects.message(row, &gap))
            .why("it goes with {1.object}, which is being deleted, and v1 then deletes the resource in Azure")
            .command(ANNOTATE)
            .related(owner),
    )
}

/// What the step leaves unpaused although it pauses an object that owns it, directly or over others. Nothing is deleted
/// yet; but when the owner is, they go too.
fn forgotten(objects: &Objects<'_>) -> Vec<Finding> {
    let state = objects.input.after_all();
    // Looking up the owners of every active object is for nothing if the plan pauses none.
    let pauses = |id| {
        state
            .row_of(objects.table, id)
            .is_some_and(|row| objects.is_paused(row))
    };
    if !objects
        .input
        .changes()
        .iter()
        .any(|change| pauses(change.object))
    {
        return vec![];
    }
    let unpaused = state
        .rows(objects.table)
        .filter(|row| !objects.is_paused(*row));
    unpaused
        .filter_map(|row| {
            let owner = paused_owner(objects, state, row.object())?;
            Some(
                finding("unprotected-dependent")
                    .level(Level::Warn)
                    .about(row.object())
                    .standing()
                    .column(column(SKIPRECONCILE))
                    .message("is not paused by this step, although {1.object}, which owns it, is")
                    .why("when {1.object} is deleted it goes too, and v1 then deletes the resource in Azure")
                    .command(ANNOTATE)
                    .related(owner),
            )
        })
        .collect()
}

/// The nearest owner that the plan pauses.
fn paused_owner<'a>(objects: &Objects<'a>, state: State<'a>, id: ObjectId) -> Option<ObjectId> {
    let mut seen = BTreeSet::from([id]);
    let mut level = vec![id];
    while !level.is_empty() {
        let mut above = Vec::new();
        for id in level {
            let owners = state.rows_of(objects.owners, id);
            for owner in owners.filter_map(|row| row.reference(objects.owner_id)) {
                if !seen.insert(owner) {
                    continue;
                }
                let row = state.row_of(objects.table, owner);
                let is_paused = row.is_some_and(|row| objects.is_paused(row));
                if is_paused && objects.input.touches(owner) {
                    return Some(owner);
                }
                above.push(owner);
            }
        }
        level = above;
    }
    None
}
