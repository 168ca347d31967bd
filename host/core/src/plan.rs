//! The ordered changes that one step makes.

use crate::change::{Action, Change};
use crate::object::{ObjectKey, split_api_version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// One mutating stage of the migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// v1 stops writing to Azure: every v1 object gets `skipreconcile=true`.
    PauseV1,
    /// The imported v2 manifests are applied, under `skip`.
    Import,
    /// v2 takes over: the `skip` policy is removed from the v2 objects.
    Adopt,
    /// Workloads read the Secrets of v2 instead of those of v1.
    Swap,
    /// Back to v1: v2 objects get `skip` again, v1 objects lose `skipreconcile`.
    Rollback,
    /// The v1 objects are deleted.
    Cleanup,
}

impl Step {
    /// Every step, in the order of a migration.
    pub const ALL: [Step; 6] = [
        Step::PauseV1,
        Step::Import,
        Step::Adopt,
        Step::Swap,
        Step::Rollback,
        Step::Cleanup,
    ];

    /// The name on the command line, in plans and in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Step::PauseV1 => "pause-v1",
            Step::Import => "import",
            Step::Adopt => "adopt",
            Step::Swap => "swap",
            Step::Rollback => "rollback",
            Step::Cleanup => "cleanup",
        }
    }

    /// Whether the step relies on what it leaves broken: then a standing finding blocks it.
    pub fn relies_on_standing(self) -> bool {
        matches!(self, Step::Adopt | Step::Swap | Step::Cleanup)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Step::ALL
            .into_iter()
            .find(|step| step.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Step::ALL.iter().map(|step| format!("`{step}`")).collect();
                format!("`{name}` is not a step; steps are {}", names.join(", "))
            })
    }
}

/// Why changes do not make a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Create or patch after delete, two creates, or anything after a delete of the same object.
    #[error("change {second} of `{object}` contradicts change {first} of the same object: {why}")]
    Contradiction {
        /// The object.
        object: ObjectKey,
        /// Number of the earlier change, from 1.
        first: usize,
        /// Number of the later change, from 1.
        second: usize,
        /// In words.
        why: &'static str,
    },
    /// A create whose object does not say what its key says.
    #[error("change {number} creates `{object}`, but the object given is `{given}`")]
    OtherObject {
        /// Number of the change, from 1.
        number: usize,
        /// What the change names.
        object: ObjectKey,
        /// What the object says.
        given: String,
    },
}

/// The ordered changes of one step. Its changes cannot contradict each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    step: Step,
    changes: Vec<Change>,
}

impl Plan {
    /// A plan of these changes, in this order.
    ///
    /// # Errors
    ///
    /// [`PlanError`] if two changes of one object cannot both be made, or a created object is not the one named.
    pub fn new(step: Step, changes: Vec<Change>) -> Result<Plan, PlanError> {
        let mut last: BTreeMap<&ObjectKey, usize> = BTreeMap::new();
        for (index, change) in changes.iter().enumerate() {
            if let Action::Create { object } = &change.action {
                let given = Described::of(object);
                if !given.is(change) {
                    return Err(PlanError::OtherObject {
                        number: index + 1,
                        object: change.object.clone(),
                        given: given.to_string(),
                    });
                }
            }
            let Some(earlier) = last.insert(&change.object, index) else {
                continue;
            };
            let why = match (
                changes.get(earlier).map(|change| &change.action),
                &change.action,
            ) {
                (Some(Action::Delete { .. }), Action::Create { .. }) => {
                    "deleting and creating one object in one plan is not supported, since the delete may take long"
                }
                (Some(Action::Delete { .. }), _) => "the object is gone by then",
                (_, Action::Create { .. }) => "the object exists by then",
                _ => continue,
            };
            let object = change.object.clone();
            return Err(PlanError::Contradiction {
                object,
                first: earlier + 1,
                second: index + 1,
                why,
            });
        }
        Ok(Plan { step, changes })
    }

    /// The step that the plan carries out.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The changes, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What an object says of itself. What it leaves out contradicts nothing, except for kind and name.
struct Described<'a> {
    api_version: Option<&'a str>,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

impl<'a> Described<'a> {
    fn of(object: &'a serde_json::Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(serde_json::Value::as_str);
        Described {
            api_version: text("/apiVersion"),
            kind: text("/kind").unwrap_or(""),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name").unwrap_or(""),
        }
    }

