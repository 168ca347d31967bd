//! What blocks the next step of each row: every step is planned for the rows for which it is next, judged by the policies as
//! the gate does it, and what they find is told to the rows that it concerns. There is no rule of the board's own here.

use super::attribution::{Readers, Turn};
use super::board::{Blocker, Gate, Next, StepState};
use super::commands;
use super::rows::Drafts;
use crate::collect::manifest::Manifest;
use crate::panel::Panel;
use crate::steps::selection::{Namespaces, Selection};
use crate::steps::swap::Refusal;
use crate::steps::{self, Request};
use crate::weigh::{Asked, Rules, weigh};
use asogate_core::change::Propagation;
use asogate_core::finding::Remedy;
use asogate_core::object::ObjectId;
use asogate_core::plan::{Plan, Step};
use asogate_core::snapshot::Snapshot;
use asogate_core::statement::Statement;
use asogate_core::verdict::Evidence;
use std::collections::BTreeSet;

/// Everything that judging a step depends on.
pub(super) struct Bench<'b> {
    pub(super) snapshot: &'b Snapshot,
    pub(super) manifests: &'b [Manifest],
    pub(super) namespaces: &'b Namespaces,
    pub(super) rules: Rules<'b>,
}

/// How often a step is judged at most, each time without what was blocked before. Objects of both operators hang together at
/// most five deep; what is left after so many rounds counts as blocked.
const ROUNDS: usize = 4;

/// Judges one step for the rows for which it is next: all of them together, then again those that nothing was said against,
/// until the gate is open for those that are left. So a row is open only if the policies pass a plan for all open rows; what they
/// say of one object for many of its kind reaches them all, and what goes with something else shows when that is left alone. `missing` is what could not be determined before.
pub(super) fn judge(
    step: Step,
    rows: BTreeSet<usize>,
    drafts: &mut Drafts<'_>,
    panel: &Panel,
    missing: Vec<String>,
    bench: &Bench<'_>,
) -> StepState {
    for index in &rows {
        if let Some(draft) = drafts.drafts.get_mut(*index) {
            draft.row.next = Some(Next {
                step,
                gate: Gate::Unknown,
                blocked_by: vec![],
                go_on: None,
            });
        }
    }
    let readers = if step == Step::Swap {
        readers(&rows, drafts)
    } else {
        Readers::new()
    };
    let mut undetermined = missing;
    let mut general = vec![];
    let mut open = rows.clone();
    let mut aside = BTreeSet::new();
    for round in 0..ROUNDS {
        let Drawn {
            plan,
            concerned,
            refusals,
        } = match plan(step, &open, &aside, drafts, bench) {
            Ok(Some(planned)) => planned,
            // In a later round, everything has been judged before.
            Ok(None) if round > 0 => break,
            Ok(None) => {
                undetermined.push("no object of the import files is in the namespace of -n, so nothing was judged".into());
                break;
            }
            Err(reason) => {
                undetermined.push(reason);
                break;
            }
        };
        let missing = if round == 0 {
            undetermined.clone()
        } else {
            vec![]
        };
        let (step, rules) = (Some(step), &bench.rules);
        let missing = |_: &[Statement]| missing;
        let weighed = weigh(
            &plan,
            bench.snapshot,
            Asked {
                step,
                concerned: &concerned,
            },
            panel,
            rules,
            Evidence::default(),
            missing,
        );
        let turn = Turn {
            step: plan.step(),
            is_first: round == 0,
            rows: &open,
            readers: &readers,
            plan: &plan,
            outcome: &weighed.outcome,
        };
        let told = turn.tell(&weighed.verdict, drafts, bench.snapshot);
        if turn.is_first {
            turn.tell_sources(&weighed.verdict, drafts);
            turn.tell_unplanned(&refusals, drafts);
        }
        undetermined.extend(weighed.verdict.unanswered());
        general.extend(told.general);
        let is_blocked = |index: &usize| {
            let draft = drafts.drafts.get(*index);
            let next = draft.and_then(|draft| draft.row.next.as_ref());
            next.is_some_and(|next| !next.blocked_by.is_empty())
        };
        let (blocked, left): (BTreeSet<usize>, BTreeSet<usize>) =
            open.iter().partition(|index| is_blocked(index));
        let is_clean = !told.in_the_way;
        let is_last = round + 1 == ROUNDS || (blocked.is_empty() && told.elsewhere.is_empty());
        if !is_clean && is_last && step != Some(Step::Swap) {
            turn.tell_rest(&weighed.verdict, &left, drafts);
        }
        if is_clean || is_last || left.is_empty() || step == Some(Step::Swap) {
            break;
        }
        open = left;
        aside.extend(blocked);
        aside.extend(told.elsewhere);
    }
    undetermined.sort();
    undetermined.dedup();
    general.dedup();
    if step == Step::Import {
        tell_uninvited(&rows, drafts, bench);
    }
    finish(step, rows, drafts, general, undetermined, bench)
}

