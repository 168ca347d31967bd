//! A slow garbage collector of its own: the controllers of Kubernetes as loops over plain objects, in any order, without
//! any of the ideas of `simulate`. Written after `attemptToDeleteItem`, `attemptToOrphanWorker` and
//! `processDeletingDependentsItem` of kube-controller-manager and the delete path of the API server.

use crate::change::Propagation;
use std::collections::BTreeSet;

/// The kinds of objects there are. Their names are in [`Kind::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Thing,
    Other,
    Global,
    Namespace,
    /// The definition of [`Kind::Other`].
    Definition,
}

impl Kind {
    pub(super) fn text(self) -> &'static str {
        match self {
            Kind::Thing => "Thing.example.com",
            Kind::Other => "Other.example.com",
            Kind::Global => "Global.example.com",
            Kind::Namespace => "Namespace",
            Kind::Definition => "CustomResourceDefinition.apiextensions.k8s.io",
        }
    }

    fn is_namespaced(self) -> bool {
        matches!(self, Kind::Thing | Kind::Other)
    }
}

/// A reference to the object with this number; no such object: its owner is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) owner: usize,
    pub(super) blocks: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// Number of the namespace object.
    pub(super) namespace: Option<usize>,
    pub(super) owners: Vec<Reference>,
    pub(super) exists: bool,
    pub(super) terminating: bool,
    /// `f`, `orphan`, `foregroundDeletion`.
    pub(super) finalizers: BTreeSet<&'static str>,
}

/// A cluster at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kubernetes {
    pub(super) objects: Vec<Object>,
}

#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Solid,
    Dangling,
    Waiting,
}

impl Kubernetes {
    fn dependents(&self, owner: usize) -> Vec<usize> {
        let refers = |object: &Object| {
            object
                .owners
                .iter()
                .any(|reference| reference.owner == owner)
        };
        let numbers = 0..self.objects.len();
        numbers
            .filter(|&number| self.objects[number].exists && refers(&self.objects[number]))
            .collect()
    }

    fn is_deleting_dependents(&self, number: usize) -> bool {
        let object = &self.objects[number];
        object.exists && object.terminating && object.finalizers.contains("foregroundDeletion")
    }

    /// None: the reference is an error, so that nothing is decided.
    fn standing(&self, number: usize, owner: usize) -> Option<Standing> {
        let namespace = self.objects[number].namespace;
        let Some(owner_object) = self.objects.get(owner) else {
            return Some(Standing::Dangling);
        };
        if owner_object.kind.is_namespaced() && namespace.is_none() {
            return None;
        }
        let is_elsewhere = owner_object.kind.is_namespaced() && owner_object.namespace != namespace;
        Some(if !owner_object.exists || is_elsewhere {
            Standing::Dangling
        } else if self.is_deleting_dependents(owner) {
            Standing::Waiting
        } else {
            Standing::Solid
        })
    }

    /// A DELETE request.
    pub(super) fn delete(&mut self, number: usize, policy: Option<Propagation>) {
        let object = &mut self.objects[number];
        if !object.exists {
            return;
        }
        let policy = policy.unwrap_or(if object.finalizers.contains("orphan") {
            Propagation::Orphan
        } else if object.finalizers.contains("foregroundDeletion") {
            Propagation::Foreground
        } else {
            Propagation::Background
        });
        object.finalizers.remove("orphan");
        object.finalizers.remove("foregroundDeletion");
        match policy {
            Propagation::Background => {}
            Propagation::Orphan => {
                object.finalizers.insert("orphan");
            }
            Propagation::Foreground => {
                object.finalizers.insert("foregroundDeletion");
            }
        }
        object.terminating = true;
        self.remove_if_free(number);
    }

