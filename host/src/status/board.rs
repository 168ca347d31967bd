//! What the board says: one row for each Azure resource, with the objects of both operators that stand for it, how far its
//! migration has come, and what is in the way of the next step.

pub use super::members::{
    Policy, PolicySource, Progress, Readiness, V1Member, V1State, V2Member, V2State,
};
use crate::known::SnapshotSummary;
use asogate_core::finding::{Code, Level, Remedy};
use asogate_core::object::ObjectKey;
use asogate_core::plan::Step;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole board.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// The rows that are shown, the dangerous ones first.
    pub rows: Vec<Row>,
    /// Numbers of the rows that are shown.
    pub totals: Totals,
    /// How many rows there are without the filters.
    pub all: usize,
    /// The steps that are next for some resource, in the order of a migration.
    pub steps: Vec<StepState>,
    /// What could not be determined, in one line each. If there is anything, rows may be missing.
    pub undetermined: Vec<String>,
    /// What was known of the cluster.
    pub snapshot: Option<SnapshotSummary>,
}

/// One Azure resource, or what cannot be told to be one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What it is in Azure.
    pub azure: Azure,
    /// How far its migration has come.
    pub stage: Stage,
    /// What is wrong with it already, whatever is done next.
    pub dangers: Vec<Known>,
    /// In one word, what v1 does with it.
    pub v1_state: V1State,
    /// The v1 objects that stand for it.
    pub v1: Vec<V1Member>,
    /// v1 objects that manage it beside a resource of their own (a rule of an Event Hub, a subnet, a retention policy).
    pub managed_by: Vec<ObjectKey>,
    /// In one word, what v2 does with it.
    pub v2_state: V2State,
    /// The v2 objects that stand for it, those of the import files included.
    pub v2: Vec<V2Member>,
    /// The Secrets that v1 wrote for it, and who reads them.
    pub secrets: Secrets,
    /// What comes next; none if nothing does.
    pub next: Option<Next>,
    /// What the policies say of it beside what blocks the next step: what the step mends, and what a person should look at.
    pub notes: Vec<Note>,
}

/// What a row is in Azure.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Azure {
    /// The ARM id, as one of the objects writes it. Of something without one (a database user) that of what it is in.
    pub id: Option<String>,
    /// The type: `Microsoft.Storage/storageAccounts`.
    #[serde(rename = "type")]
    pub resource_type: Option<String>,
    /// The resource group.
    pub resource_group: Option<String>,
    /// Whether `id` is what the resource is in, because it has no id of its own.
    pub inside: bool,
    /// Why it is not known which resource it is.
    pub unidentified: Option<String>,
}

/// How far the migration of a resource has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It cannot be told.
    Unknown,
    /// v1 writes to Azure.
    Start,
    /// v1 is paused, and no v2 object is in the cluster.
    Paused,
    /// It stands in the import files only: v1 does not know it, and the cluster does not yet.
    InFile,
    /// The v2 object is in the cluster, under `skip`, and v1 does not write: nobody does.
    Imported,
    /// v2 writes to Azure, and workloads may still read what v1 left.
    Adopted,
    /// v2 writes to Azure, nobody reads a Secret of v1 any more, and the v1 object is still there.
    Swapped,
    /// v2 writes to Azure, and there is no v1 object.
    Done,
}

/// Something that can lose or overwrite a resource now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Danger {
    /// An object is being deleted, and its operator deletes the resource in Azure (FACTS 0.17, (e)).
    DeletedInAzure,
    /// A v1 object that is not paused has an owner that is being deleted: it goes with it, and the resource too (FACTS 0.3, 0.15).
    GoesWithItsOwner,
    /// Two objects write to it; the last one wins, and both look well (FACTS 0.13, 0.19).
    TwoWriters,
    /// v2 does not find it in Azure; released from `skip`, v2 creates a new one (FACTS (i) stage 4).
    NotInAzure,
    /// Two objects of one operator stand for it.
    Doubled,
}

/// A danger of one resource, and what ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// What it is.
    pub danger: Danger,
    /// What to do about it.
    pub remedy: Remedy,
}

/// The Secrets that v1 wrote for a resource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Secrets {
    /// Their names, as `namespace/name`.
    pub names: Vec<String>,
    /// How many objects read them that run, or will when their time comes; null if not all that may were read.
    pub consumers: Option<usize>,
    /// These objects, as far as they were read.
    pub read_by: Vec<ObjectKey>,
    /// Whether what they read has a source in v2.
    pub sources: Sources,
    /// Whether v1 keeps them in a Key Vault instead of the cluster.
    pub in_key_vault: bool,
}

/// Whether what workloads read of v1's Secrets has a source in v2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sources {
    /// Nobody reads them.
    #[default]
    NotNeeded,
    /// Every key that is read has one.
    Mapped,
    /// Some key has none, or there is no v2 object yet.
    Unmapped,
    /// It was not judged.
    Unknown,
}

