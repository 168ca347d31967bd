//! The command line: one file a command. Commands turn arguments into values, call the gate, and hand the result to
//! `report`.

pub mod arguments;
mod check;
mod cluster;
mod completion;
mod exit;
mod explain;
mod failure;
mod inputs;
mod lint;
mod plan;
mod policy;
mod rbac;
mod snapshot;
mod status;
mod version;
mod waivers;

pub use exit::Exit;
use failure::Failure;

use crate::report::page;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::Path;

/// A gate for the migration from Azure Service Operator v1 to v2.
///
/// asogate works out what a step of the migration would really do, consequences included, and has sandboxed policies
/// judge it before anything runs.
///
/// Exit codes: 0 the gate is open, 1 it is closed because of a finding, 2 the command or an input could not be understood,
/// 3 it is closed because something could not be determined, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "asogate", version, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a step of the migration: pause-v1, import, adopt, swap, rollback or cleanup
    Check(check::Arguments),
    /// Judge import files alone, without a cluster; or look through runbooks
    Lint(lint::Arguments),
    /// Show or write what a step would do, without judging it
    Plan(plan::Arguments),
    /// Write the cluster down as a file, without any value of a Secret, or look into such files
    Snapshot(snapshot::Arguments),
    /// Show where each Azure resource stands in the migration, what is dangerous, and what blocks its next step
    Status(status::Arguments),
    /// Print a role with the rights that checks of the live cluster need
    Rbac(rbac::Arguments),
    /// List the policies, or look into one
    #[command(subcommand)]
    Policy(policy::Command),
    /// Explain what a code means, why it matters and what to do
    Explain(explain::Arguments),
    /// Print a completion script for a shell
    Completion(completion::Arguments),
    /// Print the version
    Version(version::Arguments),
}

/// Runs the command line of this process.
pub fn main() -> Exit {
    crate::collect::live::choose_cryptography();
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(exit) = completion::asked(&arguments) {
        return exit;
    }
    let mut command = CommandLine::command();
    let plugin = is_plugin(arguments.first());
    if plugin {
        command = command.bin_name("kubectl asogate");
    }
    let parsed = command.try_get_matches_from_mut(arguments);
    let parsed = parsed.and_then(|matches| CommandLine::from_arg_matches(&matches));
    let command_line = match parsed {
        Ok(command_line) => command_line,
        Err(error) => {
            // Help and version are no failures; clap knows which stream each text belongs to.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Pass
            };
        }
    };
    let result = match command_line.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Lint(arguments) => lint::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
        Command::Snapshot(arguments) => snapshot::run(arguments),
        Command::Status(arguments) => status::run(arguments),
        Command::Rbac(arguments) => rbac::run(arguments),
        Command::Policy(command) => policy::run(command),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Completion(arguments) => completion::run(&arguments, plugin),
        Command::Version(arguments) => version::run(&arguments),
    };
    result.unwrap_or_else(|failure| {
        page::complain(&failure.render());
        failure.exit()
    })
}

/// Whether kubectl runs us as its plugin `kubectl asogate`, which it finds by the name of the program.
fn is_plugin(program: Option<&OsString>) -> bool {
    is_called(program, "kubectl-asogate")
}

/// Whether this is the name by which we were called.
fn is_called(program: Option<&OsString>, name: &str) -> bool {
    let called = program.and_then(|program| Path::new(program).file_stem());
    called.is_some_and(|called| called == name)
}

/// Why the command line does not take these words, some of which may not be known; none if it does, or may.
fn misunderstood(words: &[Option<String>]) -> Option<String> {
    /// Stands for a word that is not known. It is no name of anything.
    const UNKNOWN: &str = "UNKNOWN-WORD";
    let all_known = words.iter().all(Option::is_some);
    let words = words
        .iter()
        .map(|word| word.as_deref().unwrap_or(UNKNOWN).to_owned());
    let words = std::iter::once("asogate".to_owned()).chain(words);
    let error = CommandLine::command().try_get_matches_from(words).err()?;
    if !error.use_stderr() {
        return None;
    }
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (wrong, what) = match error.kind() {
        ErrorKind::InvalidSubcommand => (said(ContextKind::InvalidSubcommand), "command"),
        ErrorKind::UnknownArgument => (said(ContextKind::InvalidArg), "argument"),
        _ => (None, ""),
    };
    match wrong {
        Some(wrong) if wrong != UNKNOWN => Some(format!("there is no {what} `{wrong}`")),
        _ if all_known => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Some(first.trim_start_matches("error: ").to_owned())
        }
        _ => None,
    }
}

/// Writes the result of a command to standard output.
fn print(text: &str) -> Result<(), Failure> {
    page::print(text).map_err(Failure::Output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_not_known_are_not_held_against_a_command() {
        let judge = |text: &str| {
            let words = text.split(' ').map(|word| Some(word.to_owned()));
            let words: Vec<Option<String>> = words
                .map(|word| word.filter(|word| !word.starts_with('$')))
                .collect();
            misunderstood(&words)
        };
        for fine in [
            "check cleanup -n data --snapshot FOLDER",
            "check --plan FILE -o json",
            "check $STEP -n $NAMESPACE $MORE",
            "$VERBOSE check cleanup",
            "--help",
            "check --help",
            "completion bash",
        ] {
            assert_eq!(judge(fine), None, "{fine}");
        }
        for (wrong, why) in [
            ("chekc cleanup -A", "there is no command `chekc`"),
            ("check cleanup -A --yes", "there is no argument `--yes`"),
            ("check $STEP --yes", "there is no argument `--yes`"),
            ("check clean-up -A", "invalid value 'clean-up'"),
        ] {
            let found = judge(wrong).unwrap_or_default();
            assert!(found.starts_with(why), "{wrong}: {found}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
