//! What takes the place of a key of a Secret of v1: what the v2 object for the same Azure resource exports or reads, else a
//! Secret that somebody made with the same value (FACTS (b), "v1 -> v2 secret key mapping").

use super::pod::{Lookup, Reason};
use super::report::{Holder, Source};
use super::secrets::{By, Secrets, name_of};
use crate::steps::objects::{cell, rows};
use crate::steps::twins::Twins;
use asogate_aso::key_mapping::{KeyMapping, V2Source, find, mappings};
use asogate_aso::v1;
use asogate_core::object::ObjectId;
use asogate_core::snapshot::{Object, Snapshot};
use std::collections::BTreeSet;

/// The name of a database user, which v1 keeps only in the Secret.
const USER_NAME: &str = "class(spec.azureName)";

/// Fields of `spec.operatorSpec` that say where something is exported: field, and what holds it there.
const EXPORTS: [(&str, Holder); 2] = [
    ("secrets", Holder::Secret),
    ("configMaps", Holder::ConfigMap),
];
const EXPRESSIONS: [(&str, Holder); 2] = [
    ("secretExpressions", Holder::Secret),
    ("configMapExpressions", Holder::ConfigMap),
];

/// Columns of v2 objects, grouped as selectors need them.
pub(super) fn columns() -> Vec<Vec<String>> {
    let export = |field: &str, first: &str| {
        let each = format!("spec.operatorSpec.{field}[*]");
        let what = match first {
            "" => format!("key({each})"),
            first => format!("{each}.{first}"),
        };
        vec![what, format!("{each}.name"), format!("{each}.key")]
    };
    let mut groups: Vec<Vec<String>> = vec![];
    groups.extend(EXPORTS.iter().map(|(field, _)| export(field, "")));
    groups.extend(EXPRESSIONS.iter().map(|(field, _)| export(field, "value")));
    let inputs = inputs().into_iter();
    let mut plain: Vec<String> = inputs
        .flat_map(|field| [format!("spec.{field}.name"), format!("spec.{field}.key")])
        .collect();
    plain.push(USER_NAME.to_owned());
    groups.push(plain);
    groups
}

/// Fields of v2 objects that take a password from a Secret.
fn inputs() -> BTreeSet<&'static str> {
    let input = |mapping: &KeyMapping| match mapping.source {
        V2Source::Input(field) => Some(field),
        _ => None,
    };
    mappings().iter().filter_map(input).collect()
}

