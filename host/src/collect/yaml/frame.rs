//! What is open while a document is built.

use super::spans::Segment;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A map or list that is not complete yet.
pub(super) struct Frame {
    pub(super) entry: usize,
    pub(super) anchor: usize,
    pub(super) height: usize,
    pub(super) content: Content,
}

pub(super) enum Content {
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

pub(super) enum Key {
    Field(String),
    Merge,
}

/// The path of the value that comes next, from the document or, in a list, from the item.
pub(super) fn path(frames: &[Frame]) -> Vec<Segment<'static>> {
    let in_item = matches!(
        frames.get(1),
        Some(Frame {
            content: Content::Stream,
            ..
        })
    );
    let frames = frames.iter().skip(if in_item { 2 } else { 0 });
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
