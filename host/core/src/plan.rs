//! The ordered changes that one step makes.

use crate::change::{Action, Change};
use crate::object::ObjectKey;
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

    /// Whether the step relies on what it leaves broken: then a standing finding blocks it (DESIGN, "Fail closed").
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
                let given = described(object);
                let expected = (
                    change.object.kind.kind.as_str(),
                    change.object.name.as_str(),
                );
                if (given.0, given.1) != expected {
                    let given = format!("{} {}", given.0, given.1);
                    return Err(PlanError::OtherObject {
                        number: index + 1,
                        object: change.object.clone(),
                        given,
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

fn described(object: &serde_json::Value) -> (&str, &str) {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(serde_json::Value::as_str)
            .unwrap_or("")
    };
    (text("/kind"), text("/metadata/name"))
}
