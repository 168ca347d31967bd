//! What keeps a deleted object from going: its own finalizers, dependents that block its foreground deletion, and what is
//! inside of a namespace or of the kind of a definition. With [`Finalizers::Act`] all of that goes in the end, so nothing
//! here counts.

use super::Finalizers;
use super::driver::Run;
use super::world::{DEFINITION, FOREGROUND, NAMESPACE};
use crate::object::ObjectId;

impl Run<'_> {
    fn counts_holders(&self) -> bool {
        self.mode == Finalizers::Hold
    }

    /// Whether nothing keeps a deleted object.
    pub(super) fn is_free(&self, id: ObjectId) -> bool {
        !self.counts_holders()
            || (self.world.foreign_finalizers(id).next().is_none() && self.blockers(id) == 0)
    }

    fn blockers(&self, id: ObjectId) -> usize {
        self.deletions
            .get(&id)
            .map_or(0, |deletion| deletion.blockers)
    }

    /// What [`super::Effect::finalizers`] says of a deleted object.
    pub(super) fn holding(&self, id: ObjectId) -> Vec<String> {
        let foreign = self.world.foreign_finalizers(id);
        let mut finalizers: Vec<String> = foreign.map(str::to_owned).collect();
        if self.blockers(id) > 0 {
            let kind = self.world.kind(id);
            let own = match kind.map(|kind| (kind.group.as_str(), kind.kind.as_str())) {
                Some(("", "Namespace")) => NAMESPACE,
                Some(("apiextensions.k8s.io", "CustomResourceDefinition")) => DEFINITION,
                _ => FOREGROUND,
            };
            finalizers.push(own.to_owned());
        }
        finalizers
    }

    /// `container`, a namespace or definition, must wait for `content`.
    pub(super) fn hold_for(&mut self, container: ObjectId, content: ObjectId) {
        if self.counts_holders() {
            self.waiting.entry(content).or_default().push(container);
            self.block(container);
        }
    }

    fn block(&mut self, id: ObjectId) {
        if let Some(deletion) = self.deletions.get_mut(&id) {
            deletion.blockers += 1;
        }
    }

    /// One thing less holds a deleted object; returns it if that was the last one.
    fn unblock_by_one(&mut self, id: ObjectId) -> Option<ObjectId> {
        let deletion = self.deletions.get_mut(&id)?;
        deletion.blockers = deletion.blockers.saturating_sub(1);
        (deletion.blockers == 0).then_some(id)
    }

    /// Whether the object waits for dependents to go first. The garbage collector takes `foregroundDeletion` off as soon as
    /// nothing blocks the object any more, whatever else still holds it.
    pub(super) fn awaits_dependents(&self, id: ObjectId) -> bool {
        self.deletions
            .get(&id)
            .is_some_and(|deletion| deletion.foreground && !deletion.gone && deletion.blockers > 0)
    }

    /// Counts the dependents that block a foreground deletion which begins.
    pub(super) fn count_blocking_dependents(&mut self, id: ObjectId) {
        if !self.counts_holders() {
            return;
        }
        for edge in self.dependents.of(self.world.by_uid(id), &self.world) {
            let owners = self.world.owners(edge.dependent);
            let reference = owners.get(edge.reference as usize);
            let is_blocking = reference.is_some_and(|reference| reference.block_owner_deletion)
                && !self.is_gone(edge.dependent)
                && !self.released.contains(&(edge.dependent, edge.reference));
            if is_blocking {
                self.block(id);
            }
        }
    }

    /// An object is gone: whom it held, and who is free now.
    pub(super) fn release(&mut self, id: ObjectId) -> Vec<ObjectId> {
        if !self.counts_holders() {
            return vec![];
        }
        let containers = self.waiting.remove(&id).unwrap_or_default();
        let mut freed = self.release_references(id);
        freed.extend(
            containers
                .into_iter()
                .filter_map(|container| self.unblock_by_one(container)),
        );
        freed
    }

    /// None of the references of an object block its owners any more.
    pub(super) fn release_references(&mut self, id: ObjectId) -> Vec<ObjectId> {
        let count = self.world.owners(id).len() as u32;
        (0..count)
            .filter_map(|position| self.release_reference(id, position))
            .collect()
    }

    /// One reference of an object does not block its owner any more; returns the owner if it is free now.
    pub(super) fn release_reference(&mut self, id: ObjectId, position: u32) -> Option<ObjectId> {
        let reference = *self.world.owners(id).get(position as usize)?;
        if !self.counts_holders()
            || !reference.block_owner_deletion
            || !self.released.insert((id, position))
        {
            return None;
        }
        let owner = self.world.referent(&reference)?;
        self.awaits_dependents(owner)
            .then(|| self.unblock_by_one(owner))
            .flatten()
    }

    /// The references that a requested change gave an object block its owners, if these are deleted in foreground.
    pub(super) fn block_owners(&mut self, id: ObjectId) {
        if !self.counts_holders() {
            return;
        }
        for (position, reference) in self.world.owners(id).to_vec().into_iter().enumerate() {
            self.released.remove(&(id, position as u32));
            let owner = self.world.referent(&reference);
            if let Some(owner) = owner.filter(|_| reference.block_owner_deletion)
                && self.awaits_dependents(owner)
            {
                self.block(owner);
            }
        }
    }
}
