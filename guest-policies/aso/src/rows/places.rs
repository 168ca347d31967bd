//! What v1 and v2 objects manage in Azure, so that the two can be compared.

use super::{ArmIdKey, Ids, ReconcilePolicies, Subscriptions, V1Objects, V2Objects};
use crate::annotations::{LATEST_RECONCILED_GENERATION, column};
use crate::arm_id::ArmId;
use crate::identity::Unidentified;
use crate::v1::{self, Successor};
use asogate_policy::{Column, FastMap, Input, Part, Row, Selector, State, Symbol};
use std::cell::RefCell;
use std::rc::Rc;

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
    id: Named<'a>,
}

/// An id, for texts.
#[derive(Clone, Debug)]
enum Named<'a> {
    Part(&'a Input, Part),
    Text(ArmId),
}

impl Place<'_> {
    /// For texts: the resource, or the database that the users are in.
    pub fn id(&self) -> ArmId {
        match &self.id {
            Named::Part(input, part) => ArmId::of_known(&input.whole(*part)),
            Named::Text(id) => id.clone(),
        }
    }

    /// Whether it is a user of the database and no resource.
    pub fn is_user(&self) -> bool {
        self.key.is_user
    }
}

/// What an object manages: nearly always one thing.
#[derive(Clone, Debug, Default)]
pub struct Places<'a> {
    first: Option<Place<'a>>,
    others: Vec<Place<'a>>,
}

impl<'a> Places<'a> {
    fn one(place: Place<'a>) -> Places<'a> {
        Places {
            first: Some(place),
            others: vec![],
        }
    }
}

impl<'a> IntoIterator for Places<'a> {
    type Item = Place<'a>;
    type IntoIter =
        std::iter::Chain<std::option::IntoIter<Place<'a>>, std::vec::IntoIter<Place<'a>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.others)
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
    input: &'a Input,
    ids: Rc<Ids<'a>>,
    reconciled: Column,
    /// Whether an operator could act in a namespace, by operator (v1: false) and namespace: few, and asked for every object.
    could_act: RefCell<FastMap<(bool, Symbol), bool>>,
}

impl<'a> Both<'a> {
    /// The tables that are needed, with further columns for the policy itself.
    pub fn selectors(of_v1: &[&str], of_v2: &[&str]) -> Vec<Selector> {
        let mut selectors = V1Objects::selectors(of_v1);
        let [_, policy] = ReconcilePolicies::columns();
        let reconciled = column(LATEST_RECONCILED_GENERATION);
        let own = [policy.as_str(), reconciled.as_str()];
        selectors.push(V2Objects::selector(&[of_v2, &own].concat()));
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
        let ids = Rc::new(Ids::new(input));
        let v1 = V1Objects::new(input, ids.clone())?;
        let v2 = V2Objects::new(input, ids.clone())?;
        let operators = super::operators(input)?;
        let subscriptions = Subscriptions::new(input, &operators, v1.table, &v2)?;
        let policies = ReconcilePolicies::new(input, operators, v2.table)?;
        let reconciled = v2.table.column(&column(LATEST_RECONCILED_GENERATION))?;
        Ok(Both {
            v1,
            v2,
            policies,
            subscriptions,
            input,
            ids,
            reconciled,
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

    /// Whether v2 has started a write to Azure for the object, at any time (FACTS 0.12).
    pub fn was_managed(&self, row: Row<'a>) -> bool {
        row.has(self.reconciled)
    }

    fn stated(&self, part: Part) -> Place<'a> {
        Place {
            key: PlaceKey {
                id: self.ids.key_of(part),
                is_user: false,
            },
            name: String::new(),
            id: Named::Part(self.input, part),
        }
    }

    fn resource(&self, id: ArmId) -> Place<'a> {
        Place {
            key: PlaceKey {
                id: self.ids.add(&id),
                is_user: false,
            },
            name: String::new(),
            id: Named::Text(id),
        }
    }

    /// A user of a database. v1 keeps its name in a Secret, so any user of v1 may be any user of v2.
    fn user(&self, database: ArmId, name: &str) -> Place<'a> {
        Place {
            key: PlaceKey {
                id: self.ids.add(&database),
                is_user: true,
            },
            name: name.to_lowercase(),
            id: Named::Text(database),
        }
    }

    /// What a v1 object manages: its own resource, and what it writes on the side. Nothing, if v2 has no equal for it.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn places_of_v1(&self, state: State<'a>, row: Row<'a>) -> Result<Places<'a>, Unidentified> {
        // Most objects say themselves what they stand for, and manage nothing else.
        if let Some(id) = self.v1.stated(row)
            && !self.v1.manages_more(state, row)
        {
            return Ok(Places::one(self.stated(id)));
        }
        let subscription = self.subscriptions.of_v1;
        let own = match self.v1.identify(row, subscription) {
            Err(Unidentified::NotArm) => {
                let known = v1::find(self.v1.kind(row));
                let has_twin = known.is_some_and(|kind| {
                    kind.successor != Successor::Unsupported && !kind.counterparts.is_empty()
                });
                if !has_twin {
                    return Ok(Places::default());
                }
                let database = self.v1.within(row, subscription)?;
                return Ok(Places::one(self.user(database, "")));
            }
            own => own?,
        };
        let mut places = self.v1.further(state, row, &own);
        places.push(own);
        let places = places.into_iter().map(|id| self.resource(id));
        Ok(Places {
            first: None,
            others: places.collect(),
        })
    }

    /// What a v2 object manages.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn places_of_v2(&self, state: State<'a>, row: Row<'a>) -> Result<Places<'a>, Unidentified> {
        if let Some(id) = self.v2.claimed(row) {
            return Ok(Places::one(self.stated(id)));
        }
        let subscription = |row| self.subscription_of_v2(row);
        Ok(Places::one(
            match self.v2.identify(state, row, &subscription) {
                Err(Unidentified::NotArm) => {
                    let database = self.v2.within(state, row, &subscription)?;
                    let name = self.v2.name_in_azure(row).unwrap_or_default();
                    self.user(database, name)
                }
                own => self.resource(own?),
            },
        ))
    }

    fn subscription_of_v2(&self, row: Row<'a>) -> Option<&'a str> {
        let namespace = self.v2.credential_namespace(row);
        let operators = self.policies.operators();
        let known = namespace.and_then(|namespace| operators.v2_subscription(namespace));
        known.or(self.subscriptions.assumed)
    }
}
