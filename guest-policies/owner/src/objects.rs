//! v2 objects as rows, and how an owner is found among them: by group, kind, namespace and name, in the cluster or the plan.

use asogate_aso::annotations::{RESOURCE_ID, column};
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::{OwnerKey, Unidentified, V2Object, V2OwnerCells, identify_v2};
use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table};

const TABLE: &str = "v2";

const COLUMNS: [&str; 9] = [
    "apiVersion",
    "kind",
    "metadata.namespace",
    "metadata.name",
    "spec.azureName",
    "spec.owner.name",
    "spec.owner.armId",
    "spec.owner.group",
    "spec.owner.kind",
];

pub(crate) fn reads() -> Selector {
    let mut columns: Vec<String> = COLUMNS.map(String::from).into();
    columns.push(column(RESOURCE_ID));
    Selector::objects(TABLE, "*.azure.com", "*", columns)
}

/// What names an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key<'a> {
    pub(crate) group: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) namespace: Symbol,
    pub(crate) name: Symbol,
}

/// The objects of the cluster and of the plan.
pub(crate) struct Objects<'a> {
    pub(crate) input: &'a Input,
    pub(crate) table: Table<'a>,
    columns: [Column; 9],
    resource_id: Column,
    by_key: FastMap<Key<'a>, ObjectId>,
    /// By name alone, to say where an owner is that is not where it should be.
    by_name: FastMap<Symbol, Vec<ObjectId>>,
    /// The symbol of each name: looking for one among all strings takes as long as there are strings.
    names: FastMap<&'a str, Symbol>,
}

/// The cells of one object.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) group: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) namespace: Symbol,
    pub(crate) name: Symbol,
    pub(crate) azure_name: Option<&'a str>,
    pub(crate) owner: V2OwnerCells<'a>,
    /// The symbol of `spec.owner.name`.
    pub(crate) owner_name: Symbol,
    /// The annotation `resource-id`, which v2 writes when it claims an object.
    pub(crate) claimed: Option<&'a str>,
}

impl<'a> Objects<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Objects<'a>, String> {
        let table = input.table(TABLE)?;
        let mut objects = Objects {
            input,
            table,
            columns: table.columns(COLUMNS)?,
            resource_id: table.column(&column(RESOURCE_ID))?,
            by_key: FastMap::default(),
            by_name: FastMap::default(),
            names: FastMap::default(),
        };
        let added = || input.walk().flat_map(|transition| transition.added(table));
        // Only what the plan brings or changes is judged, so without such a change nobody looks for owners.
        if added().next().is_none() {
            return Ok(objects);
        }
        for row in input.now().rows(table).chain(added()) {
            let Some(cells) = objects.cells(row) else {
                continue;
            };
            let key = Key {
                group: cells.group,
                kind: cells.kind,
                namespace: cells.namespace,
                name: cells.name,
            };
            if objects.by_key.insert(key, row.object()) != Some(row.object()) {
                let named = objects.by_name.entry(cells.name).or_default();
                named.push(row.object());
                let name = input.text(cells.name).unwrap_or_default();
                objects.names.insert(name, cells.name);
            }
        }
        Ok(objects)
    }

    pub(crate) fn cells(&self, row: Row<'a>) -> Option<Cells<'a>> {
        let [
            api_version,
            kind,
            namespace,
            name,
            azure_name,
            owner_name,
            arm_id,
            owner_group,
            owner_kind,
        ] = self.columns;
        let (group, _) = row.text(api_version)?.split_once('/')?;
        let filled = |column| row.text(column).filter(|text: &&str| !text.is_empty());
        Some(Cells {
            group,
            kind: row.text(kind)?,
            namespace: row.symbol(namespace),
            name: row.symbol(name),
            azure_name: filled(azure_name),
            owner: V2OwnerCells {
                name: filled(owner_name),
                arm_id: filled(arm_id),
                group: filled(owner_group),
                kind: filled(owner_kind),
            },
            owner_name: row.symbol(owner_name),
            claimed: filled(self.resource_id),
        })
    }

    /// Whether the object with this key is there now, or will be when the plan is done: owners may come after what they own.
    pub(crate) fn is_there(&self, state: State<'a>, key: Key<'a>) -> bool {
        let object = self.by_key.get(&key);
        object.is_some_and(|object| self.lives(state, *object))
    }

    /// The resource that the object's owner and name make it, whatever its annotations say. Its subscription may be a
    /// stand-in.
    pub(crate) fn resource(&self, cells: Cells<'a>) -> Result<ArmId, Unidentified> {
        let end = self.input.after_all();
        let find = |key: OwnerKey<'a>| {
            let key = Key {
                group: key.group,
                kind: key.kind,
                namespace: cells.namespace,
                name: *self.names.get(key.name)?,
            };
            let row = end.row_of(self.table, *self.by_key.get(&key)?)?;
            Some(self.object(self.cells(row)?))
        };
        identify_v2(&self.object(cells), &find)
    }

    fn object(&self, cells: Cells<'a>) -> V2Object<'a> {
        V2Object {
            group: cells.group,
            kind: cells.kind,
            namespace: self.input.text(cells.namespace),
            name: self.input.text(cells.name).unwrap_or_default(),
            azure_name: cells.azure_name,
            owner: cells.owner,
            resource_id: None,
            subscription: Some("unknown"),
        }
    }

    fn lives(&self, state: State<'a>, object: ObjectId) -> bool {
        let in_state = |state: State<'a>| state.row_of(self.table, object).is_some();
        in_state(state) || in_state(self.input.after_all())
    }

    /// The other objects of this name, with their cells.
    pub(crate) fn named(
        &self,
        state: State<'a>,
        name: Symbol,
    ) -> impl Iterator<Item = (ObjectId, Cells<'a>)> {
        let named = self.by_name.get(&name).map_or(&[] as &[_], Vec::as_slice);
        named.iter().filter_map(move |&object| {
            let later = || self.input.after_all().row_of(self.table, object);
            let row = state.row_of(self.table, object).or_else(later)?;
            Some((object, self.cells(row)?))
        })
    }
}
