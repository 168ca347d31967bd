//! Claims about JSON dumps: what is read, and what is refused with which words.

use crate::collect::coverage::AssumeComplete;
use crate::collect::error::{LoadCause, LoadError};
use crate::collect::loader::{FinishError, Loaded, Loader};
use asogate_core::change::Position;
use asogate_core::coverage::Coverage;
use asogate_core::object::GroupKind;
use asogate_core::selector::{
    KindPattern, ObjectSelector, ReadSet, Relation, RelationSelector, Selector,
};
use serde_json::json;

fn read_set() -> ReadSet {
    let mut read_set = ReadSet::default();
    read_set.add(&[
        Selector::Relation(RelationSelector::whole("k", Relation::SecretKeys)),
        Selector::Objects(ObjectSelector {
            table: "o".into(),
            kinds: KindPattern::new("*", "*"),
            columns: vec![
                "metadata.annotations".parse().unwrap(),
                "spec".parse().unwrap(),
                "[*]".parse().unwrap(),
            ],
        }),
    ]);
    read_set
}

fn load(texts: &[&str]) -> Result<Loaded, LoadError> {
    let mut loader = Loader::new(read_set());
    for (number, text) in texts.iter().enumerate() {
        loader.json(&format!("{number}.json"), text)?;
    }
    Ok(loader.finish(&AssumeComplete::Nothing, &[]).unwrap())
}

fn keys(loaded: &Loaded) -> Vec<String> {
    let snapshot = &loaded.snapshot;
    snapshot
        .objects()
        .map(|(_, object)| object.key(snapshot.pool()).to_string())
        .collect()
}

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n","uid":"1","resourceVersion":"1"}}"#;
const SECRET: &str = r#"{"apiVersion":"v1","data":{"k":"czNjcmV0LWNhbmFyeQ=="},"kind":"Secret","metadata":{"name":"s","namespace":"n","uid":"2","resourceVersion":"1"}}"#;

