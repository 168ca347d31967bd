//! What a workload reads from now on, in the step `swap`: it is there, it stays, and it is what was read before.

use crate::consumers::{Consumers, Reference};
use crate::exports::Exports;
use crate::managed::Managed;
use crate::owned::{self, Name, Owned};
use crate::say_swap::{self, Place, Wrong};
use asogate_aso::{v1, v2};
use asogate_policy::{
    Column, FastMap, Finding, Input, ObjectId, Relation, Selector, State, Symbol, Table,
};
use std::collections::BTreeSet;

const DELETION: &str = owned::DELETION;
const CONFIG_MAPS: [&str; 3] = ["metadata.namespace", "metadata.name", DELETION];
const KEYS: &str = "config-map-keys";
const KEY: &str = "key";

pub(crate) fn reads() -> [Selector; 2] {
    [
        Selector::objects("config-maps", "", "ConfigMap", CONFIG_MAPS),
        Selector::relation_columns(KEYS, Relation::ConfigMapKeys, [KEY]),
    ]
}

/// The objects of one of the two kinds that hold configuration.
struct Holders<'a> {
    kind: &'static str,
    objects: Table<'a>,
    deletion: Column,
    /// Keys, and the column of the key.
    keys: (Table<'a>, Column),
    /// Those that are wanted, if they are ever there.
    known: FastMap<Name, ObjectId>,
    /// What v2 objects write, by namespace and name.
    exported: FastMap<Name, Vec<Symbol>>,
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    owned: &Owned<'a>,
) -> Result<Vec<Finding>, String> {
    let changes = input.changes().iter();
    let touched: BTreeSet<(ObjectId, u32)> = changes
        .map(|change| (change.object, change.number))
        .collect();
    let judge = Judge::new(input, consumers, owned, &touched)?;
    let mut found = vec![];
    for &(object, number) in &touched {
        let (before, after) = (input.after(number - 1), input.after(number));
        let now: Vec<Reference> = consumers.of(before, object).collect();
        let is_new = |known: &[Reference], reference: &Reference| {
            let same =
                |other: &Reference| (other.secret, other.key) == (reference.secret, reference.key);
            !reference.optional && !known.iter().any(same)
        };
        let new = consumers.of(after, object);
        for reference in new.filter(|reference| is_new(&now, reference)) {
            let wrong = judge.wrong(after, &judge.secrets, reference);
            let wrong = wrong.or_else(|| judge.differs(after, &now, reference));
            found.extend(wrong.map(|found| found.about(object).at(number)));
        }
        let now: Vec<Reference> = consumers.config_maps_of(before, object).collect();
        let new = consumers.config_maps_of(after, object);
        for reference in new.filter(|reference| is_new(&now, reference)) {
            let wrong = judge.wrong(after, &judge.config_maps, reference);
            found.extend(wrong.map(|found| found.about(object).at(number)));
        }
    }
    found.dedup();
    Ok(found)
}

struct Judge<'j, 'a> {
    input: &'a Input,
    owned: &'j Owned<'a>,
    secrets: Holders<'a>,
    config_maps: Holders<'a>,
    empty: Column,
    v2: (Table<'a>, Column),
    managed: Managed<'a>,
}

impl<'j, 'a> Judge<'j, 'a> {
    fn new(
        input: &'a Input,
        consumers: &Consumers<'a>,
        owned: &'j Owned<'a>,
        touched: &BTreeSet<(ObjectId, u32)>,
    ) -> Result<Judge<'j, 'a>, String> {
        let exports = Exports::new(input)?;
        let end = input.after_all();
        let v2 = input.table("v2")?;
        let v2_namespace = v2.column("metadata.namespace")?;
        let namespace_of = |object| {
            let row = end.row_of(v2, object);
            row.map_or(Symbol::ABSENT, |row| row.symbol(v2_namespace))
        };
        let [key, empty, _] = owned.key_columns;
        let mut secrets = Holders {
            kind: "Secret",
            objects: owned.secrets,
            deletion: owned.secrets.column(DELETION)?,
            keys: (owned.keys, key),
            known: FastMap::default(),
            exported: exports.destinations(end, false, namespace_of),
        };
        let (objects, keys) = (input.table("config-maps")?, input.table(KEYS)?);
        let [namespace, name, deletion] = objects.columns(CONFIG_MAPS)?;
        let mut config_maps = Holders {
            kind: "ConfigMap",
            objects,
            deletion,
            keys: (keys, keys.column(KEY)?),
            known: FastMap::default(),
            exported: exports.destinations(end, true, namespace_of),
        };
        let (mut of_secrets, mut of_config_maps) = (BTreeSet::new(), BTreeSet::new());
        for &(object, number) in touched {
            let (before, after) = (input.after(number - 1), input.after(number));
            for state in [before, after] {
                of_secrets.extend(consumers.of(state, object).map(|read| read.secret));
            }
            of_config_maps.extend(
                consumers
                    .config_maps_of(after, object)
                    .map(|read| read.secret),
            );
        }
        for state in [input.now(), end] {
            let rows = state.rows(owned.secrets);
            let named = rows.map(|row| (owned.name(row), row.object()));
            secrets
                .known
                .extend(named.filter(|(name, _)| of_secrets.contains(name)));
            let rows = state.rows(objects);
            let named = rows.map(|row| ((row.symbol(namespace), row.symbol(name)), row.object()));
            config_maps
                .known
                .extend(named.filter(|(name, _)| of_config_maps.contains(name)));
        }
        Ok(Judge {
            input,
            owned,
            secrets,
            config_maps,
            empty,
            v2: (v2, v2.column(DELETION)?),
            managed: Managed::new(input, v2)?,
        })
    }

