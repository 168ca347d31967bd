//! What can be set.

use serde::Deserialize;

/// The settings. Nothing is limited by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// How many objects a plan may change, consequences included.
    pub max_objects: Option<u32>,
    /// Kinds whose objects must not change: `Kind.group`, `*.group` for every kind of a group, `Kind` of the core group.
    pub frozen_kinds: Vec<String>,
    /// Namespaces whose objects must not change.
    pub frozen_namespaces: Vec<String>,
}

/// The JSON Schema of [`Settings`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "maxObjects": {
      "description": "How many objects a plan may change, consequences included.",
      "type": "integer", "minimum": 1, "maximum": 4294967295
    },
    "frozenKinds": {
      "description": "Kinds whose objects must not change: Kind.group, *.group for every kind of a group, Kind of the core group.",
      "type": "array", "maxItems": 50,
      "items": {"type": "string", "pattern": "^([A-Z][A-Za-z0-9]*|[*])([.]([*][.])?[a-z0-9.-]+)?$"}
    },
    "frozenNamespaces": {
      "description": "Namespaces whose objects must not change.",
      "type": "array", "maxItems": 1000,
      "items": {"type": "string", "pattern": "^[a-z0-9-]+$"}
    }
  }
}"#;

/// The kind and group of an entry of `frozenKinds`.
pub(crate) fn kind_and_group(entry: &str) -> (&str, &str) {
    entry.split_once('.').unwrap_or((entry, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_split_into_kind_and_group() {
        assert_eq!(kind_and_group("Secret"), ("Secret", ""));
        assert_eq!(
            kind_and_group("CosmosDB.azure.microsoft.com"),
            ("CosmosDB", "azure.microsoft.com")
        );
        assert_eq!(kind_and_group("*.*.azure.com"), ("*", "*.azure.com"));
    }
}
