//! Tables: the rows of a selector in every state that a plan brings about.

use super::codes::Codes;
use crate::object::ObjectId;
use crate::pool::Symbol;
use crate::projection::Projection;
use crate::selector::{ColumnPlace, Function, ObjectSelector, RelationSelector};
use crate::snapshot::{Object, OwnerReference, SchemaId, Store, YES};

/// The rows of one selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The name that the policy gave it.
    pub name: String,
    /// Object id of each row.
    pub objects: Vec<u32>,
    /// How many rows are those of now; they come first.
    pub now: u32,
    /// For each row after those: the number of the change that leaves the object so.
    pub changes: Vec<u32>,
    /// Per column, the code of each row (or the object id, for relation columns that end in `-id`, or the number of a part);
    /// empty if the cells of all rows are absent.
    pub columns: Vec<Vec<u32>>,
}

impl Table {
    fn new(name: &str, width: usize) -> Table {
        Table {
            name: name.to_owned(),
            columns: vec![Vec::new(); width],
            ..Table::default()
        }
    }

    /// Adds a row of this state. Rows of now must come first.
    fn push(&mut self, object: ObjectId, change: u32, cells: impl Iterator<Item = u32>) {
        let rows = self.objects.len();
        self.objects.push(object.number());
        match change {
            0 => self.now += 1,
            change => self.changes.push(change),
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            // A column begins with its first cell that is not absent.
            if cell != 0 && column.is_empty() {
                column.resize(rows, 0);
            }
            if cell != 0 || !column.is_empty() {
                column.push(cell);
            }
        }
    }
}

/// Where a selector's columns are in the rows of each schema of one store.
fn places(store: &Store, selector: &ObjectSelector) -> Vec<Option<Vec<Option<ColumnPlace>>>> {
    let place = |(_, schema): (SchemaId, &crate::selector::Schema)| {
        let wanted = selector
            .kinds
            .matches(&schema.kind.group, &schema.kind.kind);
        wanted.then(|| {
            selector
                .columns
                .iter()
                .map(|column| schema.place(column))
                .collect()
        })
    };
    store.schemas().map(place).collect()
}

pub(super) fn object_table(
    projection: &Projection<'_>,
    selector: &ObjectSelector,
    codes: &mut Codes<'_>,
) -> Table {
    let mut table = Table::new(&selector.table, selector.columns.len());
    let is_cut: Vec<bool> = selector
        .columns
        .iter()
        .map(|column| column.function == Function::Parts)
        .collect();
    let now = projection.snapshot().store();
    let places_now = places(now, selector);
    for object in now.iter() {
        if let Some(Some(columns)) = places_now.get(object.schema_id().index()) {
            let id = ObjectId::from_index(object.position());
            push_object(&mut table, id, 0, object, columns, &is_cut, codes);
        }
    }
    let places_after = places(projection.after(), selector);
    for version in projection.versions() {
        let Some(object) = projection.after().get(version.row) else {
            continue;
        };
        if let Some(Some(columns)) = places_after.get(object.schema_id().index()) {
            let (id, change) = (version.object, version.change);
            push_object(&mut table, id, change, object, columns, &is_cut, codes);
        }
    }
    let columns = table.columns.iter_mut().zip(&is_cut);
    for (column, _) in columns.filter(|(_, is_cut)| **is_cut) {
        codes.cut(column);
    }
    table
}

