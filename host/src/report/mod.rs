//! Shows values to people and programs: the only place that prints.

pub mod catalogue;
pub mod commands;
pub mod human;
pub mod json;
pub mod page;
pub mod progress;
pub mod role;
pub mod snapshot;
mod swap;
