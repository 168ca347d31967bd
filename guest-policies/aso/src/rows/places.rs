//! What v1 and v2 objects manage in Azure, so that the two can be compared.

use super::{ReconcilePolicies, Subscriptions, V1Objects, V2Objects};
use crate::arm_id::ArmId;
use crate::arm_ids::{ArmIdKey, ArmIds};
use crate::identity::Unidentified;
use crate::v1::{self, Successor};
use asogate_policy::{FastMap, Input, Row, Selector, State, Symbol};
use std::borrow::Cow;
use std::cell::RefCell;

/// Equal for everything that may be the same thing in Azure: a resource, or the users of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceKey {
    id: ArmIdKey,
    is_user: bool,
}

/// Something in Azure that an object manages.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Equal for everything that may be the same thing in Azure.
    pub key: PlaceKey,
    /// Tells v2 objects apart that share a key without being the same thing: users of one database. Empty for resources.
    pub name: String,
    id: Cow<'a, str>,
}

impl Place<'_> {
    /// For texts: the resource, or the database that the users are in.
    pub fn id(&self) -> ArmId {
        ArmId::of_known(&self.id)
    }

    /// Whether it is a user of the database and no resource.
    pub fn is_user(&self) -> bool {
        self.key.is_user
    }
}

/// v1 and v2 objects, and what is needed to tell what they manage.
#[derive(Debug)]
pub struct Both<'a> {
    /// v1's objects.
    pub v1: V1Objects<'a>,
    /// v2's objects.
    pub v2: V2Objects<'a>,
    /// The policies of v2's objects.
    pub policies: ReconcilePolicies<'a>,
    subscriptions: Subscriptions<'a>,
    /// The ids of everything that was asked for.
    ids: RefCell<ArmIds<'a>>,
    /// Whether an operator could act in a namespace, by operator (v1: false) and namespace: few, and asked for every object.
    could_act: RefCell<FastMap<(bool, Symbol), bool>>,
}

impl<'a> Both<'a> {
    /// The tables that are needed, with further columns for the policy itself.
    pub fn selectors(of_v1: &[&str], of_v2: &[&str]) -> Vec<Selector> {
        let mut selectors = V1Objects::selectors(of_v1);
        selectors.push(V2Objects::selector(of_v2));
        selectors.push(ReconcilePolicies::selector());
        selectors.push(super::operators_selector());
        selectors
    }

    /// The objects.
    ///
    /// # Errors
    ///
    /// If [`Both::selectors`] were not asked for.
    pub fn new(input: &'a Input) -> Result<Both<'a>, String> {
        let v1 = V1Objects::new(input)?;
        let v2 = V2Objects::new(input)?;
        let operators = super::operators(input)?;
        let subscriptions = Subscriptions::new(input, &operators, v1.table, &v2)?;
        let policies = ReconcilePolicies::new(input, operators, v2.table)?;
        Ok(Both {
            v1,
            v2,
            policies,
            subscriptions,
            ids: RefCell::default(),
            could_act: RefCell::default(),
        })
    }

    /// Whether v1 acts on an object, or could when it runs again.
    pub fn v1_could_act(&self, row: Row<'a>) -> bool {
        let (symbol, namespace) = (self.v1.namespace_symbol(row), self.v1.namespace(row));
        let mut known = self.could_act.borrow_mut();
        *known
            .entry((false, symbol))
            .or_insert_with(|| self.policies.operators().v1_could_act_in(namespace))
    }

    /// The same of v2.
    pub fn v2_could_act(&self, row: Row<'a>) -> bool {
        let policies = &self.policies;
        let (symbol, namespace) = (policies.namespace_symbol(row), policies.namespace(row));
        let mut known = self.could_act.borrow_mut();
        *known
            .entry((true, symbol))
            .or_insert_with(|| policies.operators().v2_could_act_in(namespace))
    }

    fn key(&self, id: Cow<'a, str>, is_user: bool) -> PlaceKey {
        let id = self.ids.borrow_mut().add(id);
        PlaceKey { id, is_user }
    }

    fn resource(&self, id: Cow<'a, str>) -> Place<'a> {
        Place {
            key: self.key(id.clone(), false),
            name: String::new(),
            id,
        }
    }

    /// A user of a database. v1 keeps its name in a Secret, so any user of v1 may be any user of v2.
    fn user(&self, database: ArmId, name: &str) -> Place<'a> {
        let id: Cow<'a, str> = String::from(database).into();
        Place {
            key: self.key(id.clone(), true),
            name: name.to_lowercase(),
            id,
        }
    }

    /// What a v1 object manages: its own resource, and what it writes on the side. Nothing, if v2 has no equal for it.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn places_of_v1(
        &self,
        state: State<'a>,
        row: Row<'a>,
    ) -> Result<Vec<Place<'a>>, Unidentified> {
        // Most objects say themselves what they stand for, and manage nothing else.
        if let Some(id) = self.v1.stated(row)
            && !self.v1.may_manage_more(row)
        {
            return Ok(vec![self.resource(id.into())]);
        }
        let own = match self.v1.identify(row, self.subscriptions) {
            Err(Unidentified::NotArm) => {
                let known = v1::find(self.v1.kind(row));
                let has_twin = known.is_some_and(|kind| {
                    kind.successor != Successor::Unsupported && !kind.counterparts.is_empty()
                });
                if !has_twin {
                    return Ok(vec![]);
                }
                let database = self.v1.within(row, self.subscriptions)?;
                return Ok(vec![self.user(database, "")]);
            }
            own => own?,
        };
        let resource = |id: ArmId| self.resource(String::from(id).into());
        let further = self.v1.further(state, row, &own).into_iter();
        Ok(further.chain([own]).map(resource).collect())
    }

    /// What a v2 object manages.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn places_of_v2(
        &self,
        state: State<'a>,
        row: Row<'a>,
    ) -> Result<Vec<Place<'a>>, Unidentified> {
        if let Some(id) = self.v2.claimed(row) {
            return Ok(vec![self.resource(id.into())]);
        }
        let (operators, known) = (self.policies.operators(), self.subscriptions);
        match self.v2.identify(state, row, operators, known) {
            Err(Unidentified::NotArm) => {
                let database = self.v2.within(state, row, operators, known)?;
                let name = self.v2.name_in_azure(row).unwrap_or_default();
                Ok(vec![self.user(database, name)])
            }
            own => Ok(vec![self.resource(String::from(own?).into())]),
        }
    }
}
