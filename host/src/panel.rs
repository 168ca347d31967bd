//! The policies that judge one run: chosen, loaded, set up, and asked.

use crate::engine::catalogue::BUILT_IN;
use crate::engine::settings::Settings;
use crate::engine::{Engine, Policy, ReadsError};
use asogate_core::coverage::CoverageMap;
use asogate_core::finding::{Answer, Finding};
use asogate_core::input::PolicyInput;
use asogate_core::plan::Step;
use asogate_core::projection::Projection;
use asogate_core::selector::Selector;
use asogate_core::verdict::{Outcome, PolicyResult};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A policy that is to judge.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What the user calls it: the id of a built-in, or a file.
    pub name: String,
    /// The component.
    pub wasm: Cow<'static, [u8]>,
    /// The digest (`sha256:…`) that the component must have.
    pub pin: Option<String>,
    /// Whether the configuration lets it judge.
    pub enabled: bool,
    /// Its settings.
    pub settings: Map<String, Value>,
}

impl Candidate {
    /// Every built-in policy, with default settings.
    pub fn built_in() -> Vec<Candidate> {
        let candidate = |policy: &crate::engine::catalogue::BuiltIn| Candidate {
            name: policy.id.to_owned(),
            wasm: Cow::Borrowed(policy.wasm),
            pin: None,
            enabled: true,
            settings: Map::new(),
        };
        BUILT_IN.iter().map(candidate).collect()
    }
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
    /// Two policies with one id.
    #[error("two policies are called `{0}`; the id of a policy must be unique in a run")]
    Duplicate(String),
}

/// One policy and where it stands.
#[derive(Debug)]
enum Seat {
    /// It will be asked.
    Ready { policy: Policy, settings: Settings, selectors: Vec<Selector> },
    /// It will not, and why.
    Out(PolicyResult),
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
    /// or breaks, has a seat all the same: it keeps the gate closed.
    ///
    /// # Errors
    ///
    /// [`PanelError`] for what the user must mend: settings that do not match, two policies of one id.
    pub fn assemble(engine: &Engine, candidates: &[Candidate], step: Option<Step>) -> Result<Panel, PanelError> {
        let seats = in_parallel(candidates, |candidate| seat(engine, candidate, step));
        let mut seats = seats.into_iter().collect::<Result<Vec<_>, _>>()?;
        seats.sort_by(|left, right| left.id().cmp(right.id()));
        let mut ids = BTreeSet::new();
        match seats.iter().find(|seat| !ids.insert(seat.id())) {
            Some(seat) => Err(PanelError::Duplicate(seat.id().to_owned())),
            None => Ok(Panel { seats }),
        }
    }

    /// What the policies that will be asked read.
    pub fn selectors(&self) -> impl Iterator<Item = &[Selector]> {
        self.seats.iter().filter_map(|seat| match seat {
            Seat::Ready { selectors, .. } => Some(selectors.as_slice()),
            Seat::Out(_) => None,
        })
    }

    /// Asks every policy; the answers come in the order of their ids.
    pub fn judge(&self, projection: &Projection<'_>, step: Option<Step>, coverage: &CoverageMap) -> Vec<Opinion> {
        in_parallel(&self.seats, |seat| match seat {
            Seat::Out(result) => Opinion { result: result.clone(), findings: vec![] },
            Seat::Ready { policy, settings, selectors } => {
                let answer = policy.evaluate(&PolicyInput::new(projection, selectors, step), settings);
                opinion(policy, selectors, answer, coverage)
            }
        })
    }
}

impl Seat {
    fn id(&self) -> &str {
        match self {
            Seat::Ready { policy, .. } => policy.id(),
            Seat::Out(result) => &result.policy,
        }
    }
}

fn seat(engine: &Engine, candidate: &Candidate, step: Option<Step>) -> Result<Seat, PanelError> {
    let out = |outcome| {
        let digest = crate::engine::digest(&candidate.wasm);
        Ok(Seat::Out(PolicyResult { policy: candidate.name.clone(), version: String::new(), digest, outcome }))
    };
    if !candidate.enabled {
        return out(Outcome::Disabled);
    }
    if let Some(pin) = &candidate.pin {
        let found = crate::engine::digest(&candidate.wasm);
        if found != *pin {
            let reason = format!("the file has digest `{found}`, but the configuration pins `{pin}`");
            return out(Outcome::Broke { reason });
        }
    }
    let policy = match Policy::load(engine, &candidate.name, &candidate.wasm) {
        Ok(policy) => policy,
        Err(error) => return out(Outcome::Broke { reason: error.to_string() }),
    };
    let settings = policy.settings(&Value::Object(candidate.settings.clone())).map_err(|errors| {
        let errors = errors.iter().map(ToString::to_string).collect();
        PanelError::Settings { policy: policy.id().to_owned(), errors }
    })?;
    if !policy.manifest().steps.include(step) {
        return Ok(Seat::Out(result(&policy, Outcome::NotApplicable)));
    }
    Ok(match policy.reads(&settings) {
        Ok(selectors) => Seat::Ready { policy, settings, selectors },
        Err(ReadsError::Declined { words, .. }) => Seat::Out(result(&policy, Outcome::Declined { reason: words })),
        Err(ReadsError::Broke(reason)) => Seat::Out(result(&policy, Outcome::Broke { reason })),
    })
}

fn result(policy: &Policy, outcome: Outcome) -> PolicyResult {
    PolicyResult {
        policy: policy.id().to_owned(),
        version: policy.version().to_owned(),
        digest: format!("sha256:{}", policy.sha256()),
        outcome,
    }
}

fn opinion(policy: &Policy, selectors: &[Selector], answer: Answer, coverage: &CoverageMap) -> Opinion {
    let (outcome, findings) = match answer {
        Answer::Judged(findings) => {
            let mut gaps: Vec<_> =
                selectors.iter().flat_map(Selector::kinds).flat_map(|kinds| coverage.gaps(&kinds)).collect();
            gaps.sort_by(|left, right| left.kinds.cmp(&right.kinds));
            gaps.dedup();
            let outcome = if gaps.is_empty() { Outcome::Judged } else { Outcome::Incomplete { gaps } };
            (outcome, findings)
        }
        Answer::NotApplicable => (Outcome::NotApplicable, vec![]),
        Answer::Declined(reason) => (Outcome::Declined { reason }, vec![]),
        Answer::Broke(reason) => (Outcome::Broke { reason }, vec![]),
    };
    Opinion { result: result(policy, outcome), findings }
}

/// Maps every item on as many threads as there are processors; results come in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(item);
                    // A poisoned lock means that another item's work panicked; the scope passes that panic on.
                    if let Ok(mut results) = results.lock() {
                        results.push((index, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
