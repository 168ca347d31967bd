//! Runs policies: components in a sandbox.
pub mod catalogue;
