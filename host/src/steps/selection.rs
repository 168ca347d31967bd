//! Which objects a step is for: `-n`, `-A`, `-l` and `TYPE[.GROUP][/NAME]`, read as kubectl reads them.

use asogate_core::object::{GroupKind, ObjectKey};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// Namespaces to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// One namespace (`-n`).
    One(String),
    /// All of them (`-A`).
    All,
}

/// A positional argument: objects of one type, or one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceArgument {
    /// Plural, singular, short name or kind, in any case.
    pub resource: String,
    /// API group, if given.
    pub group: Option<String>,
    /// Name, if given.
    pub name: Option<String>,
}

impl FromStr for ResourceArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (resource, name) = match text.split_once('/') {
            Some((_, "")) => return Err(format!("`{text}` names no object after the `/`")),
            Some((resource, name)) => (resource, Some(name.to_owned())),
            None => (text, None),
        };
        if resource.is_empty() || name.as_ref().is_some_and(|name| name.contains('/')) {
            return Err(format!(
                "`{text}` is not TYPE, TYPE.GROUP or TYPE.GROUP/NAME"
            ));
        }
        let (resource, group) = match resource.split_once('.') {
            Some((resource, group)) => (resource, Some(group.to_owned())),
            None => (resource, None),
        };
        Ok(ResourceArgument {
            resource: resource.to_lowercase(),
            group,
            name,
        })
    }
}

impl fmt::Display for ResourceArgument {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.resource)?;
        if let Some(group) = &self.group {
            write!(out, ".{group}")?;
        }
        if let Some(name) = &self.name {
            write!(out, "/{name}")?;
        }
        Ok(())
    }
}

/// One requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// A label selector (`-l`): `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas.
/// As in Kubernetes, `a!=b` and `a notin (b)` also match objects without the label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

impl LabelSelector {
    /// Whether these labels are selected.
    pub fn matches(&self, labels: &Map<String, Value>) -> bool {
        let label = |name: &str| labels.get(name).and_then(Value::as_str);
        let within = |name: &str, values: &[String]| {
            label(name).is_some_and(|label| values.iter().any(|value| value == label))
        };
        self.requirements
            .iter()
            .all(|requirement| match requirement {
                Requirement::In(name, values) => within(name, values),
                Requirement::NotIn(name, values) => !within(name, values),
                Requirement::Exists(name) => labels.contains_key(name),
                Requirement::Absent(name) => !labels.contains_key(name),
            })
    }

    /// Whether the selector selects everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }
}

impl FromStr for LabelSelector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let requirements = split_outside_parentheses(text)
            .map(|part| {
                requirement(part.trim()).map_err(|why| format!("label selector `{text}`: {why}"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(LabelSelector { requirements })
    }
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    text.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    })
}

fn requirement(part: &str) -> Result<Requirement, String> {
    if let Some(name) = part.strip_prefix('!') {
        return Ok(Requirement::Absent(label_name(name)?));
    }
    if let Some((name, value)) = part.split_once("!=") {
        return Ok(Requirement::NotIn(
            label_name(name)?,
            vec![label_value(value)?],
        ));
    }
    if let Some((name, value)) = part.split_once('=') {
        let value = value.strip_prefix('=').unwrap_or(value);
        return Ok(Requirement::In(
            label_name(name)?,
            vec![label_value(value)?],
        ));
    }
    let Some((name, rest)) = part.split_once(char::is_whitespace) else {
        return Ok(Requirement::Exists(label_name(part)?));
    };
    let (operator, values) = rest
        .trim()
        .split_once('(')
        .ok_or_else(|| format!("`{part}` is not a requirement"))?;
    let values = values
        .trim_end()
        .strip_suffix(')')
        .ok_or_else(|| format!("`{part}` has no `)`"))?;
    let values = values
        .split(',')
        .map(label_value)
        .collect::<Result<Vec<_>, _>>()?;
    match operator.trim() {
        "in" => Ok(Requirement::In(label_name(name)?, values)),
        "notin" => Ok(Requirement::NotIn(label_name(name)?, values)),
        other => Err(format!(
            "`{other}` is not an operator; use =, !=, in or notin"
        )),
    }
}

