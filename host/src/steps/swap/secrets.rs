//! The Secrets and ConfigMaps of a snapshot: which of them v1 wrote, what keys they hold, and which values are equal.

use super::report::Holder;
use crate::steps::objects::cell;
use asogate_aso::secret_names::{NamingVersion, find, secret_names};
use asogate_aso::v1;
use asogate_core::object::{GroupKind, ObjectId, ObjectKey};
use asogate_core::selector::Relation;
use asogate_core::snapshot::{Object, Snapshot, YES};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Namespace and name.
type Name<'a> = (&'a str, &'a str);

/// One key of a Secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    /// Whether its value is empty.
    pub(super) is_empty: bool,
    /// Equal values share a class; none if the value is not known.
    pub(super) class: Option<&'a str>,
}

/// A Secret that v1 wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// For this v1 object.
    Object(ObjectId),
    /// For a v1 object that is not there any more: Kubernetes is about to collect the Secret.
    Gone,
}

/// The Secrets and ConfigMaps of a snapshot.
pub(super) struct Secrets<'a> {
    snapshot: &'a Snapshot,
    of_v1: HashMap<Name<'a>, By>,
    keys: HashMap<Name<'a>, BTreeMap<&'a str, Key<'a>>>,
    config_map_keys: HashMap<Name<'a>, BTreeSet<&'a str>>,
    /// The Secrets that are not v1's, by namespace and by the names of their keys.
    shapes: HashMap<&'a str, BTreeMap<Vec<&'a str>, Shape<'a>>>,
}

/// Secrets of one namespace that have the same keys: their names by key and class of the value.
type Shape<'a> = HashMap<(&'a str, &'a str), Vec<&'a str>>;

