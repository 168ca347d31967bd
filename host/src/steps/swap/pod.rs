//! The pod spec of a workload: every place that reads a Secret of v1, pointed at what takes its place.
//!
//! Variables keep their names and files theirs. What else stands in the spec is not touched.

use super::edit::Edit;
use super::report::{Holder, Source, Weight};
use super::volumes;
use serde_json::{Value, json};

/// What is known of the Secrets and ConfigMaps in the namespace of a workload.
pub(super) trait Lookup {
    /// Whether v1 wrote this Secret.
    fn is_of_v1(&self, secret: &str) -> bool;
    /// The keys, in their order; none if there is no such object.
    fn keys(&self, kind: Holder, name: &str) -> Option<Vec<String>>;
    /// What takes the place of a key of a Secret of v1.
    fn replacement(&self, secret: &str, key: &str) -> Result<Source, Reason>;
}

/// Why a reference stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) text: String,
    pub(super) weight: Weight,
}

impl Reason {
    pub(super) fn blocks(text: impl Into<String>) -> Reason {
        Reason {
            text: text.into(),
            weight: Weight::Blocks,
        }
    }

    pub(super) fn undetermined(text: impl Into<String>) -> Reason {
        Reason {
            text: text.into(),
            weight: Weight::Undetermined,
        }
    }
}

/// One reference, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) place: String,
    pub(super) from: Source,
    pub(super) to: Result<Source, Reason>,
}

/// The pod spec at a path of an object.
pub(super) struct Pod<'p, 'o> {
    pub(super) edit: &'p mut Edit<'o>,
    pub(super) lookup: &'p dyn Lookup,
    pub(super) found: Vec<Found>,
}

/// Rewrites the pod spec at `spec`, and tells of every reference to a Secret of v1.
pub(super) fn rewrite(edit: &mut Edit<'_>, spec: &str, lookup: &dyn Lookup) -> Vec<Found> {
    let mut pod = Pod {
        edit,
        lookup,
        found: vec![],
    };
    for (list, word) in [
        ("initContainers", "init container"),
        ("containers", "container"),
        ("ephemeralContainers", "ephemeral container"),
    ] {
        for index in 0..pod.edit.len(&format!("{spec}/{list}")) {
            let container = format!("{spec}/{list}/{index}");
            let name = pod.edit.text(&format!("{container}/name"));
            let place = format!("{word} `{}`", name.unwrap_or_default());
            pod.env(&container, &place);
            pod.env_from(&container, &place);
        }
    }
    volumes::rewrite(&mut pod, spec);
    pod.found
}

impl Pod<'_, '_> {
    /// The name at a path, if it is that of a Secret of v1.
    pub(super) fn v1_secret(&self, path: &str) -> Option<String> {
        let name = self.edit.text(path)?;
        self.lookup.is_of_v1(&name).then_some(name)
    }

    pub(super) fn tell(&mut self, place: &str, from: Source, to: Result<Source, Reason>) {
        let place = place.to_owned();
        self.found.push(Found { place, from, to });
    }

    /// What takes the place of each of these keys, if something does for all of them; else what is missing is told.
    pub(super) fn all(
        &mut self,
        place: &str,
        secret: &str,
        keys: &[String],
    ) -> Option<Vec<Source>> {
        let mut sources = vec![];
        for key in keys {
            match self.lookup.replacement(secret, key) {
                Ok(source) => sources.push(source),
                Err(reason) => self.tell(place, Source::secret(secret, Some(key)), Err(reason)),
            }
        }
        (sources.len() == keys.len()).then_some(sources)
    }

    /// The keys of a Secret of v1 that is read as a whole; that they are not known is told.
    pub(super) fn whole(&mut self, place: &str, secret: &str) -> Option<Vec<String>> {
        let keys = self.lookup.keys(Holder::Secret, secret);
        let keys = keys.filter(|keys| !keys.is_empty());
        if keys.is_none() {
            let why = "it is read as a whole, and which keys it holds is not known";
            self.tell(
                place,
                Source::secret(secret, None),
                Err(Reason::undetermined(why)),
            );
        }
        keys
    }

