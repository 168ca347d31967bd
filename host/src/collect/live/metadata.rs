//! Lists that hold of each object only its metadata: to see what changed since it was read, and for Secrets of which no
//! more is to be read.

use super::discovery::Resource;
use super::lists::{elsewhere, nonsense};
use super::request::{Accept, Api, encoded};
use super::trouble::Trouble;
use crate::collect::loader::{Apart, ListPage, Loader};
use asogate_core::object::GroupKind;
use asogate_core::snapshot::SnapshotBuilder;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
#[serde(bound(deserialize = "Item: Deserialize<'de>"))]
struct List<'a, Item> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    metadata: ListMetadata<'a>,
    /// Must be there: what a list does not name is taken for deleted. Go writes a list without elements as null.
    #[serde(deserialize_with = "Deserialize::deserialize")]
    items: Option<Vec<Item>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata<'a> {
    #[serde(borrow, default, rename = "continue")]
    next: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resource_version: Option<Cow<'a, str>>,
    #[serde(default)]
    remaining_item_count: Option<i64>,
}

/// An object whose metadata is compared.
#[derive(Deserialize)]
struct Compared<'a> {
    #[serde(borrow)]
    metadata: Identity<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    uid: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resource_version: Option<Cow<'a, str>>,
}

/// An object whose metadata is kept.
#[derive(Deserialize)]
struct Kept<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

fn parsed<'de, T: Deserialize<'de>>(text: &'de str) -> Result<(Vec<T>, ListPage), Trouble> {
    // The parser's own words could quote the answer.
    let list: List<'de, T> = serde_json::from_str(text)
        .map_err(|_| Trouble::Nonsense("it is no list of metadata".into()))?;
    if list.kind != "PartialObjectMetadataList" {
        return Err(Trouble::Nonsense(
            "the server gave no metadata when asked for it".into(),
        ));
    }
    let page = ListPage {
        of: None,
        next: list
            .metadata
            .next
            .map(Cow::into_owned)
            .filter(|next| !next.is_empty()),
        resource_version: list
            .metadata
            .resource_version
            .map(Cow::into_owned)
            .unwrap_or_default(),
    };
    if page.next.is_none()
        && list
            .metadata
            .remaining_item_count
            .is_some_and(|count| count > 0)
    {
        return Err(Trouble::Nonsense(
            "it says that objects follow, and not where".into(),
        ));
    }
    Ok((list.items.unwrap_or_default(), page))
}

/// Reads a page of objects with nothing but their metadata.
pub(super) fn page(part: &mut Apart, resource: &Resource, text: &str) -> Result<ListPage, Trouble> {
    let (items, page): (Vec<Kept<'_>>, _) = parsed(text)?;
    let (group, version) = (&resource.kind.group, &resource.version);
    let api_version = match group.as_str() {
        "" => version.clone(),
        group => format!("{group}/{version}"),
    };
    // Long enough never to grow, which would leave copies behind: each item here is longer in the answer.
    let mut list = String::with_capacity(text.len() + 256 + 16 * items.len());
    list.push_str(&format!(
        r#"{{"apiVersion":"{api_version}","kind":"{}List","metadata":{{}},"items":["#,
        resource.kind.kind
    ));
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        list.push_str(r#"{"metadata":"#);
        list.push_str(item.metadata.get());
        list.push('}');
    }
    list.push_str("]}");
    let name = resource.path(None);
    let loaded = part.read(&name, &resource.kind, &list);
    // An annotation can hold a copy of the values.
    let mut list = list.into_bytes();
    list.fill(0);
    std::hint::black_box(&mut list);
    loaded.map_err(nonsense)?;
    Ok(page)
}

/// What differs from what was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// Namespace and name of the objects that are new or have changed.
    pub(super) objects: Vec<(Option<String>, String)>,
    /// Positions of objects that are gone.
    pub(super) gone: Vec<usize>,
    /// The version of the list that was compared with.
    pub(super) resource_version: String,
}

/// The identities of a page, without its text.
#[derive(Default)]
struct Identities {
    /// Namespace, name, uid and resource version of each object, one after the other; empty where one is absent.
    text: String,
    /// Where each of these ends.
    ends: Vec<usize>,
    page: ListPage,
}

