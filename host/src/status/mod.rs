//! The board: where each Azure resource stands in the migration, what is wrong with it, and what blocks its next step.
//!
//! [`board`] holds the values, `members` those of single objects. From the cluster and the import files, `v1`, `v2`, `secrets` and `consumers` read what the
//! objects say, `users` which user of a database, `rows` puts them together, `stage` says how far
//! each has come, `gates` has the policies judge the step that comes next, `attribution` tells what they find to the rows, and `order` sorts and counts. With the steps and
//! the policies this is the only part of the host that knows Azure Service Operator.

mod attribution;
pub mod board;
mod commands;
mod consumers;
mod gates;
mod members;
mod order;
mod rows;
mod secrets;
mod stage;
mod users;
mod v1;
mod v2;

pub use order::Filter;

use crate::azure::operators;
use crate::collect::manifest::Manifest;
use crate::collect::{Cluster, Collected};
use crate::gate::{self, GateError};
use crate::known::SnapshotSummary;
use crate::panel::Panel;
use crate::steps;
use crate::steps::selection::{Namespaces, Selection};
use crate::weigh::Rules;
use asogate_core::object::ObjectKey;
use asogate_core::plan::Step;
use asogate_core::selector::{KindPattern, Selector, WholeObjects};
use asogate_core::snapshot::Snapshot;
use board::Board;
use gates::Bench;
use rows::Drafts;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The steps that can be next for a resource. Going back is a decision, and never next by itself.
pub const STEPS: [Step; 5] = [
    Step::PauseV1,
    Step::Import,
    Step::Adopt,
    Step::Swap,
    Step::Cleanup,
];

/// What is asked for.
#[derive(Debug)]
pub struct Survey<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The rows to show: those with an object that is selected.
    pub selection: &'a Selection,
    /// Which of them.
    pub filter: &'a Filter,
    /// What the verdicts depend on; its manifests are those of the import files.
    pub rules: Rules<'a>,
}

/// Draws the board. `panels` are those of [`STEPS`], in their order.
///
/// # Errors
///
/// [`GateError`] if the cluster cannot be read, or the selection names a type of neither operator.
pub fn survey(survey: &Survey<'_>, panels: &[Panel]) -> Result<Board, GateError> {
    let manifests = survey.rules.manifests;
    let in_files = manifests.iter().map(|manifest| manifest.key.kind.clone());
    steps::check_types(survey.selection, in_files)?;
    let namespaces = &survey.selection.namespaces;
    let panels: Vec<(Step, &Panel)> = STEPS.into_iter().zip(panels).collect();
    let Collected { snapshot, origin } = read(survey.cluster, &panels, manifests, namespaces)?;
    let keyed: Vec<(ObjectKey, &Manifest)> = manifests
        .iter()
        .map(|manifest| (steps::manifest_key(manifest, namespaces), manifest))
        .collect();

    let operators = operators::operators(&snapshot);
    let of_v1 = v1::V1::new(&snapshot);
    let of_v2 = v2::V2::new(&snapshot, &keyed, &operators);
    let subscriptions =
        operators::Subscriptions::new(&operators, of_v1.stated_ids(), of_v2.stated_ids());
    let v1_objects = of_v1.objects(&operators, &subscriptions);
    let v2_objects = of_v2.objects(&subscriptions);
    let secrets = secrets::SecretsOfV1::new(&snapshot, &of_v1, &v1_objects);
    let mut drafts = Drafts::new(&of_v1, v1_objects, v2_objects, &secrets, &operators);
    let next = stage::settle(&mut drafts, &snapshot);
    let unmatched = select(&mut drafts, survey.selection, &of_v1, &of_v2);

    let bench = Bench {
        snapshot: &snapshot,
        manifests,
        namespaces,
        rules: survey.rules,
    };
    let mut states = vec![];
    for (step, panel) in panels {
        let is_next = |(index, next): (usize, &Option<Step>)| {
            let is_selected = drafts.drafts.get(index).is_some_and(|draft| draft.selected);
            (is_selected && *next == Some(step)).then_some(index)
        };
        let rows: BTreeSet<usize> = next.iter().enumerate().filter_map(is_next).collect();
        if !rows.is_empty() {
            let missing = gaps_of_step(step, manifests, namespaces, &snapshot);
            states.push(gates::judge(
                step,
                rows,
                &mut drafts,
                panel,
                missing,
                &bench,
            ));
        }
    }

    let mut undetermined = gaps_of_operators(&snapshot);
    undetermined.extend(unmatched);
    let digest = asogate_core::digest::Digest::of_snapshot(&snapshot).to_string();
    let summary = SnapshotSummary::new(origin, &snapshot, digest);
    Ok(order::board(
        drafts,
        states,
        undetermined,
        summary,
        survey.filter,
    ))
}

