//! Reading the texts of a case: YAML documents, names of objects, and the placeholders of findings.

use asogate_core::object::{GroupKind, ObjectId, ObjectKey};
use asogate_core::projection::Projection;
use serde::Deserialize as _;
use serde_json::Value;

/// The documents of a YAML text, empty ones left out; the items of a `List` stand for it.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        match Value::deserialize(document).map_err(|error| error.to_string())? {
            Value::Null => {}
            Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => {
                match list.shift_remove("items") {
                    Some(Value::Array(items)) => documents.extend(items),
                    _ => return Err("a List has no items".into()),
                }
            }
            document => documents.push(document),
        }
    }
    Ok(documents)
}

/// An object as messages write it: `Kind.group namespace/name`, `Kind name`.
pub(super) fn key(text: &str) -> Result<ObjectKey, String> {
    let malformed =
        || format!("`{text}` does not name an object; write `Kind.group namespace/name`");
    let (kind, name) = text.trim().split_once(' ').ok_or_else(malformed)?;
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let (namespace, name) = match name.trim().split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name.trim()),
    };
    if kind.is_empty() || name.is_empty() {
        return Err(malformed());
    }
    Ok(ObjectKey {
        kind: GroupKind::new(group, kind),
        namespace,
        name: name.into(),
    })
}

/// The identity of a live object or manifest, and its API version without the group.
pub(super) fn key_of(object: &Value) -> Result<(ObjectKey, String), String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (Some(api_version), Some(kind), Some(name)) =
        (text("/apiVersion"), text("/kind"), text("/metadata/name"))
    else {
        return Err("an object lacks apiVersion, kind or metadata.name".into());
    };
    let (group, version) = asogate_core::object::split_api_version(api_version);
    let key = ObjectKey {
        kind: GroupKind::new(group, kind),
        namespace: text("/metadata/namespace").map(Into::into),
        name: name.into(),
    };
    Ok((key, version.into()))
}

/// Replaces the placeholders of a finding's text. A placeholder that does not exist is an error, since users would see it.
pub(super) fn render(
    text: &str,
    object: Option<ObjectId>,
    related: &[ObjectId],
    projection: &Projection<'_>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = after.strip_prefix("{{") {
            out.push('{');
            rest = after;
            continue;
        }
        let (name, after) = after
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
            .ok_or_else(|| format!("`{text}` has a `{{` without a `}}`"))?;
        let (of, field) = match name.split_once('.') {
            Some((number, field)) => {
                let position = number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| number.checked_sub(1));
                (
                    position.and_then(|position| related.get(position)).copied(),
                    field,
                )
            }
            None => (object, name),
        };
        let shown = of.and_then(|id| Some((id, projection.key(id)?)));
        let (id, key) =
            shown.ok_or_else(|| format!("`{{{name}}}` in `{text}` stands for no object"))?;
        match field {
            "object" => out.push_str(&key.to_string()),
            "kind" => out.push_str(&key.kind.kind),
            "group" => out.push_str(&key.kind.group),
            "version" => out.push_str(projection.version(id)),
            "namespace" => out.push_str(key.namespace.as_deref().unwrap_or("")),
            "name" => out.push_str(&key.name),
            "plural" => out.push_str(&plural(&key.kind)),
            "resource" => out.push_str(&resource(&key.kind, None)),
            "versioned-resource" => {
                out.push_str(&resource(&key.kind, Some(projection.version(id))));
            }
            _ => return Err(format!("`{{{name}}}` in `{text}` is not a placeholder")),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// `plural.group`, or `plural.version.group`.
fn resource(kind: &GroupKind, version: Option<&str>) -> String {
    let mut name = plural(kind);
    if !kind.group.is_empty() {
        let parts = version.into_iter().chain([kind.group.as_str()]);
        for part in parts {
            name.push('.');
            name.push_str(part);
        }
    }
    name
}

/// The plural by the rule that nearly all kinds follow; the host reads it from the definitions.
fn plural(kind: &GroupKind) -> String {
    let mut name = kind.kind.to_lowercase();
    if name.ends_with('s') || name.ends_with('x') || name.ends_with("ch") {
        name.push_str("es");
    } else if name.ends_with('y') {
        name.pop();
        name.push_str("ies");
    } else {
        name.push('s');
    }
    name
}
