//! v2 objects, and their owners by name.

use crate::UNKNOWN_SUBSCRIPTION;
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::{
    OwnerKey, Unidentified, V2Object, V2OwnerCells, identify_v2, within_v2,
};
use asogate_aso::v2::{self, V2Kind};
use asogate_policy::{
    Column, FastHasher, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table,
};
use std::cell::RefCell;
use std::hash::Hasher;

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

/// The v2 objects at any moment, with the cells that decide about their Azure resource.
#[derive(Debug)]
pub struct V2Objects<'a> {
    /// The table.
    pub table: Table<'a>,
    /// `metadata.namespace`.
    pub namespace: Column,
    /// `metadata.name`.
    pub name: Column,
    columns: [Column; 9],
    input: &'a Input,
    /// Hashes of namespace and name of every object that ever exists, sorted: a join over texts in 12 bytes an object.
    by_name: Vec<(u32, ObjectId)>,
    kinds: RefCell<FastMap<(Symbol, Symbol), Option<&'static V2Kind>>>,
}

impl<'a> V2Objects<'a> {
    /// The selector, with further columns of the policy's own.
    pub fn reads<C: Into<String>>(further: impl IntoIterator<Item = C>) -> Selector {
        let columns = COLUMNS.iter().map(|name| (*name).to_owned());
        let columns = columns.chain(further.into_iter().map(Into::into));
        Selector::objects(TABLE, "*.azure.com", "*", columns)
    }

    /// The table of [`V2Objects::reads`].
    ///
    /// # Errors
    ///
    /// If `reads` did not ask for it.
    pub fn new(input: &'a Input) -> Result<V2Objects<'a>, String> {
        let table = input.table(TABLE)?;
        let columns = table.columns(COLUMNS)?;
        let [_, _, namespace, name, ..] = columns;
        let mut objects = V2Objects {
            table,
            namespace,
            name,
            columns,
            input,
            by_name: vec![],
            kinds: RefCell::default(),
        };
        let named = |row: Row<'a>| {
            let hash = hash(row.text(namespace), row.text(name).unwrap_or_default());
            (hash, row.object())
        };
        objects.by_name = objects.all_rows().map(named).collect();
        objects.by_name.sort_unstable();
        objects.by_name.dedup();
        Ok(objects)
    }

    /// Every row of now and of after each change.
    pub fn all_rows(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let (input, table) = (self.input, self.table);
        let added = input.walk().flat_map(move |step| step.added(table));
        input.now().rows(table).chain(added)
    }

    /// What is known of the kind of a row's object.
    pub fn kind(&self, row: Row<'a>) -> Option<&'static V2Kind> {
        let [api_version, kind, ..] = self.columns;
        let key = (row.symbol(api_version), row.symbol(kind));
        let mut kinds = self.kinds.borrow_mut();
        *kinds.entry(key).or_insert_with(|| {
            let (group, _) = row.text(api_version)?.split_once('/')?;
            v2::find(group, row.text(kind)?)
        })
    }

    /// The cells of a row's object; none without an API group. `subscription` is that of its credential.
    pub fn object(&self, row: Row<'a>, subscription: Option<&'a str>) -> Option<V2Object<'a>> {
        let [api_version, kind, namespace, name, azure_name, owner @ ..] = self.columns;
        let (group, _) = row.text(api_version)?.split_once('/')?;
        let [owner_name, arm_id, owner_group, owner_kind] = owner.map(|column| row.text(column));
        Some(V2Object {
            group,
            kind: row.text(kind)?,
            namespace: row.text(namespace),
            name: row.text(name)?,
            azure_name: row.text(azure_name),
            owner: V2OwnerCells {
                name: owner_name,
                arm_id,
                group: owner_group,
                kind: owner_kind,
            },
            // What an object that was claimed says there repeats its other fields; a manifest's says nothing.
            resource_id: None,
            subscription,
        })
    }

    /// The Azure resource, in the subscription of `armId` or else an unknown one.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn identify(&self, state: State<'a>, row: Row<'a>) -> Result<ArmId, Unidentified> {
        let object = self.object(row, Some(UNKNOWN_SUBSCRIPTION));
        let object = object.ok_or(Unidentified::UnknownKind)?;
        identify_v2(&object, &self.finder(state))
    }

    /// The Azure resource that it belongs to: that of its owner.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn within(&self, state: State<'a>, row: Row<'a>) -> Result<ArmId, Unidentified> {
        let object = self.object(row, Some(UNKNOWN_SUBSCRIPTION));
        let object = object.ok_or(Unidentified::UnknownKind)?;
        within_v2(&object, &self.finder(state))
    }

    /// The row of the owner that `spec.owner.name` names, if it is there.
    pub fn owner(&self, state: State<'a>, row: Row<'a>) -> Option<Row<'a>> {
        let key = self.object(row, None)?.owner_key(self.kind(row)?)?;
        self.find(state, key)
    }

    fn finder(&self, state: State<'a>) -> impl Fn(OwnerKey<'a>) -> Option<V2Object<'a>> {
        move |key| self.object(self.find(state, key)?, Some(UNKNOWN_SUBSCRIPTION))
    }

    fn find(&self, state: State<'a>, key: OwnerKey<'a>) -> Option<Row<'a>> {
        let hash = hash(key.namespace, key.name);
        let start = self.by_name.partition_point(|known| known.0 < hash);
        let candidates = self.by_name.get(start..).unwrap_or(&[]).iter();
        let candidates = candidates.take_while(|known| known.0 == hash);
        candidates
            .filter_map(|(_, object)| state.row_of(self.table, *object))
            .find(|row| {
                let is_kind = self
                    .kind(*row)
                    .is_some_and(|kind| (kind.group, kind.kind) == (key.group, key.kind));
                is_kind
                    && row.text(self.namespace) == key.namespace
                    && row.text(self.name) == Some(key.name)
            })
    }
}

fn hash(namespace: Option<&str>, name: &str) -> u32 {
    let mut hasher = FastHasher::default();
    hasher.write(namespace.unwrap_or_default().as_bytes());
    hasher.write(&[0]);
    hasher.write(name.as_bytes());
    hasher.finish() as u32
}
