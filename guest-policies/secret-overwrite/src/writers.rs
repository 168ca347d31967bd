//! Who else uses names of Secrets: v1, which computes them from its objects, and the operators themselves.

use asogate_aso::annotations::CREDENTIAL_FROM;
use asogate_aso::reserved::{self, Reserved};
use asogate_aso::secret_names::{NamingVersion, SecretNames, find, secret_names};
use asogate_aso::settings;
use asogate_aso::skipreconcile::is_paused;
use asogate_policy::{
    Column, FastHasher, FastMap, Input, ObjectId, Relation, Row, Selector, State, Symbol, Table,
    Transition,
};
use std::hash::{Hash, Hasher};

const V1_COLUMNS: [&str; 8] = [
    "kind",
    "metadata.namespace",
    "metadata.name",
    "spec.secretName",
    "spec.resourceGroup",
    "spec.resourcegroup",
    "spec.keyVaultToStoreSecrets",
    "metadata.annotations[skipreconcile]",
];

pub(crate) fn reads() -> Vec<Selector> {
    let credential_from = asogate_aso::annotations::column(CREDENTIAL_FROM);
    vec![
        Selector::objects("v1", asogate_aso::v1::GROUP, "*", V1_COLUMNS),
        Selector::objects(
            "credentials",
            "*.azure.com",
            "*",
            ["metadata.namespace".to_owned(), credential_from],
        ),
        Selector::relation("settings", Relation::OperatorSettings),
    ]
}

/// The v1 objects, and the names under which v1 writes their Secrets.
pub(crate) struct V1Objects<'a> {
    pub(crate) table: Table<'a>,
    columns: [Column; 8],
    /// The naming that v1 follows; none if no v1 operator is known, or it does not start with what is set.
    pub(crate) naming: Option<NamingVersion>,
}

impl<'a> V1Objects<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<V1Objects<'a>, String> {
        let table = input.table("v1")?;
        Ok(V1Objects {
            table,
            columns: table.columns(V1_COLUMNS)?,
            naming: naming(input)?,
        })
    }

    /// The names for the object of a row. Both namings count: a rollback may bring back a v1 that is set up as an older one
    /// was (FACTS (a)).
    fn names(&self, row: Row<'a>) -> Option<SecretNames> {
        let [kind, _, name, secret_name, group, old_group, key_vault, _] = self.columns;
        let kind = row.text(kind).unwrap_or_default();
        let in_key_vault = row.text(key_vault).is_some_and(|vault| !vault.is_empty());
        if find(kind).is_some_and(|secret| secret.may_be_in_key_vault && in_key_vault) {
            return None;
        }
        let group = row.text(group).or(row.text(old_group));
        secret_names(kind, row.text(name)?, row.text(secret_name), group)
    }

    /// Whether v1 leaves an object alone at a moment; none if the object is not there.
    pub(crate) fn is_paused(&self, state: State<'a>, object: ObjectId) -> Option<bool> {
        let row = state.row_of(self.table, object)?;
        let [.., skipreconcile] = self.columns;
        Some(is_paused(row.text(skipreconcile)))
    }

    /// Whether a change is one of a v1 object.
    pub(crate) fn is_touched(&self, transition: &Transition<'a>) -> bool {
        let (removed, added) = (transition.removed(self.table), transition.added(self.table));
        !(removed.is_empty() && added.is_empty())
    }

    /// Whether a change leaves the names of its object as they were.
    fn are_kept(&self, transition: &Transition<'a>) -> bool {
        let before = transition.removed(self.table).first();
        let Some((before, after)) = before.zip(transition.added(self.table).first()) else {
            return false;
        };
        let [names @ .., _] = self.columns;
        let mut names = names.iter();
        names.all(|column| before.symbol(*column) == after.symbol(*column))
    }
}

/// The v1 objects at any moment by their namespace and own name, in which the names of their Secrets end. A name that v1 computes
/// need not occur in any cell, and most of them are asked for by nobody, so only those of the few that may be it are made.
pub(crate) struct V1Names<'a> {
    input: &'a Input,
    /// The last entry of each hash of a namespace and a name.
    last: FastMap<u32, u32>,
    entries: Vec<V1Name>,
}

/// An object with one of its own names: that of its metadata, and what it says in `spec.secretName`.
struct V1Name {
    object: ObjectId,
    /// The change that leaves the object so.
    change: u32,
    /// The number (from 1) of the entry with the same hash before this one; 0 if there is none.
    before: u32,
}

