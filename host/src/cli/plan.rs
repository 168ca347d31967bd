//! `asogate plan`: show what a step would do, or write it to a file that `check --plan` takes.

use super::arguments::{ManifestArgs, SelectionArgs, SnapshotArgs};
use super::{Exit, Failure, check, cluster, print};
use crate::gate::{self, Case, Planned, Subject};
use crate::planfile;
use crate::report::{commands, human, page};
use asogate_core::digest::Digest;
use asogate_core::plan::Step;
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of `plan`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The step: pause-v1, import, adopt, swap, rollback or cleanup
    step: Step,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    manifests: ManifestArgs,
    #[command(flatten)]
    snapshot: SnapshotArgs,
    /// Write the plan to this file as JSON; - for standard output. Without it, each change is shown as a kubectl command
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let step = arguments.step;
    let cluster = cluster::open(&arguments.snapshot)?;
    let manifests = check::manifests_of(step, &arguments.manifests)?;
    let selection = arguments
        .selection
        .selection(step)
        .map_err(Failure::Usage)?;
    let propagation = arguments.selection.propagation();
    let case = Case {
        subject: Subject::Step {
            step,
            selection: &selection,
            propagation,
        },
        manifests: &manifests,
        cluster: Some(&cluster),
        levels: &BTreeMap::new(),
        waivers: &[],
        today: super::inputs::today(),
    };
    let Planned {
        plan,
        snapshot,
        undetermined,
        left,
    } = gate::plan(&case)?;
    if !undetermined.is_empty() {
        return Err(Failure::Undetermined {
            step,
            reasons: undetermined,
        });
    }
    match arguments.output {
        None => print(&commands::render(&plan, &snapshot, &left))?,
        Some(path) => {
            let text = planfile::render(&plan, Some(&Digest::of_snapshot(&snapshot)))?;
            if path.as_os_str() == "-" {
                print(&text)?;
            } else {
                std::fs::write(&path, text).map_err(|cause| Failure::OutputFile {
                    path: path.display().to_string(),
                    cause,
                })?;
                let changes = human::count(plan.changes().len(), "change");
                let path = path.display();
                page::complain(&format!(
                    "wrote {changes} to {path}; judge them with `asogate check --plan {path}`"
                ));
            }
        }
    }
    if !left.is_empty() {
        let count = human::count(left.len(), "reference");
        let lines: Vec<String> = left.iter().map(|left| format!("\n  {left}")).collect();
        page::complain(&format!(
            "{count} to Secrets of v1 would have to be replaced and cannot be; the plan leaves them, and judging it denies that unless it is waived:{}",
            lines.concat()
        ));
    }
    Ok(Exit::Pass)
}
