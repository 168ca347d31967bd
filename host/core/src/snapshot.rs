//! Cluster objects at one moment, as columns of codes into one pool of strings.
//!
//! A snapshot holds of every object its identity, its owners and finalizers, and the cells that somebody asked for
//! (the [`ReadSet`]); never a tree of the whole object, and never a value of a Secret.

use crate::coverage::CoverageMap;
use crate::extract::{Classify, NoClasses};
use crate::object::{GroupKind, ObjectId, ObjectKey};
use crate::pool::{Intern, Pool, Symbol};
use crate::selector::{ColumnPlace, ReadSet, Relation, Schema};
use crate::slots::Slots;
use hashbrown::{DefaultHashBuilder, HashMap};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The text of a cell that says yes; its opposite is an absent cell. Every snapshot's pool holds it.
pub const YES: &str = "true";

/// One owner reference of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// API group of the owner (version left out: a reference may name any).
    pub group: Symbol,
    /// Kind of the owner.
    pub kind: Symbol,
    /// Name of the owner.
    pub name: Symbol,
    /// Uid of the owner.
    pub uid: Symbol,
    /// `controller: true`.
    pub controller: bool,
    /// `blockOwnerDeletion: true`.
    pub block_owner_deletion: bool,
}

/// One object as a reader found it, before it is stored. Readers keep one draft and clear it between objects.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The version part of `apiVersion`.
    pub version: Symbol,
    /// Namespace, or absent.
    pub namespace: Symbol,
    /// Name.
    pub name: Symbol,
    /// Uid, or absent (manifests).
    pub uid: Symbol,
    /// Resource version, or absent.
    pub resource_version: Symbol,
    /// Whether `metadata.deletionTimestamp` is set.
    pub terminating: bool,
    /// Owner references in their order.
    pub owners: Vec<OwnerReference>,
    /// Finalizers in their order.
    pub finalizers: Vec<Symbol>,
    /// One symbol per [`Schema::cells`].
    pub cells: Vec<Symbol>,
    /// Per [`Schema::lists`], the rows one after the other, each as long as the list has columns.
    pub lists: Vec<Vec<Symbol>>,
    /// Rows of relations other than [`Relation::OwnerReferences`], each as long as the relation has columns.
    pub relations: RelationDraft,
    /// The whole object as JSON text, if the read set wants it kept.
    pub whole: Option<String>,
}

/// Rows of relations of one object, before it is stored.
#[derive(Clone, Debug, Default)]
pub struct RelationDraft {
    rows: Vec<(Relation, u32)>,
    cells: Vec<Symbol>,
}

impl RelationDraft {
    /// Adds a row with its cells, as many as the relation has columns.
    pub fn push<Cells: AsRef<[Symbol]>>(&mut self, (relation, cells): (Relation, Cells)) {
        let cells = cells.as_ref();
        debug_assert_eq!(cells.len(), relation.columns().len());
        self.rows.push((relation, cells.len() as u32));
        self.cells.extend_from_slice(cells);
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.cells.clear();
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Relation, &[Symbol])> {
        let mut rest = self.cells.as_slice();
        self.rows.iter().map(move |(relation, width)| {
            let (cells, after) = rest.split_at_checked(*width as usize).unwrap_or_default();
            rest = after;
            (*relation, cells)
        })
    }
}

impl Draft {
    /// Empties the draft and makes room for the cells of `schema`.
    pub fn reset(&mut self, schema: &Schema) {
        self.version = Symbol::ABSENT;
        self.namespace = Symbol::ABSENT;
        self.name = Symbol::ABSENT;
        self.uid = Symbol::ABSENT;
        self.resource_version = Symbol::ABSENT;
        self.terminating = false;
        self.owners.clear();
        self.finalizers.clear();
        self.cells.clear();
        self.cells.resize(schema.cells.len(), Symbol::ABSENT);
        self.lists.resize_with(schema.lists.len(), Vec::new);
        for list in &mut self.lists {
            list.clear();
        }
        self.relations.clear();
        self.whole = None;
    }
}

/// The kinds of a store, with the cells that are read of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaId(u32);

