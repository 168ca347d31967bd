//! Tells the findings of a judged step to the rows that they concern. What concerns no row of the step by itself is in the way of
//! all in its namespace, or of all.

use super::board::{Blocker, Note, Row, Sources};
use super::commands;
use super::rows::Drafts;
use crate::steps::swap::{Refusal, Weight};
use asogate_core::finding::{Level, Moment};
use asogate_core::object::ObjectKey;
use asogate_core::plan::{Plan, Step};
use asogate_core::simulate::Outcome;
use asogate_core::snapshot::Snapshot;
use asogate_core::statement::Statement;
use asogate_core::verdict::{Outcome as Answer, Verdict, blocks};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The policy that says whether what workloads read has a source in v2, and how.
const CONSUMERS: &str = "secret-consumers";
/// How many things that are in the way of everything each row repeats.
const REPEATED: usize = 3;

/// The finding that a plan changes more objects than is allowed at once.
const SIZE: (&str, &str) = ("blast-radius", "too-many");

const WITHOUT_SOURCE: [&str; 2] = ["unmapped-key", "no-v2-source"];

/// Rows by the objects that read their Secrets.
pub(super) type Readers = HashMap<ObjectKey, Vec<usize>>;

/// One step that is next for some rows.
pub(super) struct Turn<'t> {
    pub(super) step: Step,
    /// Whether it is judged for all of them, and not only for those that are left.
    pub(super) is_first: bool,
    /// The rows that are judged, in order.
    pub(super) rows: &'t BTreeSet<usize>,
    /// For `swap`: the rows by who reads their Secrets.
    pub(super) readers: &'t Readers,
    pub(super) plan: &'t Plan,
    pub(super) outcome: &'t Outcome,
}

/// What became of the findings of one judgement.
#[derive(Default)]
pub(super) struct Told {
    /// Whether anything is in the way of anything.
    pub(super) in_the_way: bool,
    /// What is in the way of all rows.
    pub(super) general: Vec<Blocker>,
    /// Rows for which another step is next, and that something is in the way of if this one is taken for them.
    pub(super) elsewhere: BTreeSet<usize>,
}

