//! `asogate snapshot`: write a cluster down, and look at what was written.

mod diff;
mod show;

use super::arguments::{PolicyArgs, SnapshotArgs};
use super::{Exit, Failure, cluster, inputs};
use crate::collect::recording;
use crate::gate;
use crate::panel::{Candidate, Panel};
use crate::report::{page, snapshot};
use crate::status;
use asogate_core::plan::Step;
use clap::{Args, Subcommand};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Arguments of `snapshot`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The file to write; packed with gzip if its name ends in .gz
    #[arg(short = 'o', long, value_name = "FILE", required = true)]
    output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
    /// Where a kind may not be listed in the whole cluster, list it in this namespace at least
    #[arg(
        short = 'n',
        long,
        value_name = "NAMESPACE",
        conflicts_with = "all_namespaces"
    )]
    namespace: Option<String>,
    /// Objects of all namespaces, which is what a snapshot holds anyway
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    snapshot: SnapshotArgs,
    #[command(flatten)]
    policies: PolicyArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell when a snapshot was taken, what it holds, and of what it is not complete
    Show(show::Arguments),
    /// Tell what two snapshots differ in: exit code 0 for nothing, 1 for something, 3 if it cannot be told
    Diff(diff::Arguments),
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match (arguments.command, &arguments.output) {
        (Some(Command::Show(arguments)), _) => return show::run(&arguments),
        (Some(Command::Diff(arguments)), _) => return diff::run(&arguments),
        (None, Some(path)) if path.as_os_str() == "-" => {
            let why = "a snapshot is written to a file, which appears when it is whole; give -o FILE.json or -o FILE.json.gz";
            return Err(Failure::Usage(why.into()));
        }
        (None, _) => {}
    }
    // clap requires it.
    let path = arguments.output.unwrap_or_default();
    let cluster = cluster::open(&arguments.snapshot)?;
    let setup = inputs::setup(&arguments.policies)?;
    // With the settings of the configuration, and as the policies are for everybody.
    let mut panels = vec![];
    for step in Step::ALL {
        for candidates in [&setup.candidates, &Candidate::built_in()] {
            let panel = Panel::assemble(&setup.engine, candidates, Some(step))?;
            panels.push((step, panel));
        }
    }
    let namespaces: BTreeSet<String> = arguments.namespace.into_iter().collect();
    let mut read_set = gate::everything(&panels);
    read_set.add(&status::reads());
    let recorded = recording::record(&cluster, read_set, &namespaces, &path, arguments.force)?;
    let complete = snapshot::is_complete(&recorded.coverage);
    page::complain(&snapshot::written(&recorded, &path.display().to_string()));
    Ok(match complete {
        true => Exit::Pass,
        false => Exit::Unknown,
    })
}
