//! `consumed-secret-collected`: a Secret goes, with its owner or because the plan says so, while somebody reads it.

use crate::consumers::{Consumers, Reference, Runs};
use crate::owned::{Name, Owned};
use crate::say;
use asogate_policy::{Cause, FastMap, Finding, Input, ObjectId, Symbol};
use std::collections::BTreeMap;

/// A Secret that goes.
#[derive(Clone, Debug)]
pub(crate) struct Gone {
    pub(crate) secret: ObjectId,
    pub(crate) change: u32,
    /// What it goes with, if it goes as a consequence.
    pub(crate) with: Option<ObjectId>,
    /// Whether it goes because a v1 object owns it.
    pub(crate) is_of_v1: bool,
}

/// What one consumer loses.
pub(crate) struct Loss {
    pub(crate) gone: Gone,
    /// The keys that it names; empty if it reads the whole Secret.
    pub(crate) keys: Vec<Symbol>,
    /// Whether it starts without any of them.
    pub(crate) optional: bool,
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    owned: &Owned<'a>,
) -> Result<Vec<Finding>, String> {
    let gone = gone(input, owned);
    if gone.is_empty() {
        return Ok(vec![]);
    }
    let end = input.after_all();
    let mut losses: BTreeMap<ObjectId, Vec<Loss>> = BTreeMap::new();
    // A consumer that leaves the Secret only after it has gone was without it for a while; one that goes itself was not.
    let late = input.walk().flat_map(|step| {
        let stays = consumers.of(end, step.change.object).next().is_some();
        let number = step.change.number;
        let before = consumers.of(step.before, step.change.object);
        let before: Vec<Reference> = before.filter(|_| stays).collect();
        before.into_iter().map(move |reference| (number, reference))
    });
    let late = late.filter(|(number, reference)| {
        gone.get(&reference.secret)
            .is_some_and(|gone| gone.change < *number)
    });
    let late: Vec<Reference> = late.map(|(_, reference)| reference).collect();
    for reference in consumers.all(end).chain(late) {
        let Some(gone) = gone.get(&reference.secret) else {
            continue;
        };
        let after = input.after(gone.change);
        if consumers.is_spoken_for(after, reference.consumer, reference.secret) {
            continue;
        }
        let known = losses.entry(reference.consumer).or_default();
        let position = known
            .iter()
            .position(|loss| loss.gone.secret == gone.secret);
        let loss = match position.and_then(|position| known.get_mut(position)) {
            Some(loss) => loss,
            None => {
                known.push(Loss {
                    gone: gone.clone(),
                    keys: vec![],
                    optional: true,
                });
                let Some(loss) = known.last_mut() else {
                    continue;
                };
                loss
            }
        };
        loss.optional &= reference.optional;
        if let Some(key) = reference.key.present()
            && !loss.keys.contains(&key)
        {
            loss.keys.push(key);
        }
    }
    let finding = |(consumer, losses): (ObjectId, Vec<Loss>)| {
        let change = losses.iter().map(|loss| loss.gone.change).min()?;
        let runs = consumers.runs(input.after(change), consumer);
        let found = match runs {
            Runs::Something => {
                let is_v2 = consumers.inputs(end, consumer).next().is_some();
                say::collected(input, &losses, is_v2)
            }
            _ => say::collected_from_nothing(input, &losses, runs),
        };
        Some(found.about(consumer).at(change))
    };
    Ok(losses.into_iter().filter_map(finding).collect())
}

/// The Secrets that go, by namespace and name.
fn gone(input: &Input, owned: &Owned<'_>) -> FastMap<Name, Gone> {
    let mut gone = FastMap::default();
    for step in input.walk().filter(|step| step.change.deletes()) {
        let Some(row) = step.removed(owned.secrets).first() else {
            continue;
        };
        let secret = row.object();
        let collected = step.change.cause == Cause::GarbageCollected;
        let known = Gone {
            secret,
            change: step.change.number,
            with: step.change.path.last().copied(),
            is_of_v1: collected && owned.owner(input.now(), secret).is_some(),
        };
        gone.entry(owned.name(row)).or_insert(known);
    }
    gone
}
