//! Manifests in texts, and the recordings of asoctl beside the repository, if they are there.

use super::*;
use crate::collect::files::{self, Purpose};
use serde_json::json;
use std::path::{Path, PathBuf};

fn load_text(text: &str) -> Result<Vec<Manifest>, InputError> {
    load(&[Source::new("import.yaml", text)], None)
}

fn error(text: &str) -> String {
    match load_text(text) {
        Err(error) => error.to_string(),
        Ok(manifests) => panic!("{text:?} is {manifests:?}"),
    }
}

/// One object, as asoctl writes them.
fn object(kind: &str, namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: storage.azure.com/v1api20230101\nkind: {kind}\nmetadata:\n  annotations:\n    serviceoperator.azure.com/reconcile-policy: skip\n  name: {name}\n  namespace: {namespace}\nspec:\n  azureName: {name}\n---\n"
    )
}

#[test]
fn annotations_and_labels_that_are_no_text_are_refused_where_they_stand() {
    let with = |metadata: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n{metadata}\n")
    };
    for (metadata, says) in [
        (
            "  annotations:\n    skipreconcile: true",
            "6:5`: `metadata.annotations[skipreconcile]` is a number or boolean for kubectl; write it in quotes",
        ),
        (
            "  annotations: {a: \"1\", b: yes}",
            "`metadata.annotations[b]` is a number or boolean",
        ),
        ("  labels: {b: 1}", "`metadata.labels[b]` is a number"),
        ("  labels: {b: [x]}", "`metadata.labels[b]` is not a string"),
    ] {
        let message = error(&with(metadata));
        assert!(message.contains(says), "{message}");
    }
    let quoted = with("  annotations: {skipreconcile: \"true\", empty: , other: text}");
    assert_eq!(load_text(&quoted).unwrap()[0].key.name, "a");
}

#[test]
fn objects_are_loaded_with_identity_and_position() {
    let text = format!(
        "---\n{}{}",
        object("StorageAccount", "shop", "media"),
        object("StorageAccount", "shop", "files")
    );
    let manifests = load_text(&text).unwrap();
    let shown: Vec<String> = manifests
        .iter()
        .map(|manifest| {
            format!(
                "{} {} {} {}",
                manifest.key, manifest.version, manifest.position, manifest.document
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "StorageAccount.storage.azure.com shop/media v1api20230101 import.yaml:2:1 1",
            "StorageAccount.storage.azure.com shop/files v1api20230101 import.yaml:12:1 2",
        ]
    );
    let path = [
        "metadata",
        "annotations",
        "serviceoperator.azure.com/reconcile-policy",
    ]
    .map(Segment::from);
    assert_eq!(
        manifests[1].position_of(path).to_string(),
        "import.yaml:16:5"
    );
    assert_eq!(manifests[1].object["spec"]["azureName"], "files");
}

#[test]
fn what_the_file_leaves_out_stays_out() {
    let [manifest] =
        &load_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ''}\n")
            .unwrap()[..]
    else {
        panic!()
    };
    assert_eq!(manifest.key.to_string(), "ConfigMap a");
    assert_eq!(
        manifest.object["metadata"],
        json!({"name": "a", "namespace": ""})
    );
}

