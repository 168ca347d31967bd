//! Claims about commands and what they stand in.

use super::*;
use crate::runbook::lexer::{Word, lex};

/// First words of the commands of a text.
fn commands(text: &str) -> Vec<String> {
    let script = parse(&lex(text).0);
    let first = |command: &Command| {
        command
            .words
            .iter()
            .filter_map(Word::literal)
            .collect::<Vec<_>>()
            .join(" ")
    };
    script.commands.iter().map(first).collect()
}

#[test]
fn every_command_of_compound_ones_is_found() {
    for text in [
        "a\nb",
        "a; b",
        "a && b",
        "a | b",
        "a & b",
        "if a; then b; fi",
        "if a\nthen\nb\nfi",
        "while a; do b; done",
        "until a; do b; done < x",
        "{ a; b; }",
        "(a; b)",
        "! a || b",
        "f() { a; }\nb",
        "function f { a; }; b",
        "case $x in 1|2) a ;; (3) b ;; esac",
        "case $x in\n1)\na\n;;\n*)\nb\nesac",
        "[[ $x < 3 && ( $y ) ]]\na; b",
        "((i < 3)) && a; b",
        "for i in 1 2; do a; done; b",
        "for i; do a; done\nb",
        "for ((i=0; i<3; i++)); do a; done; b",
        "x=1 a; y=2; b",
        "time a; b > c",
        "> c a; b",
    ] {
        let found = commands(text);
        let named: Vec<&str> = found
            .iter()
            .map(String::as_str)
            .filter(|name| ["a", "b"].contains(name))
            .collect();
        let expected = if text.contains('b') {
            vec!["a", "b"]
        } else {
            vec!["a"]
        };
        assert_eq!(named, expected, "{text}: {found:?}");
    }
}

#[test]
fn pipelines_and_lists_are_known() {
    let script = parse(&lex("a | b && c || d; e").0);
    let links: Vec<_> = script
        .commands
        .iter()
        .map(|command| (command.link, command.list, command.piped_from))
        .collect();
    assert_eq!(
        links,
        [
            (Link::None, 0, None),
            (Link::Pipe, 0, Some(0)),
            (Link::And, 0, None),
            (Link::Or, 0, None),
            (Link::None, 4, None)
        ]
    );
    // A line goes on behind an operator.
    let script = parse(&lex("a |\n  b &&\n\n c\nd").0);
    let lists: Vec<_> = script.commands.iter().map(|command| command.list).collect();
    assert_eq!(lists, [0, 0, 0, 3]);
    // What follows a group goes on with the list that the group is in.
    let script = parse(&lex("a || { b; c; } && d").0);
    let lists: Vec<_> = script.commands.iter().map(|command| command.list).collect();
    assert_eq!(lists, [0, 1, 2, 0]);
    assert_eq!(
        script.frames.first().map(|frame| (frame.link, frame.list)),
        Some((Link::Or, 0))
    );
}

#[test]
fn branches_know_their_condition() {
    let script = parse(&lex("x; if ! a; b; then c; else d; fi; e").0);
    let Some(FrameKind::Then { condition }) = script
        .frames
        .iter()
        .map(|frame| frame.kind.clone())
        .find(|kind| matches!(kind, FrameKind::Then { .. }))
    else {
        panic!("{script:?}")
    };
    assert_eq!(condition, 1..3);
    let negated: Vec<_> = script
        .commands
        .iter()
        .map(|command| command.is_negated)
        .collect();
    assert_eq!(negated, [false, true, false, false, false, false]);
    assert_eq!(
        script.commands.last().and_then(|command| command.frame),
        None
    );
}

#[test]
fn loops_know_what_is_read_in_them() {
    let script = parse(&lex("a | while read x; do b; done\nwhile read y; do c; done < <(d)").0);
    let inputs: Vec<_> = script
        .frames
        .iter()
        .filter_map(|frame| match &frame.kind {
            FrameKind::While {
                piped_from, input, ..
            } => Some((*piped_from, input.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(inputs, [(Some(0), false), (None, true)]);
}
