//! `unmapped-key` and `no-v2-source`: what workloads read of v1 has a source in v2. In `swap` also `not-swapped`: what has one is
//! not read from v1 any more.

use crate::consumers::{Consumers, Runs};
use crate::owned::{Name, Owned, OwnedSecret};
use crate::say::{self, Need};
use crate::say_swap;
use crate::sources::{self, Copies, Sources};
use asogate_aso::arm_id::ArmId;
use asogate_aso::key_mapping::{KeyMapping, V2Source};
use asogate_policy::{FastMap, Finding, Input, Level, Moment, ObjectId, Row, State, Step, Symbol};
use std::cell::OnceCell;
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
struct Read<'u> {
    name: Name,
    secret: OwnedSecret,
    /// None if the v1 object cannot be identified: it has no twin then, and `import-coverage` says so.
    id: Option<ArmId>,
    uses: &'u [(OwnedSecret, Use)],
}

impl<'u> Read<'u> {
    /// `uses` are those of one Secret.
    fn new<'a>(
        owned: &Owned<'a>,
        state: State<'a>,
        uses: &'u [(OwnedSecret, Use)],
    ) -> Option<Read<'u>> {
        let (secret, _) = *uses.first()?;
        let v1 = owned.v1.row(state, secret.by)?;
        Some(Read {
            name: owned.name(state.row_of(owned.secrets, secret.secret)?),
            secret,
            id: owned.v1.identify_or_within(v1).ok(),
            uses,
        })
    }

    fn uses(&self) -> impl Iterator<Item = &'u Use> {
        self.uses.iter().map(|(_, used)| used)
    }
}

pub(crate) fn judge<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    owned: &Owned<'a>,
) -> Result<Vec<Finding>, String> {
    let state = input.after_all();
    let of_v1 = owned.all(state);
    let uses = uses(input, consumers, &of_v1);
    let by_secret = uses.chunk_by(|one, other| one.0.secret == other.0.secret);
    let reads = by_secret.filter_map(|uses| Read::new(owned, state, uses));
    let reads: Vec<Read<'_>> = reads.collect();
    if reads.is_empty() {
        return Ok(vec![]);
    }
    let judge = Judge {
        input,
        consumers,
        owned,
        of_v1: &of_v1,
        reads: &reads,
        sources: Sources::new(input, reads.iter().filter_map(|read| read.id.as_ref()))?,
        copies: OnceCell::new(),
        last: OnceCell::new(),
    };
    Ok(reads
        .iter()
        .flat_map(|read| judge.read(state, read))
        .collect())
}

/// Who reads which Secrets of v1, ordered by the Secrets.
fn uses<'a>(
    input: &'a Input,
    consumers: &Consumers<'a>,
    of_v1: &FastMap<Name, OwnedSecret>,
) -> Vec<(OwnedSecret, Use)> {
    let (state, is_swap) = (input.after_all(), input.step() == Step::Swap);
    let mut uses = vec![];
    for reference in consumers.workloads(state) {
        let Some(secret) = of_v1.get(&reference.secret) else {
            continue;
        };
        let consumer = reference.consumer;
        let runs = consumers.runs(state, consumer) == Runs::Something;
        // A swap is about whom it was asked for, and about whom it changes.
        let is_asked_for =
            !is_swap || input.touches(consumer) || (runs && input.is_selected(consumer));
        if is_asked_for && !consumers.is_spoken_for(state, consumer, reference.secret) {
            let used = Use {
                consumer,
                key: reference.key,
                runs,
                fixed: is_swap && consumers.is_fixed(state, consumer),
            };
            uses.push((*secret, used));
        }
    }
    uses.sort_by_key(|(secret, _)| secret.secret);
    uses
}

struct Judge<'j, 'a> {
    input: &'a Input,
    consumers: &'j Consumers<'a>,
    owned: &'j Owned<'a>,
    of_v1: &'j FastMap<Name, OwnedSecret>,
    reads: &'j [Read<'j>],
    sources: Sources<'a>,
    /// Made when the first key has no other source.
    copies: OnceCell<Copies>,
    /// The last change of each object that the plan touches; made when somebody asks.
    last: OnceCell<FastMap<ObjectId, u32>>,
}

