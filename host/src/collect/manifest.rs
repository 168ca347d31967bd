//! Loads manifests: the objects of import files, with their positions.
//!
//! What a file leaves out stays out (a missing namespace, say): the step that applies the manifest decides what it means.
//! The values of Secrets are dropped here, before anybody can see them.

use super::input_error::InputError;
use super::secret;
use super::text::Source;
use super::yaml::{self, Document, Fault, Mark, Part, Segment, Spans, Yaml11Scalar};
use asogate_core::change::{Position, SecretKey};
use asogate_core::object::{GroupKind, ObjectKey, split_api_version};
use serde_json::Value;
use std::collections::HashMap;

/// One object of an import file.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The object; a Secret without its values.
    pub object: Value,
    /// Its identity, as the file gives it.
    pub key: ObjectKey,
    /// The version part of its `apiVersion`.
    pub version: String,
    /// Where it starts.
    pub position: Position,
    /// Where its parts stand.
    pub spans: Spans,
    /// The keys of a Secret.
    pub secret_keys: Vec<SecretKey>,
    /// The class of each of `secret_keys`, in their order, if a classifier was given.
    pub secret_classes: Vec<u32>,
    /// Which document of its file it is, or is an item of, from 1.
    pub document: usize,
    /// Its scalars that YAML 1.1 and 1.2 read differently. The texts of a Secret's values are withheld (empty).
    pub yaml11: Vec<Yaml11Scalar>,
}

impl Manifest {
    /// Where a part of the object stands, or the deepest part on the way to it that exists. A field is found at its key.
    pub fn position_of<'a>(&self, path: impl IntoIterator<Item = Segment<'a>>) -> Position {
        position(&self.position.file, self.spans.position_of(path).key)
    }
}

/// Gives a secret's value (decoded from base64) a class: equal values get equal classes.
pub type Classify<'c> = &'c mut dyn FnMut(&[u8]) -> u32;

/// Loads all manifests of all sources, in their order.
///
/// # Errors
///
/// The first fault of a source; [`InputError::NoObjects`] if there is no object in any; [`InputError::Duplicate`] if one
/// object is given twice.
pub fn load(
    sources: &[Source],
    mut classify: Option<Classify<'_>>,
) -> Result<Vec<Manifest>, InputError> {
    let mut manifests: Vec<Manifest> = Vec::new();
    let mut first: HashMap<ObjectKey, Position> = HashMap::new();
    for source in sources {
        let file = source.name.as_str();
        let read = yaml::read(&source.text, &mut |part| {
            let (Part::Document(document) | Part::Item(document)) = part else {
                return Ok(());
            };
            let manifest = manifest(file, document, &mut classify)?;
            if let Some(known) = first.get(&manifest.key) {
                return Err(Stop::Input(InputError::Duplicate {
                    first: known.clone(),
                    key: manifest.key,
                    second: manifest.position,
                }));
            }
            first.insert(manifest.key.clone(), manifest.position.clone());
            manifests.push(manifest);
            Ok(())
        });
        read.map_err(|stop| match stop {
            Stop::Yaml(fault) => InputError::Yaml {
                file: file.to_owned(),
                fault,
            },
            Stop::Input(error) => error,
        })?;
        source.check_unchanged()?;
    }
    if manifests.is_empty() {
        let names: Vec<String> = sources
            .iter()
            .map(|source| format!("`{}`", source.name))
            .collect();
        return Err(InputError::NoObjects {
            files: names.join(", "),
        });
    }
    Ok(manifests)
}

/// Why reading a source stopped.
enum Stop {
    Yaml(Fault),
    Input(InputError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Yaml(fault)
    }
}

impl From<InputError> for Stop {
    fn from(error: InputError) -> Self {
        Stop::Input(error)
    }
}

fn manifest(
    file: &str,
    document: Document,
    classify: &mut Option<Classify<'_>>,
) -> Result<Manifest, InputError> {
    let shape = Shape {
        file,
        spans: &document.spans,
    };
    let (key, version) = shape.identity(&document.value)?;
    let Document {
        value: mut object,
        spans,
        mut yaml11,
        number,
    } = document;
    let mut secrets = secret::Values::default();
    if secret::is_secret(&key.kind) {
        secrets = secret::take(&mut object, classify).map_err(|wrong| {
            Shape {
                file,
                spans: &spans,
            }
            .fault(wrong.path(), wrong.problem.as_str())
        })?;
        yaml11
            .iter_mut()
            .filter(|found| secret::holds(&found.path))
            .for_each(withhold);
    }
    Ok(Manifest {
        object,
        key,
        version,
        position: position(file, spans.start()),
        spans,
        secret_keys: secrets.keys,
        secret_classes: secrets.classes,
        document: number,
        yaml11,
    })
}

fn withhold(found: &mut Yaml11Scalar) {
    if !found.is_key {
        found.text.clear();
        found.read_as = Value::Null;
    }
}

