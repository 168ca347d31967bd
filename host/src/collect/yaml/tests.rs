//! What kubectl's own code (apimachinery 0.32 with sigs.k8s.io/yaml 1.4) made of the same texts, or why we refuse them.

use super::*;
use serde_json::json;

/// The values of all documents and items.
pub(super) fn values(text: &str) -> Result<Vec<Value>, Fault> {
    let mut values = Vec::new();
    read::<Fault>(text, &mut |part| {
        if let Part::Document(document) | Part::Item(document) = part {
            values.push(document.value);
        }
        Ok(())
    })?;
    Ok(values)
}

fn documents(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    read::<Fault>(text, &mut |part| {
        if let Part::Document(document) | Part::Item(document) = part {
            documents.push(document);
        }
        Ok(())
    })
    .unwrap();
    documents
}

fn one(text: &str) -> Value {
    let mut values = values(text).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
    assert_eq!(values.len(), 1, "{text:?}");
    values.remove(0)
}

fn fault(text: &str) -> Fault {
    match values(text) {
        Err(fault) => fault,
        Ok(values) => panic!("{text:?} is {values:?}"),
    }
}

fn at(line: u32, column: u32) -> Mark {
    Mark { line, column }
}

#[test]
fn plain_scalars_mean_what_kubectl_takes_them_for() {
    let cases = [
        (
            "yes no on off y n Yes NO True FALSE",
            json!([
                true, false, true, false, true, false, true, false, true, false
            ]),
        ),
        (
            "Y N YES No ON On OFF Off TRUE true",
            json!([
                true, false, true, false, true, true, false, false, true, true
            ]),
        ),
        (
            "yEs nO oN tRUE Nul nULL",
            json!(["yEs", "nO", "oN", "tRUE", "Nul", "nULL"]),
        ),
        (
            "0777 -0777 0o777 0x1F 0X1f 0b101 -0b101 0b-101",
            json!([511, -511, 511, 31, 31, 5, -5, -5]),
        ),
        (
            "1_000 1__0_ 0_777 1_000.5 .1_0 _1",
            json!([1000, 10, 511, 1000.5, 0.1, "_1"]),
        ),
        ("08 0899 -08 00 0 -0 +1", json!([8, 899, -8, 0, 0, 0, 1])),
        (
            "1:30 190:20:30 2024-01-01 2001-12-14t21:59:43.10-05:00",
            json!([
                "1:30",
                "190:20:30",
                "2024-01-01",
                "2001-12-14t21:59:43.10-05:00"
            ]),
        ),
        ("~ null Null NULL", json!([null, null, null, null])),
        (
            "1.5 1.0 1e3 -.5 1. 1e-7 -0.0 1e21",
            json!([1.5, 1, 1000, -0.5, 1, 1e-7, 0, 1e21]),
        ),
        (
            "1e400 1.2.3 0x 0o8 0b2 -x 1e + . .. 0x1p4",
            json!([
                "1e400", "1.2.3", "0x", "0o8", "0b2", "-x", "1e", "+", ".", "..", "0x1p4"
            ]),
        ),
        (
            "9223372036854775807 -9223372036854775808",
            json!([i64::MAX, i64::MIN]),
        ),
        ("0x1FFFFFFFFFFFFFFFFF", json!(["0x1FFFFFFFFFFFFFFFFF"])),
    ];
    for (texts, expected) in cases {
        let text: String = texts
            .split(' ')
            .map(|text| format!("- k: {text}\n"))
            .collect();
        let expected: Vec<Value> = expected
            .as_array()
            .unwrap()
            .iter()
            .map(|value| json!({"k": value}))
            .collect();
        assert_eq!(one(&text), Value::Array(expected), "{texts}");
    }
    assert_eq!(
        one("a:\nb: ''\nc: \"\"\n"),
        json!({"a": null, "b": "", "c": ""})
    );
}

