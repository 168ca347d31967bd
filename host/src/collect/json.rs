//! The frames in which objects stand in JSON: lists, lists of lists, single objects, several documents in one file,
//! and our own snapshot files. Objects are read where they stand; no tree is ever built.

use super::error::{LoadCause, LoadError, byte_offset, line_and_column};
use super::loader::Inner;
use super::snapshot_file::{self, Header};
use asogate_core::extract::{Head, Source};
use asogate_core::object::{GroupKind, split_api_version};
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Reads all documents of one file.
pub(super) fn load(inner: &mut Inner, file: &str, text: &str) -> Result<(), LoadError> {
    // Windows tools put a byte order mark in front of UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    inner.begin_file(text);
    let error = |at, object, cause| LoadError {
        file: file.to_owned(),
        at,
        object,
        cause,
    };
    if text.trim_ascii().is_empty() {
        return Err(error(None, None, LoadCause::Empty));
    }
    documents(inner, text).map_err(|(offset, failure)| {
        let (at, object, cause) = explain(inner, text, offset, &failure);
        let at = at.map(|at| line_and_column(text, opening(text, at)));
        error(at, object, cause)
    })?;
    if inner.holds_nothing() {
        return Err(error(None, None, LoadCause::NoObject));
    }
    Ok(())
}

/// Reads documents that follow each other. The error comes with the offset of the document in which it is.
fn documents(inner: &mut Inner, text: &str) -> Result<(), (usize, serde_json::Error)> {
    let mut first = serde_json::Deserializer::from_str(text);
    Document::top(inner)
        .deserialize(&mut first)
        .map_err(|error| (0, error))?;
    if first.end().is_ok() {
        return Ok(());
    }
    // More documents follow. `serde_json` tells where one ends only to who reads it as a whole, so each of these is
    // framed first and read then.
    let whole = |error| (0, error);
    let mut next = <&RawValue>::deserialize(&mut first).map_err(whole)?;
    loop {
        let start = inner.offset(next.get()).unwrap_or(0);
        let mut document = serde_json::Deserializer::from_str(next.get());
        Document::top(inner)
            .deserialize(&mut document)
            .map_err(|error| (start, error))?;
        let end = start + next.get().len();
        let mut rest = serde_json::Deserializer::from_str(text.get(end..).unwrap_or(""))
            .into_iter::<&RawValue>();
        match rest.next() {
            None => return Ok(()),
            Some(document) => next = document.map_err(|error| (end, error))?,
        }
    }
}

/// The brace that opens a map, given where its first key begins; other places stay.
fn opening(text: &str, at: usize) -> usize {
    let before = text.get(..at).and_then(|before| before.strip_suffix('"'));
    match before.map(str::trim_ascii_end) {
        Some(before) if before.ends_with('{') => before.len() - 1,
        _ => at,
    }
}

/// What an error of the parser means, and where.
fn explain(
    inner: &mut Inner,
    text: &str,
    document: usize,
    error: &serde_json::Error,
) -> (Option<usize>, Option<String>, LoadCause) {
    let parser = (error.line() > 0).then(|| {
        let text = text.get(document..).unwrap_or("");
        document + byte_offset(text, error.line(), error.column())
    });
    let object = inner.object.take();
    if let Some((at, cause)) = inner.problem.take() {
        return (at.or(parser), object, cause);
    }
    let mut message = error.to_string();
    if error.line() > 0
        && let Some(end) = message.rfind(" at line ")
    {
        message.truncate(end);
    }
    let nul = |at: usize| {
        let near = at.saturating_sub(1)..text.len().min(at + 2);
        text.as_bytes()
            .get(near)
            .is_some_and(|bytes| bytes.contains(&0))
    };
    let cause = if message.contains("recursion limit exceeded") || message.contains("deeper than") {
        LoadCause::TooDeep
    } else if error.is_eof() {
        LoadCause::Truncated
    } else if error.is_syntax() && parser.is_some_and(nul) {
        LoadCause::Nul
    } else if error.is_syntax() {
        LoadCause::NotJson(message)
    } else {
        LoadCause::Object(message)
    };
    let at = match &cause {
        // Where the parser stopped says little about a whole object.
        LoadCause::Object(_) => inner.object_start.or(parser),
        _ => parser,
    };
    (at, object, cause)
}

/// `apiVersion` and `kind`, as far as they are known.
#[derive(Clone, Debug, Default)]
struct Identity<'de> {
    api_version: Option<Cow<'de, str>>,
    kind: Option<Cow<'de, str>>,
}

/// An item that does not say what it is, kept until its list has said so.
struct Pending<'de> {
    start: Option<usize>,
    identity: Identity<'de>,
    parts: Vec<(Cow<'de, str>, &'de RawValue)>,
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
    fn top(inner: &'i mut Inner) -> Self {
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
                            api_version: api_version,
                            kind: kind,
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
    pub(super) inner: &'i mut Inner,
    pub(super) source: Source,
    of: Option<(String, String)>,
    pending: &'l mut Vec<Pending<'de>>,
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
pub(super) fn recorded_items<'de, A: MapAccess<'de>>(
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
fn later_object<E: Error>(
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

/// The header of a list has been read completely: now its unnamed items can be read, and it is known if it is whole.
fn list_ends<E: Error>(
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
fn list_without_items<E: Error>(
    inner: &mut Inner,
    source: Source,
    item: Pending<'_>,
) -> Result<(), E> {
    if item.parts.iter().any(|(key, _)| key == "spec") {
        return later_object(inner, source, item, None);
    }
    Err(inner.fail(item.start, LoadCause::NoItems))
}

/// What `metadata` of a list says about what is not in it.
#[derive(Deserialize)]
struct ListMeta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
    #[serde(default, rename = "remainingItemCount")]
    remaining: Option<i64>,
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
    fn items(&self) -> Option<(String, String)> {
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
pub(super) fn text<'de, E: Error>(
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

/// A map of which one key has been looked at already.
struct Peeked<'de, A> {
    key: Option<Cow<'de, str>>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Peeked<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.key.take() {
            Some(Cow::Borrowed(key)) => seed
                .deserialize(BorrowedStrDeserializer::new(key))
                .map(Some),
            Some(Cow::Owned(key)) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

/// Reads a key, borrowed where it can be.
pub(super) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let text = deserializer.deserialize_str(Text)?;
        text.map_err(|found| D::Error::custom(format_args!("a key is {found}")))
    }
}

/// Reads a string, borrowed where it can be; or says what was found instead, without quoting it.
pub(super) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Result<Cow<'de, str>, &'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Result<Cow<'de, str>, &'static str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Ok(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Ok(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Err("a boolean"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Err("a number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Err("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Err("a number"))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Err("`null`"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err("a map"))
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
