//! `asogate version`.

use super::arguments::{Format, OutputArgs};
use super::{Exit, Failure, print};
use crate::engine::catalogue::BUILT_IN;
use clap::Args;

/// Arguments of `version`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    print(&match arguments.output.output {
        Format::Human => format!("asogate {version}\n"),
        Format::Json => format!(
            "{}\n",
            serde_json::json!({
                "version": version,
                "contract": "asogate:policy@0.1.0",
                "nativePolicies": BUILT_IN.iter().all(|policy| policy.native.is_some()),
            })
        ),
    })?;
    Ok(Exit::Pass)
}
