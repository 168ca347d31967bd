//! What Kubernetes gives a meaning to.

use super::*;

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
