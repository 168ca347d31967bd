//! The gate: one step (or a given plan, or files alone), judged. The whole pipeline.

use crate::beside::{Beside, RunbookSummary};
use crate::collect::manifest::Manifest;
use crate::collect::{Cluster, Collected, Origin};
use crate::known::SnapshotSummary;
use crate::panel::Panel;
use crate::steps::selection::{Namespaces, Selection};
use crate::steps::swap::{self, Refusal, Weight};
use crate::steps::{self, StepError};
pub use crate::summary::PlanSummary;
use crate::weigh::{Asked, Rules, Weighed, weigh};
use crate::{next, planfile};
use asogate_core::change::Propagation;
use asogate_core::coverage::CoverageMap;
use asogate_core::digest::Digest;
use asogate_core::finding::{Code, Level};
use asogate_core::object::ObjectId;
use asogate_core::permit::Permit;
use asogate_core::plan::{Plan, PlanError, Step};
use asogate_core::selector::{ReadSet, Relation, RelationSelector, Selector};
use asogate_core::snapshot::{Snapshot, SnapshotBuilder};
use asogate_core::verdict::{Evidence, Verdict};
use asogate_core::waiver::Waiver;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

/// What is to be judged.
#[derive(Debug)]
pub enum Subject<'a> {
    /// A step, planned from the snapshot.
    Step {
        /// Which step.
        step: Step,
        /// For which objects.
        selection: &'a Selection,
        /// What happens to dependents of deleted objects.
        propagation: Propagation,
    },
    /// A plan that was made before.
    Plan(Plan),
    /// Files alone, without a cluster.
    Files,
}

/// Everything that a judgement depends on. The same case gives the same judgement, if its cluster is a recorded one.
#[derive(Debug)]
pub struct Case<'a> {
    /// What is to be judged.
    pub subject: Subject<'a>,
    /// Objects of the import files.
    pub manifests: &'a [Manifest],
    /// The cluster; none for [`Subject::Files`].
    pub cluster: Option<&'a Cluster>,
    /// Levels that codes get instead of the policy's.
    pub levels: &'a BTreeMap<Code, Level>,
    /// Accepted findings.
    pub waivers: &'a [Waiver],
    /// The day, on which only the waivers' expiry depends.
    pub today: Date,
}

/// A verdict, and what it is about.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What the plan does.
    pub plan: PlanSummary,
    /// What was known of the cluster.
    pub snapshot: Option<SnapshotSummary>,
    /// What was looked through beside it.
    pub runbook: Option<RunbookSummary>,
    /// Issued if the gate is open.
    pub permit: Option<Permit>,
    /// What to type next.
    pub next: Vec<String>,
}

/// Why there is no judgement. Nothing of this is a verdict: it is input that could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The cluster could not be read.
    #[error(transparent)]
    Collect(#[from] crate::collect::CollectError),
    /// The step could not be planned.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The manifests do not make a plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A plan cannot be written as JSON.
    #[error("could not digest the plan: {0}")]
    Digest(#[from] serde_json::Error),
}

impl Subject<'_> {
    /// The step that is judged; none for files alone.
    pub fn step(&self) -> Option<Step> {
        match self {
            Subject::Step { step, .. } => Some(*step),
            Subject::Plan(plan) => Some(plan.step()),
            Subject::Files => None,
        }
    }
}

/// Judges a case.
///
/// # Errors
///
/// [`GateError`] if an input could not be understood. Whatever could be understood but not determined is in the verdict,
/// which is then not a pass.
pub fn judge(case: &Case<'_>, panel: &Panel) -> Result<Judgement, GateError> {
    judge_with(case, panel, &Beside::default())
}

/// Judges a case, and what a run asks beside it.
///
/// # Errors
///
/// As for [`judge`].
pub fn judge_with(
    case: &Case<'_>,
    panel: &Panel,
    beside: &Beside<'_>,
) -> Result<Judgement, GateError> {
    let own_reads = own_reads(case);
    let Collected { snapshot, origin } = load(case, read_set(panel, &own_reads))?;
    std::thread::scope(|scope| {
        // Nothing needs the digest before the verdict, and a big snapshot takes a while.
        let digest = scope.spawn(|| Digest::of_snapshot(&snapshot));
        let digest = || digest.join().unwrap_or_else(|panic| resume_unwind(panic));
        judge_read(case, panel, beside, &own_reads, &snapshot, origin, digest)
    })
}

