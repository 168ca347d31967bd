//! Who reads Secrets: consumers, as the policy `secret-consumers` counts them. What has finished, and a
//! ReplicaSet without replicas, runs nothing and does not count.

use crate::azure::cells::{Cells, selector};
use crate::azure::operators::relation;
use asogate_aso::v2;
use asogate_core::object::{GroupKind, ObjectId};
use asogate_core::pool::Symbol;
use asogate_core::selector::{Relation, Selector};
use asogate_core::snapshot::{Object, Snapshot};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Namespace and name of a Secret.
pub(super) type Name = (Symbol, Symbol);

const PHASE: &str = "status.phase";
const REPLICAS: &str = "spec.replicas";
const JOB: [&str; 2] = ["status.completionTime", "status.conditions"];

/// The columns of the Secrets that objects of a v2 kind read; those in lists are left out.
fn inputs(kind: &v2::V2Kind) -> Vec<String> {
    let fields = kind.exports().map_or(&[][..], |known| known.secret_inputs);
    let plain = fields.iter().filter(|field| !field.contains(['[', '{']));
    plain.map(|field| format!("spec.{field}.name")).collect()
}

fn kinds_with_inputs() -> impl Iterator<Item = (&'static v2::V2Kind, Vec<String>)> {
    let kinds = v2::kinds().iter().map(|kind| (kind, inputs(kind)));
    kinds.filter(|(_, columns)| !columns.is_empty())
}

pub(super) fn reads() -> Vec<Selector> {
    let mut selectors = vec![
        relation(Relation::SecretReferences),
        selector("", "Pod", &[PHASE]),
        selector("apps", "ReplicaSet", &[REPLICAS]),
        selector("batch", "Job", &JOB),
    ];
    let inputs = kinds_with_inputs();
    selectors.extend(inputs.map(|(kind, columns)| selector(kind.group, kind.kind, &columns)));
    selectors
}

/// Whether everything that can read a Secret was read. v2's objects are asked about elsewhere.
pub(super) fn are_all_known(snapshot: &Snapshot) -> bool {
    let kinds = Relation::SecretReferences.kinds().iter();
    let mut kinds = kinds.map(|(group, kind)| GroupKind::new(*group, *kind));
    kinds.all(|kind| snapshot.coverage().of(&kind).is_complete())
}

/// The consumers of these Secrets, each consumer once.
pub(super) fn of(snapshot: &Snapshot, wanted: &HashSet<Name>) -> HashMap<Name, Vec<ObjectId>> {
    let mut readers: HashMap<Name, Vec<ObjectId>> = HashMap::new();
    if wanted.is_empty() {
        return readers;
    }
    let mut add = |name: Name, consumer: ObjectId| {
        if wanted.contains(&name) {
            let known = readers.entry(name).or_default();
            if known.last() != Some(&consumer) {
                known.push(consumer);
            }
        }
    };
    let width = Relation::SecretReferences.columns().len();
    if let Some(rows) = snapshot.store().relation(Relation::SecretReferences) {
        for (object, cells) in rows.rows.iter().zip(rows.cells.chunks_exact(width)) {
            if let [namespace, secret, ..] = cells {
                add(
                    (*namespace, *secret),
                    ObjectId::from_index(*object as usize),
                );
            }
        }
    }
    for (kind, columns) in kinds_with_inputs() {
        let is_kind = |known: &GroupKind| known.group == kind.group && known.kind == kind.kind;
        let cells = Cells::new(snapshot, is_kind, &columns);
        for object in cells.objects() {
            for column in &columns {
                if let Some(secret) = cells.symbol(&object, column) {
                    add(
                        (object.namespace(), secret),
                        ObjectId::from_index(object.position()),
                    );
                }
            }
        }
    }
    let runs = Runs::new(snapshot);
    for readers in readers.values_mut() {
        readers.sort_unstable();
        readers.dedup();
        let all = readers.clone();
        readers.retain(|id| {
            let object = snapshot.get(*id);
            object.is_some_and(|object| {
                !is_spoken_for(&object, &all, snapshot) && runs.something(&object)
            })
        });
    }
    readers
}

/// Whether the controller of an object reads the same Secret: then it is the controller that has to change.
fn is_spoken_for(object: &Object<'_>, readers: &[ObjectId], snapshot: &Snapshot) -> bool {
    let mut controllers = object.owners().iter().filter(|owner| owner.controller);
    controllers.any(|owner| {
        let id = snapshot.find_uid(owner.uid);
        id.is_some_and(|id| readers.binary_search(&id).is_ok())
    })
}

/// What is needed to tell whether an object runs anything.
struct Runs<'a> {
    pods: Cells<'a>,
    replica_sets: Cells<'a>,
    jobs: Cells<'a>,
}

impl<'a> Runs<'a> {
    fn new(snapshot: &'a Snapshot) -> Runs<'a> {
        let cells = |group: &'static str, kind: &'static str, columns: &[&str]| {
            let is_kind = |known: &GroupKind| known.group == group && known.kind == kind;
            Cells::new(snapshot, is_kind, columns)
        };
        Runs {
            pods: cells("", "Pod", &[PHASE]),
            replica_sets: cells("apps", "ReplicaSet", &[REPLICAS]),
            jobs: cells("batch", "Job", &JOB),
        }
    }

    /// Cells of other kinds are absent. A suspended CronJob or a Deployment without replicas reads its Secrets whenever
    /// somebody wakes it.
    fn something(&self, object: &Object<'a>) -> bool {
        let has_finished = matches!(self.pods.text(object, PHASE), Some("Succeeded" | "Failed"));
        let has_no_replicas = self.replica_sets.text(object, REPLICAS) == Some("0");
        let [completed, conditions] = JOB.map(|column| self.jobs.text(object, column));
        !(has_finished || has_no_replicas || completed.is_some() || has_ended(conditions))
    }
}

/// Whether the conditions of a Job say that it is over: `Complete` or `Failed` with the status `True`.
fn has_ended(conditions: Option<&str>) -> bool {
    let conditions: Vec<Value> = conditions
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    conditions.iter().any(|condition| {
        let text = |field: &str| condition.get(field).and_then(Value::as_str);
        text("status") == Some("True") && matches!(text("type"), Some("Complete" | "Failed"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_ended_only_if_a_condition_that_ends_it_is_true() {
        let failed = r#"[{"status":"True","type":"Suspended"},{"type":"Failed","status":"True"}]"#;
        let going = r#"[{"status":"True","type":"Suspended"},{"type":"Failed","status":"False"}]"#;
        assert!(has_ended(Some(failed)));
        assert!(!has_ended(Some(going)) && !has_ended(None));
    }

    #[test]
    fn inputs_in_lists_are_no_columns() {
        let server = v2::find("sql.azure.com", "Server").unwrap();
        assert_eq!(inputs(server), ["spec.administratorLoginPassword.name"]);
        let service = v2::find("apimanagement.azure.com", "Service").unwrap();
        assert_eq!(inputs(service), [""; 0]);
    }
}
