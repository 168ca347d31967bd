//! What one policy sees: the tables that it asked for, in every state that the plan brings about, with a pool of just the
//! strings that occur in them. This is the value that crosses into the sandbox; `wit/policy.wit` documents it.

use crate::object::ObjectId;
use crate::plan::Step;
use crate::pool::Symbol;
use crate::projection::Projection;
use crate::selector::{ColumnPlace, ObjectSelector, Relation, RelationSelector, Selector};
use crate::simulate::Effect;
use crate::snapshot::{Object, OwnerReference, SchemaId, Store, YES};

/// The name under which `input.extra` holds the ids of the objects that the step was asked for.
pub const SELECTED: &str = "selected";

/// The name under which `input.change-extra` holds a scalar that readers of YAML do not agree on.
pub const YAML11_SCALAR: &str = "yaml11-scalar";

/// What is known of one change beside its effect: the number of the change, a name that the contract documents at
/// `input.change-extra`, and a value.
pub type ChangeNote = (u32, &'static str, String);

/// The rows of one selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The name that the policy gave it.
    pub name: String,
    /// Object id of each row.
    pub objects: Vec<u32>,
    /// 0 for the state now, n for the state that change n leaves.
    pub change: Vec<u32>,
    /// Per column, the code of each row (or the object id, for relation columns that end in `-id`).
    pub columns: Vec<Vec<u32>>,
}

/// The strings of one policy's cells by their codes: one text, and where each string ends in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Default for Strings {
    /// Code 0 alone, which stands for "absent".
    fn default() -> Self {
        Strings {
            text: String::new(),
            ends: vec![0],
        }
    }
}

impl Strings {
    /// Adds a string and returns its code. Both fit into 32 bits, since the pool of a snapshot holds at most 4 GiB.
    pub fn push(&mut self, string: &str) -> u32 {
        let code = self.ends.len() as u32;
        self.text.push_str(string);
        self.ends.push(self.text.len() as u32);
        code
    }

    /// The string of a code; empty for 0 and for codes that were not given out.
    pub fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let start = code.checked_sub(1).and_then(|before| self.ends.get(before));
        match (start, self.ends.get(code)) {
            (Some(&start), Some(&end)) => self
                .text
                .get(start as usize..end as usize)
                .unwrap_or_default(),
            _ => "",
        }
    }

    /// All strings by their codes, from 0.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|code| self.get(code as u32))
    }

    /// How many codes there are, 0 included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string but that of code 0.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// The strings one after the other.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the string of each code ends in the text, in bytes.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }
}

impl<'s> FromIterator<&'s str> for Strings {
    /// These strings under the codes 1, 2, ….
    fn from_iter<I: IntoIterator<Item = &'s str>>(strings: I) -> Self {
        let mut pool = Strings::default();
        for string in strings {
            pool.push(string);
        }
        pool
    }
}

/// The value that a policy judges.
#[derive(Clone, Debug)]
pub struct PolicyInput<'a> {
    /// The step; none for `lint`.
    pub step: Option<Step>,
    /// The strings; entry 0 is empty and means "absent".
    pub strings: Strings,
    /// One table per selector, in their order.
    pub tables: Vec<Table>,
    /// The changes, consequences included.
    pub changes: &'a [Effect],
    /// How many objects there are, created ones included: their ids are `1..=objects`.
    pub objects: usize,
    /// Pairs of name and value that the contract documents at `input.extra`.
    pub extra: Vec<(&'static str, String)>,
    /// What is known of single changes, in their order.
    pub change_extra: &'a [ChangeNote],
}

impl<'a> PolicyInput<'a> {
    /// The input for a policy with these selectors.
    pub fn new(
        projection: &'a Projection<'_>,
        selectors: &[Selector],
        step: Option<Step>,
    ) -> PolicyInput<'a> {
        let mut codes = Codes::new(projection);
        let own_objects: Vec<&ObjectSelector> = selectors
            .iter()
            .filter_map(|selector| match selector {
                Selector::Objects(objects) => Some(objects),
                Selector::Relation(_) => None,
            })
            .collect();
        let tables = selectors
            .iter()
            .map(|selector| match selector {
                Selector::Objects(objects) => object_table(projection, objects, &mut codes),
                Selector::Relation(RelationSelector {
                    table,
                    relation: Relation::OwnerReferences,
                }) => owner_table(projection, table, &own_objects, &mut codes),
                Selector::Relation(relation) => relation_table(projection, relation, &mut codes),
            })
            .collect();
        PolicyInput {
            step,
            strings: codes.strings,
            tables,
            changes: &projection.outcome().effects,
            objects: projection.snapshot().len() + projection.outcome().created.len(),
            extra: vec![],
            change_extra: &[],
        }
    }

    /// With what is known of single changes, in their order.
    #[must_use]
    pub fn with_change_extra(mut self, notes: &'a [ChangeNote]) -> PolicyInput<'a> {
        self.change_extra = notes;
        self
    }

    /// With the objects that the step was asked for, whether or not the plan changes them.
    #[must_use]
    pub fn with_selected(mut self, selected: &[ObjectId]) -> PolicyInput<'a> {
        if !selected.is_empty() {
            let ids: Vec<String> = selected
                .iter()
                .map(|object| object.number().to_string())
                .collect();
            self.extra.push((SELECTED, ids.join(" ")));
        }
        self
    }
}