#[test]
fn documents_that_are_no_objects_are_errors_with_their_place() {
    let cases = [
        ("- a\n", "import.yaml:1:1", "not a map"),
        ("a: 1\n---\ntext\n", "import.yaml:1:1", "no `apiVersion`"),
        (
            "kind: X\nmetadata: {name: a}\n",
            "import.yaml:1:1",
            "no `apiVersion`",
        ),
        (
            "apiVersion: v1\nmetadata: {name: a}\n",
            "import.yaml:1:1",
            "no `kind`",
        ),
        (
            "apiVersion: v1\nkind:\nmetadata: {name: a}\n",
            "import.yaml:2:1",
            "`kind` is empty",
        ),
        (
            "apiVersion: v1\nkind: ''\nmetadata: {name: a}\n",
            "import.yaml:2:1",
            "`kind` is empty",
        ),
        (
            "apiVersion: 1\nkind: X\nmetadata: {name: a}\n",
            "import.yaml:1:1",
            "write it in quotes",
        ),
        (
            "apiVersion: a/b/c\nkind: X\nmetadata: {name: a}\n",
            "import.yaml:1:1",
            "`group/version`",
        ),
        (
            "apiVersion: /v1\nkind: X\nmetadata: {name: a}\n",
            "import.yaml:1:1",
            "`group/version`",
        ),
        (
            "apiVersion: v1\nkind: X\nmetadata: a\n",
            "import.yaml:3:1",
            "no map `metadata`",
        ),
        (
            "apiVersion: v1\nkind: X\nspec: {}\n",
            "import.yaml:1:1",
            "no map `metadata`",
        ),
        (
            "apiVersion: v1\nkind: X\nmetadata:\n  labels: {}\n",
            "import.yaml:3:1",
            "no `metadata.name`",
        ),
        (
            "apiVersion: v1\nkind: X\nmetadata:\n  name: 0123\n",
            "import.yaml:4:3",
            "write it in quotes",
        ),
        (
            "apiVersion: v1\nkind: X\nmetadata:\n  name: [a]\n",
            "import.yaml:4:3",
            "not a string",
        ),
        (
            "apiVersion: v1\nkind: X\nmetadata:\n  name: a\n  namespace: on\n",
            "import.yaml:5:3",
            "write it in quotes",
        ),
        (
            "apiVersion: v1\nkind: X\nmetadata:\n  generateName: a-\n",
            "import.yaml:4:3",
            "new name each time",
        ),
    ];
    for (text, place, problem) in cases {
        let message = error(text);
        assert!(
            message.contains(place) && message.contains(problem),
            "{text:?}: {message}"
        );
    }
}

#[test]
fn an_object_that_is_given_twice_is_an_error_that_names_both_places() {
    let text = format!(
        "{}{}",
        object("A", "shop", "x"),
        object("A", "shop", "x").replace("v1api20230101", "v20250601")
    );
    assert_eq!(
        error(&text),
        "could not take `A.storage.azure.com shop/x` from `import.yaml:11:1`: it is given at `import.yaml:1:1` already; remove one of them"
    );
    let first = Source::new("a.yaml", object("A", "shop", "x"));
    let second = Source::new("b.yaml", object("A", "shop", "x"));
    let message = load(&[first, second], None).unwrap_err().to_string();
    assert!(
        message.contains("a.yaml:1:1") && message.contains("b.yaml:1:1"),
        "{message}"
    );
    let apart = format!(
        "{}{}{}",
        object("A", "shop", "x"),
        object("B", "shop", "x"),
        object("A", "bar", "x")
    );
    assert_eq!(load_text(&apart).unwrap().len(), 3);
}

#[test]
fn files_without_an_object_are_told_apart_from_broken_ones() {
    for text in [
        "# nothing\n",
        "---\n---\n",
        "kind: List\napiVersion: v1\nitems: []\n",
        "\u{FEFF}",
    ] {
        let error = load_text(text).unwrap_err();
        assert!(error.is_nothing(), "{text:?}: {error}");
        assert!(error.to_string().contains("`import.yaml`"), "{error}");
    }
    assert!(!load_text("a: [").unwrap_err().is_nothing());
}

#[test]
fn values_of_a_misspelt_secret_are_dropped_too() {
    let text = "apiVersion: v1\nkind: secret\nmetadata: {name: db}\nstringData: {pin: hunter2}\n";
    let manifests = load(&[Source::new("s.yaml", text)], None).unwrap();
    assert!(!format!("{manifests:?}").contains("hunter2"));
}