/// Where keys of Secrets of v1 come from in v2.
pub(super) struct Sources<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) secrets: Secrets<'a>,
    twins: Twins<'a>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Sources<'a> {
        Sources {
            snapshot,
            secrets: Secrets::of(snapshot),
            twins: Twins::of(snapshot),
        }
    }

    /// What takes the place of a key of a Secret of v1, for who reads it in the same namespace.
    fn replacement(&self, namespace: &str, secret: &str, key: &str) -> Result<Source, Reason> {
        let by = match self.secrets.by(namespace, secret) {
            Some(By::Object(by)) => self.snapshot.get(by),
            Some(By::Gone) | None => None,
        };
        let Some(v1) = by else {
            let why = "the v1 object that owns it is gone, so nothing tells what takes its place, and Kubernetes is about to collect it";
            return Err(Reason::undetermined(why));
        };
        let mapping = find(&v1.kind().kind, key);
        let twins = self.twins_of(&v1, namespace, secret, mapping);
        let (near, far): (Vec<_>, Vec<_>) = twins
            .iter()
            .filter_map(|id| self.snapshot.get(*id))
            .partition(|twin| name_of(twin, self.snapshot).0 == namespace);
        let mut found: Vec<Source> = vec![];
        for twin in &near {
            found.extend(self.given(twin, secret, key, mapping));
        }
        if found.is_empty() {
            found = self.copies(namespace, secret, key, &near);
        }
        found.sort();
        found.dedup();
        let found = self.best(namespace, secret, key, found);
        match found.as_slice() {
            [one] => self.verify(namespace, one).map(|()| one.clone()),
            [] => Err(Reason::blocks(self.nothing(&v1, key, mapping, &near, &far))),
            several => {
                let named: Vec<String> = several.iter().map(ToString::to_string).collect();
                let named = named.join(" and ");
                let why = format!(
                    "several could take its place: {named}; change the workload by hand to the one that is meant"
                );
                Err(Reason::blocks(why))
            }
        }
    }

    /// The v2 objects from which the key can come.
    fn twins_of(
        &self,
        v1: &Object<'a>,
        namespace: &str,
        secret: &str,
        mapping: Option<&KeyMapping>,
    ) -> Vec<ObjectId> {
        let mut twins = match mapping {
            Some(mapping) => self.twins.sources(v1, mapping.v2),
            None => {
                let kind = v1::find(&v1.kind().kind);
                let kinds = kind.map_or(&[][..], |kind| kind.counterparts).iter();
                kinds
                    .flat_map(|kind| self.twins.sources(v1, *kind))
                    .collect()
            }
        };
        if v1.kind().kind == "AzureSQLUser" {
            let name = self.secrets.key(namespace, secret, "username");
            let name = name.and_then(|name| name.class);
            twins.retain(|twin| {
                let object = self.snapshot.get(*twin);
                let is_user = object.filter(|object| object.kind().kind == "User");
                let own = is_user.and_then(|object| cell(&object, USER_NAME, self.snapshot));
                own.is_none() || name.is_none() || own == name
            });
        }
        twins
    }

    /// Where a v2 object puts what takes the place of a key.
    fn given(
        &self,
        twin: &Object<'a>,
        secret: &str,
        key: &str,
        mapping: Option<&KeyMapping>,
    ) -> Vec<Source> {
        let source = mapping.map_or(V2Source::Nothing, |mapping| mapping.source);
        match source {
            V2Source::Secret(field) | V2Source::ConfigMap(field) => {
                self.exported(twin, &|exported, _| exported == field)
            }
            V2Source::Input(field) => {
                let cell = |part| cell(twin, &format!("spec.{field}.{part}"), self.snapshot);
                let input = cell("name")
                    .zip(cell("key"))
                    .filter(|(name, _)| *name != secret);
                let input = input.map(|(name, key)| Source::secret(name, Some(key)));
                let input: Vec<Source> = input.into_iter().collect();
                match input.is_empty() {
                    true => self.computed(twin, &|_, to| to == key),
                    false => input,
                }
            }
            V2Source::Field(field) => {
                let wanted = format!("self.spec.{field}");
                self.computed(twin, &|value, to| to == key || bare(value) == wanted)
            }
            V2Source::Expression(expression) => {
                let wanted = bare(expression);
                self.computed(twin, &|value, to| to == key || bare(value) == wanted)
            }
            V2Source::Nothing => {
                let mut found = self.computed(twin, &|_, to| to == key);
                found.extend(self.exported(twin, &|_, to| to == key));
                found
            }
        }
    }

    fn exported(&self, twin: &Object<'a>, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Source> {
        self.destinations(twin, &EXPORTS, "", wanted)
    }

    fn computed(&self, twin: &Object<'a>, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Source> {
        self.destinations(twin, &EXPRESSIONS, "value", wanted)
    }

    fn destinations(
        &self,
        twin: &Object<'a>,
        fields: &[(&str, Holder)],
        first: &str,
        wanted: &dyn Fn(&str, &str) -> bool,
    ) -> Vec<Source> {
        let mut found = vec![];
        for (field, kind) in fields {
            let each = format!("spec.operatorSpec.{field}[*]");
            let what = match first {
                "" => format!("key({each})"),
                first => format!("{each}.{first}"),
            };
            let columns = [what, format!("{each}.name"), format!("{each}.key")];
            for row in rows(twin, &columns, self.snapshot) {
                if let [Some(what), Some(name), Some(key)] = *row.as_slice()
                    && wanted(what, key)
                {
                    found.push(Source {
                        kind: *kind,
                        name: name.to_owned(),
                        key: Some(key.to_owned()),
                    });
                }
            }
        }
        found
    }

    /// Secrets with the same value under the same key; those from which the v2 objects take their passwords, if there are any
    /// among them.
    fn copies(&self, namespace: &str, secret: &str, key: &str, near: &[Object<'a>]) -> Vec<Source> {
        let mut copies = self.secrets.copies(namespace, secret, key);
        if copies.is_empty() {
            return vec![];
        }
        let named: BTreeSet<&str> = inputs()
            .iter()
            .map(|field| format!("spec.{field}.name"))
            .flat_map(|column| {
                let twins = near.iter();
                twins.filter_map(move |twin| cell(twin, &column, self.snapshot))
            })
            .collect();
        let taken = |copy: &str| named.contains(copy);
        if copies.iter().any(|copy| taken(copy)) {
            copies.retain(|copy| taken(copy));
        }
        let sources = copies.into_iter();
        sources
            .map(|copy| Source::secret(copy, Some(key)))
            .collect()
    }

    /// Of several those that hold the value that is read now, and of those the Secret rather than the ConfigMap.
    fn best(
        &self,
        namespace: &str,
        secret: &str,
        key: &str,
        mut found: Vec<Source>,
    ) -> Vec<Source> {
        let class = |name: &str, key: &str| self.secrets.key(namespace, name, key)?.class;
        let now = class(secret, key);
        let is_equal = |source: &Source| {
            let key = source.key.as_deref().unwrap_or_default();
            source.kind == Holder::Secret && now.is_some() && class(&source.name, key) == now
        };
        if found.len() > 1 && found.iter().any(is_equal) {
            found.retain(is_equal);
        }
        let secrets = found.iter().filter(|source| source.kind == Holder::Secret);
        if secrets.count() == 1 {
            found.retain(|source| source.kind == Holder::Secret);
        }
        found
    }

    /// Whether the new source is there, holds the key, and stays.
    fn verify(&self, namespace: &str, source: &Source) -> Result<(), Reason> {
        let because = |why: &str| Err(Reason::blocks(format!("{source} {why}")));
        let key = source.key.as_deref().unwrap_or_default();
        let Some(object) = self.secrets.object(source.kind, namespace, &source.name) else {
            return because(
                "would take its place, but is not there yet; wait until v2 has written it",
            );
        };
        if object.is_terminating() {
            return because("would take its place, but is being deleted");
        }
        let keys = self.secrets.keys(source.kind, namespace, &source.name);
        if !keys.unwrap_or_default().iter().any(|known| known == key) {
            return because("would take its place, but has no such key yet");
        }
        if source.kind == Holder::Secret {
            if self.secrets.by(namespace, &source.name).is_some() {
                return because("would take its place, but is itself one of v1");
            }
            let known = self.secrets.key(namespace, &source.name, key);
            if known.is_some_and(|key| key.is_empty) {
                return because("would take its place, but is empty");
            }
        }
        Ok(())
    }

    fn nothing(
        &self,
        v1: &Object<'a>,
        key: &str,
        mapping: Option<&KeyMapping>,
        near: &[Object<'a>],
        far: &[Object<'a>],
    ) -> String {
        let v1 = v1.key(self.snapshot.pool());
        let twin = match (near, far) {
            ([twin, ..], _) => twin.key(self.snapshot.pool()),
            ([], [twin, ..]) => {
                let twin = twin.key(self.snapshot.pool());
                return format!(
                    "{twin} is in another namespace, and what v2 exports stays in its own; export it there by hand"
                );
            }
            ([], []) => return format!("there is no v2 object for {v1} that could give it"),
        };
        let put = "put the value into a Secret of your own under the same key";
        match mapping.map(|mapping| mapping.source) {
            Some(V2Source::Secret(field)) => {
                format!("{twin} does not export `{field}` (`spec.operatorSpec.secrets`)")
            }
            Some(V2Source::ConfigMap(field)) => {
                format!("{twin} does not export `{field}` (`spec.operatorSpec.configMaps`)")
            }
            Some(V2Source::Input(field)) => {
                format!("{twin} takes no `{field}` from a Secret that stays")
            }
            Some(V2Source::Field(field)) => {
                format!("{twin} exports no expression `self.spec.{field}`; add it, or {put}")
            }
            Some(V2Source::Expression(_)) => {
                format!(
                    "{twin} exports nothing under the key `{key}` (`spec.operatorSpec.secretExpressions`); add it, or {put}"
                )
            }
            Some(V2Source::Nothing) | None => {
                format!(
                    "v2 has no field for it, and {twin} exports nothing under the key `{key}`; {put}"
                )
            }
        }
    }
}

/// An expression without blanks, which mean nothing between its parts.
fn bare(expression: &str) -> String {
    expression.split_whitespace().collect()
}

/// The sources for who reads in one namespace.
pub(super) struct InNamespace<'s, 'a> {
    pub(super) sources: &'s Sources<'a>,
    pub(super) namespace: &'s str,
}

impl Lookup for InNamespace<'_, '_> {
    fn is_of_v1(&self, secret: &str) -> bool {
        self.sources.secrets.by(self.namespace, secret).is_some()
    }

    fn keys(&self, kind: Holder, name: &str) -> Option<Vec<String>> {
        self.sources.secrets.keys(kind, self.namespace, name)
    }

    fn replacement(&self, secret: &str, key: &str) -> Result<Source, Reason> {
        self.sources.replacement(self.namespace, secret, key)
    }
}
