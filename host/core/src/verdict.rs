//! From findings and waivers to one verdict.

use serde::{Deserialize, Serialize};

/// What the gate says of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Everything was determined and nothing is in the way.
    Pass,
    /// A deny finding without waiver blocks the plan.
    Fail,
    /// Something could not be determined.
    Unknown,
}
