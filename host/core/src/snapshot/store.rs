//! Objects as columns in flat lists.

use super::{Draft, Object, OwnerReference};
use crate::object::GroupKind;
use crate::pool::Symbol;
use crate::selector::{ReadSet, Relation, Schema};
use hashbrown::HashMap;

/// The kinds of a store, with the cells that are read of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaId(u32);

impl SchemaId {
    /// The id of the schema at a position.
    pub(super) fn from_index(index: u32) -> SchemaId {
        SchemaId(index)
    }

    /// Position among the schemas of its store, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Fixed-size part of a stored object; everything else stands in the flat lists of the [`Store`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) schema: SchemaId,
    pub(super) version: Symbol,
    pub(super) namespace: Symbol,
    pub(super) name: Symbol,
    pub(super) uid: Symbol,
    pub(super) resource_version: Symbol,
    pub(super) terminating: bool,
    pub(super) owners: (u32, u32),
    pub(super) finalizers: (u32, u32),
    pub(super) cells: u32,
    pub(super) lists: u32,
}

/// Objects as columns. Rows are added at the end and never change.
#[derive(Clone, Debug, Default)]
pub struct Store {
    pub(super) schemas: Vec<Schema>,
    pub(super) headers: Vec<Header>,
    pub(super) owners: Vec<OwnerReference>,
    pub(super) finalizers: Vec<Symbol>,
    pub(super) cells: Vec<Symbol>,
    pub(super) list_ranges: Vec<(u32, u32)>,
    pub(super) list_cells: Vec<Symbol>,
    pub(super) relations: Vec<RelationRows>,
    pub(super) whole: HashMap<u32, String>,
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
            let rows = self.relation_mut(relation);
            rows.rows.push(position as u32);
            rows.cells.extend_from_slice(row);
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

