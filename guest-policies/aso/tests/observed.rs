//! Identities of objects that the real operators and asoctl wrote, where the recordings are at hand (`../shared/aso` beside
//! the repository). Without them the tests are skipped, loudly.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests call may fail the test"
)]

use asogate_aso::annotations::RESOURCE_ID;
use asogate_aso::identity::{
    OwnerKey, Unidentified, V1_COLUMNS, V2Object, V2OwnerCells, compute_v1, identify_v1,
    identify_v2,
};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::path::Path;

const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";

fn documents(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/aso/observed")
        .join(folder);
    if !folder.exists() {
        // Not a print macro: those are kept from whoever runs tests that pass.
        let line = format!("\nNOT TESTED: `{}` is not at hand\n\n", folder.display());
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
        return vec![];
    }
    let mut documents = vec![];
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "yaml"))
    {
        let text = std::fs::read_to_string(&file).unwrap();
        for part in text.split("\n---") {
            let part = part.trim_start_matches("---");
            if part.trim().is_empty() {
                continue;
            }
            let value: Value = serde_yaml::from_str(part).unwrap();
            documents.push((
                file.file_name().unwrap().to_string_lossy().into_owned(),
                value,
            ));
        }
    }
    documents
}

fn at<'a>(value: &'a Value, column: &str) -> Option<&'a str> {
    if let Some(key) = column.strip_prefix("metadata.annotations[") {
        return value["metadata"]["annotations"][key.trim_end_matches(']')].as_str();
    }
    let mut value = value;
    for part in column.split('.') {
        value = value.get(part)?;
    }
    value.as_str()
}

fn v2(value: &Value) -> Option<V2Object<'_>> {
    let (group, _) = at(value, "apiVersion")?.split_once('/')?;
    asogate_aso::v2::is_group(group).then_some(())?;
    Some(V2Object {
        group,
        kind: at(value, "kind")?,
        namespace: at(value, "metadata.namespace"),
        name: at(value, "metadata.name")?,
        azure_name: at(value, "spec.azureName"),
        owner: V2OwnerCells {
            name: at(value, "spec.owner.name"),
            arm_id: at(value, "spec.owner.armId"),
            group: at(value, "spec.owner.group"),
            kind: at(value, "spec.owner.kind"),
        },
        resource_id: None,
        subscription: Some(SUBSCRIPTION),
    })
}

#[test]
fn every_object_of_an_import_has_an_identity_of_its_own() {
    let documents = documents("asoctl/rg-shop");
    let objects: Vec<V2Object<'_>> = documents
        .iter()
        .filter_map(|(_, value)| v2(value))
        .collect();
    let find = |key: OwnerKey<'_>| {
        let wanted = |object: &&V2Object<'_>| {
            (object.group, object.kind, object.namespace, object.name)
                == (key.group, key.kind, key.namespace, key.name)
        };
        objects.iter().find(wanted).copied()
    };
    let mut seen = BTreeMap::new();
    for object in &objects {
        let id = identify_v2(object, &find).unwrap_or_else(|error| panic!("{object:?}: {error}"));
        assert_eq!(id.subscription(), Some(SUBSCRIPTION));
        let twin = seen.insert(id, object);
        assert!(twin.is_none(), "{object:?} and {twin:?}");
    }
    assert!(
        objects.is_empty() || objects.len() > 30,
        "{}",
        objects.len()
    );
}

#[test]
fn what_is_computed_is_what_the_real_v2_operator_computed() {
    let documents = documents("live");
    let live: Vec<_> = documents
        .iter()
        .filter_map(|(file, value)| Some((file, value, v2(value)?)))
        .collect();
    // Objects of several test runs lie side by side, so an owner stands for itself wherever it was not recorded.
    let group = |key: OwnerKey<'_>| match key.kind {
        "ResourceGroup" => {
            let name: &'static str = Box::leak(key.name.to_owned().into_boxed_str());
            Some(V2Object {
                group: "resources.azure.com",
                kind: "ResourceGroup",
                namespace: None,
                name,
                subscription: Some(SUBSCRIPTION),
                ..V2Object::default()
            })
        }
        _ => None,
    };
    let mut compared = 0;
    for (file, value, object) in &live {
        let claimed = at(value, &format!("metadata.annotations[{RESOURCE_ID}]"));
        let (Some(claimed), Ok(computed)) = (claimed, identify_v2(object, &group)) else {
            continue;
        };
        assert_eq!(
            computed,
            asogate_aso::arm_id::ArmId::parse(claimed).unwrap(),
            "{file}"
        );
        compared += 1;
    }
    assert!(live.is_empty() || compared > 5, "{compared}");
}

#[test]
fn the_fields_of_v1_objects_say_what_their_status_says() {
    let documents = documents("live-v1");
    let mut compared = 0;
    for (file, value) in &documents {
        let kind = at(value, "kind").unwrap_or("");
        let of_v1 = at(value, "apiVersion")
            .is_some_and(|version| version.starts_with("azure.microsoft.com/"));
        if !of_v1 {
            continue;
        }
        let cell = |column: &str| {
            assert!(V1_COLUMNS.contains(&column), "{column}");
            at(value, column)
        };
        let computed = compute_v1(kind, &cell, Some(SUBSCRIPTION));
        assert!(
            !matches!(computed, Err(Unidentified::UnknownKind)),
            "{file}"
        );
        if at(value, "status.resourceId").is_some() {
            assert_eq!(computed, identify_v1(kind, &cell, None), "{file}");
            compared += 1;
        }
    }
    assert!(documents.is_empty() || compared > 15, "{compared}");
}
