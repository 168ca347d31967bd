//! Snapshots for people and programs: what was written, what one holds, what two differ in.

use crate::collect::Time;
use crate::collect::loader::Loaded;
use crate::collect::recording::Recorded;
use crate::difference::{Difference, How};
use crate::known::KindCoverage;
use crate::report::human::count;
use crate::report::json::API_VERSION;
use anstyle::{AnsiColor, Style};
use asogate_core::coverage::{Coverage, CoverageMap};
use asogate_core::object::{GroupKind, ObjectKey};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

const BOLD: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// How many fields of one object are told to people.
const FIELDS: usize = 12;

/// What a snapshot holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// Files, as the user named them.
    sources: Vec<String>,
    /// The context and address of the cluster.
    cluster: Option<String>,
    /// When it was read.
    time: Option<Time>,
    /// How many objects had changed meanwhile, and were read again.
    read_again: Option<usize>,
    /// How many objects there are.
    objects: usize,
    /// What is known of each kind.
    kinds: Vec<Kind>,
    /// Patterns of kinds of which there is nothing else.
    complete: Vec<String>,
}

/// What is known of one kind.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(flatten)]
    coverage: KindCoverage,
    /// How many objects there are.
    objects: usize,
    /// The version of their list.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_version: Option<String>,
}

impl Contents {
    /// What was loaded.
    pub fn of(loaded: &Loaded) -> Contents {
        let snapshot = &loaded.snapshot;
        let headers = || loaded.files.iter().filter_map(|file| file.header.as_ref());
        let header = headers().next().filter(|_| headers().count() == 1);
        let mut objects: BTreeMap<GroupKind, usize> = BTreeMap::new();
        let coverage = header.map_or(snapshot.coverage(), |header| &header.coverage);
        for (kind, _) in coverage.iter() {
            objects.entry(kind.clone()).or_default();
        }
        for (_, object) in snapshot.objects() {
            *objects.entry(object.kind().clone()).or_default() += 1;
        }
        let version = |kind: &GroupKind| header?.resource_versions.get(kind).cloned();
        let complete = coverage.complete_patterns().iter();
        Contents {
            sources: loaded.files.iter().map(|file| file.name.clone()).collect(),
            cluster: header.and_then(|header| header.cluster.clone()),
            time: header.and_then(|header| header.time.clone()),
            read_again: header.map(|header| header.read_again),
            objects: snapshot.len(),
            complete: complete.map(ToString::to_string).collect(),
            kinds: objects
                .into_iter()
                .map(|(kind, objects)| Kind {
                    resource_version: version(&kind),
                    coverage: KindCoverage {
                        kind: kind.to_string(),
                        coverage: coverage.of(&kind),
                    },
                    objects,
                })
                .collect(),
        }
    }
}

/// A document for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a, T> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    contents: &'a T,
}

fn document(kind: &'static str, contents: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Document {
        api_version: API_VERSION,
        kind,
        contents,
    })?;
    text.push('\n');
    Ok(text)
}

struct Page(String);

impl Page {
    fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{text}");
    }
}

/// Whether everything that was asked for was read, and somebody says so.
pub fn is_complete(coverage: &CoverageMap) -> bool {
    is_stated(coverage) && coverage.iter().all(|(_, coverage)| coverage.is_complete())
}

fn is_stated(coverage: &CoverageMap) -> bool {
    coverage.iter().next().is_some() || !coverage.complete_patterns().is_empty()
}

/// What was written, for standard error, without the end of its last line.
pub fn written(recorded: &Recorded, path: &str) -> String {
    let mut page = Page(String::new());
    let kibibytes = recorded.bytes.div_ceil(1 << 10);
    page.line(format_args!(
        "wrote {} to {path} ({kibibytes} KiB); `asogate check … --snapshot {path}` judges it",
        count(recorded.objects, "object")
    ));
    let incomplete = recorded
        .coverage
        .iter()
        .filter(|(_, coverage)| !coverage.is_complete());
    for (kind, coverage) in incomplete {
        page.line(format_args!(
            "{YELLOW}not complete:{YELLOW:#} {kind}: {}",
            coverage.describe()
        ));
    }
    if !is_stated(&recorded.coverage) {
        page.line(format_args!(
            "{YELLOW}not complete:{YELLOW:#} nothing is known of its completeness; if the dump holds everything, say so with --assume-complete"
        ));
    }
    if !recorded.origin.missing_rules.is_empty() {
        page.line("`asogate rbac` prints a role with every right that a snapshot needs");
    }
    page.0.truncate(page.0.trim_end().len());
    page.0
}

/// What a snapshot holds, for programs.
///
/// # Errors
///
/// If it has no JSON form, which does not happen.
pub fn contents_json(contents: &Contents) -> Result<String, serde_json::Error> {
    document("SnapshotContents", contents)
}

