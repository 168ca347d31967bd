//! Whatever a pod spec looks like, its containers see the same variables and files after the swap as before it, nothing
//! that has a source is read from v1 any more, and nothing else is touched.

use crate::steps::swap::edit::{Edit, Operation, merge};
use crate::steps::swap::pod::{Lookup, Reason, rewrite};
use crate::steps::swap::report::{Holder, Source};
use asogate_core::change::merge_patch;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const V1: [&str; 2] = ["old-a", "old-b"];
const KEYS: [&str; 3] = ["x", "y", "z"];

/// Secrets and ConfigMaps with their values, and what takes the place of each key of v1.
#[derive(Clone, Debug, Default)]
struct Namespace {
    values: BTreeMap<(Holder, String), BTreeMap<String, String>>,
    replacements: BTreeMap<(String, String), Source>,
}

impl Namespace {
    fn value(&self, kind: Holder, name: &str, key: &str) -> String {
        let held = self.values.get(&(kind, name.to_owned()));
        let value = held.and_then(|held| held.get(key));
        value.cloned().unwrap_or_else(|| "nothing".into())
    }
}

impl Lookup for Namespace {
    fn is_of_v1(&self, secret: &str) -> bool {
        V1.contains(&secret)
    }

    fn keys(&self, kind: Holder, name: &str) -> Option<Vec<String>> {
        let held = self.values.get(&(kind, name.to_owned()))?;
        Some(held.keys().cloned().collect())
    }

    fn replacement(&self, secret: &str, key: &str) -> Result<Source, Reason> {
        let known = self.replacements.get(&(secret.to_owned(), key.to_owned()));
        known.cloned().ok_or_else(|| Reason::blocks("nothing"))
    }
}

/// For each key of v1: nothing, or a key of one of three objects, under the same name or another one.
fn namespaces() -> impl Strategy<Value = Namespace> {
    let target = prop::option::weighted(0.9, (0..3usize, any::<bool>()));
    let keys = prop::collection::vec(target, V1.len() * KEYS.len());
    (keys, any::<bool>()).prop_map(|(targets, further)| {
        let mut namespace = Namespace::default();
        let mut put = |kind, name: &str, key: &str, value: &str| {
            let held: &mut BTreeMap<String, String> =
                namespace.values.entry((kind, name.to_owned())).or_default();
            held.entry(key.to_owned())
                .or_insert_with(|| value.to_owned())
                == value
        };
        let mut replacements = BTreeMap::new();
        let pairs = V1
            .iter()
            .flat_map(|name| KEYS.iter().map(move |key| (*name, *key)));
        for ((name, key), target) in pairs.zip(targets) {
            let value = format!("value of {name} {key}");
            put(Holder::Secret, name, key, &value);
            let Some((place, renamed)) = target else {
                continue;
            };
            let (kind, new) = [
                (Holder::Secret, "new-a"),
                (Holder::Secret, "new-b"),
                (Holder::ConfigMap, "new-c"),
            ][place];
            let mut to = if renamed {
                format!("{key}2")
            } else {
                key.to_owned()
            };
            if !put(kind, new, &to, &value) {
                to = format!("{name}-{key}");
                put(kind, new, &to, &value);
            }
            let to = Source {
                kind,
                name: new.into(),
                key: Some(to),
            };
            replacements.insert((name.to_owned(), key.to_owned()), to);
        }
        put(Holder::Secret, "other", "x", "of somebody else");
        put(Holder::ConfigMap, "settings", "y", "a setting");
        if further {
            put(Holder::Secret, "new-a", "further", "more");
        }
        namespace.replacements = replacements;
        namespace
    })
}

fn secret() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["old-a", "old-b", "other"])
}

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(KEYS.to_vec())
}

