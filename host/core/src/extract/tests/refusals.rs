//! What is not read.

use super::*;

#[test]
fn an_annotation_that_is_no_text_is_refused() {
    let read_set = read_set(
        &[columns(
            "",
            "ConfigMap",
            &[
                "metadata.annotations[skipreconcile]",
                "metadata.labels[a]",
                "spec.flag",
            ],
        )],
        &[],
    );
    let with = |metadata: &str| {
        let text = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a",METADATA},"spec":{"flag":true}}"#;
        text.replace("METADATA", metadata)
    };
    for (metadata, path, found) in [
        (
            r#""annotations":{"skipreconcile":true}"#,
            "metadata.annotations.skipreconcile",
            "a boolean",
        ),
        (
            r#""annotations":{"skipreconcile":1}"#,
            "metadata.annotations.skipreconcile",
            "a number",
        ),
        (
            r#""annotations":{"skipreconcile":{}}"#,
            "metadata.annotations.skipreconcile",
            "a map",
        ),
        (
            r#""annotations":{"skipreconcile":[]}"#,
            "metadata.annotations.skipreconcile",
            "a list",
        ),
        (r#""labels":{"a":false}"#, "metadata.labels.a", "a boolean"),
    ] {
        let error = stream(&read_set, Source::Cluster, &[&with(metadata)]).unwrap_err();
        assert!(
            error.contains(&format!("`{path}` is {found}; it must be a string")),
            "{metadata}: {error}"
        );
    }
    let text = with(r#""annotations":{"skipreconcile":"true","other":true}"#);
    assert!(stream(&read_set, Source::Cluster, &[&text]).is_ok());
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