    fn is(&self, change: &Change) -> bool {
        let key = &change.object;
        let api_version = (key.kind.group.as_str(), change.version.as_str());
        self.kind == key.kind.kind
            && self.name == key.name
            && self
                .api_version
                .is_none_or(|given| split_api_version(given) == api_version)
            && self
                .namespace
                .is_none_or(|given| key.namespace.as_deref() == Some(given))
    }
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(api_version) = self.api_version {
            write!(out, "{api_version} ")?;
        }
        write!(out, "{} ", self.kind)?;
        if let Some(namespace) = self.namespace {
            write!(out, "{namespace}/")?;
        }
        out.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Preconditions, Propagation};
    use crate::object::GroupKind;
    use serde_json::{Value, json};

    fn change(name: &str, action: Action) -> Change {
        Change {
            object: ObjectKey {
                kind: GroupKind::new("cache.azure.com", "Redis"),
                namespace: Some("shop".into()),
                name: name.into(),
            },
            version: "v1".into(),
            action,
            preconditions: Preconditions::default(),
            secret_keys: vec![],
            manifest: None,
        }
    }

    fn create(object: Value) -> Action {
        Action::Create { object }
    }

    fn redis() -> Value {
        json!({"apiVersion": "cache.azure.com/v1", "kind": "Redis", "metadata": {"name": "media", "namespace": "shop"}})
    }

    fn patch() -> Action {
        Action::Patch { merge: json!({}) }
    }

    fn delete() -> Action {
        Action::Delete {
            propagation: Propagation::Background,
        }
    }

    fn error(changes: Vec<Change>) -> Option<String> {
        Plan::new(Step::Import, changes)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn changes_that_contradict_each_other_make_no_plan() {
        let two = |first: Action, second: Action| {
            error(vec![
                change("other", patch()),
                change("media", first),
                change("media", second),
            ])
        };
        assert_eq!(two(create(redis()), patch()), None);
        assert_eq!(two(patch(), patch()), None);
        assert_eq!(two(patch(), delete()), None);
        assert_eq!(
            two(delete(), patch()).unwrap(),
            "change 3 of `Redis.cache.azure.com shop/media` contradicts change 2 of the same object: the object is gone by then"
        );
        for (first, why) in [
            (delete(), "not supported, since the delete may take long"),
            (patch(), "the object exists by then"),
            (create(redis()), "the object exists by then"),
        ] {
            let error = two(first, create(redis())).unwrap();
            assert!(error.ends_with(why), "{error}");
        }
        assert!(two(delete(), delete()).is_some());
    }

    #[test]
    fn a_created_object_must_be_the_one_that_is_named() {
        let with = |pointer: &str, value: Value| {
            let mut object = redis();
            *object.pointer_mut(pointer).unwrap() = value;
            error(vec![change("media", create(object))])
        };
        assert_eq!(with("/metadata/name", json!("media")), None);
        assert_eq!(with("/metadata/namespace", Value::Null), None);
        assert_eq!(with("/apiVersion", Value::Null), None);
        assert_eq!(
            with("/metadata/name", json!("x")).unwrap(),
            "change 1 creates `Redis.cache.azure.com shop/media`, but the object given is `cache.azure.com/v1 Redis shop/x`"
        );
        for (pointer, value) in [
            ("/metadata/name", Value::Null),
            ("/metadata/namespace", json!("store")),
            ("/kind", json!("redis")),
            ("/apiVersion", json!("cache.azure.com/v2")),
            ("/apiVersion", json!("v1")),
            ("/metadata", json!([])),
        ] {
            assert!(with(pointer, value).is_some(), "{pointer}");
        }
    }

    #[test]
    fn steps_are_read_as_they_are_written() {
        for step in Step::ALL {
            assert_eq!(step.to_string().parse(), Ok(step));
            assert_eq!(serde_json::to_value(step).unwrap(), json!(step.name()));
        }
        assert_eq!(
            "clean".parse::<Step>().unwrap_err(),
            "`clean` is not a step; steps are `pause-v1`, `import`, `adopt`, `swap`, `rollback`, `cleanup`"
        );
    }
}
