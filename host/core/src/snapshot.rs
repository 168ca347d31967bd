//! Cluster objects at one moment, as columns of codes into one pool of strings.
//!
//! A snapshot holds of every object its identity, its owners and finalizers, and the cells that somebody asked for
//! (the [`ReadSet`]); never a tree of the whole object, and never a value of a Secret.

mod arrange;
mod draft;
mod index;
mod object;
mod order;
mod store;

pub use draft::{Draft, OwnerReference, RelationDraft, YES};
pub use object::Object;
pub use store::{RelationRows, SchemaId, Store};

use crate::coverage::CoverageMap;
use crate::extract::{Classify, NoClasses};
use crate::object::{ObjectId, ObjectKey};
use crate::pool::{Pool, Symbol};
use crate::selector::ReadSet;
use hashbrown::HashMap;
use index::KeyIndex;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Two objects of the same kind, namespace and name that are not the same object at the same moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is given twice, with different contents; give each object once, from one moment")]
pub struct Contradiction(pub ObjectKey);

/// Collects objects into a [`Snapshot`].
#[derive(Debug, Default)]
pub struct SnapshotBuilder {
    read_set: ReadSet,
    pool: Pool,
    store: Store,
    index: KeyIndex,
}

impl SnapshotBuilder {
    /// A builder that keeps what `read_set` asks for.
    pub fn new(read_set: ReadSet) -> Self {
        let mut builder = SnapshotBuilder {
            read_set,
            ..SnapshotBuilder::default()
        };
        builder.pool.intern(YES);
        builder
    }

    /// What is to be read.
    pub fn read_set(&self) -> &ReadSet {
        &self.read_set
    }

    /// The pool into which drafts intern their strings.
    pub fn pool(&mut self) -> &mut Pool {
        &mut self.pool
    }

    /// Everything that a reader needs at once: the read set, the pool and the store (for its schemas).
    pub fn parts(&mut self) -> (&ReadSet, &mut Pool, &mut Store) {
        (&self.read_set, &mut self.pool, &mut self.store)
    }

    /// Stores an object. One that is there already, with the same uid and resource version, is dropped silently (dumps
    /// overlap); with another one it is a contradiction.
    ///
    /// # Errors
    ///
    /// [`Contradiction`] as above; also if neither copy carries a resource version that could show they are the same.
    pub fn push(&mut self, schema: SchemaId, draft: &mut Draft) -> Result<(), Contradiction> {
        let key = (schema, draft.namespace, draft.name);
        let next = self.store.len();
        if let Some(known) = self.index.find_or_insert(&self.store, key, next) {
            draft.relations.clear();
            draft.whole = None;
            let copy = (draft.uid, draft.resource_version);
            return same_moment(&self.store, &self.pool, known, copy);
        }
        self.store.push(schema, draft);
        Ok(())
    }

    /// Takes in what a builder for the same read set collected apart from this one, as if its objects had been pushed
    /// here in their order. `known` are appended symbols of its pool that stand for something else than their text, with
    /// the symbol here.
    ///
    /// # Errors
    ///
    /// The first [`Contradiction`], as for [`SnapshotBuilder::push`]; objects that contradict one here have not been taken
    /// in, all others have.
    pub fn absorb(
        &mut self,
        part: SnapshotBuilder,
        known: impl IntoIterator<Item = (Symbol, Symbol)>,
    ) -> Result<(), Contradiction> {
        let mut known: Vec<(Symbol, Symbol)> = known.into_iter().collect();
        known.sort_unstable();
        let here = self.pool.absorb(&part.pool, &known);
        let SnapshotBuilder {
            read_set,
            pool,
            store,
            index,
        } = self;
        store.absorb(part.store, &here, read_set, |store, header| {
            let key = (header.schema, header.namespace, header.name);
            match index.find_or_insert(store, key, store.len()) {
                None => Ok(true),
                Some(known) => {
                    let copy = (header.uid, header.resource_version);
                    same_moment(store, pool, known, copy).map(|()| false)
                }
            }
        })
    }