#[test]
fn quoted_and_block_scalars_are_strings() {
    assert_eq!(
        one("- 'yes'\n- \"0777\"\n- |\n  on\n- >-\n  1\n- '~'\n- \"it\\u0041\\n\"\n"),
        json!(["yes", "0777", "on\n", "1", "~", "itA\n"])
    );
    // kubectl ends the last line, so a block scalar at the end of a file without line feed has one.
    assert_eq!(one("k: |\n  text"), json!({"k": "text\n"}));
    assert_eq!(one("- >\n  a\n   b\n  "), json!(["a\n b\n"]));
}

#[test]
fn keys_become_strings_as_kubectl_converts_them() {
    assert_eq!(
        one(
            "y: 1\nno: 2\n0777: 3\n1.5: 4\n1234567.5: 5\n1e5: 6\n1e-7: 7\n1_0: 8\n.inf: 9\n2024-01-01: 10\n"
        ),
        json!({"true": 1, "false": 2, "511": 3, "1.5": 4, "1.2345675e+06": 5, "100000": 6, "1e-07": 7, "10": 8, ".inf": 9, "2024-01-01": 10})
    );
    assert_eq!(fault("~: x").problem, Problem::NullKey);
    assert_eq!(fault(": x").problem, Problem::NullKey);
    assert_eq!(fault("? [a]\n: b\n").problem, Problem::KeyNotScalar);
    assert_eq!(fault("- {a: b}: c\n").problem, Problem::KeyNotScalar);
    assert_eq!(
        fault("18446744073709551615: x").problem,
        Problem::IntegerTooBig
    );
}

#[test]
fn numbers_that_kubectl_would_round_or_refuse_are_errors() {
    for text in [
        "99999999999999999999",
        "9223372036854775808",
        "-9223372036854775809",
        "0x8000000000000000",
        "07777777777777777777777777",
    ] {
        let fault = fault(&format!("a:\n  b: {text}\n"));
        assert_eq!(fault.problem, Problem::IntegerTooBig, "{text}");
        assert_eq!(fault.at, at(2, 6));
        assert!(
            !fault.to_string().contains(text),
            "a value is shown: {fault}"
        );
    }
    for text in [".inf", "-.INF", ".NaN", "+.inf"] {
        assert_eq!(
            fault(&format!("a: {text}")).problem,
            Problem::NotFinite,
            "{text}"
        );
    }
}

#[test]
fn explicit_tags_are_followed_and_unknown_ones_dropped() {
    assert_eq!(
        one(
            "- !!str 5\n- !!int \"5\"\n- !!float 1\n- !!bool \"yes\"\n- !!null ''\n- !Foo 5\n- ! 5\n- !Foo {a: b}\n- !!set {a, b}\n- !!timestamp 2020-01-01\n- !!str\n- !<tag:yaml.org,2002:int> '0x10'\n"
        ),
        json!(["5", 5, 1, true, null, "5", "5", {"a": "b"}, {"a": null, "b": null}, "2020-01-01", "", 16])
    );
    assert_eq!(one("a: !!binary aGVsbG8="), json!({"a": "hello"}));
    for text in [
        "!!int 1.5",
        "!!int x",
        "!!null foo",
        "!!bool 1",
        "!!timestamp x",
        "!!float .x",
    ] {
        assert_eq!(
            fault(&format!("a: {text}")).problem,
            Problem::TagMismatch,
            "{text}"
        );
    }
    assert_eq!(fault("a: !!binary gIA=").problem, Problem::BinaryNotUtf8);
    assert_eq!(fault("a: !!binary x").problem, Problem::BinaryNotBase64);
}

