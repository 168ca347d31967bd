//! What a dump may be taken to be complete in. Files do not say what they leave out, so without a word of the user (or
//! of a snapshot file, which does say it) nothing is complete.

use super::known_kinds::{BUILT_IN, guessed_plural, plural};
use asogate_core::coverage::{Coverage, CoverageMap};
use asogate_core::object::GroupKind;
use asogate_core::selector::{KindPattern, ReadSet, Relation};
use asogate_core::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};

/// What the user vouches for with `--assume-complete`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AssumeComplete {
    /// Nothing.
    #[default]
    Nothing,
    /// Every kind that occurs or that anybody asks for.
    Everything,
    /// These kinds, as the user wrote them: `plural.group`, `Kind.group`, `*.group` for all kinds of a group, or a plain
    /// plural of a kind that Kubernetes itself serves.
    Kinds(Vec<String>),
}

impl AssumeComplete {
    /// The value of the flag: absent, bare, or with a list separated by commas.
    pub fn from_flag(flag: Option<Option<&str>>) -> Self {
        match flag {
            None => AssumeComplete::Nothing,
            Some(None) => AssumeComplete::Everything,
            Some(Some(list)) => {
                let names = list.split(',').map(str::trim);
                let names: Vec<String> = names
                    .filter(|name| !name.is_empty())
                    .map(Into::into)
                    .collect();
                // A list without a name (an empty variable in a script) vouches for nothing.
                AssumeComplete::Kinds(names)
            }
        }
    }

    /// Adds to `coverage` what is vouched for and not contradicted by the objects themselves. What sources stated
    /// themselves (`stated`) needs no check: it was observed, not assumed.
    ///
    /// # Errors
    ///
    /// [`UnknownKind`] for a name that means nothing here: a misspelt name must not look like an answer.
    pub(super) fn apply(
        &self,
        coverage: &mut CoverageMap,
        stated: &CoverageMap,
        read_set: &ReadSet,
        evidence: &Evidence,
    ) -> Result<(), UnknownKind> {
        match self {
            AssumeComplete::Nothing => return Ok(()),
            AssumeComplete::Everything => {
                for kind in &evidence.kinds {
                    coverage.set(kind.clone(), Coverage::Complete);
                }
                for pattern in read_set.kinds() {
                    complete(coverage, pattern);
                }
            }
            AssumeComplete::Kinds(names) => {
                for name in names {
                    for pattern in resolve(name, read_set, evidence)? {
                        complete(coverage, pattern);
                    }
                }
            }
        }
        for (kind, reason) in &evidence.missing {
            if !stated.of(kind).is_complete() {
                let reason = reason.clone();
                coverage.set(kind.clone(), Coverage::Truncated { reason });
            }
        }
        Ok(())
    }
}

fn complete(coverage: &mut CoverageMap, pattern: KindPattern) {
    match pattern.exact() {
        Some(kind) => coverage.set(kind, Coverage::Complete),
        None => coverage.set_complete_pattern(pattern),
    }
}

/// A name given to `--assume-complete` that nothing is known of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`--assume-complete` names `{name}`, which is no kind of the dump, of Kubernetes, or of any policy{hint}"
)]
pub struct UnknownKind {
    /// The name.
    pub name: String,
    /// What it could have been meant to be, as the end of the message.
    pub hint: String,
}

/// What the objects of a dump say of its completeness.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// Kinds that occur.
    kinds: BTreeSet<GroupKind>,
    /// Plurals that definitions in the dump give, by kind.
    plurals: BTreeMap<GroupKind, String>,
    /// Kinds of which there is no object although there must be, and how one can tell.
    missing: Vec<(GroupKind, String)>,
}

