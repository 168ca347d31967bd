//! `adopt`: v2 takes over, because its objects lose the `skip` policy. The operator answers with a PUT of the full spec
//! at once (FACTS (c)).

use super::StepError;
use super::objects::{annotate, change, reconcile_policy, version_to_write};
use asogate_aso::annotations::RECONCILE_POLICY;
use asogate_core::change::Change;
use asogate_core::object::ObjectId;
use asogate_core::snapshot::Snapshot;

/// One patch for every object that carries the policy `skip`. Objects with another value, or none, are managed already
/// (or follow their namespace), and are left alone.
pub(super) fn changes(objects: &[ObjectId], snapshot: &Snapshot) -> Result<Vec<Change>, StepError> {
    let skipped = objects
        .iter()
        .filter_map(|id| snapshot.get(*id))
        .filter(|object| reconcile_policy(object, snapshot) == Some("skip"));
    skipped
        .map(|object| {
            let version = version_to_write(&object, snapshot)?;
            Ok(change(
                &object,
                version,
                annotate(RECONCILE_POLICY, None),
                snapshot,
            ))
        })
        .collect()
}
