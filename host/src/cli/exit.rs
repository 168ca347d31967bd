//! Exit codes, the same for every command and output format. They are a promise: scripts and CI rely on them.

use asogate_core::verdict::Ruling;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The gate is open, or the command did what it was asked to.
    Pass = 0,
    /// The gate is closed: a deny finding without waiver.
    Fail = 1,
    /// The command line, the configuration or an input could not be understood.
    Usage = 2,
    /// The gate is closed: something could not be determined.
    Unknown = 3,
    /// The user interrupted it; there is no verdict.
    Interrupted = 130,
}

impl From<Ruling> for Exit {
    fn from(ruling: Ruling) -> Exit {
        match ruling {
            Ruling::Pass => Exit::Pass,
            Ruling::Fail => Exit::Fail,
            Ruling::Unknown => Exit::Unknown,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}
