//! What must hold for every text.

use super::tests::{LIST, values};
use super::*;
use proptest::prelude::*;
use serde_json::json;

/// Pieces of which YAML is made, the odd ones included.
fn yaml_like() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b: ",
        "- ",
        "\n",
        "\n  ",
        "\n- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ":",
        "\"x\"",
        "'y'",
        "|\n",
        ">-\n",
        "&a ",
        "*a",
        "<<: ",
        "!!int ",
        "!x ",
        "---\n",
        "...\n",
        "# c\n",
        "\t",
        "items:\n",
        "kind: List\n",
        "0777",
        "~",
        "yes",
        "\r\n",
        "\u{FEFF}",
        "é",
        "\0",
        "%",
        "?",
        "\\",
        "\"",
        "'",
        "`",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// Values as Kubernetes objects have them. Floats are not whole, because kubectl makes integers of those.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000i32..1_000_000).prop_map(|number| json!(f64::from(number) + 0.25)),
        "[ -~é\n]{0,12}".prop_map(Value::from),
        "(yes|no|on|off|y|n|Y|N|0777|0o7|1_000|0b1|08|~|null|<<|1e400|\\.5|2024-01-01|1:30|-|=|---|\\.\\.\\.|)".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec(("[a-zA-Z0-9_./-]{1,8}|y|no|0x1F|1\\.0|010", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What kubectl makes of a value that was printed by a YAML 1.2 writer, which leaves `yes` or `0777` unquoted; none if
/// that is an error.
fn as_yaml_1_1(value: &Value) -> Option<Value> {
    let plain = |text: &str| serde_yaml::to_string(text).unwrap().trim_end_matches('\n') == text;
    Some(match value {
        Value::String(text) if plain(text) => scalar::plain(Cow::Borrowed(text))
            .ok()?
            .0
            .into_value()
            .ok()?,
        Value::Array(items) => Value::Array(items.iter().map(as_yaml_1_1).collect::<Option<_>>()?),
        Value::Object(map) => {
            let mut converted = serde_json::Map::new();
            for (key, value) in map {
                let key = match plain(key) {
                    true => scalar::plain(Cow::Borrowed(key)).ok()?.0.into_key().ok()?,
                    false => key.clone(),
                };
                if converted.insert(key, as_yaml_1_1(value)?).is_some() {
                    return None;
                }
            }
            Value::Object(converted)
        }
        other => other.clone(),
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), pieces in yaml_like(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = values(&text);
        let _ = values(&pieces);
        let _ = values(&format!("{{{pieces}"));
        let _ = values(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn what_a_yaml_1_2_writer_prints_reads_back_but_for_the_known_differences(value in json_value()) {
        let value = json!({ "k": value });
        let printed = serde_yaml::to_string(&value).unwrap();
        match as_yaml_1_1(&value) {
            Some(expected) => prop_assert_eq!(values(&printed).map_err(|fault| fault.to_string()), Ok(vec![expected]), "{}", printed),
            None => prop_assert!(values(&printed).is_err(), "{}", printed),
        }
    }

    #[test]
    fn json_reads_back_through_both_readers(value in json_value()) {
        let value = json!({ "k": value });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap(), format!("---\n{value:#}")] {
            prop_assert_eq!(values(&text).map_err(|fault| fault.to_string()), Ok(vec![value.clone()]), "{}", text);
        }
    }

    #[test]
    fn every_position_is_inside_the_text(pieces in yaml_like()) {
        let lines = u32::try_from(pieces.split('\n').count()).unwrap() + 1;
        if let Err(fault) = values(&pieces) {
            prop_assert!(fault.at.line >= 1 && fault.at.column >= 1 && fault.at.line <= lines, "{}", fault);
        }
    }
}

#[test]
fn a_list_cut_at_a_line_is_never_taken_for_complete() {
    let lines: Vec<&str> = LIST.split_inclusive('\n').collect();
    let kind = lines
        .iter()
        .rposition(|line| line.starts_with("kind: List"))
        .unwrap();
    for end in 1..lines.len() {
        let read = values(&lines[..end].concat());
        match end {
            // Nothing but the header's first line: a document without kind, which no manifest may be.
            1 => assert_eq!(read.unwrap(), [json!({"apiVersion": "v1"})]),
            _ if end <= kind => assert!(read.is_err(), "cut after line {end}"),
            // From here on, all items are there.
            _ => assert_eq!(read.unwrap().len(), 2, "cut after line {end}"),
        }
    }
    let json = serde_json::to_string_pretty(
        &json!({"apiVersion": "v1", "items": [{"a": 1}], "kind": "List"}),
    )
    .unwrap();
    for end in 1..json.len() {
        assert!(values(&json[..end]).is_err(), "cut after byte {end}");
    }
}
