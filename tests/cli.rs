//! The command line as people and scripts meet it: what each mistake is called, which exit code it has, and that no
//! broken input ever opens the gate.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;
mod guests;

#[path = "cli/completion.rs"]
mod completion;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/plans.rs"]
mod plans;
#[path = "cli/policies.rs"]
mod policies;
#[path = "cli/recordings.rs"]
mod recordings;
#[path = "cli/runbooks.rs"]
mod runbooks;
#[path = "cli/snapshots.rs"]
mod snapshots;
#[path = "cli/usage.rs"]
mod usage;
#[path = "cli/waivers.rs"]
mod waivers;

/// The recorded cluster in which a cleanup passes, in the example and in a [`command::Folder`] that has it.
const SWAPPED: &str = "--snapshot examples/contoso/5-swapped";
/// A cleanup that passes in a folder with `5-swapped`.
const CLEANUP: &str = "check cleanup -A --assume-complete --snapshot 5-swapped";