/// The next step of a resource.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// The step.
    pub step: Step,
    /// Whether it may be taken, as far as this resource goes.
    pub gate: Gate,
    /// What is in the way.
    pub blocked_by: Vec<Blocker>,
    /// What to do to go on: for an open gate what shows the step, else what mends the first thing in its way.
    pub go_on: Option<Remedy>,
}

/// Whether a step may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// It could not be determined.
    Unknown,
    /// Something is in the way.
    Closed,
    /// Nothing is in the way.
    Open,
}

/// One thing in the way of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// What a policy found; none for what the board knows itself (there is no v2 object in the import files).
    pub code: Option<Code>,
    /// The object that it is about.
    pub subject: Option<ObjectKey>,
    /// What is wrong, in one line.
    pub message: String,
    /// What can be done.
    pub remedies: Vec<Remedy>,
}

/// Something that a policy says of a resource and that blocks nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// What was found.
    pub code: Code,
    /// How bad it is.
    pub level: Level,
    /// Whether the next step mends it.
    pub mended: bool,
    /// The object that it is about.
    pub subject: Option<ObjectKey>,
    /// What is wrong, in one line.
    pub message: String,
}

/// One step, judged for all resources for which it is next.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepState {
    /// The step.
    pub step: Step,
    /// How many of the selected resources it is next for.
    pub resources: usize,
    /// How many of them it may be taken for.
    pub open: usize,
    /// For how many something is in the way.
    pub closed: usize,
    /// For how many it could not be determined.
    pub unknown: usize,
    /// What is in the way of all of them.
    pub blocked_by: Vec<Blocker>,
    /// What could not be determined, in one line each.
    pub undetermined: Vec<String>,
    /// What to type.
    pub command: String,
}

/// Numbers of rows and objects. Each row counts once in `stages`, and each object once in `v1` or `v2`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Rows.
    pub resources: usize,
    /// Rows with a danger.
    pub dangerous: usize,
    /// Rows whose next step is blocked.
    pub blocked: usize,
    /// Rows of which the stage or the gate is not known.
    pub unknown: usize,
    /// Rows whose next step may be taken.
    pub open: usize,
    /// Rows by stage.
    pub stages: BTreeMap<Stage, usize>,
    /// v1 objects by state.
    pub v1: BTreeMap<V1State, usize>,
    /// v2 objects by state, those that stand only in the import files included.
    pub v2: BTreeMap<V2State, usize>,
}

impl Row {
    /// Whether the stage or the gate of the next step is not known.
    pub fn is_unknown(&self) -> bool {
        self.stage == Stage::Unknown || self.gate() == Some(Gate::Unknown)
    }

    /// Whether something is in the way of the next step.
    pub fn is_blocked(&self) -> bool {
        self.gate() == Some(Gate::Closed)
    }

    /// The gate of the next step.
    pub fn gate(&self) -> Option<Gate> {
        self.next.as_ref().map(|next| next.gate)
    }

    /// The objects of the row, v1's first.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectKey> {
        let of_v1 = self.v1.iter().map(|member| &member.object);
        of_v1.chain(self.v2.iter().map(|member| &member.object))
    }

    /// The object that a row is named after: v1's, else v2's.
    pub fn first(&self) -> Option<&ObjectKey> {
        self.objects().next()
    }
}

impl Stage {
    /// Every stage, in the order of a migration.
    pub const ALL: [Stage; 8] = [
        Stage::Unknown,
        Stage::Start,
        Stage::Paused,
        Stage::InFile,
        Stage::Imported,
        Stage::Adopted,
        Stage::Swapped,
        Stage::Done,
    ];

    /// The name on the command line, in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Unknown => "unknown",
            Stage::Start => "start",
            Stage::Paused => "paused",
            Stage::InFile => "in-file",
            Stage::Imported => "imported",
            Stage::Adopted => "adopted",
            Stage::Swapped => "swapped",
            Stage::Done => "done",
        }
    }
}

impl std::str::FromStr for Stage {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Stage::ALL
            .into_iter()
            .find(|stage| stage.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = Stage::ALL.iter().map(|stage| stage.name()).collect();
                format!("`{name}` is not a stage; stages are {}", names.join(", "))
            })
    }
}

impl Danger {
    /// In a few words, after the name of a resource.
    pub fn in_words(self) -> &'static str {
        match self {
            Danger::DeletedInAzure => "is being deleted in Azure",
            Danger::GoesWithItsOwner => "goes with its owner, in Azure too",
            Danger::TwoWriters => "has two writers",
            Danger::NotInAzure => "is not found in Azure by v2",
            Danger::Doubled => "has two objects of one operator",
        }
    }
}
