//! `asogate policy`: which policies there are, and what one is.

use super::arguments::{Format, OutputArgs, PolicyArgs};
use super::{Exit, Failure, inputs, print};
use crate::engine::Policy;
use crate::panel::{self, Candidate};
use crate::report::catalogue;
use clap::{Args, Subcommand};

/// Subcommands of `policy`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the policies of a run: built-in ones, and those that the configuration and --policy name
    List(List),
    /// Show what a policy guards, its codes, what it reads and its settings
    Inspect(Inspect),
}

/// Arguments of `policy list`.
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments of `policy inspect`.
#[derive(Args, Debug)]
pub(super) struct Inspect {
    /// A built-in policy, or a component file
    #[arg(value_name = "POLICY|FILE.wasm")]
    inspected: String,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => {
            let setup = inputs::setup(&arguments.policies)?;
            let policies = load_all(&setup)?;
            print(&match arguments.output.output {
                Format::Human => catalogue::list(&policies),
                Format::Json => catalogue::list_json(&policies)?,
            })?;
        }
        Command::Inspect(mut arguments) => {
            let is_file = arguments.inspected.ends_with(".wasm")
                || arguments.inspected.contains(std::path::MAIN_SEPARATOR);
            if is_file {
                arguments
                    .policies
                    .policy
                    .push(arguments.inspected.clone().into());
            }
            let setup = inputs::setup(&arguments.policies)?;
            let candidate = find(&setup.candidates, &arguments.inspected)?;
            let policy = load(&setup, candidate)?;
            let settings = serde_json::Value::Object(candidate.settings.clone());
            // Settings that do not match are an error of `check`; here the schema is what one wants to see.
            let reads = policy
                .settings(&settings)
                .ok()
                .and_then(|settings| policy.reads(&settings).ok());
            print(&match arguments.output.output {
                Format::Human => catalogue::inspect(&policy, reads.as_deref()),
                Format::Json => catalogue::inspect_json(&policy, reads.as_deref())?,
            })?;
        }
    }
    Ok(Exit::Pass)
}

fn find<'a>(candidates: &'a [Candidate], name: &str) -> Result<&'a Candidate, Failure> {
    candidates
        .iter()
        .find(|candidate| candidate.name() == name)
        .ok_or_else(|| {
            let known: Vec<String> = candidates
                .iter()
                .map(|candidate| candidate.name().to_owned())
                .collect();
            Failure::Usage(inputs::unknown_policy(name, &known))
        })
}

fn load(setup: &inputs::Setup, candidate: &Candidate) -> Result<Policy, Failure> {
    let mut loaded = panel::load(&setup.engine, &[candidate]).into_iter();
    match loaded.next() {
        Some(Ok(policy)) => Ok(policy),
        Some(Err(error)) => Err(Failure::Usage(error.to_string())),
        None => Err(Failure::Usage(format!(
            "could not load policy `{}`",
            candidate.name()
        ))),
    }
}

pub(super) fn load_all(setup: &inputs::Setup) -> Result<Vec<Policy>, Failure> {
    let enabled: Vec<&Candidate> = setup
        .candidates
        .iter()
        .filter(|candidate| candidate.enabled)
        .collect();
    let loaded = panel::load(&setup.engine, &enabled).into_iter();
    loaded
        .map(|policy| policy.map_err(|error| Failure::Usage(error.to_string())))
        .collect()
}