    /// Takes in the objects of a store that was filled apart from this one, in their order. `here` has for each code of
    /// its pool the symbol in this one's; `admit` tells for each object, as it will stand here, whether it is new.
    ///
    /// # Errors
    ///
    /// The first of `admit`; objects for which it gave one have not been taken in, all others have.
    pub(super) fn absorb<E>(
        &mut self,
        part: Store,
        here: &[Symbol],
        read_set: &ReadSet,
        mut admit: impl FnMut(&Store, &Header) -> Result<bool, E>,
    ) -> Result<(), E> {
        let map = |symbol: &Symbol| {
            here.get(symbol.code() as usize)
                .copied()
                .unwrap_or_default()
        };
        room(&mut self.headers);
        room(&mut self.owners);
        room(&mut self.cells);
        room(&mut self.list_ranges);
        room(&mut self.list_cells);
        let schemas: Vec<SchemaId> = part
            .schemas
            .iter()
            .map(|schema| self.schema_id(&schema.kind.group, &schema.kind.kind, read_set))
            .collect();
        // The position here of each of its objects; none for those that are here already.
        let mut moved: Vec<Option<u32>> = Vec::with_capacity(part.len());
        let mut refused = None;
        for (object, old) in part.iter().zip(&part.headers) {
            let schema = schemas.get(old.schema.index()).copied();
            let mut header = Header {
                schema: schema.unwrap_or_default(),
                version: map(&old.version),
                namespace: map(&old.namespace),
                name: map(&old.name),
                uid: map(&old.uid),
                resource_version: map(&old.resource_version),
                ..*old
            };
            let position = self.headers.len() as u32;
            let admitted = admit(self, &header).unwrap_or_else(|error| {
                refused.get_or_insert(error);
                false
            });
            if !admitted {
                moved.push(None);
                continue;
            }
            moved.push(Some(position));
            let owners = slice(&part.owners, old.owners).iter();
            header.owners = append(
                &mut self.owners,
                owners.map(|owner| OwnerReference {
                    group: map(&owner.group),
                    kind: map(&owner.kind),
                    name: map(&owner.name),
                    uid: map(&owner.uid),
                    ..*owner
                }),
            );
            let finalizers = slice(&part.finalizers, old.finalizers).iter();
            header.finalizers = append(&mut self.finalizers, finalizers.map(map));
            let schema = object.schema();
            let cells = slice(&part.cells, (old.cells, schema.cells.len() as u32)).iter();
            header.cells = append(&mut self.cells, cells.map(map)).0;
            header.lists = self.list_ranges.len() as u32;
            let lists = slice(&part.list_ranges, (old.lists, schema.lists.len() as u32));
            for range in lists {
                let cells = slice(&part.list_cells, *range).iter();
                let range = append(&mut self.list_cells, cells.map(map));
                self.list_ranges.push(range);
            }
            self.headers.push(header);
        }
        for rows in &part.relations {
            let width = rows.relation.columns().len();
            let mine = self.relation_mut(rows.relation);
            room(&mut mine.rows);
            room(&mut mine.cells);
            for (row, cells) in rows.rows.iter().zip(rows.cells.chunks(width.max(1))) {
                if let Some(Some(position)) = moved.get(*row as usize) {
                    mine.rows.push(*position);
                    mine.cells.extend(cells.iter().map(map));
                }
            }
        }
        for (position, text) in part.whole {
            if let Some(Some(position)) = moved.get(position as usize) {
                self.whole.insert(*position, text);
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// The rows of a relation, made if there were none.
    fn relation_mut(&mut self, relation: Relation) -> &mut RelationRows {
        let known = self
            .relations
            .iter()
            .position(|rows| rows.relation == relation);
        let index = known.unwrap_or_else(|| {
            self.relations.push(RelationRows {
                relation,
                rows: vec![],
                cells: vec![],
            });
            self.relations.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed right above")]
        &mut self.relations[index]
    }

    /// Gives back the room that is not in use.
    pub(super) fn shrink(&mut self) {
        self.headers.shrink_to_fit();
        self.owners.shrink_to_fit();
        self.finalizers.shrink_to_fit();
        self.cells.shrink_to_fit();
        self.list_ranges.shrink_to_fit();
        self.list_cells.shrink_to_fit();
        for rows in &mut self.relations {
            rows.rows.shrink_to_fit();
            rows.cells.shrink_to_fit();
        }
    }

    /// How much memory the columns take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        fn of<T>(column: &Vec<T>) -> usize {
            column.capacity() * size_of::<T>()
        }
        let relations = self.relations.iter();
        let relations: usize = relations.map(|rows| of(&rows.rows) + of(&rows.cells)).sum();
        let whole: usize = self.whole.values().map(String::capacity).sum();
        let objects = of(&self.headers) + of(&self.owners) + of(&self.finalizers);
        let cells = of(&self.cells) + of(&self.list_ranges) + of(&self.list_cells);
        objects + cells + relations + whole
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

/// Gives an empty column room for many rows. It then has pages of its own from the beginning, which the system moves when it
/// grows; a column that grows from small beginnings is copied again and again, and leaves holes behind.
fn room<T>(column: &mut Vec<T>) {
    const BYTES: usize = 1 << 18;
    if column.capacity() == 0 {
        column.reserve_exact(BYTES / size_of::<T>().max(1));
    }
}

fn append<T>(flat: &mut Vec<T>, values: impl ExactSizeIterator<Item = T>) -> (u32, u32) {
    let range = (flat.len() as u32, values.len() as u32);
    flat.extend(values);
    range
}

pub(super) fn slice<T>(flat: &[T], (start, len): (u32, u32)) -> &[T] {
    flat.get(start as usize..start as usize + len as usize)
        .unwrap_or(&[])
}

pub(super) fn slice_mut<T>(flat: &mut [T], (start, len): (u32, u32)) -> &mut [T] {
    flat.get_mut(start as usize..start as usize + len as usize)
        .unwrap_or_default()
}

impl Default for SchemaId {
    fn default() -> Self {
        SchemaId(u32::MAX)
    }
}