#[test]
fn every_frame_gives_the_same_objects() {
    let expected = ["Pod n/p", "Secret n/s"];
    let header = r#""apiVersion":"v1","kind":"List""#;
    for text in [
        format!("{POD}{SECRET}"),
        format!("{POD}\n{SECRET}\n\n"),
        format!("\u{feff}{POD}\r\n{SECRET}"),
        format!("[{POD}, {SECRET}]"),
        format!(r#"{{"apiVersion":"v1","items":[{POD},{SECRET}],"kind":"List","metadata":{{"resourceVersion":""}}}}"#),
        format!(r#"{{{header},"items":[{POD},{SECRET}]}}"#),
        format!(r#"{{{header},"items":[{{{header},"items":[{POD}]}},{{{header},"items":[]}},{SECRET}]}}"#),
        format!(r#"{{{header},"items":[{POD}]}} {{{header},"items":null}} {SECRET}"#),
        format!(r#"{{"items":[{POD},{SECRET}]}}"#),
        // As the API server lists: the items do not say what they are.
        r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"p","namespace":"n"},"spec":{}}]}
           {"kind":"SecretList","apiVersion":"v1","items":[{"metadata":{"name":"s","namespace":"n"},"data":{"k":"czNjcmV0LWNhbmFyeQ=="}}]}"#.to_owned(),
        // The same with sorted keys, where the list says it last.
        r#"{"apiVersion":"v1","items":[{"metadata":{"name":"p","namespace":"n"},"spec":{}}],"kind":"PodList"}
           {"apiVersion":"v1","items":[{"data":{"k":"czNjcmV0LWNhbmFyeQ=="},"metadata":{"name":"s","namespace":"n"}}],"kind":"SecretList","metadata":{}}"#.to_owned(),
        // A list of one kind may say it again in its items, even late.
        r#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"p","namespace":"n"},"apiVersion":"v1","kind":"Pod"}]}
           {"kind":"SecretList","apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"n"}}]}"#.to_owned(),
    ] {
        let loaded = load(&[&text]).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(keys(&loaded), expected, "{text}");
        assert_eq!(loaded.files[0].objects, 2);
    }
}

#[test]
fn files_that_are_not_dumps_say_what_to_do() {
    let pod = POD.replace("}}", "");
    for (text, place, expected) in [
        ("", "", "the file is empty"),
        (" \n\t ", "", "the file is empty"),
        (
            r#"{"apiVersion":"v1","kind":"List","items":[]}"#,
            "",
            "it holds no object",
        ),
        (
            r#"{"apiVersion":"v1","kind":"SecretList","items":null}"#,
            "",
            "it holds no object",
        ),
        ("[]", "", "it holds no object"),
        ("apiVersion: v1\nkind: Pod\n", ":1:1", "this is not JSON"),
        (
            r#"{"apiVersion":"v1","kind":"List","items":[{]}"#,
            ":1:44",
            "this is not JSON",
        ),
        (&pod, "", "the dump was cut off"),
        (
            r#"{"apiVersion":"v1","kind":"List","items":["#,
            "",
            "the dump was cut off",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"#,
            "",
            "the dump was cut off",
        ),
        ("{\"api\0", ":1:6", "there is a NUL byte"),
        (
            "\"s3cret\"",
            "",
            "there is a string where a Kubernetes object is expected",
        ),
        ("4711", "", "there is a number"),
        ("null", "", "there is `null`"),
        (
            r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},"s3cret"]}"#,
            "",
            "there is a string",
        ),
        (
            r#"{"apiVersion":"v1","kind":"List","items":{"s3cret":1}}"#,
            "",
            "`items` is a map",
        ),
        (
            r#"{"apiVersion":"v1","kind":"List","items":"s3cret"}"#,
            "",
            "there is a string",
        ),
        (
            "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n  {\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\"}}]}",
            ":2:3",
            "an object has no `kind`",
        ),
        ("{}", "", "an object has no `kind`"),
        (
            r#"{"kind":"Pod","metadata":{"name":"a"}}"#,
            ":1:1",
            "an object has no `apiVersion`",
        ),
        (
            r#"{"kind":"Pod","apiVersion":"","metadata":{"name":"a"}}"#,
            ":1:1",
            "an object has no `apiVersion`",
        ),
        (
            r#"{"kind":4711,"metadata":{"name":"a"}}"#,
            ":1:1",
            "`kind` of an object is a number",
        ),
        (
            r#"{"kind":{"s3cret":1},"metadata":{"name":"a"}}"#,
            ":1:1",
            "`kind` of an object is a map",
        ),
        (
            r#"{"apiVersion":"v1","kind":"PodList","metadata":{}}"#,
            ":1:1",
            "the list has no `items`",
        ),
        (
            "\n{\"apiVersion\":\"v1\",\n\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"n\"}}",
            ":2:1",
            "it has no `metadata.name`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Pod","kind":"Pod","metadata":{"name":"a"}}"#,
            ":1:1",
            "`kind` is given twice",
        ),
        (
            r#"{"kind":"Pod","kind":"Pod","apiVersion":"v1"}"#,
            ":1:1",
            "`kind` is given twice",
        ),
        (
            r#"{"apiVersion":"v1","kind":"List","items":[],"items":[]}"#,
            ":1:1",
            "`items` is given twice",
        ),
        (
            r#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"p"},"apiVersion":"v1","kind":"Secret"}]}"#,
            ":1:46",
            "not that of its list",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}} x"#,
            ":1:58",
            "this is not JSON",
        ),
        (
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n{\"apiVersion\":\"v1\",\n  \"kind\": nil}",
            ":3:12",
            "this is not JSON",
        ),
        (
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n\n  {\"kind\":\"Pod\",\"apiVersion\":\"v1\"}",
            ":3:3",
            "it has no `metadata.name`",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"é"}} {"kind":"é","x":nil}"#,
            ":1:75",
            "this is not JSON",
        ),
    ] {
        let error = load(&[text]).unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with("could not load `0.json"), "{shown}");
        assert!(shown.contains(expected), "{text}\n{shown}");
        assert!(shown.contains(&format!("0.json{place}")), "{text}\n{shown}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("4711"),
            "{shown}"
        );
    }
}