/// Reads the cluster once, for the board and for every step.
fn read(
    cluster: &Cluster,
    panels: &[(Step, &Panel)],
    manifests: &[Manifest],
    namespaces: &Namespaces,
) -> Result<Collected, GateError> {
    let mut read_set = gate::read_set(
        &Panel::default(),
        &gate::OwnReads {
            selectors: reads(),
            whole: WholeObjects::default(),
        },
    );
    for (step, panel) in panels {
        let (selectors, whole) = steps::reads(*step, manifests, namespaces);
        read_set.add(&selectors);
        read_set.whole.kinds.extend(whole.kinds);
        read_set.whole.keys.extend(whole.keys);
        for selectors in panel.selectors() {
            read_set.add(selectors);
        }
    }
    read_set.whole.kinds.sort();
    read_set.whole.kinds.dedup();
    let about = match namespaces {
        Namespaces::One(namespace) => BTreeSet::from([namespace.clone()]),
        Namespaces::All => BTreeSet::new(),
    };
    Ok(cluster.read(read_set, &about)?)
}

/// What the board itself reads.
pub(crate) fn reads() -> Vec<Selector> {
    let mut selectors = vec![v1::reads(), operators::selector()];
    selectors.extend(v2::reads());
    selectors.extend(secrets::reads());
    selectors
}

/// What is missing of the kinds that a step is about.
fn gaps_of_step(
    step: Step,
    manifests: &[Manifest],
    namespaces: &Namespaces,
    snapshot: &Snapshot,
) -> Vec<String> {
    let (selectors, whole) = steps::reads(step, manifests, namespaces);
    gate::own_gaps(&gate::OwnReads { selectors, whole }, snapshot)
}

/// What is missing of both operators' objects: rows of it may be missing.
fn gaps_of_operators(snapshot: &Snapshot) -> Vec<String> {
    let v1 = KindPattern::new(asogate_aso::v1::GROUP, "*");
    let v2 = KindPattern::new(format!("*{}", asogate_aso::v2::GROUP_SUFFIX), "*");
    let gaps = [v1, v2]
        .into_iter()
        .flat_map(|kinds| snapshot.coverage().gaps(&kinds));
    gaps.map(|gap| format!("{}: {}", gap.kinds, gap.coverage.describe()))
        .collect()
}

/// Marks the rows with a selected object; gives the arguments that select none.
fn select(
    drafts: &mut Drafts<'_>,
    selection: &Selection,
    of_v1: &v1::V1<'_>,
    of_v2: &v2::V2<'_>,
) -> Vec<String> {
    let mut matched = vec![false; selection.resources.len()];
    let nothing = Map::new();
    let parse = |text: Option<&str>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    };
    let mut is_selected = |key: &ObjectKey, labels: &Map<String, Value>| {
        let by = steps::selects(selection, key, labels);
        for argument in by.iter().flatten() {
            if let Some(matched) = matched.get_mut(*argument) {
                *matched = true;
            }
        }
        by.is_some()
    };
    let wants_labels = !selection.labels.is_empty();
    for draft in &mut drafts.drafts {
        let mut selected = false;
        for object in draft.v1.iter().filter_map(|at| drafts.v1.get(*at)) {
            let labels = wants_labels.then(|| of_v1.labels(&object.object)).flatten();
            selected |= is_selected(&object.member.object, &parse(labels));
        }
        for object in draft.v2.iter().filter_map(|at| drafts.v2.get(*at)) {
            let key = &object.member.object;
            let labels = match &object.object {
                Some(live) if wants_labels => parse(of_v2.labels(live)),
                Some(_) => Map::new(),
                None => of_v2
                    .labels_in_file(key)
                    .and_then(Value::as_object)
                    .unwrap_or(&nothing)
                    .clone(),
            };
            selected |= is_selected(key, &labels);
        }
        draft.selected = selected;
    }
    let unmatched = selection.resources.iter().zip(&matched);
    let unmatched = unmatched.filter(|(_, matched)| !**matched);
    unmatched
        .map(|(argument, _)| format!("no object matches `{argument}`"))
        .collect()
}
