//! Processes that are measured from outside: what they take is what the operating system says they took.

use super::processor::{self, Whose};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one process took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    /// Processor time of the process and the system for it, of all its threads.
    pub(super) processor: Duration,
    /// From its start to its end.
    pub(super) wall: Duration,
}

/// Runs a process to its end; its output is returned.
pub(super) fn run(command: &mut Command) -> (Taken, String) {
    let before = processor::time(Whose::Children);
    let start = Instant::now();
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let wall = start.elapsed();
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        output.status
    );
    // One process at a time: what all that have ended took more than before is what this one took.
    let processor = processor::time(Whose::Children).saturating_sub(before);
    (
        Taken { processor, wall },
        String::from_utf8(output.stdout).unwrap(),
    )
}
