//! What v1 and v2 objects manage in Azure, so that the two can be compared.

use super::{ReconcilePolicies, Subscriptions, V1Objects, V2Objects};
use crate::arm_id::ArmId;
use crate::identity::Unidentified;
use crate::v1::{self, Successor};
use asogate_policy::{Input, Row, Selector, State};

/// Something in Azure that an object manages.
#[derive(Clone, Debug)]
pub struct Place {
    /// Equal for everything that may be the same thing in Azure.
    pub key: String,
    /// Tells v2 objects apart that share a key without being the same thing: users of one database. Empty for resources.
    pub name: String,
    /// For texts: the resource, or the database that the users are in.
    pub id: ArmId,
    /// Whether it is a user of the database and no resource.
    pub is_user: bool,
}

impl Place {
    fn resource(id: ArmId) -> Place {
        Place {
            key: id.canonical(),
            name: String::new(),
            id,
            is_user: false,
        }
    }

    /// A user of a database. v1 keeps its name in a Secret, so any user of v1 may be any user of v2.
    fn user(database: ArmId, name: &str) -> Place {
        Place {
            key: format!("{} users", database.canonical()),
            name: name.to_lowercase(),
            id: database,
            is_user: true,
        }
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
        })
    }

    /// What a v1 object manages: its own resource, and what it writes on the side. Nothing, if v2 has no equal for it.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn places_of_v1(&self, state: State<'a>, row: Row<'a>) -> Result<Vec<Place>, Unidentified> {
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
                return Ok(vec![Place::user(database, "")]);
            }
            own => own?,
        };
        let mut places: Vec<Place> = self
            .v1
            .further(state, row, &own)
            .into_iter()
            .map(Place::resource)
            .collect();
        places.push(Place::resource(own));
        Ok(places)
    }

    /// What a v2 object manages.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn places_of_v2(&self, state: State<'a>, row: Row<'a>) -> Result<Vec<Place>, Unidentified> {
        let (operators, known) = (self.policies.operators(), self.subscriptions);
        match self.v2.identify(state, row, operators, known) {
            Err(Unidentified::NotArm) => {
                let database = self.v2.within(state, row, operators, known)?;
                let name = self.v2.name_in_azure(row).unwrap_or_default();
                Ok(vec![Place::user(database, name)])
            }
            own => Ok(vec![Place::resource(own?)]),
        }
    }
}