    /// How many objects there are so far.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are no objects so far.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// The finished snapshot.
    pub fn finish(self, coverage: CoverageMap) -> Snapshot {
        let SnapshotBuilder {
            read_set,
            pool,
            store,
            index,
        } = self;
        Snapshot {
            read_set,
            pool,
            store,
            index,
            coverage,
            uids: OnceLock::new(),
            classes: Classes::default(),
        }
    }
}

/// Whether a copy with this uid and resource version is the known object at the same moment.
fn same_moment(
    store: &Store,
    pool: &Pool,
    known: usize,
    (uid, resource_version): (Symbol, Symbol),
) -> Result<(), Contradiction> {
    match store.get(known) {
        // Resource versions are not interned, so their texts are compared.
        Some(object)
            if object.uid() != uid
                || resource_version.is_absent()
                || pool.get(object.resource_version()) != pool.get(resource_version) =>
        {
            Err(Contradiction(object.key(pool)))
        }
        _ => Ok(()),
    }
}

/// Cluster objects at one moment, with the coverage of every kind.
#[derive(Debug, Default)]
pub struct Snapshot {
    read_set: ReadSet,
    pool: Pool,
    store: Store,
    index: KeyIndex,
    coverage: CoverageMap,
    uids: OnceLock<HashMap<Symbol, ObjectId>>,
    classes: Classes,
}

/// What told the classes of values while the snapshot was read, so that values of a plan can be compared with them.
struct Classes(Mutex<Box<dyn Classify + Send>>);

impl Default for Classes {
    fn default() -> Self {
        Classes(Mutex::new(Box::new(NoClasses)))
    }
}

impl fmt::Debug for Classes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Classes")
    }
}

impl Snapshot {
    /// What was read of every object.
    pub fn read_set(&self) -> &ReadSet {
        &self.read_set
    }

    /// The strings.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The objects.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Replaces what is said of the completeness of each kind, for readers that know it only when all is read.
    pub fn set_coverage(&mut self, coverage: CoverageMap) {
        self.coverage = coverage;
    }

    /// Keeps what told the classes of values, so that values of a plan get comparable ones. Without it they get none.
    pub fn keep_classes(&mut self, classes: Box<dyn Classify + Send>) {
        self.classes = Classes(Mutex::new(classes));
    }

    /// What tells the classes of values.
    pub fn classes(&self) -> MutexGuard<'_, Box<dyn Classify + Send>> {
        // A classifier has no state that a panic could leave half changed in a way that makes classes wrong.
        self.classes
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How complete each kind is.
    pub fn coverage(&self) -> &CoverageMap {
        &self.coverage
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// How much memory its columns and strings take, in bytes, with what is reserved and not in use.
    pub fn bytes(&self) -> usize {
        self.pool.bytes() + self.store.bytes() + self.index.bytes()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// The object with this id.
    pub fn get(&self, id: ObjectId) -> Option<Object<'_>> {
        self.store.get(id.index())
    }

    /// All objects with their ids.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, Object<'_>)> {
        self.store
            .iter()
            .map(|object| (ObjectId::from_index(object.position()), object))
    }

    /// The object with this identity.
    pub fn find(&self, key: &ObjectKey) -> Option<ObjectId> {
        let schema = self
            .store
            .schemas()
            .find(|(_, schema)| schema.kind == key.kind)?
            .0;
        let namespace = match &key.namespace {
            Some(namespace) => self.pool.find(namespace)?,
            None => Symbol::ABSENT,
        };
        let name = self.pool.find(&key.name)?;
        self.index
            .find(&self.store, schema, namespace, name)
            .map(ObjectId::from_index)
    }

    /// The object with this uid.
    pub fn find_uid(&self, uid: Symbol) -> Option<ObjectId> {
        let index = || {
            let with_uid = self
                .objects()
                .filter(|(_, object)| !object.uid().is_absent());
            with_uid.map(|(id, object)| (object.uid(), id)).collect()
        };
        self.uids.get_or_init(index).get(&uid).copied()
    }

    /// The string of a symbol.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.pool.get(symbol)
    }
}
