//! Kubernetes itself judges `simulate`: random owner graphs are put onto a real API server, a random plan is executed, and
//! once the garbage collector is at rest, what is left is what `simulate` said from the objects as they were before.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cluster;

#[path = "garbage_collector/bench.rs"]
mod bench;
#[path = "garbage_collector/cases.rs"]
mod cases;
#[path = "garbage_collector/graph.rs"]
mod graph;
#[path = "garbage_collector/state.rs"]
mod state;
#[path = "garbage_collector/text.rs"]
mod text;

use asogate_core::change::{Action, Propagation};
use asogate_core::object::ObjectKey;
use asogate_core::simulate::Finalizers;
use bench::{Bench, Done};
use graph::{Deed, Graph, Variety};
use serde_json::Value;
use state::{Left, Prediction, State, difference, predict, state};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Graphs in which nothing depends on who is faster.
const CALM: u64 = 300;
/// Graphs in which much does.
const RACING: u64 = 150;

/// The seeds of graphs that are written down, and nothing but numbers to tell them by.
const FOUND: u64 = 1_000_000;
const DIFFERENT: u64 = 2_000_000;

/// What happened to every graph.
struct History {
    graphs: Vec<Graph>,
    /// What there was before the first deed, and after each round of deeds.
    moments: Vec<Vec<Vec<Value>>>,
    deeds: Vec<Vec<Vec<Done>>>,
    /// What there is once the controllers behind the finalizers have acted.
    end: Vec<Vec<Value>>,
}

/// All graphs at once, so that nobody waits for one of them alone. None if there is no control plane.
fn history() -> Option<&'static History> {
    static HISTORY: LazyLock<Option<History>> =
        LazyLock::new(|| Some(History::of(cluster::cluster()?, graphs())));
    HISTORY.as_ref()
}

fn graphs() -> Vec<Graph> {
    let given = std::env::var("ASOGATE_TESTS_SEED");
    let first: u64 = given.map_or(0, |text| text.parse().unwrap());
    let random = (0..CALM + RACING).map(|number| {
        let mut variety = variety(first + number);
        if number >= CALM {
            variety.races = true;
            variety.impatient = number % 2 == 0;
        }
        Graph::random(first + number, variety)
    });
    let found = (FOUND..).zip(cases::FOUND);
    let found = found.map(|(seed, (_, text))| Graph::read(seed, text));
    let different = (DIFFERENT..).zip(cases::DIFFERENT);
    let different = different.map(|(seed, (_, text, _))| Graph::read(seed, text));
    random.chain(found).chain(different).collect()
}

fn variety(seed: u64) -> Variety {
    Variety {
        own_kind: seed % 15 == 7,
        held_kind: seed % 150 == 7,
        ..Variety::default()
    }
}

impl History {
    fn of(cluster: &cluster::Cluster, graphs: Vec<Graph>) -> History {
        let bench = Bench::new(cluster, graphs);
        let rounds = bench.graphs.iter().map(|graph| graph.deeds.len()).max();
        let mut moments = vec![bench.settled()];
        let mut deeds = vec![];
        for round in 0..rounds.unwrap_or(0) {
            deeds.push(bench.act(round));
            moments.push(bench.settled());
        }
        let end = bench.release();
        History {
            graphs: bench.graphs,
            moments,
            deeds,
            end,
        }
    }

    /// The random graphs in which nothing depends on who is faster, or the others.
    fn random(&self, races: bool) -> impl Iterator<Item = usize> {
        self.numbers(move |graph| graph.seed < FOUND && graph.races == races)
    }

    fn numbers(&self, are_meant: impl Fn(&Graph) -> bool) -> impl Iterator<Item = usize> {
        let graphs = self.graphs.iter().enumerate();
        graphs.filter_map(move |(number, graph)| are_meant(graph).then_some(number))
    }

    /// What was done to a graph from one moment to another.
    fn deeds(&self, graph: usize, from: usize, to: usize) -> Vec<&Done> {
        let rounds = self.deeds[from..to].iter();
        rounds.flat_map(|round| &round[graph]).collect()
    }

    /// What `simulate` says of them.
    fn predict(&self, graph: usize, from: usize, to: usize, mode: Finalizers) -> Prediction {
        let deeds = self.deeds(graph, from, to);
        let plan: Vec<(ObjectKey, Action)> = deeds
            .iter()
            .map(|done| (done.object.clone(), done.action.clone()))
            .collect();
        predict(&self.moments[from][graph], &plan, mode)
    }

