//! Which objects read Secrets, which of them can be changed, and what is to be said of those that cannot.

use super::pod::Lookup;
use super::report::{Refusal, Source, Weight};
use super::sources::{InNamespace, Sources};
use crate::steps::objects::cell;
use asogate_core::object::{ObjectId, ObjectKey};
use asogate_core::selector::Relation;
use asogate_core::snapshot::Object;
use serde_json::Value;
use std::collections::HashMap;

/// Kinds that can be changed: group, kind, and where their pod spec is.
pub(super) const PATCHED: [(&str, &str, &str); 5] = [
    ("apps", "Deployment", "/spec/template/spec"),
    ("apps", "StatefulSet", "/spec/template/spec"),
    ("apps", "DaemonSet", "/spec/template/spec"),
    ("apps", "ReplicaSet", "/spec/template/spec"),
    ("batch", "CronJob", "/spec/jobTemplate/spec/template/spec"),
];

/// Every kind that can read a Secret, as the relation `secret-references` has them, with the columns that tell whether an
/// object runs anything.
pub(super) const READS: [(&str, &str, &[&str]); 9] = [
    ("", "Pod", &["status.phase"]),
    ("", "ServiceAccount", &[]),
    ("apps", "DaemonSet", &[]),
    ("apps", "Deployment", &[]),
    ("apps", "ReplicaSet", &["spec.replicas"]),
    ("apps", "StatefulSet", &[]),
    ("batch", "CronJob", &[]),
    (
        "batch",
        "Job",
        &["status.completionTime", "status.conditions"],
    ),
    ("networking.k8s.io", "Ingress", &[]),
];

/// Controllers above controllers are at most this deep: CronJob, Job, Pod. More means a circle.
const MAX_DEPTH: usize = 8;

/// One place that reads a Secret, as the relation tells it.
struct Reference<'a> {
    secret: &'a str,
    key: Option<&'a str>,
    how: &'a str,
}

/// Who reads Secrets of v1.
pub(super) struct Consumers<'s, 'a> {
    sources: &'s Sources<'a>,
    /// References to Secrets of v1 only.
    references: HashMap<ObjectId, Vec<Reference<'a>>>,
}

/// Where the pod spec of an object is that can be changed; none if it cannot be.
pub(super) fn pod_spec(key: &ObjectKey) -> Option<&'static str> {
    let of_kind =
        |known: &&(&str, &str, &str)| known.0 == key.kind.group && known.1 == key.kind.kind;
    PATCHED.iter().find(of_kind).map(|known| known.2)
}

impl<'s, 'a> Consumers<'s, 'a> {
    pub(super) fn of(sources: &'s Sources<'a>) -> Consumers<'s, 'a> {
        let snapshot = sources.snapshot;
        let relation = Relation::SecretReferences;
        let mut references: HashMap<ObjectId, Vec<Reference<'a>>> = HashMap::new();
        if let Some(rows) = snapshot.store().relation(relation) {
            let cells = rows.cells.chunks_exact(relation.columns().len());
            for (position, row) in rows.rows.iter().zip(cells) {
                let text = |at: usize| Some(snapshot.text(row.get(at)?.present()?));
                let (Some(namespace), Some(secret)) = (text(0), text(1)) else {
                    continue;
                };
                if sources.secrets.by(namespace, secret).is_some() {
                    let consumer = ObjectId::from_index(*position as usize);
                    references.entry(consumer).or_default().push(Reference {
                        secret,
                        key: text(2),
                        how: text(3).unwrap_or_default(),
                    });
                }
            }
        }
        Consumers {
            sources,
            references,
        }
    }

    pub(super) fn reads_v1(&self, id: ObjectId) -> bool {
        self.references.contains_key(&id)
    }

    /// The workload that controls an object, if it is in the snapshot.
    pub(super) fn controller(&self, object: &Object<'_>) -> Option<ObjectId> {
        let controller = object.owners().iter().find(|owner| owner.controller)?;
        let id = self.sources.snapshot.find_uid(controller.uid)?;
        let kind = self.sources.snapshot.get(id)?;
        super::is_about(&kind.kind().group, &kind.kind().kind).then_some(id)
    }

    /// The workload at the top of the controllers that begin with this one.
    pub(super) fn top(&self, mut id: ObjectId) -> ObjectId {
        for _ in 0..MAX_DEPTH {
            let object = self.sources.snapshot.get(id);
            match object.and_then(|object| self.controller(&object)) {
                Some(above) => id = above,
                None => break,
            }
        }
        id
    }

