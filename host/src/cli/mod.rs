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

/// Writes the result of a command to standard output.
fn print(text: &str) -> Result<(), Failure> {
    page::print(text).map_err(Failure::Output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
