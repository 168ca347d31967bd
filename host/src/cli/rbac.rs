//! `asogate rbac`: the rights that a check needs, as a role for this cluster.

use super::arguments::{LiveArgs, PolicyArgs};
use super::{Exit, Failure, cluster, inputs, print};
use crate::gate;
use crate::panel::Panel;
use crate::report::{page, role};
use asogate_core::plan::Step;
use asogate_core::selector::ReadSet;
use clap::Args;

/// Arguments of `rbac`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Only for these steps [default: all]
    steps: Vec<Step>,
    /// The name of the role
    #[arg(long, value_name = "NAME", default_value = "asogate", value_parser = role_name)]
    name: String,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    live: LiveArgs,
}

/// A name that needs no quotes, in YAML and in a shell.
fn role_name(name: &str) -> Result<String, String> {
    let is_plain = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-.:".contains(character)
    };
    let edge = |character: char| character.is_ascii_lowercase();
    let ends = name.starts_with(edge) && !name.ends_with(['-', '.', ':']);
    match ends && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => {
            Err("use lower-case letters, digits, `-`, `.` and `:`, beginning with a letter".into())
        }
    }
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let live = cluster::live(&arguments.live, None)?;
    let setup = inputs::setup(&arguments.policies)?;
    let steps = match arguments.steps.as_slice() {
        [] => &Step::ALL[..],
        steps => steps,
    };
    let mut read_set = ReadSet::default();
    for step in steps {
        let panel = Panel::assemble(&setup.engine, &setup.candidates, Some(*step))?;
        read_set.add(&gate::selectors(*step, &panel));
    }
    let rights = live.rights(&read_set)?;
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    print(&role::render(&arguments.name, &steps, &rights))?;
    for (group, reason) in &rights.unknown {
        page::complain(&format!("the role is not complete: {group}: {reason}"));
    }
    Ok(match rights.unknown.is_empty() {
        true => Exit::Pass,
        false => Exit::Unknown,
    })
}
