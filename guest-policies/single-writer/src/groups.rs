//! Everybody who writes to one thing in Azure, kept up to date along the plan: each change moves the objects that it concerns
//! and looks again at the groups that they leave or join, so that a plan costs what it changes and not what the cluster
//! holds.

use crate::say;
use crate::writers::{Side, Writers};
use asogate_aso::identity::Unidentified;
use asogate_aso::rows::{Place, PlaceKey, Places};
use asogate_policy::{FastMap, Finding, Level, Moment, ObjectId, State, Step, Timeline};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An object that writes to what a group stands for.
#[derive(Clone, Debug)]
struct Member {
    object: ObjectId,
    side: Side,
    name: String,
    /// The change with which it began to write; 0: it did before the plan.
    since: u32,
}

struct Group<'a> {
    /// For texts.
    place: Place<'a>,
    /// In the order in which they began to write; v1's first among those that did before the plan.
    members: Vec<Member>,
    /// From the first change on that concerns a member.
    timeline: Option<Timeline>,
    /// Whether the plan deletes a member that still writes. That ends the sharing, and the resource with it; whoever judges
    /// deletes says so, and here nothing has been mended.
    is_lost: bool,
}

/// What cannot be told of an object that writes.
struct Unknown {
    object: ObjectId,
    side: Side,
    reason: Unidentified,
    since: u32,
}

struct Groups<'w, 'a> {
    writers: &'w Writers<'a>,
    by_key: FastMap<PlaceKey, usize>,
    groups: Vec<Group<'a>>,
    /// The groups that an object is in.
    places: FastMap<ObjectId, Vec<usize>>,
    unknown: BTreeMap<ObjectId, Unknown>,
    /// The first change that makes a v2 object write.
    first_adopted: Option<u32>,
}

/// Who writes before the plan, and what: v1's objects first, each in the order of its places.
struct Active(Vec<(PlaceKey, ObjectId, Side)>);

impl Active {
    /// The objects with a place among these, each once.
    fn with_any(&self, places: &[PlaceKey]) -> impl Iterator<Item = (Side, ObjectId)> {
        let of_one = self.0.chunk_by(|one, other| one.1 == other.1);
        of_one.filter_map(|same| {
            let is_wanted =
                |known: &(PlaceKey, ObjectId, Side)| places.binary_search(&known.0).is_ok();
            let (_, object, side) = *same.iter().find(|known| is_wanted(known))?;
            Some((side, object))
        })
    }
}

pub(crate) fn judge(writers: &Writers<'_>) -> Result<Vec<Finding>, String> {
    let mut groups = Groups {
        writers,
        by_key: FastMap::default(),
        groups: vec![],
        places: FastMap::default(),
        unknown: BTreeMap::new(),
        first_adopted: None,
    };
    let now = writers.input.now();
    let active = groups.active(now);
    let wanted = groups.wanted(&active);
    for (side, object) in active.with_any(&wanted) {
        groups.place(now, side, object);
    }
    drop((active, wanted));
    for transition in writers.input.walk() {
        let mut objects = vec![transition.change.object];
        objects.extend(writers.both.policies.of_changed_namespace(&transition));
        if transition.change.deletes() {
            groups.lose(transition.change.object);
        }
        groups.apply(transition.after, &objects);
    }
    Ok(groups.finish())
}

