//! For policies that compare v1 with v2: objects as rows of two tables, the Azure resource of each, and a way to find the v2
//! objects for some resources without working out the resource of every object of a big cluster.
//!
//! Subscriptions are left out of the comparison ([`place`]): whether an object uses the right one is the business of
//! the policy `credential-scope`, and names are unique without it nearly always.

mod places;
mod v1;
mod v2;

pub use places::{Places, place};
pub use v1::V1Objects;
pub use v2::V2Objects;

/// What stands for a subscription that is not known.
pub const UNKNOWN_SUBSCRIPTION: &str = "unknown";
