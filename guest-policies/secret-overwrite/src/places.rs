//! Destinations, each with everybody who has to do with it: the v2 objects that export to it, the Secret or ConfigMap that
//! is there, and the v1 objects whose Secret has that name. Whenever a change of the plan concerns one of them, the
//! destination is judged again, so that no moment between two changes is missed.

use crate::exports::{Export, Exports, Place, Target};
use crate::findings::{self, V1Writer};
use crate::names::{key_problem, name_problem};
use crate::writers::{OperatorSecrets, V1Objects, exists, touched};
use asogate_aso::secret_names::NamingVersion;
use asogate_policy::{
    Column, FastMap, Finding, Input, Moment, ObjectId, Relation, Row, Selector, State, Symbol,
    Table, Timeline,
};

/// Namespace and name of Secrets and ConfigMaps.
const NAMES: [&str; 2] = ["metadata.namespace", "metadata.name"];

pub(crate) fn reads() -> Vec<Selector> {
    vec![
        Selector::objects("existing-secrets", "", "Secret", NAMES),
        Selector::objects("existing-config-maps", "", "ConfigMap", NAMES),
        Selector::relation("owners", Relation::OwnerReferences),
    ]
}

/// Everybody who has ever to do with one destination. Who of them is there at a moment is asked of the state.
#[derive(Default)]
struct Members {
    exporters: Vec<ObjectId>,
    existing: Vec<ObjectId>,
    v1: Vec<(ObjectId, NamingVersion)>,
    /// Only of destinations that the plan concerns, which are few.
    course: Option<Box<Course>>,
}

/// What is wrong with one destination as the plan goes on.
#[derive(Default)]
struct Course {
    /// Exporters that do not own what is there because another exporter does.
    second: Vec<ObjectId>,
    timeline: Timeline,
    /// That v1 writes here, since it is not paused.
    active: Timeline,
}

struct Book<'a> {
    exports: Exports<'a>,
    v1: V1Objects<'a>,
    operators: OperatorSecrets,
    existing: [(Target, Table<'a>, [Column; 2]); 2],
    owners: Table<'a>,
    owner_id: Column,
    owner_columns: [Column; 3],
}

/// Judges every destination at every moment.
pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let existing = |target, table: &str| {
        let table = input.table(table)?;
        Ok::<_, String>((target, table, table.columns(NAMES)?))
    };
    let owners = input.table("owners")?;
    let book = Book {
        exports: Exports::new(input)?,
        v1: V1Objects::new(input)?,
        operators: OperatorSecrets::new(input)?,
        existing: [
            existing(Target::Secret, "existing-secrets")?,
            existing(Target::ConfigMap, "existing-config-maps")?,
        ],
        owners,
        owner_id: owners.column("owner-id")?,
        owner_columns: owners.columns(["group", "kind", "name"])?,
    };
    let (mut places, affected) = book.members(input);
    // What the plan neither touches nor changes is not its business: nothing about it can come or go.
    places.retain(|_, members| members.all().any(|object| input.touches(object)));
    for (place, members) in &mut places {
        book.advance(input, 0, *place, members);
    }
    for (change, affected) in (1..).zip(affected) {
        for place in affected {
            if let Some(members) = places.get_mut(&place) {
                book.advance(input, change, place, members);
            }
        }
    }
    let mut findings = vec![];
    for members in places.into_values() {
        let course = *members.course.unwrap_or_default();
        let (findings_of, active) = (course.timeline.finish(), course.active.finish());
        findings.extend(once(findings_of, active, &course.second));
    }
    Ok(findings)
}

/// One cause is told once:
///
/// - That v2 does not overwrite what is there is part of what `v1-name` and `shared-destination` say, if they are true at the
///   same moment.
/// - That v1 writes is told instead of the danger that it will, where it is the plan that lets v1 write again.
fn once(findings: Vec<Finding>, active: Vec<Finding>, second: &[ObjectId]) -> Vec<Finding> {
    let tells = |among: &[Finding], code: &str, finding: &Finding, when| {
        let mut others = among.iter();
        others.any(|other| {
            (other.code(), other.object()) == (code, finding.object())
                && (when == Any::Time || other.when() == finding.when())
        })
    };
    let by_plan = |finding: &Finding| {
        matches!(finding.when(), Some(Moment::Change(_)))
            && !tells(&findings, "v1-name", finding, Any::SameMoment)
    };
    let active: Vec<Finding> = active.into_iter().filter(by_plan).collect();
    let is_new = |finding: &&Finding| {
        let same = |code| tells(&findings, code, finding, Any::SameMoment);
        match finding.code() {
            "not-owned" => {
                let is_second = finding
                    .object()
                    .is_some_and(|object| second.contains(&object));
                !(same("v1-name") || is_second && same("shared-destination"))
            }
            "v1-name" => !tells(&active, "v1-name", finding, Any::Time),
            _ => true,
        }
    };
    let mut told: Vec<Finding> = findings.iter().filter(is_new).cloned().collect();
    told.extend(active);
    told
}

