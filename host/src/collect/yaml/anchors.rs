//! What the anchors (`&name`) of a document stand for, and how much its aliases (`*name`) may copy.

use super::problem::{Fault, Problem};
use super::spans::{Entry, Mark};
use serde_json::Value;
use std::collections::HashMap;

/// How many bytes anchors and aliases may copy in one document. Protects memory and time against alias bombs: a few
/// hundred bytes can stand for gigabytes. Ten times what a cluster stores of one object (etcd: 1.5 MiB).
pub const MAX_ALIAS_BYTES: usize = 16 << 20;

/// What a node of a value is counted for, besides its text: the value, its place, its slot in a map.
const NODE_BYTES: usize = 128;

/// The anchors of one document.
#[derive(Default)]
pub(super) struct Anchors {
    known: HashMap<usize, Anchored>,
    copied: usize,
}

/// What an anchor stands for.
pub(super) struct Anchored {
    pub(super) value: Value,
    /// The places of the value and of all in it.
    pub(super) entries: Vec<Entry>,
    /// How deep maps and lists are nested in the value, itself included.
    pub(super) height: usize,
    bytes: usize,
}

impl Anchors {
    /// Notes what `anchor` stands for; the value stands at `at`.
    pub(super) fn remember(
        &mut self,
        anchor: usize,
        value: &Value,
        entries: &[Entry],
        height: usize,
        at: Mark,
    ) -> Result<(), Fault> {
        let bytes = weight(value);
        self.charge(bytes, at)?;
        let anchored = Anchored {
            value: value.clone(),
            entries: entries.to_vec(),
            height,
            bytes,
        };
        self.known.insert(anchor, anchored);
        Ok(())
    }

    /// What the alias at `at` stands for; counts that it will be copied.
    pub(super) fn copy(&mut self, anchor: usize, at: Mark) -> Result<&Anchored, Fault> {
        // The parser knows the anchor; if we do not, its value is not complete yet.
        let bytes = match self.known.get(&anchor) {
            Some(anchored) => anchored.bytes,
            None => return Err(Problem::AliasContainsItself.at(at)),
        };
        self.charge(bytes, at)?;
        let anchored = self.known.get(&anchor);
        anchored.ok_or_else(|| Problem::AliasContainsItself.at(at))
    }

    fn charge(&mut self, bytes: usize, at: Mark) -> Result<(), Fault> {
        self.copied = self.copied.saturating_add(bytes);
        if self.copied > MAX_ALIAS_BYTES {
            return Err(Problem::AliasBudget(MAX_ALIAS_BYTES).at(at));
        }
        Ok(())
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
