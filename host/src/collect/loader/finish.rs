//! The end of loading files: what is known of their completeness, and the snapshot.

use super::{FinishError, Inner, Loaded, Loader};
use crate::collect::coverage::{AssumeComplete, Evidence};
use crate::collect::error::LoadCause;
use asogate_core::coverage::{Coverage, CoverageMap};
use asogate_core::object::GroupKind;
use asogate_core::selector::KindPattern;
use asogate_core::snapshot::SnapshotBuilder;
use std::collections::BTreeSet;
use std::ops::Range;

impl Loader {
    /// The snapshot of everything that was loaded. `operators` are the kinds whose presence says that operators, and
    /// therefore Secrets and Namespaces, must exist.
    ///
    /// # Errors
    ///
    /// [`FinishError`] if `assume` names a kind that nothing is known of, or the files do not go together.
    pub fn finish(
        self,
        assume: &AssumeComplete,
        operators: &[KindPattern],
    ) -> Result<Loaded, FinishError> {
        // A snapshot file holds the answers to every question; what it says to one is what the cluster would have said to
        // it, in the same order.
        let recorded = self.files.iter().all(|file| file.header.is_some());
        let as_live = recorded && !self.files.is_empty() && *assume == AssumeComplete::Nothing;
        let Inner {
            mut builder,
            extractor,
            mut coverage,
            truncated,
            ..
        } = self.inner;
        let mut classes = extractor.into_classify();
        if classes.mixed() {
            return Err(FinishError::Load(LoadCause::MixedClasses));
        }
        let stated = coverage.clone();
        for page in truncated {
            for kind in page.kinds(&builder) {
                let reason = page.reason.clone();
                coverage.set(kind, Coverage::Truncated { reason });
            }
        }
        let record = builder.read_set().record;
        if as_live && !record {
            let asked = builder.read_set().kinds();
            coverage = coverage.restricted(&asked);
            keep_only(&mut builder, &asked);
        }
        let mut snapshot = match as_live || record {
            true => builder.finish_arranged(CoverageMap::default(), &mut classes),
            false => builder.finish(CoverageMap::default()),
        };
        // Without a word of the user there is nothing to hold against the objects.
        if *assume != AssumeComplete::Nothing {
            let evidence = Evidence::of(&snapshot, operators);
            assume.apply(&mut coverage, &stated, snapshot.read_set(), &evidence)?;
        }
        snapshot.set_coverage(coverage);
        snapshot.keep_classes(Box::new(classes));
        Ok(Loaded {
            snapshot,
            files: self.files,
        })
    }
}

/// Takes back the objects of kinds that nobody asks for.
fn keep_only(builder: &mut SnapshotBuilder, asked: &[KindPattern]) {
    let schemas = builder.store().schemas();
    let others: Vec<GroupKind> = schemas
        .map(|(_, schema)| &schema.kind)
        .filter(|kind| {
            let mut asked = asked.iter();
            !asked.any(|asked| asked.matches(&kind.group, &kind.kind))
        })
        .cloned()
        .collect();
    for kind in others {
        for position in builder.positions(&kind) {
            builder.retract(position);
        }
    }
}

/// A list of which a part is missing.
#[derive(Debug)]
pub(super) struct Page {
    /// Its kind, if it is a list of one kind.
    pub(super) kind: Option<GroupKind>,
    /// Else the positions of its objects.
    pub(super) objects: Range<usize>,
    pub(super) reason: String,
}

impl Page {
    fn kinds(&self, builder: &SnapshotBuilder) -> BTreeSet<GroupKind> {
        match &self.kind {
            Some(kind) => BTreeSet::from([kind.clone()]),
            None => self
                .objects
                .clone()
                .filter_map(|position| builder.kind_at(position).cloned())
                .collect(),
        }
    }
}
