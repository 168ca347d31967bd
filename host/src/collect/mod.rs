//! From files (and pages of a live cluster) to a snapshot. Knows Kubernetes, and nothing of Azure Service Operator,
//! of steps, or of what comes after a snapshot.

pub mod classify;
pub mod coverage;
pub mod error;
pub mod json;
pub mod known_kinds;
pub mod loader;
pub mod snapshot_file;
