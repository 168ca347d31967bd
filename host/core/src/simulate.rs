//! The consequences of a plan: what Kubernetes will do because of its changes.

use crate::change::Propagation;
use crate::object::{ObjectId, ObjectKey};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// What is assumed of the controllers behind finalizers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finalizers {
    /// They act: a deleted object goes in the end. What the gate assumes, because it must not pass a plan that is
    /// harmless only as long as a controller is down.
    #[default]
    Act,
    /// They never act: a deleted object with finalizers stays, terminating. What a cluster without the controllers shows.
    Hold,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It comes into being.
    Create,
    /// It changes.
    Update,
    /// It goes (see [`Effect::finalizers`]).
    Delete,
}

/// Why something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The plan asks for it.
    Requested,
    /// The last owner went.
    GarbageCollected,
    /// Its namespace was deleted.
    NamespaceDeleted,
    /// The definition of its kind was deleted.
    CrdDeleted,
    /// An owner reference was removed: the owner went and another one stays, or it was deleted with orphan propagation.
    Unlinked,
}

impl Cause {
    /// The name in the contract and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Requested => "requested",
            Cause::GarbageCollected => "garbage-collected",
            Cause::NamespaceDeleted => "namespace-deleted",
            Cause::CrdDeleted => "crd-deleted",
            Cause::Unlinked => "unlinked",
        }
    }
}

/// One thing that happens: a requested change, or a consequence of one. Its number is its position, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What happens.
    pub operation: Operation,
    /// Why.
    pub cause: Cause,
    /// To which object. Created objects have ids after those of the snapshot, in the order of the plan.
    pub object: ObjectId,
    /// For a consequence: the objects that led to it, the requested one first, the nearest one last.
    pub path: Vec<ObjectId>,
    /// Position in the plan of the change, for a requested one.
    pub requested: Option<usize>,
    /// For a requested delete.
    pub propagation: Option<Propagation>,
    /// The finalizers that hold a deleted object until their controllers have acted.
    pub finalizers: Vec<String>,
    /// Whether the object was being deleted before the plan.
    pub already_terminating: bool,
    /// For [`Cause::Unlinked`]: uids of the owners whose references went.
    pub unlinked: Vec<String>,
    /// Other owners of a garbage-collected object that could not be read; it is assumed that they do not keep it.
    pub unread_owners: Vec<ObjectKey>,
}

/// Why a change cannot be made as planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A create of an object that exists.
    #[error("`{0}` exists already, so it cannot be created")]
    Exists(ObjectKey),
    /// A patch or delete of an object that does not exist (or is gone by then).
    #[error("`{0}` does not exist, so it cannot be changed")]
    Absent(ObjectKey),
    /// A precondition does not hold.
    #[error(
        "`{object}` has changed since the plan was made: its {field} is `{found}`, the plan expects `{expected}`"
    )]
    Changed {
        /// The object.
        object: ObjectKey,
        /// `uid` or `resourceVersion`.
        field: &'static str,
        /// What the plan expects.
        expected: String,
        /// What the snapshot has.
        found: String,
    },
}

/// What a plan does, consequences included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What happens, in order: each requested change is followed by its consequences.
    pub effects: Vec<Effect>,
    /// What cannot be made, with the position of the change in the plan. Such a change has no effect.
    pub conflicts: Vec<(usize, Conflict)>,
    /// For each created object, in the order of their ids, the position of its change in the plan.
    pub created: Vec<usize>,
}

/// Works out what `plan` does to `snapshot`.
pub fn simulate(_snapshot: &Snapshot, _plan: &Plan, _finalizers: Finalizers) -> Outcome {
    Outcome::default()
}