    fn remove_if_free(&mut self, number: usize) {
        let is_full = match self.objects[number].kind {
            Kind::Namespace => self
                .objects
                .iter()
                .any(|object| object.exists && object.namespace == Some(number)),
            Kind::Definition => self
                .objects
                .iter()
                .any(|object| object.exists && object.kind == Kind::Other),
            _ => false,
        };
        let object = &mut self.objects[number];
        if object.terminating && object.finalizers.is_empty() && !is_full {
            object.exists = false;
        }
    }

    fn attempt_to_delete(&mut self, number: usize) {
        let object = self.objects[number].clone();
        if !object.exists {
            return;
        }
        if self.is_deleting_dependents(number) {
            // They are in the queue before their owner.
            for dependent in self.dependents(number) {
                if !self.is_deleting_dependents(dependent) {
                    self.attempt_to_delete(dependent);
                }
            }
            let blocks = |dependent: &usize| {
                let mut owners = self.objects[*dependent].owners.iter();
                owners.any(|reference| reference.owner == number && reference.blocks)
            };
            if !self.dependents(number).iter().any(blocks) {
                self.objects[number].finalizers.remove("foregroundDeletion");
                self.remove_if_free(number);
            }
            return;
        }
        if object.terminating || object.owners.is_empty() {
            return;
        }
        let owners = object.owners.iter();
        let standings: Option<Vec<_>> = owners
            .map(|reference| self.standing(number, reference.owner))
            .collect();
        let Some(standings) = standings else {
            return;
        };
        if standings.contains(&Standing::Solid) {
            let mut standings = standings.iter();
            let is_solid = |_: &Reference| standings.next() == Some(&Standing::Solid);
            self.objects[number].owners.retain(is_solid);
            return;
        }
        let dependents = self.dependents(number);
        if standings.contains(&Standing::Waiting) && !dependents.is_empty() {
            if dependents
                .iter()
                .any(|dependent| self.is_deleting_dependents(*dependent))
            {
                for reference in &mut self.objects[number].owners {
                    reference.blocks = false;
                }
            }
            self.delete(number, Some(Propagation::Foreground));
        } else {
            self.delete(number, None);
        }
    }

    fn attempt_to_orphan(&mut self, number: usize) {
        let object = &self.objects[number];
        if !object.exists || !object.terminating || !object.finalizers.contains("orphan") {
            return;
        }
        for dependent in self.dependents(number) {
            self.objects[dependent]
                .owners
                .retain(|reference| reference.owner != number);
        }
        self.objects[number].finalizers.remove("orphan");
        self.remove_if_free(number);
    }

    fn empty(&mut self, number: usize) {
        let object = self.objects[number].clone();
        if !object.exists || !object.terminating {
            return;
        }
        // A second delete of what is terminating could change its policy; that is left out, as in `simulate`.
        for content in 0..self.objects.len() {
            let is_other = self.objects[content].kind == Kind::Other;
            match object.kind {
                _ if self.objects[content].terminating => {}
                Kind::Namespace if self.objects[content].namespace == Some(number) => {
                    self.delete(content, Some(Propagation::Background));
                }
                Kind::Definition if is_other => self.delete(content, None),
                _ => {}
            }
        }
        self.remove_if_free(number);
    }

    /// Everybody acts until nothing changes any more, in an order that `order` decides; `f` is taken off terminating
    /// objects only if its controller acts.
    pub(super) fn run(&mut self, controllers_act: bool, order: &mut impl FnMut(usize) -> usize) {
        let actors = if controllers_act { 4 } else { 3 };
        loop {
            let before = self.clone();
            let mut turns: Vec<usize> = (0..self.objects.len() * actors).collect();
            while !turns.is_empty() {
                let turn = turns.swap_remove(order(turns.len()));
                let number = turn / actors;
                match turn % actors {
                    0 => self.attempt_to_delete(number),
                    1 => self.attempt_to_orphan(number),
                    2 => self.empty(number),
                    _ if self.objects[number].terminating => {
                        self.objects[number].finalizers.remove("f");
                        self.remove_if_free(number);
                    }
                    _ => {}
                }
            }
            if *self == before {
                return;
            }
        }
    }
}