#[test]
fn errors_name_the_object() {
    let text = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"n"},"data":{"k":"?"}}"#;
    let error = load(&[text]).unwrap_err();
    assert_eq!(error.object.as_deref(), Some("Secret n/s"));
    assert_eq!(
        error.position().map(|at| at.to_string()).as_deref(),
        Some("0.json:1:1")
    );
    let text = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"a"#;
    let error = load(&[text]).unwrap_err();
    assert_eq!(error.object.as_deref(), Some("Deployment.apps d"));
    assert_eq!(error.cause, LoadCause::Truncated);
}

#[test]
fn deep_nesting_is_refused_and_never_overflows() {
    for text in [
        "[".repeat(100_000),
        r#"{"apiVersion":"v1","kind":"List","items":["#.repeat(10_000),
        format!(
            r#"{{"apiVersion":"v1","kind":"A","metadata":{{"name":"a"}},"spec":{}1{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        ),
        // Before the kind is known, the part is kept unread.
        format!(
            r#"{{"spec":{}1{},"apiVersion":"v1","kind":"A","metadata":{{"name":"a"}}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        ),
    ] {
        let error = load(&[&text]).unwrap_err();
        assert_eq!(error.cause, LoadCause::TooDeep, "{error}");
    }
}

#[test]
fn no_prefix_and_no_flipped_byte_of_a_dump_panics() {
    let text = format!(r#"{{"apiVersion":"v1","items":[{POD},{SECRET}],"kind":"List"}}"#);
    for end in 0..text.len() {
        assert!(load(&[&text[..end]]).is_err(), "{end}");
        for byte in [b'"', b'}', b'[', b'0', b' ', b'\\', 0] {
            let mut changed = text.clone().into_bytes();
            changed[end] = byte;
            let _ = load(&[std::str::from_utf8(&changed).unwrap()]);
        }
    }
}

#[test]
fn the_same_object_twice_is_one_and_another_state_of_it_is_a_contradiction() {
    let loaded = load(&[POD, POD]).unwrap();
    assert_eq!(loaded.snapshot.len(), 1);
    let later = POD.replace(r#""resourceVersion":"1""#, r#""resourceVersion":"2""#);
    let error = load(&[POD, &later]).unwrap_err();
    assert!(matches!(error.cause, LoadCause::Contradiction(_)));
    assert_eq!(error.file, "1.json");
    assert!(
        error.to_string().contains("`Pod n/p` is given twice"),
        "{error}"
    );
}

#[test]
fn trees_go_into_the_same_snapshot() {
    let mut loader = Loader::new(read_set());
    loader.json("0.json", POD).unwrap();
    let at = Position {
        file: "1.yaml".into(),
        line: 3,
        column: 1,
    };
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}]});
    loader.value(&at, &list, &[]).unwrap();
    let error = loader
        .value(
            &at,
            &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}}),
            &[],
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not load `1.yaml:3:1`: `Pod without a name`: it has no `metadata.name`"
    );
    let loaded = loader.finish(&AssumeComplete::Nothing, &[]).unwrap();
    assert_eq!(keys(&loaded), ["Pod n/p", "Secret s"]);
}

