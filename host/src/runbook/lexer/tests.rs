//! Claims about words and their places.

use super::*;
use proptest::prelude::*;

fn words(text: &str) -> Vec<String> {
    let (tokens, problems) = lex(text);
    assert_eq!(problems, [], "{text}");
    let words = tokens.into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(
            word.literal()
                .unwrap_or_else(|| format!("{:?}", word.parts)),
        ),
        Token::Operator(..) => None,
    });
    words.collect()
}

fn operators(text: &str) -> Vec<Operator> {
    let tokens = lex(text).0.into_iter();
    let operators = tokens.filter_map(|token| match token {
        Token::Operator(operator, _) => Some(operator),
        Token::Word(_) => None,
    });
    operators.collect()
}

#[test]
fn words_are_what_a_shell_makes_of_them() {
    for (text, expected) in [
        ("a b\tc", vec!["a", "b", "c"]),
        ("a \\\n  b", vec!["a", "b"]),
        ("a\\\nb", vec!["ab"]),
        ("a \\\r\n b\r\n", vec!["a", "b"]),
        ("'a b' \"c d\" e\\ f", vec!["a b", "c d", "e f"]),
        ("a'b'\"c\"d", vec!["abcd"]),
        ("'' \"\"", vec!["", ""]),
        ("\"a\\\"b\\$c\\n\"", vec!["a\"b$c\\n"]),
        ("a # b\nc#d", vec!["a", "c#d"]),
        ("a 2>/dev/null b", vec!["a", "/dev/null", "b"]),
        ("$ 5$", vec!["$", "5$"]),
        ("a=b c", vec!["a=b", "c"]),
    ] {
        assert_eq!(words(text), expected, "{text:?}");
    }
}

#[test]
fn here_documents_are_skipped_to_their_end() {
    assert_eq!(words("cat <<EOF\na 'b\nEOF\nc"), ["cat", "c"]);
    assert_eq!(words("cat <<-'EOF' > x\n\ta\n\tEOF\nc"), ["cat", "x", "c"]);
    assert_eq!(words("a <<X; b <<Y\n1\nX\n2\nY\nc"), ["a", "b", "c"]);
    assert_eq!(words("a <<< 'b c'"), ["a", "b c"]);
}

#[test]
fn operators_are_told_apart() {
    use Operator::{And, Background, Close, End, EndOfCase, Input, Open, Or, Output, Pipe};
    assert_eq!(
        operators("a && b || c | d & e; f\n"),
        [And, Or, Pipe, Background, End, End]
    );
    assert_eq!(operators("(a) ;; b"), [Open, Close, EndOfCase]);
    assert_eq!(
        operators("a > b 2>&1 < c &> d 1>e"),
        [
            Output(true),
            Output(false),
            Input,
            Output(true),
            Output(true)
        ]
    );
    assert_eq!(operators("a <name> b"), []);
}

#[test]
fn substitutions_hold_their_own_words() {
    for text in [
        "$(a $(b) \"$(c)\")",
        "`a b`",
        "<(a b)",
        "\"x $(a) y\"",
        "$(a\n)",
        "$(a # )\n)",
    ] {
        let (tokens, problems) = lex(text);
        assert_eq!(problems, [], "{text}");
        let [Token::Word(word)] = tokens.as_slice() else {
            panic!("{text}: {tokens:?}")
        };
        assert!(
            word.parts
                .iter()
                .any(|part| matches!(part, Part::Output(inner) if !inner.is_empty())),
            "{text}"
        );
    }
    let (tokens, problems) = lex("$((1 + 2)) ${a:-${b}} ${c#*} $1 $@ $name.x");
    assert_eq!((tokens.len(), problems), (6, vec![]));
}

#[test]
fn arrays_are_one_word() {
    let (tokens, problems) = lex("a=(b 'c d') e");
    assert_eq!(problems, []);
    let [Token::Word(array), Token::Word(_)] = tokens.as_slice() else {
        panic!("{tokens:?}")
    };
    assert_eq!(array.array.as_ref().map(Vec::len), Some(2));
}

