//! Settings of policies, and the JSON Schemas that they must match before a policy sees them.

use super::limits;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

/// The schema that a policy declares for its settings.
#[derive(Debug)]
pub struct SettingsSchema {
    json: Value,
    validator: Validator,
}

/// Settings that match the schema of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings(String);

impl Settings {
    /// The JSON text that crosses into the policy.
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

/// One place where settings do not match the schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {why}")]
pub struct SettingsError {
    /// Where, as a path with dots from the settings of the policy; `.` for the settings as a whole.
    pub path: String,
    /// What is wrong there.
    pub why: String,
}

impl SettingsSchema {
    /// Reads a JSON Schema (2020-12). The error continues a sentence about the schema.
    pub(super) fn parse(text: &str) -> Result<SettingsSchema, String> {
        if text.len() > limits::SCHEMA_BYTES {
            return Err(format!(
                "has {} bytes; the limit is {}",
                text.len(),
                limits::SCHEMA_BYTES
            ));
        }
        let json: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        check_cost(&json, 0, false)?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .offline()
            // Linear in the length of the setting, whatever the pattern.
            .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
            .build(&json)
            .map_err(|error| {
                let why = super::bindings::shown(&error.to_string(), limits::LINE_BYTES);
                format!("is not a JSON Schema: {why}")
            })?;
        Ok(SettingsSchema { json, validator })
    }

    /// The schema itself.
    pub fn as_json(&self) -> &Value {
        &self.json
    }

    /// Checks settings against the schema.
    ///
    /// # Errors
    ///
    /// Every place that does not match.
    pub fn check(&self, settings: &Value) -> Result<Settings, Vec<SettingsError>> {
        let whole = |why: String| {
            vec![SettingsError {
                path: ".".into(),
                why,
            }]
        };
        if !settings.is_object() {
            return Err(whole("settings are a map of names to values".into()));
        }
        let text = settings.to_string();
        if text.len() > limits::SETTINGS_BYTES {
            return Err(whole(format!(
                "has {} bytes; the limit is {}",
                text.len(),
                limits::SETTINGS_BYTES
            )));
        }
        let errors: Vec<SettingsError> = self
            .validator
            .iter_errors(settings)
            .map(|error| SettingsError {
                path: dotted(error.instance_path().as_str()),
                why: match error.kind() {
                    // What the validator says of it does not help anybody.
                    ValidationErrorKind::FalseSchema => "the policy takes no such setting".into(),
                    _ => super::bindings::shown(&error.to_string(), limits::LINE_BYTES),
                },
            })
            .collect();
        if errors.is_empty() {
            Ok(Settings(text))
        } else {
            Err(errors)
        }
    }
}

/// Refuses schemas that could keep the host busy: validation runs outside the sandbox, and references to references, or
/// deep nesting, double the work at every level.
fn check_cost(schema: &Value, depth: usize, in_definition: bool) -> Result<(), String> {
    if depth > limits::SCHEMA_DEPTH {
        return Err(format!(
            "is nested more than {} levels deep",
            limits::SCHEMA_DEPTH
        ));
    }
    match schema {
        Value::Array(items) => items.iter().try_for_each(|item| check_cost(item, depth + 1, in_definition)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| match (name.as_str(), value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(target))
                if in_definition || name != "$ref" || !target.starts_with("#/$defs/") =>
            {
                let target = super::bindings::shown(target, limits::NAME_BYTES);
                Err(format!(
                    "has a `{name}` to `{target}`; only `$ref` to `#/$defs/…` is possible, and not from within `$defs`"
                ))
            }
            _ => check_cost(value, depth + 1, in_definition || name == "$defs"),
        }),
        _ => Ok(()),
    }
}

/// A JSON pointer as people write it: `.list.0.name`.
fn dotted(pointer: &str) -> String {
    match pointer.strip_prefix('/') {
        None => ".".into(),
        Some(path) => path
            .split('/')
            .map(|part| format!(".{}", part.replace("~1", "/").replace("~0", "~")))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema(json: Value) -> SettingsSchema {
        SettingsSchema::parse(&json.to_string()).unwrap()
    }

    #[test]
    fn every_place_that_does_not_match_is_told() {
        let schema = schema(json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "limit": {"type": "integer"},
                "frozen": {"type": "array", "items": {"$ref": "#/$defs/name"}},
            },
            "$defs": {"name": {"type": "string"}},
        }));
        assert_eq!(
            schema.check(&json!({"limit": 3})).unwrap().as_json(),
            r#"{"limit":3}"#
        );
        let errors = schema
            .check(&json!({"limit": "3", "frozen": ["a", 1], "x/y": 0}))
            .unwrap_err();
        let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
        assert!(
            paths.contains(&".limit") && paths.contains(&".frozen.1") && paths.contains(&"."),
            "{errors:?}"
        );
        assert!(
            schema.check(&json!([])).unwrap_err()[0]
                .why
                .contains("map of names")
        );
    }

    #[test]
    fn settings_are_bounded() {
        let long = json!({"a": "x".repeat(limits::SETTINGS_BYTES)});
        let errors = schema(json!({})).check(&long).unwrap_err();
        assert!(errors[0].why.contains("the limit is 262144"), "{errors:?}");
    }

    #[test]
    fn what_is_not_a_schema_is_told_from_what_is_not_json() {
        let refused = |text: &str| SettingsSchema::parse(text).unwrap_err();
        assert!(refused("{").starts_with("is not JSON"));
        assert!(refused(r#"{"type": "text"}"#).starts_with("is not a JSON Schema"));
        assert!(refused(r#"{"pattern": "("}"#).starts_with("is not a JSON Schema"));
        assert!(refused(&" ".repeat(limits::SCHEMA_BYTES + 1)).contains("the limit is"));
    }

    #[test]
    fn schemas_that_multiply_the_work_of_the_host_are_refused() {
        let mut definitions = serde_json::Map::new();
        for level in 0..40 {
            let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
            definitions.insert(format!("d{level}"), json!({"allOf": [next, next]}));
        }
        let doubling = json!({"$ref": "#/$defs/d0", "$defs": definitions});
        let deep = (0..40).fold(
            json!({"type": "object"}),
            |inner, _| json!({"unevaluatedProperties": false, "anyOf": [inner]}),
        );
        for schema in [
            doubling,
            deep,
            json!({"$ref": "#"}),
            json!({"$ref": "https://example.com/schema"}),
            json!({"$dynamicRef": "#x"}),
        ] {
            let why = SettingsSchema::parse(&schema.to_string()).unwrap_err();
            assert!(
                why.contains("$defs") || why.contains("levels deep"),
                "{why}"
            );
        }
    }

    #[test]
    fn pointers_are_shown_as_paths() {
        assert_eq!(dotted(""), ".");
        assert_eq!(dotted("/a/0/b~1c~0d"), ".a.0.b/c~d");
    }
}