/// Judges a case on a cluster that has been read.
fn judge_read(
    case: &Case<'_>,
    panel: &Panel,
    beside: &Beside<'_>,
    own_reads: &OwnReads,
    snapshot: &Snapshot,
    origin: Origin,
    snapshot_digest: impl FnOnce() -> Digest,
) -> Result<Judgement, GateError> {
    let step = case.subject.step();
    let Drafted {
        plan,
        mut summary,
        mut undetermined,
        concerned,
    } = draft_plan(case, snapshot)?;
    undetermined.extend(own_gaps(own_reads, snapshot));
    let rules = Rules {
        manifests: case.manifests,
        levels: case.levels,
        waivers: case.waivers,
        today: case.today,
    };
    let mut other = Evidence {
        strict_waivers: beside.strict_waivers,
        ..Evidence::default()
    };
    beside.add_to(&mut other);
    let weighed = weigh(
        &plan,
        snapshot,
        Asked {
            step,
            concerned: &concerned,
        },
        panel,
        &rules,
        other,
        |statements| {
            undetermined.extend(summary.unjudged(statements));
            undetermined
        },
    );
    let Weighed { verdict, outcome } = weighed;
    summary.count(&plan, &outcome);

    let plan_digest = planfile::digest(&plan)?;
    let snapshot_digest = snapshot_digest();
    let permit = Permit::issue(&verdict, plan_digest, snapshot_digest);
    summary.digest = step.map(|_| plan_digest.to_string());
    let snapshot = case
        .cluster
        .map(|_| SnapshotSummary::new(origin, snapshot, snapshot_digest.to_string()));
    let next = next::commands(&verdict, &summary, case, snapshot.as_ref());
    Ok(Judgement {
        verdict,
        plan: summary,
        snapshot,
        runbook: beside.summary(),
        permit,
        next,
    })
}

/// The plan of a case, without judging it, with what about it could not be determined.
///
/// # Errors
///
/// As for [`judge`].
pub fn plan(case: &Case<'_>) -> Result<(Plan, Snapshot, Vec<String>), GateError> {
    let own_reads = own_reads(case);
    let snapshot = load(case, read_set(&Panel::default(), &own_reads))?.snapshot;
    let Drafted {
        plan,
        mut undetermined,
        summary,
        ..
    } = draft_plan(case, &snapshot)?;
    undetermined.extend(own_gaps(&own_reads, &snapshot));
    // A plan is a file that goes elsewhere: what it would leave out in silence there keeps it from being made.
    let blocking = |refusal: &&Refusal| refusal.weight != Weight::Noted;
    let refusals = summary.refusals.iter().filter(blocking);
    let refusals: Vec<String> = refusals.map(ToString::to_string).collect();
    match refusals.is_empty() {
        true => Ok((plan, snapshot, undetermined)),
        false => {
            let step = plan.step();
            Err(StepError::Refused { step, refusals }.into())
        }
    }
}

/// The plan of a case and everything that a panel reads: the first half of [`judge`], for measuring the parts.
///
/// # Errors
///
/// As for [`judge`].
pub fn plan_and_snapshot(case: &Case<'_>, panel: &Panel) -> Result<(Plan, Snapshot), GateError> {
    let snapshot = load(case, read_set(panel, &own_reads(case)))?.snapshot;
    let plan = draft_plan(case, &snapshot)?.plan;
    Ok((plan, snapshot))
}

/// What is wanted of the cluster; for files alone, an empty one of which nothing is known.
fn load(case: &Case<'_>, read_set: ReadSet) -> Result<Collected, GateError> {
    match case.cluster {
        Some(cluster) => Ok(cluster.read(read_set, &namespaces(case))?),
        None => Ok(Collected {
            snapshot: SnapshotBuilder::new(read_set).finish(CoverageMap::default()),
            origin: Origin::default(),
        }),
    }
}

/// The namespaces that a case is about, if it is not about all: what may be read in these at least proves something.
fn namespaces(case: &Case<'_>) -> BTreeSet<String> {
    match &case.subject {
        Subject::Step { selection, .. } => match &selection.namespaces {
            Namespaces::One(namespace) => BTreeSet::from([namespace.clone()]),
            Namespaces::All => {
                let keys = case.manifests.iter().map(|manifest| &manifest.key);
                keys.filter_map(|key| key.namespace.clone()).collect()
            }
        },
        Subject::Plan(plan) => {
            let keys = plan.changes().iter().map(|change| &change.object);
            keys.filter_map(|key| key.namespace.clone()).collect()
        }
        Subject::Files => BTreeSet::new(),
    }
}

/// What judging a step reads, whatever its objects: what the step selects from, and what the policies ask for.
pub fn selectors(step: Step, panel: &Panel) -> Vec<Selector> {
    let (mut selectors, _) = steps::reads(step, &[], &Namespaces::All);
    selectors.extend(panel.selectors().flatten().cloned());
    selectors
}