    /// Compares every moment with what was predicted of it at every earlier one.
    fn judge_moments(&self, graph: usize, verdict: &mut Verdict) {
        let last = self.graphs[graph].deeds.len();
        for from in 0..last {
            for to in from + 1..=last {
                let predicted = self.predict(graph, from, to, Finalizers::Hold);
                let found = state(&self.moments[to][graph]);
                if self.is_an_exception(graph, from, to) {
                    continue;
                }
                let deeds = self.deeds(graph, from, to).into_iter().enumerate();
                let impossible: BTreeSet<usize> = deeds
                    .filter(|(_, done)| done.impossible)
                    .map(|(position, _)| position)
                    .collect();
                let same = predicted.left == found && predicted.impossible == impossible;
                let what = format!("from {from} to {to}");
                verdict.add(same, &what, &self.graphs[graph], &predicted, &found);
            }
        }
    }

    /// Whether `simulate` knowingly says something else than Kubernetes does (see the module's documentation).
    fn is_an_exception(&self, graph: usize, from: usize, to: usize) -> bool {
        let before = &self.moments[from][graph];
        let is_waiting = |object: &Value| {
            let kind = object["kind"].as_str().unwrap_or("");
            let finalizers = object["metadata"]["finalizers"].as_array();
            state::is_terminating(object)
                && (["Namespace", "CustomResourceDefinition"].contains(&kind)
                    || finalizers.is_some_and(|all| all.contains(&"foregroundDeletion".into())))
        };
        before.iter().any(is_waiting)
            || (from..to).any(|round| self.deletes_twice(graph, round))
            || self.names_a_gone_owner_of_another_scope(graph, from, to)
    }

    /// A deed deletes what is being deleted already.
    fn deletes_twice(&self, graph: usize, round: usize) -> bool {
        self.deeds[round][graph].iter().any(|done| {
            let before = state(&self.moments[round][graph]);
            matches!(done.action, Action::Delete { .. })
                && before.get(&done.object) == Some(&Left::Terminating)
        })
    }

    /// An object without a namespace names an owner that has one, and of which there is no trace.
    fn names_a_gone_owner_of_another_scope(&self, graph: usize, from: usize, to: usize) -> bool {
        let before = &self.moments[from][graph];
        let is_known = |owner: &Value| {
            let mut uids = before.iter().map(|object| &object["metadata"]["uid"]);
            uids.any(|uid| *uid == owner["uid"])
        };
        let is_namespaced = |owner: &Value| {
            let kind = owner["kind"].as_str().unwrap_or("");
            ["ConfigMap", "Secret", "Thing", "Own"].contains(&kind)
        };
        let deeds = self.deeds(graph, from, to);
        let adopted = deeds.iter().filter_map(|done| match &done.action {
            _ if done.object.namespace.is_some() => None,
            Action::Patch { merge: object } | Action::Create { object } => {
                Some(&object["metadata"])
            }
            Action::Delete { .. } => None,
        });
        let found = before.iter().map(|object| &object["metadata"]);
        let mut owners = found
            .filter(|metadata| metadata["namespace"].is_null())
            .chain(adopted)
            .filter_map(|metadata| metadata["ownerReferences"].as_array())
            .flatten();
        owners.any(|owner| is_namespaced(owner) && !is_known(owner))
    }

    /// Checks that what the gate assumes is the worst that can happen.
    fn judge_safety(&self, graph: usize, verdict: &mut Verdict) {
        let predicted = self.predict(graph, 0, self.graphs[graph].deeds.len(), Finalizers::Act);
        let found = state(&self.end[graph]);
        // Such a plan is not judged by its effects.
        let was_terminating = self.moments[0][graph].iter().any(state::is_terminating);
        if was_terminating || !predicted.impossible.is_empty() {
            return;
        }
        let same = stays(&predicted.left).is_subset(&stays(&found));
        verdict.add(same, "in the end", &self.graphs[graph], &predicted, &found);
    }

