//! How far a resource has come, what is wrong with it already, and which step comes next. These are facts about the objects,
//! as FACTS (c), (e) and (h) define them; whether the step may be taken is for the policies.

use super::board::{Danger, Readiness, Sources, Stage, V1Member, V1State, V2Member, V2State};
use super::commands;
use super::rows::{Draft, Drafts};
use super::v1::V1Object;
use super::v2::V2Object;
use asogate_aso::v1::{self, Successor, V1Kind};
use asogate_core::coverage::CoverageMap;
use asogate_core::object::{GroupKind, ObjectId};
use asogate_core::plan::Step;
use asogate_core::snapshot::{Object, Snapshot};
use std::collections::HashSet;

/// No owner chain of either operator is longer; more is a circle.
const MAX_DEPTH: usize = 32;

/// Fills in the stage of every row; gives the next step of each.
pub(super) fn settle(drafts: &mut Drafts<'_>, snapshot: &Snapshot) -> Vec<Option<Step>> {
    let (v1, v2) = (&drafts.v1, &drafts.v2);
    let settle = |draft: &mut Draft| {
        let facts = Facts::new(draft, v1, v2, snapshot);
        let (stage, next) = facts.stage();
        draft.row.stage = stage;
        draft.row.v1_state = facts.v1_state();
        draft.row.v2_state = facts.v2_state();
        if draft.row.v2_state == V2State::Absent && facts.row.consumers.is_some_and(|all| all > 0) {
            draft.row.secrets.sources = Sources::Unmapped;
        }
        let dangers = facts.dangers().into_iter();
        let known = dangers.map(|danger| commands::against(danger, &draft.row));
        draft.row.dangers = known.collect();
        next
    };
    drafts.drafts.iter_mut().map(settle).collect()
}

/// What is known of one row.
struct Facts<'f, 'a> {
    row: RowFacts,
    v1: Vec<&'f V1Object<'a>>,
    via: Vec<&'f V1Object<'a>>,
    v2: Vec<&'f V2Object<'a>>,
    snapshot: &'f Snapshot,
    knows_v1: bool,
    knows_v2: bool,
}

/// What counts of the row itself.
struct RowFacts {
    is_identified: bool,
    consumers: Option<usize>,
}

impl RowFacts {
    fn of(draft: &Draft) -> RowFacts {
        RowFacts {
            is_identified: draft.row.azure.unidentified.is_none(),
            consumers: draft.consumers,
        }
    }
}

