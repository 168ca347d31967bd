//! The v1 objects that stand for the same Azure resource as a v2 object.

use crate::watched::Operators;
use asogate_aso::rows::{ArmIdKey, Ids, V1Objects, V2Objects, subscription_of};
use asogate_policy::{Column, FastMap, Input, ObjectId, Row, Selector, State, Table};
use std::rc::Rc;

/// What stands for a subscription that is not known (in `lint` no settings are read): the same for both operators, so that
/// ids differ in everything else only. Whether the subscription is the right one is `credential-scope`'s business.
const UNKNOWN_SUBSCRIPTION: &str = "unknown";

pub(crate) fn reads() -> Vec<Selector> {
    let mut selectors = V1Objects::selectors(&[]);
    selectors.push(V2Objects::selector(&[]));
    selectors
}

/// Both tables of objects, and who in them stands for the same Azure resource.
pub(crate) struct Twins<'a> {
    pub(crate) v1: Table<'a>,
    pub(crate) v1_namespace: Column,
    pub(crate) v2: Table<'a>,
    pub(crate) v2_namespace: Column,
    v1_objects: V1Objects<'a>,
    v2_objects: V2Objects<'a>,
    ids: Rc<Ids<'a>>,
    operators: &'a Operators<'a>,
    assumed_subscription: &'a str,
    /// Every v1 object that exists at any moment of the plan, by the resource that it stands for.
    by_resource: FastMap<ArmIdKey, Vec<ObjectId>>,
}

impl<'a> Twins<'a> {
    pub(crate) fn new(input: &'a Input, operators: &'a Operators<'a>) -> Result<Twins<'a>, String> {
        let ids = Rc::new(Ids::new(input));
        let v1_objects = V1Objects::new(input, ids.clone())?;
        let v2_objects = V2Objects::new(input, ids.clone())?;
        let (v1, v2) = (v1_objects.table, v2_objects.table);
        let mut twins = Twins {
            v1,
            v1_namespace: v1.column("metadata.namespace")?,
            v2,
            v2_namespace: v2.column("metadata.namespace")?,
            v1_objects,
            v2_objects,
            ids,
            operators,
            assumed_subscription: UNKNOWN_SUBSCRIPTION,
            by_resource: FastMap::default(),
        };
        // Identities are worked out only where a v2 object changes; pausing and deleting v1 objects concerns none.
        if input
            .walk()
            .any(|transition| transition.added(v2).first().is_some())
        {
            twins.add_v1(input);
        }
        Ok(twins)
    }

    fn add_v1(&mut self, input: &'a Input) {
        let table = self.v1;
        let added = || input.walk().flat_map(move |step| step.added(table));
        let mut rows = input.now().rows(table).chain(added());
        // Objects that v1 has provisioned say their subscription themselves.
        let stated = || rows.find_map(|row| subscription_of(input, self.v1_objects.status(row)?));
        let subscription = self.operators.v1_subscription().or_else(stated);
        self.assumed_subscription = subscription.unwrap_or(UNKNOWN_SUBSCRIPTION);
        for row in input.now().rows(table).chain(added()) {
            let id = match self.v1_objects.stated(row) {
                Some(part) => self.ids.key_of(part),
                None => {
                    let subscription = Some(self.assumed_subscription);
                    match self.v1_objects.identify(row, subscription) {
                        Ok(id) => self.ids.add(&id),
                        Err(_) => continue,
                    }
                }
            };
            let objects = self.by_resource.entry(id).or_default();
            if !objects.contains(&row.object()) {
                objects.push(row.object());
            }
        }
    }

    fn subscription(&self, row: Row<'a>) -> Option<&'a str> {
        let namespace = self.v2_objects.credential_namespace(row);
        let known = namespace.and_then(|namespace| self.operators.v2_subscription(namespace));
        known.or(Some(self.assumed_subscription))
    }

    /// The v1 objects that stand at this moment for the same Azure resource as this v2 object. None if it is not known which
    /// resource that is: other policies say why.
    pub(crate) fn of(&self, state: State<'a>, row: Row<'a>) -> Vec<ObjectId> {
        let id = match self.v2_objects.claimed(row) {
            Some(part) => Some(self.ids.key_of(part)),
            None => {
                let subscription = |row| self.subscription(row);
                let id = self.v2_objects.identify(state, row, &subscription);
                id.ok().and_then(|id| self.ids.find(id.as_str()))
            }
        };
        let twins = id.and_then(|id| self.by_resource.get(&id));
        let twins = twins.into_iter().flatten().copied();
        twins
            .filter(|&twin| state.row_of(self.v1, twin).is_some())
            .collect()
    }

    /// The namespace of a v1 object.
    pub(crate) fn v1_namespace(&self, state: State<'a>, object: ObjectId) -> Option<&'a str> {
        state.row_of(self.v1, object)?.text(self.v1_namespace)
    }
}
