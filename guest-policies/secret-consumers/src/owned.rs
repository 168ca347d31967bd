//! Which Secrets are those of v1 objects: by their owner, else by the name that v1 computes.

use asogate_aso::secret_names::{NamingVersion, V1Secret, find, secret_names};
use asogate_aso::v1;
use asogate_policy::{
    Column, FastHasher, FastMap, Input, ObjectId, Relation, Row, Selector, State, Symbol, Table,
};
use asogate_twins::V1Objects;
use std::hash::{Hash, Hasher};

const NAMES: [&str; 2] = ["metadata.namespace", "metadata.name"];
/// Set once a Secret is being deleted.
pub(crate) const DELETION: &str = "metadata.deletionTimestamp";
pub(crate) const KEYS: [&str; 3] = ["key", "empty", "class"];
/// The controller is for consumers.
const OWNERS: [&str; 3] = ["owner-id", "group", "controller"];
const OWN_NAME: &str = "metadata.name";
const OWN: [&str; 2] = ["spec.secretName", "spec.keyVaultToStoreSecrets"];

pub(crate) fn reads() -> Selector {
    V1Objects::reads(&OWN)
}

pub(crate) fn secrets() -> Vec<Selector> {
    vec![
        Selector::objects("secrets", "", "Secret", NAMES.into_iter().chain([DELETION])),
        Selector::relation_columns("keys", Relation::SecretKeys, KEYS),
        Selector::relation_columns("owners", Relation::OwnerReferences, OWNERS),
    ]
}

/// Namespace and name of a Secret.
pub(crate) type Name = (Symbol, Symbol);

/// A Secret of a v1 object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnedSecret {
    pub(crate) secret: ObjectId,
    /// The v1 object.
    pub(crate) by: ObjectId,
}

pub(crate) struct Owned<'a> {
    pub(crate) input: &'a Input,
    pub(crate) v1: V1Objects<'a>,
    own_name: Column,
    secret_name: Column,
    key_vault: Column,
    pub(crate) secrets: Table<'a>,
    names: [Column; 2],
    pub(crate) keys: Table<'a>,
    /// As [`KEYS`].
    pub(crate) key_columns: [Column; 3],
    pub(crate) owners: Table<'a>,
    pub(crate) owner_id: Column,
    pub(crate) owner_group: Column,
}