impl Evidence {
    pub(super) fn of(snapshot: &Snapshot, operators: &[KindPattern]) -> Evidence {
        let store = snapshot.store();
        let mut occurs = vec![false; store.schemas().count()];
        for object in store.iter() {
            if let Some(occurs) = occurs.get_mut(object.schema_id().index()) {
                *occurs = true;
            }
        }
        let kinds: BTreeSet<GroupKind> = store
            .schemas()
            .zip(&occurs)
            .filter(|(_, occurs)| **occurs)
            .map(|((_, schema), _)| schema.kind.clone())
            .collect();
        let is_cluster = kinds.iter().any(|kind| {
            *kind == GroupKind::new("", "Pod")
                || *kind == GroupKind::new("apps", "Deployment")
                || operators
                    .iter()
                    .any(|pattern| pattern.matches(&kind.group, &kind.kind))
        });
        let mut missing = vec![];
        if is_cluster {
            let namespace = GroupKind::new("", "Namespace");
            if !kinds.contains(&namespace)
                && let Some(named) = names_a_namespace(snapshot)
            {
                missing.push((namespace, named));
            }
            let secret = GroupKind::new("", "Secret");
            if !kinds.contains(&secret)
                && let Some(named) =
                    names_a_secret(snapshot).or_else(|| is_operated(snapshot, operators))
            {
                missing.push((secret, named));
            }
        }
        Evidence {
            kinds,
            plurals: plurals(snapshot),
            missing,
        }
    }
}

/// The end of every reason for a kind that must have objects and has none.
const LEFT_OUT: &str = "the dump was probably taken without them, so take it again with them";

fn names_a_namespace(snapshot: &Snapshot) -> Option<String> {
    let object = snapshot
        .store()
        .iter()
        .find(|object| !object.namespace().is_absent())?;
    let key = object.key(snapshot.pool());
    let namespace = key.namespace.as_deref().unwrap_or("");
    Some(format!(
        "there is no Namespace in the dump, but `{key}` stands in the namespace `{namespace}`; {LEFT_OUT}"
    ))
}

fn names_a_secret(snapshot: &Snapshot) -> Option<String> {
    let store = snapshot.store();
    let referring = store.relation(Relation::SecretReferences).and_then(|rows| {
        let width = rows.relation.columns().len();
        rows.rows
            .iter()
            .zip(rows.cells.chunks_exact(width))
            // An optional reference says nothing of whether the Secret exists.
            .find_map(|(row, cells)| match cells {
                [_, secret, _, _, optional] if optional.is_absent() => {
                    Some((*row as usize, *secret))
                }
                _ => None,
            })
    });
    let owned = || {
        store.iter().find_map(|object| {
            let is_secret = |owner: &&asogate_core::snapshot::OwnerReference| {
                snapshot.text(owner.kind) == "Secret" && snapshot.text(owner.group).is_empty()
            };
            let owner = object.owners().iter().find(is_secret)?;
            Some((object.position(), owner.name))
        })
    };
    let (position, secret) = referring.or_else(owned)?;
    let object = store.get(position)?;
    Some(format!(
        "there is no Secret in the dump, but `{}` names the Secret `{}`; {LEFT_OUT}",
        object.key(snapshot.pool()),
        snapshot.text(secret)
    ))
}

/// Operators keep their settings and credentials in Secrets, so where their objects are, there is one at least.
fn is_operated(snapshot: &Snapshot, operators: &[KindPattern]) -> Option<String> {
    let mut objects = snapshot.store().iter();
    let object = objects.find(|object| {
        let kind = object.kind();
        operators
            .iter()
            .any(|pattern| pattern.matches(&kind.group, &kind.kind))
    })?;
    Some(format!(
        "there is no Secret in the dump, but there is `{}`, whose operator keeps its settings in one; {LEFT_OUT}",
        object.key(snapshot.pool())
    ))
}

/// The plurals that definitions in the dump give.
fn plurals(snapshot: &Snapshot) -> BTreeMap<GroupKind, String> {
    let Some(rows) = snapshot.store().relation(Relation::ServedApis) else {
        return BTreeMap::new();
    };
    let width = rows.relation.columns().len();
    let text = |symbol| snapshot.text(symbol);
    rows.cells
        .chunks_exact(width)
        .filter_map(|row| match row {
            [group, kind, plural, ..] => Some((
                GroupKind::new(text(*group), text(*kind)),
                text(*plural).to_owned(),
            )),
            _ => None,
        })
        .collect()
}

