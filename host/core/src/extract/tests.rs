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
        read_set.add(&[Selector::Relation(RelationSelector {
            table: relation.name().into(),
            relation: *relation,
        })]);
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

#[test]
fn columns_give_what_the_contract_says() {
    let wanted = [
        ("apiVersion", "storage.azure.com/v1api20230101"),
        ("kind", "StorageAccount"),
        ("metadata.name", "media"),
        ("metadata.annotations[with/slash.and.dot]", "y"),
        ("metadata.annotations[absent]", "-"),
        (
            "metadata.annotations",
            r#"{"plain":"x","with/slash.and.dot":"y"}"#,
        ),
        ("spec.count", "3"),
        ("spec.ratio", "1.5"),
        ("spec.big", "-9007199254740993"),
        ("spec.on", "true"),
        ("spec.none", "-"),
        ("spec.empty", ""),
        (
            "spec.owner",
            "{\"name\":\"rg\",\"line\":\"a\\\"b\\\\c\\nd\\u0001é\"}",
        ),
        ("spec.owner.name", "rg"),
        ("spec.azureName.too.deep", "-"),
        ("status", "{}"),
        ("class(spec.azureName)", "1"),
        ("class(spec.absent)", "-"),
        ("spec.rules[*].host", r#"a|-|-|{"deep":[1,"x"]}"#),
        ("key(spec.rules[*])", "0|1|2|3"),
        ("key(spec.operatorSpec.secrets[*])", "key1|key2"),
        ("spec.operatorSpec.secrets[*].key", "k|-"),
        (
            "spec.operatorSpec.secrets[*]",
            r#"{"name":"s","key":"k"}|{"name":"t"}"#,
        ),
        ("spec.operatorSpec.secrets.key1.name", "s"),
        ("metadata.finalizers[*]", "a/b|c/d"),
        ("spec.azureName[*]", ""),
    ];
    let names: Vec<_> = wanted.iter().map(|(column, _)| *column).collect();
    let read_set = read_set(&[columns("*.azure.com", "*", &names)], &[]);
    let snapshot = every_way(&read_set, &account());
    let found: HashMap<_, _> = cells(&snapshot).into_iter().collect();
    for (column, expected) in wanted {
        let column = column.parse::<crate::selector::ColumnPath>().unwrap();
        assert_eq!(found[&column.to_string()], expected, "{column}");
    }
}

#[test]
fn a_column_inside_every_field_of_the_object_sees_kind_and_metadata() {
    let read_set = read_set(
        &[columns(
            "*",
            "*",
            &["key([*])", "[*].name", "metadata[*]", "metadata.uid"],
        )],
        &[],
    );
    let object = json!({"apiVersion": "v1", "kind": "Secret", "data": {"p": "czNjcmV0"},
        "metadata": {"name": "s", "uid": "u", "annotations": {"a": "1", "kubectl.kubernetes.io/last-applied-configuration": "s3cret"}}});
    let found: HashMap<_, _> = cells(&every_way(&read_set, &object)).into_iter().collect();
    assert_eq!(found["key([*])"], "apiVersion|kind|metadata");
    assert_eq!(found["[*].name"], "-|-|s");
    assert_eq!(found["metadata[*]"], r#"s|u|{"a":"1"}"#);
    assert_eq!(found["metadata.uid"], "u");
}

#[test]
fn identity_owners_and_finalizers_are_always_read() {
    let snapshot = every_way(&ReadSet::default(), &account());
    let object = snapshot.get(ObjectId::from_index(0)).unwrap();
    assert_eq!(
        object.key(snapshot.pool()).to_string(),
        "StorageAccount.storage.azure.com shop/media"
    );
    assert_eq!(snapshot.text(object.uid()), "u1");
    assert_eq!(snapshot.text(object.version()), "v1api20230101");
    assert!(object.is_terminating());
    assert_eq!(object.finalizers().len(), 2);
    let [first, second] = object.owners() else {
        panic!("two owners")
    };
    assert_eq!(snapshot.text(first.group), "resources.azure.com");
    assert!(first.controller && !first.block_owner_deletion);
    assert!(second.block_owner_deletion && !second.controller);
    assert_eq!(snapshot.text(second.group), "");
}

#[test]
fn secrets_give_keys_and_classes_and_never_values() {
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    let read_set = read_set(
        &[columns(
            "",
            "Secret",
            &[
                "type",
                "data",
                "data.password",
                "stringData",
                "class(data.password)",
                "metadata",
                "metadata.annotations",
                &format!("metadata.annotations[{annotation}]"),
                "metadata.annotations[*]",
                "metadata.annotations[a]",
            ],
        )],
        &[Relation::SecretKeys],
    );
    let mut read_set = read_set;
    read_set.whole.kinds.push(KindPattern::new("*", "*"));
    let object = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "data": {"password": "czNjcmV0", "none": "", "again": "czNjcmV0"},
        "stringData": {"plain": "s3cret", "other": "x"},
        "metadata": {"name": "s", "namespace": "n",
            "annotations": {"a": "1", annotation: "{\"data\":{\"password\":\"czNjcmV0\"}}"}}});
    let snapshot = every_way(&read_set, &object);
    let found: HashMap<_, _> = cells(&snapshot).into_iter().collect();
    assert_eq!(found["type"], "Opaque");
    assert_eq!(found["metadata.annotations"], r#"{"a":"1"}"#);
    assert_eq!(found["metadata.annotations[*]"], "1");
    assert_eq!(found["metadata.annotations.a"], "1");
    for absent in [
        "data",
        "data[password]",
        "data.password",
        "class(data.password)",
        "stringData",
        &format!("metadata.annotations[{annotation}]"),
    ] {
        assert!(found.get(absent).is_none_or(|cell| cell == "-"), "{absent}");
    }
    assert!(!found["metadata"].contains("last-applied"));
    let keys = rows(&snapshot, Relation::SecretKeys);
    assert_eq!(
        keys,
        [
            "n s password - 1",
            "n s none true 2",
            "n s again - 1",
            "n s plain - 1",
            "n s other - 3"
        ]
    );
    assert!(
        snapshot
            .get(ObjectId::from_index(0))
            .unwrap()
            .whole()
            .is_none()
    );
    let all = format!("{snapshot:?}");
    assert!(!all.contains("s3cret") && !all.contains("czNjcmV0"));
}

#[test]
fn string_data_replaces_data() {
    let read_set = read_set(&[], &[Relation::SecretKeys]);
    let snapshot = stream(
        &read_set,
        Source::Cluster,
        &[
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"k":""},"data":{"k":"czM="}}"#,
        ],
    );
    assert_eq!(
        rows(&snapshot.unwrap(), Relation::SecretKeys),
        ["- s k true 1"]
    );
}