/// Renumbers the symbols of the snapshot to the codes of one policy, in the order of their first use.
struct Codes<'a> {
    projection: &'a Projection<'a>,
    /// Code per symbol; 0 where it has none yet.
    codes: Vec<u32>,
    strings: Strings,
}

impl<'a> Codes<'a> {
    fn new(projection: &'a Projection<'_>) -> Codes<'a> {
        Codes {
            projection,
            codes: vec![0; projection.pool().len()],
            strings: Strings::default(),
        }
    }

    fn code(&mut self, symbol: Symbol) -> u32 {
        if symbol.is_absent() {
            return 0;
        }
        let Some(code) = self.codes.get_mut(symbol.code() as usize) else {
            return 0;
        };
        if *code == 0 {
            *code = self.strings.push(self.projection.pool().get(symbol));
        }
        *code
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

fn object_table(
    projection: &Projection<'_>,
    selector: &ObjectSelector,
    codes: &mut Codes<'_>,
) -> Table {
    let mut table = Table {
        name: selector.table.clone(),
        columns: vec![Vec::new(); selector.columns.len()],
        ..Table::default()
    };
    let now = projection.snapshot().store();
    let places_now = places(now, selector);
    for object in now.iter() {
        if let Some(Some(columns)) = places_now.get(object.schema_id().index()) {
            push_object(
                &mut table,
                ObjectId::from_index(object.position()),
                0,
                object,
                columns,
                codes,
            );
        }
    }
    let places_after = places(projection.after(), selector);
    for version in projection.versions() {
        let Some(object) = projection.after().get(version.row) else {
            continue;
        };
        if let Some(Some(columns)) = places_after.get(object.schema_id().index()) {
            push_object(
                &mut table,
                version.object,
                version.change,
                object,
                columns,
                codes,
            );
        }
    }
    table
}

fn push_object(
    table: &mut Table,
    id: ObjectId,
    change: u32,
    object: Object<'_>,
    places: &[Option<ColumnPlace>],
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
        table.objects.push(id.number());
        table.change.push(change);
        for (cells, place) in table.columns.iter_mut().zip(places) {
            let symbol = match place {
                Some(place @ ColumnPlace::Cell(_)) => object.cell(*place),
                Some(ColumnPlace::List { column, .. }) => elements
                    .get(row * width + column)
                    .copied()
                    .unwrap_or_default(),
                None => Symbol::ABSENT,
            };
            cells.push(codes.code(symbol));
        }
    }
}

fn relation_table(
    projection: &Projection<'_>,
    selector: &RelationSelector,
    codes: &mut Codes<'_>,
) -> Table {
    let width = selector.relation.columns().len();
    let mut table = Table {
        name: selector.table.clone(),
        columns: vec![Vec::new(); width],
        ..Table::default()
    };
    let mut push = |id: ObjectId, change: u32, cells: &[Symbol]| {
        table.objects.push(id.number());
        table.change.push(change);
        for (column, symbol) in table.columns.iter_mut().zip(cells) {
            column.push(codes.code(*symbol));
        }
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

fn owner_table(
    projection: &Projection<'_>,
    name: &str,
    own_objects: &[&ObjectSelector],
    codes: &mut Codes<'_>,
) -> Table {
    let width = Relation::OwnerReferences.columns().len();
    let mut table = Table {
        name: name.to_owned(),
        columns: vec![Vec::new(); width],
        ..Table::default()
    };
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
    let yes = codes.projection.pool().find(YES).unwrap_or_default();
    let mut push = |id: ObjectId, change: u32, owner: &OwnerReference| {
        table.objects.push(id.number());
        table.change.push(change);
        let owner_id = snapshot.find_uid(owner.uid).map_or(0, ObjectId::number);
        let controller = if owner.controller { codes.code(yes) } else { 0 };
        let cells = [
            owner_id,
            codes.code(owner.uid),
            codes.code(owner.group),
            codes.code(owner.kind),
            codes.code(owner.name),
            controller,
        ];
        for (column, cell) in table.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
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

#[cfg(test)]
mod tests;
