//! Destinations, each with everybody who has to do with it: the v2 objects that export to it, the Secret or ConfigMap that
//! is there, and the v1 objects whose Secret has that name.
//!
//! In a big cluster most destinations have nothing to do with the plan, so those that might are found first, by their names,
//! and only these are kept.

use crate::exports::{Exports, Place, Target, is_used};
use crate::writers::{V1Names, V1Objects};
use asogate_aso::secret_names::NamingVersion;
use asogate_policy::{
    Column, FastMap, Input, ObjectId, Row, Selector, State, Symbol, Table, Transition,
};

/// Namespace and name of Secrets and ConfigMaps.
const NAMES: [&str; 2] = ["metadata.namespace", "metadata.name"];

const EXISTING: [(Target, &str, &str); 2] = [
    (Target::Secret, "existing-secrets", "Secret"),
    (Target::ConfigMap, "existing-config-maps", "ConfigMap"),
];

pub(crate) fn reads() -> [Selector; 2] {
    EXISTING.map(|(_, table, kind)| Selector::objects(table, "", kind, NAMES))
}

/// The Secrets and ConfigMaps of the cluster.
pub(crate) struct Existing<'a> {
    tables: Vec<(Target, Table<'a>, [Column; 2])>,
}

impl<'a> Existing<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Existing<'a>, String> {
        let mut tables = vec![];
        for (target, table, _) in EXISTING {
            let table = input.table(table)?;
            if is_used(input, table) {
                tables.push((target, table, table.columns(NAMES)?));
            }
        }
        Ok(Existing { tables })
    }

    /// Whether a Secret or ConfigMap is there at a moment.
    pub(crate) fn is_there(&self, state: State<'a>, target: Target, object: ObjectId) -> bool {
        let tables = self.tables.iter();
        let mut tables = tables.filter(|(of, ..)| *of == target);
        tables.any(|(_, table, _)| !state.rows_of(*table, object).is_empty())
    }

    fn all(&self, state: State<'a>) -> impl Iterator<Item = (ObjectId, Place)> {
        let tables = self.tables.iter();
        tables.flat_map(move |(target, table, columns)| {
            let rows = state.rows(*table);
            rows.map(|row| (row.object(), place(*target, columns, row)))
        })
    }

    /// What a change takes away and brings.
    fn touched(&self, transition: Transition<'a>) -> impl Iterator<Item = (ObjectId, Place)> {
        let tables = self.tables.iter();
        tables.flat_map(move |(target, table, columns)| {
            let rows = transition.removed(*table).chain(transition.added(*table));
            rows.map(|row| (row.object(), place(*target, columns, row)))
        })
    }
}

fn place(target: Target, [namespace, name]: &[Column; 2], row: Row<'_>) -> Place {
    Place {
        target,
        namespace: row.symbol(*namespace),
        name: row.symbol(*name),
    }
}

/// Objects in the order in which they came, each once. There is nearly always at most one.
#[derive(Default)]
pub(crate) struct Few {
    first: Option<ObjectId>,
    more: Vec<ObjectId>,
}

