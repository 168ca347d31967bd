//! Every state of every object while a plan runs: the snapshot, and the rows that the plan's changes leave behind.

use crate::change::{Action, Change, merge_patch};
use crate::extract::ValueReader;
use crate::object::{ObjectId, ObjectKey};
use crate::parts::Parts;
use crate::plan::Plan;
use crate::pool::{Intern, LayeredPool, Symbol};
use crate::selector::Relation;
use crate::simulate::{Cause, Effect, Operation, Outcome};
use crate::snapshot::{Draft, Object, Snapshot, Store, YES};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A state of an object after the snapshot.
#[derive(Clone, Debug)]
pub struct Version {
    /// The object.
    pub object: ObjectId,
    /// The number of the effect that left it so, from 1.
    pub change: u32,
    /// Position in [`Projection::after`].
    pub row: usize,
    /// Uids of owners whose references are gone by then, although the row still has them.
    pub unlinked: Vec<String>,
}

/// The snapshot as the plan changes it, effect by effect.
#[derive(Debug)]
pub struct Projection<'a> {
    snapshot: &'a Snapshot,
    outcome: Outcome,
    pool: LayeredPool<'a>,
    after: Store,
    versions: Vec<Version>,
    created: Vec<ObjectKey>,
    /// Of each created object, the row as it is created.
    first_rows: HashMap<ObjectId, usize>,
    parts: Mutex<Parts>,
}

/// Why the state after a change could not be worked out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionError {
    /// A patched object was not kept whole, so the result of the patch is not known.
    #[error("could not work out what the patch makes of `{0}`: the object was not read as a whole")]
    NotWhole(ObjectKey),
    /// The object after the change is not one.
    #[error("could not read `{object}` as the plan leaves it: {reason}")]
    Unreadable {
        /// The object.
        object: ObjectKey,
        /// Why.
        reason: String,
    },
}

impl<'a> Projection<'a> {
    /// The states that `outcome` (of `plan`) brings about.
    ///
    /// # Errors
    ///
    /// [`ProjectionError`] if the result of a patch is not known; then nothing can be judged.
    pub fn new(
        snapshot: &'a Snapshot,
        plan: &Plan,
        outcome: Outcome,
    ) -> Result<Self, ProjectionError> {
        let mut after = Store::default();
        let mut pool = LayeredPool::new(snapshot.pool());
        let mut versions: Vec<Version> = Vec::new();
        // The latest state of each changed object: its JSON (if it has been worked out) and its version.
        let mut latest: HashMap<ObjectId, (Option<Value>, usize)> = HashMap::new();
        let mut first_rows = HashMap::new();
        let last = last_effects(&outcome.effects);
        let mut draft = Draft::default();
        let mut reader = ValueReader::new(snapshot.read_set());
        for (index, effect) in outcome.effects.iter().enumerate() {
            let change = index as u32 + 1;
            let object = effect.object;
            let value = match (
                effect
                    .requested
                    .and_then(|position| plan.changes().get(position)),
                effect.operation,
            ) {
                (_, Operation::Delete) => continue,
                (Some(change), Operation::Create) => match &change.action {
                    Action::Create { object } => Some((change, object.clone())),
                    _ => None,
                },
                (Some(change), Operation::Update) => match &change.action {
                    Action::Patch { merge } => {
                        if is_secret(&change.object) && whole(snapshot, object, change).is_err() {
                            let Some(before) = snapshot.get(object) else {
                                return Err(ProjectionError::NotWhole(change.object.clone()));
                            };
                            let parts = (&mut after, &mut pool, &mut draft);
                            let row = patched_secret(&before, change, snapshot, parts);
                            let unlinked = still_unlinked(object, change, &latest, &versions);
                            versions.push(Version {
                                object,
                                change: index as u32 + 1,
                                row,
                                unlinked,
                            });
                            latest.insert(object, (None, versions.len() - 1));
                            continue;
                        }
                        let known = latest.get(&object).and_then(|(value, _)| value.clone());
                        let mut value = match known {
                            Some(value) => value,
                            None => whole(snapshot, object, change)?,
                        };
                        merge_patch(&mut value, merge);
                        set_version(&mut value, &change.object, &change.version);
                        Some((change, value))
                    }
                    _ => None,
                },
                _ => None,
            };
            if let Some((requested, value)) = value {
                let schema = after.schema_id(
                    &requested.object.kind.group,
                    &requested.object.kind.kind,
                    snapshot.read_set(),
                );
                let read = reader.read(
                    &value,
                    &requested.secret_keys,
                    after.schema(schema),
                    &mut pool,
                    &mut **snapshot.classes(),
                    &mut draft,
                );
                read.map_err(|reason| ProjectionError::Unreadable {
                    object: requested.object.clone(),
                    reason,
                })?;
                let row = after.push(schema, &mut draft);
                let unlinked = still_unlinked(object, requested, &latest, &versions);
                if effect.operation == Operation::Create {
                    first_rows.insert(object, row);
                }
                versions.push(Version {
                    object,
                    change,
                    row,
                    unlinked,
                });
                // What nobody starts from again is not kept: a plan may change every object of a cluster.
                let value = last
                    .get(&object)
                    .is_some_and(|last| *last > index)
                    .then_some(value);
                latest.insert(object, (value, versions.len() - 1));
            } else if effect.cause == Cause::Unlinked {
                let mut unlinked = effect.unlinked.clone();
                let row = match latest
                    .get(&object)
                    .and_then(|(_, version)| versions.get(*version))
                {
                    Some(version) => {
                        unlinked.extend(version.unlinked.iter().cloned());
                        version.row
                    }
                    None => match snapshot.get(object) {
                        Some(before) => copy(&before, snapshot, &mut after, &mut draft),
                        None => continue,
                    },
                };
                versions.push(Version {
                    object,
                    change,
                    row,
                    unlinked,
                });
                latest.entry(object).or_insert((None, 0)).1 = versions.len() - 1;
            }
        }
        let created = outcome
            .created
            .iter()
            .filter_map(|&position| plan.changes().get(position))
            .map(|change| change.object.clone())
            .collect();
        Ok(Projection {
            snapshot,
            outcome,
            pool,
            after,
            versions,
            created,
            first_rows,
            parts: Mutex::default(),
        })
    }

