//! v2 objects by the Azure resource that they stand for, for the resources that somebody asks about.

use crate::v2::V2Objects;
use asogate_aso::arm_id::ArmId;
use asogate_aso::v2::V2Kind;
use asogate_policy::{FastHasher, FastMap, Input, ObjectId, Row};
use std::hash::Hasher;

/// An id in lower case and without its subscription: equal for the same resource, whoever names it.
pub fn place(id: &ArmId) -> String {
    let canonical = id.canonical();
    match canonical.strip_prefix("/subscriptions/") {
        Some(rest) => rest
            .split_once('/')
            .map_or_else(String::new, |(_, rest)| rest.to_owned()),
        None => canonical,
    }
}

/// v2 objects by [`place`].
#[derive(Debug, Default)]
pub struct Places {
    own: FastMap<String, Vec<ObjectId>>,
    within: FastMap<String, Vec<ObjectId>>,
}

impl Places {
    /// Every v2 object, at any moment of the plan, that stands for one of the resources `wanted`, and of the kinds for which
    /// `by_owner` says so, those whose owner does (rules of a hub, users of a database). The ids of objects with other names
    /// are not even worked out.
    pub fn of<'w>(
        input: &Input,
        v2: &V2Objects<'_>,
        wanted: impl IntoIterator<Item = &'w ArmId>,
        by_owner: impl Fn(&V2Kind) -> bool,
    ) -> Places {
        let names = wanted.into_iter().map(|id| (folded(id.name()), ()));
        let names: FastMap<u64, ()> = names.collect();
        let mut places = Places::default();
        if names.is_empty() {
            return places;
        }
        let mut add = |row: Row<'_>, number: u32| {
            let state = input.after(number);
            let Some(kind) = v2.kind(row) else { return };
            if by_owner(kind)
                && let Ok(owner) = v2.within(state, row)
            {
                push(&mut places.within, place(&owner), row.object());
            }
            let Some(object) = v2.object(row, None) else {
                return;
            };
            if names.contains_key(&folded(object.name_in_azure(kind)))
                && let Ok(id) = v2.identify(state, row)
            {
                push(&mut places.own, place(&id), row.object());
            }
        };
        // Owners need not come before what they own, so manifests are looked at in the state that the plan leaves.
        let end = input.changes().len() as u32;
        for row in input.now().rows(v2.table) {
            add(row, 0);
        }
        for row in input.after_all().rows(v2.table) {
            if input.touches(row.object()) {
                add(row, end);
            }
        }
        places
    }

    /// The objects that stand for this resource.
    pub fn own(&self, place: &str) -> &[ObjectId] {
        self.own.get(place).map_or(&[], Vec::as_slice)
    }

    /// The objects whose owner stands for this resource.
    pub fn within(&self, place: &str) -> &[ObjectId] {
        self.within.get(place).map_or(&[], Vec::as_slice)
    }
}

fn push(places: &mut FastMap<String, Vec<ObjectId>>, place: String, object: ObjectId) {
    let objects = places.entry(place).or_default();
    if !objects.contains(&object) {
        objects.push(object);
    }
}

/// A hash of a name that is the same in any casing.
fn folded(name: &str) -> u64 {
    let mut hasher = FastHasher::default();
    for letter in name.chars().flat_map(char::to_lowercase) {
        hasher.write_u32(letter as u32);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_in_any_casing_and_subscription() {
        let of = |text| place(&ArmId::parse(text).unwrap());
        assert_eq!(
            of("/subscriptions/1/resourcegroups/Shop-RG"),
            of("/subscriptions/2/resourceGroups/shop-rg")
        );
        assert_eq!(
            of("/subscriptions/1/resourcegroups/Shop-RG"),
            "resourcegroups/shop-rg"
        );
        assert_eq!(folded("ContosoShopSA"), folded("contososhopsa"));
    }
}
