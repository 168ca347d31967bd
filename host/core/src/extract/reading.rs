//! One object while it is read: in which order its parts are looked at, and what belongs to it as a whole.

use super::entry::Entry;
use super::env::Env;
use super::recipe::{NodeId, Place, ROOT};
use super::secret::SecretData;
use super::text::{Key, Redact, Text, quote, twice, without_values};
use super::walk::{bare, from_text};
use super::{Classify, Head};
use crate::change::SecretKey;
use crate::object::{ObjectKey, split_api_version};
use crate::pool::{Intern, Symbol};
use crate::selector::{
    ColumnPath, ColumnPlace, OperatorDeployment, ReadSet, Schema, SettingsSecret,
};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// The classes of one snapshot file.
pub(super) struct Recorded<'e> {
    /// By their number in the file.
    pub(super) known: &'e mut HashMap<u32, u32>,
    pub(super) classify: &'e mut dyn Classify,
}

impl Recorded<'_> {
    /// The class here for a class of the file.
    fn here(&mut self, number: u32) -> u32 {
        if number == 0 {
            return 0;
        }
        let classify = &mut *self.classify;
        *self.known.entry(number).or_insert_with(|| classify.fresh())
    }
}

/// One object while it is read.
pub(super) struct Reading<'e, P> {
    env: Env<'e, P>,
    schema: &'e Schema,
    read_set: &'e ReadSet,
    /// The classes of the snapshot file that the object stands in.
    recorded: Option<Recorded<'e>>,
    visit: u64,
    /// The symbol of the version, if it is known.
    pub(super) version: Option<Symbol>,
    /// `metadata` has been read.
    named: bool,
    /// Which of the fields of a Secret that are read apart were met.
    met: [bool; 2],
    secret_rule: Option<&'e SettingsSecret>,
    deployment_rule: Option<&'e OperatorDeployment>,
    /// The parts read so far as JSON text without the closing brace, if the object may have to be kept.
    whole: String,
    spec: Value,
    status: Value,
    classes: Vec<(ColumnPath, u32)>,
    settings: Option<String>,
}

impl<'e, P: Intern> Reading<'e, P> {
    pub(super) fn new(
        env: Env<'e, P>,
        schema: &'e Schema,
        read_set: &'e ReadSet,
        recorded: Option<Recorded<'e>>,
    ) -> Self {
        env.draft.reset(schema);
        env.scratch.fit(env.recipe);
        env.scratch.facts.clear();
        env.secret_keys.clear();
        let visit = env.scratch.visit();
        Reading {
            env,
            schema,
            read_set,
            recorded,
            visit,
            version: None,
            named: false,
            met: [false; 2],
            secret_rule: None,
            deployment_rule: None,
            whole: String::new(),
            spec: Value::Null,
            status: Value::Null,
            classes: vec![],
            settings: None,
        }
    }

