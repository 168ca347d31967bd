//! Shows values to people and programs: the only place that prints.

pub mod catalogue;
mod columns;
pub mod commands;
pub mod human;
pub mod json;
pub mod page;
pub mod progress;
pub mod role;
pub mod snapshot;
pub mod status;
pub mod status_json;
mod status_words;
mod swap;
pub mod waivers;
