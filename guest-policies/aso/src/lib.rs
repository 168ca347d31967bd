//! What asogate knows of Azure Service Operator (ASO) v1 and v2: [`v1`] kinds and [`v2`] kinds, the Azure resource that an
//! object stands for ([`identity`], [`arm_id`]), what the annotations [`skipreconcile`] and [`reconcile_policy`] really do,
//! which Secrets v1 writes ([`secret_names`]) and where their keys come from in v2 ([`key_mapping`]), and the operators'
//! own Secrets and [`settings`].
//!
//! The crate is compiled into policies, so it has no dependencies, no state and no I/O; facts are `static` tables in
//! `data`, one line each, that can be read and extended without touching the code. A table that a policy does not use is
//! left out when the policy is linked. With the feature `policy` there is one more module: `rows` reads all this from
//! the tables of a policy.
//!
//! Where a fact comes from is said beside it: FACTS and OBSERVED are `aso/FACTS.md` (from ASO's sources) and
//! `aso/OBSERVED.md` (from running the real operators); where they differ, OBSERVED is right.

pub mod annotations;
pub mod arm_id;
pub mod built_ins;
pub mod identity;
pub mod key_mapping;
pub mod namespaces;
pub mod operators;
pub mod reconcile_policy;
pub mod reserved;
#[cfg(feature = "policy")]
pub mod rows;
pub mod secret_names;
pub mod settings;
pub mod skipreconcile;
pub mod spelling;
pub mod v1;
pub mod v2;
pub mod versions;

mod data {
    pub(crate) mod built_ins;
    pub(crate) mod key_mapping;
    pub(crate) mod v1_addresses;
    pub(crate) mod v1_kinds;
    pub(crate) mod v1_owners;
    pub(crate) mod v1_secrets;
    pub(crate) mod v2_exports;
    pub(crate) mod v2_kinds;
    pub(crate) mod v2_versions;
}