#[test]
fn merge_keys_bring_what_the_map_does_not_have() {
    assert_eq!(
        one("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n"),
        json!({"x": {"a": 1, "b": 2}, "z": {"a": 1, "b": 3}})
    );
    assert_eq!(
        one("<<: [{a: 1}, {a: 2, b: 3}]\nc: 4\n"),
        json!({"a": 1, "b": 3, "c": 4})
    );
    assert_eq!(one("\"<<\": 5\n"), json!({"<<": 5}));
    assert_eq!(one("- <<\n"), json!(["<<"]));
    // The key before is the same: nothing is overwritten.
    assert_eq!(one("a: 1\n<<: {a: 1}\n"), json!({"a": 1}));
    let overwritten = fault("a: 1\n<<: {a: 2}\n");
    assert_eq!(
        (overwritten.problem, overwritten.at),
        (Problem::MergeOverwrites { key: "a".into() }, at(2, 1))
    );
    for text in ["<<: 5", "<<: null", "<<: [5]", "x: &x [{a: 1}]\n<<: *x\n"] {
        assert_eq!(fault(text).problem, Problem::MergeNotMap, "{text}");
    }
    assert!(matches!(
        fault("<<: {a: 1}\n<<: {b: 1}\n").problem,
        Problem::DuplicateKey { .. }
    ));
}

#[test]
fn duplicate_keys_are_errors_that_name_both_places() {
    let found = fault("a: 1\nb:\n  c: 1\n  d: {x: 1}\n  c: 2\n");
    assert_eq!(found.at, at(5, 3));
    assert_eq!(
        found.problem,
        Problem::DuplicateKey {
            key: "c".into(),
            first: at(3, 3)
        }
    );
    // After kubectl's conversion they are the same.
    assert_eq!(
        fault("yes: 1\ntrue: 2\n").problem,
        Problem::DuplicateKey {
            key: "true".into(),
            first: at(1, 1)
        }
    );
    assert_eq!(
        fault("10: 1\n\"10\": 2\n").problem,
        Problem::DuplicateKey {
            key: "10".into(),
            first: at(1, 1)
        }
    );
    assert_eq!(
        fault("{\"a\": 1,\n \"a\": 1}").problem,
        Problem::DuplicateKey {
            key: "a".into(),
            first: at(1, 2)
        }
    );
    assert!(matches!(
        fault("items: []\nitems: []\nkind: List\n").problem,
        Problem::DuplicateKey { .. }
    ));
}

#[test]
fn aliases_are_expanded_within_a_budget() {
    assert_eq!(
        one("a: &x {b: [1]}\nc: *x\n"),
        json!({"a": {"b": [1]}, "c": {"b": [1]}})
    );
    assert_eq!(one("- &k a\n- *k : x\n"), json!(["a", {"a": "x"}]));
    assert_eq!(one("&k a: *k\n"), json!({"a": "a"}));
    assert_eq!(fault("- &k 1\n- *k : x\n").problem, Problem::AliasKey);
}

#[test]
fn alias_bombs_and_circles_are_errors() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        bomb += &format!("a{level}: &a{level} [{previous}]\n");
    }
    assert_eq!(fault(&bomb).problem, Problem::AliasBudget(MAX_ALIAS_BYTES));
    let big = format!(
        "a: &a \"{}\"\nb: [{}]\n",
        "x".repeat(1 << 20),
        "*a, ".repeat(100)
    );
    assert_eq!(fault(&big).problem, Problem::AliasBudget(MAX_ALIAS_BYTES));
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(fault(&deep).problem, Problem::Depth(MAX_DEPTH));
    assert_eq!(fault("a: &a [*a]").problem, Problem::AliasContainsItself);
    assert_eq!(fault("a: *b").problem, Problem::UnknownAlias);
    // Anchors end with their document.
    assert_eq!(fault("a: &a 1\n---\nb: *a\n").at, at(3, 4));
}

#[test]
fn nesting_is_bounded() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    };
    assert!(values(&nested("[", "]", MAX_DEPTH)).is_ok());
    assert_eq!(
        fault(&nested("[", "]", MAX_DEPTH + 1)).problem,
        Problem::Depth(MAX_DEPTH)
    );
    assert_eq!(
        fault(&nested("[", "]", 100_000)).problem,
        Problem::Depth(MAX_DEPTH)
    );
    assert_eq!(
        fault(&nested("- ", "", 100_000)).problem,
        Problem::Depth(MAX_DEPTH)
    );
    assert_eq!(
        fault(&nested("{\"a\":", "}", MAX_DEPTH + 1)).problem,
        Problem::Depth(MAX_DEPTH)
    );
}

