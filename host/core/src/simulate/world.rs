//! The objects as the changes so far have left them: the snapshot, with created objects and patched metadata on top.

use crate::change::Propagation;
use crate::object::{GroupKind, ObjectId, ObjectKey, split_api_version};
use crate::pool::{Intern, LayeredPool, Symbol};
use crate::snapshot::{OwnerReference, Snapshot};
use hashbrown::HashMap;
use serde_json::Value;

/// The finalizer by which Kubernetes orphans the dependents of an object.
pub(super) const ORPHAN: &str = "orphan";
/// The finalizer by which Kubernetes deletes the dependents of an object before the object.
pub(super) const FOREGROUND: &str = "foregroundDeletion";
/// The entry of `spec.finalizers` that holds a namespace until it is empty.
pub(super) const NAMESPACE: &str = "kubernetes";
/// The finalizer that holds a custom resource definition until its objects are gone.
pub(super) const DEFINITION: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The objects as the changes so far have left them. Deletions are not its business.
pub(super) struct World<'a> {
    snapshot: &'a Snapshot,
    pool: LayeredPool<'a>,
    rewritten: HashMap<ObjectId, Metadata>,
    created: Vec<Created<'a>>,
    created_ids: HashMap<&'a ObjectKey, ObjectId>,
}

/// What requested changes made of the metadata of one object; none where they left it alone.
#[derive(Default)]
struct Metadata {
    owners: Option<Vec<OwnerReference>>,
    finalizers: Option<Vec<Symbol>>,
    /// How often the owners were rewritten.
    generation: u32,
}

struct Created<'a> {
    key: &'a ObjectKey,
    namespace: Symbol,
    name: Symbol,
}

/// What a patch changed of the metadata that matters to deletion.
#[derive(Clone, Copy, Default)]
pub(super) struct Patched {
    pub(super) owners: bool,
    pub(super) finalizers: bool,
}

