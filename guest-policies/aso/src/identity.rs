//! Which Azure resource an object stands for.
//!
//! This is what v1 and v2 objects have in common: names in Kubernetes differ, API groups differ, but both end at one ARM
//! id. It is computed as the operators compute it, from plain cells, so that policies (which have rows) and steps (which
//! have objects) do it the same way. What cannot be computed is an error with its reason, never a guess.

mod of_v1;
mod of_v2;

pub use of_v1::{
    V1_COLUMNS, V1_SUBNET_COLUMN, compute_v1, further_v1, has_further_v1, identify_v1, reach_v1,
    within_v1,
};
pub(crate) use of_v1::{V1Address, address};
pub use of_v2::{FoundOwner, OwnerKey, V2_COLUMNS, V2Object, V2OwnerCells, identify_v2, within_v2};

use crate::arm_id::ArmIdError;
use std::fmt;

/// Whether an address is that of the resource, or of what it lives inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The object stands for the ARM resource with this address.
    Itself,
    /// The object stands for something that has no ARM id of a known form (a database user, a key, something done once); the
    /// address is that of the resource it belongs to.
    Inside,
}

/// Why the Azure resource of an object is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unidentified {
    /// The kind is not one that is known here.
    UnknownKind,
    /// The object does not stand for an ARM resource; [`within_v1`] or [`within_v2`] tell where it belongs.
    NotArm,
    /// A field that is part of the address is absent: its column.
    MissingField(String),
    /// The subscription of the credential is not known.
    NoSubscription,
    /// `spec.owner` names no owner.
    NoOwner,
    /// The owner that `spec.owner` names is neither in the cluster nor in the import.
    OwnerAbsent {
        /// Group of the owner.
        group: String,
        /// Kind of the owner.
        kind: String,
        /// Name of the owner, in the object's namespace.
        name: String,
    },
    /// `spec.owner.armId` is the id of another type of resource than the owner must have.
    OwnerOfWrongType {
        /// The type that it has.
        found: String,
        /// The type that it must have.
        expected: &'static str,
    },
    /// A cell that must be an ARM id is none: its column, and what is wrong.
    NotAnId(&'static str, ArmIdError),
    /// Owners lead back to the object itself.
    OwnersInACircle,
}

impl fmt::Display for Unidentified {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unidentified::UnknownKind => out.write_str("its kind is not known to asogate"),
            Unidentified::NotArm => out.write_str("it does not stand for an ARM resource"),
            Unidentified::MissingField(column) => write!(out, "its `{column}` is not set"),
            Unidentified::NoSubscription => {
                out.write_str("the subscription of its credential is not known")
            }
            Unidentified::NoOwner => out.write_str("its `spec.owner` names no owner"),
            Unidentified::OwnerAbsent { group, kind, name } => write!(
                out,
                "its owner `{kind}.{group}` `{name}` is neither in its namespace nor in the import"
            ),
            Unidentified::OwnerOfWrongType { found, expected } => write!(
                out,
                "its `spec.owner.armId` is a `{found}`, but its owner must be a `{expected}`"
            ),
            Unidentified::NotAnId(column, error) => {
                write!(out, "its `{column}` is not an ARM id: {error}")
            }
            Unidentified::OwnersInACircle => {
                out.write_str("its owners lead back to where they began")
            }
        }
    }
}

impl std::error::Error for Unidentified {}
