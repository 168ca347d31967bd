//! The v1 objects that the plan lets v1 write again, and their v2 twins.

use asogate_aso::rows::{Both, PlaceKey};
use asogate_policy::{FastMap, Input, ObjectId, Row, State};
use std::collections::BTreeMap;

/// A v1 object that v1 manages after a change, and did not before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Release<'a> {
    pub(crate) change: u32,
    /// As the change leaves it.
    pub(crate) row: Row<'a>,
    /// Whether the plan creates it.
    pub(crate) is_created: bool,
}

/// The first release of each object, in the order of the changes.
pub(crate) fn releases<'a>(input: &'a Input, both: &Both<'a>) -> Vec<Release<'a>> {
    let mut releases: BTreeMap<ObjectId, Release<'a>> = BTreeMap::new();
    for transition in input.walk() {
        let before = transition.removed(both.v1.table).first();
        let Some(row) = transition.added(both.v1.table).first() else {
            continue;
        };
        let was_active = before.is_some_and(|before| !both.v1.is_paused(before));
        if !was_active && !both.v1.is_paused(row) {
            releases.entry(row.object()).or_insert(Release {
                change: transition.change.number,
                row,
                is_created: before.is_none(),
            });
        }
    }
    let mut releases: Vec<Release<'a>> = releases.into_values().collect();
    releases.sort_by_key(|release| release.change);
    releases
}

/// The v2 objects by what they manage, as they are before the plan.
pub(crate) struct Twins<'a> {
    by_place: FastMap<PlaceKey, Vec<Row<'a>>>,
}

impl<'a> Twins<'a> {
    pub(crate) fn new(input: &'a Input, both: &Both<'a>) -> Twins<'a> {
        let now = input.now();
        let mut by_place: FastMap<PlaceKey, Vec<Row<'a>>> = FastMap::default();
        for row in now.rows(both.v2.table) {
            for place in both.places_of_v2(now, row).unwrap_or_default() {
                by_place.entry(place.key).or_default().push(row);
            }
        }
        Twins { by_place }
    }

    /// The twins of a v1 object and of what it writes on the side; of a database user, all users of the database.
    pub(crate) fn of(&self, both: &Both<'a>, state: State<'a>, row: Row<'a>) -> Vec<Row<'a>> {
        let places = both.places_of_v1(state, row).unwrap_or_default();
        let twins = places
            .into_iter()
            .filter_map(|place| self.by_place.get(&place.key));
        twins.flatten().copied().collect()
    }
}
