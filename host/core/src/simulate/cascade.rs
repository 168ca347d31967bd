//! Follows one delete to its end: level by level from the deleted object to its dependents and contents, until nothing
//! more goes. Dependents that lost an owner and stay are unlinked at the end, when it is certain that they stay.
//!
//! INVARIANT: an object is begun at most once, and an owner stops to keep its dependents at most once; so every wave ends,
//! and all of them together visit every owner reference a bounded number of times.

use super::driver::{Deletion, Run};
use super::effects::effect;
use super::ties::Worth;
use super::wave::{Doom, Loss, Losses, Taken, Wave};
use super::{Cause, Finalizers, Operation, PATH_LIMIT};
use crate::change::Propagation;
use crate::object::ObjectId;

impl Run<'_> {
    /// Lets `wave` run, with `level` as what goes first, and appends its effects.
    pub(super) fn cascade(&mut self, mut wave: Wave, mut level: Vec<Doom>) {
        loop {
            while !level.is_empty() {
                level.sort_by_key(|doom| doom.object);
                let mut next = vec![];
                for doom in std::mem::take(&mut level) {
                    self.begin(doom, &mut wave, &mut next);
                }
                self.settle(&mut wave);
                self.collect(&mut wave, &mut next);
                level = next;
                wave.level += 1;
            }
            self.unlink(&mut wave);
            self.settle(&mut wave);
            self.collect(&mut wave, &mut level);
            if level.is_empty() && wave.losses.is_empty() {
                break;
            }
        }
        self.emit(wave);
    }

    /// Starts to delete one object.
    fn begin(&mut self, doom: Doom, wave: &mut Wave, next: &mut Vec<Doom>) {
        let id = doom.object;
        if self.deletions.contains_key(&id) {
            return;
        }
        let already_terminating = self.world.was_terminating(id);
        let by_finalizers = self.world.finalizer_propagation(id);
        // The API server does not look at what the first delete of a definition says about dependents.
        let asked = doom.propagation;
        let asked = asked.filter(|_| already_terminating || !self.world.is_definition(id));
        let propagation = match asked {
            Some(asked) if !already_terminating => asked,
            // A second delete does not change the first one. Yet the API server takes the finalizer `orphan` off if the
            // second one does not ask for it, and whether the dependents were free by then is a race.
            Some(asked) if by_finalizers == Propagation::Orphan => asked,
            // The garbage collector asks for foreground if an owner waits, and may be faster than whoever takes the
            // object along for another reason.
            None if wave.losses.get(&id).is_some_and(Losses::has_waiting) => {
                Propagation::Foreground
            }
            _ => by_finalizers,
        };
        self.deletions.insert(
            id,
            Deletion {
                change: wave.position,
                path: doom.path.clone(),
                gone: false,
                blockers: 0,
                foreground: propagation == Propagation::Foreground,
            },
        );
        let leader = doom.leader.unwrap_or(id);
        wave.leaders.insert(id, leader);
        wave.taken.push(Taken {
            doom,
            level: wave.level,
            already_terminating,
        });
        self.begin_contents(id, next);
        match propagation {
            Propagation::Background => {}
            Propagation::Foreground => {
                self.count_blocking_dependents(id);
                self.lose(id, Loss::Waiting, wave);
            }
            Propagation::Orphan => self.lose(id, Loss::Orphaned, wave),
        }
        wave.pending.push_back((id, None));
    }

    /// Starts with what a namespace or a definition takes along, whoever owns it.
    fn begin_contents(&mut self, id: ObjectId, next: &mut Vec<Doom>) {
        let Some(kind) = self.world.kind(id) else {
            return;
        };
        let name = self.world.name(id);
        let (ids, cause, propagation) = match (kind.group.as_str(), kind.kind.as_str()) {
            ("", "Namespace") => (
                self.contents.of_namespace(name, &self.world),
                Cause::NamespaceDeleted,
                // The namespace controller asks for background deletion, whatever finalizers say.
                Some(Propagation::Background),
            ),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => (
                self.contents.of_definition(id, name, &self.world),
                Cause::CrdDeleted,
                None,
            ),
            _ => return,
        };
        let path = self.path_through(id);
        for content in ids {
            if self.is_gone(content) || content == id {
                continue;
            }
            self.hold_for(id, content);
            let mut doom = Doom::new(content, cause);
            doom.path = path.clone();
            doom.propagation = propagation;
            next.push(doom);
        }
    }

    /// The path of a consequence of what happened to `id`.
    fn path_through(&self, id: ObjectId) -> Vec<ObjectId> {
        let led_here = self.deletions.get(&id);
        let mut path = led_here.map_or(vec![], |deletion| deletion.path.clone());
        if path.last() != Some(&id) {
            path.push(id);
        }
        if path.len() > PATH_LIMIT {
            path.remove(1);
        }
        path
    }

    /// Lets everything go that nothing holds any more.
    fn settle(&mut self, wave: &mut Wave) {
        while let Some((id, held_by)) = wave.pending.pop_front() {
            if self.is_gone(id) || !self.is_free(id) {
                continue;
            }
            let path = held_by.map(|holder| self.path_through(holder));
            if let Some(deletion) = self.deletions.get_mut(&id) {
                deletion.gone = true;
                if deletion.change != wave.position {
                    deletion.path = path.unwrap_or_default();
                    wave.completed.push(id);
                }
            }
            self.lose(id, Loss::Gone, wave);
            let freed = self.release(id);
            wave.pending
                .extend(freed.into_iter().map(|freed| (freed, Some(id))));
        }
    }

    /// Tells the dependents of an object that it keeps them no longer. They hear it once.
    fn lose(&mut self, id: ObjectId, loss: Loss, wave: &mut Wave) {
        self.know_leaving();
        let owner = self.world.by_uid(id);
        if self.owners.has_stopped(owner) {
            return;
        }
        let mut edges = self.dependents.of(owner, &self.world);
        edges.retain(|edge| {
            // The garbage collector gives free whoever refers to the uid, but collects only what it can own.
            let is_dependent = loss == Loss::Orphaned || self.world.may_own(owner, edge.dependent);
            is_dependent && !self.deletions.contains_key(&edge.dependent)
        });
        for edge in &edges {
            self.ties(edge.dependent);
        }
        let worth = self.owners.worth_of(owner);
        self.owners.stop(owner);
        for edge in edges {
            let reference = self
                .world
                .owners(edge.dependent)
                .get(edge.reference as usize);
            let counts = self.world.may_own(owner, edge.dependent)
                && reference.is_some_and(|reference| self.world.is_named_right(reference, owner));
            let is_immunising = self.world.makes_immune(owner, edge.dependent);
            let ties = self.ties(edge.dependent);
            if ties.removed.contains(&edge.reference) {
                continue;
            }
            ties.lose(if counts { worth } else { Worth::Dead }, is_immunising);
            let losses = wave.losses.entry(edge.dependent).or_default();
            losses.lost.push((id, edge.reference, loss));
            losses.is_collected |= loss != Loss::Orphaned;
            if loss == Loss::Waiting {
                losses.waiting = Some(id);
            }
            wave.reached.push(edge.dependent);
        }
    }

    /// Dooms the dependents that nothing keeps any more.
    fn collect(&mut self, wave: &mut Wave, next: &mut Vec<Doom>) {
        let mut reached = std::mem::take(&mut wave.reached);
        reached.sort_unstable();
        reached.dedup();
        for id in reached {
            if self.deletions.contains_key(&id) {
                continue;
            }
            let Some(losses) = wave.losses.get(&id) else {
                continue;
            };
            let ties = self.ties.get(&id);
            let goes = ties.is_some_and(|ties| {
                let nothing_keeps_it =
                    losses.is_collected && ties.keeping == 0 && !ties.is_immune();
                nothing_keeps_it || ties.is_lost()
            });
            let Some((nearest, ..)) = losses.lost.last().filter(|_| goes) else {
                continue;
            };
            let mut doom = Doom::new(id, Cause::GarbageCollected);
            doom.path = self.path_through(*nearest);
            doom.unread = self.owners.unread(id, &self.world);
            if let Some(waiting) = losses.waiting {
                doom.leader = wave.leaders.get(&waiting).copied();
                let dependents = self.present_dependents(id);
                if !dependents.is_empty() {
                    doom.propagation = Some(Propagation::Foreground);
                }
                // Kubernetes' way out of a circle of foreground deletions: an object that goes because its owner waits,
                // and one of whose dependents waits too, blocks its owners no longer.
                if dependents
                    .into_iter()
                    .any(|dependent| self.awaits_dependents(dependent))
                {
                    let freed = self.release_references(id);
                    wave.pending
                        .extend(freed.into_iter().map(|freed| (freed, Some(id))));
                }
            }
            next.push(doom);
        }
    }

    fn present_dependents(&mut self, id: ObjectId) -> Vec<ObjectId> {
        let edges = self.dependents.of(self.world.by_uid(id), &self.world);
        let dependents = edges.into_iter().map(|edge| edge.dependent);
        dependents
            .filter(|dependent| !self.is_gone(*dependent))
            .collect()
    }

    /// Takes the references to lost owners off the dependents that stay.
    fn unlink(&mut self, wave: &mut Wave) {
        let mut survivors: Vec<_> = std::mem::take(&mut wave.losses).into_iter().collect();
        survivors.sort_unstable_by_key(|(id, _)| *id);
        for (id, losses) in survivors {
            if self.deletions.contains_key(&id) {
                continue;
            }
            // The garbage collector leaves these alone; only orphaning asks nothing.
            let is_left_alone = self.world.was_terminating(id) || self.ties(id).is_immune();
            let counts = |loss: Loss| loss == Loss::Orphaned || !is_left_alone;
            let collected = losses
                .lost
                .iter()
                .filter(|(.., loss)| *loss != Loss::Orphaned);
            let collected = collected.count();
            let ties = self.ties(id);
            let is_swept = losses.is_collected && !is_left_alone;
            let sweeps_others = is_swept && ties.dead > 0 && !ties.is_swept;
            ties.is_swept |= is_swept;
            // The garbage collector may not have taken these references off by the time of the next change, or the owner
            // may still wait for its finalizers: then they count as those of an owner that goes. Only a simulation of
            // what a cluster shows waits for everybody after each change.
            ties.dead += collected;
            if is_swept && self.mode == Finalizers::Hold {
                self.ties(id).dead = 0;
            }
            let Some((nearest, ..)) = losses.lost.iter().find(|(.., loss)| counts(*loss)) else {
                continue;
            };
            let mut positions: Vec<u32> = losses
                .lost
                .iter()
                .filter(|(.., loss)| counts(*loss))
                .map(|(_, position, _)| *position)
                .collect();
            if sweeps_others {
                positions.extend(self.owners.dead(id, &self.world));
            }
            let nearest = *nearest;
            self.take_off(id, positions, nearest, wave);
        }
    }

    /// Takes these references off an object.
    fn take_off(&mut self, id: ObjectId, mut positions: Vec<u32>, why: ObjectId, wave: &mut Wave) {
        positions.sort_unstable();
        let removed = &mut self.ties(id).removed;
        positions.retain(|position| removed.insert(*position));
        let mut unlinked: Vec<String> = Vec::new();
        for position in positions {
            if let Some(reference) = self.world.owners(id).get(position as usize) {
                unlinked.push(self.world.text(reference.uid).to_owned());
            }
            let freed = self.release_reference(id, position);
            wave.pending.extend(freed.map(|freed| (freed, Some(why))));
        }
        unlinked.dedup();
        let mut effect = effect(Operation::Update, Cause::Unlinked, id);
        effect.path = self.path_through(why);
        effect.already_terminating = self.world.was_terminating(id);
        effect.unlinked = unlinked;
        wave.unlinked.push(effect);
    }

    /// The garbage collector looks at an object whose owner references are new, and which another one of them keeps: it takes
    /// off those that name nobody.
    pub(super) fn sweep(&mut self, position: usize, id: ObjectId) {
        let holds = self.mode == Finalizers::Hold;
        let ties = self.ties(id);
        if ties.is_immune() || ties.keeping == 0 || ties.dead == 0 {
            return;
        }
        ties.is_swept = true;
        if holds {
            ties.dead = 0;
        }
        let dead = self.owners.dead(id, &self.world);
        let mut wave = Wave::consequences(position);
        self.take_off(id, dead, id, &mut wave);
        self.cascade(wave, vec![]);
    }
}
