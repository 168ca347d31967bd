//! What the Secrets hold that are asked about, found in one pass over all of them.

use asogate_aso::v1;
use asogate_policy::{Column, FastMap, Input, ObjectId, Relation, Selector, State, Symbol, Table};

const NAMES: [&str; 2] = ["metadata.namespace", "metadata.name"];

pub(crate) fn reads() -> Vec<Selector> {
    vec![
        Selector::objects("secrets", "", "Secret", NAMES),
        Selector::relation("keys", Relation::SecretKeys),
    ]
}

/// Namespace and name of a Secret.
pub(crate) type Name = (Symbol, Symbol);

/// What is known of the value under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) is_empty: bool,
    /// Equal for equal values; absent if nothing is known of it.
    pub(crate) class: Symbol,
}

pub(crate) struct Secrets<'a> {
    pub(crate) table: Table<'a>,
    pub(crate) names: [Column; 2],
    keys: Table<'a>,
    key_columns: [Column; 3],
    owners: Table<'a>,
    owner_columns: [Column; 2],
}

impl<'a> Secrets<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Secrets<'a>, String> {
        let (table, keys, owners) = (
            input.table("secrets")?,
            input.table("keys")?,
            input.table("owners")?,
        );
        Ok(Secrets {
            table,
            names: table.columns(NAMES)?,
            keys,
            key_columns: keys.columns(["key", "empty", "class"])?,
            owners,
            owner_columns: owners.columns(["owner-id", "group"])?,
        })
    }

    /// The Secrets of these names that are there.
    pub(crate) fn find(
        &self,
        state: State<'a>,
        wanted: impl Iterator<Item = Name>,
    ) -> FastMap<Name, ObjectId> {
        let wanted: FastMap<Name, ()> = wanted.map(|name| (name, ())).collect();
        let mut found = FastMap::default();
        if wanted.is_empty() {
            return found;
        }
        let [namespace, name] = self.names;
        for row in state.rows(self.table) {
            let known = (row.symbol(namespace), row.symbol(name));
            if wanted.contains_key(&known) {
                found.insert(known, row.object());
            }
        }
        found
    }

    /// What a Secret holds under a key.
    pub(crate) fn value(&self, state: State<'a>, secret: ObjectId, key: Symbol) -> Option<Value> {
        let [known, empty, class] = self.key_columns;
        let mut keys = state.rows_of(self.keys, secret);
        let row = keys.find(|row| row.symbol(known) == key)?;
        Some(Value {
            is_empty: row.is(empty),
            class: row.symbol(class),
        })
    }

    /// What a Secret holds under a key that is given as text.
    pub(crate) fn value_of(&self, state: State<'a>, secret: ObjectId, key: &str) -> Option<Value> {
        let [known, ..] = self.key_columns;
        let mut keys = state.rows_of(self.keys, secret);
        let row = keys.find(|row| row.text(known) == Some(key))?;
        self.value(state, secret, row.symbol(known))
    }

    /// The v1 object that owns a Secret.
    pub(crate) fn v1_owner(&self, state: State<'a>, secret: ObjectId) -> Option<Option<ObjectId>> {
        let [owner, group] = self.owner_columns;
        let mut owners = state.rows_of(self.owners, secret);
        let row = owners.find(|row| row.text(group) == Some(v1::GROUP))?;
        Some(row.reference(owner))
    }
}
