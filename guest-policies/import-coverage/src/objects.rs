//! Which Azure resources v2 objects stand for, at every moment of the plan.

use crate::subscriptions::Subscriptions;
use asogate_aso::annotations::{CREDENTIAL_FROM, RESOURCE_ID, column};
use asogate_aso::arm_id::ArmId;
use asogate_aso::arm_ids::{ArmIdKey, ArmIds};
use asogate_aso::identity::{
    OwnerKey, Unidentified, V2_COLUMNS, V2Object, V2OwnerCells, identify_v2, within_v2,
};
use asogate_aso::v2::{self, V2Owner};
use asogate_policy::{
    Change, Column, FastMap, Input, ObjectId, Operation, Row, Selector, State, Table, Transition,
};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

const TABLE: &str = "v2";

/// Owners are at most this deep; see [`identify_v2`].
const MAX_DEPTH: usize = 16;

pub(crate) fn reads() -> Selector {
    let mut columns: Vec<String> = ["apiVersion", "kind"].map(String::from).into();
    columns.extend(V2_COLUMNS.iter().map(|column| (*column).to_owned()));
    columns.push(column(CREDENTIAL_FROM));
    Selector::objects(TABLE, "*.azure.com", "*", columns)
}

/// The first subscription that an id in a v2 object names, of the cluster or of the plan.
pub(crate) fn stated_subscription(input: &Input) -> Result<Option<&str>, String> {
    let table = input.table(TABLE)?;
    let [claimed, owner] = table.columns([
        "metadata.annotations[serviceoperator.azure.com/resource-id]",
        "spec.owner.armId",
    ])?;
    let of = |row: Row<'_>, column| input.text(row.symbol(column))?.split('/').nth(2);
    let mut live = input.now().rows(table);
    let mut planned = input.walk().flat_map(|transition| transition.added(table));
    let found = live.find_map(|row| of(row, claimed).or_else(|| of(row, owner)));
    Ok(found.or_else(|| planned.find_map(|row| of(row, owner))))
}

#[derive(Clone, Copy)]
struct Columns {
    api_version: Column,
    kind: Column,
    namespace: Column,
    name: Column,
    azure_name: Column,
    owner_name: Column,
    owner_arm_id: Column,
    owner_group: Column,
    owner_kind: Column,
    resource_id: Column,
    credential_from: Column,
}

/// The v2 objects as rows.
pub(crate) struct V2<'a> {
    input: &'a Input,
    pub(crate) table: Table<'a>,
    columns: Columns,
    subscriptions: &'a Subscriptions<'a>,
    /// What counts as the subscription where no setting says one.
    assumed: &'a str,
    /// Every object that exists at any moment of the plan. Claimed objects say themselves what they stand for, so it is made
    /// only when the first owner is looked up.
    by_key: OnceCell<FastMap<OwnerKey<'a>, ObjectId>>,
}