impl Few {
    fn push(&mut self, object: ObjectId) {
        match self.first {
            None => self.first = Some(object),
            Some(first) if first == object || self.more.contains(&object) => {}
            Some(_) => self.more.push(object),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ObjectId> {
        self.first.into_iter().chain(self.more.iter().copied())
    }
}

/// Everybody who has ever to do with one destination. Who of them is there at a moment is asked of the state.
pub(crate) struct Members {
    pub(crate) place: Place,
    pub(crate) exporters: Few,
    pub(crate) existing: Few,
    pub(crate) v1: Vec<(ObjectId, NamingVersion)>,
}

impl Members {
    fn all(&self) -> impl Iterator<Item = ObjectId> {
        let v1 = self.v1.iter().map(|(object, _)| *object);
        self.exporters.iter().chain(self.existing.iter()).chain(v1)
    }
}

/// The destinations that the plan has to do with.
pub(crate) struct Places {
    pub(crate) members: Vec<Members>,
    /// The changes that may make a difference to any destination.
    changes: Vec<u32>,
}

impl Places {
    pub(crate) fn new<'a>(
        input: &'a Input,
        exports: &Exports<'a>,
        existing: &Existing<'a>,
        v1: &V1Objects<'a>,
    ) -> Places {
        let mut changes = vec![];
        // Of what the plan touches.
        let mut names: FastMap<Symbol, ()> = FastMap::default();
        for transition in input.walk() {
            let mut matters = !exports.are_kept(&transition);
            for state in [transition.before, transition.after] {
                let places = exports.of(state, transition.change.object);
                names.extend(places.map(|export| (export.place.name, ())));
            }
            for (_, place) in existing.touched(transition) {
                names.insert(place.name, ());
                matters = true;
            }
            matters |= v1.is_touched(&transition);
            if matters {
                changes.push(transition.change.number);
            }
        }
        let mut found = Found {
            input,
            names,
            v1_names: V1Names::new(input, v1),
            v1,
            numbers: FastMap::default(),
            members: vec![],
            last: None,
        };
        for (object, export) in exports.all(input.now()) {
            found.join(object, export.place);
        }
        for &change in &changes {
            if let Some(change) = input.change(change) {
                for export in exports.of(input.after(change.number), change.object) {
                    found.join(change.object, export.place);
                }
            }
        }
        for (object, place) in existing.all(input.now()) {
            found.exists(object, place);
        }
        for transition in input.walk() {
            for (object, place) in existing.touched(transition) {
                found.exists(object, place);
            }
        }
        let mut members = found.members;
        members.retain(|members| members.all().any(|object| input.touches(object)));
        Places { members, changes }
    }

    /// The destinations to which changes may make a difference, in the order of the changes: number of the change, position.
    pub(crate) fn affected(&self, input: &Input) -> impl Iterator<Item = (u32, u32)> {
        let numbered = (0..).zip(&self.members);
        let members = numbered.flat_map(|(position, members)| {
            let objects = members.all();
            objects.map(move |object| (object, position))
        });
        let mut members: Vec<(ObjectId, u32)> = match self.changes.is_empty() {
            true => vec![],
            false => members
                .filter(|(object, _)| input.touches(*object))
                .collect(),
        };
        members.sort_unstable();
        members.dedup();
        let changes = self
            .changes
            .iter()
            .filter_map(|change| input.change(*change));
        changes.flat_map(move |change| {
            let start = members.partition_point(|(object, _)| *object < change.object);
            let of_object = members.get(start..).unwrap_or(&[]).iter();
            let of_object = of_object.take_while(|(object, _)| *object == change.object);
            let affected = of_object.map(|(_, position)| (change.number, *position));
            affected.collect::<Vec<_>>()
        })
    }
}

/// Destinations as they are found.
struct Found<'f, 'a> {
    input: &'a Input,
    /// The names that what the plan touches has to do with.
    names: FastMap<Symbol, ()>,
    v1: &'f V1Objects<'a>,
    v1_names: V1Names<'a>,
    numbers: FastMap<Place, u32>,
    members: Vec<Members>,
    /// The destination that was asked for last, and its number if it may matter: entries of one object often share one.
    last: Option<(Place, Option<u32>)>,
}

impl Found<'_, '_> {
    fn join(&mut self, object: ObjectId, place: Place) {
        let number = match self.last {
            Some((last, number)) if last == place => number,
            _ => self.number(place),
        };
        self.last = Some((place, number));
        if let Some(members) = number.and_then(|number| self.members.get_mut(number as usize)) {
            members.exporters.push(object);
        }
    }

    /// The number of a destination that may matter.
    fn number(&mut self, place: Place) -> Option<u32> {
        let text = match place.target {
            Target::Secret => self.input.text(place.name),
            Target::ConfigMap => None,
        };
        let is_of_v1 = text.is_some_and(|text| self.v1_names.may_hold(place.namespace, text));
        if !is_of_v1 && !self.names.contains_key(&place.name) {
            return None;
        }
        let next = self.members.len() as u32;
        let number = *self.numbers.entry(place).or_insert(next);
        if number == next {
            let v1 = text.filter(|_| is_of_v1);
            let v1 = v1.map(|text| self.v1_names.of(self.v1, place.namespace, text));
            self.members.push(Members {
                place,
                exporters: Few::default(),
                existing: Few::default(),
                v1: v1.unwrap_or_default(),
            });
        }
        Some(number)
    }

    fn exists(&mut self, object: ObjectId, place: Place) {
        let number = self.numbers.get(&place);
        if let Some(members) = number.and_then(|number| self.members.get_mut(*number as usize)) {
            members.existing.push(object);
        }
    }
}