impl SchemaId {
    /// Position among the schemas of its store, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Fixed-size part of a stored object; everything else stands in the flat lists of the [`Store`].
#[derive(Clone, Copy, Debug)]
struct Header {
    schema: SchemaId,
    version: Symbol,
    namespace: Symbol,
    name: Symbol,
    uid: Symbol,
    resource_version: Symbol,
    terminating: bool,
    owners: (u32, u32),
    finalizers: (u32, u32),
    cells: u32,
    lists: u32,
}

/// Objects as columns. Rows are added at the end and never change.
#[derive(Clone, Debug, Default)]
pub struct Store {
    schemas: Vec<Schema>,
    headers: Vec<Header>,
    owners: Vec<OwnerReference>,
    finalizers: Vec<Symbol>,
    cells: Vec<Symbol>,
    list_ranges: Vec<(u32, u32)>,
    list_cells: Vec<Symbol>,
    relations: Vec<RelationRows>,
    whole: HashMap<u32, String>,
}

/// The rows of one relation: the object of each row, and its cells one row after the other.
#[derive(Clone, Debug)]
pub struct RelationRows {
    /// Which relation.
    pub relation: Relation,
    /// Position in the store of the object of each row, ascending.
    pub rows: Vec<u32>,
    /// The cells, row by row.
    pub cells: Vec<Symbol>,
}

impl Store {
    /// Position of a schema for `kind`, made from `read_set` if it is new.
    pub fn schema_id(&mut self, group: &str, kind: &str, read_set: &ReadSet) -> SchemaId {
        let known = self
            .schemas
            .iter()
            .position(|schema| schema.kind.kind == kind && schema.kind.group == group);
        let index = known.unwrap_or_else(|| {
            self.schemas
                .push(read_set.schema(GroupKind::new(group, kind)));
            self.schemas.len() - 1
        });
        SchemaId(index as u32)
    }

    /// The schema with this id.
    pub fn schema(&self, id: SchemaId) -> &Schema {
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are given out by this store only, and schemas are never removed"
        )]
        &self.schemas[id.0 as usize]
    }

    /// All schemas, by id.
    pub fn schemas(&self) -> impl Iterator<Item = (SchemaId, &Schema)> {
        self.schemas
            .iter()
            .enumerate()
            .map(|(index, schema)| (SchemaId(index as u32), schema))
    }

    /// Adds an object and returns its position.
    pub fn push(&mut self, schema: SchemaId, draft: &mut Draft) -> usize {
        let position = self.headers.len();
        let owners = extend(&mut self.owners, &draft.owners);
        let finalizers = extend(&mut self.finalizers, &draft.finalizers);
        let cells = extend(&mut self.cells, &draft.cells).0;
        let lists = self.list_ranges.len() as u32;
        for list in &draft.lists {
            let range = extend(&mut self.list_cells, list);
            self.list_ranges.push(range);
        }
        for (relation, row) in draft.relations.iter() {
            let rows = match self
                .relations
                .iter_mut()
                .position(|rows| rows.relation == relation)
            {
                Some(index) => self.relations.get_mut(index),
                None => {
                    self.relations.push(RelationRows {
                        relation,
                        rows: vec![],
                        cells: vec![],
                    });
                    self.relations.last_mut()
                }
            };
            if let Some(rows) = rows {
                rows.rows.push(position as u32);
                rows.cells.extend_from_slice(row);
            }
        }
        draft.relations.clear();
        if let Some(text) = draft.whole.take() {
            self.whole.insert(position as u32, text);
        }
        self.headers.push(Header {
            schema,
            version: draft.version,
            namespace: draft.namespace,
            name: draft.name,
            uid: draft.uid,
            resource_version: draft.resource_version,
            terminating: draft.terminating,
            owners,
            finalizers,
            cells,
            lists,
        });
        position
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// Whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// The object at this position, from 0.
    pub fn get(&self, position: usize) -> Option<Object<'_>> {
        Some(Object {
            store: self,
            header: self.headers.get(position)?,
            position,
        })
    }

    /// All objects in order.
    pub fn iter(&self) -> impl Iterator<Item = Object<'_>> {
        self.headers
            .iter()
            .enumerate()
            .map(|(position, header)| Object {
                store: self,
                header,
                position,
            })
    }

    /// The rows of a relation; none if no object had any.
    pub fn relation(&self, relation: Relation) -> Option<&RelationRows> {
        self.relations.iter().find(|rows| rows.relation == relation)
    }
}

fn extend<T: Copy>(flat: &mut Vec<T>, values: &[T]) -> (u32, u32) {
    let start = flat.len() as u32;
    flat.extend_from_slice(values);
    (start, values.len() as u32)
}

fn slice<T>(flat: &[T], (start, len): (u32, u32)) -> &[T] {
    flat.get(start as usize..start as usize + len as usize)
        .unwrap_or(&[])
}

/// One stored object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    store: &'a Store,
    header: &'a Header,
    position: usize,
}

impl<'a> Object<'a> {
    /// Position in the store, from 0.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Id of the kind and its columns.
    pub fn schema_id(&self) -> SchemaId {
        self.header.schema
    }

