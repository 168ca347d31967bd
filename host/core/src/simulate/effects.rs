//! Puts what a wave did into the order in which it is told.

use super::driver::Run;
use super::wave::{Taken, Wave};
use super::{Cause, Effect, Operation};
use crate::change::Propagation;
use crate::object::ObjectId;
use hashbrown::HashMap;

impl Run<'_> {
    /// Appends the effects of a finished wave.
    pub(super) fn emit(&mut self, mut wave: Wave) {
        if let (Some((position, _)), Some(id)) = (wave.requested, wave.resumed) {
            let mut effect = effect(Operation::Update, Cause::Requested, id);
            if self.is_gone(id) {
                effect.operation = Operation::Delete;
            }
            effect.requested = Some(position);
            effect.already_terminating = true;
            self.outcome.effects.push(effect);
            wave.completed.retain(|completed| *completed != id);
        }
        // What goes with a foreground deletion, by the object that is deleted so.
        let mut followers: HashMap<ObjectId, Vec<Taken>> = HashMap::new();
        let mut others = Vec::new();
        for taken in std::mem::take(&mut wave.taken) {
            match taken.doom.leader {
                Some(leader) => followers.entry(leader).or_default().push(taken),
                None => others.push(taken),
            }
        }
        for (index, taken) in others.into_iter().enumerate() {
            let mut followers = followers.remove(&taken.doom.object).unwrap_or_default();
            followers.sort_by_key(|follower| std::cmp::Reverse(follower.level));
            if index == 0 {
                self.emit_delete(taken, wave.requested.take());
                for follower in followers {
                    self.emit_delete(follower, None);
                }
            } else {
                for follower in followers {
                    self.emit_delete(follower, None);
                }
                self.emit_delete(taken, None);
            }
        }
        // Every follower has its leader among the others; should one have none, it must still be told.
        let mut rest: Vec<Taken> = followers.into_values().flatten().collect();
        rest.sort_by_key(|taken| taken.doom.object);
        for taken in rest {
            self.emit_delete(taken, None);
        }
        for id in wave.completed {
            let mut effect = effect(Operation::Delete, Cause::GarbageCollected, id);
            effect.path = self
                .deletions
                .get(&id)
                .map_or(vec![], |deletion| deletion.path.clone());
            effect.already_terminating = true;
            self.outcome.effects.push(effect);
        }
        // With `Hold`, what stayed at first may have gone when a held owner went after all.
        wave.unlinked
            .retain(|effect| !self.deletions.contains_key(&effect.object));
        self.outcome.effects.append(&mut wave.unlinked);
    }

    fn emit_delete(&mut self, taken: Taken, requested: Option<(usize, Option<Propagation>)>) {
        let doom = taken.doom;
        let mut effect = effect(Operation::Delete, doom.cause, doom.object);
        effect.finalizers = self.holding(doom.object);
        effect.path = doom.path;
        effect.already_terminating = taken.already_terminating;
        effect.unread_owners = doom.unread;
        if let Some((position, propagation)) = requested {
            effect.requested = Some(position);
            effect.propagation = propagation;
        }
        self.outcome.effects.push(effect);
    }
}

/// An effect of which only that much is known.
pub(super) fn effect(operation: Operation, cause: Cause, object: ObjectId) -> Effect {
    Effect {
        operation,
        cause,
        object,
        path: vec![],
        requested: None,
        propagation: None,
        finalizers: vec![],
        already_terminating: false,
        unlinked: vec![],
        unread_owners: vec![],
    }
}
