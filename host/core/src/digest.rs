//! temporary
use sha2::{Digest as _, Sha256};
/// d
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Digest(String);
impl Digest {
    /// x
    pub fn of_bytes(b: &[u8]) -> Digest { Digest(format!("sha256:{}", Sha256::digest(b).iter().map(|b| format!("{b:02x}")).collect::<String>())) }
    /// x
    pub fn of_canonical_json(v: &serde_json::Value) -> Digest { Digest::of_bytes(v.to_string().as_bytes()) }
    /// x
    pub fn of_snapshot(s: &crate::snapshot::Snapshot) -> Digest { Digest::of_bytes(s.len().to_string().as_bytes()) }
}
impl std::fmt::Display for Digest { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) } }
