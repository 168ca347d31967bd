//! `older-version`: an object that is written in an older API version than the one in which it was applied loses the fields that
//! the older one does not know, and the PUT at adoption goes out in it (FACTS 0.11, OBSERVED N1). It happens when a kubectl
//! command names no version: for 55 kinds kubectl then takes the oldest one.
//!
//! Who wrote in which version, and when, stands in `metadata.managedFields`.

use crate::say;
use asogate_aso::versions::is_older;
use asogate_policy::{
    Column, Finding, Input, ObjectId, Operation, Row, Rows, Selector, State, Step, Table,
};
use std::collections::HashSet;

pub(crate) const TABLE: &str = "v2";
const MANAGED: &str = "managed-fields";

/// What shows who wrote: one row an entry.
const ENTRY: [&str; 5] = [
    "metadata.managedFields[*].apiVersion",
    "metadata.managedFields[*].manager",
    "metadata.managedFields[*].operation",
    "metadata.managedFields[*].subresource",
    "metadata.managedFields[*].time",
];

pub(crate) fn reads() -> [Selector; 2] {
    [
        Selector::objects(TABLE, "*.azure.com", "*", ["apiVersion", "kind"]),
        Selector::objects(MANAGED, "*.azure.com", "*", ENTRY),
    ]
}

/// One writer of an object.
#[derive(Clone, Copy)]
struct Entry<'a> {
    version: &'a str,
    manager: &'a str,
    /// Whether it is an apply of a whole manifest, which brings back what was lost.
    applies: bool,
    time: &'a str,
}

struct Judge<'a> {
    input: &'a Input,
    objects: Table<'a>,
    api_version: Column,
    managed: Table<'a>,
    entry: [Column; 5],
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let (objects, managed) = (input.table(TABLE)?, input.table(MANAGED)?);
    let judge = Judge {
        input,
        objects,
        api_version: objects.column("apiVersion")?,
        managed,
        entry: managed.columns(ENTRY)?,
    };
    let mut found = judge.plan();
    // What was lost before matters where v2 starts to write.
    if matches!(input.step(), Step::Import | Step::Adopt) {
        found.extend(judge.past(&found));
    }
    Ok(found)
}

impl<'a> Judge<'a> {
    fn version(&self, row: Row<'a>) -> Option<&'a str> {
        Some(row.text(self.api_version)?.split_once('/')?.1)
    }

    /// Objects that the plan writes in an older version.
    fn plan(&self) -> Vec<Finding> {
        let mut found = vec![];
        for transition in self.input.walk() {
            let change = transition.change;
            if change.operation != Operation::Update || !change.is_requested() {
                continue;
            }
            let before = transition.removed(self.objects).first();
            let after = transition.added(self.objects).first();
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            let (Some(read), Some(written)) = (self.version(before), self.version(after)) else {
                continue;
            };
            let entries = self.entries(transition.before.rows_of(self.managed, change.object));
            let known = newest(&entries).map_or(read, |entry| newer(read, entry.version));
            if is_older(written, known) {
                let problem = say::written_older(written, known);
                found.push(problem.about(change.object).at(change.number));
            }
        }
        found
    }

    /// Objects that the plan touches and that somebody has written in an older version since they were applied.
    fn past(&self, told: &[Finding]) -> Vec<Finding> {
        let told: HashSet<_> = told.iter().filter_map(Finding::object).collect();
        let mut found = vec![];
        for rows in self.input.now().objects(self.managed) {
            let Some(object) = rows.object().filter(|object| self.input.touches(*object)) else {
                continue;
            };
            if told.contains(&object) {
                continue;
            }
            let entries = self.entries(rows);
            if let Some((lost, applied)) = lost(&entries) {
                let problem = say::was_written_older(lost.manager, lost.version, applied);
                let problem = problem.about(object);
                found.push(if self.is_restored(object, applied) {
                    problem.mended()
                } else {
                    problem.standing()
                });
            }
        }
        found
    }

    /// Whether the import applies the object again in its version, which brings back what was lost.
    fn is_restored(&self, object: ObjectId, applied: &str) -> bool {
        let end: State<'a> = self.input.after_all();
        let version = end
            .row_of(self.objects, object)
            .and_then(|row| self.version(row));
        self.input.step() == Step::Import
            && version.is_some_and(|version| !is_older(version, applied))
    }

    fn entries(&self, rows: Rows<'a>) -> Vec<Entry<'a>> {
        let [version, manager, operation, subresource, time] = self.entry;
        let entry = |row: Row<'a>| {
            let (_, version) = row.text(version)?.split_once('/')?;
            let manager = row.text(manager).unwrap_or_default();
            // A status loses nothing that is written to Azure, and versions that end so are v2's own.
            let counts = !row.has(subresource) && !version.ends_with("storage");
            counts.then(|| Entry {
                version,
                manager,
                applies: row.text(operation) == Some("Apply")
                    || manager == "kubectl-client-side-apply",
                time: row.text(time).unwrap_or_default(),
            })
        };
        rows.filter_map(entry).collect()
    }
}

fn newer<'a>(one: &'a str, other: &'a str) -> &'a str {
    if is_older(one, other) { other } else { one }
}

fn newest<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<&'e Entry<'a>> {
    let mut newest = entries.first()?;
    for entry in entries {
        if is_older(newest.version, entry.version) {
            newest = entry;
        }
    }
    Some(newest)
}

/// The last writer in an older version after the object was last applied in its newest one, and that version. Times are texts
/// of one form (RFC 3339 in UTC), so they compare as texts.
fn lost<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<(&'e Entry<'a>, &'a str)> {
    let newest = newest(entries)?.version;
    let of_newest = || {
        entries
            .iter()
            .filter(|entry| !is_older(entry.version, newest))
    };
    let applied = of_newest().filter(|entry| entry.applies);
    let applied = applied.map(|entry| entry.time).max();
    // Without an apply the object was created in that version: whatever came later in an older one counts.
    let since = applied.or_else(|| of_newest().map(|entry| entry.time).min())?;
    let older = entries
        .iter()
        .filter(|entry| is_older(entry.version, newest));
    let lost = older
        .filter(|entry| entry.time > since)
        .max_by_key(|entry| entry.time)?;
    Some((lost, newest))
}
