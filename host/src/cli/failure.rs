//! Everything that can end a command without a verdict, each with its exit code and what to do about it.

use super::Exit;
use crate::collect::CollectError;
use crate::collect::recording::RecordError;
use crate::gate::GateError;
use crate::panel::PanelError;
use crate::steps::StepError;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

const RED: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();

/// A failure that a user can cause and mend.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Arguments that contradict each other or name what does not exist.
    #[error("{0}")]
    Usage(String),
    /// An input that could not be read or understood.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// It is not clear which live cluster is meant, or as whom.
    #[error(transparent)]
    Target(#[from] crate::collect::live::TargetError),
    /// A live cluster could not be read at all.
    #[error(transparent)]
    Live(#[from] crate::collect::live::LiveError),
    /// A cluster could not be written down.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file that could not be read.
    #[error(transparent)]
    Input(#[from] crate::collect::input_error::InputError),
    /// Policies that cannot be set up as configured.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// The policy engine cannot run here.
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    /// A cache folder that the user names cannot be used.
    #[error(transparent)]
    Cache(#[from] crate::engine::cache::CacheError),
    /// A result could not be written as JSON.
    #[error("could not write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Standard output could not be written.
    #[error("could not write the result: {0}")]
    Output(std::io::Error),
    /// An output file could not be written.
    #[error("could not write `{path}`: {cause}")]
    OutputFile {
        /// The file, as the user named it.
        path: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Something about a plan that is to be written could not be determined.
    #[error("could not plan `{step}` reliably:\n  {}", .reasons.join("\n  "))]
    Undetermined {
        /// The step.
        step: asogate_core::plan::Step,
        /// What could not be determined.
        reasons: Vec<String>,
    },
}

impl Failure {
    /// How the process ends.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Failure::Undetermined { .. }
            | Failure::Live(_)
            | Failure::Record(RecordError::Collect(CollectError::Live(_)))
            | Failure::Gate(GateError::Collect(CollectError::Live(_))) => Exit::Unknown,
            Failure::Gate(GateError::Step(StepError::Refused { .. })) => Exit::Fail,
            _ => Exit::Usage,
        }
    }

    /// The message, and a hint where there is one, with ANSI styles.
    pub(super) fn render(&self) -> String {
        let mut text = format!("{RED}error{RED:#}{BOLD}:{BOLD:#} {self}");
        if let Some(hint) = self.hint() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n  {BOLD}help:{BOLD:#} {hint}");
        }
        text
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Failure::Panel(PanelError::Settings { .. }) => {
                Some("`asogate policy inspect POLICY` shows the settings that a policy takes")
            }
            Failure::Undetermined { .. }
            | Failure::Gate(GateError::Step(StepError::Refused { .. })) => {
                Some("`asogate check` with the same options says more")
            }
            _ => None,
        }
    }
}
