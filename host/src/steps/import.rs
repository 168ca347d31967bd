//! `import`: the manifests are applied, as `kubectl apply` does it: new objects are created, existing ones get a
//! three-way merge (what the manifest says is set, what the last applied manifest said and this one does not is removed,
//! everything else stays).

use super::kinds::Names;
use super::objects::{last_applied, whole};
use super::selection::Namespaces;
use super::{Request, StepError, three_way};
use crate::collect::manifest::Manifest;
use asogate_core::change::{Action, Change, Preconditions};
use asogate_core::object::ObjectKey;
use asogate_core::snapshot::Snapshot;
use serde_json::{Map, Value};

pub(super) struct Imported {
    pub(super) changes: Vec<Change>,
    pub(super) selected: usize,
    pub(super) unmatched: Vec<String>,
}

/// One create or patch for every selected manifest, in the order of the files.
pub(super) fn changes(request: &Request<'_>, snapshot: &Snapshot) -> Result<Imported, StepError> {
    let selection = request.selection;
    let mut matched = vec![false; selection.resources.len()];
    let mut imported = Imported {
        changes: vec![],
        selected: 0,
        unmatched: vec![],
    };
    for manifest in request.manifests {
        let (key, object) = in_namespace(manifest, &selection.namespaces)?;
        let labels = object
            .pointer("/metadata/labels")
            .and_then(Value::as_object);
        let nothing = Map::new();
        // -n is no filter here: like kubectl, it gives the namespace of manifests that name none.
        let everywhere = super::selection::Selection {
            namespaces: Namespaces::All,
            ..selection.clone()
        };
        let Some(by) = everywhere.selects(&key, labels.unwrap_or(&nothing), &Names) else {
            continue;
        };
        for argument in by {
            if let Some(matched) = matched.get_mut(argument) {
                *matched = true;
            }
        }
        imported.selected += 1;
        imported
            .changes
            .extend(apply(manifest, key, object, snapshot)?);
    }
    let unmatched = selection
        .resources
        .iter()
        .zip(matched)
        .filter(|(_, matched)| !matched);
    imported.unmatched = unmatched
        .map(|(argument, _)| argument.to_string())
        .collect();
    Ok(imported)
}

/// The manifest's identity, with the namespace that `-n` gives if it names none.
pub(super) fn key(manifest: &Manifest, namespaces: &Namespaces) -> ObjectKey {
    let mut key = manifest.key.clone();
    if let Namespaces::One(given) = namespaces
        && key.namespace.is_none()
        && !is_cluster_scoped(&key)
    {
        key.namespace = Some(given.clone());
    }
    key
}

/// The manifest's identity and object, both with the namespace that `-n` gives if it names none.
fn in_namespace(
    manifest: &Manifest,
    namespaces: &Namespaces,
) -> Result<(ObjectKey, Value), StepError> {
    let key = key(manifest, namespaces);
    if let (Namespaces::One(wanted), Some(namespace)) = (namespaces, &manifest.key.namespace)
        && namespace != wanted
    {
        return Err(StepError::OtherNamespace {
            position: manifest.position.clone(),
            object: manifest.key.clone(),
            namespace: namespace.clone(),
            wanted: wanted.clone(),
        });
    }
    let mut object = manifest.object.clone();
    if key.namespace != manifest.key.namespace
        && let Some(namespace) = &key.namespace
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("namespace".into(), Value::String(namespace.clone()));
    }
    Ok((key, object))
}

/// Whether a kind that occurs in import files has no namespace. All kinds of both operators have one (FACTS (a), (b)).
fn is_cluster_scoped(key: &ObjectKey) -> bool {
    matches!(
        (key.kind.group.as_str(), key.kind.kind.as_str()),
        ("", "Namespace" | "Node" | "PersistentVolume")
            | (
                "rbac.authorization.k8s.io",
                "ClusterRole" | "ClusterRoleBinding"
            )
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("storage.k8s.io", "StorageClass")
            | ("admissionregistration.k8s.io", _)
    )
}

/// What applying the manifest does; nothing if the live object says it all already.
fn apply(
    manifest: &Manifest,
    key: ObjectKey,
    object: Value,
    snapshot: &Snapshot,
) -> Result<Option<Change>, StepError> {
    let (action, preconditions) = match snapshot.find(&key) {
        None => (Action::Create { object }, Preconditions::default()),
        Some(_) if key.kind.group.is_empty() && key.kind.kind == "Secret" => {
            // The values of a Secret are never read, so what applying it changes is not known: it counts as a change.
            let live = snapshot.find(&key).and_then(|id| snapshot.get(id));
            (
                Action::Patch { merge: object },
                live.map(|live| bound(&live, snapshot)).unwrap_or_default(),
            )
        }
        Some(id) => {
            let live = whole(id, &key, snapshot)?;
            let merge = three_way::patch(last_applied(&live).as_ref(), &object, &live);
            let preconditions = snapshot
                .get(id)
                .map(|live| bound(&live, snapshot))
                .unwrap_or_default();
            let Some(merge) = merge else { return Ok(None) };
            (Action::Patch { merge }, preconditions)
        }
    };
    Ok(Some(Change {
        object: key,
        version: manifest.version.clone(),
        action,
        preconditions,
        secret_keys: manifest.secret_keys.clone(),
        manifest: Some(manifest.position.clone()),
    }))
}

fn bound(live: &asogate_core::snapshot::Object<'_>, snapshot: &Snapshot) -> Preconditions {
    let uid = live
        .uid()
        .present()
        .map(|uid| snapshot.text(uid).to_owned());
    Preconditions {
        uid,
        resource_version: None,
    }
}