/// The kinds that a name means.
fn resolve(
    name: &str,
    read_set: &ReadSet,
    evidence: &Evidence,
) -> Result<Vec<KindPattern>, UnknownKind> {
    let asked = read_set.kinds();
    let known = known_kinds(&asked, evidence);
    let (head, group) = match name.split_once('.') {
        Some((head, group)) => (head, Some(group)),
        None => (name, None),
    };
    if head == "*" {
        let pattern = KindPattern::new(group.unwrap_or("*"), "*");
        let meant = asked.contains(&pattern)
            || known
                .iter()
                .any(|(kind, _)| pattern.matches(&kind.group, &kind.kind));
        return if meant {
            Ok(vec![pattern])
        } else {
            Err(unknown(name, &known))
        };
    }
    let is_named = |(kind, plural): &&(GroupKind, String)| {
        kind.kind.eq_ignore_ascii_case(head) || plural.eq_ignore_ascii_case(head)
    };
    let named = known.iter().filter(is_named);
    let matching: Vec<&GroupKind> = match group {
        Some(group) => named
            .filter(|(kind, _)| kind.group == group)
            .map(|(kind, _)| kind)
            .collect(),
        None => {
            let all: Vec<&GroupKind> = named.map(|(kind, _)| kind).collect();
            let core = all.iter().find(|kind| kind.group.is_empty()).copied();
            core.map_or(all, |core| vec![core])
        }
    };
    match (matching.as_slice(), group) {
        ([kind], _) => Ok(vec![KindPattern::new(&kind.group, &kind.kind)]),
        // Nothing of the kind occurs, but a policy asks for all kinds of the group.
        ([], Some(group))
            if head.starts_with(|first: char| first.is_ascii_uppercase())
                && asked.iter().any(|pattern| pattern.matches(group, head)) =>
        {
            Ok(vec![KindPattern::new(group, head)])
        }
        ([], _) => Err(unknown(name, &known)),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|kind| format!("`{kind}`")).collect();
            Err(UnknownKind {
                name: name.to_owned(),
                hint: format!(" alone; name one of {}", names.join(", ")),
            })
        }
    }
}

/// Every kind that is known by name, with its plural.
fn known_kinds(asked: &[KindPattern], evidence: &Evidence) -> Vec<(GroupKind, String)> {
    let mut known: BTreeMap<GroupKind, String> = BTreeMap::new();
    for (group, kind, plural) in BUILT_IN {
        known.insert(GroupKind::new(*group, *kind), (*plural).to_owned());
    }
    let exact = asked.iter().filter_map(KindPattern::exact);
    for kind in evidence.kinds.iter().cloned().chain(exact) {
        let plural = plural(&kind.group, &kind.kind);
        known.entry(kind).or_insert(plural);
    }
    for (kind, plural) in &evidence.plurals {
        known.insert(kind.clone(), plural.clone());
    }
    known.into_iter().collect()
}

/// How many edits a suggestion may be away.
const CLOSE: usize = 3;

fn unknown(name: &str, known: &[(GroupKind, String)]) -> UnknownKind {
    let wanted = name.to_lowercase();
    let mut close: Vec<(usize, String)> = known
        .iter()
        .flat_map(|(kind, plural)| {
            let group = if kind.group.is_empty() {
                String::new()
            } else {
                format!(".{}", kind.group)
            };
            [format!("{plural}{group}"), kind.to_string(), plural.clone()].map(|spelling| {
                (
                    distance(&wanted, &spelling.to_lowercase()),
                    format!("{plural}{group}"),
                )
            })
        })
        .filter(|(distance, _)| *distance <= CLOSE)
        .collect();
    close.sort();
    let mut names: Vec<String> = vec![];
    for (_, suggestion) in close {
        let suggestion = format!("`{suggestion}`");
        if !names.contains(&suggestion) && names.len() < 3 {
            names.push(suggestion);
        }
    }
    let hint = if names.is_empty() {
        let example = guessed_plural("StorageAccount");
        format!(
            "; write kinds as `secrets`, `{example}.azure.microsoft.com` or `StorageAccount.azure.microsoft.com`"
        )
    } else {
        format!("; did you mean {}?", names.join(" or "))
    };
    UnknownKind {
        name: name.to_owned(),
        hint,
    }
}

/// How many letters must be added, removed or replaced to make one text of the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, left) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = *cell;
            *cell = replaced.min(before + 1).min(*cell + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