impl Identities {
    fn of(text: &str) -> Result<Identities, Trouble> {
        let (items, page): (Vec<Compared<'_>>, _) = parsed(text)?;
        let mut all = Identities {
            page,
            ..Identities::default()
        };
        for Compared { metadata } in items {
            let Identity {
                name,
                namespace,
                uid,
                resource_version,
            } = metadata;
            for part in [namespace, Some(name), uid, resource_version] {
                all.text.push_str(part.as_deref().unwrap_or(""));
                all.ends.push(all.text.len());
            }
        }
        Ok(all)
    }

    /// Namespace, name, uid and resource version of each.
    fn iter(&self) -> impl Iterator<Item = [&str; 4]> {
        let mut start = 0;
        let (objects, _) = self.ends.as_chunks::<4>();
        objects.iter().map(move |ends| {
            ends.map(|end| {
                let part = self.text.get(start..end).unwrap_or("");
                start = end;
                part
            })
        })
    }
}

/// The objects of a kind that were read, to be found in the order in which a list names them.
struct Known {
    /// Their positions, ascending, and whether each was named.
    positions: Vec<(usize, bool)>,
    /// Where in it the next one is, if nothing has changed.
    next: usize,
}

impl Known {
    /// The position of an object.
    fn find(
        &mut self,
        builder: &SnapshotBuilder,
        kind: &GroupKind,
        namespace: &str,
        name: &str,
    ) -> Option<usize> {
        let text = |symbol| builder.strings().get(symbol);
        let is_it = |position: usize| {
            let object = builder.store().get(position);
            object.is_some_and(|object| {
                text(object.name()) == name && text(object.namespace()) == namespace
            })
        };
        // Both lists have the same order, so there is seldom anything to look for.
        let expected = self.positions.get(self.next).map(|(position, _)| *position);
        let position = match expected.filter(|expected| is_it(*expected)) {
            Some(expected) => expected,
            None => {
                let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
                let position = builder.find(kind, namespace, name)?;
                let place = self
                    .positions
                    .binary_search_by_key(&position, |known| known.0);
                self.next = place.ok()?;
                position
            }
        };
        if let Some((_, named)) = self.positions.get_mut(self.next) {
            *named = true;
        }
        self.next += 1;
        Some(position)
    }
}

/// Compares what was read of a kind, at this version of its list, with what the cluster holds now.
pub(super) async fn changed(
    api: &Api,
    loader: &std::cell::RefCell<Loader>,
    resource: &Resource,
    page: usize,
    read: &str,
) -> Result<Changed, Trouble> {
    let path = resource.path(None);
    let mut changed = Changed::default();
    let positions = loader.borrow_mut().builder().positions(&resource.kind);
    let mut known = Known {
        positions: positions
            .into_iter()
            .map(|position| (position, false))
            .collect(),
        next: 0,
    };
    let mut next: Option<String> = None;
    loop {
        let more = match &next {
            Some(token) => format!("&continue={}", encoded(token)),
            None => String::new(),
        };
        let url = format!("{path}?limit={page}{more}");
        let api = api.clone();
        let list = elsewhere(async move {
            let answer = api.get(&url, Accept::Metadata).await?;
            Identities::of(answer.text()?)
        })
        .await?;
        // What an older state does not hold yet would be taken for deleted.
        if is_older(&list.page.resource_version, read) {
            return Err(Trouble::Stale);
        }
        changed
            .resource_version
            .clone_from(&list.page.resource_version);
        let mut loader = loader.borrow_mut();
        let builder = loader.builder();
        for [namespace, name, uid, resource_version] in list.iter() {
            let position = known.find(builder, &resource.kind, namespace, name);
            let object = position.and_then(|position| builder.store().get(position));
            let text = |symbol| builder.strings().get(symbol);
            let same = object.is_some_and(|object| {
                text(object.uid()) == uid && text(object.resource_version()) == resource_version
            });
            if !same {
                let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
                let namespace = namespace.map(str::to_owned);
                changed.objects.push((namespace, name.to_owned()));
            }
        }
        match list.page.next {
            None => break,
            next_one if next_one == next => {
                return Err(Trouble::Nonsense("its pages go in a circle".into()));
            }
            next_one => next = next_one,
        }
    }
    let unnamed = known.positions.into_iter().filter(|(_, named)| !named);
    changed.gone = unnamed.map(|(position, _)| position).collect();
    Ok(changed)
}

/// Whether one version of a list is before another. Versions that are no numbers cannot be compared.
pub(super) fn is_older(one: &str, other: &str) -> bool {
    let number = |version: &str| version.parse::<u64>().ok();
    number(one)
        .zip(number(other))
        .is_some_and(|(one, other)| one < other)
}

/// Takes back what was read of a kind, in one namespace or all.
pub(super) fn retract(builder: &mut SnapshotBuilder, kind: &GroupKind, namespace: Option<&str>) {
    for position in builder.positions(kind) {
        let object = builder.store().get(position);
        let is_in = |namespace: &str| {
            object.is_some_and(|object| builder.strings().get(object.namespace()) == namespace)
        };
        if namespace.is_none_or(is_in) {
            builder.retract(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions_are_compared_as_numbers_if_they_are() {
        for (older, newer) in [("9", "10"), ("0", "18446744073709551615")] {
            assert!(is_older(older, newer) && !is_older(newer, older));
        }
        for (one, other) in [("5", "5"), ("", "5"), ("a1", "b2"), ("5", "")] {
            assert!(!is_older(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_list_that_does_not_say_that_it_is_whole_is_no_list() {
        let read = |rest: serde_json::Value| {
            let mut list = json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "5"},
            });
            let fields = list.as_object_mut().unwrap();
            fields.extend(rest.as_object().unwrap().clone());
            parsed::<Compared<'_>>(&list.to_string()).map(|(items, _)| items.len())
        };
        assert_eq!(read(json!({"items": null})).ok(), Some(0));
        assert_eq!(
            read(json!({"items": [{"metadata": {"name": "a"}}]})).ok(),
            Some(1)
        );
        // What it does not name would be taken for deleted.
        assert!(read(json!({})).is_err());
        let short = json!({"items": [], "metadata": {"remainingItemCount": 3}});
        assert!(read(short).is_err());
        let page = json!({"items": [], "metadata": {"remainingItemCount": 3, "continue": "next"}});
        assert_eq!(read(page).ok(), Some(0));
    }
}