impl<'a> Owned<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Owned<'a>, String> {
        let v1 = V1Objects::new(input)?;
        let own_name = v1.table.column(OWN_NAME)?;
        let [secret_name, key_vault] = v1.table.columns(OWN)?;
        let (secrets, keys, owners) = (
            input.table("secrets")?,
            input.table("keys")?,
            input.table("owners")?,
        );
        Ok(Owned {
            input,
            v1,
            own_name,
            secret_name,
            key_vault,
            secrets,
            names: secrets.columns(NAMES)?,
            keys,
            key_columns: keys.columns(KEYS)?,
            owners,
            owner_id: owners.column("owner-id")?,
            owner_group: owners.column("group")?,
        })
    }

    pub(crate) fn name(&self, row: Row<'a>) -> Name {
        let [namespace, name] = self.names;
        (row.symbol(namespace), row.symbol(name))
    }

    /// The namespace of a Secret.
    pub(crate) fn namespace(&self, state: State<'a>, secret: ObjectId) -> Symbol {
        let row = state.row_of(self.secrets, secret);
        row.map_or(Symbol::ABSENT, |row| self.name(row).0)
    }

    /// The v1 object among the owners of an object.
    pub(crate) fn owner(&self, state: State<'a>, object: ObjectId) -> Option<ObjectId> {
        let mut owners = state.rows_of(self.owners, object);
        owners.find_map(|row| {
            let is_v1 = row.text(self.owner_group) == Some(v1::GROUP);
            is_v1.then(|| row.reference(self.owner_id)).flatten()
        })
    }

    /// Whether an object has any owner.
    pub(crate) fn is_owned(&self, state: State<'a>, object: ObjectId) -> bool {
        !state.rows_of(self.owners, object).is_empty()
    }

    /// The Secrets in a state that belong to a v1 object that is there.
    pub(crate) fn all(&self, state: State<'a>) -> FastMap<Name, OwnedSecret> {
        let mut owned = FastMap::default();
        let mut unowned = vec![];
        for row in state.rows(self.secrets) {
            let secret = row.object();
            if let Some(by) = self.owner(state, secret) {
                owned.insert(self.name(row), OwnedSecret { secret, by });
            } else if !self.is_owned(state, secret) {
                unowned.push(row);
            }
        }
        self.by_name(state, &unowned, |name, known| {
            owned.entry(name).or_insert(known);
        });
        owned
    }

    /// Those of some Secrets without an owner whose name is one that v1 computes, each with the objects whose Secret it is.
    pub(crate) fn by_name(
        &self,
        state: State<'a>,
        unowned: &[Row<'a>],
        mut found: impl FnMut(Name, OwnedSecret),
    ) {
        if unowned.is_empty() {
            return;
        }
        // Most Secrets are not v1's, and most objects of v1 own their Secret: names are computed only where the own name of an
        // object, in which they end, is at the end of the name of a Secret.
        let mut objects: FastMap<u32, bool> = FastMap::default();
        for row in state.rows(self.v1.table) {
            let own = self.own_hashes(row).into_iter().flatten();
            objects.extend(own.map(|hash| (hash, false)));
        }
        let mut wanted: FastMap<(Symbol, &'a str), (Symbol, ObjectId)> = FastMap::default();
        for row in unowned {
            let name = self.name(*row);
            let text = self.input.text(name.1).unwrap_or_default();
            for own in own_names(text) {
                if let Some(is_wanted) = objects.get_mut(&hash(name.0, own)) {
                    *is_wanted = true;
                    wanted.insert((name.0, text), (name.1, row.object()));
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        for row in state.rows(self.v1.table) {
            let mut own = self.own_hashes(row).into_iter().flatten();
            if !own.any(|hash| objects.get(&hash) == Some(&true)) {
                continue;
            }
            let namespace = row.symbol(self.v1.namespace);
            for (computed, known, naming) in self.computed(row) {
                let Some(&(name, secret)) = wanted.get(&(namespace, computed.as_str())) else {
                    continue;
                };
                // A name without a prefix is one that anybody might choose: the keys must be those of v1 too.
                if naming == NamingVersion::Current || self.may_be(state, secret, known) {
                    let by = row.object();
                    found((namespace, name), OwnedSecret { secret, by });
                }
            }
        }
    }

    /// A hash of the namespace of a v1 object with each of its own names: that of its metadata, and what it says in `spec.secretName`.
    fn own_hashes(&self, row: Row<'a>) -> [Option<u32>; 2] {
        let namespace = row.symbol(self.v1.namespace);
        let names = [row.text(self.own_name), row.text(self.secret_name)];
        names.map(|name| name.map(|name| hash(namespace, name)))
    }

    /// The names that v1 may have given to the Secret of an object.
    fn computed(&self, row: Row<'a>) -> Vec<(String, &'static V1Secret, NamingVersion)> {
        let kind = self.v1.kind(row);
        let Some(known) = find(kind) else {
            return vec![];
        };
        let in_key_vault = row
            .text(self.key_vault)
            .is_some_and(|vault| !vault.is_empty());
        if known.may_be_in_key_vault && in_key_vault {
            return vec![];
        }
        let group = self.v1.cell(row, "spec.resourceGroup");
        let group = group.or_else(|| self.v1.cell(row, "spec.resourcegroup"));
        let own = row.text(self.own_name).unwrap_or_default();
        let Some(names) = secret_names(kind, own, row.text(self.secret_name), group) else {
            return vec![];
        };
        let mut computed = vec![(names.current, known, NamingVersion::Current)];
        computed.extend(
            names
                .legacy
                .map(|name| (name, known, NamingVersion::Legacy)),
        );
        computed
    }

    fn may_be(&self, state: State<'a>, secret: ObjectId, known: &V1Secret) -> bool {
        let [key, ..] = self.key_columns;
        let keys = || self.keys_of(state, secret).filter_map(|row| row.text(key));
        keys().all(|key| known.may_hold(key)) && keys().any(|key| known.keys.contains(&key))
    }

    /// The keys of one Secret.
    pub(crate) fn keys_of(
        &self,
        state: State<'a>,
        secret: ObjectId,
    ) -> impl Iterator<Item = Row<'a>> + use<'a> {
        state.rows_of(self.keys, secret)
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
