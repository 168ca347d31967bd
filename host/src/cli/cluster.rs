//! Opens the cluster that the arguments name.

use super::arguments::SnapshotArgs;
use super::{Failure, inputs};
use crate::collect::coverage::AssumeComplete;
use crate::collect::files::Purpose;
use crate::collect::{Cluster, Dump};
use asogate_core::selector::KindPattern;

/// The cluster that the arguments name.
pub(super) fn open(arguments: &SnapshotArgs) -> Result<Cluster, Failure> {
    Ok(Cluster::Recorded(recorded(arguments)?))
}

/// The recorded cluster.
fn recorded(arguments: &SnapshotArgs) -> Result<Dump, Failure> {
    if arguments.snapshot.is_empty() {
        let why = "give the recorded cluster with --snapshot PATH…: what `kubectl get … -A -o yaml` printed, or a folder of that";
        return Err(Failure::Usage(why.into()));
    }
    let sources = inputs::open(&arguments.snapshot, Purpose::Snapshot, false)?;
    let assume = arguments.assume_complete.as_deref();
    if assume.is_some_and(|kinds| kinds.split(',').all(|kind| kind.trim().is_empty())) {
        let why = "`--assume-complete=` names no kind; name those that are complete, or leave out the `=` to vouch for all";
        return Err(Failure::Usage(why.into()));
    }
    let assume =
        AssumeComplete::from_flag(assume.map(|kinds| Some(kinds).filter(|kinds| *kinds != "*")));
    Ok(Dump::new(sources, assume, operators()))
}

/// The kinds of both operators, whose objects never stand alone in a cluster (see `collect::coverage`).
fn operators() -> Vec<KindPattern> {
    let pattern = |group: String| KindPattern::new(group, "*");
    vec![
        pattern(asogate_aso::v1::GROUP.into()),
        pattern(format!("*{}", asogate_aso::v2::GROUP_SUFFIX)),
    ]
}