impl<'a> World<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        World {
            snapshot,
            pool: LayeredPool::new(snapshot.pool()),
            rewritten: HashMap::new(),
            created: Vec::new(),
            created_ids: HashMap::new(),
        }
    }

    pub(super) fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        self.pool.get(symbol)
    }

    fn created(&self, id: ObjectId) -> Option<&Created<'a>> {
        let position = id.index().checked_sub(self.snapshot.len())?;
        self.created.get(position)
    }

    /// The object that a change of `key` means: the one that the plan created last, or the one of the snapshot. Both may
    /// be gone by now.
    pub(super) fn candidates(&self, key: &ObjectKey) -> [Option<ObjectId>; 2] {
        [self.created_ids.get(key).copied(), self.snapshot.find(key)]
    }

    pub(super) fn kind(&self, id: ObjectId) -> Option<&'a GroupKind> {
        match self.snapshot.get(id) {
            Some(object) => Some(object.kind()),
            None => self.created(id).map(|created| &created.key.kind),
        }
    }

    pub(super) fn is_definition(&self, id: ObjectId) -> bool {
        self.kind(id).is_some_and(|kind| {
            kind.group == "apiextensions.k8s.io" && kind.kind == "CustomResourceDefinition"
        })
    }

    pub(super) fn namespace(&self, id: ObjectId) -> Symbol {
        match self.snapshot.get(id) {
            Some(object) => object.namespace(),
            None => self
                .created(id)
                .map_or(Symbol::ABSENT, |created| created.namespace),
        }
    }

    pub(super) fn name(&self, id: ObjectId) -> Symbol {
        match self.snapshot.get(id) {
            Some(object) => object.name(),
            None => self
                .created(id)
                .map_or(Symbol::ABSENT, |created| created.name),
        }
    }

    /// Whether the object was being deleted before the plan.
    pub(super) fn was_terminating(&self, id: ObjectId) -> bool {
        self.snapshot
            .get(id)
            .is_some_and(|object| object.is_terminating())
    }

    pub(super) fn owners(&self, id: ObjectId) -> &[OwnerReference] {
        let rewritten = self
            .rewritten
            .get(&id)
            .and_then(|meta| meta.owners.as_deref());
        match (rewritten, self.snapshot.get(id)) {
            (Some(owners), _) => owners,
            (None, Some(object)) => object.owners(),
            (None, None) => &[],
        }
    }

    /// How often requested changes rewrote the owner references; edges of an older generation are stale.
    pub(super) fn generation(&self, id: ObjectId) -> u32 {
        self.rewritten.get(&id).map_or(0, |meta| meta.generation)
    }

    pub(super) fn finalizers(&self, id: ObjectId) -> &[Symbol] {
        let rewritten = self.rewritten.get(&id);
        match (
            rewritten.and_then(|meta| meta.finalizers.as_deref()),
            self.snapshot.get(id),
        ) {
            (Some(finalizers), _) => finalizers,
            (None, Some(object)) => object.finalizers(),
            (None, None) => &[],
        }
    }

    /// The finalizers that wait for a controller which is not part of Kubernetes' deletion machinery.
    pub(super) fn foreign_finalizers(&self, id: ObjectId) -> impl Iterator<Item = &str> {
        self.finalizers(id)
            .iter()
            .map(|finalizer| self.text(*finalizer))
            .filter(|finalizer| ![ORPHAN, FOREGROUND, DEFINITION].contains(finalizer))
    }

    /// What the finalizers of the object say about its dependents, for a delete that says nothing.
    pub(super) fn finalizer_propagation(&self, id: ObjectId) -> Propagation {
        let has = |wanted: &str| {
            self.finalizers(id)
                .iter()
                .any(|finalizer| self.text(*finalizer) == wanted)
        };
        if has(ORPHAN) {
            Propagation::Orphan
        } else if has(FOREGROUND) {
            Propagation::Foreground
        } else {
            Propagation::Background
        }
    }

    /// The object with the uid of a reference, whether or not it still exists. Objects that the plan creates have no uid
    /// yet, so no reference can name them.
    pub(super) fn referent(&self, reference: &OwnerReference) -> Option<ObjectId> {
        self.snapshot.find_uid(reference.uid)
    }

    /// Whether `owner` may own `dependent`: it has no namespace or the same one.
    pub(super) fn may_own(&self, owner: ObjectId, dependent: ObjectId) -> bool {
        let namespace = self.namespace(owner);
        namespace.is_absent() || namespace == self.namespace(dependent)
    }

    /// Whether a reference to `owner` makes `dependent` immune to garbage collection: an object without a namespace that
    /// names an owner in one is an error to the garbage collector, which then leaves it alone.
    pub(super) fn makes_immune(&self, owner: ObjectId, dependent: ObjectId) -> bool {
        self.namespace(dependent).is_absent() && !self.namespace(owner).is_absent()
    }

    /// Whether a reference names its owner as it is called. The garbage collector looks owners up by group, kind and name
    /// before it compares uids, so an owner that is called otherwise does not keep its dependent.
    pub(super) fn is_named_right(&self, reference: &OwnerReference, owner: ObjectId) -> bool {
        self.snapshot.get(owner).is_some_and(|object| {
            reference.name == object.name()
                && self.text(reference.kind) == object.kind().kind
                && self.text(reference.group) == object.kind().group
        })
    }

    /// The one id by which all references to the uid of this object go. Another one than `id` only if the snapshot holds
    /// the object twice, as some API servers serve one object under two groups.
    pub(super) fn by_uid(&self, id: ObjectId) -> ObjectId {
        let uid = self.snapshot.get(id).map(|object| object.uid());
        uid.and_then(|uid| self.snapshot.find_uid(uid))
            .unwrap_or(id)
    }

    pub(super) fn create(&mut self, key: &'a ObjectKey, object: &Value) -> ObjectId {
        let id = ObjectId::from_index(self.snapshot.len() + self.created.len());
        let namespace = match &key.namespace {
            Some(namespace) => self.pool.intern(namespace),
            None => Symbol::ABSENT,
        };
        let name = self.pool.intern(&key.name);
        self.created.push(Created {
            key,
            namespace,
            name,
        });
        self.created_ids.insert(key, id);
        let metadata = object.get("metadata").unwrap_or(&Value::Null);
        self.rewrite(id, metadata, false);
        id
    }

    /// Applies what a merge patch says about owner references and finalizers. Owner references are new, even if they are the
    /// same, if some of them were taken off before (`unlinked`), which is not written here.
    pub(super) fn patch(&mut self, id: ObjectId, merge: &Value, unlinked: bool) -> Patched {
        let metadata = merge.get("metadata").unwrap_or(&Value::Null);
        self.rewrite(id, metadata, unlinked)
    }

    fn rewrite(&mut self, id: ObjectId, metadata: &Value, unlinked: bool) -> Patched {
        let mut patched = Patched::default();
        if let Some(value) = metadata.get("ownerReferences") {
            let owners: Vec<_> = list(value)
                .filter_map(|owner| self.owner_reference(owner))
                .collect();
            if unlinked || owners != self.owners(id) {
                patched.owners = true;
                let meta = self.rewritten.entry(id).or_default();
                meta.owners = Some(owners);
                meta.generation += 1;
            }
        }
        if let Some(value) = metadata.get("finalizers") {
            let finalizers: Vec<_> = list(value)
                .filter_map(Value::as_str)
                .map(|finalizer| self.pool.intern(finalizer))
                .collect();
            if finalizers != self.finalizers(id) {
                patched.finalizers = true;
                self.rewritten.entry(id).or_default().finalizers = Some(finalizers);
            }
        }
        patched
    }

    fn owner_reference(&mut self, value: &Value) -> Option<OwnerReference> {
        let text = |field: &str| value.get(field).and_then(Value::as_str);
        let flag = |field: &str| value.get(field).and_then(Value::as_bool).unwrap_or(false);
        let (group, _) = split_api_version(text("apiVersion").unwrap_or(""));
        Some(OwnerReference {
            group: self.pool.intern(group),
            kind: self.pool.intern(text("kind").unwrap_or("")),
            name: self.pool.intern(text("name").unwrap_or("")),
            uid: self.pool.intern(text("uid")?),
            controller: flag("controller"),
            block_owner_deletion: flag("blockOwnerDeletion"),
        })
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
