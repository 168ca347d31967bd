//! `unmapped-key` and `no-v2-source`: what workloads read of v1 has a source in v2. In `swap` also `not-swapped`: what has one is
//! not read from v1 any more.

use crate::consumers::{Consumers, Runs};
use crate::owned::{Name, Owned, OwnedSecret};
use crate::say::{self, Need};
use crate::say_swap;
use crate::sources::{self, Copies, Sources, V1Place};
use asogate_aso::key_mapping::{KeyMapping, V2Source};
use asogate_policy::{FastMap, Finding, Input, Level, Moment, ObjectId, Row, State, Step, Symbol};
use std::collections::BTreeMap;

/// A place that reads a v1 Secret.
#[derive(Clone, Copy)]
struct Use {
    consumer: ObjectId,
    /// Absent: the whole Secret.
    key: Symbol,
    runs: bool,
    /// Whether it cannot be changed.
    fixed: bool,
}

/// A v1 Secret that is read.
struct Read {
    name: Name,
    secret: OwnedSecret,
    /// None if the v1 object cannot be identified: it has no twin then, and `import-coverage` says so.
    place: Option<V1Place>,
    uses: Vec<Use>,
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    owned: &Owned<'a>,
) -> Result<Vec<Finding>, String> {
    let state = input.after_all();
    let of_v1 = owned.all(state);
    let mut uses: BTreeMap<ObjectId, (Name, OwnedSecret, Vec<Use>)> = BTreeMap::new();
    for reference in consumers.workloads(state) {
        let Some(secret) = of_v1.get(&reference.secret) else {
            continue;
        };
        let runs = consumers.runs(state, reference.consumer) == Runs::Something;
        // A swap is about whom it was asked for, and about whom it changes.
        let is_asked_for = input.step() != Step::Swap
            || input.touches(reference.consumer)
            || (runs && input.is_selected(reference.consumer));
        if is_asked_for && !consumers.is_spoken_for(state, reference.consumer, reference.secret) {
            let known = uses
                .entry(secret.secret)
                .or_insert_with(|| (reference.secret, *secret, vec![]));
            known.2.push(Use {
                consumer: reference.consumer,
                key: reference.key,
                runs,
                fixed: consumers.is_fixed(state, reference.consumer),
            });
        }
    }
    let read = |(name, secret, uses): (Name, OwnedSecret, Vec<Use>)| {
        let row = owned.v1.row(state, secret.by)?;
        let place = owned.v1.identify_or_within(row).ok().map(V1Place::new);
        Some(Read {
            name,
            secret,
            place,
            uses,
        })
    };
    let reads: Vec<Read> = uses.into_values().filter_map(read).collect();
    if reads.is_empty() {
        return Ok(vec![]);
    }
    let sources = Sources::new(input, reads.iter().filter_map(|read| read.place.as_ref()))?;
    let keys = reads
        .iter()
        .flat_map(|read| owned.keys_of(state, read.secret.secret));
    let wanted = keys
        .map(|row| sources::class(owned, row))
        .filter_map(Symbol::present);
    let wanted: FastMap<Symbol, ()> = wanted.map(|class| (class, ())).collect();
    let secrets_of_v1: FastMap<ObjectId, ()> =
        of_v1.values().map(|known| (known.secret, ())).collect();
    let is_of_v1 = |secret| secrets_of_v1.contains_key(&secret);
    let changes = input.changes().iter();
    let judge = Judge {
        input,
        consumers,
        owned,
        copies: Copies::new(owned, state, &wanted, is_of_v1),
        sources,
        last: changes
            .map(|change| (change.object, change.number))
            .collect(),
    };
    Ok(reads
        .iter()
        .flat_map(|read| judge.read(state, read))
        .collect())
}

struct Judge<'j, 'a> {
    input: &'a Input,
    consumers: &'j Consumers<'a>,
    owned: &'j Owned<'a>,
    copies: Copies,
    sources: Sources<'a>,
    /// The last change of each object that the plan touches.
    last: FastMap<ObjectId, u32>,
}