fn variable() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["A", "B", "x", "P_y"]);
    let source = prop_oneof![
        3 => (secret(), key()).prop_map(|(name, key)| json!({"valueFrom": {"secretKeyRef": {"name": name, "key": key}}})),
        1 => (secret(), key()).prop_map(|(name, key)| json!({"valueFrom": {"secretKeyRef": {"name": name, "key": key, "optional": true}}})),
        1 => key().prop_map(|key| json!({"valueFrom": {"configMapKeyRef": {"name": "settings", "key": key}}})),
        1 => Just(json!({"value": "in the open"})),
    ];
    (name, source).prop_map(|(name, mut source)| {
        source["name"] = json!(name);
        source
    })
}

fn entry() -> impl Strategy<Value = Value> {
    let source = prop_oneof![
        3 => secret().prop_map(|name| json!({"secretRef": {"name": name}})),
        1 => Just(json!({"configMapRef": {"name": "settings"}})),
    ];
    (source, any::<bool>()).prop_map(|(mut source, prefixed)| {
        if prefixed {
            source["prefix"] = json!("P_");
        }
        source
    })
}

fn items() -> impl Strategy<Value = Option<Value>> {
    let keys = prop::sample::subsequence(KEYS.to_vec(), 1..=KEYS.len());
    let items = keys.prop_map(|keys| {
        let items = keys
            .iter()
            .map(|key| json!({"key": key, "path": format!("file-{key}"), "mode": 256}));
        Value::Array(items.collect())
    });
    prop::option::of(items)
}

fn file_source(name: &'static str) -> impl Strategy<Value = Value> {
    (secret(), items(), any::<bool>()).prop_map(move |(secret, items, optional)| {
        let mut source = json!({name: secret});
        if let Some(items) = items {
            source["items"] = items;
        }
        if optional {
            source["optional"] = json!(true);
        }
        source
    })
}

fn volume() -> impl Strategy<Value = Value> {
    let projected = prop_oneof![
        3 => file_source("name").prop_map(|source| json!({"secret": source})),
        1 => Just(json!({"configMap": {"name": "settings"}})),
        1 => Just(json!({"downwardAPI": {"items": [{"path": "labels"}]}})),
    ];
    prop_oneof![
        3 => file_source("secretName").prop_map(|mut source| {
            source["defaultMode"] = json!(288);
            json!({"secret": source})
        }),
        2 => prop::collection::vec(projected, 1..4).prop_map(|sources| json!({"projected": {"sources": sources, "defaultMode": 420}})),
        1 => Just(json!({"emptyDir": {}})),
    ]
}

fn containers() -> impl Strategy<Value = Vec<Value>> {
    let container = (
        prop::option::of(prop::collection::vec(variable(), 0..4)),
        prop::option::of(prop::collection::vec(entry(), 1..4)),
    );
    let container = container.prop_map(|(env, env_from)| {
        let mut container = json!({"name": "c", "image": "i", "args": [null]});
        if let Some(env) = env {
            container["env"] = Value::Array(env);
        }
        if let Some(env_from) = env_from {
            container["envFrom"] = Value::Array(env_from);
        }
        container
    });
    prop::collection::vec(container, 1..3)
}

fn pods() -> impl Strategy<Value = Value> {
    let volumes = prop::collection::vec(volume(), 0..3);
    (containers(), containers(), volumes).prop_map(|(init, containers, volumes)| {
        let named = volumes.into_iter().enumerate().map(|(at, mut volume)| {
            volume["name"] = json!(format!("volume-{at}"));
            volume
        });
        json!({"spec": {"initContainers": init, "containers": containers, "volumes": named.collect::<Vec<_>>()}})
    })
}

fn list<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    value[field].as_array().into_iter().flatten()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

