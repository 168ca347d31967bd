//! `cleanup`: the v1 objects are deleted, leaves first, so that no object goes only because its owner went.

use super::objects::change;
use asogate_core::change::{Action, Change, Propagation};
use asogate_core::object::ObjectId;
use asogate_core::snapshot::Snapshot;
use std::collections::{HashMap, HashSet};

/// One delete for every object, dependents before their owners, at whatever distance.
pub(super) fn changes(
    objects: &[ObjectId],
    propagation: Propagation,
    snapshot: &Snapshot,
) -> Vec<Change> {
    let mut depths = HashMap::new();
    for id in objects {
        measure(*id, snapshot, &mut depths);
    }
    let mut ordered = objects.to_vec();
    ordered.sort_by_key(|id| (std::cmp::Reverse(depths.get(id).copied().unwrap_or(0)), *id));
    let deletes = ordered
        .iter()
        .filter_map(|id| snapshot.get(*id))
        .map(|object| {
            let version = snapshot.text(object.version()).to_owned();
            change(&object, version, Action::Delete { propagation }, snapshot)
        });
    deletes.collect()
}

/// How many owners stand above each object on its longest way up, those included that are not deleted themselves: they go with
/// their own owner, and take along what is below them. Without recursion, since a cluster may hold chains of any length; an
/// owner that is met again on the way (a cycle) counts as none.
fn measure(start: ObjectId, snapshot: &Snapshot, depths: &mut HashMap<ObjectId, usize>) {
    let owners = |id: ObjectId| {
        let object = snapshot.get(id);
        let uids = object.map(|object| object.owners()).unwrap_or_default();
        uids.iter().filter_map(|owner| snapshot.find_uid(owner.uid))
    };
    let mut stack = vec![(start, false)];
    let mut open = HashSet::new();
    while let Some((id, visited)) = stack.pop() {
        if visited {
            let depth = owners(id)
                .filter_map(|owner| depths.get(&owner))
                .max()
                .map_or(0, |depth| depth + 1);
            depths.insert(id, depth);
            open.remove(&id);
        } else if !depths.contains_key(&id) && open.insert(id) {
            stack.push((id, true));
            stack.extend(
                owners(id)
                    .filter(|owner| !open.contains(owner))
                    .map(|owner| (owner, false)),
            );
        }
    }
}
