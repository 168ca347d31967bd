//! `asogate completion`: scripts with which shells complete commands, and the answers to what those scripts ask.
//!
//! A script asks this program for what can stand at the cursor, so it offers the contexts and namespaces that there are,
//! and stays right when the program is replaced. Answers are silent: what could not be found out is not offered.

mod bash;
mod candidates;
mod line;

use super::{CommandLine, Exit, Failure, is_called, print};
use bash::Bash;
use candidates::with_candidates;
use clap::{Args, Command, CommandFactory, ValueEnum};
use clap_complete::engine::{CompletionCandidate, complete};
use clap_complete::env::{Elvish, EnvCompleter, Fish, Powershell, Zsh};
use line::Line;
use std::ffi::OsString;
use std::path::Path;

/// What a script asks with.
const ASKED: &str = "ASOGATE_COMPLETE";

/// The program that kubectl asks what can follow `kubectl asogate`.
const OF_KUBECTL: &str = "kubectl_complete-asogate";

/// Arguments of `completion`.
#[derive(Args, Debug)]
#[command(
    after_long_help = "Put it into the startup file of the shell, for example ~/.bashrc:

  source <(asogate completion bash)

`kubectl asogate …` is completed by kubectl's own script, if it finds this program under a second name:

  ln -s \"$(command -v asogate)\" ~/.local/bin/kubectl_complete-asogate"
)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

/// The shells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// Bash, 3.2 or later
    Bash,
    /// Elvish
    Elvish,
    /// Fish
    Fish,
    /// PowerShell
    Powershell,
    /// Zsh
    Zsh,
}

impl Shell {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Shell::Bash => &Bash,
            Shell::Elvish => &Elvish,
            Shell::Fish => &Fish,
            Shell::Powershell => &Powershell,
            Shell::Zsh => &Zsh,
        }
    }
}

pub(super) fn run(arguments: &Arguments, plugin: bool) -> Result<Exit, Failure> {
    // As a plugin alone, it is on the PATH under that name only.
    let program = match plugin {
        true => "kubectl-asogate",
        false => "asogate",
    };
    let mut script = vec![];
    let completer = arguments.shell.completer();
    completer
        .write_registration(ASKED, "asogate", program, program, &mut script)
        .map_err(Failure::Output)?;
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Pass)
}

/// Answers a script, or kubectl, if it is one of them that called.
pub(super) fn asked(arguments: &[OsString]) -> Option<Exit> {
    let answer = if is_called(arguments.first(), OF_KUBECTL) {
        Some(to_kubectl(arguments.get(1..).unwrap_or_default()))
    } else {
        let shell = std::env::var(ASKED)
            .ok()
            .filter(|shell| !shell.is_empty())?;
        to_shell(&shell, arguments)
    };
    // Nobody reads what could go wrong here.
    let _ = print(&answer.unwrap_or_default());
    Some(Exit::Pass)
}

fn to_shell(shell: &str, arguments: &[OsString]) -> Option<String> {
    let shell = Shell::from_str(shell, false).ok()?;
    let words = arguments.iter().position(|word| word == "--")? + 1;
    let words = arguments.get(words..)?.to_vec();
    let mut command = with_candidates(CommandLine::command(), &Line::new(&bash::joined(&words)));
    let here = std::env::current_dir().ok();
    let mut answer = vec![];
    shell
        .completer()
        .write_complete(&mut command, words, here.as_deref(), &mut answer)
        .ok()?;
    String::from_utf8(answer).ok()
}

/// What can stand at the cursor. Where something else can stand, options are offered to who begins one.
fn at_cursor(
    command: &mut Command,
    words: Vec<OsString>,
    index: usize,
    here: Option<&Path>,
) -> Result<Vec<CompletionCandidate>, std::io::Error> {
    let begun = words.get(index).is_some_and(|word| !word.is_empty());
    let mut candidates = complete(command, words, index, here)?;
    let is_option = |candidate: &CompletionCandidate| {
        candidate.get_value().as_encoded_bytes().starts_with(b"-")
    };
    if !begun && !candidates.iter().all(is_option) {
        candidates.retain(|candidate| !is_option(candidate));
    }
    Ok(candidates)
}

/// kubectl wants one candidate a line, with its description after a tab, and then what the shell is to make of them: bits,
/// of which 2 is for no blank after the candidate and 4 for no file names.
fn to_kubectl(words: &[OsString]) -> String {
    let mut line: Vec<OsString> = vec!["asogate".into()];
    line.extend(words.iter().cloned());
    let mut command = with_candidates(CommandLine::command(), &Line::new(&line));
    let here = std::env::current_dir().ok();
    let last = line.len() - 1;
    let candidates = at_cursor(&mut command, line, last, here.as_deref()).unwrap_or_default();
    let mut answer = String::new();
    let mut directive = 4;
    for candidate in candidates {
        let value = candidate.get_value().to_string_lossy().into_owned();
        if value.ends_with(['/', '=']) {
            directive |= 2;
        }
        answer.push_str(&value);
        let help = candidate.get_help().map(ToString::to_string);
        if let Some(first) = help.as_deref().and_then(|help| help.lines().next()) {
            answer.push('\t');
            answer.push_str(first);
        }
        answer.push('\n');
    }
    answer + &format!(":{directive}\n")
}