#[test]
fn keys_of_a_manifest_whose_values_were_dropped_are_rows_without_class() {
    let read_set = read_set(&[], &[Relation::SecretKeys]);
    let object =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}});
    let keys = [
        SecretKey {
            key: "a".into(),
            empty: false,
        },
        SecretKey {
            key: "b".into(),
            empty: true,
        },
    ];
    let snapshot = tree(&read_set, &object, &keys).unwrap();
    assert_eq!(
        rows(&snapshot, Relation::SecretKeys),
        ["n s a - -", "n s b true -"]
    );
}

#[test]
fn class_of_a_field_equals_the_class_of_a_secret_with_the_same_value() {
    let read_set = read_set(
        &[columns("*.azure.com", "*", &["class(spec.azureName)"])],
        &[Relation::SecretKeys],
    );
    let snapshot = stream(
        &read_set,
        Source::Cluster,
        &[
            r#"{"apiVersion":"a.azure.com/v1","kind":"A","metadata":{"name":"a"},"spec":{"azureName":"s3cret"}}"#,
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"x":"eA==","k":"czNjcmV0"}}"#,
        ],
    )
    .unwrap();
    assert_eq!(cells(&snapshot)[0].1, "1");
    assert_eq!(
        rows(&snapshot, Relation::SecretKeys),
        ["- s x - 2", "- s k - 1"]
    );
}

