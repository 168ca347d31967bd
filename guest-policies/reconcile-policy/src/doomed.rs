//! Objects that lose what protects them while everything that owns them is being deleted: no change of the plan deletes them,
//! but when their owners have gone Kubernetes does, and v2 then deletes in Azure.

use crate::ANNOTATE;
use crate::objects::Objects;
use asogate_policy::{FastMap, Finding, Index, ObjectId, finding};
use std::collections::BTreeSet;

pub(crate) fn judge(objects: &Objects<'_>) -> Vec<Finding> {
    let doomed = doomed(objects);
    let mut findings = Vec::new();
    let mut told: BTreeSet<ObjectId> = BTreeSet::new();
    if doomed.is_empty() {
        return findings;
    }
    let deletes = |state, row| objects.policies.effective(state, row).policy.deletes();
    for transition in objects.input.walk() {
        let of_namespace = objects.policies.of_changed_namespace(&transition);
        for &object in of_namespace.iter().chain([&transition.change.object]) {
            let Some(&owner) = doomed.get(&object) else {
                continue;
            };
            let before = transition.before.row_of(objects.table, object);
            let after = transition.after.row_of(objects.table, object);
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            let is_released =
                !deletes(transition.before, before) && deletes(transition.after, after);
            if is_released && objects.is_claimed(before) && told.insert(object) {
                let effect = objects.azure_effect(before);
                findings.push(
                    finding("delete-reaches-azure")
                        .about(object)
                        .at(transition.change.number)
                        .column(Objects::annotation())
                        .message("loses its `skip` while {1.object}, with which it goes, is being deleted")
                        .why(format!("when that one has gone Kubernetes deletes this one, and v2 then {effect}"))
                        .command(ANNOTATE)
                        .advice("find out why the owner is deleted, and what it waits for: `kubectl get -n {1.namespace} {1.versioned-resource} {1.name} -o yaml`; after that make it again, under `skip`, and adopt both")
                        .related(owner),
                );
            }
        }
    }
    findings
}

/// What goes with an object that was being deleted before the plan, and with which one.
fn doomed(objects: &Objects<'_>) -> FastMap<ObjectId, ObjectId> {
    let now = objects.input.now();
    let going = now.rows(objects.table).filter(|row| objects.is_going(*row));
    let mut open: Vec<(ObjectId, ObjectId)> =
        going.map(|row| (row.object(), row.object())).collect();
    let mut known: FastMap<ObjectId, ObjectId> = open.iter().copied().collect();
    let going = open.len();
    if going == 0 {
        return known;
    }
    let children = Index::new(now, objects.owners, objects.owner_id);
    while let Some((id, first)) = open.pop() {
        for child in children.of(id).iter().map(|row| row.object()) {
            let mut owners = now
                .rows_of(objects.owners, child)
                .filter_map(|row| row.reference(objects.owner_id));
            if owners.all(|owner| known.contains_key(&owner)) && !known.contains_key(&child) {
                known.insert(child, first);
                open.push((child, first));
            }
        }
    }
    // Of those that are deleted themselves it is told elsewhere.
    known.retain(|object, first| object != first);
    known
}