#[test]
fn streams_are_cut_where_kubectl_cuts_them() {
    assert_eq!(
        values("---\na: 1\n---\nb: 2\n---\n").unwrap(),
        [json!({"a": 1}), json!({"b": 2})]
    );
    assert_eq!(
        values("---\n---\n\n--- # comment\n# c\n---\nnull\n--- \n~\n").unwrap(),
        Vec::<Value>::new()
    );
    assert_eq!(values("# only\n# comments\n").unwrap(), Vec::<Value>::new());
    assert_eq!(values("").unwrap(), Vec::<Value>::new());
    assert_eq!(
        values("a: 1\r\n---\r\nb: |\r\n  x\r\n").unwrap(),
        [json!({"a": 1}), json!({"b": "x\n"})]
    );
    assert_eq!(values("\u{FEFF}a: 1\n").unwrap(), [json!({"a": 1})]);
    assert_eq!(
        values("a: 1\n...\n---\nb: 2\n...\n# end\n").unwrap(),
        [json!({"a": 1}), json!({"b": 2})]
    );
    let cases = [
        ("a: 1\n...\nb: 2\n", Problem::AfterEnd, at(3, 1)),
        ("a: 1\n--- {b: 2}\n", Problem::Separator, at(2, 1)),
        ("a: b\n---#c\nd: e\n", Problem::Separator, at(2, 1)),
        ("---foo: bar\n", Problem::Separator, at(1, 1)),
        ("a: '\n-----BEGIN'\n", Problem::Separator, at(2, 1)),
        ("%YAML 1.1\n---\na: 1\n", Problem::Directive, at(1, 1)),
        (
            "a: 1\n---\n\u{FEFF}b: 2\n",
            Problem::ByteOrderMark,
            at(3, 1),
        ),
    ];
    for (text, problem, mark) in cases {
        assert_eq!(fault(text), problem.at(mark), "{text:?}");
    }
}

#[test]
fn characters_that_only_one_side_knows_are_errors_with_their_place() {
    let cases = [
        ("a: 1\nb: \0\n", Problem::Control(0)),
        ("a: 1\nb: \u{7}\n", Problem::Control(7)),
        ("a: 1\nb: \u{7F}\n", Problem::Control(0x7F)),
        ("a: 1\nb: \u{84}\n", Problem::Control(0x84)),
        ("a: 1\nb: \u{FFFE}\n", Problem::Control(0xFFFE)),
        ("a: 1\nb: \u{85}c: 2\n", Problem::LineBreak(0x85)),
        ("a: 1\nb: \u{2028}c: 2\n", Problem::LineBreak(0x2028)),
        ("a: 1\nb: \u{2029}c: 2\n", Problem::LineBreak(0x2029)),
        ("a: 1\nb: \rc: 2\n", Problem::CarriageReturn),
    ];
    for (text, problem) in cases {
        assert_eq!(fault(text), problem.at(at(2, 4)), "{text:?}");
    }
    assert_eq!(
        one("é: 日本\u{A0}語\u{FFFD}\n"),
        json!({"é": "日本\u{A0}語\u{FFFD}"})
    );
}

#[test]
fn texts_that_yaml_1_1_cuts_into_other_tokens_are_errors() {
    let cases = [
        ("k: {a:, b: c}\n", Problem::FlowColon),
        ("k: {a:}\n", Problem::FlowColon),
        ("k: [?a]\n", Problem::FlowStart),
        ("k: {?a: b}\n", Problem::FlowStart),
        ("k: [:a]\n", Problem::FlowStart),
        ("k: [!x, a]\n", Problem::TagEnd),
        ("k: &a:b c\n", Problem::AnchorName),
    ];
    for (text, problem) in cases {
        assert_eq!(fault(text).problem, problem, "{text:?}");
    }
    assert_eq!(
        one("- :8080\n- a:,b\n- ?a\n- [-f, a?]\n"),
        json!([":8080", "a:,b", "?a", ["-f", "a?"]])
    );
}

