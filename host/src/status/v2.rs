//! v2's objects, in the cluster and in the import files, and what their policies and conditions say.

use super::board::{Policy, PolicySource, Readiness, V2Member, V2State};
use crate::azure::V2Models;
use crate::azure::cells::{Cells, selector};
use crate::azure::identity::Identity;
use crate::azure::operators::Subscriptions;
use crate::collect::manifest::Manifest;
use asogate_aso::annotations::{
    CREDENTIAL_FROM, LATEST_RECONCILED_GENERATION, RECONCILE_POLICY, RESOURCE_ID, column,
};
use asogate_aso::identity::{V2_COLUMNS, V2Object as Model};
use asogate_aso::operators::Operators;
use asogate_aso::reconcile_policy::{ReconcilePolicy, Source, effective};
use asogate_aso::v2::{GROUP_SUFFIX, is_group};
use asogate_core::object::{GroupKind, ObjectId, ObjectKey};
use asogate_core::selector::Selector;
use asogate_core::snapshot::{Object, Snapshot};
use serde_json::Value;
use std::collections::HashMap;

const CONDITIONS: [&str; 4] = [
    "status.conditions[*].type",
    "status.conditions[*].status",
    "status.conditions[*].reason",
    "status.conditions[*].observedGeneration",
];

const GENERATION: &str = "metadata.generation";
const LABELS: &str = "metadata.labels";

fn columns() -> Vec<String> {
    let names = V2_COLUMNS.iter().chain(&CONDITIONS);
    let names = names
        .chain([&GENERATION, &LABELS])
        .map(|name| (*name).into());
    let annotations = [
        CREDENTIAL_FROM,
        LATEST_RECONCILED_GENERATION,
        RECONCILE_POLICY,
    ];
    names.chain(annotations.map(column)).collect()
}

pub(super) fn reads() -> Vec<Selector> {
    let all = format!("*{GROUP_SUFFIX}");
    vec![
        selector(&all, "*", &columns()),
        selector("", "Namespace", &[column(RECONCILE_POLICY)]),
    ]
}

/// One object of v2.
pub(super) struct V2Object<'a> {
    /// None for one that stands only in the import files.
    pub(super) id: Option<ObjectId>,
    pub(super) object: Option<Object<'a>>,
    pub(super) member: V2Member,
    pub(super) identity: Identity,
    /// The name in Azure; what tells database users apart.
    pub(super) name: String,
}

/// The tables of v2's objects.
pub(super) struct V2<'a> {
    snapshot: &'a Snapshot,
    cells: Cells<'a>,
    manifests: HashMap<&'a ObjectKey, &'a Manifest>,
    /// The objects of `manifests`.
    planned: HashMap<&'a ObjectKey, &'a Value>,
    operators: &'a Operators<'a>,
    of_namespaces: HashMap<&'a str, &'a str>,
    /// Whether all Namespaces, and all Secrets and Deployments with settings of operators, were read.
    knows_defaults: bool,
}

