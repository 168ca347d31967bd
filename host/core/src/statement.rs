//! A finding in the words that people read: with the names of its objects, its position in a file, and the level that
//! the configuration gives it.

use crate::change::Position;
use crate::finding::{Code, Finding, Level, Moment, Remedy};
use crate::object::{ObjectId, ObjectKey};
use serde::Serialize;

/// A finding, ready to be judged and shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// How bad it is, after the configuration had its say.
    pub level: Level,
    /// `policy/code`.
    pub code: Code,
    /// The object it is about; none for the plan as a whole.
    pub subject: Option<ObjectKey>,
    /// When it is true.
    pub moment: Moment,
    /// Where the object (or the part that is wrong) stands in a file.
    pub position: Option<Position>,
    /// The path in the object that is wrong.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What would happen because of it.
    pub why: String,
    /// What can be done.
    pub remedies: Vec<Remedy>,
    /// Other objects that play a part.
    pub related: Vec<ObjectKey>,
    /// Findings about the same object that would be its cause.
    pub follows: Vec<Code>,
    /// The resource outside the cluster that the object stands for; none if it stands for none.
    pub stands_for: Option<StandsFor>,
}

/// The resource outside the cluster for which an object stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StandsFor {
    /// Its id; none if that is not known.
    pub id: Option<String>,
    /// Whether the object stands for something inside this resource that has no id of its own.
    pub inside: bool,
    /// Why the id is not known.
    pub unidentified: Option<String>,
}

impl Statement {
    /// The subject as waivers match it: the object, the command of a runbook as it is written, or `plan`.
    pub fn subject_text(&self) -> String {
        match (self.command(), &self.subject) {
            (Some(command), _) => command.to_owned(),
            (None, Some(object)) => object.to_string(),
            (None, None) => "plan".to_owned(),
        }
    }

    /// The command of a runbook that it is about, if it is about one.
    pub fn command(&self) -> Option<&str> {
        let subject = self.subject.as_ref()?;
        let is_command = subject.kind.group == COMMAND_GROUP && subject.kind.kind == COMMAND_KIND;
        is_command.then_some(subject.name.as_str())
    }
}

/// Group and kind of the subject of findings about commands, which are no objects of a cluster.
const COMMAND_GROUP: &str = "asogate.dev";
const COMMAND_KIND: &str = "Command";

/// The subject of a finding about a command of a runbook, which is written on one line.
pub fn command_key(command: String) -> ObjectKey {
    ObjectKey {
        kind: crate::object::GroupKind::new(COMMAND_GROUP, COMMAND_KIND),
        namespace: None,
        name: command,
    }
}

/// Looks up what placeholders stand for.
pub trait Names {
    /// The identity of an object.
    fn key(&self, id: ObjectId) -> Option<ObjectKey>;
    /// The API version of an object, without its group.
    fn version(&self, id: ObjectId) -> String;
    /// The plural of the object's kind, as kubectl takes it.
    fn plural(&self, key: &ObjectKey) -> String;
    /// Where the object stands in a file, and as exactly as possible the part of it that `column` names.
    fn position(&self, id: ObjectId, column: Option<&str>) -> Option<Position>;
}

/// Why a finding cannot be put into words: the policy broke the contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A placeholder that the contract does not know, or that has no object to stand for.
    #[error("`{placeholder}` in a text of `{code}` is not a placeholder that can be filled")]
    Placeholder {
        /// The code of the finding.
        code: Code,
        /// The placeholder with its braces.
        placeholder: String,
    },
    /// An object id that does not exist.
    #[error("a finding of `{code}` is about object {id}, which does not exist")]
    Object {
        /// The code of the finding.
        code: Code,
        /// The id.
        id: u32,
    },
}

/// Puts `finding` into words.
///
/// # Errors
///
/// [`RenderError`] if the finding breaks the contract; then the policy that made it counts as broken.
pub fn render(finding: &Finding, names: &impl Names) -> Result<Statement, RenderError> {
    let key = |id: ObjectId| {
        names.key(id).ok_or_else(|| RenderError::Object {
            code: finding.code.clone(),
            id: id.number(),
        })
    };
    let subject = finding.object.map(key).transpose()?;
    let related = finding
        .related
        .iter()
        .copied()
        .map(key)
        .collect::<Result<Vec<_>, _>>()?;
    let fill = |text: &str| fill(text, finding, names);
    let remedies = finding
        .remedies
        .iter()
        .map(|remedy| {
            Ok(match remedy {
                Remedy::Command(text) => Remedy::Command(fill(text)?),
                Remedy::Edit(text) => Remedy::Edit(fill(text)?),
                Remedy::Advice(text) => Remedy::Advice(fill(text)?),
            })
        })
        .collect::<Result<Vec<_>, RenderError>>()?;
    Ok(Statement {
        level: finding.level,
        code: finding.code.clone(),
        subject,
        moment: finding.moment,
        position: finding
            .object
            .and_then(|id| names.position(id, finding.column.as_deref())),
        column: finding.column.clone(),
        message: fill(&finding.message)?,
        why: fill(&finding.why)?,
        remedies,
        related,
        follows: finding.follows.clone(),
        stands_for: None,
    })
}