#[test]
fn pods_name_secrets_and_config_maps_in_every_place() {
    let spec = json!({
        "imagePullSecrets": [{"name": "pull"}, {}],
        "initContainers": [{"name": "i", "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"key": "k", "name": "init"}}}]}],
        "ephemeralContainers": [{"name": "e", "envFrom": [{"secretRef": {"name": "debug"}}]}],
        "containers": [{
            "env": [
                {"name": "A", "value": "x"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}},
                {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k", "optional": false}}},
                {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}
            ],
            "envFrom": [{"secretRef": {"name": "s", "optional": false}}, {"configMapRef": {"name": "c"}, "prefix": "P"}]
        }],
        "volumes": [
            {"name": "v", "secret": {"secretName": "whole", "defaultMode": 420}},
            {"name": "v", "secret": {"items": [{"key": "a", "path": "p"}, {"key": "b", "path": "q"}], "secretName": "some", "optional": true}},
            {"name": "v", "configMap": {"name": "c", "items": [{"key": "a", "path": "p"}]}},
            {"name": "v", "projected": {"sources": [{"secret": {"name": "proj", "items": [{"key": "z"}]}}, {"configMap": {"name": "pc"}}, {"serviceAccountToken": {}}]}},
            {"name": "v", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "csi"}}},
            {"name": "v", "azureFile": {"secretName": "file", "shareName": "x"}},
            {"name": "v", "cephfs": {"secretRef": {"name": "ceph"}}},
            {"name": "v", "flexVolume": {"secretRef": {"name": "flex"}}},
            {"name": "v", "emptyDir": {}}
        ]
    });
    let secrets = [
        "n s k env true",
        "n s - envFrom -",
        "n debug - envFrom -",
        "n pull - imagePullSecret -",
        "n init k env -",
        "n whole - volume -",
        "n some a volume true",
        "n some b volume true",
        "n proj z projected -",
        "n csi - csi -",
        "n file - volume -",
        "n ceph - volume -",
        "n flex - volume -",
    ];
    let config_maps = [
        "n c k env -",
        "n c - envFrom -",
        "n c a volume -",
        "n pc - projected -",
    ];
    let read_set = read_set(
        // A column that goes the same way must not disturb the references, nor they the column.
        &[columns(
            "apps",
            "*",
            &["spec.template.spec.volumes[*].name"],
        )],
        &[Relation::SecretReferences, Relation::ConfigMapReferences],
    );
    let template = json!({"template": {"spec": spec}});
    for (api_version, kind, spec) in [
        ("v1", "Pod", spec.clone()),
        ("apps/v1", "Deployment", template.clone()),
        ("apps/v1", "StatefulSet", template.clone()),
        ("apps/v1", "DaemonSet", template.clone()),
        ("apps/v1", "ReplicaSet", template.clone()),
        ("batch/v1", "Job", template.clone()),
        (
            "batch/v1",
            "CronJob",
            json!({"jobTemplate": {"spec": template}}),
        ),
    ] {
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "p", "namespace": "n"}, "spec": spec});
        let snapshot = every_way(&read_set, &object);
        let sorted = |mut rows: Vec<String>| {
            rows.sort();
            rows
        };
        assert_eq!(
            sorted(rows(&snapshot, Relation::SecretReferences)),
            sorted(secrets.map(String::from).to_vec()),
            "{kind}"
        );
        assert_eq!(
            sorted(rows(&snapshot, Relation::ConfigMapReferences)),
            sorted(config_maps.map(String::from).to_vec()),
            "{kind}"
        );
        if api_version == "apps/v1" {
            assert_eq!(cells(&snapshot)[0].1, "v|v|v|v|v|v|v|v|v");
        }
    }
}

#[test]
fn service_accounts_and_ingresses_name_secrets() {
    let read_set = read_set(&[], &[Relation::SecretReferences]);
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "n"},
        "secrets": [{"name": "token"}], "imagePullSecrets": [{"name": "pull"}]});
    let mut found = rows(&every_way(&read_set, &account), Relation::SecretReferences);
    found.sort();
    assert_eq!(
        found,
        ["n pull - imagePullSecret -", "n token - serviceAccount -"]
    );
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i", "namespace": "n"},
        "spec": {"tls": [{"hosts": ["h"], "secretName": "tls"}, {"hosts": ["default"]}]}});
    assert_eq!(
        rows(&every_way(&read_set, &ingress), Relation::SecretReferences),
        ["n tls - ingressTLS -"]
    );
    assert!(
        rows(
            &every_way(&ReadSet::default(), &ingress),
            Relation::SecretReferences
        )
        .is_empty()
    );
}

