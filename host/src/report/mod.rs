//! Shows values to people and programs: the only place that prints.

pub mod human;
pub mod json;
pub mod page;