    /// Compares the end with what the gate assumes: whatever is being deleted goes.
    fn judge_end(&self, graph: usize, verdict: &mut Verdict) {
        let last = self.graphs[graph].deeds.len();
        let predicted = self.predict(graph, 0, last, Finalizers::Act);
        let found = state(&self.end[graph]);
        // What was being deleted before goes too, and is no consequence of the plan.
        let was_terminating = self.moments[0][graph].iter().any(state::is_terminating);
        if was_terminating
            || self.graphs[graph].blocks_itself()
            || self.names_a_gone_owner_of_another_scope(graph, 0, last)
        {
            return;
        }
        let deletes = |wanted: Propagation| {
            let mut deeds = self.graphs[graph].deeds.iter();
            deeds.any(|(_, deed)| *deed == Deed::Delete(wanted))
        };
        // An orphan that lost another owner shortly before is a race between the plan and the garbage collector.
        let races_the_plan = deletes(Propagation::Orphan)
            && (deletes(Propagation::Background) || deletes(Propagation::Foreground));
        if !races_the_plan {
            let same = predicted.left == found;
            verdict.add(same, "in the end", &self.graphs[graph], &predicted, &found);
        }
    }
}

fn stays(state: &State) -> BTreeSet<&ObjectKey> {
    let stays = state.iter().filter(|(_, left)| **left != Left::Terminating);
    stays.map(|(key, _)| key).collect()
}

/// What the comparisons came to.
#[derive(Default)]
struct Verdict {
    compared: usize,
    differences: Vec<String>,
}

impl Verdict {
    fn add(
        &mut self,
        same: bool,
        what: &str,
        graph: &Graph,
        predicted: &Prediction,
        found: &State,
    ) {
        self.compared += 1;
        if !same {
            let told = predicted.told.join("\n  ");
            let differs = difference(&predicted.left, found);
            self.differences.push(format!(
                "--- graph {}, {what}\n{graph}  ->\n  {told}\n{differs}",
                graph.seed
            ));
        }
    }

    #[track_caller]
    fn hold(self, at_least: usize) {
        let Verdict {
            compared,
            differences,
        } = self;
        assert!(
            differences.is_empty(),
            "`simulate` and Kubernetes differ in {} of {compared} comparisons:\n{}",
            differences.len(),
            differences.join("\n")
        );
        assert!(compared >= at_least, "only {compared} comparisons");
    }
}

#[test]
fn what_is_left_after_each_change_is_what_was_predicted() {
    let Some(history) = history() else { return };
    let mut verdict = Verdict::default();
    for graph in history.random(false) {
        history.judge_moments(graph, &mut verdict);
    }
    verdict.hold(2 * CALM as usize);
}

#[test]
fn what_is_left_once_all_controllers_have_acted_is_what_the_gate_assumed() {
    let Some(history) = history() else { return };
    let mut verdict = Verdict::default();
    for graph in history.random(false) {
        history.judge_end(graph, &mut verdict);
    }
    verdict.hold(CALM as usize / 2);
}

#[test]
fn whoever_is_faster_nothing_goes_unsaid() {
    let Some(history) = history() else { return };
    let mut verdict = Verdict::default();
    for graph in history.random(false).chain(history.random(true)) {
        history.judge_safety(graph, &mut verdict);
    }
    verdict.hold((CALM + RACING) as usize / 2);
}

#[test]
fn what_was_found_once_stays_right() {
    let Some(history) = history() else { return };
    for (number, (claim, _)) in (FOUND..).zip(cases::FOUND) {
        let mut verdict = Verdict::default();
        for graph in history.numbers(|graph| graph.seed == number) {
            history.judge_moments(graph, &mut verdict);
            history.judge_end(graph, &mut verdict);
        }
        assert!(
            verdict.compared > 0 && verdict.differences.is_empty(),
            "{claim}: {}",
            verdict.differences.join("\n")
        );
    }
}

#[test]
fn what_differs_differs_as_documented() {
    let Some(history) = history() else { return };
    let mut wrong = vec![];
    for (seed, (claim, _, expected)) in (DIFFERENT..).zip(cases::DIFFERENT) {
        let graph = history.numbers(|graph| graph.seed == seed).next().unwrap();
        let last = history.graphs[graph].deeds.len();
        let predicted = history.predict(graph, last - 1, last, Finalizers::Hold);
        let found = state(&history.moments[last][graph]);
        let found = difference(&predicted.left, &found);
        let found = found.replace(&format!("g{seed}-"), "");
        if found != expected {
            wrong.push(format!("{claim}:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
