//! Where the state of a cluster comes from: files that recorded it, or the API server itself.

use super::dump::{CollectError, Dump};
use super::live::{Live, Rule};
use super::recording::Spool;
use asogate_core::object::GroupKind;
use asogate_core::selector::ReadSet;
use asogate_core::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A cluster that can be read.
#[derive(Debug)]
pub enum Cluster {
    /// As it was when it was recorded.
    Recorded(Dump),
    /// As it is now.
    Live(Box<Live>),
}

/// What was read of a cluster.
#[derive(Debug)]
pub struct Collected {
    /// The objects, with the coverage of every kind.
    pub snapshot: Snapshot,
    /// Where they come from.
    pub origin: Origin,
}

/// Where a snapshot comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Files as the user named them, or the context and address of a live cluster.
    pub sources: Vec<String>,
    /// The context and address of the cluster, also of one that a snapshot file has recorded.
    pub cluster: Option<String>,
    /// When they were read; none where the source does not say it.
    pub moment: Option<Moment>,
    /// Rules of a role that would have let more be read, by the kind that they are about.
    pub missing_rules: BTreeMap<GroupKind, Rule>,
}

/// When a cluster was read, and how much it changed meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// Begin and end of the reading.
    pub time: Time,
    /// The resource version of the list of each kind, by `Kind.group`.
    pub resource_versions: BTreeMap<String, String>,
    /// How many objects had changed when everything had been read once, and were read again.
    pub read_again: usize,
}

/// A span of time, as RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Its begin.
    pub from: String,
    /// Its end.
    pub to: String,
}

impl Cluster {
    /// Reads what `read_set` asks for. `namespaces` are those that the reader is about, if not all: where a kind may not
    /// be listed in the whole cluster, it is listed in these, and is not complete all the same.
    ///
    /// # Errors
    ///
    /// [`CollectError`] if there is nothing that could be judged at all. What could be read only in part is in the
    /// coverage.
    pub fn read(
        &self,
        read_set: ReadSet,
        namespaces: &BTreeSet<String>,
    ) -> Result<Collected, CollectError> {
        match self {
            Cluster::Recorded(dump) => {
                // Files hold what they hold.
                let _ = namespaces;
                dump.read(read_set)
            }
            Cluster::Live(live) => Ok(live.read(read_set, namespaces)?),
        }
    }

    /// Reads what `read_set` asks for with everything of each object, to be written down.
    pub(super) fn record(
        &self,
        read_set: ReadSet,
        namespaces: &BTreeSet<String>,
        spool: Spool,
    ) -> Result<(Collected, Option<Spool>), CollectError> {
        match self {
            Cluster::Recorded(dump) => dump.record(read_set, spool),
            Cluster::Live(live) => Ok(live.record(read_set, namespaces, spool)?),
        }
    }
}