/// What each container sees as variables: what a kubelet makes of `envFrom` and `env`.
fn variables(pod: &Value, namespace: &Namespace) -> Vec<BTreeMap<String, String>> {
    let spec = &pod["spec"];
    let containers = list(spec, "initContainers").chain(list(spec, "containers"));
    let seen = containers.map(|container| {
        let mut seen = BTreeMap::new();
        for entry in list(container, "envFrom") {
            let (kind, reference) = match entry.get("secretRef") {
                Some(reference) => (Holder::Secret, reference),
                None => (Holder::ConfigMap, &entry["configMapRef"]),
            };
            let name = text(reference, "name");
            for key in namespace.keys(kind, &name).unwrap_or_default() {
                let value = namespace.value(kind, &name, &key);
                seen.insert(format!("{}{key}", text(entry, "prefix")), value);
            }
        }
        for variable in list(container, "env") {
            let from = &variable["valueFrom"];
            let value = match (from.get("secretKeyRef"), from.get("configMapKeyRef")) {
                (Some(of), _) => {
                    namespace.value(Holder::Secret, &text(of, "name"), &text(of, "key"))
                }
                (_, Some(of)) => {
                    namespace.value(Holder::ConfigMap, &text(of, "name"), &text(of, "key"))
                }
                _ => text(variable, "value"),
            };
            seen.insert(text(variable, "name"), value);
        }
        seen
    });
    seen.collect()
}

/// The files of every volume with their values, modes and whether they may be absent.
fn files(pod: &Value, namespace: &Namespace) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut add = |volume: &str, kind, name: &str, source: &Value, mode: &Value| {
        let optional = &source["optional"];
        let all = namespace.keys(kind, name).unwrap_or_default().into_iter();
        let all: Vec<Value> = all.map(|key| json!({"key": key, "path": key})).collect();
        let items = source["items"].as_array().unwrap_or(&all);
        for item in items {
            let value = namespace.value(kind, name, &text(item, "key"));
            let path = text(item, "path");
            files.insert(format!(
                "{volume}/{path}: {value} {mode} {} {optional}",
                item["mode"]
            ));
        }
    };
    for volume in list(&pod["spec"], "volumes") {
        let word = text(volume, "name");
        if let Some(source) = volume.get("secret") {
            add(
                &word,
                Holder::Secret,
                &text(source, "secretName"),
                source,
                &source["defaultMode"],
            );
        }
        if let Some(source) = volume.get("configMap") {
            add(
                &word,
                Holder::ConfigMap,
                &text(source, "name"),
                source,
                &source["defaultMode"],
            );
        }
        for source in list(&volume["projected"], "sources") {
            let mode = &volume["projected"]["defaultMode"];
            if let Some(source) = source.get("secret") {
                add(&word, Holder::Secret, &text(source, "name"), source, mode);
            }
            if let Some(source) = source.get("configMap") {
                add(
                    &word,
                    Holder::ConfigMap,
                    &text(source, "name"),
                    source,
                    mode,
                );
            }
        }
    }
    files
}

/// The spec without everything that can name a Secret or ConfigMap.
fn rest(pod: &Value) -> Value {
    let mut pod = pod.clone();
    for field in ["initContainers", "containers"] {
        for container in pod["spec"][field].as_array_mut().unwrap() {
            let container = container.as_object_mut().unwrap();
            container.shift_remove("env");
            container.shift_remove("envFrom");
        }
    }
    for volume in pod["spec"]["volumes"].as_array_mut().unwrap() {
        let name = volume["name"].clone();
        let others = volume.get("emptyDir").cloned();
        *volume = json!({"name": name, "others": others});
    }
    pod
}

/// Every key of v1 that the spec still names; `*` for a whole Secret.
fn of_v1(pod: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut add = |name: String, key: &str| {
        if V1.contains(&name.as_str()) {
            found.insert((name, key.to_owned()));
        }
    };
    let spec = &pod["spec"];
    for container in list(spec, "initContainers").chain(list(spec, "containers")) {
        for variable in list(container, "env") {
            let of = &variable["valueFrom"]["secretKeyRef"];
            add(text(of, "name"), &text(of, "key"));
        }
        for entry in list(container, "envFrom") {
            add(text(&entry["secretRef"], "name"), "*");
        }
    }
    for volume in list(spec, "volumes") {
        add(text(&volume["secret"], "secretName"), "*");
        for source in list(&volume["projected"], "sources") {
            add(text(&source["secret"], "name"), "*");
        }
    }
    found
}

