//! The domain of asogate, in the order in which it is used: a [`snapshot`] of cluster objects (read as far as
//! [`selector`]s ask for it), a [`plan`] of [`change`]s, their consequences ([`simulate`]), the [`projection`] that
//! policies judge, their [`finding`]s, [`waiver`]s, the [`verdict`], and the [`permit`] that only an open gate issues.
//!
//! This crate does no input or output, has no clock, no threads and knows neither Kubernetes clients nor
//! WebAssembly. It knows Kubernetes' object model, and nothing of Azure Service Operator.

pub mod change;
pub mod coverage;
pub mod digest;
pub mod extract;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod input;
pub mod object;
pub mod parts;
pub mod permit;
pub mod plan;
pub mod pool;
pub mod projection;
pub mod selector;
pub mod simulate;
mod slots;
pub mod snapshot;
pub mod statement;
pub mod verdict;
pub mod waiver;