#[test]
fn values_of_secrets_are_dropped_and_never_shown() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"data\":\"hunter2\"}'\n    kapp.k14s.io/original: '{\"stringData\":{\"user\":\"hunter2\"}}'\ntype: Opaque\ndata:\n  user: aHVudGVyMg==\n  none: ''\n  both: aQ==\nstringData:\n  both: hunter2\n  pin: '0777'\n";
    let mut seen = Vec::new();
    let mut classify = |value: &[u8]| {
        seen.push(String::from_utf8(value.to_vec()).unwrap());
        u32::try_from(seen.len()).unwrap()
    };
    let manifests = load(&[Source::new("s.yaml", text)], Some(&mut classify)).unwrap();
    assert_eq!(seen, ["hunter2", "", "0777", "hunter2"]);
    let [secret] = &manifests[..] else { panic!() };
    let keys: Vec<(&str, bool)> = secret
        .secret_keys
        .iter()
        .map(|key| (key.key.as_str(), key.empty))
        .collect();
    assert_eq!(
        keys,
        [
            ("both", false),
            ("none", true),
            ("pin", false),
            ("user", false)
        ]
    );
    assert_eq!(secret.secret_classes, [1, 2, 3, 4]);
    assert_eq!(
        secret.object,
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "type": "Opaque"})
    );
    assert_eq!(
        secret
            .position_of(["stringData".into(), "pin".into()])
            .to_string(),
        "s.yaml:15:3"
    );
    let shown = format!("{secret:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("aHVudGVyMg"),
        "{shown}"
    );
}

#[test]
fn errors_about_secrets_do_not_show_their_values() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n";
    let cases = [
        ("data: {k: hunter2}", "not base64"),
        ("data: hunter2", "a map"),
        ("stringData: {k: 31337}", "not a string"),
        ("stringData: {k: 31337313373133731337}", "64 bits"),
        ("stringData: {k: [hunter2]}", "not a string"),
        ("stringData: {k: &a hunter2}\nother: *a", "no field `other`"),
        ("stringData: {k: hunter2, k: hunter2}", "given twice"),
        ("stringData: {k: !!int hunter2}", "tag"),
    ];
    for (rest, problem) in cases {
        let message = error(&format!("{head}{rest}\n"));
        assert!(message.contains(problem), "{rest}: {message}");
        assert!(
            !message.contains("hunter2") && !message.contains("31337"),
            "{message}"
        );
        assert!(
            message.contains("import.yaml:4:") || message.contains("import.yaml:5:"),
            "{message}"
        );
    }
    // YAML 1.1 scalars are listed without their text.
    let text = format!("{head}immutable: yes\ndata:\n  y: ~\n");
    let [secret] = &load_text(&text).unwrap()[..] else {
        panic!()
    };
    assert_eq!(secret.yaml11[0].text, "yes");
    assert_eq!(secret.secret_keys[0].key, "true");
    let message = error(&format!("{head}stringData:\n  a: hunter2\n  b: on\n"));
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_cut_list_of_manifests_is_never_accepted() {
    let items: String = (0..3)
        .map(|number| {
            format!("- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: c{number}\n")
        })
        .collect();
    let text =
        format!("apiVersion: v1\nitems:\n{items}kind: List\nmetadata:\n  resourceVersion: ''\n");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for end in 0..lines.len() - 2 {
        assert!(
            load_text(&lines[..end].concat()).is_err(),
            "cut after line {end}"
        );
    }
    assert_eq!(load_text(&text).unwrap().len(), 3);
}

