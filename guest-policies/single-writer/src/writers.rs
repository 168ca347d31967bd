//! Which objects write to Azure at a moment, and what they write.

use asogate_aso::arm_id::ArmId;
use asogate_aso::identity::Unidentified;
use asogate_aso::rows::{self, ReconcilePolicies, Subscriptions, V1Objects, V2Objects};
use asogate_aso::v1::{self, Successor};
use asogate_policy::{Input, ObjectId, Row, Selector, State};

pub(crate) fn reads() -> Vec<Selector> {
    let mut selectors = V1Objects::selectors(&[]);
    selectors.push(V2Objects::selector(&[]));
    selectors.push(ReconcilePolicies::selector());
    selectors.push(rows::operators_selector());
    selectors
}

/// Which operator an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    V1,
    V2,
}

/// Something in Azure that an object manages.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Equal for everything that may be the same thing in Azure.
    pub(crate) key: String,
    /// Tells v2 objects apart that share a key without being the same thing: users of one database. Empty for resources.
    pub(crate) name: String,
    /// For texts: the resource, or the database that the users are in.
    pub(crate) id: ArmId,
    /// Whether it is a user of the database and no resource.
    pub(crate) is_user: bool,
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

/// The tables, and what is needed to understand them.
pub(crate) struct Writers<'a> {
    pub(crate) input: &'a Input,
    pub(crate) v1: V1Objects<'a>,
    pub(crate) v2: V2Objects<'a>,
    pub(crate) policies: ReconcilePolicies<'a>,
    subscriptions: Subscriptions<'a>,
}

impl<'a> Writers<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Writers<'a>, String> {
        let v1 = V1Objects::new(input)?;
        let v2 = V2Objects::new(input)?;
        let operators = rows::operators(input)?;
        let subscriptions = Subscriptions::new(input, &operators, v1.table, &v2)?;
        let policies = ReconcilePolicies::new(input, operators, v2.table)?;
        Ok(Writers {
            input,
            v1,
            v2,
            policies,
            subscriptions,
        })
    }

    /// Whether any change is of a v1 or v2 object, or of a namespace.
    pub(crate) fn concerns_the_plan(&self) -> bool {
        let (namespaces, _) = self.policies.namespaces();
        let tables = [self.v1.table, self.v2.table, namespaces];
        self.input.walk().any(|transition| {
            tables.iter().any(|&table| {
                !transition.removed(table).is_empty() || !transition.added(table).is_empty()
            })
        })
    }

    /// The row of an object at a moment, and whose it is.
    pub(crate) fn row(&self, state: State<'a>, object: ObjectId) -> Option<(Side, Row<'a>)> {
        let of_v1 = state.row_of(self.v1.table, object);
        let of_v2 = || state.row_of(self.v2.table, object);
        of_v1
            .map(|row| (Side::V1, row))
            .or_else(|| of_v2().map(|row| (Side::V2, row)))
    }

    /// Every object at a moment, v1's first.
    pub(crate) fn rows(&self, state: State<'a>) -> impl Iterator<Item = (Side, Row<'a>)> {
        let of_v1 = state.rows(self.v1.table).map(|row| (Side::V1, row));
        of_v1.chain(state.rows(self.v2.table).map(|row| (Side::V2, row)))
    }

    /// Whether an operator writes to Azure for this object, or would as soon as it runs.
    pub(crate) fn is_active(&self, state: State<'a>, side: Side, row: Row<'a>) -> bool {
        let operators = self.policies.operators();
        match side {
            Side::V1 => {
                !self.v1.is_paused(row) && operators.v1_could_act_in(self.v1.namespace(row))
            }
            Side::V2 => {
                self.policies.effective(state, row).policy.puts()
                    && operators.v2_could_act_in(self.policies.namespace(row))
            }
        }
    }

    /// What an object manages. Nothing, if that cannot be managed by v2 in any case.
    pub(crate) fn places(
        &self,
        state: State<'a>,
        side: Side,
        row: Row<'a>,
    ) -> Result<Vec<Place>, Unidentified> {
        match side {
            Side::V1 => self.places_of_v1(state, row),
            Side::V2 => self.places_of_v2(state, row),
        }
    }

    fn places_of_v1(&self, state: State<'a>, row: Row<'a>) -> Result<Vec<Place>, Unidentified> {
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

    fn places_of_v2(&self, state: State<'a>, row: Row<'a>) -> Result<Vec<Place>, Unidentified> {
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
