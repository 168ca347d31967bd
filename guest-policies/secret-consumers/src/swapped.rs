//! `no-v2-source` in the step `swap`: what a workload reads from now on is there.

use crate::consumers::{Consumers, Reference};
use crate::exports::Exports;
use crate::owned::{Name, Owned};
use crate::say;
use asogate_policy::{FastMap, Finding, Input, ObjectId};
use std::collections::BTreeSet;

pub(crate) fn judge<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    owned: &Owned<'a>,
) -> Result<Vec<Finding>, String> {
    let (now, end) = (input.now(), input.after_all());
    let touched: BTreeSet<ObjectId> = input.changes().iter().map(|change| change.object).collect();
    let mut new: Vec<Reference> = vec![];
    for object in touched {
        let before: Vec<(Name, _)> = consumers
            .of(now, object)
            .map(|reference| (reference.secret, reference.key))
            .collect();
        let after = consumers.of(end, object);
        new.extend(after.filter(|reference| {
            !reference.optional && !before.contains(&(reference.secret, reference.key))
        }));
    }
    if new.is_empty() {
        return Ok(vec![]);
    }
    let mut wanted: FastMap<Name, Option<ObjectId>> = new
        .iter()
        .map(|reference| (reference.secret, None))
        .collect();
    for row in end.rows(owned.secrets) {
        if let Some(known) = wanted.get_mut(&owned.name(row)) {
            *known = Some(row.object());
        }
    }
    let exported = Exports::new(input)?.destinations(end);
    let changes = input.changes().iter();
    let last: FastMap<ObjectId, u32> = changes
        .map(|change| (change.object, change.number))
        .collect();
    let [_, key_column, _] = owned.key_columns;
    let mut found = vec![];
    for reference in new {
        let secret = wanted.get(&reference.secret).copied().flatten();
        let (_, name) = reference.secret;
        let has_key = |secret| {
            let mut keys = owned.keys_of(end, secret);
            reference.key.is_absent() || keys.any(|row| row.symbol(key_column) == reference.key)
        };
        let is_exported = exported.get(&reference.secret).is_some_and(|keys| {
            let mut keys = keys.iter();
            reference.key.is_absent() || keys.any(|key| key.is_absent() || *key == reference.key)
        });
        if is_exported || secret.is_some_and(has_key) {
            continue;
        }
        let text = |symbol| input.text(symbol);
        let finding = say::absent(text(name).unwrap_or_default(), text(reference.key), secret);
        let finding = finding.about(reference.consumer);
        found.push(finding.at(last.get(&reference.consumer).copied().unwrap_or(1)));
    }
    found.dedup();
    Ok(found)
}
