//! Plans as files: what `asogate plan -o` writes and `asogate check --plan` reads (`docs/plan-format.md`).

use asogate_core::change::Change;
use asogate_core::digest::Digest;
use asogate_core::plan::{Plan, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `apiVersion` of the file.
pub const API_VERSION: &str = "asogate.dev/v1alpha1";
/// `kind` of the file.
pub const KIND: &str = "Plan";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    api_version: String,
    kind: String,
    step: Step,
    /// Digest of what was known of the cluster when the plan was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    changes: Vec<Change>,
}

/// Why a file is not a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}{separator}{reason}", separator = if path.is_empty() { "" } else { ": " })]
pub struct PlanFileError {
    /// The path of the field that is wrong; empty for the whole.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

/// The plan as a file: canonical JSON (sorted keys, two spaces), so that equal plans are equal files.
///
/// # Errors
///
/// None that a plan can cause; what serde says is passed on.
pub fn render(plan: &Plan, snapshot: Option<&Digest>) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(&sorted(to_value(plan, snapshot)?))?;
    Ok(text + "\n")
}

/// The digest to which a permit binds: of the step and its changes, whatever the spacing of the file and whenever the
/// snapshot was taken.
///
/// # Errors
///
/// As for [`render`].
pub fn digest(plan: &Plan) -> serde_json::Result<Digest> {
    Ok(Digest::of_canonical_json(&to_value(plan, None)?))
}

fn to_value(plan: &Plan, snapshot: Option<&Digest>) -> serde_json::Result<Value> {
    serde_json::to_value(File {
        api_version: API_VERSION.into(),
        kind: KIND.into(),
        step: plan.step(),
        snapshot: snapshot.map(Digest::to_string),
        changes: plan.changes().to_vec(),
    })
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            fields.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// Reads a plan file.
///
/// # Errors
///
/// [`PlanFileError`] with the path of the first thing that is wrong.
pub fn parse(text: &str) -> Result<Plan, PlanFileError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        PlanFileError {
            path: if path == "." { String::new() } else { path },
            reason: error.into_inner().to_string(),
        }
    })?;
    let whole = |reason: String| PlanFileError {
        path: String::new(),
        reason,
    };
    json.end().map_err(|error| whole(error.to_string()))?;
    if file.api_version != API_VERSION || file.kind != KIND {
        let found = format!("`{}`, `{}`", file.api_version, file.kind);
        return Err(whole(format!(
            "apiVersion and kind are {found}, but must be `{API_VERSION}`, `{KIND}`"
        )));
    }
    Plan::new(file.step, file.changes).map_err(|error| whole(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use asogate_core::change::{Action, Preconditions, Propagation};
    use asogate_core::object::{GroupKind, ObjectKey};

    fn plan() -> Plan {
        let object = ObjectKey {
            kind: GroupKind::new("azure.microsoft.com", "StorageAccount"),
            namespace: Some("shop".into()),
            name: "media".into(),
        };
        let change = Change {
            object,
            version: "v1alpha1".into(),
            action: Action::Delete {
                propagation: Propagation::Background,
            },
            preconditions: Preconditions {
                uid: Some("u".into()),
                resource_version: None,
            },
            secret_keys: vec![],
            manifest: None,
        };
        Plan::new(Step::Cleanup, vec![change]).unwrap()
    }

    #[test]
    fn plans_survive_the_way_through_a_file() {
        let text = render(&plan(), None).unwrap();
        assert_eq!(parse(&text).unwrap(), plan());
        assert_eq!(render(&parse(&text).unwrap(), None).unwrap(), text);
    }

    #[test]
    fn the_digest_depends_on_changes_and_not_on_the_snapshot() {
        let other = Plan::new(Step::Cleanup, vec![]).unwrap();
        assert_ne!(digest(&plan()).unwrap(), digest(&other).unwrap());
        let snapshot = Digest::of_bytes(b"x");
        let file = render(&plan(), Some(&snapshot)).unwrap();
        assert_eq!(
            digest(&parse(&file).unwrap()).unwrap(),
            digest(&plan()).unwrap()
        );
    }

    #[test]
    fn files_that_are_not_plans_are_refused_with_what_is_wrong() {
        let good = render(&plan(), None).unwrap();
        for (from, to, expected) in [
            ("\"Plan\"", "\"Verdict\"", "must be"),
            ("\"step\"", "\"stpe\"", "stpe"),
            ("background", "bakground", "changes[0].action"),
            ("\"cleanup\"", "\"clean-up\"", "step"),
        ] {
            let error = parse(&good.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = parse(&format!("{good}x")).unwrap_err().to_string();
        assert!(error.contains("trailing"), "{error}");
    }
}
