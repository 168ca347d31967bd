//! `orphan-left`: v1 objects go, and their Secrets stay without an owner.

use crate::consumers::Consumers;
use crate::owned::{Name, Owned};
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
    let end = input.after_all();
    let mut left: FastMap<Name, (ObjectId, ObjectId, u32, Vec<ObjectId>)> = FastMap::default();
    for (name, known) in owned.all(input.now()) {
        let stays = end.row_of(owned.secrets, known.secret).is_some();
        if let Some(&change) = deleted.get(&known.by)
            && stays
            && !owned.is_owned(end, known.secret)
        {
            left.insert(name, (known.secret, known.by, change, vec![]));
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
    let finding = |(secret, by, change, readers): (ObjectId, ObjectId, u32, Vec<ObjectId>)| {
        say::orphan(by, &readers).about(secret).at(change)
    };
    left.into_values().map(finding).collect()
}