#[test]
fn config_map_keys_include_binary_ones_and_do_not_hide_columns() {
    let read_set = read_set(
        &[columns("", "ConfigMap", &["data.a", "data"])],
        &[Relation::ConfigMapKeys],
    );
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"},
        "data": {"a": "1", "b": "2"}, "binaryData": {"z": "AA=="}});
    let snapshot = every_way(&read_set, &object);
    let mut found = rows(&snapshot, Relation::ConfigMapKeys);
    found.sort();
    assert_eq!(found, ["n c a", "n c b", "n c z"]);
    assert_eq!(
        cells(&snapshot),
        [
            ("data".into(), r#"{"a":"1","b":"2"}"#.into()),
            ("data.a".into(), "1".into())
        ]
    );
}

#[test]
fn definitions_say_what_is_served() {
    let read_set = read_set(&[], &[Relation::ServedApis]);
    let object = |established: &str| {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "redis.cache.azure.com"},
        "spec": {"group": "cache.azure.com", "names": {"kind": "Redis", "plural": "redis"},
            "versions": [{"name": "v1", "served": true, "storage": false}, {"name": "v2", "served": false, "storage": true}]},
        "status": {"conditions": [{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": established}]}})
    };
    assert_eq!(
        rows(&every_way(&read_set, &object("True")), Relation::ServedApis),
        [
            "cache.azure.com Redis redis v1 true - true",
            "cache.azure.com Redis redis v2 - true true"
        ]
    );
    assert_eq!(
        rows(
            &every_way(&read_set, &object("False")),
            Relation::ServedApis
        ),
        [
            "cache.azure.com Redis redis v1 true - -",
            "cache.azure.com Redis redis v2 - true -"
        ]
    );
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

#[test]
fn of_settings_secrets_only_listed_keys_are_read() {
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "azureoperatorsettings", "namespace": "n"},
        "data": {"AZURE_SUBSCRIPTION_ID": "MTIzNA==", "AZURE_CLIENT_SECRET": "czNjcmV0", "EMPTY": "", "OTHER": "b3RoZXI="}});
    let snapshot = every_way(&with_settings(), &object);
    assert_eq!(
        rows(&snapshot, Relation::OperatorSettings),
        [
            "v1 n AZURE_SUBSCRIPTION_ID 1234",
            "v1 n presence:AZURE_CLIENT_SECRET true"
        ]
    );
    let all = format!("{snapshot:?}");
    assert!(!all.contains("s3cret") && !all.contains("other"));
    let mut other = object;
    other["metadata"]["name"] = "elsewhere".into();
    let snapshot = every_way(&with_settings(), &other);
    assert!(rows(&snapshot, Relation::OperatorSettings).is_empty());
    assert!(!format!("{snapshot:?}").contains("1234"));
}

#[test]
fn deployments_of_operators_give_their_settings() {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "controller", "namespace": "n", "labels": {"app.kubernetes.io/version": "v2.13.0"}},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "mcr/aso:v2.0.0",
            "args": ["--crd-pattern=a/*;b/*", "--x"], "env": [{"name": "MODE", "value": "watchers"}, {"name": "PASSWORD", "value": "p"}]}]}}},
        "status": {"readyReplicas": 1}});
    assert_eq!(
        rows(
            &every_way(&with_settings(), &object),
            Relation::OperatorSettings
        ),
        [
            "v2 n deployment controller",
            "v2 n version v2.13.0",
            "v2 n replicas 2",
            "v2 n ready-replicas 1",
            "v2 n argument:--crd-pattern a/*;b/*",
            "v2 n environment:MODE watchers"
        ]
    );
    object["metadata"]["labels"] = json!({});
    object["spec"]["replicas"] = Value::Null;
    object["status"] = json!({});
    assert_eq!(
        rows(
            &every_way(&with_settings(), &object),
            Relation::OperatorSettings
        )[1..4],
        [
            "v2 n version v2.0.0",
            "v2 n replicas 1",
            "v2 n ready-replicas 0"
        ]
    );
    object["metadata"]["name"] = "other".into();
    assert!(
        rows(
            &every_way(&with_settings(), &object),
            Relation::OperatorSettings
        )
        .is_empty()
    );
}

