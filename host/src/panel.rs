//! The policies that judge one run: chosen, loaded, set up, and asked.

use crate::engine::catalogue::{self, BUILT_IN, BuiltIn, UserPolicy};
use crate::engine::settings::Settings;
use crate::engine::{Engine, LoadError, Policy, ReadsError};
use asogate_core::coverage::{Coverage, CoverageMap, Gap};
use asogate_core::finding::{Answer, Finding};
use asogate_core::input::{ChangeNote, PolicyInput};
use asogate_core::object::ObjectId;
use asogate_core::plan::Step;
use asogate_core::projection::Projection;
use asogate_core::selector::{KindPattern, Selector};
use asogate_core::verdict::{Outcome, PolicyResult};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Where a policy comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// It is part of the binary.
    BuiltIn(BuiltIn),
    /// The user adds it.
    User(UserPolicy),
}

/// A policy that is to judge.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The component.
    pub origin: Origin,
    /// Whether the configuration lets it judge.
    pub enabled: bool,
    /// Its settings.
    pub settings: Map<String, Value>,
}

impl Candidate {
    /// Every built-in policy, with default settings.
    pub fn built_in() -> Vec<Candidate> {
        let candidate = |policy: &BuiltIn| Candidate {
            origin: Origin::BuiltIn(*policy),
            enabled: true,
            settings: Map::new(),
        };
        BUILT_IN.iter().map(candidate).collect()
    }

    /// The built-in that this is, if it is known to judge none of these steps: then it need not be loaded. Settings are to be
    /// checked whatever the step, which takes the policy.
    fn idle(&self, steps: &[Option<Step>]) -> Option<&BuiltIn> {
        match &self.origin {
            Origin::BuiltIn(policy) if self.settings.is_empty() => {
                let judges = steps.iter().any(|step| policy.may_judge(*step));
                (!judges).then_some(policy)
            }
            _ => None,
        }
    }

    /// What the user calls it: the id of a built-in, or a file.
    pub fn name(&self) -> &str {
        match &self.origin {
            Origin::BuiltIn(policy) => policy.id,
            Origin::User(policy) => &policy.name,
        }
    }
}

/// Loads candidates, whether or not they are enabled; results come in their order. Of two policies with one id the later
/// one is refused.
pub fn load(engine: &Engine, candidates: &[&Candidate]) -> Vec<Result<Policy, LoadError>> {
    load_beside(engine, candidates, &[])
}

/// The same beside built-in policies that need not be loaded.
fn load_beside(
    engine: &Engine,
    candidates: &[&Candidate],
    others: &[&BuiltIn],
) -> Vec<Result<Policy, LoadError>> {
    // The catalogue takes built-ins first, as candidates come too; what is given out is sorted back by position.
    let (mut built_in, mut user, mut order) = (vec![], vec![], vec![]);
    for candidate in candidates {
        match &candidate.origin {
            Origin::BuiltIn(policy) => {
                order.push((0, built_in.len()));
                built_in.push(*policy);
            }
            Origin::User(policy) => {
                order.push((1, user.len()));
                user.push(policy.clone());
            }
        }
    }
    let others: Vec<&str> = others.iter().map(|policy| policy.id).collect();
    let mut loaded: Vec<Option<_>> = catalogue::load_beside(engine, &built_in, &user, &others)
        .into_iter()
        .map(Some)
        .collect();
    let place = |(group, index): &(usize, usize)| group * built_in.len() + index;
    order
        .iter()
        .filter_map(|at| loaded.get_mut(place(at))?.take())
        .collect()
}

/// What the user must mend before anything can be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PanelError {
    /// Settings that the policy's schema does not allow.
    #[error("settings of policy `{policy}`: {}", .errors.join("; "))]
    Settings {
        /// The policy.
        policy: String,
        /// Every error, with its path.
        errors: Vec<String>,
    },
}

/// One policy and where it stands.
#[derive(Debug)]
enum Seat {
    /// It will be asked.
    Ready(Box<Member>),
    /// It will not, and why.
    Out(PolicyResult),
}

/// A policy that will be asked.
#[derive(Debug)]
struct Member {
    policy: Arc<Policy>,
    settings: Settings,
    selectors: Vec<Selector>,
}

/// The policies of one run, in the order of their ids.
#[derive(Debug, Default)]
pub struct Panel {
    seats: Vec<Seat>,
}

