//! What one policy sees: the tables that it asked for, in every state that the plan brings about, with a pool of just the
//! strings that occur in them. This is the value that crosses into the sandbox; `wit/policy.wit` documents it.

use crate::object::ObjectId;
use crate::parts::Parts;
use crate::plan::Step;
use crate::pool::Symbol;
use crate::projection::Projection;
use crate::selector::{
    ColumnPlace, Function, ObjectSelector, Relation, RelationSelector, Selector,
};
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
    /// The parts of the cells of `parts(…)` columns, by their numbers from 1: parent, code of the segment, and the first part
    /// with the same text but for casing.
    pub parts: Vec<[u32; 3]>,
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
                Selector::Relation(relation) if relation.relation == Relation::OwnerReferences => {
                    owner_table(projection, relation, &own_objects, &mut codes)
                }
                Selector::Relation(relation) => relation_table(projection, relation, &mut codes),
            })
            .collect();
        PolicyInput {
            step,
            strings: codes.strings,
            parts: codes.parts,
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
    /// The same for segments of parts that are no symbols.
    further: Vec<u32>,
    strings: Strings,
    parts: Vec<[u32; 3]>,
    /// Number here per part of the run; 0 where it has none yet.
    numbers: Vec<u32>,
    /// Per part of the run that is the first with its text but for casing: the first such part here.
    folded: Vec<u32>,
}

impl<'a> Codes<'a> {
    fn new(projection: &'a Projection<'_>) -> Codes<'a> {
        Codes {
            projection,
            codes: vec![0; projection.pool().len()],
            further: vec![],
            strings: Strings::default(),
            parts: vec![],
            numbers: vec![],
            folded: vec![],
        }
    }

    /// Turns a column of symbols into one of parts.
    fn cut(&mut self, column: &mut [u32]) {
        let projection = self.projection;
        let mut parts = projection.parts();
        for cell in &mut *column {
            *cell = parts.of(Symbol::from_code(*cell), projection.pool());
        }
        self.numbers.resize(parts.len() + 1, 0);
        self.folded.resize(parts.len() + 1, 0);
        self.further.resize(parts.further(), 0);
        for cell in column {
            *cell = self.number(*cell, &parts);
        }
    }

    /// The number here of a part of the run. Numbers are given out in the order of their first use, so they do not depend on
    /// what other policies cut before.
    fn number(&mut self, part: u32, parts: &Parts) -> u32 {
        match self.numbers.get(part as usize) {
            Some(0) => {}
            Some(known) => return *known,
            None => return 0,
        }
        // Number 0 has no part. Parts are at most `CUTS` deep.
        let Some(whole) = parts.get(part) else {
            return 0;
        };
        let parent = self.number(whole.parent, parts);
        let pool = self.projection.pool();
        let segment = match (whole.segment.code() as usize).checked_sub(pool.len()) {
            None => self.code(whole.segment),
            Some(above) => match self.further.get_mut(above) {
                Some(code) => {
                    if *code == 0 {
                        *code = self.strings.push(parts.segment(whole.segment, pool));
                    }
                    *code
                }
                None => 0,
            },
        };
        let number = self.parts.len() as u32 + 1;
        let mut first = number;
        if let Some(known) = self.folded.get_mut(whole.folded as usize) {
            match *known {
                0 => *known = number,
                known => first = known,
            }
        }
        self.parts.push([parent, segment, first]);
        if let Some(known) = self.numbers.get_mut(part as usize) {
            *known = number;
        }
        number
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

fn relation_table(
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

fn owner_table(
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
    let yes = codes.projection.pool().find(YES).unwrap_or_default();
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

#[cfg(test)]
mod tests;
