//! The snapshot file format, which `docs/snapshot-format.md` describes: items without secret values, with what is known of
//! their completeness.

use super::cluster::Time;
use super::error::LoadCause;
use super::json::{self, Key, text};
use super::loader::Inner;
use asogate_core::coverage::{Coverage, CoverageMap};
use asogate_core::object::GroupKind;
use asogate_core::selector::KindPattern;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The `apiVersion` of snapshot files that are written and read.
pub(super) const API_VERSION: &str = "asogate.dev/v1alpha1";

/// The `kind` of snapshot files.
pub(super) const KIND: &str = "Snapshot";

const GROUP: &str = "asogate.dev/";

/// Whether an `apiVersion` is one of ours, of whatever version.
pub(super) fn is_ours(api_version: &str) -> bool {
    api_version.starts_with(GROUP)
}

/// What was read of a snapshot file when it became clear that it is one.
pub(super) struct Header<'de> {
    api_version: Cow<'de, str>,
    kind: Option<Cow<'de, str>>,
    parts: Vec<(Cow<'de, str>, &'de RawValue)>,
}

/// What a snapshot file says of itself, apart from the coverage and the objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileHeader {
    /// The context and address of the cluster that was read; none if that was a recorded one.
    pub cluster: Option<String>,
    /// When it was read.
    pub time: Option<Time>,
    /// How many objects had changed meanwhile.
    pub read_again: usize,
    /// How completely each kind was read.
    pub coverage: CoverageMap,
    /// The plurals of kinds that may not be listed.
    pub resources: BTreeMap<GroupKind, String>,
    /// The resource versions of the lists.
    pub resource_versions: BTreeMap<GroupKind, String>,
}

/// What is said of one kind.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct KindCoverage {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) resource: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) resource_version: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pattern {
    pub(super) group: String,
    pub(super) kind: String,
}

impl<'de> Header<'de> {
    pub(super) fn new(
        api_version: Cow<'de, str>,
        kind: Option<Cow<'de, str>>,
        parts: Vec<(Cow<'de, str>, &'de RawValue)>,
    ) -> Self {
        Header {
            api_version,
            kind,
            parts,
        }
    }

    /// Reads the rest of the file.
    pub(super) fn read<A: MapAccess<'de>>(
        self,
        inner: &mut Inner,
        start: Option<usize>,
        mut map: A,
    ) -> Result<(), A::Error> {
        let Header {
            api_version,
            mut kind,
            parts,
        } = self;
        if api_version != API_VERSION {
            let cause = LoadCause::SnapshotVersion {
                found: api_version.into_owned(),
                known: API_VERSION,
            };
            return Err(inner.fail(start, cause));
        }
        inner.is_snapshot = true;
        inner.header = Some(FileHeader::default());
        let mut met: Vec<Cow<'de, str>> = vec![];
        for (key, raw) in parts {
            if met.contains(&key) {
                return Err(inner.fail(start, given_twice(&key)));
            }
            part(inner, start, &key, raw.get())?;
            met.push(key);
        }
        while let Some(key) = map.next_key_seed(Key)? {
            if met.contains(&key) || key == "apiVersion" {
                return Err(inner.fail(start, given_twice(&key)));
            }
            match &*key {
                "kind" => {
                    let value = map.next_value_seed(json::Text)?;
                    kind = Some(text(inner, "kind", kind.is_some(), value, start)?);
                    continue;
                }
                "items" => json::recorded_items(inner, &mut map)?,
                _ => {
                    let raw: &RawValue = map.next_value()?;
                    part(inner, start, &key, raw.get())?;
                }
            }
            met.push(key);
        }
        let cause = match kind {
            None => LoadCause::Missing("kind"),
            Some(kind) if kind != KIND => {
                LoadCause::SnapshotHeader(format!("its kind is `{kind}`; it must be `{KIND}`"))
            }
            Some(_) if !met.iter().any(|key| key == "items") => {
                LoadCause::SnapshotHeader("it has no `items`; it was cut off or edited".into())
            }
            Some(_) => return Ok(()),
        };
        Err(inner.fail(start, cause))
    }
}

fn given_twice(key: &str) -> LoadCause {
    LoadCause::SnapshotHeader(format!("`{key}` is given twice"))
}

/// Reads one part of the header.
fn part<E: Error>(inner: &mut Inner, start: Option<usize>, key: &str, json: &str) -> Result<(), E> {
    let at = inner.offset(json).or(start);
    read_part(inner, key, json).map_err(|cause| inner.fail(at, LoadCause::SnapshotHeader(cause)))
}

fn read_part(inner: &mut Inner, key: &str, json: &str) -> Result<(), String> {
    fn parsed<'de, T: Deserialize<'de>>(json: &'de str, wanted: &str) -> Result<T, String> {
        // The parser's own words could quote the file.
        serde_json::from_str(json).map_err(|_| wanted.to_owned())
    }
    let header = inner.header.get_or_insert_default();
    match key {
        "coverage" => {
            let wanted = "`coverage` must be a list of `{group, kind, state, reason, resource, resourceVersion}`";
            for stated in parsed::<Vec<KindCoverage>>(json, wanted)? {
                let kind = GroupKind::new(stated.group, stated.kind);
                let reason = stated.reason;
                if !stated.resource.is_empty() {
                    header.resources.insert(kind.clone(), stated.resource);
                }
                if !stated.resource_version.is_empty() {
                    let versions = &mut header.resource_versions;
                    versions.insert(kind.clone(), stated.resource_version);
                }
                let coverage = match stated.state.as_str() {
                    "complete" => Coverage::Complete,
                    "not-served" => Coverage::NotServed,
                    "forbidden" => Coverage::Forbidden { reason },
                    "failed" => Coverage::Failed { reason },
                    "truncated" => Coverage::Truncated { reason },
                    // Nothing is said, so that another file may say it.
                    "not-asked" => continue,
                    state => {
                        return Err(format!(
                            "the `state` of `{kind}` is `{state}`; it must be complete, not-served, forbidden, failed, truncated or not-asked"
                        ));
                    }
                };
                header.coverage.set(kind.clone(), coverage.clone());
                inner.coverage.set(kind, coverage);
            }
        }
        "complete" => {
            let wanted = "`complete` must be a list of `{group, kind}`";
            for pattern in parsed::<Vec<Pattern>>(json, wanted)? {
                let pattern = KindPattern::new(pattern.group, pattern.kind);
                header.coverage.set_complete_pattern(pattern.clone());
                inner.coverage.set_complete_pattern(pattern);
            }
        }
        "time" => {
            header.time = Some(parsed(json, "`time` must be a map of `from` and `to`")?);
        }
        "cluster" => {
            header.cluster = Some(parsed(json, "`cluster` must be a string")?);
        }
        "readAgain" => {
            header.read_again = parsed(json, "`readAgain` must be a number from 0")?;
        }
        "items" => return Err("`items` stands before `apiVersion`; it must come after".into()),
        unknown => {
            return Err(format!(
                "it has an unknown field `{unknown}`; known ones are apiVersion, kind, cluster, time, readAgain, coverage, complete and items"
            ));
        }
    }
    Ok(())
}
