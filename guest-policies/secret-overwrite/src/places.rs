//! What is wrong with the destinations of exports. Whenever a change of the plan concerns one of those who have to do with a
//! destination, it is judged again, so that no moment between two changes is missed.

use crate::exports::{Export, Exports, Target};
use crate::findings::{self, V1Writer};
use crate::members::{Existing, Members, Places};
use crate::names::{key_problem, name_problem};
use crate::writers::{OperatorSecrets, V1Objects};
use asogate_aso::secret_names::NamingVersion;
use asogate_policy::{
    Column, Finding, Input, Moment, ObjectId, Relation, Selector, State, Table, Timeline,
};

const OWNERS: [&str; 4] = ["owner-id", "group", "kind", "name"];

pub(crate) fn reads() -> Selector {
    Selector::relation_columns("owners", Relation::OwnerReferences, OWNERS)
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
    existing: Existing<'a>,
    owners: Table<'a>,
    owner_columns: [Column; 4],
}

/// Judges every destination that the plan has to do with, at every moment.
pub(crate) fn judge(input: &Input) -> Result<Vec<Finding>, String> {
    let exports = Exports::new(input)?;
    // What the plan neither touches nor changes is not its business: nothing about it can come or go.
    if input.changes().is_empty() || exports.is_empty() {
        return Ok(vec![]);
    }
    let owners = input.table("owners")?;
    let book = Book {
        exports,
        v1: V1Objects::new(input)?,
        operators: OperatorSecrets::new(input)?,
        existing: Existing::new(input)?,
        owners,
        owner_columns: owners.columns(OWNERS)?,
    };
    let places = Places::new(input, &book.exports, &book.existing, &book.v1);
    // Most destinations are in order from beginning to end, and have none.
    let mut courses: Vec<Option<Box<Course>>> = vec![];
    courses.resize_with(places.members.len(), || None);
    let mut exporters = vec![];
    for (members, course) in places.members.iter().zip(&mut courses) {
        book.advance(input, 0, members, course, &mut exporters);
    }
    for (change, place) in places.affected(input) {
        let place = place as usize;
        if let Some((members, course)) = places.members.get(place).zip(courses.get_mut(place)) {
            book.advance(input, change, members, course, &mut exporters);
        }
    }
    let mut findings = vec![];
    for course in courses.into_iter().flatten() {
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

/// An object that exports, and one of its entries.
type Entry<'a> = (ObjectId, Export<'a>);

impl<'a> Book<'a> {
    /// Notes what is wrong with a destination after a change. `exporters` is room that is used again.
    fn advance(
        &self,
        input: &'a Input,
        change: u32,
        members: &Members,
        course: &mut Option<Box<Course>>,
        exporters: &mut Vec<Entry<'a>>,
    ) {
        let state = input.after(change);
        let place = members.place;
        let mut found = vec![];
        let (mut second, mut active) = (vec![], vec![]);
        // Whose exports go here, in the order in which they came.
        exporters.clear();
        for object in members.exporters.iter() {
            let exports = self.exports.of(state, object);
            let here = exports.filter(|export| export.place == place);
            exporters.extend(here.map(|export| (object, export)));
        }
        let by_object = || exporters.chunk_by(|one, other| one.0 == other.0);
        let objects = || by_object().filter_map(|entries| Some(entries.first()?.0));
        let name = input.text(place.name);
        let existing = members.existing.iter();
        let mut existing =
            existing.filter(|&object| self.existing.is_there(state, place.target, object));
        let existing = existing.next();
        let owner = existing.and_then(|existing| {
            let mut objects = objects();
            objects.find(|&object| self.owns(state, existing, object))
        });
        // Of several objects, the one that owns the destination or came first is the one that gets it.
        let first = owner.or_else(|| objects().next());
        let v1 = self.v1_at(state, members);
        for entries in by_object() {
            let Some((object, export)) = entries.first() else {
                continue;
            };
            if let Some(problem) = name.map_or(Some("is missing"), name_problem) {
                found.push(findings::illegal_name(place.target, export, problem).about(*object));
                continue;
            }
            illegal_keys(place.target, entries, &mut found);
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
            if first != Some(*object) {
                let others: Vec<ObjectId> = objects().filter(|other| other != object).collect();
                found.push(findings::shared(place.target, export, &others).about(*object));
            }
            if let Some(existing) = foreign {
                let belongs = self.belongs_to(state, existing);
                let text = findings::not_owned(place.target, export, existing, belongs);
                found.push(text.about(*object));
                second.extend(owner.map(|_| *object));
            }
        }
        if course.is_none() && found.is_empty() && active.is_empty() {
            return;
        }
        let course = course.get_or_insert_default();
        for object in second {
            if !course.second.contains(&object) {
                course.second.push(object);
            }
        }
        course.timeline.advance(change, found);
        course.active.advance(change, active);
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
        let [owner_id, ..] = self.owner_columns;
        let mut owners = state.rows_of(self.owners, existing);
        owners.any(|row| row.reference(owner_id) == Some(object))
    }

    /// In words, to whom a Secret or ConfigMap belongs.
    fn belongs_to(&self, state: State<'a>, existing: ObjectId) -> findings::Belongs<'a> {
        let [owner_id, group, kind, name] = self.owner_columns;
        match state.rows_of(self.owners, existing).first() {
            None => findings::Belongs::ToNobody,
            Some(row) => findings::Belongs::To {
                owner: row.reference(owner_id),
                group: row.text(group).unwrap_or_default(),
                kind: row.text(kind).unwrap_or_default(),
                name: row.text(name).unwrap_or_default(),
            },
        }
    }
}

/// Keys that cannot be written, and keys that the object writes twice.
fn illegal_keys(target: Target, entries: &[Entry<'_>], found: &mut Vec<Finding>) {
    for (position, (object, export)) in entries.iter().enumerate() {
        let problem = match export.key() {
            Some(key) => key_problem(key),
            None => export.needs_key().then_some("is missing"),
        };
        let mut before = entries.iter().take(position);
        let twin = before.find(|(_, before)| export.has_key_of(before));
        if let Some(problem) = problem {
            found.push(findings::illegal_key(target, export, problem).about(*object));
        } else if let Some((_, twin)) = twin {
            found.push(findings::key_twice(target, export, twin).about(*object));
        }
    }
}