#[test]
fn what_has_no_end_hides_no_line_after_it() {
    for text in [
        "a 'b\nkubectl get x",
        "a \"b\nkubectl get x",
        "a `b\nkubectl get x",
        "a <<E\nkubectl get x",
        "a ${b\nkubectl get x",
    ] {
        let (tokens, problems) = lex(text);
        assert_eq!(problems.len(), 1, "{text}");
        let has = tokens
            .iter()
            .any(|token| matches!(token, Token::Word(word) if word.is("kubectl")));
        assert!(has, "{text}: {tokens:?}");
    }
}

#[test]
fn nesting_ends_at_its_limit() {
    for open in ["$(", "\"$(", "a=(", "`", "$((", "${", "(", "<("] {
        let (_, problems) = lex(&open.repeat(10_000));
        assert!(!problems.is_empty() || ["(", "`"].contains(&open), "{open}");
    }
    assert!(
        lex(&"$(".repeat(MAX_NESTING))
            .1
            .iter()
            .all(|problem| !problem.what.contains("too deep"))
    );
    assert!(
        lex(&"$(".repeat(MAX_NESTING + 1))
            .1
            .iter()
            .any(|problem| problem.what.contains("too deep"))
    );
}

/// Checks the places of words and of all that is in them.
fn check_places(text: &str, tokens: &[Token], within: &Span) {
    let mut last = within.start;
    for token in tokens {
        let span = match token {
            Token::Word(word) => &word.span,
            Token::Operator(_, span) => span,
        };
        assert!(
            last <= span.start && span.start < span.end && span.end <= within.end,
            "{text:?} {span:?}"
        );
        let source = text
            .get(span.clone())
            .unwrap_or_else(|| panic!("{text:?} {span:?} cuts a letter"));
        last = span.end;
        if let Token::Word(word) = token {
            assert!(
                !source.starts_with([' ', '\t', '\n']),
                "{text:?} {source:?}"
            );
            match word.literal() {
                Some(literal) if !word.quoted => assert_eq!(
                    literal,
                    source
                        .replace("\\\n", "")
                        .replace("\\\r\n", "")
                        .replace('`', "")
                ),
                _ => {}
            }
            for part in &word.parts {
                if let Part::Output(inner) = part {
                    check_places(text, inner, &word.span);
                }
            }
            for inner in word.array.iter().flatten() {
                assert!(span.start < inner.span.start && inner.span.end <= span.end);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_word_stands_where_it_says(text in "[a-z \\n\\t'\"`$(){}<>|&;#=\\\\é0-9-]{0,80}") {
        let (tokens, problems) = lex(&text);
        check_places(&text, &tokens, &(0..text.len()));
        for problem in problems {
            prop_assert!(text.is_char_boundary(problem.at) && problem.at < text.len());
        }
    }

    #[test]
    fn no_text_makes_the_reading_panic(pieces in proptest::collection::vec(prop_oneof![
        Just("kubectl "), Just("asoctl import azure-resource "), Just("delete "), Just("annotate "), Just("rg "), Just("-n "), Just("$("), Just(")"),
        Just("\n"), Just("| xargs "), Just("for a in "), Just("; do "), Just("done "), Just("if "), Just("then "), Just("fi\n"), Just("$a "),
        Just("a=$a\n"), Just("'"), Just("\""), Just("`"), Just("<<E\n"), Just("case x in "), Just("esac"), Just("{ "), Just("}"), Just("f() "),
        Just("skipreconcile=true "), Just("-A "), Just("get "), Just("-o name "), Just("\\\n"), Just("while read a; do "), Just("alias k=k\n"),
        Just("&& "), Just("|| exit"), Just("asogate check cleanup -A "), Just("é"), Just("/providers/microsoft.x/"), Just("-"), Just("--x="),
    ], 0..40)) {
        let text = pieces.concat();
        for name in ["a.sh", "a.md"] {
            let runbook = crate::runbook::Runbook { name, text: &format!("```sh\n{text}"), is_named: true };
            let first = crate::runbook::examine(&[runbook], |_| None);
            prop_assert_eq!(first, crate::runbook::examine(&[runbook], |_| None));
        }
    }
}