#[test]
fn broken_yaml_is_an_error_with_its_place() {
    assert_eq!(fault("a:\n\t- b\n"), Problem::Tab.at(at(2, 2)));
    for (text, line) in [
        ("a: b\nc\n", 3),
        ("a: [1\nb: 2\n", 2),
        ("a: 'x\n", 2),
        ("a: b: c\n", 1),
        ("- a\nb: c\n", 2),
        ("a: `\n", 1),
    ] {
        let found = fault(text);
        assert!(
            matches!(found.problem, Problem::Syntax(_)),
            "{text:?}: {found}"
        );
        assert!(found.at.line.abs_diff(line) <= 1, "{text:?}: {found}");
    }
}

#[test]
fn positions_are_those_of_keys_and_values() {
    let text = "# c\napiVersion: v1\nmetadata:\n  name: x\n  annotations:\n    a/b: 'q'\nspec:\n- p: 1\n- [ 2, {r: ü, s: 3} ]\n";
    let [document] = &documents(text)[..] else {
        panic!()
    };
    let span = |path: &[Segment<'static>]| document.spans.position_of(path.iter().cloned());
    assert_eq!(document.spans.start(), at(2, 1));
    assert_eq!(span(&[]).value, at(2, 1));
    assert_eq!(
        span(&["apiVersion".into()]),
        Span {
            key: at(2, 1),
            value: at(2, 13)
        }
    );
    assert_eq!(
        span(&["metadata".into()]),
        Span {
            key: at(3, 1),
            value: at(4, 3)
        }
    );
    assert_eq!(
        span(&["metadata".into(), "annotations".into(), "a/b".into()]),
        Span {
            key: at(6, 5),
            value: at(6, 10)
        }
    );
    assert_eq!(
        span(&["spec".into(), 1.into(), 1.into(), "s".into()]),
        Span {
            key: at(9, 15),
            value: at(9, 18)
        }
    );
    // The deepest part that exists.
    assert_eq!(
        span(&["metadata".into(), "labels".into(), "x".into()]).key,
        at(3, 1)
    );
    assert_eq!(span(&["spec".into(), 7.into()]).key, at(7, 1));
    assert_eq!(span(&["status".into()]).key, at(2, 1));
    let column = "metadata.annotations[a/b]".parse().unwrap();
    assert_eq!(document.spans.position_of_column(&column).key, at(6, 5));
    let column = "spec[*].p".parse().unwrap();
    assert_eq!(document.spans.position_of_column(&column).key, at(7, 1));
}

#[test]
fn positions_of_aliases_and_merged_keys_are_where_they_are_written() {
    let text = "x: &x\n  a: 1\n  b: {c: 2}\nv: *x\nz:\n  <<: *x\n  a: 3\nw:\n  <<: [{d: 1},\n       {e: 2}]\n";
    let [document] = &documents(text)[..] else {
        panic!()
    };
    let key = |path: [&'static str; 2]| document.spans.position_of(path.map(Segment::from)).key;
    assert_eq!(
        document.spans.position_of(["v".into()]),
        Span {
            key: at(4, 1),
            value: at(4, 4)
        }
    );
    assert_eq!(key(["v", "a"]), at(2, 3));
    assert_eq!(key(["z", "a"]), at(7, 3));
    assert_eq!(key(["z", "b"]), at(3, 3));
    assert_eq!(key(["w", "e"]), at(10, 9));
    assert_eq!(key(["w", "f"]), at(8, 1));
}

#[test]
fn json_gives_the_same_values_and_places_as_yaml() {
    let text = "{\n  \"apiVersion\": \"v1\", \"kind\": \"X\",\n  \"spec\": {\"é\": [1, -2.5, 1.0, true, null, \"\\u0041\"], \"e\": {}, \"l\": []}\n}\n";
    let [json_read] = &documents(text)[..] else {
        panic!()
    };
    let as_yaml = format!("---\n{text}");
    let [yaml_read] = &documents(&as_yaml)[..] else {
        panic!()
    };
    assert_eq!(json_read.value, yaml_read.value);
    assert_eq!(
        json_read.value["spec"]["é"],
        json!([1, -2.5, 1, true, null, "A"])
    );
    let paths: [&[Segment<'static>]; 6] = [
        &[],
        &["kind".into()],
        &["spec".into(), "é".into()],
        &["spec".into(), "é".into(), 5.into()],
        &["spec".into(), "e".into()],
        &["spec".into(), "l".into()],
    ];
    for path in paths {
        let ours = json_read.spans.position_of(path.iter().cloned());
        let mut other = yaml_read.spans.position_of(path.iter().cloned());
        other.key.line -= 1;
        other.value.line -= 1;
        assert_eq!(ours, other, "{path:?}");
    }
    assert_eq!(one("{\"a\": \"\\/\"}"), json!({"a": "/"}));
    assert_eq!(
        values(" {\"a\":1}{\"b\":2}\nnull ").unwrap(),
        [json!({"a": 1}), json!({"b": 2})]
    );
}

#[test]
fn files_that_start_with_a_brace_are_json_and_nothing_else() {
    for text in [
        "{a: 1}",
        "{\"a\": yes}",
        "{\"a\": 1,}",
        "{\"a\": 01}",
        "{\"a\": 1",
        "{\"a\": \"x",
        "{\"a\" 1}",
        "{,}",
        "{\"a\": [1 2]}",
        "{\"a\": 'x'}",
        "{\"a\": \"\\x\"}",
        "{\"a\": \"\n\"}",
        "{}---\n{}",
        "{\"a\": 1e999}",
        "{\"a\": tru}",
        "{\"a\": [1,]}",
        "{\"a\": # c\n1}",
        "{}]",
    ] {
        assert!(matches!(fault(text).problem, Problem::Json(_)), "{text:?}");
    }
    assert_eq!(
        fault("{\"a\": 18446744073709551615}").problem,
        Problem::IntegerTooBig
    );
}

#[test]
fn scalars_that_yaml_1_2_reads_differently_are_listed() {
    let text = "y: 1\na: [yes, true, 0777, 0o777, 1_0, '0777', 2024-01-01, 08, +1, 0x1F, 0X1F, 1e400, 010]\nx: {b: off}\n";
    let [document] = &documents(text)[..] else {
        panic!()
    };
    let found: Vec<(String, &str, &Value, bool)> = document
        .yaml11
        .iter()
        .map(|found| {
            (
                show_path(&found.path),
                found.text.as_str(),
                &found.read_as,
                found.is_key,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("true".into(), "y", &json!("true"), true),
            ("a[0]".into(), "yes", &json!(true), false),
            ("a[2]".into(), "0777", &json!(511), false),
            ("a[4]".into(), "1_0", &json!(10), false),
            ("a[10]".into(), "0X1F", &json!(31), false),
            ("a[11]".into(), "1e400", &json!("1e400"), false),
            ("a[12]".into(), "010", &json!(8), false),
            ("x.b".into(), "off", &json!(false), false),
        ]
    );
    assert_eq!(document.yaml11[7].at, at(3, 8));
}

/// A list as kubectl prints it: fields in the order of their names, so `kind` comes after `items`.
pub(super) const LIST: &str = "apiVersion: v1
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: one
    namespace: shop
  data:
    a: yes
- apiVersion: v1
  data:
    text: |
      kind: List
      items: []
  kind: ConfigMap
  metadata:
    name: two
kind: List
metadata:
  resourceVersion: \"\"
";

#[test]
fn lists_are_handed_out_item_by_item() {
    let mut seen = Vec::new();
    read::<Fault>(LIST, &mut |part| {
        seen.push(match part {
            Part::Document(_) => "document".to_owned(),
            Part::Item(item) => format!(
                "{} at {}, name at {}, {} differ{}",
                item.value["metadata"]["name"],
                item.spans.start(),
                item.spans
                    .position_of(["metadata".into(), "name".into()])
                    .key,
                item.yaml11.len(),
                item.yaml11
                    .iter()
                    .map(|found| format!(": {}", show_path(&found.path)))
                    .collect::<String>(),
            ),
            Part::List(list) => format!("{} of {}", list.items, list.header.value),
        });
        Ok(())
    })
    .unwrap();
    assert_eq!(
        seen,
        [
            "\"one\" at 3:3, name at 6:5, 1 differ: data.a",
            "\"two\" at 10:3, name at 17:5, 0 differ",
            "2 of {\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"\"}}",
        ]
    );
}

#[test]
fn an_item_goes_out_before_the_rest_is_read() {
    let mut names = Vec::new();
    let broken = LIST.replace("kind: List\nmetadata", "kind: 'List\nmetadata");
    let result = read::<Fault>(&broken, &mut |part| {
        if let Part::Item(item) = part {
            names.push(item.value["metadata"]["name"].clone());
        }
        Ok(())
    });
    assert!(result.is_err());
    assert_eq!(names, [json!("one"), json!("two")]);
}

#[test]
fn lists_that_are_cut_off_or_are_none_are_errors() {
    let cut = "apiVersion: v1\nitems:\n- a: 1\n";
    assert_eq!(fault(cut), Problem::ListWithoutKind.at(at(2, 1)));
    assert_eq!(fault("items:\n"), Problem::ListWithoutKind.at(at(1, 1)));
    assert_eq!(
        fault("apiVersion: v1\nkind: List\n").problem,
        Problem::ListWithoutItems
    );
    assert_eq!(
        fault("items: []\nkind: Pod\n"),
        Problem::ItemsInObject("Pod".into()).at(at(2, 1))
    );
    assert_eq!(
        fault("items: {}\nkind: List\n"),
        Problem::ItemsNotList.at(at(1, 1))
    );
    assert_eq!(
        fault("items: x\nkind: List\n").problem,
        Problem::ItemsNotList
    );
    assert_eq!(
        fault("kind: Pod\nx: &x [1]\nitems: *x\n").problem,
        Problem::ItemsInObject("Pod".into())
    );
    // A kind may be called a list without being one.
    assert_eq!(
        one("kind: AllowList\nspec: {}\n"),
        json!({"kind": "AllowList", "spec": {}})
    );
}

#[test]
fn empty_lists_are_told_and_lists_in_lists_flattened() {
    let parts = |text: &str| {
        let mut parts = Vec::new();
        read::<Fault>(text, &mut |part| {
            parts.push(match part {
                Part::List(list) => format!("list of {}", list.items),
                Part::Item(item) => format!("{} at {}", item.value, item.spans.start()),
                Part::Document(document) => document.value.to_string(),
            });
            Ok(())
        })
        .unwrap();
        parts
    };
    for empty in [
        "items: []\nkind: List\n",
        "items:\nkind: PodList\n",
        "{\"items\":null,\"kind\":\"List\"}",
        "kind: List\nmetadata: {x: &x []}\nitems: *x\n",
    ] {
        assert_eq!(parts(empty), ["list of 0"], "{empty:?}");
    }
    let nested = "kind: List\nitems:\n- a: 1\n- kind: XList\n  items:\n  - {b: 2}\n  - kind: List\n    items: [{c: yes}]\n";
    assert_eq!(
        parts(nested),
        [
            "{\"a\":1} at 3:3",
            "{\"b\":2} at 6:5",
            "{\"c\":true} at 8:13",
            "list of 1",
            "list of 2",
            "list of 2"
        ]
    );
    // What kubectl complains about may end up in the same file.
    let complaint = fault("kind: List\nitems: []\nError from server (Forbidden): no\n");
    assert_eq!(
        (complaint.at.line, complaint.problem),
        (3, Problem::ListField)
    );
    let yaml11 = documents(nested).pop().unwrap().yaml11;
    assert_eq!(show_path(&yaml11[0].path), "c");
    let mut deep = String::from("{\"kind\":\"List\",\"items\":[]}");
    for _ in 0..MAX_LIST_DEPTH + 1 {
        deep = format!("{{\"kind\":\"List\",\"items\":[{deep}]}}");
    }
    assert_eq!(fault(&deep).problem, Problem::ListDepth(MAX_LIST_DEPTH));
}
