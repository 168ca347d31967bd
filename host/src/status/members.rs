//! The objects of a row: what each operator does with them.

use asogate_aso::reconcile_policy::ReconcilePolicy;
use asogate_core::change::Position;
use asogate_core::object::ObjectKey;
use serde::{Serialize, Serializer};

/// What v1 does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum V1State {
    /// There is no v1 object.
    Absent,
    /// None was read, but not all were.
    Unknown,
    /// It writes to Azure.
    Active,
    /// It waits for an operation in Azure.
    InFlight,
    /// Its last operation failed.
    Failed,
    /// `skipreconcile` keeps v1 away.
    Paused,
    /// It is being deleted, whatever its status says (FACTS 0.17).
    Terminating,
}

/// How the last operation of a v1 object went, as its status says. Under `skipreconcile` that is frozen (FACTS (c)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// `status.provisioned`.
    Provisioned,
    /// `status.provisioning`, or `status.pollingUrl` is set.
    InFlight,
    /// `status.failedProvisioning`.
    Failed,
    /// The status says nothing.
    Unreported,
}

/// A v1 object.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct V1Member {
    /// The object.
    pub object: ObjectKey,
    /// Its state in one word.
    pub state: V1State,
    /// Whether `skipreconcile` keeps v1 away.
    pub paused: bool,
    /// A value of `skipreconcile` that does not pause.
    pub ineffective_pause: Option<String>,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// What its status says.
    pub progress: Progress,
    /// Whether an operator looks at its namespace, as far as the settings say.
    pub watched: bool,
}

/// What v2 does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum V2State {
    /// There is no v2 object.
    Absent,
    /// None was read, but not all were; or the policy that it follows is not known.
    Unknown,
    /// It stands in the import files only.
    InImportFile,
    /// It is in the cluster under `skip`, and v2 has said nothing about it.
    Applied,
    /// It is under `skip`, and v2 says that something is not well.
    Skipped,
    /// It is under `skip`, and v2 finds the resource and has written its exports.
    Ready,
    /// v2 writes to Azure.
    Managed,
    /// It is being deleted.
    Terminating,
}

/// What the condition `Ready` of a v2 object says (FACTS (h)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Readiness {
    /// `True`, for the current generation.
    Ready,
    /// `True`, but for an older generation than the object has, or it does not say for which.
    Stale,
    /// Not `True`.
    NotReady {
        /// The reason of the condition; empty if it has none.
        reason: String,
    },
    /// There is no such condition: v2 has never looked at the object, or it is in a file.
    Unobserved,
}

/// The policy that v2 follows for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// The policy.
    #[serde(serialize_with = "policy_name")]
    pub effective: ReconcilePolicy,
    /// Where it comes from.
    pub from: PolicySource,
    /// Whether a value was passed over that is no policy.
    pub ignored_value: bool,
}

/// Where a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicySource {
    /// The object's annotation.
    Object,
    /// The annotation of its namespace.
    Namespace,
    /// The operator's default.
    Operator,
}

fn policy_name<S: Serializer>(policy: &ReconcilePolicy, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(policy.name())
}

/// A v2 object.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct V2Member {
    /// The object.
    pub object: ObjectKey,
    /// The API version in which it was read, or in which the file writes it.
    pub version: String,
    /// Its state in one word.
    pub state: V2State,
    /// The policy that v2 follows for it; null if that is not known.
    pub policy: Option<Policy>,
    /// What v2 says of it.
    pub ready: Readiness,
    /// Whether it is under `skip`, and v2 has begun to write it once (FACTS 0.12).
    pub managed_before: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether an operator looks at its namespace, as far as the settings say.
    pub watched: bool,
    /// Where it stands in the import files.
    pub position: Option<Position>,
}

impl V1Member {
    /// Whether v1 writes to Azure for it, or would as soon as it runs.
    pub(super) fn writes(&self) -> bool {
        !self.paused && self.watched
    }
}

impl V2Member {
    /// Whether it is in the cluster.
    pub(super) fn is_live(&self) -> bool {
        self.state != V2State::InImportFile
    }

    /// Whether v2 writes to Azure for it, or would as soon as it runs; none if that is not known.
    pub(super) fn writes(&self) -> Option<bool> {
        if !self.is_live() {
            return Some(false);
        }
        Some(self.policy?.effective.puts() && self.watched)
    }
}
