//! What can stand in the places of a command line. Nothing here fails or complains: what cannot be found out is not offered,
//! and no policy is started for it.

use super::line::Line;
use crate::cli::arguments::timeout;
use crate::cli::cluster::{leave, target};
use crate::collect::live::{Live, Names, Patience, Progress, Reading};
use crate::engine::catalogue::BUILT_IN;
use crate::runbook;
use crate::status::board::Stage;
use asogate_aso::{v1, v2};
use asogate_core::plan::Step;
use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use std::sync::mpsc;
use std::time::Duration;

/// How long somebody who pressed a key is kept waiting for a cluster, its credentials included, unless [`TIMEOUT`] says it.
const PATIENCE: Duration = Duration::from_secs(3);

/// The variable that says how long to wait, as `--request-timeout` does.
const TIMEOUT: &str = "ASOGATE_COMPLETE_TIMEOUT";

/// The codes of every policy that is part of the binary: the headings of its README, which a test holds to be the codes.
const CODES: &[(&str, &[&str])] = include!(concat!(env!("OUT_DIR"), "/codes.rs"));

/// The command line, with what can stand in its places for somebody who has typed `line` so far.
pub(super) fn with_candidates(command: Command, line: &Line) -> Command {
    let explains = command.get_name() == "explain";
    let command = command.mut_args(|argument| offering(argument, line, explains));
    command.mut_subcommands(|subcommand| with_candidates(subcommand, line))
}

fn offering(argument: Arg, line: &Line, explains: bool) -> Arg {
    let line = line.clone();
    let named = |names: fn(Names) -> Vec<String>| {
        let line = line.clone();
        ArgValueCandidates::new(move || {
            offered(target(&line.live).names().map(names).unwrap_or_default())
        })
    };
    let candidates = match argument.get_id().as_str() {
        "context" => named(|names| names.contexts),
        "cluster" => named(|names| names.clusters),
        "user" => named(|names| names.users),
        "namespace" => ArgValueCandidates::new(move || offered(namespaces(&line))),
        "step" | "steps" => ArgValueCandidates::new(|| offered(Step::ALL.map(Step::name))),
        "stage" => ArgValueCandidates::new(|| offered(Stage::ALL.map(Stage::name))),
        "resources" => ArgValueCandidates::new(|| offered(types())),
        "inspected" => ArgValueCandidates::new(|| offered(BUILT_IN.iter().map(|policy| policy.id))),
        "code" if explains => ArgValueCandidates::new(|| offered(codes())),
        _ => return argument,
    };
    argument.add(candidates)
}

fn offered<Text: Into<String>>(texts: impl IntoIterator<Item = Text>) -> Vec<CompletionCandidate> {
    let texts = texts.into_iter().enumerate();
    let candidate = |(order, text): (usize, Text)| {
        CompletionCandidate::new(text.into()).display_order(Some(order))
    };
    texts.map(candidate).collect()
}

/// The types of both operators, as kubectl names them.
fn types() -> Vec<String> {
    let v1 = v1::kinds()
        .iter()
        .map(|kind| format!("{}.{}", kind.plural, v1::GROUP));
    let v2 = v2::kinds()
        .iter()
        .map(|kind| format!("{}.{}", kind.plural, kind.group));
    let mut types: Vec<String> = v1.chain(v2).collect();
    types.sort();
    types
}

fn codes() -> Vec<String> {
    let built_in = CODES
        .iter()
        .flat_map(|(policy, codes)| codes.iter().map(move |code| format!("{policy}/{code}")));
    let runbook = runbook::CODES
        .iter()
        .map(|info| format!("{}/{}", runbook::POLICY, info.name));
    built_in.chain(runbook).collect()
}

/// The namespaces of the cluster that the line means, if it tells them soon.
fn namespaces(line: &Line) -> Vec<String> {
    if line.is_recorded {
        return vec![];
    }
    let target = target(&line.live);
    let given = std::env::var(TIMEOUT).ok();
    let patience = given.and_then(|given| timeout(&given).ok());
    let patience = patience.filter(|time| !time.is_zero()).unwrap_or(PATIENCE);
    let (sender, receiver) = mpsc::channel();
    // A plugin for credentials is waited for without an end, so it is not waited for here.
    std::thread::spawn(move || {
        let mut reading = Reading::new(|_, _| None);
        reading.timeout = Some(patience);
        reading.patience = Patience {
            attempts: 1,
            ..Patience::default()
        };
        let live = Live::open(&target, reading, Box::new(Silent), leave);
        let names = live.map(|live| live.namespaces().unwrap_or_default());
        // Nobody may be waiting any more.
        let _ = sender.send(names.unwrap_or_default());
    });
    receiver.recv_timeout(patience).unwrap_or_default()
}

struct Silent;

impl Progress for Silent {
    fn begin(&self, _: usize) {}
    fn objects(&self, _: usize) {}
    fn kind(&self) {}
    fn end(&self) {}
}