impl<'a> Judge<'_, 'a> {
    fn read(&self, state: State<'a>, read: &Read) -> Vec<Finding> {
        let Some(v1) = self.owned.v1.row(state, read.secret.by) else {
            return vec![];
        };
        let Some(place) = &read.place else {
            return match self.input.step() {
                Step::Swap => self.left(read, &[]),
                _ => vec![],
            };
        };
        let kind = self.owned.v1.kind(v1);
        let twins = self.sources.twins(state, place);
        let rows: Vec<Row<'a>> = self.owned.keys_of(state, read.secret.secret).collect();
        let [_, key_column, _] = self.owned.key_columns;
        let classes: FastMap<Symbol, Symbol> = rows
            .iter()
            .map(|row| (row.symbol(key_column), sources::class(self.owned, *row)))
            .collect();
        let class_of = |key: Symbol| classes.get(&key).copied().unwrap_or_default();
        let of_user = rows
            .iter()
            .find(|row| row.text(key_column) == Some("username"));
        let user = match kind {
            "AzureSQLUser" => {
                of_user.map_or(Symbol::ABSENT, |row| sources::class(self.owned, *row))
            }
            _ => Symbol::ABSENT,
        };
        let mut keys: Vec<Symbol> = read
            .uses
            .iter()
            .filter_map(|read| read.key.present())
            .collect();
        if read.uses.iter().any(|read| read.key.is_absent()) {
            keys.extend(rows.iter().map(|row| row.symbol(key_column)));
        }
        keys.sort_unstable();
        keys.dedup();
        let mut missing = vec![];
        let mut concerned = self.is_concerned(read, &twins);
        for &key in &keys {
            let text = self.input.text(key).unwrap_or_default();
            let mapping = sources::mapping(kind, text);
            let objects = match mapping {
                Some(mapping) => self.sources.candidates(state, place, mapping, user),
                None => twins.clone(),
            };
            concerned |= self.is_concerned(read, &objects);
            let gives = |state| {
                let wanted = (read.name, key);
                self.sources
                    .gives(self.consumers, state, &objects, mapping, wanted)
            };
            if !gives(state) && !self.copies.hold(read.name.0, class_of(key)) {
                let touched = objects.iter().filter_map(|object| self.last.get(object));
                let moment = match touched.max() {
                    Some(&change) if gives(self.input.now()) => Moment::Change(change),
                    _ => Moment::Standing,
                };
                missing.push((key, mapping, objects, moment));
            }
        }
        if !concerned {
            return vec![];
        }
        let nothing_given = missing.len() == keys.len();
        let is_swap = self.input.step() == Step::Swap;
        let without: Vec<Symbol> = missing.iter().map(|(key, ..)| *key).collect();
        let finding = |(key, mapping, objects, moment): (
            Symbol,
            Option<&KeyMapping>,
            Vec<ObjectId>,
            Moment,
        )| {
            let uses = read
                .uses
                .iter()
                .filter(|read| read.key == key || read.key.is_absent());
            let uses: Vec<Use> = uses.copied().collect();
            let level = match is_swap {
                true => level_of_swap(&uses),
                false => level(&uses, nothing_given),
            };
            let mut readers: Vec<ObjectId> = uses.iter().map(|read| read.consumer).collect();
            readers.dedup();
            let need = Need {
                key: self.input.text(key).unwrap_or_default(),
                secret: read.secret.secret,
                readers: &readers,
                whole: uses.iter().all(|read| read.key.is_absent()),
            };
            let subject = objects.first().or(twins.first()).copied();
            let found = match mapping {
                Some(mapping) if mapping.source != V2Source::Nothing => {
                    say::no_source(mapping, !objects.is_empty(), &need)
                }
                _ => say::unmapped(&need),
            };
            found
                .about(subject.unwrap_or(read.secret.by))
                .moment(moment)
                .level(level)
        };
        let mut found: Vec<Finding> = missing.into_iter().map(finding).collect();
        if is_swap {
            found.extend(self.left(read, &without));
        }
        found
    }

    /// Who goes on reading the Secret though all that it reads of it has a source, or nobody can tell.
    fn left(&self, read: &Read, without: &[Symbol]) -> Vec<Finding> {
        let mut readers: BTreeMap<ObjectId, Vec<Use>> = BTreeMap::new();
        for used in read.uses.iter().filter(|used| used.runs) {
            readers.entry(used.consumer).or_default().push(*used);
        }
        let lacks = |used: &Use| match used.key.present() {
            Some(key) => without.contains(&key),
            None => !without.is_empty(),
        };
        readers.retain(|_, uses| !uses.iter().any(lacks));
        let finding = |(consumer, uses): (ObjectId, Vec<Use>)| {
            let mut keys: Vec<&str> = uses
                .iter()
                .filter_map(|used| self.input.text(used.key))
                .collect();
            keys.dedup();
            let is_fixed = uses.iter().any(|used| used.fixed);
            let mut before = self.consumers.of(self.input.now(), consumer);
            let moment = match self.last.get(&consumer) {
                Some(&change) if before.all(|known| known.secret != read.name) => {
                    Moment::Change(change)
                }
                _ => Moment::Standing,
            };
            let found = say_swap::left(&keys, is_fixed)
                .about(consumer)
                .moment(moment);
            found.related(read.secret.secret)
        };
        readers.into_iter().map(finding).collect()
    }

    /// Whether the plan is about what v2 has for this Secret, or about who reads it.
    fn is_concerned(&self, read: &Read, objects: &[ObjectId]) -> bool {
        match self.input.step() {
            Step::Swap => !read.uses.is_empty(),
            _ => objects.iter().any(|&object| self.input.touches(object)),
        }
    }
}

/// What a swap leaves without a source is left: every key counts, also of who reads the whole Secret.
fn level_of_swap(uses: &[Use]) -> Level {
    let mut running = uses.iter().filter(|used| used.runs).peekable();
    if running.peek().is_none() {
        Level::Info
    } else if running.any(|used| !used.fixed) {
        Level::Deny
    } else {
        Level::Warn
    }
}

/// Which keys of a whole Secret a workload uses is not known, so one that is missing among others only deserves a look.
fn level(uses: &[Use], nothing_given: bool) -> Level {
    let mut running = uses.iter().filter(|read| read.runs).peekable();
    if running.peek().is_none() {
        Level::Info
    } else if nothing_given || running.any(|read| !read.key.is_absent()) {
        Level::Deny
    } else {
        Level::Warn
    }
}
