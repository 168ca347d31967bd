//! What blocks the next step of each row: every step is planned for the rows for which it is next, judged by the policies as
//! the gate does it, and what they find is told to the rows that it concerns. There is no rule of the board's own here.

use super::board::{Blocker, Gate, Next, Note, Row, Sources, StepState};
use super::commands;
use super::rows::Drafts;
use crate::collect::manifest::Manifest;
use crate::panel::Panel;
use crate::steps::selection::{Namespaces, Selection};
use crate::steps::{self, Request};
use crate::weigh::{Rules, Weighed, weigh};
use asogate_core::change::Propagation;
use asogate_core::finding::{Level, Moment, Remedy};
use asogate_core::object::{ObjectId, ObjectKey};
use asogate_core::plan::{Plan, Step};
use asogate_core::simulate::Outcome;
use asogate_core::snapshot::Snapshot;
use asogate_core::statement::Statement;
use asogate_core::verdict::{Outcome as Answer, Verdict, blocks};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The policy that says whether what workloads read has a source in v2, and how.
const CONSUMERS: &str = "secret-consumers";
/// How many things that are in the way of everything each row repeats.
const REPEATED: usize = 3;

const WITHOUT_SOURCE: [&str; 2] = ["unmapped-key", "no-v2-source"];

/// Everything that judging a step depends on.
pub(super) struct Bench<'b> {
    pub(super) snapshot: &'b Snapshot,
    pub(super) manifests: &'b [Manifest],
    pub(super) namespaces: &'b Namespaces,
    pub(super) rules: Rules<'b>,
}

/// One step that is next for some rows.
struct Turn<'t> {
    step: Step,
    /// The rows for which it is next, in order.
    rows: BTreeSet<usize>,
    plan: &'t Plan,
    outcome: &'t Outcome,
}

/// Judges one step for the rows for which it is next. `missing` is what could not be determined before.
pub(super) fn judge(
    step: Step,
    rows: BTreeSet<usize>,
    drafts: &mut Drafts<'_>,
    panel: &Panel,
    missing: Vec<String>,
    bench: &Bench<'_>,
) -> StepState {
    let (plan, mut undetermined) = match plan(step, &rows, drafts, bench) {
        Ok(plan) => (plan, missing),
        Err(reason) => (None, missing.into_iter().chain([reason]).collect()),
    };
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
    let mut general = vec![];
    if let Some(plan) = &plan {
        let weighed = weigh(
            plan,
            Some(step),
            bench.snapshot,
            std::mem::take(&mut undetermined),
            panel,
            &bench.rules,
        );
        let turn = Turn {
            step,
            rows: rows.clone(),
            plan,
            outcome: &weighed.outcome,
        };
        general = turn.tell(&weighed, drafts, bench);
        undetermined = unanswered(&weighed.verdict);
        turn.tell_sources(&weighed.verdict, drafts);
        turn.tell_unplanned(drafts);
    }
    if step == Step::Import {
        tell_uninvited(&rows, drafts, bench);
    }
    finish(step, rows, drafts, general, undetermined, bench)
}

