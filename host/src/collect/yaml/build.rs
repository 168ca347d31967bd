//! Builds documents out of the events of a YAML or JSON reader, without recursion: values, where they stand, and the
//! rules of kubectl that need the whole map (duplicate keys, merge keys, lists).

use super::list;
use super::problem::{Fault, Problem};
use super::scalar::Scalar;
use super::spans::{Entry, EntryKind, Mark, Segment, Spans, find, hash, make_root, subtree};
use super::{Document, ListEnd, Part, Yaml11Scalar};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// How deep maps and lists may be nested, aliases expanded. Protects the stack of everything that walks a value.
/// Definitions of custom resources reach 40; `serde_json`, which reads what we write, stops at 128.
pub const MAX_DEPTH: usize = 100;

/// How many bytes anchors and aliases may copy in one document. Protects memory and time against alias bombs: a few
/// hundred bytes can stand for gigabytes. Ten times what a cluster stores of one object (etcd: 1.5 MiB).
pub const MAX_ALIAS_BYTES: usize = 16 << 20;

/// What a node of a value is counted for, besides its text: the value, its place, its slot in a map.
const NODE_BYTES: usize = 128;

/// The key under which Kubernetes lists hold their items.
const ITEMS: &str = "items";

pub(super) struct Builder<'h, E> {
    on: &'h mut dyn FnMut(Part) -> Result<(), E>,
    frames: Vec<Frame>,
    entries: Vec<Entry>,
    yaml11: Vec<Yaml11Scalar>,
    anchors: HashMap<usize, Anchored>,
    copied: usize,
    documents: usize,
    root: Option<Value>,
    streamed: Option<Streamed>,
}

/// A map or list that is not complete yet.
struct Frame {
    entry: usize,
    anchor: usize,
    height: usize,
    content: Content,
}

enum Content {
    List(Vec<Value>),
    /// The items of a Kubernetes list, which go out one by one.
    Stream,
    Map {
        map: Map<String, Value>,
        /// The key whose value is awaited, with its entry.
        key: Option<(Key, usize)>,
        merged: Option<Map<String, Value>>,
    },
}

enum Key {
    Field(String),
    Merge,
}

/// What an anchor stands for.
struct Anchored {
    value: Value,
    entries: Vec<Entry>,
    height: usize,
    bytes: usize,
}

#[derive(Clone, Copy, Default)]
struct Streamed {
    at: Mark,
    items: usize,
    /// How many of the `yaml11` scalars are older than the item that is being built.
    yaml11: usize,
}

/// One scalar as a reader found it.
pub(super) struct Leaf<'t> {
    pub(super) scalar: Scalar<'t>,
    pub(super) at: Mark,
    pub(super) anchor: usize,
    /// `<<`, if it would be a merge key.
    pub(super) merge: bool,
    /// The text, if YAML 1.2 reads it differently.
    pub(super) yaml11: Option<String>,
}

impl<'h, E: From<Fault>> Builder<'h, E> {
    pub(super) fn new(on: &'h mut dyn FnMut(Part) -> Result<(), E>) -> Self {
        Builder {
            on,
            frames: Vec::new(),
            entries: Vec::new(),
            yaml11: Vec::new(),
            anchors: HashMap::new(),
            copied: 0,
            documents: 0,
            root: None,
            streamed: None,
        }
    }

    pub(super) fn scalar(&mut self, leaf: Leaf<'_>) -> Result<(), E> {
        let at = leaf.at;
        if self.wants_key() {
            if leaf.merge {
                return Ok(self.key(Key::Merge, at));
            }
            let anchored = (leaf.anchor != 0).then(|| leaf.scalar.clone());
            let key = leaf.scalar.into_key().map_err(|problem| problem.at(at))?;
            if let Some(text) = leaf.yaml11 {
                let mut path = self.path();
                path.push(Segment::Field(Cow::Owned(key.clone())));
                let read_as = Value::String(key.clone());
                self.yaml11.push(Yaml11Scalar {
                    path,
                    at,
                    text,
                    read_as,
                    is_key: true,
                });
            }
            if let Some(scalar) = anchored {
                let value = scalar.into_value().map_err(|problem| problem.at(at))?;
                let entry = Entry {
                    kind: EntryKind::Root,
                    len: 1,
                    hash: 0,
                    key: at,
                    value: at,
                };
                self.remember(leaf.anchor, &value, vec![entry], 0, at)?;
            }
            self.key(Key::Field(key), at);
            return Ok(());
        }
        let entry = self.open(at);
        let value = leaf.scalar.into_value().map_err(|problem| problem.at(at))?;
        if let Some(text) = leaf.yaml11 {
            let (path, read_as) = (self.path(), value.clone());
            self.yaml11.push(Yaml11Scalar {
                path,
                at,
                text,
                read_as,
                is_key: false,
            });
        }
        self.close(value, entry, leaf.anchor, 0)
    }