#[test]
fn whole_objects_are_kept_as_compact_text() {
    let mut read_set = ReadSet::default();
    let snapshot = every_way(&read_set, &account());
    assert_eq!(snapshot.get(ObjectId::from_index(0)).unwrap().whole(), None);
    let key = snapshot
        .get(ObjectId::from_index(0))
        .unwrap()
        .key(snapshot.pool());
    read_set.whole.keys.insert(key);
    let snapshot = every_way(&read_set, &account());
    let whole = snapshot
        .get(ObjectId::from_index(0))
        .unwrap()
        .whole()
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(whole).unwrap(), account());
    assert!(!whole.contains("\": "));
    let mut other = account();
    other["metadata"]["name"] = "other".into();
    let snapshot = every_way(&read_set, &other);
    assert_eq!(snapshot.get(ObjectId::from_index(0)).unwrap().whole(), None);
}

#[test]
fn what_is_given_twice_is_refused_where_it_is_read() {
    let read_set = read_set(
        &[columns("", "ConfigMap", &["data", "spec.list[*].a"])],
        &[Relation::SecretKeys, Relation::ConfigMapKeys],
    );
    for (text, key) in [
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a","name":"b"}}"#,
            "metadata.name",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"metadata":{"name":"b"}}"#,
            "metadata",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"kind":"B"}"#,
            "kind",
        ),
        (
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":{"y":1,"y":2}}}"#,
            "y",
        ),
        (
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","x":"2"}}"#,
            "x",
        ),
        (
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"spec":{"list":{"e":{},"e":{}}}}"#,
            "e",
        ),
        (
            r#"{"apiVersion":"v1","data":{"x":"eA==","x":"eQ=="},"kind":"Secret","metadata":{"name":"a"}}"#,
            "x",
        ),
        (
            r#"{"apiVersion":"v1","data":{},"kind":"Secret","metadata":{"name":"a"},"data":{}}"#,
            "data",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","uid":"1","uid":"2"}}"#,
            "metadata.uid",
        ),
    ] {
        let error = stream(&read_set, Source::Cluster, &[text]).unwrap_err();
        assert!(
            error.contains(&format!("`{key}` is given twice")),
            "{text}: {error}"
        );
    }
    // Beside the path that is read, nothing is looked at.
    let text =
        r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"spec":{"a":1,"a":2},"spec":{}}"#;
    assert!(stream(&read_set, Source::Cluster, &[text]).is_ok());
}

#[test]
fn many_keys_are_checked_too() {
    let read_set = read_set(&[], &[Relation::SecretKeys, Relation::ConfigMapKeys]);
    for kind in ["Secret", "ConfigMap"] {
        let mut keys: Vec<String> = (0..100).map(|index| format!("\"k{index}\":\"\"")).collect();
        let text = |keys: &[String]| {
            let data = keys.join(",");
            format!(
                r#"{{"apiVersion":"v1","kind":"{kind}","metadata":{{"name":"a"}},"data":{{{data}}}}}"#
            )
        };
        let snapshot = stream(&read_set, Source::Cluster, &[&text(&keys)]).unwrap();
        let found = rows(&snapshot, Relation::SecretKeys).len()
            + rows(&snapshot, Relation::ConfigMapKeys).len();
        assert_eq!(found, 100);
        keys.push("\"k70\":\"\"".into());
        let error = stream(&read_set, Source::Cluster, &[&text(&keys)]).unwrap_err();
        assert!(error.contains("`k70` is given twice"), "{error}");
    }
}

