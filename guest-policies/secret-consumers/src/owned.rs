//! Which Secrets are those of v1 objects: by their owner, else by the name that v1 computes.

use asogate_aso::secret_names::{NamingVersion, V1Secret, find, secret_names};
use asogate_aso::v1;
use asogate_policy::{
    Column, FastMap, Input, ObjectId, Relation, Row, Selector, State, Symbol, Table,
};
use asogate_twins::V1Objects;

const NAMES: [&str; 2] = ["metadata.namespace", "metadata.name"];
/// Set once a Secret is being deleted.
pub(crate) const DELETION: &str = "metadata.deletionTimestamp";
const OWN: [&str; 2] = ["spec.secretName", "spec.keyVaultToStoreSecrets"];

pub(crate) fn reads() -> Selector {
    V1Objects::reads(&OWN)
}

pub(crate) fn secrets() -> Vec<Selector> {
    vec![
        Selector::objects("secrets", "", "Secret", NAMES.into_iter().chain([DELETION])),
        Selector::relation("keys", Relation::SecretKeys),
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
    secret_name: Column,
    key_vault: Column,
    pub(crate) secrets: Table<'a>,
    names: [Column; 2],
    pub(crate) keys: Table<'a>,
    /// Namespace, key, class.
    pub(crate) key_columns: [Column; 3],
    pub(crate) owners: Table<'a>,
    pub(crate) owner_id: Column,
    pub(crate) owner_group: Column,
}

impl<'a> Owned<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Owned<'a>, String> {
        let v1 = V1Objects::new(input)?;
        let [secret_name, key_vault] = v1.table.columns(OWN)?;
        let (secrets, keys, owners) = (
            input.table("secrets")?,
            input.table("keys")?,
            input.table("owners")?,
        );
        Ok(Owned {
            input,
            v1,
            secret_name,
            key_vault,
            secrets,
            names: secrets.columns(NAMES)?,
            keys,
            key_columns: keys.columns(["namespace", "key", "class"])?,
            owners,
            owner_id: owners.column("owner-id")?,
            owner_group: owners.column("group")?,
        })
    }

    pub(crate) fn name(&self, row: Row<'a>) -> Name {
        let [namespace, name] = self.names;
        (row.symbol(namespace), row.symbol(name))
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
        let mut unowned: FastMap<(Symbol, &'a str), (Symbol, ObjectId)> = FastMap::default();
        for row in state.rows(self.secrets) {
            let (secret, name) = (row.object(), self.name(row));
            if let Some(by) = self.owner(state, secret) {
                owned.insert(name, OwnedSecret { secret, by });
            } else if !self.is_owned(state, secret)
                && let Some(text) = self.input.text(name.1)
            {
                unowned.insert((name.0, text), (name.1, secret));
            }
        }
        if unowned.is_empty() {
            return owned;
        }
        for row in state.rows(self.v1.table) {
            let namespace = row.symbol(self.v1.namespace);
            for (computed, known, naming) in self.computed(row) {
                let Some(&(name, secret)) = unowned.get(&(namespace, computed.as_str())) else {
                    continue;
                };
                // A name without a prefix is one that anybody might choose: the keys must be those of v1 too.
                if naming == NamingVersion::Current || self.may_be(state, secret, known) {
                    let by = row.object();
                    owned
                        .entry((namespace, name))
                        .or_insert(OwnedSecret { secret, by });
                }
            }
        }
        owned
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
        let own = self.v1.cell(row, "metadata.name").unwrap_or_default();
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
        let [_, key, _] = self.key_columns;
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
