//! `asogate snapshot show`: what a snapshot holds.

use crate::cli::arguments::{Format, OutputArgs};
use crate::cli::{Exit, Failure, cluster, print};
use crate::report::snapshot::{self, Contents};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `snapshot show`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The snapshot file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let dump = cluster::recording(std::slice::from_ref(&arguments.file))?;
    let loaded = dump.contents().map_err(crate::gate::GateError::Collect)?;
    let contents = Contents::of(&loaded);
    print(&match arguments.output.output {
        Format::Human => snapshot::contents(&contents),
        Format::Json => snapshot::contents_json(&contents)?,
    })?;
    Ok(Exit::Pass)
}
