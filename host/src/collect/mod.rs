//! Reads what is judged: recorded clusters into snapshots, import files into manifests with positions.

pub mod files;
pub mod input_error;
pub mod manifest;
mod secret;
pub mod text;
pub mod yaml;
