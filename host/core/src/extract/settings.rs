//! The settings of operators that are not secret: allow-listed keys of Secrets, and what their Deployments say.

use super::env::Env;
use crate::pool::Intern;
use crate::selector::{OperatorDeployment, Relation, SettingsSecret};
use serde::Deserialize;
use serde_json::Value;

impl<P: Intern> Env<'_, P> {
    fn setting(&mut self, operator: &str, setting: &str, value: &str) {
        let row = [
            self.pool.intern(operator),
            self.draft.namespace,
            self.pool.intern(setting),
            self.pool.intern(value),
        ];
        self.draft.relations.push((Relation::OperatorSettings, row));
    }

    /// Adds the settings that a snapshot file has recorded.
    pub(super) fn recorded_settings(&mut self, json: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Recorded {
            operator: String,
            setting: String,
            value: String,
        }
        let settings: Vec<Recorded> = serde_json::from_str(json).map_err(|_| {
            "`operatorSettings` must be a list of `{operator, setting, value}`, all of them strings".to_owned()
        })?;
        for recorded in settings {
            self.setting(&recorded.operator, &recorded.setting, &recorded.value);
        }
        Ok(())
    }

    /// Adds the settings that the Deployment of an operator gives.
    pub(super) fn deployment_settings(
        &mut self,
        rule: &OperatorDeployment,
        spec: &Value,
        status: &Value,
    ) {
        let name = self.pool.text(self.draft.name).to_owned();
        self.setting(rule.operator, "deployment", &name);
        let containers = spec
            .pointer("/template/spec/containers")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let label = self.scratch.facts.version_label.take();
        let version = label.or_else(|| {
            let image = containers.first()?.get("image")?.as_str()?;
            Some(tag(image)?.to_owned())
        });
        if let Some(version) = version {
            self.setting(rule.operator, "version", &version);
        }
        let count = |value: Option<&Value>, default: u64| {
            value.and_then(Value::as_u64).unwrap_or(default).to_string()
        };
        self.setting(rule.operator, "replicas", &count(spec.get("replicas"), 1));
        let ready = count(status.get("readyReplicas"), 0);
        self.setting(rule.operator, "ready-replicas", &ready);
        for flag in rule.arguments {
            if let Some(value) = containers
                .iter()
                .find_map(|container| argument(container, flag))
            {
                self.setting(rule.operator, &format!("argument:{flag}"), value);
            }
        }
        for variable in rule.environment {
            if let Some(value) = containers
                .iter()
                .find_map(|container| environment(container, variable))
            {
                self.setting(rule.operator, &format!("environment:{variable}"), value);
            }
        }
    }
}

/// Adds what the rule allows to be read of one value of a Secret.
pub(super) fn secret_setting<P: Intern>(
    env: &mut Env<'_, P>,
    rule: &SettingsSecret,
    key: &str,
    value: &[u8],
) {
    for allowed in rule.keys {
        if *allowed == key {
            // Settings are text; bytes that are not cannot be one.
            if let Ok(value) = std::str::from_utf8(value) {
                env.setting(rule.operator, key, value);
            }
        } else if allowed.strip_prefix("presence:") == Some(key) && !value.is_empty() {
            env.setting(rule.operator, allowed, "true");
        }
    }
}

/// The tag of an image: what follows the last colon, unless that belongs to a registry's port or a digest follows.
fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    let (_, tag) = image.rsplit_once(':')?;
    (!tag.contains('/') && !tag.is_empty()).then_some(tag)
}

/// The value of a flag, as `--flag=value` or as `--flag value`.
fn argument<'v>(container: &'v Value, flag: &str) -> Option<&'v str> {
    let words = ["command", "args"]
        .into_iter()
        .filter_map(|field| container.get(field)?.as_array())
        .flatten()
        .filter_map(Value::as_str);
    let mut given = None;
    let mut takes_next = false;
    // As Go's flag package does it: the last one counts.
    for word in words {
        if takes_next {
            given = Some(word);
            takes_next = false;
        } else if let Some(rest) = word.strip_prefix(flag) {
            match rest.strip_prefix('=') {
                Some(value) => given = Some(value),
                None => takes_next = rest.is_empty(),
            }
        }
    }
    given
}

fn environment<'v>(container: &'v Value, variable: &str) -> Option<&'v str> {
    let variables = container.get("env")?.as_array()?;
    let found = variables
        .iter()
        .rfind(|entry| entry.get("name").and_then(Value::as_str) == Some(variable))?;
    found.get("value").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_are_not_confused_with_ports_and_digests() {
        assert_eq!(tag("mcr.microsoft.com/k8s/aso:v2.13.0"), Some("v2.13.0"));
        assert_eq!(tag("registry:5000/aso:v2@sha256:abc"), Some("v2"));
        assert_eq!(tag("registry:5000/aso"), None);
        assert_eq!(tag("aso"), None);
    }

    #[test]
    fn flags_are_read_in_both_spellings_and_the_last_one_counts() {
        let container = json!({"args": ["--crd-pattern", "a/*", "--crd-pattern-x=no", "--v=2", "--crd-pattern=b/*"]});
        assert_eq!(argument(&container, "--crd-pattern"), Some("b/*"));
        assert_eq!(argument(&container, "--v"), Some("2"));
        assert_eq!(argument(&container, "--none"), None);
    }
}