/// Replaces the placeholders of the contract (`finding` in `wit/policy.wit`), in one pass: what is put in is not looked
/// at again.
fn fill(text: &str, finding: &Finding, names: &impl Names) -> Result<String, RenderError> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            filled.push('{');
            rest = after;
            continue;
        }
        let unknown = |end: usize| RenderError::Placeholder {
            code: finding.code.clone(),
            placeholder: from.get(..end).unwrap_or(from).to_owned(),
        };
        let close = from.find('}').ok_or_else(|| unknown(from.len().min(40)))?;
        let inner = from.get(1..close).unwrap_or("");
        let value = placeholder(inner, finding, names).ok_or_else(|| unknown(close + 1))?;
        filled.push_str(&value);
        rest = from.get(close + 1..).unwrap_or("");
    }
    filled.push_str(rest);
    Ok(filled)
}

fn placeholder(inner: &str, finding: &Finding, names: &impl Names) -> Option<String> {
    let (id, field) = match inner.split_once('.') {
        None => (finding.object?, inner),
        Some((position, field)) => {
            let position: usize = position.parse().ok()?;
            (*finding.related.get(position.checked_sub(1)?)?, field)
        }
    };
    let key = names.key(id)?;
    let group = |resource: String| {
        if key.kind.group.is_empty() {
            resource
        } else {
            format!("{resource}.{}", key.kind.group)
        }
    };
    Some(match field {
        "object" => key.to_string(),
        "kind" => key.kind.kind.clone(),
        "group" => key.kind.group.clone(),
        "version" => names.version(id),
        "namespace" => key.namespace.clone().unwrap_or_default(),
        "name" => key.name.clone(),
        "plural" => names.plural(&key),
        "resource" => group(names.plural(&key)),
        "versioned-resource" if key.kind.group.is_empty() => names.plural(&key),
        "versioned-resource" => group(format!("{}.{}", names.plural(&key), names.version(id))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::GroupKind;

    struct Two;

    impl Names for Two {
        fn key(&self, id: ObjectId) -> Option<ObjectKey> {
            let key = |group: &str, kind: &str, name: &str| ObjectKey {
                kind: GroupKind::new(group, kind),
                namespace: Some("shop".into()),
                name: name.into(),
            };
            match id.number() {
                1 => Some(key("storage.azure.com", "StorageAccount", "media")),
                2 => Some(key("", "Secret", "{name}")),
                _ => None,
            }
        }
        fn version(&self, _id: ObjectId) -> String {
            "v20250601".into()
        }
        fn plural(&self, key: &ObjectKey) -> String {
            format!("{}s", key.kind.kind.to_lowercase())
        }
        fn position(&self, _id: ObjectId, _column: Option<&str>) -> Option<Position> {
            None
        }
    }

    fn finding(message: &str) -> Finding {
        Finding {
            code: Code {
                policy: "p".into(),
                code: "c".into(),
            },
            level: Level::Deny,
            object: ObjectId::from_number(1),
            moment: Moment::Standing,
            column: None,
            message: message.into(),
            why: String::new(),
            remedies: vec![],
            related: vec![ObjectId::from_index(1)],
            follows: vec![],
        }
    }

    #[test]
    fn placeholders_are_filled_once_and_names_cannot_smuggle_others_in() {
        let text =
            "kubectl annotate -n {namespace} {versioned-resource} {name} a-; {1.object} {{\"x\":1}";
        assert_eq!(
            render(&finding(text), &Two).unwrap().message,
            "kubectl annotate -n shop storageaccounts.v20250601.storage.azure.com media a-; Secret shop/{name} {\"x\":1}"
        );
    }

    #[test]
    fn unknown_placeholders_and_objects_break_the_contract() {
        for text in [
            "{nam}",
            "{2.name}",
            "{0.name}",
            "{",
            "{x.name}",
            "{1.secret}",
        ] {
            assert!(
                matches!(
                    render(&finding(text), &Two),
                    Err(RenderError::Placeholder { .. })
                ),
                "{text}"
            );
        }
        let mut about_nothing = finding("text");
        about_nothing.object = ObjectId::from_number(9);
        assert!(matches!(
            render(&about_nothing, &Two),
            Err(RenderError::Object { id: 9, .. })
        ));
    }
}