/// A plan, and what a swap leaves as it is.
struct Drawn {
    plan: Plan,
    concerned: Vec<ObjectId>,
    refusals: Vec<Refusal>,
}

/// The plan of a step; none if there is nothing to plan it from. An import holds everything but what is set `aside`.
fn plan(
    step: Step,
    rows: &BTreeSet<usize>,
    aside: &BTreeSet<usize>,
    drafts: &Drafts<'_>,
    bench: &Bench<'_>,
) -> Result<Option<Drawn>, String> {
    let fail = |error: steps::StepError| format!("could not plan `{step}`: {error}");
    let everything = Selection {
        namespaces: Namespaces::All,
        labels: Default::default(),
        resources: vec![],
    };
    match step {
        Step::Swap => {
            let request = Request {
                step,
                selection: &everything,
                manifests: &[],
                propagation: Propagation::default(),
            };
            let planned = steps::plan(&request, bench.snapshot).map_err(fail)?;
            of_readers(planned, &readers(rows, drafts), bench.snapshot).map(Some)
        }
        Step::Import => {
            let mut manifests = bench.manifests.to_vec();
            for manifest in &mut manifests {
                manifest.key = steps::manifest_key(manifest, bench.namespaces);
                name_namespace(manifest);
            }
            manifests.retain(|known| {
                let row = drafts.row_of_manifest(&known.key);
                row.is_none_or(|row| !aside.contains(&row))
            });
            if let Namespaces::One(wanted) = bench.namespaces {
                let is_here = |known: &Manifest| known.key.namespace.as_ref() == Some(wanted);
                let elsewhere = manifests
                    .iter()
                    .filter(|known| !is_here(known))
                    .find(|known| {
                        let row = drafts.row_of_manifest(&known.key);
                        row.is_some_and(|row| rows.contains(&row))
                    });
                if let Some(known) = elsewhere {
                    return Err(format!(
                        "`{}` of the import files stands for a resource of namespace `{wanted}`, but is in another one; leave -n out to judge it",
                        known.key
                    ));
                }
                manifests.retain(is_here);
            }
            if manifests.is_empty() {
                return Ok(None);
            }
            let request = Request {
                step,
                selection: &everything,
                manifests: &manifests,
                propagation: Propagation::default(),
            };
            let planned = steps::plan(&request, bench.snapshot).map_err(fail)?;
            Ok(Some(Drawn {
                plan: planned.plan,
                concerned: planned.concerned,
                refusals: planned.refusals,
            }))
        }
        _ => {
            let objects = objects(step, rows, drafts);
            let plan = steps::plan_objects(step, &objects, bench.snapshot).map_err(fail)?;
            Ok(Some(Drawn {
                plan,
                concerned: vec![],
                refusals: vec![],
            }))
        }
    }
}

/// The rows whose Secrets an object reads, by the object.
fn readers(rows: &BTreeSet<usize>, drafts: &Drafts<'_>) -> Readers {
    let mut readers = Readers::new();
    for index in rows {
        let row = drafts.drafts.get(*index).map(|draft| &draft.row);
        for key in row.iter().flat_map(|row| &row.secrets.read_by) {
            readers.entry(key.clone()).or_default().push(*index);
        }
    }
    readers
}

