//! Columns, identity and whole objects.

use super::*;

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
