//! `cert-manager`, `crd-absent`, `version-not-served` and `crd-pattern`: what the API server does with the versions in which the
//! plan writes v2 objects.

use crate::pattern::Patterns;
use crate::say;
use crate::written;
use asogate_policy::{Column, FastMap, Finding, Input, Level, ObjectId, Operation, Row};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

pub(crate) const TABLE: &str = "served";

/// The API of cert-manager that the charts of both operators need (FACTS (g)).
const CERT_MANAGER: (&str, &str, &str) = ("cert-manager.io", "Certificate", "v1");

/// One version of a definition.
#[derive(Clone, Copy)]
struct Version<'a> {
    definition: ObjectId,
    name: &'a str,
    is_served: bool,
    is_established: bool,
}

type Kinds<'a> = FastMap<(&'a str, &'a str), Vec<Version<'a>>>;

#[derive(Clone, Copy)]
struct Columns {
    group: Column,
    kind: Column,
    version: Column,
    served: Column,
    established: Column,
}

impl Columns {
    fn add<'a>(self, row: Row<'a>, kinds: &mut Kinds<'a>) {
        if let (Some(group), Some(kind)) = (row.text(self.group), row.text(self.kind)) {
            let versions = kinds.entry((group, kind)).or_default();
            versions.push(Version {
                definition: row.object(),
                name: row.text(self.version).unwrap_or_default(),
                is_served: row.is(self.served),
                is_established: row.is(self.established),
            });
        }
    }
}

/// What is wrong with one kind and version, for all objects that the plan writes in it.
struct Problem {
    first: (ObjectId, u32),
    others: Vec<ObjectId>,
    finding: Finding,
}

pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let table = input.table(TABLE)?;
    let columns = Columns {
        group: table.column("group")?,
        kind: table.column("kind")?,
        version: table.column("version")?,
        served: table.column("served")?,
        established: table.column("established")?,
    };
    let objects = input.table(written::TABLE)?;
    let [api_version, kind] = objects.columns(["apiVersion", "kind"])?;
    let patterns = Patterns::new(input)?;
    let mut kinds = Kinds::default();
    for row in input.now().rows(table) {
        columns.add(row, &mut kinds);
    }
    let mut problems: BTreeMap<(&str, &str), Problem> = BTreeMap::new();
    let mut found = vec![];
    let mut is_first = true;
    for transition in input.walk() {
        let change = transition.change;
        // A definition that the plan brings, changes or takes away.
        if !transition.removed(table).is_empty() {
            for versions in kinds.values_mut() {
                versions.retain(|version| version.definition != change.object);
            }
        }
        for row in transition.added(table) {
            columns.add(row, &mut kinds);
        }
        let row = transition.added(objects).first();
        let Some(row) = row.filter(|_| change.is_requested()) else {
            continue;
        };
        if std::mem::take(&mut is_first) {
            found.extend(cert_manager(&kinds).map(|problem| problem.at(change.number)));
        }
        let (Some(api_version), Some(kind)) = (row.text(api_version), row.text(kind)) else {
            continue;
        };
        let is_new = change.operation == Operation::Create;
        let Some(finding) = check(api_version, kind, is_new, &kinds, &patterns) else {
            continue;
        };
        match problems.entry((api_version, kind)) {
            Entry::Occupied(mut known) => known.get_mut().others.push(change.object),
            Entry::Vacant(place) => {
                place.insert(Problem {
                    first: (change.object, change.number),
                    others: vec![],
                    finding,
                });
            }
        }
    }
    found.extend(problems.into_values().map(|problem| {
        let (object, change) = problem.first;
        say::and_others(problem.finding, &problem.others)
            .about(object)
            .at(change)
    }));
    Ok(found)
}

fn cert_manager(kinds: &Kinds<'_>) -> Option<Finding> {
    let (group, kind, wanted) = CERT_MANAGER;
    let versions = kinds.get(&(group, kind)).map_or(&[] as &[_], Vec::as_slice);
    let serves = |version: &Version<'_>| {
        version.name == wanted && version.is_served && version.is_established
    };
    if versions.iter().any(serves) {
        return None;
    }
    let found = say::cert_manager(versions.is_empty());
    Some(match versions.first() {
        Some(version) => found.about(version.definition),
        None => found,
    })
}

fn check(
    api_version: &str,
    kind: &str,
    is_new: bool,
    kinds: &Kinds<'_>,
    patterns: &Patterns<'_>,
) -> Option<Finding> {
    let (group, version) = api_version.split_once('/')?;
    let versions = kinds.get(&(group, kind)).map_or(&[] as &[_], Vec::as_slice);
    let covers = patterns.covers(group, kind);
    let Some(first) = versions.first() else {
        return Some(if covers {
            say::absent(group, kind)
        } else {
            say::not_covered(group, kind, Level::Deny, patterns.deployment)
        });
    };
    if !versions.iter().any(|version| version.is_established) {
        return Some(say::not_established(first.definition));
    }
    let served = versions.iter().filter(|version| version.is_served);
    let served: Vec<&str> = served.map(|version| version.name).collect();
    if !served.contains(&version) {
        return Some(say::not_served(group, version, &served, first.definition));
    }
    (is_new && !covers && patterns.is_set())
        .then(|| say::not_covered(group, kind, Level::Warn, patterns.deployment))
}