fn push_object(
    table: &mut Table,
    id: ObjectId,
    change: u32,
    object: Object<'_>,
    places: &[Option<ColumnPlace>],
    is_cut: &[bool],
    codes: &mut Codes<'_>,
) {
    let list = places.iter().flatten().find_map(|place| match place {
        ColumnPlace::List { list, .. } => Some(*list),
        ColumnPlace::Cell(_) => None,
    });
    let (elements, width, rows) = match list {
        None => (&[] as &[Symbol], 0, 1),
        Some(list) => {
            let width = object
                .schema()
                .lists
                .get(list)
                .map_or(0, |list| list.columns.len());
            let elements = object.list(list);
            (
                elements,
                width,
                elements.len().checked_div(width).unwrap_or(0),
            )
        }
    };
    for row in 0..rows {
        let cells = places.iter().zip(is_cut).map(|(place, is_cut)| {
            let symbol = match place {
                Some(place @ ColumnPlace::Cell(_)) => object.cell(*place),
                Some(ColumnPlace::List { column, .. }) => elements
                    .get(row * width + column)
                    .copied()
                    .unwrap_or_default(),
                None => Symbol::ABSENT,
            };
            match is_cut {
                // Cut when the column is whole.
                true => symbol.code(),
                false => codes.code(symbol),
            }
        });
        table.push(id, change, cells);
    }
}

pub(super) fn relation_table(
    projection: &Projection<'_>,
    selector: &RelationSelector,
    codes: &mut Codes<'_>,
) -> Table {
    let width = selector.relation.columns().len();
    let positions = selector.positions();
    let mut table = Table::new(&selector.table, positions.len());
    let mut push = |id: ObjectId, change: u32, cells: &[Symbol]| {
        let cells = positions.iter().map(|position| {
            let symbol = cells.get(*position).copied().unwrap_or_default();
            codes.code(symbol)
        });
        table.push(id, change, cells);
    };
    if let Some(rows) = projection.snapshot().store().relation(selector.relation) {
        for (row, cells) in rows.rows.iter().zip(rows.cells.chunks_exact(width)) {
            push(ObjectId::from_index(*row as usize), 0, cells);
        }
    }
    if let Some(rows) = projection.after().relation(selector.relation) {
        for version in projection.versions() {
            let start = rows
                .rows
                .partition_point(|&row| (row as usize) < version.row);
            let end = rows
                .rows
                .partition_point(|&row| (row as usize) <= version.row);
            for row in start..end {
                push(
                    version.object,
                    version.change,
                    rows.cells
                        .get(row * width..(row + 1) * width)
                        .unwrap_or(&[]),
                );
            }
        }
    }
    table
}

pub(super) fn owner_table(
    projection: &Projection<'_>,
    selector: &RelationSelector,
    own_objects: &[&ObjectSelector],
    codes: &mut Codes<'_>,
) -> Table {
    let positions = selector.positions();
    let mut table = Table::new(&selector.table, positions.len());
    let selected = |store: &Store| -> Vec<bool> {
        let wanted = |kind: &crate::object::GroupKind| {
            own_objects
                .iter()
                .any(|selector| selector.kinds.matches(&kind.group, &kind.kind))
        };
        store
            .schemas()
            .map(|(_, schema)| wanted(&schema.kind))
            .collect()
    };
    let snapshot = projection.snapshot();
    let yes = projection.pool().find(YES).unwrap_or_default();
    let mut push = |id: ObjectId, change: u32, owner: &OwnerReference| {
        // In the order of `Relation::columns`.
        let cells = positions.iter().map(|position| match position {
            0 => snapshot.find_uid(owner.uid).map_or(0, ObjectId::number),
            1 => codes.code(owner.uid),
            2 => codes.code(owner.group),
            3 => codes.code(owner.kind),
            4 => codes.code(owner.name),
            5 if owner.controller => codes.code(yes),
            _ => 0,
        });
        table.push(id, change, cells);
    };
    let now = selected(snapshot.store());
    for object in snapshot.store().iter() {
        if now.get(object.schema_id().index()) == Some(&true) {
            for owner in object.owners() {
                push(ObjectId::from_index(object.position()), 0, owner);
            }
        }
    }
    let after = selected(projection.after());
    for version in projection.versions() {
        let Some(object) = projection.after().get(version.row) else {
            continue;
        };
        if after.get(object.schema_id().index()) == Some(&true) {
            let gone = |owner: &&OwnerReference| {
                let uid = projection.pool().get(owner.uid);
                !version.unlinked.iter().any(|unlinked| unlinked == uid)
            };
            for owner in object.owners().iter().filter(gone) {
                push(version.object, version.change, owner);
            }
        }
    }
    table
}
