//! Makes the requested changes one by one, each with its consequences.

use super::dependents::{Contents, Dependents};
use super::effects::effect;
use super::ties::{Owners, Ties};
use super::wave::{Doom, Wave};
use super::world::World;
use super::{Cause, Conflict, Finalizers, Operation, Outcome};
use crate::change::{Action, Change, Propagation};
use crate::object::{ObjectId, ObjectKey};
use crate::plan::Plan;
use crate::snapshot::Snapshot;
use hashbrown::{HashMap, HashSet};

/// A deletion that the plan started.
pub(super) struct Deletion {
    /// Position of the requested change that started it.
    pub(super) change: usize,
    pub(super) path: Vec<ObjectId>,
    /// Whether the object exists no longer. Always so in the end with [`Finalizers::Act`].
    pub(super) gone: bool,
    /// How many objects must go first: those that block its foreground deletion, or are inside of it. Counted with
    /// [`Finalizers::Hold`] only.
    pub(super) blockers: usize,
    /// Whether dependents with `blockOwnerDeletion` hold it.
    pub(super) foreground: bool,
}

/// One simulation.
pub(super) struct Run<'a> {
    pub(super) world: World<'a>,
    pub(super) mode: Finalizers,
    pub(super) outcome: Outcome,
    pub(super) deletions: HashMap<ObjectId, Deletion>,
    pub(super) ties: HashMap<ObjectId, Ties>,
    pub(super) owners: Owners,
    pub(super) dependents: Dependents,
    pub(super) contents: Contents<'a>,
    /// With [`Finalizers::Hold`]: references that block no foreground deletion any more.
    pub(super) released: HashSet<(ObjectId, u32)>,
    /// With [`Finalizers::Hold`]: the namespace or definition that waits for an object.
    pub(super) waiting: HashMap<ObjectId, Vec<ObjectId>>,
    /// Objects that a requested change reached, from then on in the state that the plan gives them.
    changed: HashSet<ObjectId>,
}

