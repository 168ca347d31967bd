//! What can be said of a list only when all of it has been read.

use super::document::{Pending, later_object};
use crate::collect::error::LoadCause;
use crate::collect::loader::{Inner, ListPage};
use crate::collect::snapshot_file;
use asogate_core::extract::Source;
use asogate_core::object::{GroupKind, split_api_version};
use serde::Deserialize;
use serde::de::Error;

/// The header of a list has been read completely: now its unnamed items can be read, and it is known if it is whole.
pub(super) fn list_ends<E: Error>(
    inner: &mut Inner,
    source: Source,
    list: Pending<'_>,
    items: Vec<Pending<'_>>,
    first: usize,
) -> Result<(), E> {
    let Pending {
        start,
        identity,
        parts,
    } = list;
    if identity
        .api_version
        .as_deref()
        .is_some_and(snapshot_file::is_ours)
    {
        let cause = "`apiVersion` stands after `items`; it must come before".to_owned();
        return Err(inner.fail(start, LoadCause::SnapshotHeader(cause)));
    }
    let of = identity.items();
    let of = of
        .as_ref()
        .map(|(version, kind)| (version.as_str(), kind.as_str()));
    for item in items {
        later_object::<E>(inner, source, item, of)?;
    }
    let metadata = parts.iter().find(|(key, _)| key == "metadata");
    let missing = match metadata.map(|(_, raw)| serde_json::from_str::<Option<ListMeta>>(raw.get()))
    {
        Some(Ok(metadata)) if inner.page.is_some() => {
            let metadata = metadata.unwrap_or_default();
            let next = metadata.next.filter(|next| !next.is_empty());
            if let (None, Some(count)) = (&next, metadata.remaining.filter(|count| *count > 0)) {
                let cause = format!("{count} more objects follow, and it does not say where");
                return Err(inner.fail(start, LoadCause::Object(cause)));
            }
            inner.page = Some(Some(ListPage {
                of: of.map(|(api_version, kind)| {
                    GroupKind::new(split_api_version(api_version).0, kind)
                }),
                next,
                resource_version: metadata.resource_version.unwrap_or_default(),
            }));
            None
        }
        None | Some(Ok(None)) => None,
        Some(Ok(Some(metadata))) => metadata.missing(),
        Some(Err(_)) => {
            let cause = LoadCause::Object("its `metadata` is not that of a list".into());
            return Err(inner.fail(start, cause));
        }
    };
    let kind = of.map(|(api_version, kind)| GroupKind::new(split_api_version(api_version).0, kind));
    if let Some(missing) = missing {
        inner.truncated(kind, first, missing);
    }
    Ok(())
}

/// A kind may be called a list without being one.
pub(super) fn list_without_items<E: Error>(
    inner: &mut Inner,
    source: Source,
    item: Pending<'_>,
) -> Result<(), E> {
    if item.parts.iter().any(|(key, _)| key == "spec") {
        return later_object(inner, source, item, None);
    }
    Err(inner.fail(item.start, LoadCause::NoItems))
}

/// What `metadata` of a list, given as a tree, says about what is not in it.
pub(in crate::collect) fn missing(metadata: &serde_json::Value) -> Option<String> {
    match Option::<ListMeta>::deserialize(metadata) {
        Ok(metadata) => metadata?.missing(),
        Err(_) => Some("its `metadata` does not say whether it is whole".into()),
    }
}

/// What `metadata` of a list says about what is not in it.
#[derive(Default, Deserialize)]
struct ListMeta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
    #[serde(default, rename = "remainingItemCount")]
    remaining: Option<i64>,
    #[serde(default, rename = "resourceVersion")]
    resource_version: Option<String>,
}

impl ListMeta {
    fn missing(&self) -> Option<String> {
        match (self.remaining, self.next.as_deref()) {
            (Some(count), _) if count > 0 => Some(format!(
                "the list is one page of several, {count} objects are missing"
            )),
            (_, Some(next)) if !next.is_empty() => {
                Some("the list is one page of several, and the next ones are missing".into())
            }
            _ => None,
        }
    }
}
