//! Each object is read in every order of its parts and as a tree, and must give the same.

mod columns;
mod kinds;
mod refusals;
mod secrets;

use super::*;
use crate::change::SecretKey;
use crate::coverage::CoverageMap;
use crate::object::ObjectId;
use crate::selector::{
    KindPattern, ObjectSelector, OperatorDeployment, ReadSet, Relation, RelationSelector, Selector,
    SettingsRules, SettingsSecret,
};
use crate::snapshot::{Snapshot, SnapshotBuilder};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Classes by value. Fine for a test, where values need no protection.
#[derive(Debug, Default)]
struct Numbered {
    seen: HashMap<Vec<u8>, u32>,
    count: u32,
}

impl Classify for Numbered {
    fn class(&mut self, value: &[u8]) -> u32 {
        if let Some(class) = self.seen.get(value) {
            return *class;
        }
        let class = self.fresh();
        self.seen.insert(value.to_vec(), class);
        class
    }

    fn fresh(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn renumber(&mut self, _: &[u32]) {}
}

struct Object<'a>(&'a mut Extractor<Numbered>, &'a mut SnapshotBuilder, Source);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();
    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut head = Head::default();
        while head.api_version.is_empty() || head.kind.is_empty() {
            match map.next_key::<&str>()?.unwrap() {
                "apiVersion" => head.api_version = map.next_value::<&str>()?,
                "kind" => head.kind = map.next_value::<&str>()?,
                other => head.early.push((other.into(), map.next_value()?)),
            }
        }
        let schema = self.0.read(self.1, self.2, head, map)?;
        self.0.store(self.1, schema).unwrap();
        Ok(())
    }
}

fn stream(read_set: &ReadSet, source: Source, texts: &[&str]) -> Result<Snapshot, String> {
    let mut builder = SnapshotBuilder::new(read_set.clone());
    let mut extractor = Extractor::new(Numbered::default());
    for text in texts {
        let mut json = serde_json::Deserializer::from_str(text);
        Object(&mut extractor, &mut builder, source)
            .deserialize(&mut json)
            .map_err(|error| error.to_string())?;
        json.end().unwrap();
    }
    Ok(builder.finish(CoverageMap::default()))
}

fn tree(read_set: &ReadSet, object: &Value, keys: &[SecretKey]) -> Result<Snapshot, String> {
    let mut builder = SnapshotBuilder::new(read_set.clone());
    let mut extractor = Extractor::new(Numbered::default());
    let schema = extractor.read_value(&mut builder, object, keys)?;
    extractor.store(&mut builder, schema).unwrap();
    Ok(builder.finish(CoverageMap::default()))
}

fn columns(group: &str, kind: &str, columns: &[&str]) -> Selector {
    Selector::Objects(ObjectSelector {
        table: "t".into(),
        kinds: KindPattern::new(group, kind),
        columns: columns
            .iter()
            .map(|column| column.parse().unwrap())
            .collect(),
    })
}

fn read_set(selectors: &[Selector], relations: &[Relation]) -> ReadSet {
    let mut read_set = ReadSet::default();
    read_set.add(selectors);
    for relation in relations {
        read_set.add(&[Selector::Relation(RelationSelector::whole(
            relation.name(),
            *relation,
        ))]);
    }
    read_set
}

/// The cells of the first object by column; lists as rows joined by `|`.
fn cells(snapshot: &Snapshot) -> Vec<(String, String)> {
    let object = snapshot.get(ObjectId::from_index(0)).unwrap();
    let text = |symbol: crate::pool::Symbol| match symbol.present() {
        Some(symbol) => snapshot.text(symbol).to_owned(),
        None => "-".into(),
    };
    let schema = object.schema();
    let mut cells: Vec<_> = schema
        .cells
        .iter()
        .zip(object.cells())
        .map(|(column, cell)| (column.to_string(), text(*cell)))
        .collect();
    for (index, list) in schema.lists.iter().enumerate() {
        for (at, column) in list.columns.iter().enumerate() {
            let rows: Vec<_> = object
                .list(index)
                .chunks(list.columns.len())
                .map(|row| text(row[at]))
                .collect();
            cells.push((column.to_string(), rows.join("|")));
        }
    }
    cells
}

fn rows(snapshot: &Snapshot, relation: Relation) -> Vec<String> {
    let Some(rows) = snapshot.store().relation(relation) else {
        return vec![];
    };
    rows.cells
        .chunks(relation.columns().len())
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .map(|cell| match cell.present() {
                    Some(cell) => snapshot.text(cell),
                    None => "-",
                })
                .collect();
            cells.join(" ")
        })
        .collect()
}

