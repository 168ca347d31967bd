//! What the plan deletes, directly or as a consequence, while nothing protects it.

use crate::ANNOTATE;
use crate::objects::{Gap, Objects};
use asogate_policy::{Cause, Change, Finding, Index, ObjectId, Row, State, Transition, finding};
use std::collections::BTreeSet;

/// The judgement on all deletes.
pub(crate) struct Deletes {
    pub(crate) findings: Vec<Finding>,
    /// The objects that the findings are about.
    pub(crate) unprotected: BTreeSet<ObjectId>,
    /// Objects that were being deleted before the plan, and that it deletes while nothing protects them.
    pub(crate) went_while_terminating: BTreeSet<ObjectId>,
}

pub(crate) fn judge(objects: &Objects<'_>) -> Deletes {
    let mut deletes = Deletes {
        findings: vec![],
        unprotected: BTreeSet::new(),
        went_while_terminating: BTreeSet::new(),
    };
    let mut children = None;
    for transition in objects.input.walk() {
        let change = transition.change;
        if change.deletes() {
            let Some(row) = transition.before.row_of(objects.table, change.object) else {
                continue;
            };
            let Some(gap) = objects.gap(transition.before, row) else {
                continue;
            };
            if change.already_terminating {
                deletes.went_while_terminating.insert(change.object);
            } else if deletes.unprotected.insert(change.object) {
                deletes.findings.push(deleted(objects, row, change, &gap));
            }
        } else if change.cause == Cause::Unlinked {
            let children = children.get_or_insert_with(|| {
                Index::new(objects.input.now(), objects.owners, objects.owner_id)
            });
            orphaned(objects, &transition, children, &mut deletes);
        }
    }
    deletes
}

fn azure_effect(objects: &Objects<'_>, row: Row<'_>) -> &'static str {
    if objects.is_resource_group(row) {
        "the resource group in Azure, with everything in it"
    } else {
        "the resource in Azure"
    }
}

fn deleted<'a>(objects: &Objects<'a>, row: Row<'a>, change: &Change, gap: &Gap) -> Finding {
    let lost = azure_effect(objects, row);
    let found = if change.is_requested() {
        finding("unprotected-delete").why(format!("deleting it makes v1 delete {lost}, too"))
    } else {
        let with = match change.path.is_empty() {
            true => "its owner".into(),
            false => "{1.object}".to_owned(),
        };
        finding("unprotected-dependent")
            .why(format!("it goes with {with}, and v1 then deletes {lost}"))
            .related_all(change.path.iter().copied())
    };
    found
        .about(change.object)
        .at(change.number)
        .column(gap.column())
        .message(objects.message(row, gap))
        .command(ANNOTATE)
}

/// v1 children of a v1 object that is deleted with orphan propagation. Kubernetes lets them stay, but v1 puts the owner
/// reference back on an active child while the owner terminates, so that the child, and what it owns in turn, goes all the
/// same (FACTS 0.15). v1 does not touch a paused child: it stays, with everything below it.
fn orphaned<'a>(
    objects: &Objects<'a>,
    transition: &Transition<'a>,
    children: &Index<'a>,
    deletes: &mut Deletes,
) {
    let (change, after) = (transition.change, transition.after);
    let Some(&owner) = change.path.last() else {
        return;
    };
    // Only v1 puts references back, and only to its own objects.
    if objects.input.now().row_of(objects.table, owner).is_none() {
        return;
    }
    let stays = |id| after.row_of(objects.owners, id).is_some();
    let Some(row) = after.row_of(objects.table, change.object) else {
        return;
    };
    if stays(change.object) || objects.is_paused(row) {
        return;
    }
    let mut doomed = BTreeSet::from([owner]);
    let mut open = vec![(change.object, vec![owner])];
    while let Some((id, path)) = open.pop() {
        let Some(row) = after.row_of(objects.table, id) else {
            continue;
        };
        if !doomed.insert(id) {
            continue;
        }
        if let Some(gap) = objects.gap(after, row)
            && deletes.unprotected.insert(id)
        {
            let found = undone(objects, row, change.number, &gap, &path);
            deletes.findings.push(found);
        }
        let path: Vec<ObjectId> = path.into_iter().chain([id]).collect();
        for child in children.of(id).iter().map(|row| row.object()) {
            if keeps_no_owner(objects, after, child, &doomed) {
                open.push((child, path.clone()));
            }
        }
    }
}

/// Whether every owner that the object still has is among those that go.
fn keeps_no_owner<'a>(
    objects: &Objects<'a>,
    state: State<'a>,
    id: ObjectId,
    doomed: &BTreeSet<ObjectId>,
) -> bool {
    let mut owners = state.rows_of(objects.owners, id);
    owners.all(|row| match row.reference(objects.owner_id) {
        Some(owner) => doomed.contains(&owner),
        None => true,
    })
}

fn undone<'a>(
    objects: &Objects<'a>,
    row: Row<'a>,
    number: u32,
    gap: &Gap,
    path: &[ObjectId],
) -> Finding {
    let lost = azure_effect(objects, row);
    let why = match path {
        [_] => format!(
            "orphan propagation does not save it: v1 puts its owner reference to {{1.object}} back, so it goes too, and v1 deletes {lost}"
        ),
        _ => format!(
            "orphan propagation does not save it: v1 puts {{2.object}} back under {{1.object}}, so all below goes too, and v1 deletes {lost}"
        ),
    };
    finding("unprotected-dependent")
        .about(row.object())
        .at(number)
        .column(gap.column())
        .message(objects.message(row, gap))
        .why(why)
        .command(ANNOTATE)
        .related_all(path.iter().copied())
}
