//! What a policy says of itself.

use super::settings::SettingsSchema;
use asogate_core::finding::Level;
use asogate_core::plan::Step;

/// Identity of a policy, and all that it can say. Checked: names are unique and fit to be shown.
#[derive(Debug)]
pub struct Manifest {
    /// Kebab-case, unique in a run.
    pub id: String,
    /// Semantic version.
    pub version: String,
    /// The invariant that the policy guards, in one line.
    pub summary: String,
    /// What it can find, in its own order.
    pub codes: Vec<CodeInfo>,
    /// When it has something to say.
    pub steps: Steps,
    /// What its settings may be.
    pub settings: SettingsSchema,
}

impl Manifest {
    /// The code with this name.
    pub fn code(&self, name: &str) -> Option<&CodeInfo> {
        self.codes.iter().find(|code| code.name == name)
    }
}

/// One thing that a policy can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// Kebab-case, unique within the policy.
    pub name: String,
    /// Level of findings that do not say another one.
    pub default_level: Level,
    /// Every level that a finding of this code may have, the worst first.
    pub levels: Vec<Level>,
    /// What the code says, in one line.
    pub summary: String,
    /// What it means, why it matters and what to do. May have several lines.
    pub explanation: String,
}

/// The steps for which a policy has something to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// All steps, and `lint`.
    pub all: bool,
    /// Files alone, without a cluster.
    pub lint: bool,
    /// These steps.
    pub steps: Vec<Step>,
}

impl Steps {
    /// Whether the policy judges this step (none: `lint`).
    pub fn include(&self, step: Option<Step>) -> bool {
        self.all || step.map_or(self.lint, |step| self.steps.contains(&step))
    }
}
