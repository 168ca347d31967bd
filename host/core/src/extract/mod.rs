//! From an object in any serde format to the cells that a [`ReadSet`](crate::selector::ReadSet) asks for, in one pass.
//!
//! This is the only place that reads the contents of Kubernetes objects. Values of Secrets are dropped here, while they
//! are parsed: `data`, `stringData` and `binaryData` of a Secret become key names, emptiness and (if asked for) a value
//! class; its `last-applied-configuration` annotation is never read.
//!
//! What is read of a kind is compiled into a [`recipe::Recipe`] once: a tree of the paths that anybody asked for. The
//! [`walk`] follows it through the parser's events; everything beside it is skipped without being looked at. What only
//! Kubernetes knows (owner references, pod specs, definitions) is put into the same tree by [`kubernetes`] and gathered
//! by [`facts`], so one pass serves all. No error of this module quotes a value.

mod base64;
mod entry;
mod env;
mod facts;
mod kubernetes;
mod object;
mod reading;
mod recipe;
mod secret;
mod settings;
mod text;
mod walk;

pub use object::{Extractor, Head, Source, ValueReader, from_value};

use std::fmt::Debug;

/// Puts values into classes: equal values have equal classes, and a class tells nothing else.
pub trait Classify: Debug {
    /// The class of a value; 0 if classes cannot be told (then the cell is absent).
    fn class(&mut self, value: &[u8]) -> u32;

    /// A class of a value that was classed elsewhere and is not at hand: unlike every class before.
    fn fresh(&mut self) -> u32;

    /// Gives classes new numbers: the class `classes[n]` is called `n + 1` from now on, and all others follow.
    fn renumber(&mut self, classes: &[u32]);
}

/// Tells no classes: every class is unknown, and its cell absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoClasses;

impl Classify for NoClasses {
    fn class(&mut self, _value: &[u8]) -> u32 {
        0
    }

    fn fresh(&mut self) -> u32 {
        0
    }

    fn renumber(&mut self, _classes: &[u32]) {}
}

#[cfg(test)]
mod tests;