#[test]
fn objects_that_are_not_kubernetes_objects_are_refused_without_quoting_values() {
    let read_set = read_set(
        &[],
        &[
            Relation::SecretKeys,
            Relation::SecretReferences,
            Relation::ServedApis,
        ],
    );
    for (text, expected) in [
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"namespace":"s3cret"}}"#,
            "it has no `metadata.name`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":null}"#,
            "it has no `metadata.name`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":""}}"#,
            "it has no `metadata.name`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A"}"#,
            "it has no `metadata.name`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":4711}}"#,
            "`metadata.name` is a number; it must be a string",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":"s3cret"}"#,
            "`metadata` is a string; it must be a map",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":["s3cret"]}}"#,
            "`metadata.name` is a list; it must be a string",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a","finalizers":"s3cret"}}"#,
            "`metadata.finalizers` is a string; it must be a list",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a","ownerReferences":["s3cret"]}}"#,
            "`metadata.ownerReferences[*]` is a string; it must be a map",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a","ownerReferences":[{"controller":"s3cret"}]}}"#,
            "`metadata.ownerReferences[*].controller` is a string; it must be a boolean",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":"s3cret"}"#,
            "`data` is a string; it must be a map",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":["s3cret"]}"#,
            "`data` is a list; it must be a map",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"k":{"s3cret":1}}}"#,
            "`data[k]` is a map; it must be a string",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"k":4711}}"#,
            "`data[k]` is a number; it must be a string",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"k":"s3cret"}}"#,
            "the value of `data[k]` is not base64",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":{"a":"s3cret"}}}"#,
            "`spec.containers` is a map; it must be a list",
        ),
    ] {
        let error = stream(&read_set, Source::Cluster, &[text]).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(
            !error.contains("s3cret") && !error.contains("4711"),
            "{error}"
        );
        let value: Value = serde_json::from_str(text).unwrap();
        let error = tree(&read_set, &value, &[]).unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn recorded_secrets_bring_keys_and_classes_that_are_theirs_alone() {
    let mut read_set = with_settings();
    read_set.add(&[
        columns(
            "*.azure.com",
            "*",
            &[
                "class(spec.azureName)",
                "spec.azureName",
                "class(spec.other)",
            ],
        ),
        Selector::Relation(RelationSelector {
            table: "k".into(),
            relation: Relation::SecretKeys,
        }),
    ]);
    let snapshot = stream(
        &read_set,
        Source::Recorded,
        &[
            r#"{"apiVersion":"a.azure.com/v1","kind":"A","metadata":{"name":"a"},"spec":{"azureName":"x","other":"x"},"classes":{"spec.azureName":9}}"#,
            r#"{"apiVersion":"v1","kind":"Secret","secretKeys":[{"key":"k","class":9},{"key":"e","empty":true,"class":4},{"key":"u"}],
               "operatorSettings":[{"operator":"v1","setting":"S","value":"v"}],"metadata":{"name":"s","namespace":"n"}}"#,
        ],
    )
    .unwrap();
    assert_eq!(
        cells(&snapshot),
        [
            ("spec.azureName".into(), "x".into()),
            ("class(spec.azureName)".into(), "1".into()),
            ("class(spec.other)".into(), "-".into()),
        ]
    );
    assert_eq!(
        rows(&snapshot, Relation::SecretKeys),
        ["n s k - 1", "n s e true 2", "n s u - -"]
    );
    assert_eq!(rows(&snapshot, Relation::OperatorSettings), ["v1 n S v"]);
    for (text, expected) in [
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"k":"czNjcmV0"}}"#,
            "has `data`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"s"},"secretKeys":[]}"#,
            "is not a Secret",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"secretKeys":["czNjcmV0"]}"#,
            "must be a list of",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"secretKeys":[{"key":"a"},{"key":"a"}]}"#,
            "`a` is given twice",
        ),
    ] {
        let error = stream(&read_set, Source::Recorded, &[text]).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!error.contains("czNjcmV0"), "{error}");
    }
}

#[test]
fn deep_nesting_is_refused_where_it_is_read_and_skipped_where_it_is_not() {
    let read_set = read_set(&[columns("", "A", &["spec"])], &[]);
    let deep = |field: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"A","metadata":{{"name":"a"}},"{field}":{}{}}}"#,
            "[".repeat(50_000),
            "]".repeat(50_000)
        )
    };
    assert!(stream(&read_set, Source::Cluster, &[&deep("status")]).is_ok());
    let error = stream(&read_set, Source::Cluster, &[&deep("spec")]).unwrap_err();
    assert!(error.contains("recursion limit"), "{error}");
    let mut value = json!(1);
    for _ in 0..200 {
        value = json!([value]);
    }
    let object = json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "spec": value});
    let error = tree(&read_set, &object, &[]).unwrap_err();
    assert!(error.contains("deeper than 128"), "{error}");
}
