//! `pause-v1`: v1 stops writing to Azure, because every v1 object carries `skipreconcile=true`.

use super::StepError;
use super::objects::{annotate, change, skip};
use asogate_aso::annotations::SKIPRECONCILE;
use asogate_aso::skipreconcile::is_paused;
use asogate_core::change::Change;
use asogate_core::object::ObjectId;
use asogate_core::snapshot::Snapshot;

/// One patch for every object that is not paused already, whatever wrong value it has.
pub(super) fn changes(objects: &[ObjectId], snapshot: &Snapshot) -> Result<Vec<Change>, StepError> {
    let active = objects
        .iter()
        .filter_map(|id| snapshot.get(*id))
        .filter(|object| !is_paused(skip(object, snapshot)));
    Ok(active
        .map(|object| {
            let version = snapshot.text(object.version()).to_owned();
            change(
                &object,
                version,
                annotate(SKIPRECONCILE, Some("true")),
                snapshot,
            )
        })
        .collect())
}