#[test]
fn a_page_of_several_leaves_its_kind_truncated() {
    let secret = GroupKind::new("", "Secret");
    for metadata in [r#"{"continue":"abc"}"#, r#"{"remainingItemCount":12}"#] {
        for text in [
            format!(
                r#"{{"kind":"SecretList","apiVersion":"v1","metadata":{metadata},"items":[{SECRET}]}}"#
            ),
            format!(
                r#"{{"kind":"List","apiVersion":"v1","items":[{SECRET}],"metadata":{metadata}}}"#
            ),
        ] {
            let mut loader = Loader::new(read_set());
            loader.json("0.json", &text).unwrap();
            loader.json("1.json", POD).unwrap();
            let loaded = loader.finish(&AssumeComplete::Everything, &[]).unwrap();
            let coverage = loaded.snapshot.coverage();
            assert!(
                matches!(coverage.of(&secret), Coverage::Truncated { .. }),
                "{text}"
            );
            assert_eq!(coverage.of(&GroupKind::new("", "Pod")), Coverage::Complete);
        }
    }
}

const SNAPSHOT: &str = r#"{"apiVersion":"asogate.dev/v1alpha1","kind":"Snapshot",
    "time":{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:05Z"},
    "coverage":[{"kind":"Secret","state":"complete"},{"group":"apps","kind":"Deployment","state":"forbidden","reason":"list deployments.apps"}],
    "complete":[{"group":"*.azure.com","kind":"*"}],
    "items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"secretKeys":[{"key":"a","class":7},{"key":"b","class":7}]}]}"#;

#[test]
fn snapshot_files_bring_their_own_coverage() {
    let loaded = load(&[SNAPSHOT]).unwrap();
    let coverage = loaded.snapshot.coverage();
    assert_eq!(
        coverage.of(&GroupKind::new("", "Secret")),
        Coverage::Complete
    );
    assert_eq!(
        coverage.of(&GroupKind::new("cache.azure.com", "Redis")),
        Coverage::Complete
    );
    assert_eq!(coverage.of(&GroupKind::new("", "Pod")), Coverage::NotAsked);
    assert_eq!(
        coverage.of(&GroupKind::new("apps", "Deployment")),
        Coverage::Forbidden {
            reason: "list deployments.apps".into()
        }
    );
    assert_eq!(
        loaded.files[0].header.as_ref().unwrap().time,
        Some(crate::collect::Time {
            from: "2026-01-01T00:00:00Z".into(),
            to: "2026-01-01T00:00:05Z".into(),
        })
    );
    let rows = loaded
        .snapshot
        .store()
        .relation(Relation::SecretKeys)
        .unwrap();
    let class = |row: usize| rows.cells[row * 5 + 4];
    assert!(!class(0).is_absent());
    assert_eq!(class(0), class(1));
}

#[test]
fn snapshot_files_may_be_empty_and_their_keys_sorted() {
    let empty = r#"{"apiVersion":"asogate.dev/v1alpha1","items":[],"kind":"Snapshot"}"#;
    assert_eq!(load(&[empty]).unwrap().snapshot.len(), 0);
    let late = r#"{"kind":"Snapshot","coverage":[{"kind":"Pod","state":"complete"}],"apiVersion":"asogate.dev/v1alpha1","items":[]}"#;
    let loaded = load(&[late]).unwrap();
    assert_eq!(
        loaded.snapshot.coverage().of(&GroupKind::new("", "Pod")),
        Coverage::Complete
    );
}

#[test]
fn snapshot_files_that_are_not_are_refused() {
    let other = |from: &str, to: &str| {
        assert!(SNAPSHOT.contains(from));
        SNAPSHOT.replace(from, to)
    };
    for (text, expected) in [
        (
            other("v1alpha1", "v9"),
            "version `asogate.dev/v9`; this asogate reads `asogate.dev/v1alpha1`",
        ),
        (other("\"time\"", "\"tiem\""), "unknown field `tiem`"),
        (other("\"Snapshot\"", "\"Snap\""), "its kind is `Snap`"),
        (
            other("\"state\":\"complete\"", "\"state\":\"all\""),
            "`state` of `Secret` is `all`",
        ),
        (
            other("\"complete\":[", "\"coverage\":["),
            "`coverage` is given twice",
        ),
        (
            other("\"items\"", "\"complete\""),
            "`complete` is given twice",
        ),
        (other("\"from\"", "\"s3cret\""), "`time` must be"),
        (
            other("\"secretKeys\"", "\"data\""),
            "a Secret in a snapshot file has `data`",
        ),
        (
            r#"{"items":[],"kind":"Snapshot","apiVersion":"asogate.dev/v1alpha1"}"#.into(),
            "`apiVersion` stands after `items`",
        ),
        (
            r#"{"kind":"Snapshot","apiVersion":"asogate.dev/v1alpha1"}"#.into(),
            "it has no `items`",
        ),
        (
            r#"{"apiVersion":"asogate.dev/v1alpha1","items":[]}"#.into(),
            "no `kind`",
        ),
    ] {
        let error = load(&[&text]).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}\n{error}");
        assert!(!error.contains("s3cret"));
    }
}