    /// What takes the place of a whole Secret under the same names: one object that holds exactly the same keys.
    pub(super) fn same(&self, keys: &[String], sources: &[Source]) -> Option<Source> {
        let first = sources.first()?;
        let pairs = keys.iter().zip(sources);
        let mut alike = pairs.map(|(key, source)| {
            (source.kind, &source.name) == (first.kind, &first.name)
                && source.key.as_ref() == Some(key)
        });
        let holds = self.lookup.keys(first.kind, &first.name)?;
        (alike.all(|alike| alike) && holds == keys).then(|| Source {
            key: None,
            ..first.clone()
        })
    }

    fn env(&mut self, container: &str, place: &str) {
        for index in 0..self.edit.len(&format!("{container}/env")) {
            let from = format!("{container}/env/{index}/valueFrom");
            let reference = format!("{from}/secretKeyRef");
            let Some(secret) = self.v1_secret(&format!("{reference}/name")) else {
                continue;
            };
            let key = self
                .edit
                .text(&format!("{reference}/key"))
                .unwrap_or_default();
            let variable = self.edit.text(&format!("{container}/env/{index}/name"));
            let place = format!("{place}, env `{}`", variable.unwrap_or_default());
            let to = self.lookup.replacement(&secret, &key);
            if let Ok(to) = &to {
                match to.kind {
                    Holder::Secret => {
                        self.edit
                            .replace(&format!("{reference}/name"), json!(to.name));
                        self.edit
                            .replace(&format!("{reference}/key"), json!(to.key));
                    }
                    Holder::ConfigMap => {
                        let optional = self.edit.get(&format!("{reference}/optional")).cloned();
                        let new = key_reference(to, optional);
                        self.edit.remove(&from, "secretKeyRef");
                        self.edit.add(&from, "configMapKeyRef", new);
                    }
                }
            }
            self.tell(&place, Source::secret(&secret, Some(&key)), to);
        }
    }

    /// Of several entries the last one wins, so the last one is looked at first: what it gives hides the same variable of
    /// those before it.
    fn env_from(&mut self, container: &str, place: &str) {
        let list = format!("{container}/envFrom");
        for index in (0..self.edit.len(&list)).rev() {
            let entry = format!("{list}/{index}");
            let Some(secret) = self.v1_secret(&format!("{entry}/secretRef/name")) else {
                continue;
            };
            let place = format!("{place}, envFrom");
            let Some(keys) = self.whole(&place, &secret) else {
                continue;
            };
            let Some(sources) = self.all(&place, &secret, &keys) else {
                continue;
            };
            let optional = self
                .edit
                .get(&format!("{entry}/secretRef/optional"))
                .cloned();
            match self.same(&keys, &sources) {
                Some(same) => {
                    match same.kind {
                        Holder::Secret => {
                            let name = format!("{entry}/secretRef/name");
                            self.edit.replace(&name, json!(same.name));
                        }
                        Holder::ConfigMap => {
                            let new = with(json!({"name": same.name}), "optional", optional);
                            self.edit.remove(&entry, "secretRef");
                            self.edit.add(&entry, "configMapRef", new);
                        }
                    }
                    self.tell(&place, Source::secret(&secret, None), Ok(same));
                }
                None => {
                    self.spell_out(container, index, &place, &secret, &keys, &sources, optional)
                }
            }
        }
    }

