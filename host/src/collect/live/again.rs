//! The second look: every list is compared with the cluster once more, and what changed meanwhile is read again.

use super::discovery::Resource;
use super::gather::Kind;
use super::lists::{BEGINNINGS, Listed, Reader};
use super::metadata;
use super::trouble::Trouble;
use asogate_core::object::GroupKind;
use futures::StreamExt;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// From how many changed objects on a kind is listed again as a whole.
const LIST_AGAIN: usize = 40;

/// Compares every kind that is complete with the cluster once more, and reads again what changed. Returns how many objects
/// did.
pub(super) async fn again(
    reader: &Reader<'_>,
    at_once: usize,
    resources: &[&Resource],
    read: &mut BTreeMap<GroupKind, Kind>,
) -> usize {
    let count = Cell::new(0);
    let outcomes = RefCell::new(vec![]);
    let first: &BTreeMap<GroupKind, Kind> = read;
    let complete = resources
        .iter()
        .filter(|resource| first.get(&resource.kind).is_some_and(Kind::is_complete));
    futures::stream::iter(complete)
        .for_each_concurrent(at_once, |resource| {
            let (count, outcomes) = (&count, &outcomes);
            async move {
                let before = first.get(&resource.kind).map(|kind| &kind.listed);
                let before = before.map_or("", |listed| &listed.resource_version);
                let changed = kind_again(reader, resource, before).await;
                match changed {
                    Ok((objects, listed)) => {
                        count.set(count.get() + objects);
                        if let Some(listed) = listed {
                            outcomes.borrow_mut().push((resource.kind.clone(), listed));
                        }
                    }
                    Err(trouble) => {
                        let listed = Listed {
                            trouble: Some(trouble),
                            ..Listed::default()
                        };
                        outcomes.borrow_mut().push((resource.kind.clone(), listed));
                    }
                }
            }
        })
        .await;
    for (kind, listed) in outcomes.into_inner() {
        if let Some(kind) = read.get_mut(&kind) {
            kind.second(listed);
        }
    }
    count.get()
}

/// Reads again what changed of one kind: how many objects did, and what came of it if all were listed again.
async fn kind_again(
    reader: &Reader<'_>,
    resource: &Resource,
    before: &str,
) -> Result<(usize, Option<Listed>), Trouble> {
    let compare = || metadata::changed(reader.api, reader.loader, resource, reader.page, before);
    let mut compared = compare().await;
    for _ in 1..BEGINNINGS {
        if matches!(compared, Err(Trouble::Expired | Trouble::Stale)) {
            compared = compare().await;
        }
    }
    let changed = compared?;
    let count = changed.objects.len() + changed.gone.len();
    if changed.objects.len() > LIST_AGAIN {
        metadata::retract(reader.loader.borrow_mut().builder(), &resource.kind, None);
        let mut listed = reader.list(resource, None).await;
        if metadata::is_older(&listed.resource_version, &changed.resource_version) {
            listed.trouble = Some(Trouble::Stale);
        }
        return Ok((count, Some(listed)));
    }
    for position in changed.gone {
        reader.loader.borrow_mut().builder().retract(position);
    }
    for (namespace, name) in &changed.objects {
        let namespace = namespace.as_deref();
        {
            let mut loader = reader.loader.borrow_mut();
            let builder = loader.builder();
            if let Some(position) = builder.find(&resource.kind, namespace, name) {
                builder.retract(position);
            }
        }
        let read = reader.one(resource, namespace, name).await?;
        if metadata::is_older(&read.resource_version, &changed.resource_version) {
            return Err(Trouble::Stale);
        }
    }
    Ok((count, None))
}