/// What one policy said.
#[derive(Debug)]
pub struct Opinion {
    /// What became of the policy.
    pub result: PolicyResult,
    /// What it found; also what an incomplete one could prove.
    pub findings: Vec<Finding>,
}

impl Opinion {
    /// The policy broke the contract after all.
    pub fn broke(&mut self, reason: String) {
        self.result.outcome = Outcome::Broke { reason };
    }
}

impl Panel {
    /// Loads the candidates and asks those that judge `step` (none: `lint`) what they read. A policy that does not load,
    /// or breaks, has a seat all the same: it keeps the gate closed. A built-in that does not judge the step is not loaded.
    ///
    /// # Errors
    ///
    /// [`PanelError`] for what the user must mend: settings that do not match.
    pub fn assemble(
        engine: &Engine,
        candidates: &[Candidate],
        step: Option<Step>,
    ) -> Result<Panel, PanelError> {
        let mut panels = Panel::assemble_each(engine, candidates, &[step])?;
        Ok(panels.pop().unwrap_or_default())
    }

    /// The same for several steps at once, in their order; every policy is loaded only once.
    ///
    /// # Errors
    ///
    /// As for [`Panel::assemble`].
    pub fn assemble_each(
        engine: &Engine,
        candidates: &[Candidate],
        steps: &[Option<Step>],
    ) -> Result<Vec<Panel>, PanelError> {
        let (enabled, disabled): (Vec<_>, Vec<_>) =
            candidates.iter().partition(|candidate| candidate.enabled);
        let (idle, asked): (Vec<_>, Vec<_>) = enabled
            .into_iter()
            .partition(|candidate| candidate.idle(steps).is_some());
        let idle: Vec<&BuiltIn> = idle
            .iter()
            .filter_map(|candidate| candidate.idle(steps))
            .collect();
        let loaded: Vec<Result<Arc<Policy>, LoadError>> = load_beside(engine, &asked, &idle)
            .into_iter()
            .map(|loaded| loaded.map(Arc::new))
            .collect();
        let panel = |step: &Option<Step>| {
            let seats = asked
                .iter()
                .zip(&loaded)
                .map(|(candidate, loaded)| seat(candidate, loaded.clone(), *step));
            let mut seats = seats.collect::<Result<Vec<_>, _>>()?;
            seats.extend(idle.iter().map(|policy| unasked(policy)));
            seats.extend(
                disabled
                    .iter()
                    .map(|candidate| out(candidate.name(), Outcome::Disabled)),
            );
            seats.sort_by(|left, right| left.id().cmp(right.id()));
            Ok(Panel { seats })
        };
        steps.iter().map(panel).collect()
    }

    /// What the policies that will be asked read.
    pub fn selectors(&self) -> impl Iterator<Item = &[Selector]> {
        self.seats.iter().filter_map(|seat| match seat {
            Seat::Ready(member) => Some(member.selectors.as_slice()),
            Seat::Out(_) => None,
        })
    }

    /// How many policies there are, those included that will not be asked.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether there is no policy.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Asks every policy; the answers come in the order of their ids.
    pub fn judge(
        &self,
        projection: &Projection<'_>,
        step: Option<Step>,
        coverage: &CoverageMap,
    ) -> Vec<Opinion> {
        self.judge_told(projection, step, coverage, Told::default())
    }

    /// The same, told what the projection does not say.
    pub fn judge_told(
        &self,
        projection: &Projection<'_>,
        step: Option<Step>,
        coverage: &CoverageMap,
        told: Told<'_>,
    ) -> Vec<Opinion> {
        catalogue::in_order(&self.seats, |seat| {
            seat.judge(projection, step, coverage, told)
        })
    }
}

/// What policies are told beside the states that a plan brings about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    /// The objects that the step was asked for, whether or not the plan changes them.
    pub selected: &'a [ObjectId],
    /// What is known of single changes, in their order.
    pub notes: &'a [ChangeNote],
}

impl Seat {
    fn judge(
        &self,
        projection: &Projection<'_>,
        step: Option<Step>,
        coverage: &CoverageMap,
        told: Told<'_>,
    ) -> Opinion {
        match self {
            Seat::Out(result) => Opinion {
                result: result.clone(),
                findings: vec![],
            },
            Seat::Ready(member) => {
                let input = PolicyInput::new(projection, &member.selectors, step)
                    .with_selected(told.selected)
                    .with_change_extra(told.notes);
                let answer = member.policy.evaluate(&input, &member.settings);
                opinion(member, answer, coverage)
            }
        }
    }

