//! The configuration file `asogate.yaml`: which policies run with which settings, changed levels, waivers.
//!
//! `schemas/asogate.schema.json` describes the same for editors; a test keeps the two equal.

use asogate_core::finding::{Code, Level};
use asogate_core::waiver::{Waiver, WaiverError};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `apiVersion` of the file.
pub const API_VERSION: &str = "asogate.dev/v1alpha1";
/// `kind` of the file.
pub const KIND: &str = "Configuration";

/// What the configuration file says. Every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    api_version: String,
    kind: String,
    /// Policies: settings of built-in ones, and the organisation's own.
    #[serde(default)]
    pub policies: Vec<PolicyEntry>,
    /// Levels that codes get instead of the policy's.
    #[serde(default)]
    pub levels: BTreeMap<Code, Level>,
    /// Accepted findings.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
}

/// One policy. Exactly one of `name` and `path` is given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyEntry {
    /// A built-in policy.
    pub name: Option<String>,
    /// A component file, relative to the folder of the configuration file.
    pub path: Option<PathBuf>,
    /// Digest of that file, `sha256:…`: another file is refused.
    pub sha256: Option<String>,
    /// Whether the policy runs.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Settings for the policy, as its schema says.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

fn yes() -> bool {
    true
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A field is unknown, missing or has the wrong type.
    #[error("{reason}")]
    Field {
        /// The path of the field, as segments.
        path: Vec<String>,
        /// What is wrong.
        reason: String,
    },
    /// A waiver is not one.
    #[error("{error}{}", match more { 0 => String::new(), 1 => " (and so for 1 waiver more)".into(), more => format!(" (and so for {more} waivers more)") })]
    Waiver {
        /// Position in the list, from 0.
        index: usize,
        /// What is wrong.
        error: WaiverError,
        /// How many others are not one either.
        more: usize,
    },
}

impl ConfigError {
    /// The path in the file of what is wrong.
    pub fn path(&self) -> Vec<String> {
        match self {
            ConfigError::Field { path, .. } => path.clone(),
            ConfigError::Waiver { index, error, .. } => {
                vec!["waivers".into(), index.to_string(), error.field().into()]
            }
        }
    }
}

impl Config {
    /// Reads a configuration from its tree.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the path of the first thing that is wrong.
    pub fn from_value(value: Value) -> Result<Config, ConfigError> {
        let config: Config = serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().iter().filter_map(segment).collect();
            ConfigError::Field {
                path,
                reason: error.into_inner().to_string(),
            }
        })?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let field = |path: &[&str], reason: String| {
            Err(ConfigError::Field {
                path: path.iter().map(|part| (*part).to_owned()).collect(),
                reason,
            })
        };
        if self.api_version != API_VERSION {
            return field(
                &["apiVersion"],
                format!(
                    "apiVersion is `{}`, but must be `{API_VERSION}`",
                    self.api_version
                ),
            );
        }
        if self.kind != KIND {
            return field(
                &["kind"],
                format!("kind is `{}`, but must be `{KIND}`", self.kind),
            );
        }
        for (index, entry) in self.policies.iter().enumerate() {
            let at = index.to_string();
            match (&entry.name, &entry.path) {
                (Some(_), None) | (None, Some(_)) => {}
                _ => {
                    return field(
                        &["policies", &at],
                        "a policy needs either `name` or `path`".into(),
                    );
                }
            }
            let mut earlier = self.policies.iter().take(index);
            if let Some(name) = &entry.name
                && earlier.any(|earlier| earlier.name == entry.name)
            {
                let reason = format!(
                    "policy `{name}` stands twice; write all that is said of it in one place"
                );
                return field(&["policies", &at, "name"], reason);
            }
            if entry.path.is_some() && entry.sha256.is_none() {
                let reason = "a policy file needs `sha256: sha256:…`, so that nobody can put another one in its place; \
                              `asogate policy inspect FILE` shows the digest";
                return field(&["policies", &at], reason.into());
            }
            if entry.path.is_none() && entry.sha256.is_some() {
                return field(
                    &["policies", &at, "sha256"],
                    "only a policy with `path` has a `sha256`".into(),
                );
            }
        }
        let waivers = self.waivers.iter().enumerate();
        let mut wrong =
            waivers.filter_map(|(index, waiver)| Some((index, waiver.validate().err()?)));
        match wrong.next() {
            Some((index, error)) => Err(ConfigError::Waiver {
                index,
                error,
                more: wrong.count(),
            }),
            None => Ok(()),
        }
    }
}

