//! Whatever this reader takes, `serde_json` takes too, and reads the same.

use super::*;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use std::marker::PhantomData;

fn quick<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    read(text, PhantomData)
}

/// Compares what both make of a text, looked at as a whole, passed over, and taken as text. Returns whether they took it.
fn compare(text: &str) -> bool {
    let theirs = serde_json::from_str::<Value>(text).ok();
    let ours = quick::<Value>(text);
    assert_eq!(ours, theirs, "{text:?}");
    let skipped = serde_json::from_str::<IgnoredAny>(text).is_ok();
    assert_eq!(quick::<IgnoredAny>(text).is_some(), skipped, "{text:?}");
    let raw = serde_json::from_str::<&RawValue>(text).ok();
    let ours_raw = quick::<&RawValue>(text);
    assert_eq!(
        ours_raw.map(RawValue::get),
        raw.map(RawValue::get),
        "{text:?}"
    );
    theirs.is_some()
}

#[test]
fn texts_are_taken_and_refused_as_by_others() {
    for text in [
        "",
        " ",
        "null",
        "nul",
        "nullx",
        "true",
        "tru",
        "false",
        "fals",
        "{}",
        "{ }",
        "[]",
        "[ ]",
        "{",
        "[",
        "}",
        "]",
        "{]",
        "[}",
        "[1,2]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{,}",
        r#"{"a":1}"#,
        r#"{"a":1,}"#,
        r#"{"a" : 1 , "b":[ ] }"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":1,"a":2}"#,
        r#"{a:1}"#,
        r#"{1:1}"#,
        r#"{"a":1}}"#,
        "1 2",
        "0",
        "00",
        "01",
        "-0",
        "-",
        "-1",
        "--1",
        "+1",
        "1.",
        ".1",
        "1.5",
        "1.5.5",
        "1e5",
        "1e",
        "1e+",
        "1E-2",
        "1e400",
        "-0.0",
        "0e0",
        "123456789012345678",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999",
        r#""""#,
        r#"""#,
        r#""a"#,
        r#""\""#,
        r#""\\""#,
        r#""\n\t\b""#,
        r#""\x""#,
        r#""\u12""#,
        r#""\u00e9""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\udc00x""#,
        r#""\ud83d\n""#,
        "\"\u{1}\"",
        "\"\u{7f}\"",
        "\"\0\"",
        "\0",
        "[1\0]",
        "{\"a\":1\0}",
        "\"é\"",
        "\"日本語 in a longer text\"",
        "\u{feff}{}",
        "[\u{a0}1]",
        "\t\r\n[ \t1\r\n]\n",
        "[null,true,false]",
        "[[[[[[]]]]]]",
        "[{\"a\":[{\"b\":{}}]}]",
        "'a'",
        "NaN",
        "Infinity",
        "[1]/**/",
    ] {
        compare(text);
    }
}

#[test]
fn every_place_of_a_special_byte_in_a_string_is_found() {
    for length in 0..70 {
        for place in 0..length {
            for special in [
                "\"", "\\", "\\\"", "\n", "\u{1f}", "\u{20}", "\u{7f}", "é", "\u{80}", "\\u0041",
                "\\/",
            ] {
                let text = "a".repeat(place) + special + &"b".repeat(length - place);
                compare(&format!("\"{text}\""));
                compare(&format!("{{\"{text}\":[\"{text}\",1]}}"));
            }
        }
    }
}

#[test]
fn what_is_too_deep_is_left_to_others() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(compare(&nested(60)));
    for depth in [62, 101, 127, 128, 100_000] {
        assert!(quick::<IgnoredAny>(&nested(depth)).is_none());
    }
    assert!(quick::<Value>(&nested(100)).is_some());
    assert!(quick::<Value>(&nested(101)).is_none());
    // Levels that were left do not count.
    assert!(compare(&format!(
        "[{}]",
        [nested(50), nested(50), nested(50)].join(",")
    )));
    assert!(compare(&format!("[{}]", vec!["{\"a\":[]}"; 500].join(","))));
}

#[test]
fn elements_of_a_list_are_read_without_its_brackets() {
    let elements = |text: &str| read_elements::<PhantomData<Vec<Value>>>(text, PhantomData);
    for text in ["", " ", "1", "1,2", " {\"a\":[1]} , [2]\n", "\"]\",\"[\""] {
        let list: Vec<Value> = serde_json::from_str(&format!("[{text}]")).unwrap();
        assert_eq!(elements(text), Some(list), "{text:?}");
    }
    for text in [
        "1,", ",1", "1 2", "1]", "]", "1],[2", "{", "\0", "1\0", "\"a",
    ] {
        assert_eq!(elements(text), None, "{text:?}");
    }
}

#[test]
fn texts_are_borrowed_where_they_can_be() {
    let text = r#"{"name":"media","note":"a\tb"}"#;
    let read: std::collections::BTreeMap<&str, std::borrow::Cow<'_, str>> = quick(text).unwrap();
    assert_eq!(read["name"], "media");
    assert_eq!(read["note"], "a\tb");
    assert!(quick::<&str>(r#""a\tb""#).is_none());
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ -~\\n\\t\"\\\\]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z:.\"\\\\]{0,20}", inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn values_are_read_as_they_were_written(value in values(), pretty: bool) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&value).unwrap(),
            false => value.to_string(),
        };
        prop_assert!(compare(&text));
    }

    #[test]
    fn broken_texts_are_never_taken_for_whole_ones(
        value in values(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}\",:0-9eE+.\\\\ntfu \\x00é-]{0,2}", 0..4usize), 1..4),
    ) {
        let mut text = value.to_string();
        for (place, with, length) in edits {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = place.index(places.len());
            let to = (from + length).min(places.len() - 1);
            text.replace_range(places[from]..places[to], &with);
        }
        compare(&text);
    }
}