#[test]
fn recorded_classes_and_values_at_hand_do_not_go_together() {
    let mut loader = Loader::new(read_set());
    loader.json("0.json", SECRET).unwrap();
    loader.json("1.json", SNAPSHOT).unwrap();
    let error = loader.finish(&AssumeComplete::Nothing, &[]).unwrap_err();
    assert_eq!(error, FinishError::Load(LoadCause::MixedClasses));
}

/// Everything that is kept and everything that is said, searched for the values.
#[test]
fn secret_values_leave_no_trace() {
    let plain = ["s3cret-canary", "hunter2-canary"];
    let encoded = ["czNjcmV0LWNhbmFyeQ==", "aHVudGVyMi1jYW5hcnk="];
    let annotation = r#"kubectl.kubernetes.io/last-applied-configuration"#;
    let secret = |broken: &str| {
        format!(
            r#"{{"apiVersion":"v1","data":{{"a":"{0}","b":"{1}"}},"kind":"Secret","metadata":{{"annotations":{{"{annotation}":"{{\"data\":{{\"a\":\"{0}\"}},\"stringData\":{{\"b\":\"{2}\"}}}}"}},"name":"s"}},"stringData":{{"c":"{2}"}}{broken}}}"#,
            encoded[0], encoded[1], plain[1]
        )
    };
    let search = |text: &str| {
        for value in plain.iter().chain(&encoded) {
            let bare = value.trim_end_matches('=');
            assert!(!text.contains(bare), "{value}");
        }
    };
    let mut wanted = read_set();
    wanted.whole.kinds.push(KindPattern::new("*", "*"));
    let mut loader = Loader::new(wanted);
    loader.json("0.json", &secret("")).unwrap();
    search(&format!("{loader:?}"));
    let loaded = loader.finish(&AssumeComplete::Nothing, &[]).unwrap();
    search(&format!("{loaded:?}"));
    let pool = loaded.snapshot.pool();
    for code in 0..pool.len() {
        search(pool.get(asogate_core::pool::Symbol::from_code(code as u32)));
    }
    for broken in [
        "",
        ",",
        r#","metadata":{}"#,
        r#","kind":"Secret""#,
        r#","data":{}"#,
        r#","x":nil"#,
    ] {
        let text = secret(broken);
        for cut in [text.len(), text.len() - 1, text.len() / 2] {
            if let Err(error) = load(&[&text[..cut], &secret("").replace("\"s\"", "\"t\"")]) {
                search(&format!("{error} {error:?}"));
            }
        }
        for wrong in [
            text.replace(encoded[0], &format!("{}?", encoded[0])),
            text.replace(
                &format!("{{\"a\":\"{}\"", encoded[0]),
                &format!("{{\"a\":[\"{}\"]", encoded[0]),
            ),
            text.replace("\"data\":{\"a\"", "\"data\":{\"b\""),
            text.replace("\"name\"", "\"nome\""),
        ] {
            let error = load(&[&wrong]).unwrap_err();
            search(&format!("{error} {error:?}"));
        }
    }
}