impl<'a> Run<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, mode: Finalizers) -> Self {
        Run {
            world: World::new(snapshot),
            mode,
            outcome: Outcome::default(),
            deletions: HashMap::new(),
            ties: HashMap::new(),
            owners: Owners::default(),
            dependents: Dependents::default(),
            contents: Contents::default(),
            released: HashSet::new(),
            waiting: HashMap::new(),
            changed: HashSet::new(),
        }
    }

    pub(super) fn execute(mut self, plan: &'a Plan) -> Outcome {
        self.run(plan);
        self.outcome
    }

    pub(super) fn run(&mut self, plan: &'a Plan) {
        for (position, change) in plan.changes().iter().enumerate() {
            if let Err(conflict) = self.make(position, change) {
                self.outcome.conflicts.push((position, conflict));
            }
        }
    }

    fn make(&mut self, position: usize, change: &'a Change) -> Result<(), Conflict> {
        let existing = self.existing(&change.object);
        let id = match (&change.action, existing) {
            (Action::Create { .. }, Some(_)) => {
                return Err(Conflict::Exists(change.object.clone()));
            }
            (Action::Create { object }, None) => {
                let id = self.world.create(&change.object, object);
                self.contents.add(id, &change.object, &self.world);
                self.outcome.created.push(position);
                id
            }
            (_, None) => return Err(Conflict::Absent(change.object.clone())),
            (_, Some(id)) => {
                self.check(id, change)?;
                id
            }
        };
        self.changed.insert(id);
        match &change.action {
            Action::Create { .. } => {
                self.dependents.add(id, &self.world);
                self.effect(position, Operation::Create, id);
                self.look_at_owners(position, id);
            }
            Action::Patch { merge } => self.patch(position, id, merge),
            Action::Delete { propagation } => self.delete(position, id, *propagation),
        }
        Ok(())
    }

    /// The object with this identity that exists now. One that Kubernetes collects because of an earlier change is gone.
    fn existing(&self, key: &ObjectKey) -> Option<ObjectId> {
        let candidates = self.world.candidates(key);
        candidates
            .into_iter()
            .flatten()
            .find(|id| !self.is_gone(*id))
    }

    pub(super) fn is_gone(&self, id: ObjectId) -> bool {
        self.deletions
            .get(&id)
            .is_some_and(|deletion| deletion.gone)
    }

    fn check(&self, id: ObjectId, change: &Change) -> Result<(), Conflict> {
        let object = self.world.snapshot().get(id);
        let found = |symbol| self.world.text(symbol).to_owned();
        let uid = object.map_or(String::new(), |object| found(object.uid()));
        let version = object.map_or(String::new(), |object| found(object.resource_version()));
        let mut wanted = vec![("uid", &change.preconditions.uid, uid)];
        if !self.changed.contains(&id) {
            let expected = &change.preconditions.resource_version;
            wanted.push(("resourceVersion", expected, version));
        }
        for (field, expected, found) in wanted {
            if let Some(expected) = expected
                && *expected != found
            {
                return Err(Conflict::Changed {
                    object: change.object.clone(),
                    field,
                    expected: expected.clone(),
                    found,
                });
            }
        }
        Ok(())
    }

    fn effect(&mut self, position: usize, operation: Operation, id: ObjectId) {
        let already_terminating =
            self.world.was_terminating(id) || self.deletions.contains_key(&id);
        let mut effect = effect(operation, Cause::Requested, id);
        effect.requested = Some(position);
        effect.already_terminating = already_terminating;
        self.outcome.effects.push(effect);
    }

    fn delete(&mut self, position: usize, id: ObjectId, propagation: Propagation) {
        if self.deletions.contains_key(&id) {
            // Only with `Finalizers::Hold`: it is terminating already, and this is not a second delete.
            self.effect(position, Operation::Delete, id);
            let finalizers = self.holding(id);
            if let Some(effect) = self.outcome.effects.last_mut() {
                effect.propagation = Some(propagation);
                effect.finalizers = finalizers;
            }
            return;
        }
        let mut doom = Doom::new(id, Cause::Requested);
        doom.propagation = Some(propagation);
        let wave = Wave::requested(position, Some(propagation));
        self.cascade(wave, vec![doom]);
    }

    fn patch(&mut self, position: usize, id: ObjectId, merge: &serde_json::Value) {
        let mut wave = Wave::requested(position, None);
        // References that go free their owners; the ones that come are counted below.
        let freed = if sets_owners(merge) {
            self.release_references(id)
        } else {
            vec![]
        };
        for owner in freed {
            wave.freed(owner, id);
        }
        let ties = self.ties.get(&id);
        let unlinked = ties.is_some_and(|ties| !ties.removed.is_empty());
        let patched = self.world.patch(id, merge, unlinked);
        if patched.owners {
            self.ties.remove(&id);
            self.dependents.add(id, &self.world);
        }
        if sets_owners(merge) {
            self.block_owners(id);
        }
        let has_finalizers = self.world.foreign_finalizers(id).next().is_some();
        let was_deleted = self.deletions.contains_key(&id);
        let is_terminating = was_deleted || self.world.was_terminating(id);
        if is_terminating && patched.finalizers && !has_finalizers {
            if was_deleted {
                wave.resume(id);
                self.cascade(wave, vec![]);
            } else {
                self.cascade(wave, vec![Doom::new(id, Cause::Requested)]);
            }
            return;
        }
        self.effect(position, Operation::Update, id);
        wave.requested = None;
        self.cascade(wave, vec![]);
        if patched.owners && !is_terminating {
            self.look_at_owners(position, id);
        }
    }

    /// The garbage collector looks at an object whose owner references are new.
    fn look_at_owners(&mut self, position: usize, id: ObjectId) {
        if self.world.owners(id).is_empty() {
            return;
        }
        if self.ties(id).is_lost() {
            let mut doom = Doom::new(id, Cause::GarbageCollected);
            doom.path = vec![id];
            self.cascade(Wave::consequences(position), vec![doom]);
        } else {
            self.sweep(position, id);
        }
    }

    pub(super) fn ties(&mut self, id: ObjectId) -> &mut Ties {
        self.know_leaving();
        self.ties
            .entry(id)
            .or_insert_with(|| self.owners.count(id, &self.world))
    }

    /// Works out which owners were going before the plan, because they or what keeps them were being deleted. Such an
    /// owner keeps nobody for long, so a dependent that loses its other owners to the plan goes in the end.
    pub(super) fn know_leaving(&mut self) {
        if self.owners.knows_leaving() {
            return;
        }
        self.owners.set_leaving(Owners::default());
        let terminating: Vec<Doom> = self
            .world
            .snapshot()
            .objects()
            .filter(|(_, object)| object.is_terminating())
            .map(|(id, _)| Doom::new(id, Cause::Requested))
            .collect();
        if terminating.is_empty() {
            return;
        }
        let mut before = Run::new(self.world.snapshot(), self.mode);
        before.owners.set_leaving(Owners::default());
        before.dependents = std::mem::take(&mut self.dependents);
        before.cascade(Wave::consequences(0), terminating);
        self.dependents = before.dependents;
        self.owners.set_leaving(before.owners);
    }
}

/// Whether a merge patch says what the owner references are to be.
fn sets_owners(merge: &serde_json::Value) -> bool {
    merge.pointer("/metadata/ownerReferences").is_some()
}
