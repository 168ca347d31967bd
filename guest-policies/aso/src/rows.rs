//! What this crate knows, read from the tables of a policy: which policy v2 follows for an object at a moment of the plan,
//! and which Azure resource a v1 or v2 object stands for.
//!
//! Each part says which selectors it needs, so that a policy asks for no more than it uses.

mod ids;
mod places;
mod policies;
mod subscriptions;
mod v1_objects;
mod v2_objects;

pub use ids::{ArmIdKey, Ids, subscription_of};
pub use places::{Both, Place, PlaceKey, Places};
pub use policies::ReconcilePolicies;
pub use subscriptions::Subscriptions;
pub use v1_objects::V1Objects;
pub use v2_objects::V2Objects;

use crate::operators::Operators;
use asogate_policy::{Input, Relation, Selector};

const SETTINGS: &str = "operator-settings";

/// The table that [`operators`] reads.
pub fn operators_selector() -> Selector {
    Selector::relation(SETTINGS, Relation::OperatorSettings)
}

/// The operators of the cluster, as they are before the plan.
///
/// # Errors
///
/// If [`operators_selector`] was not asked for.
pub fn operators(input: &Input) -> Result<Operators<'_>, String> {
    let table = input.table(SETTINGS)?;
    let columns = table.columns(["operator", "namespace", "setting", "value"])?;
    let rows = input.now().rows(table);
    Ok(Operators::from_rows(rows.map(|row| {
        columns.map(|column| row.text(column).unwrap_or_default())
    })))
}