/// What any judgement may read: that of every step by one of these panels, and every object of both operators.
pub fn everything(panels: &[(Step, Panel)]) -> ReadSet {
    let mut read_set = ReadSet::default();
    read_set.settings = asogate_aso::settings::rules();
    for (step, panel) in panels {
        read_set.add(&selectors(*step, panel));
        let (_, whole) = steps::reads(*step, &[], &Namespaces::All);
        read_set.whole.kinds.extend(whole.kinds);
    }
    // Who asks for them later need not be known now.
    for relation in [Relation::SecretKeys, Relation::OperatorSettings] {
        read_set.add(&[Selector::Relation(RelationSelector::whole(
            relation.name(),
            relation,
        ))]);
    }
    read_set
}

/// What the step itself reads.
#[derive(Default)]
pub(crate) struct OwnReads {
    pub(crate) selectors: Vec<Selector>,
    pub(crate) whole: asogate_core::selector::WholeObjects,
}

fn own_reads(case: &Case<'_>) -> OwnReads {
    let (selectors, mut whole) = match &case.subject {
        Subject::Step {
            step, selection, ..
        } => steps::reads(*step, case.manifests, &selection.namespaces),
        // What a swap replaces is shown for a plan that was written before, too.
        Subject::Plan(plan) if plan.step() == Step::Swap => {
            steps::reads(Step::Swap, &[], &Namespaces::All)
        }
        Subject::Plan(_) | Subject::Files => Default::default(),
    };
    if let Subject::Plan(plan) = &case.subject {
        whole = asogate_core::selector::WholeObjects {
            kinds: vec![],
            keys: plan
                .changes()
                .iter()
                .map(|change| change.object.clone())
                .collect(),
        };
    }
    OwnReads { selectors, whole }
}

pub(crate) fn read_set(panel: &Panel, own: &OwnReads) -> ReadSet {
    let mut read_set = ReadSet::default();
    read_set.whole = own.whole.clone();
    read_set.settings = asogate_aso::settings::rules();
    read_set.add(&own.selectors);
    for selectors in panel.selectors() {
        read_set.add(selectors);
    }
    read_set
}

/// Kinds that the step selects from or applies to, and that were not read completely: the plan may then miss objects.
pub(crate) fn own_gaps(own: &OwnReads, snapshot: &Snapshot) -> Vec<String> {
    let selected = own.selectors.iter().flat_map(Selector::kinds);
    let changed = own.whole.keys.iter().map(|key| {
        asogate_core::selector::KindPattern::new(key.kind.group.clone(), key.kind.kind.clone())
    });
    let mut gaps: Vec<String> = selected
        .chain(changed)
        .flat_map(|kinds| snapshot.coverage().gaps(&kinds))
        .map(|gap| {
            format!(
                "{}: {} (needed by the plan itself)",
                gap.kinds,
                gap.coverage.describe()
            )
        })
        .collect();
    gaps.sort();
    gaps.dedup();
    gaps
}

struct Drafted {
    plan: Plan,
    summary: PlanSummary,
    undetermined: Vec<String>,
    /// The selected objects, for a step that may leave some of them as they are.
    concerned: Vec<ObjectId>,
}

fn draft_plan(case: &Case<'_>, snapshot: &Snapshot) -> Result<Drafted, GateError> {
    match &case.subject {
        Subject::Plan(plan) => {
            let summary = PlanSummary {
                given: true,
                nothing_to_do: plan.is_empty(),
                replacements: swap::replacements(plan, snapshot),
                ..PlanSummary::default()
            };
            let undetermined = if plan.is_empty() {
                vec!["the plan holds no change".into()]
            } else {
                vec![]
            };
            Ok(Drafted {
                plan: plan.clone(),
                summary,
                undetermined,
                concerned: vec![],
            })
        }
        Subject::Files => {
            let plan = steps::create_all(case.manifests)?;
            let undetermined = match case.manifests {
                [] => vec!["the files hold no object".to_owned()],
                _ => vec![],
            };
            let summary = PlanSummary {
                given: true,
                ..PlanSummary::default()
            };
            Ok(Drafted {
                plan,
                summary,
                undetermined,
                concerned: vec![],
            })
        }
        Subject::Step {
            step,
            selection,
            propagation,
        } => {
            let request = steps::Request {
                step: *step,
                selection,
                manifests: case.manifests,
                propagation: *propagation,
            };
            let planned = steps::plan(&request, snapshot)?;
            let mut undetermined: Vec<String> = planned
                .unmatched
                .iter()
                .map(|argument| format!("no object matches `{argument}`"))
                .collect();
            if planned.selected == 0 && undetermined.is_empty() {
                undetermined.push(next::nothing_selected(*step, case));
            }
            let summary = PlanSummary {
                selected: planned.selected,
                nothing_to_do: planned.plan.is_empty()
                    && planned.selected > 0
                    && planned.refusals.is_empty(),
                replacements: swap::replacements(&planned.plan, snapshot),
                refusals: planned.refusals,
                ..PlanSummary::default()
            };
            Ok(Drafted {
                plan: planned.plan,
                summary,
                undetermined,
                concerned: planned.concerned,
            })
        }
    }
}