    fn place(&self, holders: &Holders<'a>, reference: Reference) -> Place<'a> {
        let (_, name) = reference.secret;
        Place {
            kind: holders.kind,
            name: self.input.text(name).unwrap_or_default(),
            key: self.input.text(reference.key),
        }
    }

    /// What is wrong with what is read from now on.
    fn wrong(
        &self,
        state: State<'a>,
        holders: &Holders<'a>,
        reference: Reference,
    ) -> Option<Finding> {
        let place = self.place(holders, reference);
        let known = holders.known.get(&reference.secret).copied();
        let there = known.filter(|known| state.row_of(holders.objects, *known).is_some());
        let (table, key_column) = holders.keys;
        let is_key = |key: Symbol| reference.key.is_absent() || key == reference.key;
        let mut keys = there
            .into_iter()
            .flat_map(|object| state.rows_of(table, object));
        let row = keys.find(|row| row.symbol(key_column) == reference.key);
        let exported = holders.exported.get(&reference.secret);
        let is_exported = exported.is_some_and(|keys| {
            let mut keys = keys.iter();
            keys.any(|key| key.is_absent() || is_key(*key))
        });
        let wrong = match (there, row) {
            (None, _) if is_exported => Wrong::NotWritten,
            (None, _) => Wrong::Absent,
            (Some(_), None) if reference.key.is_absent() => {
                return self.stays(state, holders, place, there);
            }
            (Some(_), None) if is_exported => Wrong::NotWritten,
            (Some(_), None) => Wrong::NoKey,
            (Some(_), Some(row)) if holders.kind == "Secret" && row.is(self.empty) => Wrong::Empty,
            (Some(_), Some(_)) => return self.stays(state, holders, place, there),
        };
        Some(say_swap::wrong(place, wrong, there))
    }

    /// Whether it stays, and is looked after. It is about to go if it is being deleted, or everything that owns it is, or is gone
    /// already.
    fn stays(
        &self,
        state: State<'a>,
        holders: &Holders<'a>,
        place: Place<'a>,
        there: Option<ObjectId>,
    ) -> Option<Finding> {
        let object = there?;
        let row = state.row_of(holders.objects, object)?;
        if row.has(holders.deletion) {
            return Some(say_swap::goes(place, true, object));
        }
        let (v2, deletion) = self.v2;
        let owners = state.rows_of(self.owned.owners, object);
        let is_going = |owner: asogate_policy::Row<'a>| {
            let group = owner.text(self.owned.owner_group).unwrap_or_default();
            // Of other owners nothing is known: an operator of somebody else's may own the Secret.
            let is_known = group == v1::GROUP || v2::is_group(group);
            match owner.reference(self.owned.owner_id) {
                None => is_known,
                Some(owner) => {
                    let row = state.row_of(v2, owner);
                    row.is_some_and(|row| row.has(deletion))
                }
            }
        };
        let all_go = !owners.is_empty() && owners.into_iter().all(is_going);
        if all_go {
            return Some(say_swap::goes(place, false, object));
        }
        let owners = owners.into_iter();
        let owners = owners.filter_map(|owner| owner.reference(self.owned.owner_id));
        self.managed.problem(state, place, object, owners)
    }

    /// Whether a Secret holds another value than all that the workload reads before the change.
    fn differs(
        &self,
        state: State<'a>,
        before: &[Reference],
        reference: Reference,
    ) -> Option<Finding> {
        let [key_column, _, class] = self.owned.key_columns;
        let known = *self.secrets.known.get(&reference.secret)?;
        let mut keys = self.owned.keys_of(state, known);
        let row = keys.find(|row| row.symbol(key_column) == reference.key)?;
        let new = row.symbol(class).present()?;
        let mut replaced = before
            .iter()
            .filter(|read| read.secret != reference.secret)
            .peekable();
        replaced.peek()?;
        let equal = |read: &Reference| {
            let object = self.secrets.known.get(&read.secret).copied();
            let mut keys = object
                .into_iter()
                .flat_map(|object| self.owned.keys_of(state, object));
            keys.any(|row| {
                (read.key.is_absent() || row.symbol(key_column) == read.key)
                    && row.symbol(class) == new
            })
        };
        let differs = !before.iter().any(equal);
        let place = self.place(&self.secrets, reference);
        differs.then(|| say_swap::differs(place, known))
    }
}
