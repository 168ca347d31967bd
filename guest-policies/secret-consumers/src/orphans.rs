//! `orphan-left`: v1 objects go, and their Secrets stay without an owner.

use crate::consumers::Consumers;
use crate::owned::{Name, Owned, OwnedSecret};
use crate::say;
use asogate_policy::{FastMap, Finding, Input, ObjectId};

pub(crate) fn judge<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    owned: &Owned<'a>,
) -> Vec<Finding> {
    let deletes = input.walk().filter(|step| step.change.deletes());
    let deleted = deletes.filter_map(|step| {
        let row = step.removed(owned.v1.table).first()?;
        Some((row.object(), step.change.number))
    });
    let deleted: FastMap<ObjectId, u32> = deleted.collect();
    if deleted.is_empty() {
        return vec![];
    }
    let (now, end) = (input.now(), input.after_all());
    let mut left: FastMap<Name, (OwnedSecret, u32, Vec<ObjectId>)> = FastMap::default();
    let mut unowned = vec![];
    for row in now.rows(owned.secrets) {
        let secret = row.object();
        let stays = end.row_of(owned.secrets, secret).is_some();
        if !stays || owned.is_owned(end, secret) {
            continue;
        }
        if let Some(by) = owned.owner(now, secret) {
            if let Some(&change) = deleted.get(&by) {
                left.insert(
                    owned.name(row),
                    (OwnedSecret { secret, by }, change, vec![]),
                );
            }
        } else if !owned.is_owned(now, secret) {
            unowned.push(row);
        }
    }
    // The first object whose Secret it may be is taken for the one whose Secret it is.
    let mut known = FastMap::default();
    owned.by_name(now, &unowned, |name, secret| {
        known.entry(name).or_insert(secret);
    });
    for (name, secret) in known {
        if let Some(&change) = deleted.get(&secret.by) {
            left.insert(name, (secret, change, vec![]));
        }
    }
    if left.is_empty() {
        return vec![];
    }
    for reference in consumers.workloads(end) {
        if let Some((.., readers)) = left.get_mut(&reference.secret)
            && !consumers.is_spoken_for(end, reference.consumer, reference.secret)
            && !readers.contains(&reference.consumer)
        {
            readers.push(reference.consumer);
        }
    }
    let finding = |(known, change, readers): (OwnedSecret, u32, Vec<ObjectId>)| {
        let found = say::orphan(known.by, &readers);
        found.about(known.secret).at(change)
    };
    left.into_values().map(finding).collect()
}
