//! Which Azure resources v1 objects manage: their own, and what v2 has objects of its own for (subnets, retention policies,
//! throughput settings, authorization rules).

use crate::objects;
use crate::subscriptions::Subscriptions;
use crate::users::Users;
use asogate_aso::arm_id::ArmId;
use asogate_aso::arm_ids::{ArmIdKey, ArmIds};
use asogate_aso::identity::{
    Unidentified, V1_COLUMNS, V1_SUBNET_COLUMN, further_v1, identify_v1, within_v1,
};
use asogate_aso::v1::{self, Successor};
use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table};
use std::collections::HashSet;

const TABLE: &str = "v1";
const SUBNETS: &str = "v1-subnets";

/// What stands for a subscription that nothing tells: the same for both operators, so that ids differ in everything else only.
/// Whether the subscription is the right one is `credential-scope`'s business.
pub(crate) const UNKNOWN_SUBSCRIPTION: &str = "unknown";

pub(crate) fn reads() -> Selector {
    let mut columns = vec!["kind", "metadata.namespace"];
    columns.extend(V1_COLUMNS);
    Selector::objects(TABLE, v1::GROUP, "*", columns)
}

pub(crate) fn reads_subnets() -> Selector {
    Selector::objects(SUBNETS, v1::GROUP, "VirtualNetwork", [V1_SUBNET_COLUMN])
}

/// The v1 objects as rows.
pub(crate) struct V1<'a> {
    table: Table<'a>,
    kind: Column,
    name: Column,
    namespace: Column,
    /// As [`V1_COLUMNS`].
    columns: Vec<Column>,
    subnets: Table<'a>,
    subnet: Column,
    subscription: &'a str,
}

/// One thing that a v1 object manages.
pub(crate) struct Claim {
    pub(crate) object: ObjectId,
    pub(crate) namespace: Symbol,
    pub(crate) id: ArmId,
    /// The id by number, once it is in a ledger.
    key: Option<ArmIdKey>,
    /// For what is not the object's own resource: the type and name below it.
    pub(crate) part: Option<String>,
    /// Whether v2 can have an object for it.
    pub(crate) has_successor: bool,
}