fn segment(segment: &serde_path_to_error::Segment) -> Option<String> {
    match segment {
        serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
        serde_path_to_error::Segment::Map { key } => Some(key.clone()),
        serde_path_to_error::Segment::Enum { variant } => Some(variant.clone()),
        serde_path_to_error::Segment::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(rest: Value) -> Value {
        let mut config = json!({"apiVersion": API_VERSION, "kind": KIND});
        config
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        config
    }

    /// Contents, and whether they are a configuration.
    fn cases() -> Vec<(Value, bool)> {
        let waiver = json!({"code": "namespace/default", "subject": "*", "reason": "r", "owner": "o", "expires": "2026-12-31"});
        let without = |field: &str| {
            let mut waiver = waiver.clone();
            waiver.as_object_mut().unwrap().remove(field);
            config(json!({"waivers": [waiver]}))
        };
        vec![
            (config(json!({})), true),
            (config(json!({"waivers": [waiver]})), true),
            (
                config(json!({"levels": {"skip-reconcile/misspelt-key": "deny"}})),
                true,
            ),
            (
                config(
                    json!({"policies": [{"name": "namespace", "enabled": false, "settings": {"a": 1}}]}),
                ),
                true,
            ),
            (
                config(
                    json!({"policies": [{"path": "own.wasm", "sha256": format!("sha256:{}", "a".repeat(64))}]}),
                ),
                true,
            ),
            (json!({}), false),
            (json!({"apiVersion": "v1", "kind": KIND}), false),
            (json!({"apiVersion": API_VERSION, "kind": "Other"}), false),
            (config(json!({"polices": []})), false),
            (config(json!({"levels": {"misspelt": "deny"}})), false),
            (config(json!({"levels": {"a/b": "off"}})), false),
            (config(json!({"policies": [{}]})), false),
            (
                config(json!({"policies": [{"name": "a", "path": "b"}]})),
                false,
            ),
            (config(json!({"policies": [{"path": "own.wasm"}]})), false),
            (
                config(json!({"policies": [{"name": "a", "sha256": "sha256:x"}]})),
                false,
            ),
            (
                config(json!({"policies": [{"name": "a", "setings": {}}]})),
                false,
            ),
            (without("reason"), false),
            (without("owner"), false),
            (without("expires"), false),
            (without("subject"), false),
            (without("code"), false),
            (
                config(
                    json!({"waivers": [{"code": "*/*", "subject": "*", "reason": "r", "owner": "o", "expires": "2026-12-31"}]}),
                ),
                false,
            ),
            (
                config(
                    json!({"waivers": [{"code": "a/b", "subject": "*", "reason": "r", "owner": "o", "expires": "soon"}]}),
                ),
                false,
            ),
        ]
    }

    #[test]
    fn only_well_formed_configurations_are_read() {
        for (value, valid) in cases() {
            assert_eq!(Config::from_value(value.clone()).is_ok(), valid, "{value}");
        }
    }

    #[test]
    fn a_policy_that_stands_twice_is_refused_because_one_entry_would_count_for_nothing() {
        let twice =
            json!({"policies": [{"name": "a", "enabled": false}, {"name": "b"}, {"name": "a"}]});
        let error = Config::from_value(config(twice)).unwrap_err();
        assert_eq!(error.path(), ["policies", "2", "name"]);
        assert!(error.to_string().contains("`a` stands twice"), "{error}");
    }

    #[test]
    fn the_published_schema_says_the_same() {
        let schema: Value =
            serde_json::from_str(include_str!("../../schemas/asogate.schema.json")).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        for (value, valid) in cases() {
            assert_eq!(schema.is_valid(&value), valid, "{value}");
        }
    }

    #[test]
    fn errors_carry_the_path_of_the_field() {
        let error = Config::from_value(config(json!({"policies": [{"name": "a", "setings": {}}]})))
            .unwrap_err();
        assert_eq!(error.path(), ["policies", "0", "setings"]);
    }
}