    /// Kind and columns.
    pub fn schema(&self) -> &'a Schema {
        self.store.schema(self.header.schema)
    }

    /// Group and kind.
    pub fn kind(&self) -> &'a GroupKind {
        &self.schema().kind
    }

    /// The version part of `apiVersion`.
    pub fn version(&self) -> Symbol {
        self.header.version
    }

    /// Namespace, or absent.
    pub fn namespace(&self) -> Symbol {
        self.header.namespace
    }

    /// Name.
    pub fn name(&self) -> Symbol {
        self.header.name
    }

    /// Uid, or absent.
    pub fn uid(&self) -> Symbol {
        self.header.uid
    }

    /// Resource version, or absent.
    pub fn resource_version(&self) -> Symbol {
        self.header.resource_version
    }

    /// Whether it is being deleted already.
    pub fn is_terminating(&self) -> bool {
        self.header.terminating
    }

    /// Owner references in their order.
    pub fn owners(&self) -> &'a [OwnerReference] {
        slice(&self.store.owners, self.header.owners)
    }

    /// Finalizers in their order.
    pub fn finalizers(&self) -> &'a [Symbol] {
        slice(&self.store.finalizers, self.header.finalizers)
    }

    /// The cells without `[*]`, in the order of [`Schema::cells`].
    pub fn cells(&self) -> &'a [Symbol] {
        slice(
            &self.store.cells,
            (self.header.cells, self.schema().cells.len() as u32),
        )
    }

    /// The rows of the list with position `list` in [`Schema::lists`], one after the other.
    pub fn list(&self, list: usize) -> &'a [Symbol] {
        let range = self
            .store
            .list_ranges
            .get(self.header.lists as usize + list)
            .copied();
        slice(&self.store.list_cells, range.unwrap_or((0, 0)))
    }

    /// The cell of a column without `[*]`.
    pub fn cell(&self, place: ColumnPlace) -> Symbol {
        match place {
            ColumnPlace::Cell(index) => self.cells().get(index).copied().unwrap_or_default(),
            ColumnPlace::List { .. } => Symbol::ABSENT,
        }
    }

    /// The whole object as JSON text, if it was to be kept.
    pub fn whole(&self) -> Option<&'a str> {
        self.store
            .whole
            .get(&(self.position as u32))
            .map(String::as_str)
    }

    /// The object's identity, with its strings.
    pub fn key(&self, pool: &impl Intern) -> ObjectKey {
        ObjectKey {
            kind: self.kind().clone(),
            namespace: self
                .header
                .namespace
                .present()
                .map(|symbol| pool.text(symbol).to_owned()),
            name: pool.text(self.header.name).to_owned(),
        }
    }
}

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
            let object = self.store.get(known);
            let same = object.is_some_and(|object| {
                // Resource versions are not interned, so their texts are compared.
                object.uid() == draft.uid
                    && self.pool.get(object.resource_version())
                        == self.pool.get(draft.resource_version)
                    && !draft.resource_version.is_absent()
            });
            draft.relations.clear();
            draft.whole = None;
            return match (same, object) {
                (false, Some(object)) => Err(Contradiction(object.key(&self.pool))),
                _ => Ok(()),
            };
        }
        self.store.push(schema, draft);
        Ok(())
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

/// Finds objects by kind, namespace and name.
#[derive(Clone, Debug, Default)]
struct KeyIndex {
    /// The position of each object, from 1.
    positions: Slots,
    hasher: DefaultHashBuilder,
}

impl KeyIndex {
    fn find(
        &self,
        store: &Store,
        schema: SchemaId,
        namespace: Symbol,
        name: Symbol,
    ) -> Option<usize> {
        let wanted = (schema, namespace, name);
        let hash = self.hash(wanted);
        self.positions
            .find(hash, |number| key_at(store, number - 1) == Some(wanted))
            .map(|found| found as usize - 1)
    }

    /// The position of the object with this key; if there is none, `position` becomes it.
    fn find_or_insert(
        &mut self,
        store: &Store,
        key: (SchemaId, Symbol, Symbol),
        position: usize,
    ) -> Option<usize> {
        let hash = self.hash(key);
        self.positions
            .find_or_insert(hash, position as u32 + 1, |number| {
                key_at(store, number - 1) == Some(key)
            })
            .map(|found| found as usize - 1)
    }

    fn hash(&self, key: (SchemaId, Symbol, Symbol)) -> u32 {
        (self.hasher.hash_one(key) >> 32) as u32
    }
}

impl Default for SchemaId {
    fn default() -> Self {
        SchemaId(u32::MAX)
    }
}

fn key_at(store: &Store, position: u32) -> Option<(SchemaId, Symbol, Symbol)> {
    store
        .headers
        .get(position as usize)
        .map(|header| (header.schema, header.namespace, header.name))
}