    fn id(&self) -> &str {
        match self {
            Seat::Ready(member) => member.policy.id(),
            Seat::Out(result) => &result.policy,
        }
    }
}

/// A policy that did not get as far as saying who it is.
fn out(name: &str, outcome: Outcome) -> Seat {
    let result = PolicyResult {
        policy: name.to_owned(),
        version: String::new(),
        digest: String::new(),
        tables: 0,
        outcome,
    };
    Seat::Out(result)
}

/// A built-in that does not judge the step.
fn unasked(policy: &BuiltIn) -> Seat {
    let result = PolicyResult {
        policy: policy.id.to_owned(),
        version: policy.version.to_owned(),
        digest: format!("sha256:{}", policy.sha256),
        tables: 0,
        outcome: Outcome::NotApplicable,
    };
    Seat::Out(result)
}

fn seat(
    candidate: &Candidate,
    loaded: Result<Arc<Policy>, LoadError>,
    step: Option<Step>,
) -> Result<Seat, PanelError> {
    let policy = match loaded {
        Ok(policy) => policy,
        Err(error) => {
            return Ok(out(
                candidate.name(),
                Outcome::Broke {
                    reason: error.to_string(),
                },
            ));
        }
    };
    let settings = policy
        .settings(&Value::Object(candidate.settings.clone()))
        .map_err(|errors| {
            let errors = errors.iter().map(ToString::to_string).collect();
            PanelError::Settings {
                policy: policy.id().to_owned(),
                errors,
            }
        })?;
    if !policy.manifest().steps.include(step) {
        return Ok(Seat::Out(result(&policy, 0, Outcome::NotApplicable)));
    }
    Ok(match policy.reads(&settings) {
        Ok(selectors) => Seat::Ready(Box::new(Member {
            policy,
            settings,
            selectors,
        })),
        Err(ReadsError::Declined { words, .. }) => {
            Seat::Out(result(&policy, 0, Outcome::Declined { reason: words }))
        }
        Err(ReadsError::Broke(reason)) => Seat::Out(result(&policy, 0, Outcome::Broke { reason })),
    })
}

fn result(policy: &Policy, tables: usize, outcome: Outcome) -> PolicyResult {
    PolicyResult {
        policy: policy.id().to_owned(),
        version: policy.version().to_owned(),
        digest: format!("sha256:{}", policy.sha256()),
        tables,
        outcome,
    }
}

/// What is missing of the kinds that one policy reads. A kind of which nothing is known is not told beside a pattern that
/// includes it and has gaps too.
fn gaps(kinds: &[KindPattern], coverage: &CoverageMap) -> Vec<Gap> {
    let (exact, wide): (Vec<&KindPattern>, Vec<&KindPattern>) =
        kinds.iter().partition(|kinds| kinds.exact().is_some());
    let mut gaps = vec![];
    let mut with_gaps = vec![];
    for wide in wide {
        let found = coverage.gaps(wide);
        if !found.is_empty() {
            with_gaps.push(wide);
        }
        gaps.extend(found);
    }
    for kind in exact {
        let mut found = coverage.gaps(kind);
        if with_gaps
            .iter()
            .any(|wide| wide.matches(&kind.group, &kind.kind))
        {
            found.retain(|gap| gap.coverage != Coverage::NotAsked);
        }
        gaps.extend(found);
    }
    gaps.sort_by(|left, right| left.kinds.cmp(&right.kinds));
    gaps.dedup();
    gaps
}

fn opinion(member: &Member, answer: Answer, coverage: &CoverageMap) -> Opinion {
    let (outcome, findings) = match answer {
        Answer::Judged(findings) => {
            let kinds: Vec<KindPattern> =
                member.selectors.iter().flat_map(Selector::kinds).collect();
            let gaps = gaps(&kinds, coverage);
            let outcome = if gaps.is_empty() {
                Outcome::Judged
            } else {
                Outcome::Incomplete { gaps }
            };
            (outcome, findings)
        }
        Answer::NotApplicable => (Outcome::NotApplicable, vec![]),
        Answer::Declined(reason) => (Outcome::Declined { reason }, vec![]),
        Answer::Broke(reason) => (Outcome::Broke { reason }, vec![]),
    };
    Opinion {
        result: result(&member.policy, member.selectors.len(), outcome),
        findings,
    }
}

#[cfg(test)]
mod tests;