/// What a snapshot holds, for people.
pub fn contents(contents: &Contents) -> String {
    let mut page = Page(String::new());
    let cluster = match &contents.cluster {
        Some(cluster) => format!(" of {cluster}"),
        None => String::new(),
    };
    page.line(format_args!(
        "{BOLD}snapshot{BOLD:#}{cluster}: {} in {}",
        count(contents.objects, "object"),
        contents.sources.join(", ")
    ));
    match &contents.time {
        Some(Time { from, to }) => page.line(format_args!("read from {from} to {to}")),
        None => page.line("it does not say when it was read"),
    }
    if let Some(read_again) = contents.read_again.filter(|number| *number > 0) {
        page.line(format_args!(
            "{} changed meanwhile, and what they were then was read again",
            count(read_again, "object")
        ));
    }
    page.line("");
    let width = |kind: &Kind| kind.coverage.kind.chars().count();
    let width = contents.kinds.iter().map(width).max().unwrap_or(0).max(4);
    page.line(format_args!(
        "{BOLD}{:width$}  {:>7}  coverage{BOLD:#}",
        "kind", "objects"
    ));
    // A cluster does not serve most kinds that a policy could ask for.
    let unserved = |kind: &&Kind| kind.coverage.coverage == Coverage::NotServed;
    for kind in contents.kinds.iter().filter(|kind| !unserved(kind)) {
        let style = match kind.coverage.coverage.is_complete() {
            true => Style::new(),
            false => YELLOW,
        };
        page.line(format_args!(
            "{:width$}  {:>7}  {style}{}{style:#}",
            kind.coverage.kind,
            kind.objects,
            kind.coverage.coverage.describe()
        ));
    }
    page.line("");
    let unserved = contents.kinds.iter().filter(unserved).count();
    if unserved > 0 {
        page.line(format_args!(
            "{} not served by the cluster",
            count(unserved, "kind")
        ));
    }
    for pattern in &contents.complete {
        page.line(format_args!(
            "{pattern}: there is nothing beyond the kinds above"
        ));
    }
    let incomplete = contents
        .kinds
        .iter()
        .filter(|kind| !kind.coverage.coverage.is_complete())
        .count();
    match (incomplete, contents.complete.is_empty()) {
        (0, false) => page.line(format_args!("{GREEN}complete{GREEN:#}")),
        (0, true) => page.line("nothing is said of kinds that do not occur"),
        (number, _) => page.line(format_args!(
            "{YELLOW}not complete{YELLOW:#} in {}; whatever needs them is unknown",
            count(number, "kind")
        )),
    }
    page.0
}

/// What two snapshots differ in, for programs.
///
/// # Errors
///
/// If it has no JSON form, which does not happen.
pub fn difference_json(difference: &Difference) -> Result<String, serde_json::Error> {
    document("SnapshotDifference", difference)
}

/// What two snapshots differ in, for people.
pub fn difference(difference: &Difference) -> String {
    let mut page = Page(String::new());
    let objects = |page: &mut Page, style: Style, word: &str, keys: &[ObjectKey]| {
        for key in keys {
            page.line(format_args!("{style}{word}{style:#} {key}"));
        }
    };
    objects(&mut page, GREEN, "added", &difference.added);
    objects(&mut page, RED, "removed", &difference.removed);
    for changed in &difference.changed {
        let replaced = match changed.replaced {
            true => " (another object of the same name)",
            false => "",
        };
        page.line(format_args!(
            "{YELLOW}changed{YELLOW:#} {}{replaced}",
            changed.object
        ));
        for field in changed.fields.iter().take(FIELDS) {
            let how = match field.how {
                How::Added => "added",
                How::Removed => "removed",
                How::Changed => "changed",
                How::Emptied => "is empty now",
                How::Filled => "is no longer empty",
                How::Regrouped => "equals other values than before",
            };
            page.line(format_args!("  {} {how}", field.path));
        }
        if let Some(more) = changed
            .fields
            .len()
            .checked_sub(FIELDS)
            .filter(|more| *more > 0)
        {
            page.line(format_args!("  … and {more} more; -o json lists all"));
        }
    }
    for unknown in &difference.unknown {
        page.line(format_args!(
            "{YELLOW}unknown{YELLOW:#} {}: older: {}; newer: {}",
            unknown.kind,
            unknown.old.describe(),
            unknown.new.describe()
        ));
    }
    let end = match (difference.is_empty(), difference.unknown.is_empty()) {
        (true, true) => "no difference".to_owned(),
        (true, false) => "no difference was found, but not everything could be compared".to_owned(),
        (false, _) => format!(
            "{} added, {} removed, {} changed",
            difference.added.len(),
            difference.removed.len(),
            difference.changed.len()
        ),
    };
    page.line(end);
    page.0
}
