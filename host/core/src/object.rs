//! The identity of Kubernetes objects.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of object, whatever its API version. Written `Kind.group`, or `Kind` for the core group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupKind {
    /// API group; empty for the core group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Kind, in its exact spelling.
    pub kind: String,
}

impl GroupKind {
    /// The kind `kind` of the API group `group` (empty for the core group).
    pub fn new(group: impl Into<String>, kind: impl Into<String>) -> Self {
        GroupKind {
            group: group.into(),
            kind: kind.into(),
        }
    }
}

impl fmt::Display for GroupKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(out, ".{}", self.group)?;
        }
        Ok(())
    }
}

/// What names one object in a cluster. Written `Kind.group namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectKey {
    /// Group and kind.
    #[serde(flatten)]
    pub kind: GroupKind,
    /// Namespace; none for objects without one (and for manifests that name none).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(out, "{namespace}/")?;
        }
        out.write_str(&self.name)
    }
}

/// An object of a snapshot or one that a plan creates: a number from 1, the same everywhere in one run. Objects of the
/// snapshot come first, in the order in which they were read; created ones follow in the order of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(u32);

impl ObjectId {
    /// The id of the object at `index` (from 0).
    pub fn from_index(index: usize) -> ObjectId {
        ObjectId(
            u32::try_from(index)
                .unwrap_or(u32::MAX - 1)
                .saturating_add(1),
        )
    }

    /// The object's position, from 0.
    pub fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// The number as it crosses into policies, from 1.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The id with this number; none for 0, which stands for "no object".
    pub fn from_number(number: u32) -> Option<ObjectId> {
        (number > 0).then_some(ObjectId(number))
    }
}

/// Splits an `apiVersion` into group and version: `apps/v1` gives `("apps", "v1")`, `v1` gives `("", "v1")`.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_as_messages_show_them() {
        let key = ObjectKey {
            kind: GroupKind::new("azure.microsoft.com", "StorageAccount"),
            namespace: Some("shop".into()),
            name: "media".into(),
        };
        assert_eq!(
            key.to_string(),
            "StorageAccount.azure.microsoft.com shop/media"
        );
        let namespace = ObjectKey {
            kind: GroupKind::new("", "Namespace"),
            namespace: None,
            name: "shop".into(),
        };
        assert_eq!(namespace.to_string(), "Namespace shop");
    }

    #[test]
    fn api_versions_split_into_group_and_version() {
        assert_eq!(
            split_api_version("storage.azure.com/v20250601"),
            ("storage.azure.com", "v20250601")
        );
        assert_eq!(split_api_version("v1"), ("", "v1"));
    }
}
