//! `asogate check`: judge a step, or a plan that was made before.

use super::arguments::{
    Format, ManifestArgs, OutputArgs, PolicyArgs, SelectionArgs, SnapshotArgs, WaiverArgs,
};
use super::{Exit, Failure, cluster, inputs, print, waivers};
use crate::beside::Beside;
use crate::collect::files;
use crate::collect::input_error::InputError;
use crate::gate::{self, Case, Subject};
use crate::panel::Panel;
use crate::planfile;
use crate::report::{human, json};
use asogate_core::plan::Step;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The step: pause-v1, import, adopt, swap, rollback or cleanup
    #[arg(required_unless_present = "plan", conflicts_with = "plan")]
    step: Option<Step>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Judge this plan (as `asogate plan -o` writes it) instead of planning a step; - for standard input
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    manifests: ManifestArgs,
    #[command(flatten)]
    snapshot: SnapshotArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    waivers::check_target(&arguments.waivers, arguments.policies.config.as_deref())?;
    let is_input = |path: &PathBuf| path.as_os_str() == "-";
    if arguments.plan.as_ref().is_some_and(is_input)
        && arguments.snapshot.snapshot.iter().any(is_input)
    {
        return Err(InputError::StandardInputTwice.into());
    }
    let cluster = cluster::open(&arguments.snapshot)?;
    let setup = inputs::setup_with(&arguments.policies, waivers::read(&arguments.waivers)?)?;
    let selection;
    let (subject, manifests) = match (arguments.step, &arguments.plan) {
        (Some(step), _) => {
            let manifests = manifests_of(step, &arguments.manifests)?;
            selection = arguments
                .selection
                .selection(step)
                .map_err(Failure::Usage)?;
            let propagation = arguments.selection.propagation();
            (
                Subject::Step {
                    step,
                    selection: &selection,
                    propagation,
                },
                manifests,
            )
        }
        (None, Some(file)) => {
            let manifests = &arguments.manifests;
            if arguments.selection.is_given()
                || !manifests.filename.is_empty()
                || manifests.recursive
            {
                return Err(Failure::Usage(
                    "a plan says itself what it changes; leave out -n, -A, -l, -f, -R, --cascade and names".into(),
                ));
            }
            let source = files::read_plan(file, &mut std::io::stdin().lock())?;
            let plan = planfile::parse(&source.text).map_err(|error| {
                Failure::Usage(format!(
                    "could not read the plan `{}`: {error}",
                    source.name
                ))
            })?;
            (Subject::Plan(plan), vec![])
        }
        (None, None) => {
            return Err(Failure::Usage(
                "give a step, or a plan with --plan FILE".into(),
            ));
        }
    };
    let case = Case {
        subject,
        manifests: &manifests,
        cluster: Some(&cluster),
        levels: &setup.config.levels,
        waivers: &setup.config.waivers,
        today: inputs::today(),
    };
    let panel = Panel::assemble(&setup.engine, &setup.candidates, case.subject.step())?;
    let beside = Beside {
        strict_waivers: arguments.waivers.strict_waivers,
        ..Beside::default()
    };
    let judgement = gate::judge_with(&case, &panel, &beside)?;
    waivers::write(&arguments.waivers, &judgement)?;
    show(&judgement, arguments.output.output)?;
    Ok(judgement.verdict.ruling.into())
}

/// The import files of a step: required for `import`, refused for the others.
pub(super) fn manifests_of(
    step: Step,
    arguments: &ManifestArgs,
) -> Result<Vec<crate::collect::manifest::Manifest>, Failure> {
    let given = !arguments.filename.is_empty();
    match step {
        Step::Import if given => inputs::manifests(arguments),
        Step::Import => Err(Failure::Usage(
            "`import` needs the import files: -f FILE, or a folder".into(),
        )),
        step if given || arguments.recursive => Err(Failure::Usage(format!(
            "`{step}` changes what is in the cluster; only `import` takes -f and -R"
        ))),
        _ => Ok(vec![]),
    }
}

/// Prints a judgement.
pub(super) fn show(judgement: &gate::Judgement, format: Format) -> Result<(), Failure> {
    match format {
        Format::Human => print(&human::render(judgement)),
        Format::Json => print(&json::render(judgement)?),
    }
}
