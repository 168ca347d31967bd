//! Reads what is judged: recorded clusters into snapshots, import files into manifests with positions.

pub mod yaml;
