//! `asogate completion`: completion scripts.

use super::{CommandLine, Exit, Failure, print};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `completion`.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut script = vec![];
    clap_complete::generate(
        arguments.shell,
        &mut CommandLine::command(),
        "asogate",
        &mut script,
    );
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Pass)
}
