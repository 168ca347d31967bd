//! What still keeps a dependent: its owner references, counted by what is known of their owners.

use super::world::World;
use crate::object::{GroupKind, ObjectId, ObjectKey};
use crate::pool::Symbol;
use crate::snapshot::OwnerReference;
use hashbrown::{HashMap, HashSet};

/// What one owner reference is worth to the object that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// Its owner exists and keeps the object.
    Keeps,
    /// Its owner exists, but it was going before the plan: it, or what keeps it, was being deleted.
    Leaving,
    /// There is no such owner.
    Dead,
    /// Whether there is such an owner could not be read.
    Unread,
}

/// The owner references of one object, counted.
#[derive(Debug, Default)]
pub(super) struct Ties {
    pub(super) keeping: usize,
    pub(super) leaving: usize,
    pub(super) dead: usize,
    pub(super) unread: usize,
    /// References because of which the garbage collector leaves the object alone (see [`World::makes_immune`]).
    pub(super) immunising: usize,
    /// Whether the garbage collector took off the references that named nobody before the plan.
    pub(super) is_swept: bool,
    /// Positions of references that are gone since an owner went.
    pub(super) removed: HashSet<u32>,
}

impl Ties {
    pub(super) fn is_immune(&self) -> bool {
        self.immunising > 0
    }

    /// An owner reference of this worth counts no longer.
    pub(super) fn lose(&mut self, worth: Worth, immunising: bool) {
        let count = match worth {
            Worth::Keeps => &mut self.keeping,
            Worth::Leaving => &mut self.leaving,
            Worth::Dead => &mut self.dead,
            Worth::Unread => &mut self.unread,
        };
        // INVARIANT: every reference was counted once. Were one not, too few would be left, so that the object goes.
        *count = count.saturating_sub(1);
        self.immunising = self.immunising.saturating_sub(usize::from(immunising));
    }

    /// Whether the object goes because of what its references say, with no delete that would have touched them: there are
    /// references, and it is certain that none of them keeps it.
    pub(super) fn is_lost(&self) -> bool {
        !self.is_immune() && self.keeping + self.unread == 0 && self.leaving + self.dead > 0
    }
}

/// Judges owner references. Owners that stopped to keep anybody stay so.
#[derive(Default)]
pub(super) struct Owners {
    /// Owners that went, or that wait for their dependents to go, or that gave their dependents free.
    stopped: HashSet<ObjectId>,
    /// Owners that were going before the plan; none until that is worked out.
    leaving: Option<HashSet<ObjectId>>,
    /// Whether all objects of a kind are known.
    complete: HashMap<(Symbol, Symbol), bool>,
}

impl Owners {
    pub(super) fn has_stopped(&self, owner: ObjectId) -> bool {
        self.stopped.contains(&owner)
    }

    pub(super) fn stop(&mut self, owner: ObjectId) {
        self.stopped.insert(owner);
    }

    /// The owners that were going before the plan.
    pub(super) fn set_leaving(&mut self, before: Owners) {
        self.leaving = Some(before.stopped);
    }

    pub(super) fn knows_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// What an owner that has not stopped is worth.
    pub(super) fn worth_of(&self, owner: ObjectId) -> Worth {
        let leaving = self.leaving.as_ref();
        if leaving.is_some_and(|leaving| leaving.contains(&owner)) {
            Worth::Leaving
        } else {
            Worth::Keeps
        }
    }

    pub(super) fn worth(
        &mut self,
        dependent: ObjectId,
        reference: &OwnerReference,
        world: &World<'_>,
    ) -> Worth {
        match world.referent(reference) {
            Some(owner) if self.stopped.contains(&owner) => Worth::Dead,
            Some(owner) if !world.may_own(owner, dependent) => Worth::Dead,
            Some(owner) if !world.is_named_right(reference, owner) => Worth::Dead,
            Some(owner) => self.worth_of(owner),
            None if self.is_complete(reference, world) => Worth::Dead,
            None => Worth::Unread,
        }
    }

    /// Whether an owner of this kind that is not in the snapshot does not exist. A kind that is not served counts: the
    /// garbage collector would put its decision off until the kind is served again, which is no protection.
    fn is_complete(&mut self, reference: &OwnerReference, world: &World<'_>) -> bool {
        let kind = (reference.group, reference.kind);
        *self.complete.entry(kind).or_insert_with(|| {
            let kind = GroupKind::new(world.text(kind.0), world.text(kind.1));
            world.snapshot().coverage().of(&kind).is_complete()
        })
    }

    pub(super) fn count(&mut self, dependent: ObjectId, world: &World<'_>) -> Ties {
        let mut ties = Ties::default();
        for reference in world.owners(dependent) {
            if let Some(owner) = world.referent(reference)
                && world.makes_immune(owner, dependent)
            {
                ties.immunising += 1;
            }
            match self.worth(dependent, reference, world) {
                Worth::Keeps => ties.keeping += 1,
                Worth::Leaving => ties.leaving += 1,
                Worth::Dead => ties.dead += 1,
                Worth::Unread => ties.unread += 1,
            }
        }
        ties
    }

    /// Positions of the references of an object that name nobody who exists.
    pub(super) fn dead(&mut self, dependent: ObjectId, world: &World<'_>) -> Vec<u32> {
        let references = (0..).zip(world.owners(dependent));
        references
            .filter(|(_, reference)| self.worth(dependent, reference, world) == Worth::Dead)
            .map(|(position, _)| position)
            .collect()
    }

    /// The owners of an object that could not be read.
    pub(super) fn unread(&mut self, dependent: ObjectId, world: &World<'_>) -> Vec<ObjectKey> {
        let mut keys: Vec<ObjectKey> = Vec::new();
        for reference in world.owners(dependent) {
            if self.worth(dependent, reference, world) == Worth::Unread {
                keys.push(ObjectKey {
                    kind: GroupKind::new(world.text(reference.group), world.text(reference.kind)),
                    namespace: None,
                    name: world.text(reference.name).to_owned(),
                });
            }
        }
        keys
    }
}
