//! What is read of Secrets, and what is not.

use super::*;

#[test]
fn secrets_give_keys_and_classes_and_never_values() {
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    let read_set = read_set(
        &[columns(
            "",
            "Secret",
            &[
                "binaryData",
                "type",
                "data",
                "data.password",
                "stringData",
                "binaryData",
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
        "stringData": {"plain": "s3cret", "other": "x"}, "binaryData": {"b": "czNjcmV0"},
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
    let (data, string_data) = (r#""data":{"k":"czM="}"#, r#""stringData":{"k":""}"#);
    for parts in [
        format!("{data},{string_data}"),
        format!("{string_data},{data}"),
    ] {
        let text =
            format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},{parts}}}"#);
        let snapshot = stream(&read_set, Source::Cluster, &[&text]).unwrap();
        let rows = rows(&snapshot, Relation::SecretKeys);
        assert!(
            matches!(rows.as_slice(), [row] if row.starts_with("- s k true")),
            "{rows:?}"
        );
    }
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
        Selector::Relation(RelationSelector::whole("k", Relation::SecretKeys)),
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
fn a_secret_torn_out_of_a_snapshot_file_does_not_look_empty() {
    let text =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"secretKeys":[{"key":"k"}]}"#;
    let error = stream(&ReadSet::default(), Source::Cluster, &[text]).unwrap_err();
    assert!(error.contains("stands in no snapshot file"), "{error}");
}

#[test]
fn what_may_hold_a_copy_of_a_secret_is_never_kept() {
    use super::super::text::Redact;
    let read = |path: [&str; 3]| {
        let mut redact = Some(Redact::Root);
        for key in path {
            redact = redact.and_then(|redact| redact.child(key));
        }
        redact.is_some()
    };
    for annotation in [
        "kubectl.kubernetes.io/last-applied-configuration",
        "kapp.k14s.io/original",
        "objectset.rio.cattle.io/applied",
        "example.com/kubernetes.io",
        "notkubernetes.io/copy",
    ] {
        assert!(
            !read(["metadata", "annotations", annotation]),
            "{annotation}"
        );
    }
    for annotation in [
        "skipreconcile",
        "serviceoperator.azure.com/reconcile-policy",
        "kubernetes.io/service-account.name",
        "meta.helm.sh/release-name",
    ] {
        assert!(
            read(["metadata", "annotations", annotation]),
            "{annotation}"
        );
    }
    assert!(read(["metadata", "labels", "app"]));
    assert!(!read(["metadata", "annotatoins", "skipreconcile"]));
    assert!(!read(["dat", "password", ""]));
}