    /// The parts of the texts that policies want to see cut, which share them: whoever comes first cuts.
    pub(crate) fn parts(&self) -> MutexGuard<'_, Parts> {
        // Whoever panicked with it left parts that are whole, and perhaps numbers that nobody uses.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot from which the plan starts.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// What happens.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The strings of the snapshot and of the states after it.
    pub fn pool(&self) -> &LayeredPool<'a> {
        &self.pool
    }

    /// The rows to which [`Version::row`] points.
    pub fn after(&self) -> &Store {
        &self.after
    }

    /// The states that changes leave behind, ordered by change.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The identity of an object of the snapshot or of a created one.
    pub fn key(&self, id: ObjectId) -> Option<ObjectKey> {
        match id.index().checked_sub(self.snapshot.len()) {
            None => self
                .snapshot
                .get(id)
                .map(|object| object.key(self.snapshot.pool())),
            Some(created) => self.created.get(created).cloned(),
        }
    }

    /// The object's API version: as it was read, or as the plan creates it.
    pub fn version(&self, id: ObjectId) -> &str {
        if let Some(object) = self.snapshot.get(id) {
            return self.snapshot.text(object.version());
        }
        let row = self.first_rows.get(&id);
        row.and_then(|row| self.after.get(*row))
            .map_or("", |object| self.pool.get(object.version()))
    }
}

/// The position of the last effect on each object.
fn last_effects(effects: &[Effect]) -> HashMap<ObjectId, usize> {
    let objects = effects.iter().map(|effect| effect.object);
    objects.zip(0..).collect()
}

/// An object that is written carries the API version in which it is written, whatever version it was read in.
fn set_version(value: &mut Value, object: &ObjectKey, version: &str) {
    let written = match object.kind.group.as_str() {
        "" => version.to_owned(),
        group => format!("{group}/{version}"),
    };
    if let Some(Value::String(api_version)) = value.get_mut("apiVersion")
        && !version.is_empty()
    {
        *api_version = written;
    }
}

/// The owner references that Kubernetes took off an object before, though the row (or the JSON) that a change starts from
/// still has them.
fn still_unlinked(
    object: ObjectId,
    change: &Change,
    latest: &HashMap<ObjectId, (Option<Value>, usize)>,
    versions: &[Version],
) -> Vec<String> {
    let before = latest
        .get(&object)
        .and_then(|(_, version)| versions.get(*version));
    match before {
        Some(before) if !sets_owners(&change.action) => before.unlinked.clone(),
        _ => vec![],
    }
}