impl<'a> V1Names<'a> {
    pub(crate) fn new(input: &'a Input, v1: &V1Objects<'a>) -> V1Names<'a> {
        let mut names = V1Names {
            input,
            last: FastMap::default(),
            entries: vec![],
        };
        for row in input.now().rows(v1.table) {
            names.add(v1, row, 0);
        }
        for transition in input.walk() {
            for row in transition.added(v1.table) {
                if !v1.are_kept(&transition) {
                    names.add(v1, row, transition.change.number);
                }
            }
        }
        names
    }

    fn add(&mut self, v1: &V1Objects<'a>, row: Row<'a>, change: u32) {
        let [_, namespace, name, secret_name, ..] = v1.columns;
        for name in [row.text(name), row.text(secret_name)]
            .into_iter()
            .flatten()
        {
            self.entries.push(V1Name {
                object: row.object(),
                change,
                before: 0,
            });
            let number = self.entries.len() as u32;
            let before = self.last.insert(hash(row.symbol(namespace), name), number);
            if let Some(entry) = self.entries.last_mut() {
                entry.before = before.unwrap_or(0);
            }
        }
    }

    /// Whether there may be objects whose Secret is this one; if not, there are none.
    pub(crate) fn may_hold(&self, namespace: Symbol, name: &str) -> bool {
        own_names(name).any(|own| self.last.contains_key(&hash(namespace, own)))
    }

    /// The objects whose Secret is this one, in their order, each with the naming under which it is.
    pub(crate) fn of(
        &self,
        v1: &V1Objects<'a>,
        namespace: Symbol,
        name: &str,
    ) -> Vec<(ObjectId, NamingVersion)> {
        let mut numbers = vec![];
        for own in own_names(name) {
            let mut next = self.last.get(&hash(namespace, own)).copied();
            while let Some(number) = next.and_then(|number| number.checked_sub(1)) {
                numbers.push(number);
                next = self.entries.get(number as usize).map(|entry| entry.before);
            }
        }
        numbers.sort_unstable();
        let [_, own_namespace, ..] = v1.columns;
        let mut found = vec![];
        for entry in numbers
            .into_iter()
            .filter_map(|number| self.entries.get(number as usize))
        {
            let state = self.input.after(entry.change);
            let row = state.row_of(v1.table, entry.object);
            let row = row.filter(|row| row.symbol(own_namespace) == namespace);
            let Some(names) = row.and_then(|row| v1.names(row)) else {
                continue;
            };
            let mut namings = [NamingVersion::Current, NamingVersion::Legacy].into_iter();
            let naming = namings.find(|naming| names.under(*naming) == Some(name));
            if let Some(writer) = naming.map(|naming| (entry.object, naming))
                && !found.contains(&writer)
            {
                found.push(writer);
            }
        }
        found
    }
}

/// The names that an object may have whose Secret v1 names so: what v1 computes ends in it, after nothing or a dash.
fn own_names(name: &str) -> impl Iterator<Item = &str> {
    let after_dashes = name.match_indices('-');
    let after_dashes = after_dashes.filter_map(|(dash, _)| name.get(dash + 1..));
    std::iter::once(name).chain(after_dashes)
}

fn hash(namespace: Symbol, name: &str) -> u32 {
    let mut hasher = FastHasher::default();
    namespace.hash(&mut hasher);
    hasher.write(name.as_bytes());
    hasher.finish() as u32
}

fn naming(input: &Input) -> Result<Option<NamingVersion>, String> {
    let table = input.table("settings")?;
    let [operator, setting, value] = table.columns(["operator", "setting", "value"])?;
    let mut known = None;
    for row in input.now().rows(table) {
        if row.text(operator) != Some(settings::V1) {
            continue;
        }
        if row.text(setting) == Some(settings::SECRET_NAMING_VERSION) {
            return Ok(NamingVersion::of_setting(row.text(value)).ok());
        }
        known = Some(NamingVersion::Current);
    }
    Ok(known)
}

/// The Secrets that the operators use themselves.
pub(crate) struct OperatorSecrets {
    /// Namespaces in which an operator runs.
    operators: Vec<Symbol>,
    /// Namespace and name of the Secrets that `credential-from` names, at any moment of the plan.
    credentials: FastMap<(Symbol, Symbol), ()>,
}

/// Why a Secret must not be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// By its name.
    Name(Reserved),
    /// Because an annotation `credential-from` names it.
    CredentialFrom,
}

impl OperatorSecrets {
    pub(crate) fn new(input: &Input) -> Result<OperatorSecrets, String> {
        let settings_table = input.table("settings")?;
        let [operator, namespace] = settings_table.columns(["operator", "namespace"])?;
        let operators = input.now().rows(settings_table);
        let operators = operators
            .filter(|row| [Some(settings::V1), Some(settings::V2)].contains(&row.text(operator)))
            .map(|row| row.symbol(namespace))
            .collect();
        let table = input.table("credentials")?;
        let namespace = table.column("metadata.namespace")?;
        let from = table.column(&asogate_aso::annotations::column(CREDENTIAL_FROM))?;
        let named = |row: Row<'_>| Some(((row.symbol(namespace), row.symbol(from).present()?), ()));
        let mut credentials: FastMap<_, _> = input.now().rows(table).filter_map(named).collect();
        for transition in input.walk() {
            credentials.extend(transition.added(table).filter_map(named));
        }
        Ok(OperatorSecrets {
            operators,
            credentials,
        })
    }

    /// What the operators use this Secret for, if anything.
    pub(crate) fn use_of(&self, namespace: Symbol, name: Symbol, text: &str) -> Option<Use> {
        let beside_operator = self.operators.contains(&namespace);
        if let Some(reserved) = reserved::secret(text, beside_operator) {
            return Some(Use::Name(reserved));
        }
        let named = self.credentials.contains_key(&(namespace, name));
        named.then_some(Use::CredentialFrom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_v1_computes_end_in_the_name_of_the_object() {
        for secret in asogate_aso::secret_names::secrets() {
            for own in ["media", "a-b"] {
                let names = secret_names(secret.kind, own, None, Some("shop-rg")).unwrap();
                for name in names.all() {
                    assert!(own_names(name).any(|known| known == own), "{name}");
                }
            }
        }
    }
}