impl<'f, 'a> Facts<'f, 'a> {
    fn new(
        draft: &Draft,
        v1: &'f [V1Object<'a>],
        v2: &'f [V2Object<'a>],
        snapshot: &'f Snapshot,
    ) -> Facts<'f, 'a> {
        let of_v1 = |positions: &[usize]| -> Vec<&'f V1Object<'a>> {
            positions.iter().filter_map(|at| v1.get(*at)).collect()
        };
        let mut facts = Facts {
            row: RowFacts::of(draft),
            v1: of_v1(&draft.v1),
            via: of_v1(&draft.via),
            v2: draft.v2.iter().filter_map(|at| v2.get(*at)).collect(),
            snapshot,
            knows_v1: true,
            knows_v2: true,
        };
        facts.knows_v1 = facts.all_v1_were_read();
        facts.knows_v2 = facts.all_v2_were_read();
        facts
    }

    fn stage(&self) -> (Stage, Option<Step>) {
        let of_v1 = !self.v1.is_empty() || !self.via.is_empty();
        if self.members_of_v1().any(|member| !member.paused) {
            return (Stage::Start, Some(Step::PauseV1));
        }
        let live: Vec<&V2Member> = self.live().collect();
        let writes: Vec<Option<bool>> = live.iter().map(|member| member.writes()).collect();
        if !self.row.is_identified {
            // Without its resource, what else stands for it is not known; but v2 objects that write nothing can be judged.
            return match (of_v1, writes.as_slice()) {
                (false, []) => (Stage::InFile, Some(Step::Import)),
                (false, all) if all.iter().all(|writes| *writes == Some(false)) => {
                    (Stage::Imported, Some(Step::Adopt))
                }
                _ => (Stage::Unknown, None),
            };
        }
        if live.is_empty() {
            return match of_v1 {
                _ if !self.knows_v2 => (Stage::Unknown, None),
                true if self.has_no_successor() => (Stage::Paused, Some(Step::Cleanup)),
                true => (Stage::Paused, Some(Step::Import)),
                false if !self.knows_v1 => (Stage::Unknown, None),
                false => (Stage::InFile, Some(Step::Import)),
            };
        }
        if writes.contains(&None) {
            return (Stage::Unknown, None);
        }
        let goes = live.iter().any(|member| member.terminating);
        if !writes.contains(&Some(true)) {
            return (Stage::Imported, (!goes).then_some(Step::Adopt));
        }
        if !of_v1 {
            return match self.knows_v1 {
                true => (Stage::Done, None),
                false => (Stage::Unknown, None),
            };
        }
        let stands = !self.v1.is_empty() && !goes;
        match self.row.consumers {
            Some(0) => (Stage::Swapped, stands.then_some(Step::Cleanup)),
            _ => (Stage::Adopted, stands.then_some(Step::Swap)),
        }
    }

    fn dangers(&self) -> Vec<Danger> {
        let mut dangers = vec![];
        let mut add = |holds: bool, danger| {
            if holds {
                dangers.push(danger);
            }
        };
        let deletes = |member: &V2Member| {
            let deletes = |policy: super::board::Policy| policy.effective.deletes();
            member.is_live() && member.watched && member.policy.is_none_or(deletes)
        };
        let of_v1 = self.v1.iter().map(|object| &object.member);
        let mut going = of_v1.filter(|member| member.terminating && member.writes());
        let goes = going.next().is_some();
        let goes_in_v2 = self
            .live()
            .any(|member| member.terminating && deletes(member));
        add(goes || goes_in_v2, Danger::DeletedInAzure);

        let mut of_v1 = self.v1.iter();
        let follows = of_v1.any(|found| {
            let member = &found.member;
            !member.terminating && member.writes() && self.owner_goes(&found.object)
        });
        let mut of_v2 = self.v2.iter();
        let follows_in_v2 = of_v2.any(|found| {
            let owner_goes = |object: &Object<'a>| self.owner_goes(object);
            let member = &found.member;
            !member.terminating && deletes(member) && found.object.as_ref().is_some_and(owner_goes)
        });
        add(follows || follows_in_v2, Danger::GoesWithItsOwner);

        let writers_of_v1 = self
            .members_of_v1()
            .filter(|member| member.writes())
            .count();
        let writers_of_v2 = self
            .live()
            .filter(|member| member.writes() == Some(true))
            .count();
        let both = writers_of_v1 > 0 && writers_of_v2 > 0;
        add(both || writers_of_v2 > 1, Danger::TwoWriters);

        let is_missing = |member: &V2Member| match &member.ready {
            Readiness::NotReady { reason } => reason == "AzureResourceNotFound",
            _ => false,
        };
        add(self.live().any(is_missing), Danger::NotInAzure);
        add(self.v1.len() > 1 || self.v2.len() > 1, Danger::Doubled);
        dangers
    }

    fn v1_state(&self) -> V1State {
        let states: Vec<V1State> = self.members_of_v1().map(|member| member.state).collect();
        let order = [
            V1State::Terminating,
            V1State::Active,
            V1State::InFlight,
            V1State::Failed,
            V1State::Paused,
        ];
        let worst = order.into_iter().find(|state| states.contains(state));
        worst.unwrap_or(match self.knows_v1 {
            true => V1State::Absent,
            false => V1State::Unknown,
        })
    }

    fn v2_state(&self) -> V2State {
        let states: Vec<V2State> = self.v2.iter().map(|object| object.member.state).collect();
        let order = [
            V2State::Terminating,
            V2State::Unknown,
            V2State::Managed,
            V2State::Skipped,
            V2State::Applied,
            V2State::Ready,
            V2State::InImportFile,
        ];
        let worst = order.into_iter().find(|state| states.contains(state));
        worst.unwrap_or(match self.knows_v2 {
            true => V2State::Absent,
            false => V2State::Unknown,
        })
    }

    /// v1 objects that stand for the resource, or manage it beside their own.
    fn members_of_v1(&self) -> impl Iterator<Item = &V1Member> {
        let objects = self.v1.iter().chain(&self.via);
        objects.map(|object| &object.member)
    }

    fn live(&self) -> impl Iterator<Item = &V2Member> {
        let members = self.v2.iter().map(|object| &object.member);
        members.filter(|member| member.is_live())
    }

    /// Whether nothing in v2 can stand for it.
    fn has_no_successor(&self) -> bool {
        let mut kinds = self.v1.iter().map(|object| kind_of(object));
        let is_unsupported = |kind: &V1Kind| matches!(kind.successor, Successor::Unsupported);
        !self.v1.is_empty() && kinds.all(|kind| kind.is_some_and(is_unsupported))
    }

    /// Whether an owner of an object is being deleted, at any distance. Kubernetes then deletes the object.
    fn owner_goes(&self, object: &Object<'a>) -> bool {
        let mut seen: HashSet<ObjectId> = HashSet::new();
        let mut above = vec![(*object, 0)];
        while let Some((object, depth)) = above.pop() {
            for owner in object.owners() {
                let Some(id) = self.snapshot.find_uid(owner.uid) else {
                    continue;
                };
                let Some(owner) = self.snapshot.get(id) else {
                    continue;
                };
                if owner.is_terminating() {
                    return true;
                }
                if depth < MAX_DEPTH && seen.insert(id) {
                    above.push((owner, depth + 1));
                }
            }
        }
        false
    }

    /// Whether a v1 object that stands for the same resource would have been read.
    fn all_v1_were_read(&self) -> bool {
        let of_v2 = self.v2.iter().map(|object| &object.member.object.kind);
        let kinds = of_v2.flat_map(|kind| v1::predecessors(&kind.group, &kind.kind));
        let mut kinds = kinds.map(|kind| GroupKind::new(v1::GROUP, kind.kind));
        kinds.all(|kind| is_complete(self.snapshot.coverage(), &kind))
    }

    /// Whether a v2 object that stands for the same resource would have been read.
    fn all_v2_were_read(&self) -> bool {
        let of_v1 = self.v1.iter().filter_map(|object| kind_of(object));
        let with_successor = of_v1.filter(|kind| kind.successor != Successor::Unsupported);
        let counterparts = with_successor.flat_map(|kind| kind.counterparts);
        let of_v1 = counterparts.map(|(group, kind)| GroupKind::new(*group, *kind));
        let of_v2 = self
            .v2
            .iter()
            .map(|object| object.member.object.kind.clone());
        let mut kinds = of_v1.chain(of_v2);
        kinds.all(|kind| is_complete(self.snapshot.coverage(), &kind))
    }
}

fn is_complete(coverage: &CoverageMap, kind: &GroupKind) -> bool {
    coverage.of(kind).is_complete()
}

fn kind_of(object: &V1Object<'_>) -> Option<&'static V1Kind> {
    v1::find(&object.object.kind().kind)
}