/// The plan of a step; none if there is nothing to plan it from.
fn plan(
    step: Step,
    rows: &BTreeSet<usize>,
    drafts: &Drafts<'_>,
    bench: &Bench<'_>,
) -> Result<Option<Plan>, String> {
    let fail = |error: steps::StepError| format!("could not plan `{step}`: {error}");
    let everything = Selection {
        namespaces: Namespaces::All,
        labels: Default::default(),
        resources: vec![],
    };
    match step {
        Step::Import | Step::Swap => {
            let mut manifests = bench.manifests.to_vec();
            for manifest in &mut manifests {
                manifest.key = steps::manifest_key(manifest, bench.namespaces);
                name_namespace(manifest);
            }
            if let Namespaces::One(wanted) = bench.namespaces {
                manifests.retain(|known| known.key.namespace.as_ref() == Some(wanted));
            }
            if step == Step::Import && manifests.is_empty() {
                return Ok(None);
            }
            let request = Request {
                step,
                selection: &everything,
                manifests: if step == Step::Import {
                    &manifests
                } else {
                    &[]
                },
                propagation: Propagation::default(),
            };
            let planned = steps::plan(&request, bench.snapshot).map_err(fail)?;
            Ok(Some(planned.plan))
        }
        _ => {
            let objects = objects(step, rows, drafts);
            let plan = steps::plan_objects(step, &objects, bench.snapshot).map_err(fail)?;
            Ok(Some(plan))
        }
    }
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

impl Turn<'_> {
    /// Tells the findings to the rows that they concern; gives what concerns all of them.
    fn tell(&self, weighed: &Weighed, drafts: &mut Drafts<'_>, bench: &Bench<'_>) -> Vec<Blocker> {
        let mut general = General::new();
        let rows = self.rows.iter();
        let rows = rows.filter_map(|index| drafts.drafts.get(*index));
        let namespaces: HashSet<String> =
            rows.flat_map(|draft| namespaces_of(&draft.row)).collect();
        for finding in &weighed.verdict.findings {
            let concerned = self.concerned(finding, drafts, bench.snapshot);
            let here: Vec<usize> = concerned.intersection(&self.rows).copied().collect();
            let in_the_way = blocks(finding, Some(self.step));
            if !in_the_way {
                for index in here {
                    note(finding, index, drafts);
                }
                continue;
            }
            // Findings about what an import changes besides are the business of those rows.
            let is_elsewhere = here.is_empty()
                && !concerned.is_empty()
                && matches!(finding.moment, Moment::Change(_))
                && self.step == Step::Import;
            if is_elsewhere {
                continue;
            }
            if here.is_empty() {
                let namespace = finding.subject.as_ref();
                let namespace = namespace.and_then(|key| key.namespace.clone());
                let namespace = namespace.filter(|name| namespaces.contains(name));
                let all = general.entry(namespace).or_default();
                all.push(blocker(finding));
            }
            for index in here {
                let next = drafts.drafts.get_mut(index);
                if let Some(next) = next.and_then(|draft| draft.row.next.as_mut()) {
                    next.blocked_by.push(blocker(finding));
                }
            }
        }
        self.tell_all(&general, drafts);
        general.remove(&None).unwrap_or_default()
    }

    /// Tells rows what is in the way of everything in their namespace, or of everything. One thing closes a gate; more than a
    /// few would only be repeated a hundred thousand times.
    fn tell_all(&self, general: &General, drafts: &mut Drafts<'_>) {
        if general.is_empty() {
            return;
        }
        for index in &self.rows {
            let Some(draft) = drafts.drafts.get_mut(*index) else {
                continue;
            };
            let own = namespaces_of(&draft.row).into_iter().map(Some);
            let found = own.chain([None]);
            let found = found.filter_map(|namespace| general.get(&namespace));
            let found: Vec<Blocker> = found.flatten().take(REPEATED).cloned().collect();
            if let Some(next) = draft.row.next.as_mut() {
                next.blocked_by.extend(found);
            }
        }
    }

    /// The rows of the objects that a finding is about: its subject and related objects, and if it comes with a change, the object
    /// that is changed and those that led to it.
    fn concerned(
        &self,
        finding: &Statement,
        drafts: &Drafts<'_>,
        snapshot: &Snapshot,
    ) -> BTreeSet<usize> {
        let of_key = |key: &ObjectKey| {
            let live = snapshot.find(key).and_then(|id| drafts.row_of(id));
            live.or_else(|| drafts.row_of_manifest(key))
        };
        let keys = finding.subject.iter().chain(&finding.related);
        let mut rows: BTreeSet<usize> = keys.filter_map(of_key).collect();
        if let Moment::Change(number) = finding.moment {
            let effect = (number as usize).checked_sub(1);
            let effect = effect.and_then(|index| self.outcome.effects.get(index));
            let objects = effect
                .iter()
                .flat_map(|effect| effect.path.iter().chain([&effect.object]));
            rows.extend(objects.filter_map(|id| {
                let created = id.index().checked_sub(snapshot.len());
                match created.and_then(|at| self.outcome.created.get(at)) {
                    Some(position) => of_key(&self.plan.changes().get(*position)?.object),
                    None => drafts.row_of(*id),
                }
            }));
        }
        rows
    }

    /// Whether what is read has a source in v2. Where the plan changes nothing that could be one, the policy says nothing.
    fn tell_sources(&self, verdict: &Verdict, drafts: &mut Drafts<'_>) {
        let mut policies = verdict.policies.iter();
        let judged =
            policies.any(|result| result.policy == CONSUMERS && result.outcome == Answer::Judged);
        if !judged || self.step == Step::Cleanup || self.step == Step::PauseV1 {
            return;
        }
        let changed: HashSet<&ObjectKey> = self
            .plan
            .changes()
            .iter()
            .map(|change| &change.object)
            .collect();
        for index in &self.rows {
            let Some(draft) = drafts.drafts.get_mut(*index) else {
                continue;
            };
            let row = &mut draft.row;
            let is_read = row.secrets.consumers.is_some_and(|count| count > 0);
            let of_v2 = row.v2.iter().any(|member| changed.contains(&member.object));
            if !is_read || !(of_v2 || self.step == Step::Swap) {
                continue;
            }
            let blockers = row.next.iter().flat_map(|next| &next.blocked_by);
            let of_blockers = blockers.filter_map(|blocker| blocker.code.as_ref());
            let notes = row.notes.iter().filter(|note| note.level != Level::Info);
            let mut codes = of_blockers.chain(notes.map(|note| &note.code));
            let lacks = codes.any(|code| {
                code.policy == CONSUMERS && WITHOUT_SOURCE.contains(&code.code.as_str())
            });
            row.secrets.sources = if lacks {
                Sources::Unmapped
            } else {
                Sources::Mapped
            };
        }
    }

    /// Rows for which the step is next, but changes nothing: the policy `skip` that keeps v2 away is not the object's own.
    fn tell_unplanned(&self, drafts: &mut Drafts<'_>) {
        if self.step != Step::Adopt {
            return;
        }
        let changed: HashSet<&ObjectKey> = self
            .plan
            .changes()
            .iter()
            .map(|change| &change.object)
            .collect();
        for index in &self.rows {
            let Some(draft) = drafts.drafts.get_mut(*index) else {
                continue;
            };
            let row = &mut draft.row;
            let live = || row.v2.iter().filter(|member| member.is_live());
            if live().any(|member| changed.contains(&member.object)) {
                continue;
            }
            let found = live().map(commands::why_not_adopted).next();
            if let (Some(found), Some(next)) = (found, row.next.as_mut()) {
                next.blocked_by.push(found);
            }
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

fn blocker(finding: &Statement) -> Blocker {
    Blocker {
        code: Some(finding.code.clone()),
        subject: finding.subject.clone(),
        message: finding.message.clone(),
        remedies: finding.remedies.clone(),
    }
}

fn note(finding: &Statement, index: usize, drafts: &mut Drafts<'_>) {
    let note = Note {
        code: finding.code.clone(),
        level: finding.level,
        mended: finding.moment == Moment::Mended,
        subject: finding.subject.clone(),
        message: finding.message.clone(),
    };
    if let Some(draft) = drafts.drafts.get_mut(index) {
        draft.row.notes.push(note);
    }
}

/// What is in the way of everything in a namespace; under none, of everything.
type General = BTreeMap<Option<String>, Vec<Blocker>>;

fn namespaces_of(row: &Row) -> BTreeSet<String> {
    let objects = row.objects().chain(&row.managed_by);
    objects
        .filter_map(|object| object.namespace.clone())
        .collect()
}

/// What could not be determined of a verdict, in one line each.
fn unanswered(verdict: &Verdict) -> Vec<String> {
    let mut lines = verdict.undetermined.clone();
    let mut gaps: Vec<(String, Vec<&str>)> = vec![];
    for policy in &verdict.policies {
        match &policy.outcome {
            Answer::Incomplete { gaps: found } => {
                for gap in found {
                    let text = format!("{}: {}", gap.kinds, gap.coverage.describe());
                    match gaps.iter_mut().find(|(known, _)| *known == text) {
                        Some((_, policies)) => policies.push(&policy.policy),
                        None => gaps.push((text, vec![&policy.policy])),
                    }
                }
            }
            Answer::Declined { reason } => {
                lines.push(format!(
                    "policy `{}` cannot answer: {reason}",
                    policy.policy
                ));
            }
            Answer::Broke { reason } => {
                lines.push(format!("policy `{}` broke: {reason}", policy.policy));
            }
            Answer::Judged | Answer::NotApplicable | Answer::Disabled => {}
        }
    }
    let gaps = gaps.into_iter();
    lines.extend(gaps.map(|(gap, policies)| format!("{gap} (needed by {})", policies.join(", "))));
    lines
}