impl Turn<'_> {
    /// Tells the findings to the rows that they concern.
    pub(super) fn tell(
        &self,
        verdict: &Verdict,
        drafts: &mut Drafts<'_>,
        snapshot: &Snapshot,
    ) -> Told {
        let mut told = Told::default();
        let mut general = General::new();
        let rows = self.rows.iter();
        let rows = rows.filter_map(|index| drafts.drafts.get(*index));
        let namespaces: HashSet<String> =
            rows.flat_map(|draft| namespaces_of(&draft.row)).collect();
        for finding in &verdict.findings {
            let concerned = self.concerned(finding, drafts, snapshot);
            let here: Vec<usize> = concerned.intersection(self.rows).copied().collect();
            if !blocks(finding, Some(self.step)) {
                for index in here.iter().filter(|_| self.is_first) {
                    note(finding, *index, drafts);
                }
                continue;
            }
            // Nobody has to take a step for everything at once.
            if finding.code.policy == SIZE.0 && finding.code.code == SIZE.1 {
                told.general.push(self.blocker(finding));
                continue;
            }
            told.in_the_way = true;
            let is_of_change = matches!(finding.moment, Moment::Change(_));
            if finding.subject.is_none() {
                general.entry(None).or_default().push(self.blocker(finding));
            } else if !here.is_empty() {
                for index in here {
                    let next = drafts.drafts.get_mut(index);
                    if let Some(next) = next.and_then(|draft| draft.row.next.as_mut()) {
                        next.blocked_by.push(self.blocker(finding));
                    }
                }
            } else if self.step == Step::Import && is_of_change && !concerned.is_empty() {
                // What the files hold besides is the business of its own rows.
                told.elsewhere.extend(concerned);
            } else {
                let namespace = finding.subject.as_ref();
                let namespace = namespace.and_then(|key| key.namespace.clone());
                let namespace = namespace.filter(|name| namespaces.contains(name));
                let all = general.entry(namespace).or_default();
                all.push(self.blocker(finding));
            }
        }
        self.tell_all(&general, drafts);
        told.general
            .extend(general.remove(&None).unwrap_or_default());
        told
    }

    /// Tells rows that are left in the end what is in the way of their plan, whatever it is about.
    pub(super) fn tell_rest(
        &self,
        verdict: &Verdict,
        left: &BTreeSet<usize>,
        drafts: &mut Drafts<'_>,
    ) {
        let in_the_way = verdict.findings.iter();
        let in_the_way = in_the_way.filter(|finding| blocks(finding, Some(self.step)));
        let found: Vec<Blocker> = in_the_way
            .take(REPEATED)
            .map(|finding| self.blocker(finding))
            .collect();
        for index in left {
            let next = drafts.drafts.get_mut(*index);
            if let Some(next) = next.and_then(|draft| draft.row.next.as_mut()) {
                next.blocked_by.extend(found.iter().cloned());
            }
        }
    }

    fn blocker(&self, finding: &Statement) -> Blocker {
        let message = match self.is_first {
            true => finding.message.clone(),
            false => format!("{}, if what is blocked itself is left out", finding.message),
        };
        Blocker {
            code: Some(finding.code.clone()),
            subject: finding.subject.clone(),
            message,
            remedies: finding.remedies.clone(),
        }
    }

    /// Tells rows what is in the way of everything in their namespace, or of everything. One thing closes a gate; more than a
    /// few would only be repeated a hundred thousand times.
    fn tell_all(&self, general: &General, drafts: &mut Drafts<'_>) {
        if general.is_empty() {
            return;
        }
        for index in self.rows {
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
        // A finding of a swap is about a workload first. Only if it names none of the rows' own objects does it concern all that
        // the workload reads.
        if rows.is_disjoint(self.rows) {
            let of_reader = |key: &ObjectKey| self.readers.get(key);
            let keys = finding.subject.iter().chain(&finding.related);
            rows.extend(keys.filter_map(of_reader).flatten());
        }
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
    pub(super) fn tell_sources(&self, verdict: &Verdict, drafts: &mut Drafts<'_>) {
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
        for index in self.rows {
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

    /// Rows for which the step is next, but does not do what has to be done: the policy `skip` that keeps v2 away is not the
    /// object's own, or a consumer stays as it is.
    pub(super) fn tell_unplanned(&self, refusals: &[Refusal], drafts: &mut Drafts<'_>) {
        let changes = self.plan.changes().iter();
        let changed: HashSet<&ObjectKey> = changes.map(|change| &change.object).collect();
        let mut left: HashMap<&ObjectKey, Vec<&Refusal>> = HashMap::new();
        for refusal in refusals {
            left.entry(&refusal.consumer).or_default().push(refusal);
        }
        for index in self.rows {
            let Some(draft) = drafts.drafts.get_mut(*index) else {
                continue;
            };
            let row = &mut draft.row;
            let found: Option<Blocker> = match self.step {
                Step::Adopt => {
                    let live = || row.v2.iter().filter(|member| member.is_live());
                    let mut objects = live().map(|member| &member.object);
                    let is_planned = objects.any(|object| changed.contains(object));
                    let first = live().next().filter(|_| !is_planned);
                    first.map(commands::why_not_adopted)
                }
                Step::Swap => why_not_swapped(row, &changed, &left),
                _ => None,
            };
            if let (Some(found), Some(next)) = (found, row.next.as_mut()) {
                next.blocked_by.push(found);
            }
        }
    }
}

/// What a swap leaves of one row: a reference that it would have to replace, or a consumer that it does not change. One that ends
/// by itself is in the way only if nothing else is left to do.
fn why_not_swapped(
    row: &Row,
    changed: &HashSet<&ObjectKey>,
    left: &HashMap<&ObjectKey, Vec<&Refusal>>,
) -> Option<Blocker> {
    let of_row = |refusal: &&&Refusal| {
        let namespace = refusal.consumer.namespace.as_deref().unwrap_or_default();
        let secret = format!("{namespace}/{}", refusal.from.name);
        row.secrets.names.contains(&secret)
    };
    let is_planned = row.secrets.read_by.iter().any(|key| changed.contains(key));
    let refused = row.secrets.read_by.iter().find_map(|key| {
        let refusals = left.get(key).into_iter().flatten().filter(of_row);
        let mut refusals =
            refusals.filter(|refusal| !is_planned || refusal.weight != Weight::Noted);
        refusals.next()
    });
    if let Some(refusal) = refused {
        return Some(commands::refused(refusal));
    }
    let is_left = |key: &&ObjectKey| !changed.contains(key) && !left.contains_key(key);
    let reader = row.secrets.read_by.iter().find(is_left)?;
    Some(commands::why_not_swapped(reader))
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
