//! One document or item: finds out whether it is an object, a list or a snapshot file, and goes on reading as that.

use super::lists::{list_ends, list_without_items};
use super::strings::{Key, Peeked, Text};
use crate::collect::error::LoadCause;
use crate::collect::loader::Inner;
use crate::collect::snapshot_file::{self, Header};
use asogate_core::extract::{Head, Source};
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// `apiVersion` and `kind`, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity<'de> {
    pub(super) api_version: Option<Cow<'de, str>>,
    pub(super) kind: Option<Cow<'de, str>>,
}

/// An item that does not say what it is, kept until its list has said so.
pub(super) struct Pending<'de> {
    pub(super) start: Option<usize>,
    pub(super) identity: Identity<'de>,
    pub(super) parts: Vec<(Cow<'de, str>, &'de RawValue)>,
}

/// Reads a document or an item of a list: an object, or a list again.
pub(super) struct Document<'i, 'de> {
    inner: &'i mut Inner,
    source: Source,
    /// What the items of the list are, if they do not say so themselves.
    items: Option<(&'i str, &'i str)>,
    /// Where items go that do not say what they are, in a list that has not said so yet.
    pending: Option<&'i mut Vec<Pending<'de>>>,
}

impl<'i> Document<'i, '_> {
    pub(super) fn top(inner: &'i mut Inner) -> Self {
        Document {
            inner,
            source: Source::Cluster,
            items: None,
            pending: None,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Document<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Answers everything that is not a map with an error that does not quote it.
macro_rules! refuse {
    ($($visit:ident($($type:ty)?) = $found:literal),* $(,)?) => {
        $(fn $visit<E: Error>(self $(, _: $type)?) -> Result<(), E> {
            Err(self.inner.fail(None, LoadCause::NotAnObject($found)))
        })*
    };
}

impl<'de> Visitor<'de> for Document<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a Kubernetes object")
    }

    refuse!(
        visit_str(&str) = "a string",
        visit_bool(bool) = "a boolean",
        visit_i64(i64) = "a number",
        visit_u64(u64) = "a number",
        visit_f64(f64) = "a number",
        visit_unit() = "`null`"
    );

    /// A bare list of objects, as `jq .items` makes it of a dump.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let item = Document {
                inner: &mut *self.inner,
                source: self.source,
                items: None,
                pending: None,
            };
            if seq.next_element_seed(item)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Document {
            inner,
            source,
            items,
            pending,
        } = self;
        inner.object = None;
        inner.object_start = None;
        let mut start = None;
        let mut identity = Identity::default();
        let mut parts: Vec<(Cow<'de, str>, &'de RawValue)> = vec![];
        let mut later: Vec<Pending<'de>> = vec![];
        // The number of objects before the items, once there are items.
        let mut list = None;
        while let Some(key) = map.next_key_seed(Key)? {
            start = start.or_else(|| inner.offset(&key));
            match &*key {
                "apiVersion" => {
                    identity.set_api_version(inner, map.next_value_seed(Text)?, start)?
                }
                "kind" => identity.set_kind(inner, map.next_value_seed(Text)?, start)?,
                "items" if items.is_none() || identity.kind.is_some() => {
                    if list.is_some() {
                        let cause =
                            LoadCause::Object("`items` is given twice; keep one of them".into());
                        return Err(inner.fail(start, cause));
                    }
                    list = Some(inner.len());
                    map.next_value_seed(Items {
                        inner: &mut *inner,
                        source,
                        of: identity.items(),
                        pending: &mut later,
                    })?;
                    continue;
                }
                _ => {
                    // In a list of one kind the API server leaves out what its items are, and would write it first.
                    if let Some((api_version, kind)) = items
                        && identity.api_version.is_none()
                        && identity.kind.is_none()
                    {
                        let head = Head {
                            api_version,
                            kind,
                            assumed: true,
                            early: parts,
                        };
                        let rest = Peeked {
                            key: Some(key),
                            rest: map,
                        };
                        return object(inner, source, start, head, rest);
                    }
                    parts.push((key, map.next_value()?));
                }
            }
            if list.is_some() {
                continue;
            }
            if let Some(api_version) = &identity.api_version
                && snapshot_file::is_ours(api_version)
            {
                let header = Header::new(api_version.clone(), identity.kind.take(), parts);
                return header.read(inner, start, map);
            }
            if let (Some(api_version), Some(kind)) = (&identity.api_version, &identity.kind)
                && !is_list_kind(kind)
            {
                let head = Head {
                    api_version,
                    kind,
                    assumed: false,
                    early: parts,
                };
                return object(inner, source, start, head, map);
            }
        }
        let unfinished = Pending {
            start,
            identity,
            parts,
        };
        if let Some(first) = list {
            return list_ends(inner, source, unfinished, later, first);
        }
        if unfinished
            .identity
            .kind
            .as_deref()
            .is_some_and(is_list_kind)
        {
            return list_without_items(inner, source, unfinished);
        }
        match pending {
            Some(pending) if unfinished.identity.kind.is_none() => {
                pending.push(unfinished);
                Ok(())
            }
            _ => later_object(inner, source, unfinished, items),
        }
    }
}

/// Reads the items of a list.
pub(super) struct Items<'i, 'l, 'de> {
    inner: &'i mut Inner,
    source: Source,
    of: Option<(String, String)>,
    pending: &'l mut Vec<Pending<'de>>,
}

