//! What was known of a cluster when something was judged, for reports.

use crate::collect::live::Rule;
use crate::collect::{Moment, Origin};
use asogate_core::coverage::Coverage;
use asogate_core::snapshot::Snapshot;
use serde::Serialize;

/// What was known of the cluster.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotSummary {
    /// Where it came from: files as the user named them, or the context and address of a live cluster.
    pub sources: Vec<String>,
    /// How many objects there are.
    pub objects: usize,
    /// Digest of everything that was read.
    pub digest: String,
    /// When and at which versions it was read; none for dumps, which do not say it.
    #[serde(flatten)]
    pub moment: Option<Moment>,
    /// Rules of a role that would let more of a live cluster be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_rules: Vec<Rule>,
    /// The coverage of the kinds that are not complete or of which something is known.
    pub coverage: Vec<KindCoverage>,
}

/// The coverage of one kind.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KindCoverage {
    /// The kind, as `Kind.group`.
    pub kind: String,
    /// What is known of it.
    #[serde(flatten)]
    pub coverage: Coverage,
}

impl SnapshotSummary {
    /// What is told of a snapshot with this digest.
    pub(crate) fn new(origin: Origin, snapshot: &Snapshot, digest: String) -> SnapshotSummary {
        let coverage = snapshot.coverage().iter();
        let mut missing_rules: Vec<Rule> = origin.missing_rules.into_values().collect();
        missing_rules.sort();
        SnapshotSummary {
            sources: origin.sources,
            objects: snapshot.len(),
            digest,
            moment: origin.moment,
            missing_rules,
            coverage: coverage
                .map(|(kind, coverage)| KindCoverage {
                    kind: kind.to_string(),
                    coverage,
                })
                .collect(),
        }
    }
}