    pub(super) fn start_map(&mut self, at: Mark, anchor: usize) -> Result<(), E> {
        let content = Content::Map {
            map: Map::new(),
            key: None,
            merged: None,
        };
        self.start(at, anchor, content)
    }

    pub(super) fn start_list(&mut self, at: Mark, anchor: usize) -> Result<(), E> {
        let is_items = anchor == 0 && self.frames.len() == 1 && self.pending_field() == Some(ITEMS);
        if !is_items {
            return self.start(at, anchor, Content::List(Vec::new()));
        }
        // The placeholder makes a second `items` a duplicate key.
        let entry = self.open(at);
        self.insert(Value::Null, entry)?;
        self.streamed = Some(Streamed {
            at: self.entries.get(entry).map_or(at, |entry| entry.key),
            items: 0,
            yaml11: self.yaml11.len(),
        });
        self.frames.push(Frame {
            entry,
            anchor: 0,
            height: 0,
            content: Content::Stream,
        });
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), E> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let value = match frame.content {
            Content::List(items) => Value::Array(items),
            Content::Stream => {
                self.measure(frame.entry);
                return Ok(());
            }
            Content::Map {
                mut map, merged, ..
            } => {
                for (key, value) in merged.into_iter().flatten() {
                    map.entry(key).or_insert(value);
                }
                Value::Object(map)
            }
        };
        self.close(value, frame.entry, frame.anchor, frame.height + 1)
    }

    pub(super) fn alias(&mut self, id: usize, at: Mark) -> Result<(), E> {
        let wants_key = self.wants_key();
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(Problem::AliasContainsItself.at(at).into());
        };
        if wants_key {
            let key = match &anchored.value {
                Value::String(text) => text.clone(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(Problem::KeyNotScalar.at(at).into());
                }
                _ => return Err(Problem::AliasKey.at(at).into()),
            };
            self.charge(key.len() + NODE_BYTES, at)?;
            self.key(Key::Field(key), at);
            return Ok(());
        }
        let (bytes, height) = (anchored.bytes, anchored.height);
        self.charge(bytes, at)?;
        if self.frames.len() + height > MAX_DEPTH {
            return Err(Problem::Depth(MAX_DEPTH).at(at).into());
        }
        let entry = self.open(at);
        let Some(anchored) = self.anchors.get(&id) else {
            return Ok(());
        };
        if self.pending_merge() && !anchored.value.is_object() {
            return Err(Problem::MergeNotMap.at(at).into());
        }
        let value = anchored.value.clone();
        self.entries.extend(anchored.entries.iter().skip(1));
        self.close(value, entry, 0, height)
    }

    /// Ends a document; one that is empty or null does not count.
    pub(super) fn end_document(&mut self) -> Result<(), E> {
        self.anchors.clear();
        self.copied = 0;
        self.frames.clear();
        let spans = Spans {
            entries: std::mem::take(&mut self.entries),
        };
        let yaml11 = std::mem::take(&mut self.yaml11);
        let streamed = self.streamed.take();
        let mut value = match self.root.take() {
            None | Some(Value::Null) => return Ok(()),
            Some(value) => value,
        };
        self.documents += 1;
        let Some(streamed) = streamed else {
            let document = Document {
                value,
                spans,
                yaml11,
                number: self.documents,
            };
            return list::deliver(document, &mut *self.on);
        };
        if let Some(map) = value.as_object_mut() {
            map.shift_remove(ITEMS);
        }
        list::check_kind(&value, &spans, streamed.at)?;
        let header = Document {
            value,
            spans,
            yaml11,
            number: self.documents,
        };
        (self.on)(Part::List(ListEnd {
            header,
            items: streamed.items,
        }))
    }

    fn start(&mut self, at: Mark, anchor: usize, content: Content) -> Result<(), E> {
        if self.wants_key() {
            return Err(Problem::KeyNotScalar.at(at).into());
        }
        if self.frames.len() >= MAX_DEPTH {
            return Err(Problem::Depth(MAX_DEPTH).at(at).into());
        }
        let entry = self.open(at);
        self.frames.push(Frame {
            entry,
            anchor,
            height: 0,
            content,
        });
        Ok(())
    }

    fn wants_key(&self) -> bool {
        let top = self.frames.last().map(|frame| &frame.content);
        matches!(top, Some(Content::Map { key: None, .. }))
    }

    fn pending_field(&self) -> Option<&str> {
        match &self.frames.last()?.content {
            Content::Map {
                key: Some((Key::Field(name), _)),
                ..
            } => Some(name),
            _ => None,
        }
    }

    fn pending_merge(&self) -> bool {
        let top = self.frames.last().map(|frame| &frame.content);
        matches!(
            top,
            Some(Content::Map {
                key: Some((Key::Merge, _)),
                ..
            })
        )
    }

    /// Notes a key; its value comes next.
    fn key(&mut self, found: Key, at: Mark) {
        let index = self.entries.len();
        let (kind, hash) = match &found {
            Key::Field(name) => (EntryKind::Field, hash(name)),
            Key::Merge => (EntryKind::Merge, 0),
        };
        self.entries.push(Entry {
            kind,
            len: 1,
            hash,
            key: at,
            value: at,
        });
        if let Some(Content::Map { key, .. }) =
            self.frames.last_mut().map(|frame| &mut frame.content)
        {
            *key = Some((found, index));
        }
    }

    /// The entry of a value that starts at `at`.
    fn open(&mut self, at: Mark) -> usize {
        let index = self.entries.len();
        let (kind, hash) = match self.frames.last().map(|frame| &frame.content) {
            Some(Content::Map {
                key: Some((_, pending)),
                ..
            }) => {
                let pending = *pending;
                if let Some(entry) = self.entries.get_mut(pending) {
                    entry.value = at;
                    // Open until its length is known.
                    entry.len = 0;
                }
                return pending;
            }
            Some(Content::List(items)) => (EntryKind::Index, items.len() as u64),
            Some(Content::Stream) => (EntryKind::Index, 0),
            Some(Content::Map { key: None, .. }) | None => (EntryKind::Root, 0),
        };
        self.entries.push(Entry {
            kind,
            len: 0,
            hash,
            key: at,
            value: at,
        });
        index
    }

    /// Writes the length of an entry that is complete.
    fn measure(&mut self, index: usize) {
        let len = self.entries.len() - index;
        if let Some(entry) = self.entries.get_mut(index) {
            entry.len = super::spans::number(len);
        }
    }

    /// Puts a complete value where it belongs.
    fn close(&mut self, value: Value, entry: usize, anchor: usize, height: usize) -> Result<(), E> {
        self.measure(entry);
        if anchor != 0 {
            let at = self
                .entries
                .get(entry)
                .map(|entry| entry.value)
                .unwrap_or_default();
            let entries = subtree(&self.entries, entry).to_vec();
            self.remember(anchor, &value, entries, height, at)?;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.height = frame.height.max(height);
        }
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(value),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Stream) => return self.item(value, entry),
            Some(Content::Map { .. }) => self.insert(value, entry)?,
        }
        Ok(())
    }

    /// Puts a value into the map on top, under the key that awaits it.
    fn insert(&mut self, value: Value, entry: usize) -> Result<(), Fault> {
        let at = self
            .entries
            .get(entry)
            .map(|entry| entry.key)
            .unwrap_or_default();
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        let parent = frame.entry;
        let Content::Map { map, key, merged } = &mut frame.content else {
            return Ok(());
        };
        let (kind, name) = match key.take() {
            Some((Key::Field(name), _)) => match map.entry(name) {
                serde_json::map::Entry::Vacant(vacant) => {
                    vacant.insert(value);
                    return Ok(());
                }
                serde_json::map::Entry::Occupied(taken) => (EntryKind::Field, taken.key().clone()),
            },
            Some((Key::Merge, _)) if merged.is_none() => {
                *merged = Some(merge(value, map).map_err(|problem| problem.at(at))?);
                return Ok(());
            }
            _ => (EntryKind::Merge, "<<".to_owned()),
        };
        let hash = if kind == EntryKind::Field {
            hash(&name)
        } else {
            0
        };
        let first = find(&self.entries, parent, kind, hash)
            .and_then(|index| self.entries.get(index))
            .map(|entry| entry.key)
            .unwrap_or_default();
        Err(Problem::DuplicateKey { key: name, first }.at(at))
    }

    /// Sends an item of a list on its way, with its spans and nothing else.
    fn item(&mut self, value: Value, entry: usize) -> Result<(), E> {
        let mut entries: Vec<Entry> = self.entries.drain(entry..).collect();
        make_root(&mut entries);
        let number = self.documents + 1;
        let known = self.streamed.as_mut().map_or(0, |streamed| {
            streamed.items += 1;
            streamed.yaml11
        });
        let yaml11 = self.yaml11.split_off(known.min(self.yaml11.len()));
        let document = Document {
            value,
            spans: Spans { entries },
            yaml11,
            number,
        };
        list::deliver_item(document, &mut *self.on)
    }

    fn remember(
        &mut self,
        anchor: usize,
        value: &Value,
        entries: Vec<Entry>,
        height: usize,
        at: Mark,
    ) -> Result<(), Fault> {
        let bytes = weight(value);
        self.charge(bytes, at)?;
        let value = value.clone();
        self.anchors.insert(
            anchor,
            Anchored {
                value,
                entries,
                height,
                bytes,
            },
        );
        Ok(())
    }

    fn charge(&mut self, bytes: usize, at: Mark) -> Result<(), Fault> {
        self.copied = self.copied.saturating_add(bytes);
        if self.copied > MAX_ALIAS_BYTES {
            return Err(Problem::AliasBudget(MAX_ALIAS_BYTES).at(at));
        }
        Ok(())
    }

    /// The path of the value that comes next, from the document or, in a list, from the item.
    fn path(&self) -> Vec<Segment<'static>> {
        let in_item = matches!(
            self.frames.get(1),
            Some(Frame {
                content: Content::Stream,
                ..
            })
        );
        let frames = self.frames.iter().skip(if in_item { 2 } else { 0 });
        frames
            .filter_map(|frame| match &frame.content {
                Content::List(items) => Some(Segment::Index(items.len())),
                Content::Map {
                    key: Some((Key::Field(name), _)),
                    ..
                } => Some(Segment::Field(Cow::Owned(name.clone()))),
                Content::Map {
                    key: Some((Key::Merge, _)),
                    ..
                } => Some(Segment::from("<<")),
                Content::Map { key: None, .. } | Content::Stream => None,
            })
            .collect()
    }
}

/// What a `<<` brings into a map that has the keys of `map` so far.
fn merge(value: Value, map: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let sources = match value {
        Value::Object(source) => return checked(source, map),
        Value::Array(sources) => sources,
        _ => return Err(Problem::MergeNotMap),
    };
    let mut merged = Map::new();
    for source in sources {
        let Value::Object(source) = source else {
            return Err(Problem::MergeNotMap);
        };
        // The first source that has a key wins.
        for (key, value) in source {
            merged.entry(key).or_insert(value);
        }
    }
    checked(merged, map)
}

/// Refuses a merge that kubectl would let overwrite keys that stand before it.
fn checked(
    merged: Map<String, Value>,
    map: &Map<String, Value>,
) -> Result<Map<String, Value>, Problem> {
    let overwritten = merged
        .iter()
        .find(|(key, value)| map.get(*key).is_some_and(|own| own != *value));
    match overwritten {
        Some((key, _)) => Err(Problem::MergeOverwrites { key: key.clone() }),
        None => Ok(merged),
    }
}

/// About how many bytes a copy of `value` and its places takes.
fn weight(value: &Value) -> usize {
    NODE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| key.len() + weight(value))
                .sum(),
            _ => 0,
        }
}
