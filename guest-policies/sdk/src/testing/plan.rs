//! The plan of a case, with short forms for its changes.

use super::text;
use asogate_core::change::{Action, Change, Preconditions, Propagation, SecretKey};
use asogate_core::input::{ChangeNote, YAML11_SCALAR};
use asogate_core::object::ObjectKey;
use asogate_core::plan::Step;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The API version of each live object.
pub(super) type Versions = BTreeMap<ObjectKey, String>;

/// `plan.yaml` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    step: String,
    #[serde(default)]
    changes: Vec<Value>,
    /// The objects that the step was asked for, whether or not the plan changes them.
    #[serde(default)]
    selected: Vec<String>,
}

/// `plan.yaml` as understood.
pub(super) struct Parsed {
    /// None for `lint`.
    pub(super) step: Option<Step>,
    pub(super) changes: Vec<Change>,
    pub(super) selected: Vec<ObjectKey>,
    pub(super) notes: Vec<ChangeNote>,
}

/// One change in its short form: exactly one of the first five.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Short {
    delete: Option<String>,
    annotate: Option<String>,
    label: Option<String>,
    patch: Option<String>,
    create: Option<Value>,
    propagation: Option<Propagation>,
    with: Option<BTreeMap<String, Option<String>>>,
    merge: Option<Value>,
    version: Option<String>,
    #[serde(default)]
    secret_keys: Vec<SecretKey>,
    #[serde(default)]
    yaml11: Vec<[String; 3]>,
}

/// What a `plan.yaml` says.
pub(super) fn parse(text: &str, versions: &Versions) -> Result<Parsed, String> {
    let file: PlanFile = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let step = match file.step.as_str() {
        "lint" => None,
        step => Some(step.parse()?),
    };
    let mut notes = vec![];
    let changes = file.changes.into_iter().zip(1..).map(|(value, number)| {
        let (change, scalars) =
            change(value, versions).map_err(|error| format!("change {number}: {error}"))?;
        let scalars = scalars.iter().map(|scalar| scalar.join("\n"));
        notes.extend(scalars.map(|scalar| (number, YAML11_SCALAR, scalar)));
        Ok::<Change, String>(change)
    });
    let changes = changes.collect::<Result<_, _>>()?;
    let selected = file.selected.iter().map(|object| text::key(object));
    Ok(Parsed {
        step,
        changes,
        selected: selected.collect::<Result<_, _>>()?,
        notes,
    })
}

/// A change, and the scalars of its manifest that readers of YAML do not agree on.
fn change(value: Value, versions: &Versions) -> Result<(Change, Vec<[String; 3]>), String> {
    if value.get("action").is_some() {
        let change = serde_json::from_value(value).map_err(|error| error.to_string())?;
        return Ok((change, vec![]));
    }
    let short: Short = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let described = match (
        short.delete,
        short.annotate,
        short.label,
        short.patch,
        short.create,
    ) {
        (Some(object), None, None, None, None) => {
            let propagation = short.propagation.unwrap_or_default();
            (text::key(&object)?, None, Action::Delete { propagation })
        }
        (None, Some(object), None, None, None) => {
            let with = short.with.ok_or("`annotate` needs `with`")?;
            let merge = json!({"metadata": {"annotations": with}});
            (text::key(&object)?, None, Action::Patch { merge })
        }
        (None, None, Some(object), None, None) => {
            let with = short.with.ok_or("`label` needs `with`")?;
            let merge = json!({"metadata": {"labels": with}});
            (text::key(&object)?, None, Action::Patch { merge })
        }
        (None, None, None, Some(object), None) => {
            let merge = short.merge.ok_or("`patch` needs `merge`")?;
            (text::key(&object)?, None, Action::Patch { merge })
        }
        (None, None, None, None, Some(object)) => {
            let (key, version) = text::key_of(&object)?;
            (key, Some(version), Action::Create { object })
        }
        _ => return Err("write exactly one of delete, annotate, label, patch, create".into()),
    };
    let (object, own_version, action) = described;
    let version = short
        .version
        .or(own_version)
        .or_else(|| versions.get(&object).cloned());
    let change = Change {
        version: version.ok_or_else(|| format!("`{object}` is not in cluster.yaml"))?,
        object,
        action,
        preconditions: Preconditions::default(),
        secret_keys: short.secret_keys,
        manifest: None,
    };
    Ok((change, short.yaml11))
}

/// The changes that applying these manifests makes.
pub(super) fn import(manifests: Vec<Value>, versions: &Versions) -> Result<Vec<Change>, String> {
    let change = |object: Value| {
        let (key, version) = text::key_of(&object)?;
        let action = if versions.contains_key(&key) {
            Action::Patch { merge: object }
        } else {
            Action::Create { object }
        };
        Ok(Change {
            object: key,
            version,
            action,
            preconditions: Preconditions::default(),
            secret_keys: vec![],
            manifest: None,
        })
    };
    manifests.into_iter().map(change).collect()
}