/// At which moments another finding counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Any {
    Time,
    SameMoment,
}

impl Members {
    fn all(&self) -> impl Iterator<Item = ObjectId> {
        let v1 = self.v1.iter().map(|(object, _)| *object);
        let others = self.exporters.iter().chain(&self.existing).copied();
        others.chain(v1)
    }
}

impl<'a> Book<'a> {
    /// Every destination with its members, and for each change the destinations that it concerns.
    fn members(&self, input: &'a Input) -> (FastMap<Place, Members>, Vec<Vec<Place>>) {
        let mut places: FastMap<Place, Members> = FastMap::default();
        let mut affected: Vec<Vec<Place>> = vec![vec![]; input.changes().len()];
        let mut join = |object: ObjectId, place: Place| {
            let members = places.entry(place).or_default();
            push(&mut members.exporters, object);
        };
        for (object, place) in self.exports.places(input.now()) {
            join(object, place);
        }
        for (transition, affected) in input.walk().zip(&mut affected) {
            let object = transition.change.object;
            for state in [transition.before, transition.after] {
                for place in self.exports.places_of(state, object) {
                    join(object, place);
                    push(affected, place);
                }
            }
        }
        for (target, table, columns) in &self.existing {
            let place = |row: Row<'a>| Place {
                target: *target,
                namespace: row.symbol(columns[0]),
                name: row.symbol(columns[1]),
            };
            self.add(input, *table, &mut affected, |row| {
                let place = place(row);
                let members = places.get_mut(&place)?;
                push(&mut members.existing, row.object());
                Some(vec![place])
            });
        }
        // v1 computes names that need not occur in any cell, so they are compared as texts.
        let mut wanted: FastMap<&str, Symbol> = FastMap::default();
        for place in places.keys().filter(|place| place.target == Target::Secret) {
            if let Some(text) = input.text(place.name) {
                wanted.insert(text, place.name);
            }
        }
        if !wanted.is_empty() {
            self.add(input, self.v1.table, &mut affected, |row| {
                let mut found = vec![];
                for known in self.v1.names(row) {
                    let Some(&name) = wanted.get(known.name.as_str()) else {
                        continue;
                    };
                    let place = Place {
                        target: Target::Secret,
                        namespace: known.namespace,
                        name,
                    };
                    if let Some(members) = places.get_mut(&place) {
                        push(&mut members.v1, (row.object(), known.naming));
                        push(&mut found, place);
                    }
                }
                Some(found)
            });
        }
        (places, affected)
    }

    /// Visits the rows of a table now and after every change, and notes for each change the destinations that `visit` gives.
    fn add(
        &self,
        input: &'a Input,
        table: Table<'a>,
        affected: &mut [Vec<Place>],
        mut visit: impl FnMut(Row<'a>) -> Option<Vec<Place>>,
    ) {
        for row in input.now().rows(table) {
            visit(row);
        }
        for (transition, affected) in input.walk().zip(affected) {
            for place in touched(&transition, table).filter_map(&mut visit).flatten() {
                push(affected, place);
            }
        }
    }

    /// Notes what is wrong with a destination after a change.
    fn advance(&self, input: &'a Input, change: u32, place: Place, members: &mut Members) {
        let state = input.after(change);
        let mut found = vec![];
        let (mut second, mut active) = (vec![], vec![]);
        // Whose exports go here, in the order in which they came.
        let exporters: Vec<(ObjectId, Vec<Export<'a>>)> = members
            .exporters
            .iter()
            .map(|&object| {
                let mut exports = self.exports.of(state, object);
                exports.retain(|export| export.place == place);
                (object, exports)
            })
            .filter(|(_, exports)| !exports.is_empty())
            .collect();
        let name = input.text(place.name);
        let existing = self.existing_at(state, place, members);
        let owner = existing.and_then(|existing| {
            let owns = |(object, _): &&(ObjectId, _)| self.owns(state, existing, *object);
            exporters.iter().find(owns).map(|(object, _)| *object)
        });
        // Of several objects, the one that owns the destination or came first is the one that gets it.
        let first = owner.or(exporters.first().map(|(object, _)| *object));
        let v1 = self.v1_at(state, members);
        for (object, exports) in &exporters {
            let Some(export) = exports.first() else {
                continue;
            };
            if let Some(problem) = name.map_or(Some("is missing"), name_problem) {
                found.push(findings::illegal_name(place.target, export, problem).about(*object));
                continue;
            }
            let keys = illegal_keys(place.target, exports);
            found.extend(keys.into_iter().map(|finding| finding.about(*object)));
            let reserved = (place.target == Target::Secret)
                .then(|| self.operators.use_of(place.namespace, place.name, name?))
                .flatten();
            if let Some(reserved) = reserved {
                found.push(findings::reserved(export, reserved).about(*object));
                continue;
            }
            let foreign = existing.filter(|&existing| !self.owns(state, existing, *object));
            if !v1.is_empty() {
                let text = findings::v1_name(export, &v1, self.v1.naming, foreign);
                found.push(text.about(*object));
            }
            if v1.iter().any(|writer| !writer.is_paused) {
                let text = findings::v1_writes(export, &v1, self.v1.naming);
                active.push(text.about(*object));
            }
            let others = exporters.iter().map(|(other, _)| *other);
            let others: Vec<ObjectId> = others.filter(|other| other != object).collect();
            if first != Some(*object) {
                found.push(findings::shared(place.target, export, &others).about(*object));
            }
            if let Some(existing) = foreign {
                let belongs = self.belongs_to(state, existing);
                let text = findings::not_owned(place.target, export, existing, belongs);
                found.push(text.about(*object));
                second.extend(owner.map(|_| *object));
            }
        }
        let course = members.course.get_or_insert_default();
        for object in second {
            push(&mut course.second, object);
        }
        course.timeline.advance(change, found);
        course.active.advance(change, active);
    }

    fn existing_at(&self, state: State<'a>, place: Place, members: &Members) -> Option<ObjectId> {
        let (_, table, _) = self
            .existing
            .iter()
            .find(|(target, _, _)| *target == place.target)?;
        let mut existing = members.existing.iter().copied();
        existing.find(|&object| exists(state, *table, object))
    }

    fn v1_at(&self, state: State<'a>, members: &Members) -> Vec<V1Writer> {
        let writer = |(object, naming): &(ObjectId, NamingVersion)| {
            Some(V1Writer {
                object: *object,
                naming: *naming,
                is_paused: self.v1.is_paused(state, *object)?,
            })
        };
        members.v1.iter().filter_map(writer).collect()
    }

    /// Whether a Secret or ConfigMap has an owner reference with this object's uid; nothing else counts (FACTS (d)).
    fn owns(&self, state: State<'a>, existing: ObjectId, object: ObjectId) -> bool {
        let mut owners = state.rows_of(self.owners, existing);
        owners.any(|row| row.reference(self.owner_id) == Some(object))
    }

    /// In words, to whom a Secret or ConfigMap belongs.
    fn belongs_to(&self, state: State<'a>, existing: ObjectId) -> findings::Belongs<'a> {
        let [group, kind, name] = self.owner_columns;
        match state.rows_of(self.owners, existing).first() {
            None => findings::Belongs::ToNobody,
            Some(row) => findings::Belongs::To {
                owner: row.reference(self.owner_id),
                group: row.text(group).unwrap_or_default(),
                kind: row.text(kind).unwrap_or_default(),
                name: row.text(name).unwrap_or_default(),
            },
        }
    }
}

/// Keys that cannot be written, and keys that the object writes twice.
fn illegal_keys(target: Target, exports: &[Export<'_>]) -> Vec<Finding> {
    let mut found = vec![];
    for (position, export) in exports.iter().enumerate() {
        let problem = match export.key {
            Some(key) => key_problem(key),
            None => export.needs_key.then_some("is missing"),
        };
        let twin = exports
            .iter()
            .take(position)
            .find(|before| before.key.is_some() && before.key == export.key);
        if let Some(problem) = problem {
            found.push(findings::illegal_key(target, export, problem));
        } else if let Some(twin) = twin {
            found.push(findings::key_twice(target, export, twin));
        }
    }
    found
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
