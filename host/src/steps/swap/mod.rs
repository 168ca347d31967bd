//! `swap`: workloads that read Secrets of v1 read what takes their place in v2 from then on.
//!
//! [`sources`] knows what takes the place of a key, with the help of [`secrets`]; [`pod`] and [`volumes`] rewrite a pod spec, as
//! an [`edit`] of single fields; [`consumers`] knows which objects are to be changed and which cannot be. What cannot be
//! replaced is a [`Refusal`], never left out in silence.

mod consumers;
mod edit;
mod pod;
mod report;
mod secrets;
mod sources;
mod volumes;

#[cfg(test)]
mod tests;

pub use edit::Operation;
pub use report::{Explained, Holder, Refusal, Replacement, Source, Weight};

use super::StepError;
use super::objects::{change, whole};
use asogate_core::change::{Action, Change, merge_patch};
use asogate_core::object::{ObjectId, ObjectKey};
use asogate_core::plan::{Plan, Step};
use asogate_core::selector::{KindPattern, ObjectSelector, Relation, RelationSelector, Selector};
use asogate_core::snapshot::Snapshot;
use edit::Edit;
use serde_json::Value;
use sources::{InNamespace, Sources};
use std::collections::HashSet;

/// What a swap of some objects comes to.
pub(super) struct Swapped {
    pub(super) changes: Vec<Change>,
    /// What it leaves.
    pub(super) refusals: Vec<Refusal>,
    /// The selected objects that no other listed workload controls.
    pub(super) concerned: Vec<ObjectId>,
}

/// What must be read, apart from the workloads themselves.
pub(super) fn selectors() -> Vec<Selector> {
    let table = |group: &str, kind: &str, columns: &[String]| {
        let columns = columns.iter().filter_map(|column| column.parse().ok());
        let kinds = KindPattern::new(group, kind);
        Selector::Objects(ObjectSelector {
            table: kinds.to_string(),
            kinds,
            columns: columns.collect(),
        })
    };
    let mut selectors = super::twins::selectors();
    let own = ["spec.secretName", "spec.keyVaultToStoreSecrets"].map(str::to_owned);
    selectors.push(table(asogate_aso::v1::GROUP, "*", &own));
    let v2 = format!("*{}", asogate_aso::v2::GROUP_SUFFIX);
    selectors.extend(
        sources::columns()
            .iter()
            .map(|columns| table(&v2, "*", columns)),
    );
    selectors.push(table("", "Secret", &[]));
    selectors.push(table("", "ConfigMap", &[]));
    for (group, kind, columns) in consumers::READS {
        let columns = columns.iter().chain(super::objects::COLUMNS);
        let columns: Vec<String> = columns.map(|column| (*column).to_owned()).collect();
        selectors.push(table(group, kind, &columns));
    }
    let relations = [
        Relation::SecretKeys,
        Relation::ConfigMapKeys,
        Relation::SecretReferences,
    ];
    selectors
        .extend(relations.map(|relation| {
            Selector::Relation(RelationSelector::whole(relation.name(), relation))
        }));
    selectors
}

/// The kinds that are changed, which must be kept whole.
pub(super) fn whole_kinds() -> Vec<KindPattern> {
    let kinds = consumers::PATCHED.iter();
    kinds
        .map(|(group, kind, _)| KindPattern::new(*group, *kind))
        .collect()
}

/// Whether the step is about objects of this kind.
pub(super) fn is_about(group: &str, kind: &str) -> bool {
    let mut kinds = consumers::READS.iter();
    kinds.any(|(known_group, known_kind, _)| (*known_group, *known_kind) == (group, kind))
}

/// The kinds that the step is about, as group, kind, and what kubectl calls them for short.
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    consumers::READS
        .iter()
        .map(|(group, kind, _)| (*group, *kind))
}