impl<'a> Secrets<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Secrets<'a> {
        let mut secrets = Secrets {
            snapshot,
            of_v1: HashMap::new(),
            keys: HashMap::new(),
            config_map_keys: HashMap::new(),
            shapes: HashMap::new(),
        };
        secrets.read_keys();
        secrets.find_those_of_v1();
        secrets.find_shapes();
        secrets
    }

    fn rows(&self, relation: Relation) -> impl Iterator<Item = Vec<Option<&'a str>>> + use<'a> {
        let snapshot = self.snapshot;
        let width = relation.columns().len();
        let rows = snapshot.store().relation(relation);
        let cells = rows.map_or(&[][..], |rows| rows.cells.as_slice());
        cells.chunks_exact(width).map(move |row| {
            let texts = row.iter().map(|symbol| symbol.present());
            texts
                .map(|symbol| symbol.map(|symbol| snapshot.text(symbol)))
                .collect()
        })
    }

    fn read_keys(&mut self) {
        for row in self.rows(Relation::SecretKeys) {
            if let [Some(namespace), Some(secret), Some(name), empty, class] = *row.as_slice() {
                let key = Key {
                    is_empty: empty == Some(YES),
                    class,
                };
                let keys = self.keys.entry((namespace, secret)).or_default();
                keys.insert(name, key);
            }
        }
        for row in self.rows(Relation::ConfigMapKeys) {
            if let [Some(namespace), Some(name), Some(key)] = *row.as_slice() {
                let keys = self.config_map_keys.entry((namespace, name)).or_default();
                keys.insert(key);
            }
        }
    }

    /// By their owner, else by the names that v1 computes (FACTS (a), "v1 secrets: rules behind the table").
    fn find_those_of_v1(&mut self) {
        let snapshot = self.snapshot;
        let mut unowned = BTreeSet::new();
        for (_, object) in snapshot.objects() {
            if *object.kind() != GroupKind::new("", "Secret") {
                continue;
            }
            let name = name_of(&object, snapshot);
            let owner = object.owners().iter();
            let mut owner = owner.filter(|owner| snapshot.text(owner.group) == v1::GROUP);
            match owner.next() {
                Some(owner) => {
                    let by = snapshot.find_uid(owner.uid).map_or(By::Gone, By::Object);
                    self.of_v1.insert(name, by);
                }
                None if object.owners().is_empty() => {
                    unowned.insert(name);
                }
                None => {}
            }
        }
        for (id, object) in snapshot.objects() {
            if object.kind().group != v1::GROUP {
                continue;
            }
            for (name, naming) in self.computed(&object) {
                let (namespace, _) = name_of(&object, snapshot);
                let Some(name) = snapshot.pool().find(&name) else {
                    continue;
                };
                let known = (namespace, snapshot.text(name));
                let is_there = self.object(Holder::Secret, namespace, known.1).is_some();
                if !is_there && naming == NamingVersion::Current {
                    // It is gone, or was never read: who names it reads a Secret of v1 all the same.
                    self.of_v1.entry(known).or_insert(By::Object(id));
                }
                if !unowned.contains(&known) {
                    continue;
                }
                // A name without a prefix is one that anybody might choose: the keys must be those of v1 too.
                if naming == NamingVersion::Current || self.may_be(known, &object.kind().kind) {
                    self.of_v1.entry(known).or_insert(By::Object(id));
                }
            }
        }
    }

    fn computed(&self, object: &Object<'_>) -> Vec<(String, NamingVersion)> {
        let cell = |column| cell(object, column, self.snapshot);
        let kind = object.kind().kind.as_str();
        let in_key_vault = cell("spec.keyVaultToStoreSecrets").is_some_and(|name| !name.is_empty());
        let Some(known) = find(kind) else {
            return vec![];
        };
        if known.may_be_in_key_vault && in_key_vault {
            return vec![];
        }
        let group = cell("spec.resourceGroup").or_else(|| cell("spec.resourcegroup"));
        let own = self.snapshot.text(object.name());
        let Some(names) = secret_names(kind, own, cell("spec.secretName"), group) else {
            return vec![];
        };
        let legacy = names.legacy.map(|name| (name, NamingVersion::Legacy));
        let mut computed = vec![(names.current, NamingVersion::Current)];
        computed.extend(legacy);
        computed
    }

    fn may_be(&self, name: Name<'_>, kind: &str) -> bool {
        let (Some(known), Some(keys)) = (find(kind), self.keys.get(&name)) else {
            return false;
        };
        keys.keys().all(|key| known.may_hold(key))
            && keys.keys().any(|key| known.keys.contains(key))
    }

    /// For what v1 wrote a Secret; none if v1 did not write it.
    pub(super) fn by(&self, namespace: &str, name: &str) -> Option<By> {
        self.of_v1.get(&(namespace, name)).copied()
    }

    /// One key of a Secret.
    pub(super) fn key(&self, namespace: &str, name: &str, key: &str) -> Option<Key<'a>> {
        self.keys.get(&(namespace, name))?.get(key).copied()
    }

    /// The object itself.
    pub(super) fn object(&self, kind: Holder, namespace: &str, name: &str) -> Option<Object<'a>> {
        let key = ObjectKey {
            kind: GroupKind::new("", kind.kind()),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        };
        self.snapshot.get(self.snapshot.find(&key)?)
    }

    /// The keys of a Secret or ConfigMap, sorted; none if it is not there.
    pub(super) fn keys(&self, kind: Holder, namespace: &str, name: &str) -> Option<Vec<String>> {
        self.object(kind, namespace, name)?;
        let place = (namespace, name);
        Some(match kind {
            Holder::Secret => {
                let keys = self.keys.get(&place).into_iter().flat_map(BTreeMap::keys);
                keys.map(|key| (*key).to_owned()).collect()
            }
            Holder::ConfigMap => {
                let keys = self.config_map_keys.get(&place).into_iter().flatten();
                keys.map(|key| (*key).to_owned()).collect()
            }
        })
    }

    /// Every Secret that is not v1's goes where those with the same keys are.
    fn find_shapes(&mut self) {
        for ((namespace, name), keys) in &self.keys {
            if self.of_v1.contains_key(&(*namespace, *name)) {
                continue;
            }
            let shapes = self.shapes.entry(*namespace).or_default();
            let shape = shapes.entry(keys.keys().copied().collect()).or_default();
            for (key, known) in keys {
                if let Some(class) = known.class {
                    shape.entry((*key, class)).or_default().push(*name);
                }
            }
        }
        for shape in self.shapes.values_mut().flat_map(BTreeMap::values_mut) {
            shape.values_mut().for_each(|names| names.sort_unstable());
        }
    }

    /// The Secrets of a namespace that are not v1's and hold, under the same key, the same value as a Secret does. One that has
    /// another key in common with it, with another value, is equal by chance (a user name like `admin`) and no copy.
    ///
    /// Of the keys in common that which tells most is looked up, so that a thousand Secrets with one user name cost no
    /// more than their passwords do.
    pub(super) fn copies(&self, namespace: &str, name: &str, key: &str) -> Vec<&'a str> {
        let (Some(own), Some(shapes)) = (
            self.keys.get(&(namespace, name)),
            self.shapes.get(namespace),
        ) else {
            return vec![];
        };
        let is_known = |key: &str| own.get(key).is_some_and(|known| known.class.is_some());
        if !is_known(key) {
            return vec![];
        }
        let mut copies = vec![];
        for (keys, shape) in shapes {
            if keys.binary_search(&key).is_err() {
                continue;
            }
            let common: Vec<(&'a str, Option<&'a str>)> = keys
                .iter()
                .filter_map(|key| Some((*key, own.get(key)?.class)))
                .collect();
            let none: &[&'a str] = &[];
            let equal = |(key, class): &(&'a str, Option<&'a str>)| {
                let names = class.and_then(|class| shape.get(&(*key, class)));
                names.map_or(none, Vec::as_slice)
            };
            let agree = |copy: &str| {
                common.iter().all(|(key, class)| {
                    let other = self.key(namespace, copy, key);
                    other.is_none_or(|other| other.class == *class)
                })
            };
            let known = common.iter().filter(|(_, class)| class.is_some());
            let fewest = known.map(equal).min_by_key(|names| names.len());
            let fewest = fewest.unwrap_or_default().iter().copied();
            copies.extend(fewest.filter(|copy| agree(copy)));
        }
        copies.sort_unstable();
        copies
    }
}

/// Namespace and name of an object.
pub(super) fn name_of<'a>(object: &Object<'_>, snapshot: &'a Snapshot) -> Name<'a> {
    let namespace = object.namespace().present();
    (
        namespace.map_or("", |namespace| snapshot.text(namespace)),
        snapshot.text(object.name()),
    )
}
