//! What a swap does and what it leaves, in terms of the workloads: which value comes from where.

use super::edit::Operation;
use asogate_core::object::ObjectKey;
use serde::Serialize;
use std::fmt;

/// Which of the two kinds that hold configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Holder {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

impl Holder {
    /// The kind.
    pub fn kind(self) -> &'static str {
        match self {
            Holder::Secret => "Secret",
            Holder::ConfigMap => "ConfigMap",
        }
    }
}

/// A value in the namespace of who reads it: one key, or all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// What holds it.
    pub kind: Holder,
    /// The name of that.
    pub name: String,
    /// The key; none for all keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Source {
    /// One key of a Secret, or all of them.
    pub(super) fn secret(name: &str, key: Option<&str>) -> Source {
        Source {
            kind: Holder::Secret,
            name: name.to_owned(),
            key: key.map(str::to_owned),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`", self.kind.kind(), self.name)?;
        match &self.key {
            Some(key) => write!(out, " (`{key}`)"),
            None => Ok(()),
        }
    }
}

/// One value that is read from somewhere else after the swap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replacement {
    /// The workload.
    pub consumer: ObjectKey,
    /// Where in it: container and variable, or volume and file.
    pub place: String,
    /// What it reads now.
    pub from: Source,
    /// What it reads from then on.
    pub to: Source,
}

/// How much a reference that the swap leaves weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Nothing tells what would replace it, or whether anything has to.
    Undetermined,
    /// It would have to be replaced and cannot be.
    Blocks,
    /// It ends by itself, or somebody else ends it: the consumer cannot be changed.
    Noted,
}

/// One reference to a Secret of v1 that the swap leaves as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The workload.
    pub consumer: ObjectKey,
    /// Where in it.
    pub place: String,
    /// What it goes on reading.
    pub from: Source,
    /// Why, and what to do, in words.
    pub reason: String,
    /// How much that weighs.
    pub weight: Weight,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal {
            consumer,
            place,
            from,
            reason,
            ..
        } = self;
        write!(out, "{consumer}, {place}: {from} stays: {reason}")
    }
}

/// What the change of one workload is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Each value that comes from somewhere else.
    pub replacements: Vec<Replacement>,
    /// What has to be known about the workload besides.
    pub notes: Vec<&'static str>,
    /// The JSON patch that makes the change, field by field.
    pub operations: Vec<Operation>,
}