impl<'a> V2<'a> {
    /// `manifests` with the identities that they get when they are applied.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        manifests: &'a [(ObjectKey, &'a Manifest)],
        operators: &'a Operators<'a>,
    ) -> V2<'a> {
        let is_namespace = |kind: &GroupKind| kind.group.is_empty() && kind.kind == "Namespace";
        let policy = column(RECONCILE_POLICY);
        let namespaces = Cells::new(snapshot, is_namespace, &[&policy]);
        let of_namespaces = namespaces.objects().filter_map(|object| {
            let said = namespaces.text(&object, &policy)?;
            Some((snapshot.text(object.name()), said))
        });
        let is_complete = |group, kind| {
            let kind = GroupKind::new(group, kind);
            snapshot.coverage().of(&kind).is_complete()
        };
        let manifests = manifests.iter();
        let manifests = manifests.filter(|(key, _)| is_group(&key.kind.group));
        let manifests: HashMap<&ObjectKey, &Manifest> =
            manifests.map(|(key, manifest)| (key, *manifest)).collect();
        let needed = [("", "Namespace"), ("", "Secret"), ("apps", "Deployment")];
        V2 {
            of_namespaces: of_namespaces.collect(),
            knows_defaults: needed
                .iter()
                .all(|(group, kind)| is_complete(*group, *kind)),
            snapshot,
            cells: Cells::new(snapshot, |kind| is_group(&kind.group), &columns()),
            planned: manifests
                .iter()
                .map(|(key, manifest)| (*key, &manifest.object))
                .collect(),
            manifests,
            operators,
        }
    }

    /// The ids that objects name themselves or their owners by.
    pub(super) fn stated_ids(&self) -> impl Iterator<Item = &'a str> {
        let columns = [column(RESOURCE_ID), "spec.owner.armId".to_owned()];
        let objects = self.cells.objects();
        objects.flat_map(move |object| {
            let texts = columns
                .each_ref()
                .map(|name| self.cells.text(&object, name));
            texts.into_iter().flatten()
        })
    }

    /// The labels of an object, as JSON.
    pub(super) fn labels(&self, object: &Object<'a>) -> Option<&'a str> {
        self.cells.text(object, LABELS)
    }

    /// The labels of an object of the import files.
    pub(super) fn labels_in_file(&self, key: &ObjectKey) -> Option<&'a Value> {
        self.manifests.get(key)?.object.pointer("/metadata/labels")
    }

    /// Every object: those of the cluster in the order of the snapshot, then those of the files.
    pub(super) fn objects(&self, subscriptions: &Subscriptions<'a>) -> Vec<V2Object<'a>> {
        let live = self.cells.objects();
        let mut objects: Vec<V2Object<'a>> = live
            .map(|object| self.live(object, subscriptions))
            .collect();
        let in_files = self
            .manifests
            .iter()
            .map(|(key, manifest)| (*key, *manifest));
        let mut in_files: Vec<(&'a ObjectKey, &'a Manifest)> = in_files
            .filter(|(key, _)| self.snapshot.find(key).is_none())
            .collect();
        in_files.sort_by_key(|(_, manifest)| &manifest.position);
        let in_files = in_files.into_iter();
        objects.extend(in_files.map(|(key, manifest)| self.in_file(key, manifest, subscriptions)));
        objects
    }

    fn live(&self, object: Object<'a>, subscriptions: &Subscriptions<'a>) -> V2Object<'a> {
        let key = object.key(self.snapshot.pool());
        let models = self.models(subscriptions);
        let model = models.of_live(&object);
        let said = self.cells.text(&object, &column(RECONCILE_POLICY));
        let policy = self.policy(said, key.namespace.as_deref());
        let ready = self.readiness(&object);
        let skipped = policy.is_some_and(|policy| !policy.effective.puts());
        let was_managed = self
            .cells
            .text(&object, &column(LATEST_RECONCILED_GENERATION));
        let state = match (&policy, &ready) {
            _ if object.is_terminating() => V2State::Terminating,
            (None, _) => V2State::Unknown,
            (Some(_), _) if !skipped => V2State::Managed,
            (_, Readiness::Unobserved) => V2State::Applied,
            (_, Readiness::Ready) => V2State::Ready,
            _ => V2State::Skipped,
        };
        let namespace = key.namespace.as_deref().unwrap_or_default();
        V2Object {
            id: Some(ObjectId::from_index(object.position())),
            object: Some(object),
            identity: models.identity(&model),
            name: name_of(&model),
            member: V2Member {
                watched: self.operators.v2_could_act_in(namespace),
                version: self.snapshot.text(object.version()).to_owned(),
                state,
                policy,
                ready,
                managed_before: skipped && was_managed.is_some(),
                terminating: object.is_terminating(),
                position: self.manifests.get(&key).map(|known| known.position.clone()),
                object: key,
            },
        }
    }

    fn in_file(
        &self,
        key: &'a ObjectKey,
        manifest: &'a Manifest,
        subscriptions: &Subscriptions<'a>,
    ) -> V2Object<'a> {
        let models = self.models(subscriptions);
        let model = models.of_planned(key, &manifest.object);
        let said = annotation(manifest, RECONCILE_POLICY);
        let namespace = key.namespace.as_deref().unwrap_or_default();
        V2Object {
            id: None,
            object: None,
            identity: models.identity(&model),
            name: name_of(&model),
            member: V2Member {
                watched: self.operators.v2_could_act_in(namespace),
                version: manifest.version.clone(),
                state: V2State::InImportFile,
                policy: self.policy(said, key.namespace.as_deref()),
                ready: Readiness::Unobserved,
                managed_before: false,
                terminating: false,
                position: Some(manifest.position.clone()),
                object: key.clone(),
            },
        }
    }

    fn models<'m>(&'m self, subscriptions: &'m Subscriptions<'a>) -> V2Models<'m, 'a> {
        V2Models {
            snapshot: self.snapshot,
            cells: &self.cells,
            planned: &self.planned,
            operators: self.operators,
            subscriptions,
        }
    }

    /// The policy that v2 follows. An own value that is one decides alone; else it must be known what namespace and operator
    /// say.
    fn policy(&self, said: Option<&str>, namespace: Option<&str>) -> Option<Policy> {
        let decides = said.and_then(ReconcilePolicy::parse).is_some();
        if !decides && !self.knows_defaults {
            return None;
        }
        let namespace = namespace.unwrap_or_default();
        let of_namespace = self.of_namespaces.get(namespace).copied();
        let is_read = |_: &&str| self.operators.read_namespace_policy(namespace);
        let of_namespace = of_namespace.filter(is_read);
        let found = effective(said, of_namespace, self.operators.default_policy(namespace));
        Some(Policy {
            effective: found.policy,
            from: match found.source {
                Source::Object => PolicySource::Object,
                Source::Namespace => PolicySource::Namespace,
                Source::Operator => PolicySource::Operator,
            },
            ignored_value: found.ignored.is_some(),
        })
    }

    fn readiness(&self, object: &Object<'a>) -> Readiness {
        let rows = self.cells.rows(object, CONDITIONS);
        let mut rows = rows.into_iter();
        let Some([_, status, reason, observed]) =
            rows.find(|[of_type, ..]| *of_type == Some("Ready"))
        else {
            return Readiness::Unobserved;
        };
        if status != Some("True") {
            let reason = reason.unwrap_or_default().to_owned();
            return Readiness::NotReady { reason };
        }
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
        let generation = number(self.cells.text(object, GENERATION));
        match (generation, number(observed)) {
            (Some(wanted), Some(seen)) if seen >= wanted => Readiness::Ready,
            (None, _) => Readiness::Ready,
            _ => Readiness::Stale,
        }
    }
}

fn annotation<'a>(manifest: &'a Manifest, name: &str) -> Option<&'a str> {
    let annotations = manifest.object.pointer("/metadata/annotations")?;
    annotations.get(name)?.as_str()
}

fn name_of(model: &Model<'_>) -> String {
    let kind = asogate_aso::v2::find(model.group, model.kind);
    kind.map_or(model.name, |kind| model.name_in_azure(kind))
        .to_owned()
}