fn label_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    let legal = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
    if name.is_empty() || !name.chars().all(legal) {
        return Err(format!("`{name}` is not a label name"));
    }
    Ok(name.to_owned())
}

fn label_value(value: &str) -> Result<String, String> {
    let value = value.trim();
    let legal = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if value.len() > 63 || !value.chars().all(legal) {
        return Err(format!("`{value}` is not a label value"));
    }
    Ok(value.to_owned())
}

/// What the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Namespaces.
    pub namespaces: Namespaces,
    /// Labels.
    pub labels: LabelSelector,
    /// Types and objects; empty for every type that the step is about.
    pub resources: Vec<ResourceArgument>,
}

/// A kind under the names that kubectl takes for it.
pub trait KindNames {
    /// Whether `resource` (lower case) is the plural, singular, a short name or the kind itself.
    fn is_called(&self, kind: &GroupKind, resource: &str) -> bool;
}

impl Selection {
    /// Whether an object is selected, and by which arguments (their positions; empty if none were given).
    pub fn selects(
        &self,
        key: &ObjectKey,
        labels: &Map<String, Value>,
        names: &impl KindNames,
    ) -> Option<Vec<usize>> {
        let in_namespace = match (&self.namespaces, &key.namespace) {
            (Namespaces::All, _) => true,
            (Namespaces::One(wanted), namespace) => namespace.as_ref() == Some(wanted),
        };
        if !in_namespace || !self.labels.matches(labels) {
            return None;
        }
        if self.resources.is_empty() {
            return Some(vec![]);
        }
        let by: Vec<usize> = self
            .resources
            .iter()
            .enumerate()
            .filter(|(_, argument)| {
                argument
                    .group
                    .as_ref()
                    .is_none_or(|group| *group == key.kind.group)
                    && argument.name.as_ref().is_none_or(|name| *name == key.name)
                    && names.is_called(&key.kind, &argument.resource)
            })
            .map(|(position, _)| position)
            .collect();
        (!by.is_empty()).then_some(by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(text: &str, labels: Value) -> bool {
        text.parse::<LabelSelector>()
            .unwrap()
            .matches(labels.as_object().unwrap())
    }

    #[test]
    fn label_selectors_mean_what_they_mean_to_kubectl() {
        let shop = || json!({"app": "shop", "tier": "db"});
        for (selector, matches) in [
            ("app=shop", true),
            ("app==shop,tier=db", true),
            ("app!=shop", false),
            ("team!=a", true),
            ("app in (shop, cart),tier", true),
            ("app notin (shop)", false),
            ("team notin (shop)", true),
            ("!team", true),
            ("team", false),
        ] {
            assert_eq!(labels(selector, shop()), matches, "{selector}");
        }
    }

    #[test]
    fn misspelt_label_selectors_are_refused_with_their_text() {
        for selector in [
            "",
            "a=b,",
            "=b",
            "a in b",
            "a within (b)",
            "a in (b",
            "a=b c",
            "a b",
        ] {
            let error = selector.parse::<LabelSelector>().unwrap_err();
            assert!(error.contains(&format!("`{selector}`")), "{error}");
        }
    }

    #[test]
    fn resource_arguments_split_into_type_group_and_name() {
        let parse = |text: &str| text.parse::<ResourceArgument>();
        assert_eq!(
            parse("StorageAccounts.azure.microsoft.com/media").unwrap(),
            ResourceArgument {
                resource: "storageaccounts".into(),
                group: Some("azure.microsoft.com".into()),
                name: Some("media".into())
            }
        );
        for text in ["", "/media", "a/", "a/b/c"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