impl<'a> V2<'a> {
    pub(crate) fn new(
        input: &'a Input,
        subscriptions: &'a Subscriptions<'a>,
        assumed: &'a str,
    ) -> Result<V2<'a>, String> {
        let table = input.table(TABLE)?;
        let columns = Columns {
            api_version: table.column("apiVersion")?,
            kind: table.column("kind")?,
            namespace: table.column("metadata.namespace")?,
            name: table.column("metadata.name")?,
            azure_name: table.column("spec.azureName")?,
            owner_name: table.column("spec.owner.name")?,
            owner_arm_id: table.column("spec.owner.armId")?,
            owner_group: table.column("spec.owner.group")?,
            owner_kind: table.column("spec.owner.kind")?,
            resource_id: table.column(&column(RESOURCE_ID))?,
            credential_from: table.column(&column(CREDENTIAL_FROM))?,
        };
        Ok(V2 {
            input,
            table,
            columns,
            subscriptions,
            assumed,
            by_key: OnceCell::new(),
        })
    }

    fn by_key(&self) -> FastMap<OwnerKey<'a>, ObjectId> {
        let added = self.input.walk();
        let added = added.flat_map(|transition| transition.added(self.table));
        let rows = self.input.now().rows(self.table).chain(added);
        rows.filter_map(|row| Some((self.object(row)?.key(), row.object())))
            .collect()
    }

    /// The id by which a claimed object goes. What [`V2::identify`] says of it, without a copy; none if that is another id or
    /// an error.
    fn claimed(&self, row: Row<'a>) -> Option<&'a str> {
        let columns = self.columns;
        let claimed = row.text(columns.resource_id)?;
        let is_whole = row.text(columns.api_version)?.contains('/')
            && row.has(columns.kind)
            && row.has(columns.name);
        let id = ArmId::check(claimed).ok()?;
        (is_whole && self.is_live(row.object())).then_some(id)
    }

    fn object(&self, row: Row<'a>) -> Option<Cells<'a>> {
        let columns = self.columns;
        let (group, _) = row.text(columns.api_version)?.split_once('/')?;
        let namespace = row.text(columns.namespace);
        // A credential of the object's own is another one than the namespace's; its subscription is not known here.
        let known = match row.text(columns.credential_from) {
            None | Some("") => self.subscriptions.v2(namespace),
            Some(_) => None,
        };
        Some(Cells(V2Object {
            group,
            kind: row.text(columns.kind)?,
            namespace,
            name: row.text(columns.name)?,
            azure_name: row.text(columns.azure_name),
            owner: V2OwnerCells {
                name: row.text(columns.owner_name),
                arm_id: row.text(columns.owner_arm_id),
                group: row.text(columns.owner_group),
                kind: row.text(columns.owner_kind),
            },
            // In a manifest the annotation says nothing, and v2 computes it anew (OBSERVED 2.p).
            resource_id: row
                .text(columns.resource_id)
                .filter(|_| self.is_live(row.object())),
            subscription: known.or(Some(self.assumed)),
        }))
    }

    /// Whether the object was there before the plan.
    fn is_live(&self, object: ObjectId) -> bool {
        !self.input.now().rows_of(self.table, object).is_empty()
    }

    /// Finds owners as they are in this state, or as they will be: a manifest may stand before that of its owner.
    fn find(&self, state: State<'a>, key: OwnerKey<'a>) -> Option<Row<'a>> {
        let object = *self.by_key.get_or_init(|| self.by_key()).get(&key)?;
        let later = || self.input.after_all().row_of(self.table, object);
        state.row_of(self.table, object).or_else(later)
    }

    /// The Azure resource of the object.
    pub(crate) fn identify(&self, state: State<'a>, row: Row<'a>) -> Result<ArmId, Unidentified> {
        let Cells(object) = self.object(row).ok_or(Unidentified::UnknownKind)?;
        let find = |key: OwnerKey<'a>| Some(self.object(self.find(state, key)?)?.0);
        identify_v2(&object, &find)
    }

    /// The database of a database user, and the user's name in Kubernetes.
    fn user(&self, state: State<'a>, row: Row<'a>) -> Option<(String, &'a str)> {
        let Cells(object) = self.object(row)?;
        let find = |key: OwnerKey<'a>| Some(self.object(self.find(state, key)?)?.0);
        let database = within_v2(&object, &find).ok()?;
        Some((database.canonical(), object.name))
    }

    /// Whether the object extends another resource (role assignments, diagnostic settings).
    pub(crate) fn is_extension(&self, row: Row<'a>) -> bool {
        let kind = self.object(row).map(|Cells(object)| object);
        let kind = kind.and_then(|object| v2::find(object.group, object.kind));
        kind.is_some_and(|kind| kind.owner == V2Owner::Any)
    }

    /// The object at the top of the owners: one that has none, or whose owner is no object.
    pub(crate) fn root(&self, state: State<'a>, row: Row<'a>) -> Row<'a> {
        let mut top = row;
        for _ in 0..MAX_DEPTH {
            let above = self.object(top).and_then(|Cells(object)| {
                let kind = v2::find(object.group, object.kind)?;
                self.find(state, object.owner_key(kind)?)
            });
            match above {
                Some(above) => top = above,
                None => break,
            }
        }
        top
    }

    pub(crate) fn namespace(&self, row: Row<'a>) -> asogate_policy::Symbol {
        row.symbol(self.columns.namespace)
    }

    /// The changes by which the plan creates or changes v2 objects, with what they leave behind.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&'a Change, State<'a>, Row<'a>)> {
        self.input.walk().filter_map(|transition| {
            let row = transition.added(self.table).first()?;
            Some((transition.change, transition.after, row))
        })
    }

    /// The same, for those that are created.
    pub(crate) fn created(&self) -> impl Iterator<Item = (&'a Change, State<'a>, Row<'a>)> {
        let is_new =
            |(change, ..): &(&'a Change, State<'a>, Row<'a>)| change.operation == Operation::Create;
        self.changes().filter(is_new)
    }
}

/// The cells of an object, with its key.
#[derive(Clone, Copy)]
struct Cells<'a>(V2Object<'a>);

impl<'a> Cells<'a> {
    fn key(&self) -> OwnerKey<'a> {
        OwnerKey {
            group: self.0.group,
            kind: self.0.kind,
            namespace: self.0.namespace,
            name: self.0.name,
        }
    }
}

/// What an object stands for.
#[derive(Clone)]
pub(crate) enum Stands {
    /// The resource with this id.
    For(ArmIdKey),
    /// A user of the database with this id, in lower case.
    User(Rc<str>),
    /// It is not known which resource. Rare, so what every object pays for is a pointer.
    Unknown(Box<Unidentified>),
}

