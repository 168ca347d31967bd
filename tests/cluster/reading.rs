//! Clusters as asogate's library reads them: with pages of any size, whose coverage a test can look at.

use asogate::collect::Collected;
use asogate::collect::live::{Live, Progress, Reading, Target};
use asogate_core::selector::{KindPattern, ObjectSelector, ReadSet, Selector};
use std::path::Path;

pub(crate) struct Silent;

impl Progress for Silent {
    fn begin(&self, _: usize) {}
    fn objects(&self, _: usize) {}
    fn kind(&self) {}
    fn end(&self) {}
}

/// The newest version is the last one in the order of letters, for the kinds that are asked for here.
pub(crate) fn newest(group: &str, versions: &[&str]) -> Option<usize> {
    let written = versions
        .iter()
        .filter(|version| !version.ends_with("storage"));
    let last = written.max()?;
    group
        .ends_with(".azure.com")
        .then(|| versions.iter().position(|version| version == last))?
}

/// The cluster of a kubeconfig.
pub(crate) fn of(kubeconfig: &Path, page: usize) -> Live {
    let target = Target {
        files: vec![kubeconfig.to_owned()],
        named: true,
        ..Target::default()
    };
    opened(&target, page)
}

/// The cluster that is meant.
pub(crate) fn opened(target: &Target, page: usize) -> Live {
    let reading = Reading {
        page,
        ..Reading::new(newest)
    };
    Live::open(target, reading, Box::new(Silent), || {}).unwrap()
}

/// The objects of these kinds, with nothing but their labels.
pub(crate) fn read(live: &Live, group: &str, kind: &str, namespaces: &[&str]) -> Collected {
    let mut read_set = ReadSet::default();
    read_set.add(&[Selector::Objects(ObjectSelector {
        table: "objects".into(),
        kinds: KindPattern::new(group, kind),
        columns: vec!["metadata.labels".parse().unwrap()],
    })]);
    let namespaces = namespaces.iter().map(ToString::to_string).collect();
    live.read(read_set, &namespaces).unwrap()
}