impl<'a> V1<'a> {
    pub(crate) fn new(
        input: &'a Input,
        subscriptions: &Subscriptions<'a>,
    ) -> Result<V1<'a>, String> {
        let (table, subnets) = (input.table(TABLE)?, input.table(SUBNETS)?);
        let columns = V1_COLUMNS.iter().map(|name| table.column(name));
        let columns = columns.collect::<Result<_, _>>()?;
        let mut v1 = V1 {
            table,
            kind: table.column("kind")?,
            name: table.column("metadata.name")?,
            namespace: table.column("metadata.namespace")?,
            columns,
            subnets,
            subnet: subnets.column(V1_SUBNET_COLUMN)?,
            subscription: UNKNOWN_SUBSCRIPTION,
        };
        // Objects that v1 has provisioned say their subscription themselves, and v2 stands for the same resources.
        let status = table.column("status.resourceId")?;
        let stated = || {
            let rows = input.now().rows(table);
            rows.filter_map(|row| row.text(status)?.split('/').nth(2))
                .next()
        };
        let known = subscriptions.v1().or_else(stated);
        let known = known.or_else(|| subscriptions.v2(None));
        if let Some(known) = known.or(objects::stated_subscription(input)?) {
            v1.subscription = known;
        }
        Ok(v1)
    }

    /// The subscription of v1, or what stands for it.
    pub(crate) fn subscription(&self) -> &'a str {
        self.subscription
    }

    pub(crate) fn row(&self, state: State<'a>, object: ObjectId) -> Option<Row<'a>> {
        state.row_of(self.table, object)
    }

    fn cells(&self, row: Row<'a>) -> impl Fn(&str) -> Option<&'a str> + use<'a, '_> {
        move |column| {
            let position = V1_COLUMNS.iter().position(|known| *known == column)?;
            row.text(*self.columns.get(position)?)
        }
    }

    /// What the object manages; for database users, why not.
    pub(crate) fn claims(
        &self,
        state: State<'a>,
        row: Row<'a>,
    ) -> Result<Vec<Claim>, Unidentified> {
        let kind = row.text(self.kind).unwrap_or_default();
        let cell = self.cells(row);
        let own = identify_v1(kind, &cell, Some(self.subscription))?;
        let known = v1::find(kind);
        let has_successor = known.is_none_or(|kind| kind.successor != Successor::Unsupported);
        let claim = |id: ArmId, part: Option<String>| Claim {
            object: row.object(),
            namespace: row.symbol(self.namespace),
            key: None,
            id,
            part,
            has_successor,
        };
        let mut parts = further_v1(kind, &own, &cell);
        if kind == "VirtualNetwork" {
            let names = state.rows_of(self.subnets, row.object());
            let names = names.filter_map(|row| row.text(self.subnet));
            parts.extend(
                names
                    .filter(|name| !name.is_empty())
                    .map(|name| own.child("subnets", name)),
            );
        }
        let length = own.as_str().len() + 1;
        let mut claims = vec![];
        for id in parts {
            let part = id.as_str().get(length..).map(str::to_owned);
            claims.push(claim(id, part));
        }
        claims.insert(0, claim(own, None));
        Ok(claims)
    }

    /// Whether the object is a database user for which v2 can have an object, and of which database.
    pub(crate) fn user(&self, row: Row<'a>) -> Option<(String, &'a str)> {
        let kind = row.text(self.kind)?;
        let has_successor = v1::find(kind)?.successor != Successor::Unsupported;
        let database = within_v1(kind, &self.cells(row), Some(self.subscription)).ok()?;
        let name = row.text(self.name)?;
        has_successor.then(|| (database.canonical(), name))
    }

    /// Whether v2 can have no object for this kind.
    pub(crate) fn has_no_successor(&self, row: Row<'a>) -> bool {
        let kind = row.text(self.kind).and_then(v1::find);
        kind.is_some_and(|kind| kind.successor == Successor::Unsupported)
    }

    /// Everything that v1 manages at this moment.
    pub(crate) fn ledger(&self, state: State<'a>) -> Ledger<'a> {
        let mut ledger = Ledger {
            claims: vec![],
            ids: ArmIds::default(),
            managed: FastMap::default(),
            groups: HashSet::new(),
            users: Users::default(),
            unidentified: vec![],
        };
        for row in state.rows(self.table) {
            match self.claims(state, row) {
                Ok(claims) => claims.into_iter().for_each(|claim| ledger.add(claim)),
                Err(Unidentified::NotArm) => {
                    if let Some((database, name)) = self.user(row) {
                        let namespace = row.symbol(self.namespace);
                        ledger.users.add_v1(row.object(), namespace, database, name);
                    }
                }
                Err(_) if self.has_no_successor(row) => {}
                Err(reason) => {
                    let namespace = row.symbol(self.namespace);
                    ledger.unidentified.push((row.object(), namespace, reason));
                }
            }
        }
        ledger
    }
}

/// Everything that v1 manages at one moment.
pub(crate) struct Ledger<'a> {
    pub(crate) claims: Vec<Claim>,
    ids: ArmIds<'static>,
    /// Positions in `claims` by id.
    managed: FastMap<ArmIdKey, Vec<usize>>,
    /// The resource groups in which v1 manages anything.
    groups: HashSet<String>,
    pub(crate) users: Users<'a>,
    pub(crate) unidentified: Vec<(ObjectId, Symbol, Unidentified)>,
}

impl<'a> Ledger<'a> {
    fn add(&mut self, mut claim: Claim) {
        if let Some(group) = group_of(&claim.id) {
            self.groups.insert(group);
        }
        let position = self.claims.len();
        let key = self.ids.add(claim.id.as_str().to_owned());
        self.managed.entry(key).or_default().push(position);
        claim.key = Some(key);
        self.claims.push(claim);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.users.is_empty() && self.unidentified.is_empty()
    }

    /// The object that manages the resource with this id.
    pub(crate) fn manager(&self, id: &str) -> Option<ObjectId> {
        let first = self.managed.get(&self.ids.find(id)?)?.first()?;
        Some(self.claims.get(*first)?.object)
    }

    /// What v1 manages, without the subscriptions.
    pub(crate) fn places(&self) -> HashSet<String> {
        let ids = self.claims.iter().map(|claim| claim.id.canonical());
        ids.map(|id| place(&id).to_owned()).collect()
    }

    /// Whether v1 manages anything in the resource group of this id, or the group itself.
    pub(crate) fn is_in_group(&self, id: &ArmId) -> bool {
        group_of(id).is_some_and(|group| self.groups.contains(&group))
    }

    /// The claims that several objects make of one resource, in the order of the objects.
    pub(crate) fn shared(&self) -> impl Iterator<Item = Vec<&Claim>> {
        let firsts = self.claims.iter().enumerate();
        firsts.filter_map(|(position, claim)| {
            let positions = self.managed.get(&claim.key?)?;
            let is_first = positions.first() == Some(&position) && positions.len() > 1;
            let claims = positions.iter().filter_map(|index| self.claims.get(*index));
            is_first.then(|| claims.collect())
        })
    }
}

/// An id in lower case, without its subscription.
pub(crate) fn place(canonical: &str) -> &str {
    let rest = canonical.strip_prefix("/subscriptions/");
    let rest = rest.and_then(|rest| rest.split_once('/'));
    rest.map_or(canonical, |(_, rest)| rest)
}

/// The resource group that an id is, or is in, in lower case.
fn group_of(id: &ArmId) -> Option<String> {
    let group = ArmId::resource_group_of(id.subscription()?, id.resource_group()?);
    Some(group.canonical())
}