    /// Puts one variable a key in the place of an entry of `envFrom`, so that variables keep their names though the keys are
    /// called otherwise or come from several objects. They stand before the others, which may refer to them.
    #[expect(clippy::too_many_arguments, reason = "all of one entry")]
    fn spell_out(
        &mut self,
        container: &str,
        index: usize,
        place: &str,
        secret: &str,
        keys: &[String],
        sources: &[Source],
        optional: Option<Value>,
    ) {
        let prefix = self
            .edit
            .text(&format!("{container}/envFrom/{index}/prefix"));
        let prefix = prefix.unwrap_or_default();
        let hidden = self.variables_after(container, index);
        let pairs = keys.iter().zip(sources);
        let pairs: Vec<(String, &String, &Source)> = pairs
            .map(|(key, source)| (format!("{prefix}{key}"), key, source))
            .filter(|(variable, ..)| !hidden.contains(variable))
            .collect();
        if let Some((variable, key, _)) = pairs.iter().find(|(name, ..)| !is_variable(name)) {
            let why = format!("`{variable}` is no name that a variable of its own may have");
            self.tell(
                place,
                Source::secret(secret, Some(key)),
                Err(Reason::blocks(why)),
            );
            return;
        }
        let entries = pairs.iter().map(|(variable, _, source)| {
            let reference = key_reference(source, optional.clone());
            let kind = match source.kind {
                Holder::Secret => "secretKeyRef",
                Holder::ConfigMap => "configMapKeyRef",
            };
            json!({"name": variable, "valueFrom": {kind: reference}})
        });
        let entries: Vec<Value> = entries.collect();
        match self.edit.len(&format!("{container}/envFrom")) {
            1 => self.edit.remove(container, "envFrom"),
            _ => self
                .edit
                .remove(&format!("{container}/envFrom"), &index.to_string()),
        }
        let env = format!("{container}/env");
        if self.edit.get(&env).is_some_and(Value::is_array) {
            for (at, entry) in entries.into_iter().enumerate() {
                self.edit.add(&env, &at.to_string(), entry);
            }
        } else if !entries.is_empty() {
            self.edit.add(container, "env", Value::Array(entries));
        }
        for (variable, key, source) in pairs {
            let place = format!("{place} `{variable}`");
            self.tell(
                &place,
                Source::secret(secret, Some(key)),
                Ok(source.clone()),
            );
        }
    }

    /// The variables that win over those of an entry of `envFrom`: of `env`, and of later entries.
    fn variables_after(&self, container: &str, index: usize) -> Vec<String> {
        let env = 0..self.edit.len(&format!("{container}/env"));
        let names = env.filter_map(|at| self.edit.text(&format!("{container}/env/{at}/name")));
        let mut variables: Vec<String> = names.collect();
        for later in index + 1..self.edit.len(&format!("{container}/envFrom")) {
            let entry = format!("{container}/envFrom/{later}");
            let prefix = self
                .edit
                .text(&format!("{entry}/prefix"))
                .unwrap_or_default();
            for (field, kind) in [
                ("secretRef", Holder::Secret),
                ("configMapRef", Holder::ConfigMap),
            ] {
                let name = self.edit.text(&format!("{entry}/{field}/name"));
                let keys = name.and_then(|name| self.lookup.keys(kind, &name));
                let keys = keys.into_iter().flatten();
                variables.extend(keys.map(|key| format!("{prefix}{key}")));
            }
        }
        variables
    }
}

/// Whether a variable of `env` may have this name: what `envFrom` takes from a key is not checked, but `env` is (the rule
/// `IsEnvVarName` of Kubernetes, which newer releases loosen).
fn is_variable(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphabetic() || "-._".contains(letter);
    name.starts_with(is_letter)
        && name
            .chars()
            .all(|letter| is_letter(letter) || letter.is_ascii_digit())
        && !name.starts_with("..")
        && name != "."
}

/// A reference to a key, as `secretKeyRef` and `configMapKeyRef` hold it.
fn key_reference(source: &Source, optional: Option<Value>) -> Value {
    with(
        json!({"name": source.name, "key": source.key}),
        "optional",
        optional,
    )
}

/// A map with one more field, if there is a value for it.
pub(super) fn with(mut map: Value, field: &str, value: Option<Value>) -> Value {
    if let (Value::Object(fields), Some(value)) = (&mut map, value) {
        fields.insert(field.to_owned(), value);
    }
    map
}