/// One patch for every selected workload that reads a Secret of v1 and can be changed.
pub(super) fn changes(selected: &[ObjectId], snapshot: &Snapshot) -> Result<Swapped, StepError> {
    let sources = Sources::of(snapshot);
    let consumers = consumers::Consumers::of(&sources);
    let mut swapped = Swapped {
        changes: vec![],
        refusals: vec![],
        concerned: vec![],
    };
    let known: HashSet<ObjectId> = selected.iter().copied().collect();
    for &id in selected {
        let Some(object) = snapshot.get(id) else {
            continue;
        };
        if let Some(controller) = consumers.controller(&object) {
            let top = consumers.top(controller);
            if !known.contains(&top) {
                swapped.refusals.extend(consumers.spoken_for(id, top));
            }
            continue;
        }
        swapped.concerned.push(id);
        if !consumers.reads_v1(id) || !consumers.runs(&object) {
            continue;
        }
        let key = object.key(snapshot.pool());
        let Some(spec) = consumers::pod_spec(&key) else {
            swapped.refusals.extend(consumers.unchangeable(id, &key));
            continue;
        };
        let before = whole(id, &key, snapshot)?;
        let mut after = before.clone();
        let found = rewrite(&mut after, spec, &key, &sources).0;
        for found in found {
            if let Err(reason) = found.to {
                swapped.refusals.push(Refusal {
                    consumer: key.clone(),
                    place: found.place,
                    from: found.from,
                    reason: reason.text,
                    weight: reason.weight,
                });
            }
        }
        if let (Value::Object(before), Value::Object(after)) = (&before, &after)
            && before != after
        {
            let merge = Value::Object(edit::merge(before, after));
            let version = snapshot.text(object.version()).to_owned();
            let mut change = change(&object, version, Action::Patch { merge }, snapshot);
            // A merge patch replaces the list of containers as a whole, so it must not come upon another list.
            let read = object.resource_version().present();
            change.preconditions.resource_version = read.map(|read| snapshot.text(read).to_owned());
            swapped.changes.push(change);
        }
    }
    Ok(swapped)
}

fn rewrite(
    after: &mut Value,
    spec: &str,
    key: &ObjectKey,
    sources: &Sources<'_>,
) -> (Vec<pod::Found>, Vec<Operation>) {
    let lookup = InNamespace {
        sources,
        namespace: key.namespace.as_deref().unwrap_or_default(),
    };
    let mut edit = Edit::new(after);
    let found = pod::rewrite(&mut edit, spec, &lookup);
    (found, edit.operations)
}

/// Each value that is read from somewhere else after a plan of `swap`, as far as it can be explained.
pub fn replacements(plan: &Plan, snapshot: &Snapshot) -> Vec<Replacement> {
    if plan.step() != Step::Swap || plan.is_empty() {
        return vec![];
    }
    let explained = explain(plan, snapshot).into_iter().flatten();
    explained
        .flat_map(|explained| explained.replacements)
        .collect()
}

/// What each change of a plan is made of, if it is one that the swap of this cluster makes: what somebody wrote by hand is not
/// explained.
pub fn explain(plan: &Plan, snapshot: &Snapshot) -> Vec<Option<Explained>> {
    let sources = Sources::of(snapshot);
    let explain = |change: &Change| {
        let spec = consumers::pod_spec(&change.object)?;
        let id = snapshot.find(&change.object)?;
        let Action::Patch { merge } = &change.action else {
            return None;
        };
        let before = whole(id, &change.object, snapshot).ok()?;
        let (mut after, mut planned) = (before.clone(), before);
        let (found, operations) = rewrite(&mut after, spec, &change.object, &sources);
        merge_patch(&mut planned, merge);
        let replacement = |found: pod::Found| {
            Some(Replacement {
                consumer: change.object.clone(),
                place: found.place,
                from: found.from,
                to: found.to.ok()?,
            })
        };
        (planned == after).then(|| Explained {
            replacements: found.into_iter().filter_map(replacement).collect(),
            notes: consumers::notes(&after),
            operations,
        })
    };
    plan.changes().iter().map(explain).collect()
}
