//! What a live cluster needs of a loader: pages of lists that can be taken back, and a snapshot in an order of its own.

use super::{Inner, Loader};
use crate::collect::error::{LoadCause, LoadError};
use crate::collect::json;
use asogate_core::object::GroupKind;
use asogate_core::snapshot::{Snapshot, SnapshotBuilder};

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

impl Loader {
    /// Loads one page of a list of a live cluster, whose objects must all be of `kind`. After an error, what was loaded of
    /// the page stays, and the loader can be used on.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the text is not one list of whole objects of the kind.
    pub(in crate::collect) fn page(
        &mut self,
        name: &str,
        kind: &GroupKind,
        text: &str,
    ) -> Result<ListPage, LoadError> {
        let first = self.inner.builder.len();
        let page = json::page(&mut self.inner, name, text)?;
        let builder = &mut self.inner.builder;
        let loaded = first..builder.len();
        let wrong = match &page.of {
            // An empty list of something else is no answer.
            None => Some("it does not say of what it is a list".to_owned()),
            Some(of) => {
                let loaded = loaded.clone().filter_map(|at| builder.kind_at(at));
                let other = std::iter::once(of)
                    .chain(loaded)
                    .find(|found| *found != kind);
                other.map(|other| {
                    format!("it is a `{other}`, where a list of `{kind}` was asked for")
                })
            }
        };
        if let Some(wrong) = wrong {
            loaded.for_each(|position| builder.retract(position));
            return Err(LoadError {
                file: name.to_owned(),
                at: None,
                object: None,
                cause: LoadCause::Object(wrong),
            });
        }
        Ok(page)
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
