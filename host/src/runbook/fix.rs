//! Commands as they are shown, and as they should be typed.

use super::lexer::Span;
use super::rules::Edit;
use super::script::{Command, Script};

/// Longest command that is shown. Protects reports; a line of a runbook is far below.
const MAX_SHOWN: usize = 4096;

/// Options whose values are shown to nobody.
const SECRET_OPTIONS: [&str; 5] = [
    "--token",
    "--password",
    "--from-literal",
    "--docker-password",
    "--client-key",
];

/// What takes the place of a value that is not shown.
const HIDDEN: &str = "***";

/// The changes that hide what may be secret among the words of a script.
pub(super) fn hidden(script: &Script, text: &str) -> Vec<Edit> {
    script
        .commands
        .iter()
        .flat_map(|command| hidden_in(command, text))
        .collect()
}

fn hidden_in(command: &Command, text: &str) -> Vec<Edit> {
    let mut edits = vec![];
    // What is set for one command, in the middle of a pipeline; without a span of its own it ends before the command.
    for (name, word) in &command.assignments {
        let is_namespace =
            name.eq_ignore_ascii_case("ns") || name.to_ascii_lowercase().contains("namespace");
        if !is_namespace && !word.span.is_empty() {
            edits.push(Edit::replace(&word.span, format!("{name}={HIDDEN}")));
        }
    }
    let mut previous = "";
    for word in &command.words {
        let source = text.get(word.span.clone()).unwrap_or("");
        let option = source.split('=').next().unwrap_or("");
        if SECRET_OPTIONS.contains(&previous) {
            edits.push(Edit::replace(&word.span, HIDDEN));
        } else if SECRET_OPTIONS.contains(&option) && source.contains('=') {
            edits.push(Edit::replace(&word.span, format!("{option}={HIDDEN}")));
        } else if source.contains("stringData") || source.contains("\"data\"") {
            edits.push(Edit::replace(&word.span, format!("'{HIDDEN}'")));
        }
        previous = source;
    }
    edits
}

/// A place of a text, changed, on one line.
pub(super) fn line(text: &str, place: &Span, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits
        .iter()
        .filter(|edit| place.start <= edit.span.start && edit.span.end <= place.end)
        .collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    sorted.dedup();
    let mut out = String::new();
    let mut at = place.start;
    for edit in sorted {
        // The first of two changes of one place counts.
        if edit.span.start < at {
            continue;
        }
        out.push_str(text.get(at..edit.span.start).unwrap_or(""));
        out.push_str(&edit.with);
        at = edit.span.end;
    }
    out.push_str(text.get(at..place.end).unwrap_or(""));
    on_one_line(&out)
}

/// Without line ends, blanks beside them, and what a terminal would not show as text.
fn on_one_line(text: &str) -> String {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let lines: Vec<&str> = joined
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let mut line = String::new();
    let mut last = ' ';
    for letter in lines.join(" ").chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        if letter != ' ' || last != ' ' {
            line.push(letter);
        }
        last = letter;
    }
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("")),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_made_in_order_and_the_first_of_two_counts() {
        let text = "kubectl annotate \\\n   sa x";
        let edits = [
            Edit::replace(&(22..24), "storageaccounts"),
            Edit::replace(&(22..24), "other"),
            Edit::insert(26, " --overwrite"),
        ];
        assert_eq!(
            line(text, &(0..26), &edits),
            "kubectl annotate storageaccounts x --overwrite"
        );
        assert_eq!(line(text, &(0..26), &[]), "kubectl annotate sa x");
    }

    #[test]
    fn nothing_reaches_a_terminal_but_text() {
        assert_eq!(line("a\x1b[31mb\tc", &(0..9), &[]), "a [31mb c");
    }
}