    /// Whether an object runs anything, or will: a suspended CronJob and a Deployment without replicas do, whenever somebody
    /// wakes them.
    pub(super) fn runs(&self, object: &Object<'_>) -> bool {
        let cell = |column| cell(object, column, self.sources.snapshot);
        match object.kind().kind.as_str() {
            "Pod" => !matches!(cell("status.phase"), Some("Succeeded" | "Failed")),
            "ReplicaSet" => cell("spec.replicas") != Some("0"),
            "Job" => {
                cell("status.completionTime").is_none() && !has_ended(cell("status.conditions"))
            }
            _ => true,
        }
    }

    /// What an object that cannot be changed goes on reading.
    pub(super) fn unchangeable(&self, id: ObjectId, key: &ObjectKey) -> Vec<Refusal> {
        let namespace = key.namespace.as_deref().unwrap_or_default();
        let lookup = InNamespace {
            sources: self.sources,
            namespace,
        };
        let references = self.references.get(&id).into_iter().flatten();
        let refusal = |reference: &Reference<'a>| {
            let new = reference
                .key
                .map(|wanted| lookup.replacement(reference.secret, wanted));
            let new = match new {
                Some(Ok(new)) => format!("with {new}"),
                Some(Err(reason)) => format!("without it ({})", reason.text),
                None => "with what takes its place".to_owned(),
            };
            let (weight, reason) = match key.kind.kind.as_str() {
                "Job" => (
                    Weight::Noted,
                    format!("the template of a Job cannot be changed; wait until it has finished, or delete it and create it again {new}"),
                ),
                "Pod" => (
                    Weight::Noted,
                    format!("the containers of a Pod cannot be changed; delete it if nobody needs it, or create it again {new}"),
                ),
                "Ingress" => (
                    Weight::Blocks,
                    "v1 writes no certificates, so nothing takes its place; name the right Secret".to_owned(),
                ),
                _ => (
                    Weight::Blocks,
                    "v1 writes no credentials of registries or accounts, so nothing takes its place; name the right Secret, or none".to_owned(),
                ),
            };
            Refusal {
                consumer: key.clone(),
                place: reference.how.to_owned(),
                from: Source::secret(reference.secret, reference.key),
                reason,
                weight,
            }
        };
        references.map(refusal).collect()
    }

    /// That an object is changed through its controller, which is not among the selected ones.
    pub(super) fn spoken_for(&self, id: ObjectId, top: ObjectId) -> Option<Refusal> {
        let snapshot = self.sources.snapshot;
        let first = self.references.get(&id)?.first()?;
        let object = snapshot.get(id).filter(|object| self.runs(object))?;
        let top = snapshot.get(top)?.key(snapshot.pool());
        Some(Refusal {
            consumer: object.key(snapshot.pool()),
            place: first.how.to_owned(),
            from: Source::secret(first.secret, first.key),
            reason: format!(
                "it is controlled by {top}, which is not selected; select that instead"
            ),
            weight: Weight::Undetermined,
        })
    }
}

/// Whether the conditions of a Job say that it is over.
fn has_ended(conditions: Option<&str>) -> bool {
    let conditions = conditions.and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
    let field = |condition: &Value, name: &str| {
        let text = condition.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    conditions.into_iter().flatten().any(|condition| {
        let of_type = field(&condition, "type");
        field(&condition, "status") == "True" && (of_type == "Complete" || of_type == "Failed")
    })
}

/// What has to be known about a changed workload, besides that its pods are replaced.
pub(super) fn notes(object: &Value) -> Vec<&'static str> {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let yes = |pointer: &str| object.pointer(pointer).and_then(Value::as_bool) == Some(true);
    let mut notes = vec![];
    if text("/spec/updateStrategy/type") == "OnDelete" {
        notes.push(
            "its pods are replaced only when somebody deletes them (`updateStrategy: OnDelete`)",
        );
    }
    if text("/kind") == "ReplicaSet" {
        notes.push("a ReplicaSet does not replace its pods: delete them after the change");
    }
    if text("/kind") == "Deployment" && yes("/spec/paused") {
        notes.push("it is paused: its pods are replaced only after `kubectl rollout resume`");
    }
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let is_controller =
        |owner: &Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    if owners.into_iter().flatten().any(is_controller) {
        notes.push("something that is not a workload controls it, and may undo the change: change it there too");
    }
    notes
}
