//! What is read of a cluster: for the plan, for the policies, and to name what they find.

use super::{Case, Subject};
use crate::azure;
use crate::panel::Panel;
use crate::steps;
use crate::steps::selection::Namespaces;
use asogate_core::plan::Step;
use asogate_core::selector::{ReadSet, Relation, RelationSelector, Selector};
use asogate_core::snapshot::Snapshot;

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

pub(super) fn own_reads(case: &Case<'_>) -> OwnReads {
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
        azure::add_reads(&mut read_set, selectors);
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
