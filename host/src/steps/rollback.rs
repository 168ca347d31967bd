//! `rollback`: back to v1. The order is what matters: first v2 lets go of every resource, then v1 takes it, so that at no
//! moment both write (FACTS (i), stage 7).

use super::StepError;
use super::objects::{annotate, change, reconcile_policy, skip, version_to_write};
use super::twins::Twins;
use asogate_aso::annotations::{RECONCILE_POLICY, SKIPRECONCILE};
use asogate_core::change::Change;
use asogate_core::object::ObjectId;
use asogate_core::snapshot::Snapshot;
use std::collections::BTreeSet;

/// A patch to `skip` for every twin that does not say so, then the removal of `skipreconcile` from every v1 object that
/// has it.
pub(super) fn changes(objects: &[ObjectId], snapshot: &Snapshot) -> Result<Vec<Change>, StepError> {
    let twins = Twins::of(snapshot);
    let paused = || {
        objects
            .iter()
            .filter_map(|id| snapshot.get(*id))
            .filter(|object| skip(object, snapshot).is_some())
    };
    let released: BTreeSet<ObjectId> = paused().flat_map(|object| twins.find(&object)).collect();
    let mut changes = vec![];
    for object in released.into_iter().filter_map(|id| snapshot.get(id)) {
        if reconcile_policy(&object, snapshot) != Some("skip") {
            let version = version_to_write(&object, snapshot)?;
            changes.push(change(
                &object,
                version,
                annotate(RECONCILE_POLICY, Some("skip")),
                snapshot,
            ));
        }
    }
    for object in paused() {
        let version = snapshot.text(object.version()).to_owned();
        changes.push(change(
            &object,
            version,
            annotate(SKIPRECONCILE, None),
            snapshot,
        ));
    }
    Ok(changes)
}