/// Reads an object as a stream with sorted keys, as a stream in the API server's order, and as a tree; all must agree.
fn every_way(read_set: &ReadSet, object: &Value) -> Snapshot {
    let stream_of = |order: &[&str]| {
        let mut fields: Vec<(&String, &Value)> = object.as_object().unwrap().iter().collect();
        fields.sort_by_key(|(key, _)| {
            let place = order.iter().position(|first| first == key);
            (place.unwrap_or(order.len()), key.to_string())
        });
        let fields: Vec<String> = fields
            .into_iter()
            .map(|(key, value)| format!("{}: {value}", json!(key)))
            .collect();
        let text = format!("{{{}}}", fields.join(", "));
        stream(read_set, Source::Cluster, &[&text]).unwrap()
    };
    let sorted = stream_of(&[]);
    let server = stream_of(&["kind", "apiVersion", "metadata"]);
    let backwards = stream_of(&["status", "spec", "metadata", "kind", "apiVersion"]);
    let tree = tree(read_set, object, &[]).unwrap();
    for other in [&server, &backwards, &tree] {
        assert_eq!(cells(&sorted), cells(other));
        for relation in Relation::ALL {
            // Rows come in the order of the object's parts.
            let in_order = |snapshot: &Snapshot| {
                let mut rows = rows(snapshot, relation);
                rows.sort();
                rows
            };
            assert_eq!(in_order(&sorted), in_order(other));
        }
        let whole = |snapshot: &Snapshot| {
            let object = snapshot.get(ObjectId::from_index(0)).unwrap();
            let text = object.whole()?;
            Some(serde_json::from_str::<Value>(text).unwrap())
        };
        assert_eq!(whole(&sorted), whole(other));
        let header = |snapshot: &Snapshot| {
            let object = snapshot.get(ObjectId::from_index(0)).unwrap();
            let owners: Vec<String> = object
                .owners()
                .iter()
                .map(|owner| {
                    let text = |symbol| snapshot.text(symbol).to_owned();
                    format!(
                        "{} {} {} {} {} {}",
                        text(owner.group),
                        text(owner.kind),
                        text(owner.name),
                        text(owner.uid),
                        owner.controller,
                        owner.block_owner_deletion
                    )
                })
                .collect();
            let finalizers: Vec<_> = object
                .finalizers()
                .iter()
                .map(|finalizer| snapshot.text(*finalizer).to_owned())
                .collect();
            (
                object.key(snapshot.pool()),
                snapshot.text(object.uid()).to_owned(),
                snapshot.text(object.resource_version()).to_owned(),
                snapshot.text(object.version()).to_owned(),
                object.is_terminating(),
                owners,
                finalizers,
            )
        };
        assert_eq!(header(&sorted), header(other));
    }
    sorted
}

fn account() -> Value {
    json!({
        "apiVersion": "storage.azure.com/v1api20230101",
        "kind": "StorageAccount",
        "metadata": {
            "name": "media", "namespace": "shop", "uid": "u1", "resourceVersion": "7",
            "deletionTimestamp": "2026-01-01T00:00:00Z",
            "finalizers": ["a/b", "c/d"],
            "annotations": {"plain": "x", "with/slash.and.dot": "y"},
            "ownerReferences": [
                {"apiVersion": "resources.azure.com/v1", "kind": "ResourceGroup", "name": "rg", "uid": "u0", "controller": true},
                {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "u9", "blockOwnerDeletion": true}
            ]
        },
        "spec": {
            "azureName": "media", "count": 3, "ratio": 1.5, "big": -9007199254740993i64, "on": true, "none": null, "empty": "",
            "owner": {"name": "rg", "line": "a\"b\\c\nd\u{1}é"},
            "rules": [{"host": "a", "port": 1}, {"port": 2}, null, {"host": {"deep": [1, "x"]}}],
            "operatorSpec": {"secrets": {"key1": {"name": "s", "key": "k"}, "key2": {"name": "t"}}}
        },
        "status": {}
    })
}

fn with_settings() -> ReadSet {
    let mut read_set = read_set(&[], &[Relation::OperatorSettings]);
    read_set.settings = SettingsRules {
        secrets: vec![SettingsSecret {
            operator: "v1",
            name: "azureoperatorsettings",
            keys: &[
                "AZURE_SUBSCRIPTION_ID",
                "presence:AZURE_CLIENT_SECRET",
                "presence:EMPTY",
            ],
        }],
        deployments: vec![OperatorDeployment {
            operator: "v2",
            name: "controller",
            arguments: &["--crd-pattern"],
            environment: &["MODE"],
        }],
    };
    read_set
}
