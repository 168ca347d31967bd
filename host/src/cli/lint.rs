//! `asogate lint`: judge files alone. Nothing is known of a cluster, and nothing is opened for a step.

use super::arguments::{ManifestArgs, OutputArgs, PolicyArgs};
use super::{Exit, Failure, check, inputs};
use crate::gate::{self, Case, Subject};
use crate::panel::Panel;
use clap::Args;

/// Arguments of `lint`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    manifests: ManifestArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    if arguments.manifests.filename.is_empty() {
        return Err(Failure::Usage(
            "`lint` needs files: -f FILE, or a folder".into(),
        ));
    }
    let manifests = inputs::manifests(&arguments.manifests)?;
    let setup = inputs::setup(&arguments.policies)?;
    let case = Case {
        subject: Subject::Files,
        manifests: &manifests,
        cluster: None,
        levels: &setup.config.levels,
        waivers: &setup.config.waivers,
        today: inputs::today(),
    };
    let panel = Panel::assemble(&setup.engine, &setup.candidates, None)?;
    let judgement = gate::judge(&case, &panel)?;
    check::show(&judgement, arguments.output.output)?;
    Ok(judgement.verdict.ruling.into())
}