/// Files of the project's shared recordings, if they are there.
fn shared(below: &str, matches: impl Fn(&Path) -> bool + Copy) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        for entry in entries {
            match entry.is_dir() {
                true => walk(&entry, found),
                false => found.push(entry),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/aso")
        .join(below);
    let mut found = Vec::new();
    if root.is_dir() {
        walk(&root, &mut found);
        found.retain(|path| matches(path));
        assert!(
            !found.is_empty(),
            "{} holds nothing to read",
            root.display()
        );
    } else {
        // Not a print macro: those are kept from whoever runs tests that pass.
        let line = format!("\nNOT TESTED: `{}` is not at hand\n\n", root.display());
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    }
    found
}

#[test]
fn every_recorded_import_is_loaded() {
    let is_output = |path: &Path| {
        let in_out = path.parent().is_some_and(|folder| folder.ends_with("out"));
        path.extension().is_some_and(|ending| ending == "yaml")
            && (path.ends_with("resources.yaml") || in_out)
    };
    let paths = shared("observed/asoctl", is_output);
    let mut read = 0;
    let mut objects = 0;
    for path in &paths {
        let sources = files::open(
            std::slice::from_ref(path),
            Purpose::Manifests,
            false,
            &mut "".as_bytes(),
        )
        .unwrap();
        read += 1;
        // Two recordings are about files that were there before and hold a few words.
        if !sources[0].text.contains("apiVersion") {
            assert!(
                matches!(load(&sources, None), Err(InputError::Shape { .. })),
                "{}",
                path.display()
            );
            continue;
        }
        let manifests = load(&sources, None).unwrap();
        objects += manifests.len();
        let ours: Vec<Value> = manifests
            .into_iter()
            .map(|manifest| manifest.object)
            .collect();
        assert_eq!(
            ours,
            serde_yaml_documents(&sources[0].text),
            "{}",
            path.display()
        );
    }
    assert_eq!(read, paths.len());
    assert!(
        paths.is_empty() || objects > paths.len(),
        "{objects} objects in {} files",
        paths.len()
    );
}

#[test]
fn every_recorded_import_folder_is_loaded_as_a_folder() {
    let mut folders: Vec<PathBuf> = shared("observed/asoctl", |path| {
        path.parent().is_some_and(|folder| folder.ends_with("out"))
    })
    .into_iter()
    .filter_map(|path| Some(path.parent()?.to_owned()))
    .collect();
    folders.dedup();
    for folder in folders {
        let files = std::fs::read_dir(&folder).unwrap().count();
        let sources =
            files::open(&[folder], Purpose::Manifests, false, &mut "".as_bytes()).unwrap();
        assert_eq!(sources.len(), files);
        let objects: Vec<Source> = sources
            .into_iter()
            .filter(|source| source.text.contains("apiVersion"))
            .collect();
        assert!(load(&objects, None).unwrap().len() >= objects.len());
    }
}

#[test]
fn published_examples_and_definitions_read_as_another_reader_reads_them() {
    let is_yaml = |path: &Path| path.extension().is_some_and(|ending| ending == "yaml");
    for below in ["examples", "crds", "observed/live"] {
        let (mut same, mut templates) = (0, Vec::new());
        let paths = shared(below, is_yaml);
        for path in &paths {
            let text = std::fs::read_to_string(path).unwrap();
            let mut ours = Vec::new();
            let read = yaml::read::<Fault>(&text, &mut |part| {
                if let Part::Document(document) | Part::Item(document) = part {
                    ours.push(document.value);
                }
                Ok(())
            });
            match read {
                Ok(()) => {
                    assert_eq!(ours, serde_yaml_documents(&text), "{}", path.display());
                    same += 1;
                }
                Err(fault) => templates.push(format!("{}:{fault}", path.display())),
            }
        }
        assert_eq!(same, paths.len(), "{templates:#?}");
    }
}

/// The documents as `serde_yaml` reads them (YAML 1.2), lists taken apart, merge keys applied.
fn serde_yaml_documents(text: &str) -> Vec<Value> {
    use serde::Deserialize;
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let mut value = serde_yaml::Value::deserialize(document).unwrap();
        value.apply_merge().unwrap();
        match serde_json::to_value(value).unwrap() {
            Value::Null => {}
            Value::Object(mut map)
                if map
                    .get("kind")
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind.ends_with("List"))
                    && map.contains_key("items") =>
            {
                let Some(Value::Array(items)) = map.remove("items") else {
                    panic!()
                };
                documents.extend(items);
            }
            value => documents.push(value),
        }
    }
    documents
}
