//! What a live cluster needs of a loader: pages of lists that are read apart and can be taken back, and a snapshot in an
//! order of its own.

use super::{Inner, Loader};
use crate::collect::error::{LoadCause, LoadError};
use crate::collect::json;
use asogate_core::object::GroupKind;
use asogate_core::snapshot::{Contradiction, Snapshot, SnapshotBuilder};

/// What one page says of its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::collect) struct ListPage {
    /// What it says that its objects are, also if it has none.
    pub(in crate::collect) of: Option<GroupKind>,
    /// What to ask for the next page with; none on the last one.
    pub(in crate::collect) next: Option<String>,
    /// The version of the list; empty if it does not say it.
    pub(in crate::collect) resource_version: String,
}

/// One page of a list while it is read, apart from all others: it needs nothing of them, and its tables are small enough
/// for the processor's caches.
pub(in crate::collect) struct Apart(Inner);

impl Apart {
    /// Reads the text of a page of a live cluster, whose objects must all be of `kind`. After an error, what was read of
    /// the page stays, if it is of the kind.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the text is not one list of whole objects of the kind.
    pub(in crate::collect) fn read(
        &mut self,
        name: &str,
        kind: &GroupKind,
        text: &str,
    ) -> Result<ListPage, LoadError> {
        self.0.reserve(text.len());
        let page = json::page(&mut self.0, name, text);
        let wrong = {
            let mut schemas = self
                .0
                .builder
                .store()
                .schemas()
                .map(|(_, schema)| &schema.kind);
            let stated = page.as_ref().ok().map(|page| page.of.as_ref());
            match stated {
                // An empty list of something else is no answer.
                Some(None) => Some("it does not say of what it is a list".to_owned()),
                Some(Some(of)) if of != kind => Some(not_of(of, kind)),
                Some(Some(_)) | None => {
                    let other = schemas.find(|found| *found != kind);
                    other.map(|other| not_of(other, kind))
                }
            }
        };
        let Some(wrong) = wrong else {
            return page;
        };
        self.0 = self.0.part();
        page.and(Err(LoadError {
            file: name.to_owned(),
            at: None,
            object: None,
            cause: LoadCause::Object(wrong),
        }))
    }
}

fn not_of(found: &GroupKind, kind: &GroupKind) -> String {
    format!("it is a `{found}`, where a list of `{kind}` was asked for")
}

impl Loader {
    /// Nothing yet of one page, to be taken in with [`Loader::take_in`].
    pub(in crate::collect) fn apart(&self) -> Apart {
        Apart(self.inner.part())
    }

    /// Takes in a page of the list at `name`, and tells how many objects are new.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if one of them is there already and differs. It is not taken in, all others are.
    pub(in crate::collect) fn take_in(
        &mut self,
        name: &str,
        part: Apart,
    ) -> Result<usize, (usize, LoadError)> {
        let before = self.inner.builder.len();
        let taken = self.inner.absorb(part.0);
        let now = self.inner.builder.len();
        if let Some(spool) = &mut self.inner.spool {
            for position in before..now {
                let builder = &mut self.inner.builder;
                builder.replace_whole(position, |text| spool.keep(text));
            }
        }
        let error = |twice: Contradiction| LoadError {
            file: name.to_owned(),
            at: None,
            object: None,
            cause: LoadCause::Contradiction(twice.0),
        };
        match taken {
            Ok(()) => Ok(now - before),
            Err(twice) => Err((now - before, error(twice))),
        }
    }

    /// The objects so far, to be compared with what a cluster says later.
    pub(in crate::collect) fn builder(&mut self) -> &mut SnapshotBuilder {
        &mut self.inner.builder
    }

    /// The snapshot of everything that was loaded of a live cluster, whose completeness is known already.
    pub(in crate::collect) fn finish_live(self) -> Snapshot {
        let Inner {
            builder,
            extractor,
            coverage,
            ..
        } = self.inner;
        let mut classes = extractor.into_classify();
        let mut snapshot = builder.finish_arranged(coverage, &mut classes);
        snapshot.keep_classes(Box::new(classes));
        snapshot
    }
}
