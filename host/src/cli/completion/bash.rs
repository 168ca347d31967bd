//! Bash: its script, and the words of its command line, which it breaks at `=` and `:` too.

use super::at_cursor;
use clap::Command;
use clap_complete::env::EnvCompleter;
use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

/// Where the cursor is, counted in bash's words.
const INDEX: &str = "ASOGATE_COMPLETE_INDEX";

/// The word at the cursor, up to it.
const CURRENT: &str = "ASOGATE_COMPLETE_CURRENT";

/// What bash breaks words at that stands in the middle of ours.
const BREAKS: [char; 2] = ['=', ':'];

const SCRIPT: &str = r#"_NAME_complete() {
    local line program="${1/#\~/$HOME}"
    COMPREPLY=()
    while IFS= read -r line; do
        [[ -n $line ]] && COMPREPLY+=("$line")
    done <<< "$(VAR=bash INDEX="$COMP_CWORD" CURRENT="$2" "${program:-COMPLETER}" -- "${COMP_WORDS[@]}" 2>/dev/null)"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -o nosort -F _NAME_complete PROGRAM 2>/dev/null ||
    complete -o bashdefault -F _NAME_complete PROGRAM
"#;

/// Bash. The library's own script takes no word with `=` in it, so this one is ours.
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let script = SCRIPT
            .replace("COMPLETER", completer)
            .replace("NAME", name)
            .replace("PROGRAM", program)
            .replace("VAR", variable)
            .replace("INDEX=", &format!("{INDEX}="))
            .replace("CURRENT=", &format!("{CURRENT}="));
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        here: Option<&Path>,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let index = std::env::var(INDEX)
            .ok()
            .and_then(|index| index.parse().ok());
        let current = std::env::var(CURRENT).unwrap_or_default();
        let at = At::new(&words, index.unwrap_or(0), &current);
        for candidate in at_cursor(command, at.words, at.index, here)? {
            let value = candidate.get_value().to_string_lossy();
            // Bash replaces what stands after the last break only.
            if let Some(rest) = value.strip_prefix(&at.kept) {
                writeln!(out, "{}", quoted(rest))?;
            }
        }
        Ok(())
    }
}

/// The words as the shell will give them to the program.
pub(super) fn joined(words: &[OsString]) -> Vec<OsString> {
    At::new(words, words.len(), "").words
}

/// A command line with a cursor.
#[derive(Debug, PartialEq, Eq)]
struct At {
    words: Vec<OsString>,
    index: usize,
    /// What of the word at the cursor bash takes for another word.
    kept: String,
}

impl At {
    fn new(broken: &[OsString], index: usize, current: &str) -> At {
        let is_break = |word: &OsString| {
            let text = word.to_str().unwrap_or("");
            !text.is_empty() && text.chars().all(|character| BREAKS.contains(&character))
        };
        let mut words: Vec<OsString> = vec![];
        let mut at = (0, String::new());
        let mut after_break = false;
        for (place, word) in broken.iter().enumerate() {
            let breaks = is_break(word);
            // With the cursor after a break, bash has nothing of a word yet.
            let part: OsString = match place == index && !(breaks && current.is_empty()) {
                true => current.into(),
                false => word.clone(),
            };
            match words.last_mut() {
                Some(last) if place > 1 && (breaks || after_break) => last.push(&part),
                _ => words.push(part.clone()),
            }
            if place == index {
                let whole = words.last().map(|word| word.to_string_lossy().into_owned());
                let whole = whole.unwrap_or_default();
                let kept = whole.len().saturating_sub(current.len());
                at = (words.len() - 1, whole.get(..kept).unwrap_or("").to_owned());
                // What stands after the cursor is left alone.
                break;
            }
            after_break = breaks;
        }
        At {
            words,
            index: at.0,
            kept: at.1,
        }
    }
}

/// A word as one types it.
fn quoted(word: &str) -> String {
    let mut quoted = String::with_capacity(word.len());
    for character in word.chars() {
        let plain = character.is_alphanumeric() || "-_./=:@%+,~".contains(character);
        if !plain {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(words: &str, index: usize, current: &str) -> (Vec<String>, usize, String) {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let At { words, index, kept } = At::new(&words, index, current);
        let words = words.into_iter().map(|word| word.into_string().unwrap());
        (words.collect(), index, kept)
    }

    #[test]
    fn words_that_bash_breaks_are_whole_again() {
        let whole = |words: &[&str], index, kept: &str| {
            let words = words.iter().map(ToString::to_string).collect();
            (words, index, kept.to_owned())
        };
        assert_eq!(
            at("asogate status --context = pr", 4, "pr"),
            whole(&["asogate", "status", "--context=pr"], 2, "--context=")
        );
        assert_eq!(
            at("asogate status --context =", 3, ""),
            whole(&["asogate", "status", "--context="], 2, "--context=")
        );
        assert_eq!(
            at("asogate status --context arn : aws : e", 7, "e"),
            whole(
                &["asogate", "status", "--context", "arn:aws:e"],
                3,
                "arn:aws:"
            )
        );
        assert_eq!(
            at("asogate status -l app = shop -n sh", 7, "sh"),
            whole(&["asogate", "status", "-l", "app=shop", "-n", "sh"], 5, "")
        );
        // The cursor stands in the middle of a word.
        assert_eq!(
            at("asogate stanza -n", 1, "sta"),
            whole(&["asogate", "sta"], 1, "")
        );
    }

    #[test]
    fn a_word_is_offered_as_it_is_typed() {
        assert_eq!(quoted("shop-1"), "shop-1");
        assert_eq!(quoted("my cluster$(id)"), r"my\ cluster\$\(id\)");
    }
}
