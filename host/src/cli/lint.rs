//! `asogate lint`: judge files alone, and look through runbooks. Nothing is known of a cluster, and nothing is opened for a
//! step.

use super::arguments::{ManifestArgs, OutputArgs, PolicyArgs, WaiverArgs};
use super::{Exit, Failure, check, inputs, waivers};
use crate::beside::{self, Beside};
use crate::collect::files::Purpose;
use crate::gate::{self, Case, Subject};
use crate::panel::Panel;
use crate::runbook::{self, Examination, Runbook};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `lint`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Runbooks: Markdown documents and shell scripts whose commands are looked through for known traps; files, folders, or
    /// - for standard input
    #[arg(long, value_name = "PATH", num_args = 1..)]
    runbook: Vec<PathBuf>,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    if arguments.manifests.filename.is_empty() && arguments.runbook.is_empty() {
        return Err(Failure::Usage(
            "`lint` needs files: -f FILE, or --runbook FILE, or a folder".into(),
        ));
    }
    waivers::check_target(&arguments.waivers, arguments.policies.config.as_deref())?;
    let manifests = match arguments.manifests.filename.is_empty() {
        true => vec![],
        false => inputs::manifests(&arguments.manifests)?,
    };
    let examination = match arguments.runbook.is_empty() {
        true => None,
        false => Some(examine(&arguments)?),
    };
    let setup = inputs::setup_with(&arguments.policies, waivers::read(&arguments.waivers)?)?;
    let case = Case {
        subject: Subject::Files,
        manifests: &manifests,
        cluster: None,
        levels: &setup.config.levels,
        waivers: &setup.config.waivers,
        today: inputs::today(),
    };
    let strict_waivers = arguments.waivers.strict_waivers;
    let judgement = match &examination {
        Some(examination) if arguments.manifests.filename.is_empty() => {
            beside::judge_runbook(&case, examination, strict_waivers)
        }
        _ => {
            let panel = Panel::assemble(&setup.engine, &setup.candidates, None)?;
            let beside = Beside {
                runbook: examination.as_ref(),
                strict_waivers,
            };
            gate::judge_with(&case, &panel, &beside)?
        }
    };
    waivers::write(&arguments.waivers, &judgement)?;
    check::show(&judgement, arguments.output.output)?;
    Ok(judgement.verdict.ruling.into())
}

/// Looks through the runbooks that are named.
fn examine(arguments: &Arguments) -> Result<Examination, Failure> {
    let names = &arguments.runbook;
    let sources = match inputs::open(names, Purpose::Runbook, arguments.manifests.recursive) {
        Err(Failure::Input(error)) if error.is_nothing() => {
            // Nothing is wrong but that there is nothing: that is no pass, and no failure to read.
            return Ok(Examination {
                undetermined: vec![error.to_string()],
                ..Examination::default()
            });
        }
        sources => sources?,
    };
    let runbooks: Vec<Runbook<'_>> = sources
        .iter()
        .map(|source| Runbook {
            name: &source.name,
            text: &source.text,
            // Of a folder, not every document has to hold a command.
            is_named: names
                .iter()
                .any(|name| name.as_os_str() == "-" || name.to_string_lossy() == source.name),
        })
        .collect();
    Ok(runbook::examine(&runbooks, super::misunderstood))
}