fn position(file: &str, at: Mark) -> Position {
    Position {
        file: file.to_owned(),
        line: at.line,
        column: at.column,
    }
}

/// Checks that a document is an object, and says where it is not.
struct Shape<'s> {
    file: &'s str,
    spans: &'s Spans,
}

impl Shape<'_> {
    fn identity(&self, object: &Value) -> Result<(ObjectKey, String), InputError> {
        if !object.is_object() {
            let problem = "the document is not a map, so it is no Kubernetes object; remove it";
            return Err(self.fault::<&str>(&[], problem));
        }
        let api_version = self.text(object, &["apiVersion"])?;
        let kind = self.text(object, &["kind"])?;
        let (group, version) = split_api_version(api_version);
        let grouped = api_version.contains('/');
        if version.is_empty() || version.contains('/') || (grouped && group.is_empty()) {
            let problem = "`apiVersion` is not of the form `group/version` or `v1`";
            return Err(self.fault(&["apiVersion"], problem));
        }
        let metadata = object.get("metadata");
        if !metadata.is_some_and(Value::is_object) {
            return Err(self.fault(
                &["metadata"],
                "the object has no map `metadata`; it needs a `metadata.name`",
            ));
        }
        let name = metadata.and_then(|metadata| metadata.get("name"));
        let generated = metadata.and_then(|metadata| metadata.get("generateName"));
        if name.is_none_or(|name| name.is_null() || name == "") && generated.is_some() {
            let problem = "the object has `generateName` and no `name`: the cluster makes up a new name each time it is \
                           applied, so nobody can say which object it will be; give it a `metadata.name`";
            return Err(self.fault(&["metadata", "generateName"], problem));
        }
        let name = self.text(object, &["metadata", "name"])?;
        let namespace = match metadata.and_then(|metadata| metadata.get("namespace")) {
            None | Some(Value::Null) => None,
            Some(Value::String(namespace)) if namespace.is_empty() => None,
            Some(_) => Some(self.text(object, &["metadata", "namespace"])?.to_owned()),
        };
        self.texts(object, "annotations")?;
        self.texts(object, "labels")?;
        let kind = GroupKind::new(group, kind);
        Ok((
            ObjectKey {
                kind,
                namespace,
                name: name.to_owned(),
            },
            version.to_owned(),
        ))
    }

    /// Annotations and labels are strings, or the API server refuses the object: `skipreconcile: true` is no annotation, and
    /// `yes` is a boolean for kubectl too.
    fn texts(&self, object: &Value, map: &str) -> Result<(), InputError> {
        let values = object
            .get("metadata")
            .and_then(|metadata| metadata.get(map));
        for (key, value) in values.and_then(Value::as_object).into_iter().flatten() {
            let what = match value {
                Value::String(_) | Value::Null => continue,
                Value::Bool(_) | Value::Number(_) => {
                    "is a number or boolean for kubectl; write it in quotes"
                }
                Value::Array(_) | Value::Object(_) => "is not a string",
            };
            let problem = format!("`metadata.{map}[{}]` {what}", shown(key));
            return Err(self.fault(&["metadata", map, key.as_str()], problem));
        }
        Ok(())
    }

    /// A field that has to be a string, and not an empty one.
    fn text<'o>(&self, object: &'o Value, path: &[&'static str]) -> Result<&'o str, InputError> {
        let shown = path.join(".");
        let value = path
            .iter()
            .try_fold(object, |value, field| value.get(field));
        match value {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            None => Err(self.fault(path, format!("the object has no `{shown}`"))),
            Some(Value::Null) => Err(self.fault(path, format!("`{shown}` is empty"))),
            Some(Value::String(_)) => Err(self.fault(path, format!("`{shown}` is empty"))),
            Some(Value::Array(_) | Value::Object(_)) => {
                Err(self.fault(path, format!("`{shown}` is not a string")))
            }
            Some(Value::Bool(_) | Value::Number(_)) => {
                let problem =
                    format!("`{shown}` is a number or boolean for kubectl; write it in quotes");
                Err(self.fault(path, problem))
            }
        }
    }

    fn fault<'p, P: AsRef<str> + 'p>(
        &self,
        path: &'p [P],
        problem: impl Into<String>,
    ) -> InputError {
        let path = path.iter().map(|field| Segment::from(field.as_ref()));
        let at = self.spans.position_of(path).key;
        InputError::Shape {
            position: position(self.file, at),
            problem: problem.into(),
        }
    }
}

/// A key of the file, on one line and not too much of it.
fn shown(key: &str) -> String {
    let plain = key.chars().map(|letter| match letter {
        '`' => '\'',
        letter if letter.is_control() => ' ',
        letter => letter,
    });
    plain.take(80).collect()
}

#[cfg(test)]
mod tests;