    pub(super) fn tree(&mut self, object: &Value, secret_keys: &[SecretKey]) -> Result<(), String> {
        let (api_version, kind) = identity(object)?;
        let Value::Object(fields) = object else {
            return Err("it is not a map".into());
        };
        let words = |error: serde_json::Error| bare(&error);
        self.begin(api_version, kind).map_err(words)?;
        if let Some(metadata) = fields.get("metadata") {
            self.part("metadata", metadata).map_err(words)?;
        }
        for (key, value) in fields {
            if !matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
                self.part(key, value).map_err(words)?;
            }
        }
        if self.env.recipe.is_secret() {
            self.env.known_secret_keys(secret_keys);
        }
        self.finish()
    }

    pub(super) fn stream<'de, A: MapAccess<'de>>(
        &mut self,
        head: &Head<'_, 'de>,
        mut rest: A,
    ) -> Result<(), A::Error> {
        self.begin(head.api_version, head.kind)?;
        let mut held: Vec<(Cow<'de, str>, &'de RawValue)> = vec![];
        // Names come first: rows of relations carry them, and they tell what may be read.
        for (key, raw) in &head.early {
            if key == "metadata" {
                self.raw("metadata", raw)?;
            }
        }
        for (key, raw) in &head.early {
            match &**key {
                "metadata" => {}
                _ if self.named => self.raw(key, raw)?,
                _ if self.wants(key) => held.push((key.clone(), raw)),
                _ => {}
            }
        }
        while let Some(key) = rest.next_key_seed(Key)? {
            match &*key {
                name @ ("apiVersion" | "kind") => {
                    if !head.assumed {
                        return Err(twice(&key));
                    }
                    let own = rest.next_value_seed(Key)?;
                    let assumed = if name == "kind" {
                        head.kind
                    } else {
                        head.api_version
                    };
                    if own != assumed {
                        return Err(A::Error::custom(format_args!(
                            "its `{name}` is not that of its list and stands after other fields; put it first"
                        )));
                    }
                }
                "metadata" => {
                    rest.next_value_seed(Part(self, &key))?;
                    for (key, raw) in held.drain(..) {
                        self.raw(&key, raw)?;
                    }
                }
                _ if !self.wants(&key) => {
                    rest.next_value::<IgnoredAny>()?;
                }
                _ if !self.named => held.push((key, rest.next_value()?)),
                _ => rest.next_value_seed(Part(self, &key))?,
            }
        }
        for (key, raw) in held {
            self.raw(&key, raw)?;
        }
        self.finish().map_err(A::Error::custom)
    }

    fn raw<E: Error>(&mut self, key: &str, raw: &RawValue) -> Result<(), E> {
        from_text(raw.get(), Part(self, key))
    }

    /// Whether anything may be read of a field of the object.
    fn wants(&self, key: &str) -> bool {
        let recipe = self.env.recipe;
        let root = recipe.node(ROOT);
        recipe.whole
            || root.each.is_some()
            || self.field(key).is_some()
            || (recipe.is_secret() && matches!(key, "data" | "stringData" | "secretKeys"))
            || (recipe.settings && matches!(key, "spec" | "status"))
            || (self.recorded.is_some() && is_recorded(key))
    }

    fn field(&self, key: &str) -> Option<NodeId> {
        self.env.recipe.node(ROOT).field(key)
    }

    fn begin<E: Error>(&mut self, api_version: &str, kind: &str) -> Result<(), E> {
        let (_, version) = split_api_version(api_version);
        self.env.draft.version = match self.version {
            Some(version) => version,
            None => self.env.pool.intern(version),
        };
        for (key, text) in [("apiVersion", api_version), ("kind", kind)] {
            if self.wants(key) {
                self.part(key, BorrowedStrDeserializer::new(text))?;
            }
        }
        Ok(())
    }

    fn part<'de, D: Deserializer<'de>>(&mut self, key: &str, value: D) -> Result<(), D::Error> {
        let recipe = self.env.recipe;
        if recipe.is_secret()
            && let Some(slot) = ["data", "stringData"].iter().position(|name| *name == key)
        {
            if let Some(met) = self.met.get_mut(slot)
                && std::mem::replace(met, true)
            {
                return Err(twice(key));
            }
            if self.recorded.is_some() {
                return Err(D::Error::custom(format_args!(
                    "a Secret in a snapshot file has `{key}`; snapshot files hold no values, write it again with `asogate snapshot`"
                )));
            }
            let data = SecretData {
                env: &mut self.env,
                plain: slot == 1,
                rule: self.secret_rule,
            };
            return data.deserialize(value);
        }
        if self.recorded.is_none() && recipe.is_secret() && key == "secretKeys" {
            // Without its header, nothing says that the values were left out: the Secret would look empty.
            return Err(D::Error::custom(
                "it has `secretKeys`, but stands in no snapshot file; give the snapshot file whole, as it was written",
            ));
        }
        if self.recorded.is_some() && is_recorded(key) {
            let mut text = self.env.borrow_text();
            Text::new(&mut text, Redact::None).deserialize(value)?;
            let read = self.recorded(key, &text).map_err(D::Error::custom);
            self.env.give_back(text);
            return read;
        }
        let captured =
            recipe.whole || (self.deployment_rule.is_some() && matches!(key, "spec" | "status"));
        if captured {
            self.captured(key, value)?;
        } else {
            let root = recipe.node(ROOT);
            let entry = Entry {
                env: &mut self.env,
                parent: root,
                visit: self.visit,
                key,
                redact: recipe.redact,
            };
            entry.deserialize(value)?;
        }
        if key == "metadata" {
            self.named();
        }
        Ok(())
    }

    /// Reads a part as text, because the text is wanted, and then the part from the text.
    fn captured<'de, D: Deserializer<'de>>(&mut self, key: &str, value: D) -> Result<(), D::Error> {
        let recipe = self.env.recipe;
        let Some(redact) = recipe.redact.child(key) else {
            return <IgnoredAny as serde::Deserialize>::deserialize(value).map(|_| ());
        };
        let mut text = self.env.borrow_text();
        Text::new(&mut text, redact).deserialize(value)?;
        let entry = Entry {
            env: &mut self.env,
            parent: recipe.node(ROOT),
            visit: self.visit,
            key,
            redact: recipe.redact,
        };
        from_text(&text, entry)?;
        if recipe.whole {
            self.whole
                .push(if self.whole.is_empty() { '{' } else { ',' });
            quote(key, &mut self.whole);
            self.whole.push(':');
            let kind = &self.schema.kind;
            if self.read_set.record && kind.group.is_empty() && kind.kind == "ConfigMap" {
                let shown = without_values(key, &text).map_err(D::Error::custom)?;
                self.whole.push_str(&shown);
            } else {
                self.whole.push_str(&text);
            }
        }
        if self.deployment_rule.is_some() || recipe.settings {
            let tree = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
            match key {
                "spec" => self.spec = tree(&text),
                "status" => self.status = tree(&text),
                _ => {}
            }
        }
        self.env.give_back(text);
        Ok(())
    }

    /// The object's name has been read: now it is known whether it holds settings of an operator.
    fn named(&mut self) {
        self.named = true;
        if !self.env.recipe.settings {
            return;
        }
        let name = self.env.pool.text(self.env.draft.name);
        let settings = &self.read_set.settings;
        if self.env.recipe.is_secret() {
            self.secret_rule = settings.secrets.iter().find(|rule| rule.name == name);
        } else {
            self.deployment_rule = settings.deployments.iter().find(|rule| rule.name == name);
        }
    }

    fn recorded(&mut self, key: &str, json: &str) -> Result<(), String> {
        match key {
            "secretKeys" if !self.env.recipe.is_secret() => {
                return Err("it has `secretKeys`, but is not a Secret".into());
            }
            "secretKeys" => {
                let recorded = &mut self.recorded;
                self.env.recorded_secret_keys(json, |number| {
                    recorded
                        .as_mut()
                        .map_or(0, |recorded| recorded.here(number))
                })?;
            }
            "operatorSettings" => self.settings = Some(json.to_owned()),
            _ => {
                let wrong = "`classes` must be a map from columns to numbers from 1";
                let classes: HashMap<String, u32> =
                    serde_json::from_str(json).map_err(|_| wrong.to_owned())?;
                for (column, class) in classes {
                    let column = format!("class({column})").parse::<ColumnPath>();
                    let column = column.map_err(|error| format!("{wrong}: {error}"))?;
                    self.classes.push((column, class));
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        if self.env.draft.name.is_absent() {
            return Err("it has no `metadata.name`".into());
        }
        for (column, class) in std::mem::take(&mut self.classes) {
            if let Some(ColumnPlace::Cell(cell)) = self.schema.place(&column)
                && let Some(recorded) = &mut self.recorded
            {
                let class = recorded.here(class);
                let symbol = self.env.class_cell(class);
                self.env.set(Place::Cell(cell), symbol);
            }
        }
        self.env.finish_secret();
        let Env {
            scratch,
            pool,
            draft,
            ..
        } = &mut self.env;
        scratch.facts.finish(*pool, draft);
        match (self.settings.take(), self.deployment_rule) {
            (Some(_), _) if !self.env.recipe.settings => {}
            (Some(json), _) => self.env.recorded_settings(&json)?,
            (None, Some(rule)) => {
                let (spec, status) = (
                    std::mem::take(&mut self.spec),
                    std::mem::take(&mut self.status),
                );
                self.env.deployment_settings(rule, &spec, &status);
            }
            (None, None) => {}
        }
        if self.env.recipe.whole {
            let draft = &self.env.draft;
            let text = |symbol: Symbol| self.env.pool.text(symbol).to_owned();
            let key = ObjectKey {
                kind: self.schema.kind.clone(),
                namespace: draft.namespace.present().map(text),
                name: text(draft.name),
            };
            if self.read_set.record || self.read_set.whole.contains(&key) {
                self.whole.push('}');
                self.env.draft.whole = Some(std::mem::take(&mut self.whole));
            }
        }
        Ok(())
    }
}

/// A part of an object under its key.
struct Part<'r, 'e, P>(&'r mut Reading<'e, P>, &'r str);

impl<'de, P: Intern> DeserializeSeed<'de> for Part<'_, '_, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.part(self.1, deserializer)
    }
}

/// Whether a field of an object in a snapshot file is ours.
fn is_recorded(key: &str) -> bool {
    matches!(key, "secretKeys" | "operatorSettings" | "classes")
}

/// `apiVersion` and `kind` of a tree.
pub(super) fn identity(object: &Value) -> Result<(&str, &str), String> {
    let field = |name: &str| match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
        Some(Value::String(_) | Value::Null) | None => Err(format!("it has no `{name}`")),
        Some(_) => Err(format!("its `{name}` is not a string")),
    };
    if !object.is_object() {
        return Err("it is not a map".into());
    }
    Ok((field("apiVersion")?, field("kind")?))
}
