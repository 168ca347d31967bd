//! Reads what is judged: recorded clusters into snapshots, import files into manifests with positions.

pub mod classify;
mod cluster;
pub mod coverage;
pub mod document;
mod dump;
pub mod error;
pub mod files;
pub mod input_error;
mod json;
mod known_kinds;
pub mod live;
pub mod loader;
pub mod manifest;
pub mod recording;
mod secret;
mod snapshot_file;
pub mod text;
pub mod yaml;

pub use cluster::{Cluster, Collected, Moment, Origin, Time};
pub use dump::{CollectError, Dump};
