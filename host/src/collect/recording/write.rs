//! The snapshot file, one object a line.

use super::spool::Texts;
use crate::collect::Origin;
use crate::collect::cluster::Time;
use crate::collect::snapshot_file::{API_VERSION, KIND, KindCoverage, Pattern};
use asogate_core::coverage::Coverage;
use asogate_core::object::GroupKind;
use asogate_core::pool::Symbol;
use asogate_core::selector::{Function, Relation};
use asogate_core::snapshot::{Object, Snapshot};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes everything: what is known of the reading, then every object with what was told apart from its text.
pub(super) fn snapshot(
    out: &mut impl Write,
    snapshot: &Snapshot,
    origin: &Origin,
    texts: &mut Texts,
) -> io::Result<()> {
    let header = Header {
        api_version: API_VERSION,
        kind: KIND,
        // Of a recording that is written again, the files are not the cluster.
        cluster: origin.cluster.as_deref(),
        time: origin.moment.as_ref().map(|moment| &moment.time),
        read_again: origin.moment.as_ref().map(|moment| moment.read_again),
    };
    let header = serde_json::to_string(&header)?;
    // Without its closing brace, because more follows.
    let header = header.strip_suffix('}').unwrap_or(&header);
    write!(out, "{header},\n\"coverage\":[")?;
    lines(out, &coverage(snapshot, origin))?;
    write!(out, "],\n\"complete\":[")?;
    let patterns = snapshot.coverage().complete_patterns().iter();
    let patterns: Vec<Pattern> = patterns
        .map(|pattern| Pattern {
            group: pattern.group.clone(),
            kind: pattern.kind.clone(),
        })
        .collect();
    lines(out, &patterns)?;
    write!(out, "],\n\"items\":[")?;
    let mut keys = Rows::new(snapshot, Relation::SecretKeys);
    let mut settings = Rows::new(snapshot, Relation::OperatorSettings);
    for (index, (_, object)) in snapshot.objects().enumerate() {
        let text = texts.get(object.whole().unwrap_or_default())?;
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        out.write_all(text.strip_suffix('}').unwrap_or(text).as_bytes())?;
        let keys = keys.of(object.position());
        let settings = settings.of(object.position());
        // Those of a Deployment are read from its own fields again.
        let is_secret = object.kind().group.is_empty() && object.kind().kind == "Secret";
        if is_secret {
            write_keys(out, snapshot, keys)?;
            write_settings(out, snapshot, settings)?;
        }
        write_classes(out, snapshot, object)?;
        out.write_all(b"}")?;
    }
    out.write_all(b"\n]}\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_again: Option<usize>,
}

/// The elements of a list, one a line.
fn lines(out: &mut impl Write, elements: &[impl Serialize]) -> io::Result<()> {
    for (index, element) in elements.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, element)?;
    }
    Ok(())
}

/// The coverage of every kind of which something is stated, with the version of its list, or what it is called in a rule
/// that would allow it.
fn coverage(snapshot: &Snapshot, origin: &Origin) -> Vec<KindCoverage> {
    let versions = origin
        .moment
        .as_ref()
        .map(|moment| &moment.resource_versions);
    let state = |kind: &GroupKind, coverage: Coverage| {
        let (state, reason) = match coverage {
            Coverage::Complete => ("complete", String::new()),
            Coverage::NotServed => ("not-served", String::new()),
            Coverage::Forbidden { reason } => ("forbidden", reason),
            Coverage::Failed { reason } => ("failed", reason),
            Coverage::Truncated { reason } => ("truncated", reason),
            Coverage::NotAsked => ("not-asked", String::new()),
        };
        let version = versions.and_then(|versions| versions.get(&kind.to_string()));
        let rule = origin.missing_rules.get(kind);
        KindCoverage {
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            state: state.to_owned(),
            reason,
            resource: rule.map_or_else(String::new, |rule| rule.resources.concat()),
            resource_version: version.cloned().unwrap_or_default(),
        }
    };
    let kinds = snapshot.coverage().iter();
    kinds
        .map(|(kind, coverage)| state(kind, coverage))
        .collect()
}

/// The rows of a relation, asked for in the order of the objects.
struct Rows<'s> {
    rows: &'s [u32],
    cells: &'s [Symbol],
    width: usize,
}

impl<'s> Rows<'s> {
    fn new(snapshot: &'s Snapshot, relation: Relation) -> Self {
        let (rows, cells) = match snapshot.store().relation(relation) {
            Some(rows) => (rows.rows.as_slice(), rows.cells.as_slice()),
            None => Default::default(),
        };
        Rows {
            rows,
            cells,
            width: relation.columns().len(),
        }
    }

    /// The cells of the rows of an object that comes after all those that were asked for before.
    fn of(&mut self, position: usize) -> impl Iterator<Item = &'s [Symbol]> + use<'s> {
        let before = self.rows.partition_point(|row| (*row as usize) < position);
        let to = self.rows.partition_point(|row| *row as usize <= position);
        let found = self.cells.get(before * self.width..to * self.width);
        self.rows = self.rows.get(to..).unwrap_or_default();
        self.cells = self.cells.get(to * self.width..).unwrap_or_default();
        found.unwrap_or_default().chunks(self.width)
    }
}

#[derive(Serialize)]
struct Key<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    empty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<u32>,
}

#[derive(Serialize)]
struct Setting<'a> {
    operator: &'a str,
    setting: &'a str,
    value: &'a str,
}

fn write_keys<'s>(
    out: &mut impl Write,
    snapshot: &Snapshot,
    rows: impl Iterator<Item = &'s [Symbol]>,
) -> io::Result<()> {
    let rows = rows.filter_map(|row| match row {
        [_, _, key, empty, class] => Some(Key {
            key: snapshot.text(*key),
            empty: !empty.is_absent(),
            class: number(snapshot, *class),
        }),
        _ => None,
    });
    part(out, "secretKeys", &rows.collect::<Vec<_>>())
}

fn write_settings<'s>(
    out: &mut impl Write,
    snapshot: &Snapshot,
    rows: impl Iterator<Item = &'s [Symbol]>,
) -> io::Result<()> {
    let rows = rows.filter_map(|row| match row {
        [operator, _, setting, value] => Some(Setting {
            operator: snapshot.text(*operator),
            setting: snapshot.text(*setting),
            value: snapshot.text(*value),
        }),
        _ => None,
    });
    part(out, "operatorSettings", &rows.collect::<Vec<_>>())
}

/// The classes of cells, which cannot be told from the text any more.
fn write_classes(out: &mut impl Write, snapshot: &Snapshot, object: Object<'_>) -> io::Result<()> {
    let columns = object.schema().cells.iter().zip(object.cells());
    let classes: BTreeMap<String, u32> = columns
        .filter(|(column, _)| column.function == Function::Class)
        .filter_map(|(column, cell)| {
            let column = column.to_string();
            let inner = column.strip_prefix("class(")?.strip_suffix(')')?;
            Some((inner.to_owned(), number(snapshot, *cell)?))
        })
        .collect();
    if classes.is_empty() {
        return Ok(());
    }
    out.write_all(b",\"classes\":")?;
    Ok(serde_json::to_writer(&mut *out, &classes)?)
}

fn number(snapshot: &Snapshot, class: Symbol) -> Option<u32> {
    snapshot.text(class.present()?).parse().ok()
}

fn part(out: &mut impl Write, name: &str, elements: &[impl Serialize]) -> io::Result<()> {
    if elements.is_empty() {
        return Ok(());
    }
    write!(out, ",\"{name}\":")?;
    Ok(serde_json::to_writer(&mut *out, elements)?)
}
