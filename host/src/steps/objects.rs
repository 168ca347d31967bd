//! Reads what steps need of the objects in a snapshot.

use super::StepError;
use super::kinds::{About, Names};
use super::selection::Selection;
use asogate_aso::annotations::{RECONCILE_POLICY, SKIPRECONCILE};
use asogate_core::change::{Action, Change, Preconditions};
use asogate_core::object::{ObjectId, ObjectKey};
use asogate_core::pool::Symbol;
use asogate_core::selector::{ColumnPath, ColumnPlace};
use asogate_core::snapshot::{Object, Snapshot};
use serde_json::{Map, Value, json};

/// The cells that every step reads of the objects it is about.
pub(super) const COLUMNS: &[&str] = &[
    "metadata.labels",
    "metadata.annotations[skipreconcile]",
    "metadata.annotations[serviceoperator.azure.com/reconcile-policy]",
];

/// The objects that a request selects.
pub(super) struct Selected {
    pub(super) objects: Vec<ObjectId>,
    pub(super) count: usize,
    pub(super) unmatched: Vec<String>,
}

pub(super) fn select(selection: &Selection, about: About, snapshot: &Snapshot) -> Selected {
    let mut matched = vec![false; selection.resources.len()];
    let mut objects = vec![];
    for (id, object) in snapshot
        .objects()
        .filter(|(_, object)| about.contains(object.kind()))
    {
        let key = object.key(snapshot.pool());
        if let Some(by) = selection.selects(&key, &labels(&object, snapshot), &Names) {
            objects.push(id);
            for argument in by {
                if let Some(matched) = matched.get_mut(argument) {
                    *matched = true;
                }
            }
        }
    }
    let unmatched = selection
        .resources
        .iter()
        .zip(matched)
        .filter(|(_, matched)| !matched);
    let unmatched = unmatched
        .map(|(argument, _)| argument.to_string())
        .collect();
    Selected {
        count: objects.len(),
        objects,
        unmatched,
    }
}

fn labels(object: &Object<'_>, snapshot: &Snapshot) -> Map<String, Value> {
    cell(object, "metadata.labels", snapshot)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The text of a cell; none if the field is absent.
pub(super) fn cell<'a>(
    object: &Object<'_>,
    column: &str,
    snapshot: &'a Snapshot,
) -> Option<&'a str> {
    let path: ColumnPath = column.parse().ok()?;
    let symbol = object.cell(object.schema().place(&path)?).present()?;
    Some(snapshot.text(symbol))
}

/// The texts of a column with `[*]`, of those elements that have one.
pub(super) fn list<'a>(
    object: &Object<'_>,
    column: &str,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = &'a str> {
    let place = column
        .parse()
        .ok()
        .and_then(|path| object.schema().place(&path));
    let (cells, width, at) = match place {
        Some(ColumnPlace::List { list, column }) => {
            let width = object
                .schema()
                .lists
                .get(list)
                .map_or(1, |list| list.columns.len());
            (object.list(list), width, column)
        }
        _ => (&[] as &[Symbol], 1, 0),
    };
    cells
        .chunks_exact(width.max(1))
        .filter_map(move |row| row.get(at)?.present())
        .map(|symbol| snapshot.text(symbol))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The rows of columns that share a `[*]`: the text of each cell, none where the field is absent.
pub(super) fn rows<'a>(
    object: &Object<'_>,
    columns: &[String],
    snapshot: &'a Snapshot,
) -> Vec<Vec<Option<&'a str>>> {
    let places = columns.iter().map(|column| {
        let path: ColumnPath = column.parse().ok()?;
        match object.schema().place(&path)? {
            ColumnPlace::List { list, column } => Some((list, column)),
            ColumnPlace::Cell(_) => None,
        }
    });
    let Some(places) = places.collect::<Option<Vec<_>>>() else {
        return vec![];
    };
    let Some((list, _)) = places.first().copied() else {
        return vec![];
    };
    let lists = object.schema().lists.get(list);
    let width = lists.map_or(1, |list| list.columns.len());
    let rows = object.list(list).chunks_exact(width.max(1));
    rows.map(|row| {
        let cells = places.iter().map(|(_, column)| row.get(*column)?.present());
        cells
            .map(|symbol| symbol.map(|symbol| snapshot.text(symbol)))
            .collect()
    })
    .collect()
}

/// The value of `skipreconcile`.
pub(super) fn skip<'a>(object: &Object<'_>, snapshot: &'a Snapshot) -> Option<&'a str> {
    cell(
        object,
        &asogate_aso::annotations::column(SKIPRECONCILE),
        snapshot,
    )
}

/// The value of `serviceoperator.azure.com/reconcile-policy`.
pub(super) fn reconcile_policy<'a>(object: &Object<'_>, snapshot: &'a Snapshot) -> Option<&'a str> {
    cell(
        object,
        &asogate_aso::annotations::column(RECONCILE_POLICY),
        snapshot,
    )
}

/// A change of an object of the snapshot, bound to that very object by its uid.
pub(super) fn change(
    object: &Object<'_>,
    version: String,
    action: Action,
    snapshot: &Snapshot,
) -> Change {
    let uid = object
        .uid()
        .present()
        .map(|uid| snapshot.text(uid).to_owned());
    // A delete is judged by the annotations that the object has now, so it must not happen to a later state of it. A
    // patch of one annotation says the same whatever an operator wrote into the status meanwhile.
    let resource_version = match &action {
        Action::Delete { .. } => object
            .resource_version()
            .present()
            .map(|version| snapshot.text(version).to_owned()),
        _ => None,
    };
    Change {
        object: object.key(snapshot.pool()),
        version,
        action,
        preconditions: Preconditions {
            uid,
            resource_version,
        },
        secret_keys: vec![],
        manifest: None,
    }
}

/// A patch that sets one annotation, or removes it (`None`).
pub(super) fn annotate(name: &str, value: Option<&str>) -> Action {
    Action::Patch {
        merge: json!({"metadata": {"annotations": {name: value}}}),
    }
}

/// The API version in which a v2 object is to be written: the one in which it was applied, where that is known, since an
/// older one would lose fields (FACTS 0.11); else the one in which it was read.
pub(super) fn version_to_write(
    object: &Object<'_>,
    snapshot: &Snapshot,
) -> Result<String, StepError> {
    let read = snapshot.text(object.version());
    let Some(text) = object.whole() else {
        return Err(StepError::NotWhole(object.key(snapshot.pool())));
    };
    let whole: Value = serde_json::from_str(text).unwrap_or_default();
    let applied = last_applied(&whole).and_then(|applied| {
        let api_version = applied.get("apiVersion")?.as_str()?.to_owned();
        let (group, version) = asogate_core::object::split_api_version(&api_version);
        (group == object.kind().group).then(|| version.to_owned())
    });
    match applied {
        Some(applied) if asogate_aso::versions::is_older(read, &applied) => Ok(applied),
        _ => Ok(read.to_owned()),
    }
}

/// What `kubectl apply` was last given for this object.
pub(super) fn last_applied(object: &Value) -> Option<Value> {
    let text = object
        .pointer("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration")?
        .as_str()?;
    serde_json::from_str(text).ok()
}

/// The whole object, which the read set of the step keeps.
pub(super) fn whole(
    id: ObjectId,
    key: &ObjectKey,
    snapshot: &Snapshot,
) -> Result<Value, StepError> {
    let text = snapshot.get(id).and_then(|object| object.whole());
    text.and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| StepError::NotWhole(key.clone()))
}