impl<'a> Groups<'_, 'a> {
    /// One change: these objects may have begun or ceased to write, or write elsewhere.
    fn apply(&mut self, state: State<'a>, objects: &[ObjectId]) {
        let mut concerned: BTreeSet<usize> = BTreeSet::new();
        for &object in objects {
            let before = self.places.remove(&object).unwrap_or_default();
            for &group in &before {
                self.start(group);
            }
            let was_unknown = self.unknown.contains_key(&object);
            let was_active = !before.is_empty() || was_unknown;
            let row = self.writers.row(state, object);
            let active = row.filter(|(side, row)| self.writers.is_active(state, *side, *row));
            let after = match active {
                Some((side, row)) => match self.writers.places(state, side, row) {
                    Ok(places) => self.join(state.number(), object, side, places),
                    Err(reason) => {
                        self.unknown.entry(object).or_insert(Unknown {
                            object,
                            side,
                            reason,
                            since: state.number(),
                        });
                        vec![]
                    }
                },
                None => vec![],
            };
            if let Some((Side::V2, _)) = active.filter(|_| !was_active) {
                self.first_adopted.get_or_insert(state.number());
            }
            for &group in before.iter().filter(|group| !after.contains(group)) {
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.retain(|member| member.object != object);
                }
            }
            concerned.extend(before.into_iter().chain(after.iter().copied()));
            if !after.is_empty() {
                self.places.insert(object, after);
            }
        }
        for index in concerned {
            let Some(group) = self.groups.get_mut(index) else {
                continue;
            };
            let problems = problems(group);
            if let Some(timeline) = &mut group.timeline {
                timeline.advance(state.number(), problems);
            }
        }
    }

    /// The plan deletes an object, which may write until then.
    fn lose(&mut self, object: ObjectId) {
        for &index in self.places.get(&object).into_iter().flatten() {
            if let Some(group) = self.groups.get_mut(index) {
                group.is_lost = true;
            }
        }
    }

    /// Who writes before the plan, and what.
    fn active(&mut self, now: State<'a>) -> Active {
        let mut active = Active(vec![]);
        for (side, row) in self.writers.rows(now) {
            if !self.writers.is_active(now, side, row) {
                continue;
            }
            let object = row.object();
            match self.writers.places(now, side, row) {
                Ok(places) => {
                    let keys = places.into_iter().map(|place| place.key);
                    active.0.extend(keys.map(|key| (key, object, side)));
                }
                Err(reason) => {
                    let since = 0;
                    self.unknown.insert(
                        object,
                        Unknown {
                            object,
                            side,
                            reason,
                            since,
                        },
                    );
                }
            }
        }
        active
    }

    /// The places at which something can be wrong, sorted: those to which several objects write before the plan, and those of
    /// the objects that the plan concerns. In a big cluster nearly all others have one writer and keep it.
    fn wanted(&self, active: &Active) -> Vec<PlaceKey> {
        let mut keys: Vec<PlaceKey> = active.0.iter().map(|known| known.0).collect();
        keys.sort_unstable();
        let shared = keys.chunk_by(|one, other| one == other);
        let shared = shared.filter(|same| same.len() > 1);
        let mut wanted: Vec<PlaceKey> = shared.filter_map(|same| same.first().copied()).collect();
        drop(keys);
        for transition in self.writers.input.walk() {
            let of_namespace = self.writers.both.policies.of_changed_namespace(&transition);
            for &object in of_namespace.iter().chain([&transition.change.object]) {
                for state in [transition.before, transition.after] {
                    let Some((side, row)) = self.writers.row(state, object) else {
                        continue;
                    };
                    let places = self.writers.places(state, side, row).unwrap_or_default();
                    wanted.extend(places.into_iter().map(|place| place.key));
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// Makes an object that writes before the plan a member of its groups.
    fn place(&mut self, now: State<'a>, side: Side, object: ObjectId) {
        let Some((_, row)) = self.writers.row(now, object) else {
            return;
        };
        let places = self.writers.places(now, side, row).unwrap_or_default();
        let joined = self.join(0, object, side, places);
        self.places.insert(object, joined);
    }

    /// Adds an object to the groups of these places, where it is not in yet, and gives the groups.
    fn join(&mut self, since: u32, object: ObjectId, side: Side, places: Places<'a>) -> Vec<usize> {
        let mut joined = Vec::with_capacity(1);
        for mut place in places {
            let name = std::mem::take(&mut place.name);
            let index = match self.by_key.get(&place.key) {
                Some(&known) => known,
                None => {
                    self.by_key.insert(place.key, self.groups.len());
                    self.groups.push(Group {
                        place,
                        members: vec![],
                        timeline: None,
                        is_lost: false,
                    });
                    self.groups.len() - 1
                }
            };
            if since > 0 {
                self.start(index);
            }
            let Some(group) = self.groups.get_mut(index) else {
                continue;
            };
            match group
                .members
                .iter_mut()
                .find(|known| known.object == object)
            {
                Some(known) => known.name = name,
                None => group.members.push(Member {
                    object,
                    side,
                    name,
                    since,
                }),
            }
            if !joined.contains(&index) {
                joined.push(index);
            }
        }
        joined
    }

    /// Before the first change of a group: what is wrong with it as it is now.
    fn start(&mut self, index: usize) {
        if let Some(group) = self.groups.get_mut(index)
            && group.timeline.is_none()
        {
            let mut timeline = Timeline::default();
            timeline.advance(0, problems(group));
            group.timeline = Some(timeline);
        }
    }

    fn finish(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut untouched = Vec::new();
        for mut group in self.groups {
            match group.timeline.take() {
                Some(timeline) => {
                    let found = timeline.finish().into_iter();
                    let is_mended = |found: &Finding| found.when() == Some(Moment::Mended);
                    findings.extend(found.filter(|found| !(group.is_lost && is_mended(found))));
                }
                None => untouched.extend(problems(&group)),
            }
        }
        // What the plan leaves alone does not stop it.
        findings.extend(
            untouched
                .into_iter()
                .map(|found| found.standing().level(Level::Warn)),
        );
        let writers = self.writers;
        let unknown = self.unknown.into_values();
        let unknown = unknown.filter(|unknown| !is_told_by_owner(writers, unknown));
        findings.extend(unknown.filter_map(|unknown| {
            let moment = told_at(writers, &unknown, self.first_adopted)?;
            Some(
                say::unidentified(unknown.side, &unknown.reason)
                    .about(unknown.object)
                    .moment(moment),
            )
        }));
        findings
    }
}

/// Whether the policy `owner` says what is wrong: it looks at the owners of all v2 objects that an import or adoption touches.
/// What is wrong further up it says only of objects that are touched too, so that is told here.
fn is_told_by_owner(writers: &Writers<'_>, unknown: &Unknown) -> bool {
    let input = writers.input;
    let is_asked = matches!(input.step(), Step::Import | Step::Adopt);
    if unknown.side == Side::V1 || !is_asked || !input.touches(unknown.object) {
        return false;
    }
    let table = writers.both.v2.table;
    let row = input.after_all().row_of(table, unknown.object);
    let cell = |name: &str| row?.text(table.column(name).ok()?);
    match &unknown.reason {
        Unidentified::OwnerAbsent { name, .. } => cell("spec.owner.name") == Some(name.as_str()),
        Unidentified::NoOwner => {
            cell("spec.owner.name").is_none() && cell("spec.owner.armId").is_none()
        }
        Unidentified::OwnerOfWrongType { .. } | Unidentified::NotAnId("spec.owner.armId", _) => {
            cell("spec.owner.armId").is_some()
        }
        _ => false,
    }
}

/// When it has to be told that an object cannot be placed: when the plan makes it write; when the plan touches it; and,
/// of a v1 object, when the plan makes some v2 object write while it does, since the two may be the same resource.
fn told_at<'a>(
    writers: &Writers<'a>,
    unknown: &Unknown,
    first_adopted: Option<u32>,
) -> Option<Moment> {
    if unknown.since > 0 {
        return Some(Moment::Change(unknown.since));
    }
    let writes = |state: State<'a>| {
        let row = writers.row(state, unknown.object);
        row.is_some_and(|(side, row)| writers.is_active(state, side, row))
    };
    let stays = writes(writers.input.after_all());
    match (unknown.side, first_adopted) {
        (Side::V1, Some(number)) if writes(writers.input.after(number)) => Some(match stays {
            true => Moment::Standing,
            false => Moment::Change(number),
        }),
        _ if writers.input.touches(unknown.object) && stays => Some(Moment::Standing),
        _ => None,
    }
}

/// Who writes although somebody did before: about each such object one problem.
fn problems(group: &Group<'_>) -> Vec<Finding> {
    if group.members.len() < 2 {
        return vec![];
    }
    let mut problems = Vec::new();
    let mut first: FastMap<Side, ObjectId> = FastMap::default();
    let mut by_name: HashMap<&str, ObjectId> = HashMap::new();
    for member in &group.members {
        let opposite = match member.side {
            Side::V1 => Side::V2,
            Side::V2 => Side::V1,
        };
        let same = by_name.get(member.name.as_str());
        let found = match (first.get(&opposite), same, member.side) {
            (Some(&other), _, Side::V2) if member.since == 0 => {
                Some(say::both(&group.place, other))
            }
            (Some(&other), _, Side::V2) => Some(say::adopted(&group.place, other)),
            (Some(&other), _, Side::V1) => Some(say::released(&group.place, other)),
            (None, Some(&other), Side::V2) => Some(say::twice(&group.place, other)),
            _ => None,
        };
        problems.extend(found.map(|found| found.about(member.object)));
        first.entry(member.side).or_insert(member.object);
        if member.side == Side::V2 {
            by_name.entry(&member.name).or_insert(member.object);
        }
    }
    problems
}
