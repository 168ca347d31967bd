//! `asogate:policy@0.1` as Rust types, and nowhere else: every value is converted to or from a type of `asogate-core` in
//! this module.
//!
//! Written by hand instead of generated, because what goes in borrows from the host's tables (a generated binding would
//! copy a cluster per policy), and because every field of what comes out is checked where it is converted. Names, order
//! and types are those of `wit/policy.wit`; wasmtime compares them with those of each component at load.

mod findings;
mod input;
mod manifest;
mod selectors;
mod text;

pub(super) use findings::answer;
pub(super) use input::{InputRef, size_of_input};
pub(super) use manifest::manifest;
pub(super) use selectors::selectors;
pub(super) use text::shown;

use asogate_core::finding;
use wasmtime::component::{ComponentType, Lift};

/// The exported interface, up to the part of its version that may grow. A component that was made for another 0.1.x
/// has the same types.
pub(super) const INTERFACE: &str = "asogate:policy/policy@0.1.";

/// Parameters and result of each function, as wasmtime wants them.
pub(super) type DescribeResult = (manifest::Manifest,);
pub(super) type ReadsParams<'a> = (&'a str,);
pub(super) type ReadsResult = (Result<Vec<selectors::Selector>, String>,);
pub(super) type EvaluateParams<'a> = (InputRef<'a>, &'a str);
pub(super) type EvaluateResult = (Result<Vec<findings::Finding>, String>,);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(
    dead_code,
    reason = "its values are made by wasmtime, which reads them from the guest's memory"
)]
pub(super) enum Level {
    #[component(name = "deny")]
    Deny,
    #[component(name = "warn")]
    Warn,
    #[component(name = "info")]
    Info,
}

impl From<Level> for finding::Level {
    fn from(level: Level) -> finding::Level {
        match level {
            Level::Deny => finding::Level::Deny,
            Level::Warn => finding::Level::Warn,
            Level::Info => finding::Level::Info,
        }
    }
}
