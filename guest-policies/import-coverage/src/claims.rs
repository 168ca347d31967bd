//! Which Azure resources v1 objects manage: their own, and what v2 has objects of its own for (subnets, retention policies,
//! throughput settings, authorization rules).

use crate::objects;
use crate::subscriptions::Subscriptions;
use crate::users::Users;
use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::Unidentified;
use asogate_aso::rows::{ArmIdKey, Ids, V1Objects, subscription_of};
use asogate_aso::v1::{self, Successor};
use asogate_policy::{FastMap, Input, ObjectId, Row, Selector, State, Symbol};
use std::collections::HashSet;
use std::rc::Rc;

/// What stands for a subscription that nothing tells: the same for both operators, so that ids differ in everything else only.
/// Whether the subscription is the right one is `credential-scope`'s business.
pub(crate) const UNKNOWN_SUBSCRIPTION: &str = "unknown";

pub(crate) fn reads() -> Vec<Selector> {
    V1Objects::selectors(&[])
}

/// The v1 objects as rows.
pub(crate) struct V1<'a> {
    objects: V1Objects<'a>,
    ids: Rc<Ids<'a>>,
    subscription: &'a str,
}

/// One thing that a v1 object manages.
pub(crate) struct Claim {
    pub(crate) object: ObjectId,
    pub(crate) namespace: Symbol,
    pub(crate) id: ArmId,
    pub(crate) key: ArmIdKey,
    /// For what is not the object's own resource: the type and name below it.
    pub(crate) part: Option<String>,
    /// Whether v2 can have an object for it.
    pub(crate) has_successor: bool,
}

impl<'a> V1<'a> {
    pub(crate) fn new(
        input: &'a Input,
        ids: Rc<Ids<'a>>,
        subscriptions: &Subscriptions<'a>,
    ) -> Result<V1<'a>, String> {
        let objects = V1Objects::new(input, ids.clone())?;
        // Objects that v1 has provisioned say their subscription themselves, and v2 stands for the same resources.
        let stated = || {
            let mut rows = input.now().rows(objects.table);
            rows.find_map(|row| subscription_of(input, objects.status(row)?))
        };
        let known = subscriptions.v1().or_else(stated);
        let known = match known.or_else(|| subscriptions.v2(None)) {
            None => objects::stated_subscription(input, ids.clone())?,
            known => known,
        };
        Ok(V1 {
            objects,
            ids,
            subscription: known.unwrap_or(UNKNOWN_SUBSCRIPTION),
        })
    }

    /// The subscription of v1, or what stands for it.
    pub(crate) fn subscription(&self) -> &'a str {
        self.subscription
    }

    pub(crate) fn row(&self, state: State<'a>, object: ObjectId) -> Option<Row<'a>> {
        state.row_of(self.objects.table, object)
    }

    /// The number of the only resource that the object manages, for one that says itself which.
    pub(crate) fn only(&self, state: State<'a>, row: Row<'a>) -> Option<ArmIdKey> {
        let stated = self.objects.stated(row)?;
        (!self.objects.manages_more(state, row)).then(|| self.ids.key_of(stated))
    }

    /// What the object manages; for database users, why not.
    pub(crate) fn claims(
        &self,
        state: State<'a>,
        row: Row<'a>,
    ) -> Result<Vec<Claim>, Unidentified> {
        let own = self.objects.identify(row, Some(self.subscription))?;
        let known = v1::find(self.objects.kind(row));
        let has_successor = known.is_none_or(|kind| kind.successor != Successor::Unsupported);
        let claim = |id: ArmId, key: ArmIdKey, part: Option<String>| Claim {
            object: row.object(),
            namespace: self.objects.namespace_symbol(row),
            key,
            id,
            part,
            has_successor,
        };
        let parts = self.objects.further(state, row, &own);
        let length = own.as_str().len() + 1;
        let key = match self.objects.stated(row) {
            Some(stated) => self.ids.key_of(stated),
            None => self.ids.add(&own),
        };
        let mut claims = Vec::with_capacity(1 + parts.len());
        claims.push(claim(own, key, None));
        for id in parts {
            let part = id.as_str().get(length..).map(str::to_owned);
            let key = self.ids.add(&id);
            claims.push(claim(id, key, part));
        }
        Ok(claims)
    }

    /// Whether the object is a database user for which v2 can have an object, and of which database.
    pub(crate) fn user(&self, row: Row<'a>) -> Option<(String, &'a str)> {
        let kind = v1::find(self.objects.kind(row))?;
        let has_successor = kind.successor != Successor::Unsupported;
        let database = self.objects.within(row, Some(self.subscription)).ok()?;
        let name = self.objects.name(row)?;
        has_successor.then(|| (database.canonical(), name))
    }

    /// Whether v2 can have no object for this kind.
    pub(crate) fn has_no_successor(&self, row: Row<'a>) -> bool {
        let kind = v1::find(self.objects.kind(row));
        kind.is_some_and(|kind| kind.successor == Successor::Unsupported)
    }

    /// Everything that v1 manages at this moment.
    pub(crate) fn ledger(&self, state: State<'a>) -> Ledger<'a> {
        let mut ledger = Ledger {
            claims: vec![],
            ids: self.ids.clone(),
            managed: FastMap::default(),
            groups: HashSet::new(),
            users: Users::default(),
            unidentified: vec![],
        };
        for row in state.rows(self.objects.table) {
            match self.claims(state, row) {
                Ok(claims) => claims.into_iter().for_each(|claim| ledger.add(claim)),
                Err(Unidentified::NotArm) => {
                    if let Some((database, name)) = self.user(row) {
                        let namespace = self.objects.namespace_symbol(row);
                        ledger.users.add_v1(row.object(), namespace, database, name);
                    }
                }
                Err(_) if self.has_no_successor(row) => {}
                Err(reason) => {
                    let namespace = self.objects.namespace_symbol(row);
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
    ids: Rc<Ids<'a>>,
    /// Positions in `claims` by id.
    managed: FastMap<ArmIdKey, Vec<usize>>,
    /// The resource groups in which v1 manages anything.
    groups: HashSet<String>,
    pub(crate) users: Users<'a>,
    pub(crate) unidentified: Vec<(ObjectId, Symbol, Unidentified)>,
}

impl<'a> Ledger<'a> {
    fn add(&mut self, claim: Claim) {
        if let Some(group) = group_of(&claim.id) {
            self.groups.insert(group);
        }
        let position = self.claims.len();
        self.managed.entry(claim.key).or_default().push(position);
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
            let positions = self.managed.get(&claim.key)?;
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
