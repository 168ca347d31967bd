//! `extra` and `extra-child`: Azure resources that the import brings and v1 does not manage.

use crate::claims::{Ledger, place};
use crate::objects::{Stands, Walk};
use crate::say;
use asogate_aso::arm_id::ArmId;
use asogate_policy::{Change, Finding, Input, Level, ObjectId, Row};
use std::collections::BTreeMap;

/// Objects that stand for one uninvited resource and for what is below it.
struct Uninvited {
    level: Level,
    /// The object nearest to the top, with the depth of its id and the change that brings it.
    top: (usize, ObjectId, u32),
    is_group: bool,
    others: Vec<ObjectId>,
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    ledger: &Ledger<'a>,
    walk: &Walk<'a, '_>,
) -> Vec<Finding> {
    let mut found = vec![];
    let mut uninvited: BTreeMap<String, Uninvited> = BTreeMap::new();
    for (change, _, row) in walk.objects.created() {
        // The identity counts as it is in the end, when owners that come later are there.
        let Ok(id) = walk.objects.identify(input.after_all(), row) else {
            if let Some(Stands::User(database)) = walk.stands(change.object) {
                found.extend(judge_user(change, database, ledger));
            }
            continue;
        };
        if ledger.manager(id.as_str()).is_some() {
            continue;
        }
        match manager_above(&id, row, ledger, walk) {
            Some(manager) => {
                found.push(
                    say::extra_child(manager, Some(&id))
                        .about(change.object)
                        .at(change.number),
                );
            }
            None => add(change, &id, ledger, &mut uninvited),
        }
    }
    // What v1 has in another subscription is not uninvited but looked for in the wrong place, which `credential-scope` says.
    if !uninvited.is_empty() {
        let places = ledger.places();
        uninvited.retain(|top, _| !places.contains(place(top)));
    }
    found.extend(uninvited.into_values().map(|group| {
        let (_, object, change) = group.top;
        say::extra(group.level, group.is_group, &group.others)
            .about(object)
            .at(change)
    }));
    found
}

/// The v1 object that manages a resource above this one. A resource group does not count, unless this extends the group
/// itself: what is merely in the same group is another resource.
fn manager_above<'a>(
    id: &ArmId,
    row: Row<'a>,
    ledger: &Ledger<'a>,
    walk: &Walk<'a, '_>,
) -> Option<ObjectId> {
    let mut above = id.parent();
    let mut is_first = true;
    while let Some(id) = above {
        if !(is_below_group(&id) || (is_first && walk.objects.is_extension(row))) {
            return None;
        }
        if let Some(manager) = ledger.manager(id.as_str()) {
            return Some(manager);
        }
        above = id.parent();
        is_first = false;
    }
    None
}

/// Whether an id is that of a resource, and not of a resource group or subscription.
fn is_below_group(id: &ArmId) -> bool {
    id.canonical().contains("/providers/")
}

/// A database user: it has no id of its own, so what counts is the database that it is in.
fn judge_user(change: &Change, database: &str, ledger: &Ledger<'_>) -> Option<Finding> {
    if ledger.users.has(database) {
        return None;
    }
    let manager = ledger.manager(database)?;
    Some(
        say::extra_child(manager, None)
            .about(change.object)
            .at(change.number),
    )
}

fn add(
    change: &Change,
    id: &ArmId,
    ledger: &Ledger<'_>,
    uninvited: &mut BTreeMap<String, Uninvited>,
) {
    let level = if ledger.is_in_group(id) {
        Level::Deny
    } else {
        Level::Warn
    };
    let depth = id.as_str().matches('/').count();
    let entry = (depth, change.object, change.number);
    let group = uninvited.entry(top_of(id)).or_insert_with(|| Uninvited {
        level,
        top: entry,
        is_group: !is_below_group(id),
        others: vec![],
    });
    if group.top.1 == change.object {
        return;
    }
    if depth < group.top.0 {
        let (_, object, _) = std::mem::replace(&mut group.top, entry);
        group.others.push(object);
    } else {
        group.others.push(change.object);
    }
}

/// The highest resource that contains this one and is not a resource group; in lower case.
fn top_of(id: &ArmId) -> String {
    let mut top = id.clone();
    while let Some(above) = top.parent() {
        if !is_below_group(&above) {
            break;
        }
        top = above;
    }
    top.canonical()
}
