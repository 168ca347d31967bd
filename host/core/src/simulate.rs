//! The consequences of a plan: what Kubernetes will do because of its changes.
//!
//! The rules are those of the garbage collector, the namespace controller and the finalizer of custom resource
//! definitions of Kubernetes. Where their outcome depends on which of them is faster, or on an object that was not read,
//! the worse outcome is assumed: an object that may go goes. The parts: `world` is what the objects look like after the
//! changes so far, `dependents` finds who depends on whom, `ties` counts what still keeps a dependent, `cascade`
//! follows a delete to its end, collecting what happens in a `wave`, `hold` knows what keeps a deleted object, `effects`
//! puts a finished wave in order, `driver` makes the requested changes one by one.
//!
//! A real control plane is the judge of this: `tests/garbage_collector.rs` puts random owner graphs onto one, executes
//! random plans, and compares what is left. These differences are known and stay:
//!
//! - Races. With [`Finalizers::Act`] an object that another order of events would have kept may be said to go; never the
//!   other way round. What depends on who is faster: an object orphaned by one change that lost another owner to an earlier
//!   one; the finalizers `orphan` and `foregroundDeletion` on objects that go as consequences; an object that a namespace or a
//!   definition takes along while the garbage collector does so too, in another way; with [`Finalizers::Hold`], whether
//!   an object that is held blocks the first or only the last of several owners which wait for it, and whether its
//!   dependents are looked at while it waits for others to go.
//! - A delete of an object that is being deleted already. The API server lets the second delete replace the propagation of the
//!   first one: dependents of an object that its finalizers hold can still be orphaned. The finalizers may be gone before
//!   the second delete comes, so the first one is taken to have its way.
//! - An object without a namespace whose owner has one is left alone by the garbage collector, which knows the scope of every
//!   kind. Here the scope of an owner is known only from the owner; of one that no longer exists it is not, and the object is
//!   taken to go.
//! - What was being deleted before the plan goes without it. So that a change takes the last obstacle out of the way of a
//!   namespace, a definition or an object in foreground that was being deleted is not told as a consequence of the change.
//! - An object that blocks its own foreground deletion is never gone in Kubernetes. With [`Finalizers::Act`] it goes.
//!
//! Everything costs time linear in the objects and owner references of the snapshot and in the plan; nothing is indexed
//! for a plan that deletes nothing.

mod cascade;
mod dependents;
mod driver;
mod effects;
mod hold;
mod ties;
mod wave;
mod world;

#[cfg(test)]
mod tests;

use crate::change::Propagation;
use crate::object::{ObjectId, ObjectKey};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// The longest [`Effect::path`]. Keeps a hostile snapshot (one chain of 100,000 owners) from costing the square of its
/// length in memory; real chains have fewer than ten links.
pub const PATH_LIMIT: usize = 64;

/// What is assumed of the controllers behind finalizers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finalizers {
    /// They act: a deleted object goes in the end. What the gate assumes, because it must not pass a plan that is
    /// harmless only as long as a controller is down.
    #[default]
    Act,
    /// They never act: a deleted object with finalizers stays, terminating. What a cluster without the controllers shows.
    /// The finalizers of Kubernetes itself (`orphan`, `foregroundDeletion`, and those behind the deletion of namespaces
    /// and custom resource definitions) act all the same.
    Hold,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It comes into being.
    Create,
    /// It changes.
    Update,
    /// It goes (see [`Effect::finalizers`]). A patch that takes the last finalizer off a terminating object is one, too.
    Delete,
}

/// Why something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The plan asks for it.
    Requested,
    /// The last owner went; or, of an object that the plan creates or gives other owners, none of its owners exists.
    GarbageCollected,
    /// Its namespace was deleted.
    NamespaceDeleted,
    /// The definition of its kind was deleted.
    CrdDeleted,
    /// An owner reference was removed: the owner went and another one stays, or it was deleted with orphan propagation; or
    /// the plan gave the object this reference, it names nobody who exists, and another one keeps the object.
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
    /// To which object. Created objects have ids after those of the snapshot, in the order of the plan; creates with a
    /// conflict get none.
    pub object: ObjectId,
    /// For a consequence: the objects that led to it, the requested one first, the nearest one last. Just the object
    /// itself if the requested change gave it owners that do not exist. Of a path longer than [`PATH_LIMIT`] the links
    /// after the first one are left out.
    pub path: Vec<ObjectId>,
    /// Position in the plan of the change, for a requested one.
    pub requested: Option<usize>,
    /// For a requested delete.
    pub propagation: Option<Propagation>,
    /// The finalizers that hold a deleted object until their controllers have acted. Kubernetes' own are left out, but
    /// for one case: with [`Finalizers::Hold`], an object that waits for another one which is held carries
    /// `foregroundDeletion`, `kubernetes` (a namespace) or `customresourcecleanup.apiextensions.k8s.io` here. So with
    /// [`Finalizers::Hold`] an object is gone if and only if one of its deletes has no finalizers.
    pub finalizers: Vec<String>,
    /// Whether the object was being deleted before the plan. With [`Finalizers::Hold`] also whether an earlier change of
    /// the plan left it terminating; then it has two deletes, and only there.
    pub already_terminating: bool,
    /// For [`Cause::Unlinked`]: uids of the owners whose references went.
    pub unlinked: Vec<String>,
    /// Other owners of a garbage-collected object that could not be read; it is assumed that they do not keep it. They
    /// have no namespace, since it is not known whether their kind has one.
    pub unread_owners: Vec<ObjectKey>,
}

impl Effect {
    /// Whether the object exists no longer afterwards.
    pub fn is_gone(&self, finalizers: Finalizers) -> bool {
        self.operation == Operation::Delete
            && (finalizers == Finalizers::Act || self.finalizers.is_empty())
    }
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
    /// What happens, in order: each requested change is followed by its consequences. These are ordered by their
    /// distance from the change and then by id; but what a foreground deletion takes along comes deepest first, before
    /// the object that is deleted so (if that is not the requested one itself). Unlinked objects come last. Among the
    /// consequences of one change this is not always the order in which Kubernetes acts, which depends on controllers.
    pub effects: Vec<Effect>,
    /// What cannot be made, with the position of the change in the plan. Such a change has no effect.
    pub conflicts: Vec<(usize, Conflict)>,
    /// For each created object, in the order of their ids, the position of its change in the plan.
    pub created: Vec<usize>,
}

/// Works out what `plan` does to `snapshot`.
pub fn simulate(snapshot: &Snapshot, plan: &Plan, finalizers: Finalizers) -> Outcome {
    driver::Run::new(snapshot, finalizers).execute(plan)
}