/// Objects that stand for one resource: nearly always one.
enum Same {
    One(ObjectId),
    Several(Vec<ObjectId>),
}

impl Same {
    fn all(&self) -> &[ObjectId] {
        match self {
            Same::One(object) => std::slice::from_ref(object),
            Same::Several(objects) => objects,
        }
    }

    fn push(&mut self, object: ObjectId) {
        match self {
            Same::One(first) => *self = Same::Several(vec![*first, object]),
            Same::Several(objects) => objects.push(object),
        }
    }

    /// Without this object.
    fn without(self, object: ObjectId) -> Same {
        let mut objects = match self {
            Same::One(only) => vec![only],
            Same::Several(objects) => objects,
        };
        objects.retain(|known| *known != object);
        Same::Several(objects)
    }
}

/// The objects by the resource that they stand for, kept up to date along the plan.
pub(crate) struct Walk<'a, 'v> {
    pub(crate) objects: &'v V2<'a>,
    stands: FastMap<ObjectId, Stands>,
    ids: ArmIds<'a>,
    by_id: FastMap<ArmIdKey, Same>,
    users: BTreeMap<Rc<str>, Vec<(ObjectId, &'a str)>>,
}

impl<'a, 'v> Walk<'a, 'v> {
    /// As the cluster is now.
    pub(crate) fn new(input: &'a Input, objects: &'v V2<'a>) -> Walk<'a, 'v> {
        let mut walk = Walk {
            objects,
            stands: FastMap::default(),
            ids: ArmIds::default(),
            by_id: FastMap::default(),
            users: BTreeMap::new(),
        };
        for row in input.now().rows(objects.table) {
            walk.add(input.now(), row);
        }
        walk
    }

    /// Moves on by one change. Gives the other objects that stand for the same resource, if the changed object stands for
    /// it only since this change.
    pub(crate) fn apply(&mut self, transition: &Transition<'a>) -> &[ObjectId] {
        let object = transition.change.object;
        let row = transition.added(self.objects.table).first();
        let before = match self.stands.remove(&object) {
            Some(Stands::For(id)) => {
                if let Some(known) = self.by_id.remove(&id) {
                    self.by_id.insert(id, known.without(object));
                }
                Some(id)
            }
            Some(Stands::User(database)) => {
                if let Some(known) = self.users.get_mut(&database) {
                    known.retain(|(known, _)| *known != object);
                }
                None
            }
            Some(Stands::Unknown(_)) | None => None,
        };
        let Some(row) = row else { return &[] };
        self.add(transition.after, row);
        match self.stands.get(&object) {
            Some(Stands::For(id)) if before != Some(*id) => {
                let known = self.by_id.get(id).map_or(&[] as &[_], Same::all);
                // The object itself joined last.
                known.split_last().map_or(&[], |(_, others)| others)
            }
            _ => &[],
        }
    }

    fn add(&mut self, state: State<'a>, row: Row<'a>) {
        let object = row.object();
        let known = match self.objects.claimed(row) {
            Some(id) => Ok(self.ids.add(id)),
            None => {
                let id = self.objects.identify(state, row);
                id.map(|id| self.ids.add(String::from(id)))
            }
        };
        let stands = match known {
            Ok(id) => {
                self.by_id
                    .entry(id)
                    .and_modify(|same| same.push(object))
                    .or_insert(Same::One(object));
                Stands::For(id)
            }
            Err(Unidentified::NotArm) => match self.objects.user(state, row) {
                Some((database, name)) => {
                    let database: Rc<str> = database.into();
                    let known = self.users.entry(database.clone()).or_default();
                    known.push((object, name));
                    Stands::User(database)
                }
                None => Stands::Unknown(Box::new(Unidentified::NotArm)),
            },
            Err(reason) => Stands::Unknown(Box::new(reason)),
        };
        self.stands.insert(object, stands);
    }

    /// What the object stands for at this moment; none if it is not there.
    pub(crate) fn stands(&self, object: ObjectId) -> Option<&Stands> {
        self.stands.get(&object)
    }

    /// The objects that stand for the resource with this id at this moment.
    pub(crate) fn of(&self, id: &ArmId) -> &[ObjectId] {
        let known = self.ids.find(id.as_str());
        let known = known.and_then(|id| self.by_id.get(&id));
        known.map_or(&[], Same::all)
    }

    /// The names of a database's users at this moment.
    pub(crate) fn users(&self, database: &str) -> Vec<&'a str> {
        let users = self.users.get(database).into_iter().flatten();
        users.map(|(_, name)| *name).collect()
    }

    /// The resources for which several objects stand at this moment.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &[ObjectId]> {
        let shared = self.by_id.values().map(Same::all);
        shared.filter(|objects| objects.len() > 1)
    }
}
