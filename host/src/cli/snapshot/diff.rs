//! `asogate snapshot diff`: what two snapshots differ in.

use crate::cli::arguments::{Format, OutputArgs};
use crate::cli::{Exit, Failure, cluster, print};
use crate::difference::Difference;
use crate::gate::GateError;
use crate::report::snapshot;
use clap::Args;
use std::path::{Path, PathBuf};

/// Arguments of `snapshot diff`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The older snapshot
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer snapshot
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let load = |path: &Path| {
        let dump = cluster::recording(&[path.to_owned()])?;
        let loaded = dump.load(Difference::read_set());
        loaded.map_err(|error| Failure::Gate(GateError::Collect(error)))
    };
    let (old, new) = (load(&arguments.old)?, load(&arguments.new)?);
    let difference = Difference::between(&old, &new);
    print(&match arguments.output.output {
        Format::Human => snapshot::difference(&difference),
        Format::Json => snapshot::difference_json(&difference)?,
    })?;
    Ok(
        match (difference.is_empty(), difference.unknown.is_empty()) {
            (false, _) => Exit::Fail,
            (true, true) => Exit::Pass,
            (true, false) => Exit::Unknown,
        },
    )
}
