//! Which namespaces are there, at which moment.

use asogate_policy::{Change, Column, Input, ObjectId, Selector, Symbol, Table};
use std::collections::HashMap;

const COLUMNS: [&str; 3] = [
    "metadata.name",
    "metadata.deletionTimestamp",
    "status.phase",
];

pub(crate) fn reads() -> Vec<Selector> {
    vec![Selector::objects("namespaces", "", "Namespace", COLUMNS)]
}

/// Whether a namespace can take an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    There,
    /// It is being deleted: Kubernetes takes no new objects into it.
    Terminating,
    /// The plan creates it, but only after the object.
    Later,
    Absent,
}

/// The namespaces of the cluster and those that the plan creates, by name.
pub(crate) struct Presences<'a> {
    table: Table<'a>,
    columns: [Column; 3],
    by_name: HashMap<Symbol, Vec<ObjectId>>,
}

impl<'a> Presences<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Presences<'a>, String> {
        let table = input.table("namespaces")?;
        let columns = table.columns(COLUMNS)?;
        let [name, ..] = columns;
        let mut by_name: HashMap<Symbol, Vec<ObjectId>> = HashMap::new();
        let added = input.walk().flat_map(|transition| transition.added(table));
        for row in input.now().rows(table).chain(added) {
            let objects = by_name.entry(row.symbol(name)).or_default();
            if !objects.contains(&row.object()) {
                objects.push(row.object());
            }
        }
        Ok(Presences {
            table,
            columns,
            by_name,
        })
    }

    /// Whether a namespace can take an object at the moment at which a change is made.
    pub(crate) fn before(&self, input: &'a Input, change: &Change, name: Symbol) -> Presence {
        let [_, deletion, phase] = self.columns;
        let objects = self.by_name.get(&name).map_or(&[] as &[_], Vec::as_slice);
        let state = input.after(change.number - 1);
        let rows = objects
            .iter()
            .filter_map(|&object| state.row_of(self.table, object));
        let mut presence = match objects {
            [] => Presence::Absent,
            _ if self.comes_after(input, change, objects) => Presence::Later,
            _ => Presence::Absent,
        };
        for row in rows {
            if row.has(deletion) || row.text(phase) == Some("Terminating") {
                presence = Presence::Terminating;
            } else {
                return Presence::There;
            }
        }
        presence
    }

    fn comes_after(&self, input: &'a Input, change: &Change, objects: &[ObjectId]) -> bool {
        let end = input.after_all();
        let now = input.after(change.number - 1);
        let comes = |object: &ObjectId| {
            now.row_of(self.table, *object).is_none() && end.row_of(self.table, *object).is_some()
        };
        objects.iter().any(comes)
    }
}