/// Whether a patch says what the owner references are to be.
fn sets_owners(action: &Action) -> bool {
    match action {
        Action::Patch { merge } => merge.pointer("/metadata/ownerReferences").is_some(),
        Action::Create { .. } | Action::Delete { .. } => false,
    }
}

fn whole(snapshot: &Snapshot, id: ObjectId, change: &Change) -> Result<Value, ProjectionError> {
    let text = snapshot.get(id).and_then(|object| object.whole());
    let text = text.ok_or_else(|| ProjectionError::NotWhole(change.object.clone()))?;
    serde_json::from_str(text).map_err(|error| ProjectionError::Unreadable {
        object: change.object.clone(),
        reason: error.to_string(),
    })
}

fn is_secret(key: &ObjectKey) -> bool {
    key.kind.group.is_empty() && key.kind.kind == "Secret"
}

/// What a manifest makes of a Secret that exists. The contents of Secrets are never kept, so its row stays as it was, but for
/// the keys: it has those it had, and those of the manifest, whose values are not known.
fn patched_secret(
    before: &Object<'_>,
    change: &Change,
    snapshot: &Snapshot,
    (after, pool, draft): (&mut Store, &mut LayeredPool<'_>, &mut Draft),
) -> usize {
    let replaced: Vec<Symbol> = change
        .secret_keys
        .iter()
        .map(|key| pool.intern(&key.key))
        .collect();
    fill(draft, before, snapshot, &|relation, cells| {
        relation != Relation::SecretKeys || !cells.get(2).is_some_and(|key| replaced.contains(key))
    });
    if snapshot.read_set().wants(Relation::SecretKeys) {
        let yes = pool.intern(YES);
        for (key, symbol) in change.secret_keys.iter().zip(replaced) {
            let empty = if key.empty { yes } else { Symbol::ABSENT };
            let row = [
                before.namespace(),
                before.name(),
                symbol,
                empty,
                Symbol::ABSENT,
            ];
            draft.relations.push((Relation::SecretKeys, &row));
        }
    }
    let kind = before.kind();
    let schema = after.schema_id(&kind.group, &kind.kind, snapshot.read_set());
    after.push(schema, draft)
}

/// Copies the row of an object of the snapshot, whose symbols are valid in the layered pool too.
fn copy(before: &Object<'_>, snapshot: &Snapshot, after: &mut Store, draft: &mut Draft) -> usize {
    let kind = before.kind();
    let schema = after.schema_id(&kind.group, &kind.kind, snapshot.read_set());
    fill(draft, before, snapshot, &|_, _| true);
    after.push(schema, draft)
}

/// Makes a draft of an object of the snapshot, with those of its rows in relations that `keep` wants.
fn fill(
    draft: &mut Draft,
    before: &Object<'_>,
    snapshot: &Snapshot,
    keep: &dyn Fn(Relation, &[Symbol]) -> bool,
) {
    draft.reset(before.schema());
    draft.version = before.version();
    draft.namespace = before.namespace();
    draft.name = before.name();
    draft.uid = before.uid();
    draft.resource_version = before.resource_version();
    draft.terminating = before.is_terminating();
    draft.owners.extend_from_slice(before.owners());
    draft.finalizers.extend_from_slice(before.finalizers());
    draft.cells.clear();
    draft.cells.extend_from_slice(before.cells());
    for (list, cells) in draft.lists.iter_mut().enumerate() {
        cells.extend_from_slice(before.list(list));
    }
    for rows in Relation::ALL
        .iter()
        .filter_map(|relation| snapshot.store().relation(*relation))
    {
        let width = rows.relation.columns().len();
        let start = rows
            .rows
            .partition_point(|&row| (row as usize) < before.position());
        let own = rows
            .rows
            .iter()
            .skip(start)
            .take_while(|&&row| row as usize == before.position())
            .count();
        for row in start..start + own {
            let cells = rows.cells.get(row * width..(row + 1) * width);
            if let Some(cells) = cells.filter(|cells| keep(rows.relation, cells)) {
                draft.relations.push((rows.relation, cells));
            }
        }
    }
}

#[cfg(test)]
mod tests;