impl<'i, 'l, 'de> Items<'i, 'l, 'de> {
    /// Items of which `of` says what they are if they do not say it themselves; those of which nobody says it go into
    /// `pending`.
    pub(super) fn new(
        inner: &'i mut Inner,
        source: Source,
        of: Option<(String, String)>,
        pending: &'l mut Vec<Pending<'de>>,
    ) -> Self {
        Items {
            inner,
            source,
            of,
            pending,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of Kubernetes objects")
    }

    refuse!(
        visit_str(&str) = "a string",
        visit_bool(bool) = "a boolean",
        visit_i64(i64) = "a number",
        visit_u64(u64) = "a number",
        visit_f64(f64) = "a number"
    );

    /// Go writes a list without elements as null.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        let cause = LoadCause::Object("`items` is a map; it must be a list".into());
        Err(self.inner.fail(None, cause))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let of = self
            .of
            .as_ref()
            .map(|(version, kind)| (version.as_str(), kind.as_str()));
        loop {
            let item = Document {
                inner: &mut *self.inner,
                source: self.source,
                items: of,
                pending: of.is_none().then_some(&mut *self.pending),
            };
            if seq.next_element_seed(item)?.is_none() {
                return Ok(());
            }
        }
    }
}

/// Reads the items of a snapshot file.
pub(in crate::collect) fn recorded_items<'de, A: MapAccess<'de>>(
    inner: &mut Inner,
    map: &mut A,
) -> Result<(), A::Error> {
    let mut pending = vec![];
    map.next_value_seed(Items {
        inner: &mut *inner,
        source: Source::Recorded,
        of: None,
        pending: &mut pending,
    })?;
    match pending.pop() {
        Some(item) => later_object(inner, Source::Recorded, item, None),
        None => Ok(()),
    }
}

/// Reads and stores the rest of an object.
fn object<'de, A: MapAccess<'de>>(
    inner: &mut Inner,
    source: Source,
    start: Option<usize>,
    head: Head<'_, 'de>,
    rest: A,
) -> Result<(), A::Error> {
    inner.object_start = start;
    let schema = inner.read(source, head, rest)?;
    inner.store(start, schema)
}

/// Reads an object of which all parts have been kept.
pub(super) fn later_object<E: Error>(
    inner: &mut Inner,
    source: Source,
    item: Pending<'_>,
    list: Option<(&str, &str)>,
) -> Result<(), E> {
    let Pending {
        start,
        identity,
        parts,
    } = item;
    let missing = |name| LoadCause::Missing(name);
    let own = (identity.api_version, identity.kind);
    let (api_version, kind) = match (own, list) {
        ((Some(api_version), Some(kind)), _) => (api_version, kind),
        // A list of one kind says it for its items, unless they say something themselves.
        ((None, None), Some((api_version, kind))) => (
            Cow::Owned(api_version.to_owned()),
            Cow::Owned(kind.to_owned()),
        ),
        ((_, None), _) => return Err(inner.fail(start, missing("kind"))),
        ((None, _), _) => return Err(inner.fail(start, missing("apiVersion"))),
    };
    let head = Head {
        api_version: &api_version,
        kind: &kind,
        assumed: false,
        early: parts,
    };
    let nothing = MapDeserializer::<_, E>::new(std::iter::empty::<(&str, &str)>());
    object(inner, source, start, head, nothing)
}

impl<'de> Identity<'de> {
    fn set_api_version<E: Error>(
        &mut self,
        inner: &mut Inner,
        value: Result<Cow<'de, str>, &'static str>,
        start: Option<usize>,
    ) -> Result<(), E> {
        self.api_version = Some(text(
            inner,
            "apiVersion",
            self.api_version.is_some(),
            value,
            start,
        )?);
        Ok(())
    }

    fn set_kind<E: Error>(
        &mut self,
        inner: &mut Inner,
        value: Result<Cow<'de, str>, &'static str>,
        start: Option<usize>,
    ) -> Result<(), E> {
        self.kind = Some(text(inner, "kind", self.kind.is_some(), value, start)?);
        Ok(())
    }

    /// What the items of the list are, if it is a list of one kind.
    pub(super) fn items(&self) -> Option<(String, String)> {
        let (api_version, kind) = (self.api_version.as_deref()?, self.kind.as_deref()?);
        let kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty())?;
        Some((api_version.to_owned(), kind.to_owned()))
    }
}

/// A kind by the name of lists.
fn is_list_kind(kind: &str) -> bool {
    kind.ends_with("List")
}

/// Checks a part of an object's identity.
pub(in crate::collect) fn text<'de, E: Error>(
    inner: &mut Inner,
    name: &'static str,
    known: bool,
    value: Result<Cow<'de, str>, &'static str>,
    start: Option<usize>,
) -> Result<Cow<'de, str>, E> {
    if known {
        let cause = LoadCause::Object(format!("`{name}` is given twice; keep one of them"));
        return Err(inner.fail(start, cause));
    }
    match value {
        Ok(text) if text.is_empty() => Err(inner.fail(start, LoadCause::Missing(name))),
        Ok(text) => Ok(text),
        Err(found) => Err(inner.fail(start, LoadCause::NotAString(name, found))),
    }
}