/// What an API server does with a JSON patch.
fn apply(operations: &[Operation], object: &mut Value) -> Result<(), String> {
    for operation in operations {
        let mut step = |path: &str, new: Option<&Value>, replace: bool| {
            let (parent, name) = path.rsplit_once('/').ok_or("no path")?;
            match object.pointer_mut(parent).ok_or("no parent")? {
                Value::Object(fields) => match new {
                    Some(new) if !replace || fields.contains_key(name) => {
                        fields.insert(name.into(), new.clone());
                        Ok(())
                    }
                    Some(_) => Err("nothing to replace"),
                    None => fields.remove(name).map(|_| ()).ok_or("nothing to remove"),
                },
                Value::Array(items) => {
                    let at: usize = name.parse().map_err(|_| "no index")?;
                    match new {
                        Some(new) if replace => *items.get_mut(at).ok_or("beyond")? = new.clone(),
                        Some(new) if at <= items.len() => items.insert(at, new.clone()),
                        None if at < items.len() => {
                            items.remove(at);
                        }
                        _ => return Err("beyond"),
                    }
                    Ok(())
                }
                _ => Err("no holder"),
            }
        };
        match operation {
            Operation::Test { path, value } => {
                if object.pointer(path) != Some(value) {
                    return Err(format!("{path} is not {value}"));
                }
            }
            Operation::Replace { path, value } => step(path, Some(value), true)?,
            Operation::Add { path, value } => step(path, Some(value), false)?,
            Operation::Remove { path } => step(path, None, false)?,
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn containers_see_the_same_and_read_v1_only_where_nothing_takes_its_place(
        namespace in namespaces(),
        before in pods(),
    ) {
        let mut after = before.clone();
        let mut edit = Edit::new(&mut after);
        let found = rewrite(&mut edit, "/spec", &namespace);
        let operations = std::mem::take(&mut edit.operations);

        prop_assert_eq!(variables(&before, &namespace), variables(&after, &namespace));
        prop_assert_eq!(files(&before, &namespace), files(&after, &namespace));
        prop_assert_eq!(rest(&before), rest(&after));

        // What is still read of v1 is told, each with a key that has no source.
        for (secret, key) in of_v1(&after) {
            let told = found.iter().any(|found| {
                found.to.is_err()
                    && found.from.name == secret
                    && (key == "*" || found.from.key.as_deref() == Some(&key))
            });
            prop_assert!(told, "{} {} stays, and nothing says so", secret, key);
        }
        for found in found.iter().filter(|found| found.to.is_err()) {
            let key = found.from.key.clone().unwrap();
            prop_assert!(!namespace.replacements.contains_key(&(found.from.name.clone(), key)));
        }

        let mut patched = before.clone();
        prop_assert_eq!(apply(&operations, &mut patched), Ok(()));
        prop_assert_eq!(&patched, &after);
        let mut merged = before.clone();
        let patch = merge(before.as_object().unwrap(), after.as_object().unwrap());
        merge_patch(&mut merged, &Value::Object(patch));
        prop_assert_eq!(&merged, &after);
    }
}

#[test]
fn what_has_another_shape_than_kubernetes_gives_it_is_left_alone() {
    let key = json!({"secretKeyRef": {"name": "old-a"}});
    for spec in [
        json!(null),
        json!({"containers": {"name": "c"}, "volumes": "none"}),
        json!({"containers": [null, 1, {"env": [null, {"valueFrom": 2}], "envFrom": [[]]}]}),
        json!({"containers": [], "volumes": [{"secret": []}, {"projected": {"sources": [null]}}]}),
        json!({"containers": [{"env": [{"valueFrom": key}]}]}),
    ] {
        let before = json!({"spec": spec});
        let mut after = before.clone();
        let mut edit = Edit::new(&mut after);
        let found = rewrite(&mut edit, "/spec", &Namespace::default());
        assert!(found.iter().all(|found| found.to.is_err()), "{found:?}");
        assert_eq!(before, after);
    }
}