/// Of a swap of everything, what concerns these readers: for others another step is next.
fn of_readers(
    planned: steps::Planned,
    readers: &Readers,
    snapshot: &Snapshot,
) -> Result<Drawn, String> {
    let changes = planned.plan.changes().iter();
    let changes = changes.filter(|change| readers.contains_key(&change.object));
    let plan = Plan::new(Step::Swap, changes.cloned().collect());
    let is_reader = |id: &ObjectId| {
        let object = snapshot.get(*id);
        object.is_some_and(|object| readers.contains_key(&object.key(snapshot.pool())))
    };
    let refusals = planned.refusals.into_iter();
    Ok(Drawn {
        plan: plan.map_err(|error| format!("could not plan `{}`: {error}", Step::Swap))?,
        concerned: planned.concerned.into_iter().filter(is_reader).collect(),
        refusals: refusals
            .filter(|refusal| readers.contains_key(&refusal.consumer))
            .collect(),
    })
}

/// Writes the namespace of the key into the object, as `kubectl apply -n` does.
fn name_namespace(manifest: &mut Manifest) {
    let metadata = manifest.object.get_mut("metadata");
    let metadata = metadata.and_then(serde_json::Value::as_object_mut);
    if let (Some(metadata), Some(namespace)) = (metadata, &manifest.key.namespace) {
        metadata.insert("namespace".into(), namespace.as_str().into());
    }
}

/// The objects that a step changes for these rows, in the order of the snapshot.
fn objects(step: Step, rows: &BTreeSet<usize>, drafts: &Drafts<'_>) -> Vec<ObjectId> {
    let mut objects: Vec<ObjectId> = rows
        .iter()
        .flat_map(|index| objects_of_row(step, *index, drafts))
        .collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}

fn objects_of_row(step: Step, index: usize, drafts: &Drafts<'_>) -> Vec<ObjectId> {
    let Some(draft) = drafts.drafts.get(index) else {
        return vec![];
    };
    let of_v1 = |positions: &[usize]| -> Vec<ObjectId> {
        let objects = positions.iter().filter_map(|at| drafts.v1.get(*at));
        objects.map(|object| object.id).collect()
    };
    match step {
        Step::PauseV1 => [of_v1(&draft.v1), of_v1(&draft.via)].concat(),
        Step::Cleanup => of_v1(&draft.v1),
        _ => {
            let objects = draft.v2.iter().filter_map(|at| drafts.v2.get(*at));
            objects.filter_map(|object| object.id).collect()
        }
    }
}

/// v1 objects for which there is no v2 object, in the cluster or in the import files.
fn tell_uninvited(rows: &BTreeSet<usize>, drafts: &mut Drafts<'_>, bench: &Bench<'_>) {
    for index in rows {
        let Some(draft) = drafts.drafts.get_mut(*index) else {
            continue;
        };
        let row = &mut draft.row;
        if !row.v2.is_empty() {
            continue;
        }
        let found = commands::not_imported(row, bench.manifests.is_empty());
        if let Some(next) = row.next.as_mut().filter(|next| next.blocked_by.is_empty()) {
            next.blocked_by.push(found);
        }
    }
}

/// Opens and closes the gates of the rows, and counts them.
fn finish(
    step: Step,
    rows: BTreeSet<usize>,
    drafts: &mut Drafts<'_>,
    general: Vec<Blocker>,
    undetermined: Vec<String>,
    bench: &Bench<'_>,
) -> StepState {
    let mut state = StepState {
        step,
        resources: rows.len(),
        open: 0,
        closed: 0,
        unknown: 0,
        command: commands::of_step(step, bench.namespaces),
        blocked_by: general,
        undetermined,
    };
    for index in rows {
        let Some(draft) = drafts.drafts.get_mut(index) else {
            continue;
        };
        let command = commands::of_row(step, &draft.row);
        let Some(next) = draft.row.next.as_mut() else {
            continue;
        };
        next.gate = match (next.blocked_by.is_empty(), state.undetermined.is_empty()) {
            (false, _) => Gate::Closed,
            (true, false) => Gate::Unknown,
            (true, true) => Gate::Open,
        };
        next.go_on = match next.gate {
            Gate::Open => Some(Remedy::Command(command)),
            Gate::Closed => commands::mend(&next.blocked_by),
            Gate::Unknown => None,
        };
        match next.gate {
            Gate::Open => state.open += 1,
            Gate::Closed => state.closed += 1,
            Gate::Unknown => state.unknown += 1,
        }
    }
    state
}