impl<'a> Judge<'_, 'a> {
    fn last(&self, object: ObjectId) -> Option<u32> {
        let changes = || self.input.changes().iter();
        let last = self.last.get_or_init(|| {
            let last = changes().map(|change| (change.object, change.number));
            last.collect()
        });
        last.get(&object).copied()
    }

    /// Whether another Secret of the namespace that is not v1's holds this value.
    fn is_copied(&self, state: State<'a>, namespace: Symbol, class: Symbol) -> bool {
        let copies = self.copies.get_or_init(|| {
            let secrets = self.reads.iter().map(|read| read.secret.secret);
            let keys = secrets.flat_map(|secret| self.owned.keys_of(state, secret));
            let classes = keys.map(|row| sources::class(self.owned, row));
            let wanted = classes.filter_map(Symbol::present);
            let of_v1 = self.of_v1.values().map(|known| (known.secret, ()));
            let of_v1: FastMap<ObjectId, ()> = of_v1.collect();
            Copies::new(
                self.owned,
                state,
                &wanted.map(|class| (class, ())).collect(),
                |secret| of_v1.contains_key(&secret),
            )
        });
        copies.hold(namespace, class)
    }

    fn read(&self, state: State<'a>, read: &Read<'_>) -> Vec<Finding> {
        let Some(v1) = self.owned.v1.row(state, read.secret.by) else {
            return vec![];
        };
        let is_swap = self.input.step() == Step::Swap;
        let Some(id) = &read.id else {
            return match is_swap {
                true => self.left(read, &[]),
                false => vec![],
            };
        };
        let place = self.sources.at(id);
        // What may give a key is among these.
        if !(is_swap || place.objects().any(|object| self.input.touches(object))) {
            return vec![];
        }
        let kind = self.owned.v1.kind(v1);
        let twins = self.sources.twins(state, &place);
        let rows: Vec<Row<'a>> = self.owned.keys_of(state, read.secret.secret).collect();
        let [key_column, ..] = self.owned.key_columns;
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
        let mut keys: Vec<Symbol> = read.uses().filter_map(|read| read.key.present()).collect();
        if read.uses().any(|read| read.key.is_absent()) {
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
                Some(mapping) => self.sources.candidates(state, &place, mapping, user),
                None => twins.clone(),
            };
            concerned |= self.is_concerned(read, &objects);
            let gives = |state| {
                let wanted = (read.name, key);
                self.sources
                    .gives(self.consumers, state, &objects, mapping, wanted)
            };
            if !gives(state) && !self.is_copied(state, read.name.0, class_of(key)) {
                let touched = objects.iter().filter_map(|object| self.last(*object));
                let moment = match touched.max() {
                    Some(change) if gives(self.input.now()) => Moment::Change(change),
                    _ => Moment::Standing,
                };
                missing.push((key, mapping, objects, moment));
            }
        }
        if !concerned {
            return vec![];
        }
        let nothing_given = missing.len() == keys.len();
        let without: Vec<Symbol> = missing.iter().map(|(key, ..)| *key).collect();
        let finding = |(key, mapping, objects, moment): (
            Symbol,
            Option<&KeyMapping>,
            Vec<ObjectId>,
            Moment,
        )| {
            let uses = read
                .uses()
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
    fn left(&self, read: &Read<'_>, without: &[Symbol]) -> Vec<Finding> {
        let mut readers: BTreeMap<ObjectId, Vec<Use>> = BTreeMap::new();
        for used in read.uses().filter(|used| used.runs) {
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
            let moment = match self.last(consumer) {
                Some(change) if before.all(|known| known.secret != read.name) => {
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
    fn is_concerned(&self, read: &Read<'_>, objects: &[ObjectId]) -> bool {
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
