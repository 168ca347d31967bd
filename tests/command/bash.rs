//! What bash offers for a line that is being typed: its own functions, with the script that asogate prints.

use super::{Run, command, run};
use std::path::Path;

/// What bash does when the tabulator is pressed, as far as it is not the terminal's matter.
const PRESSED: &str = r#"
source <(asogate completion bash) || exit 9
[[ "$(complete -p asogate)" == *" -F _asogate_complete asogate" ]] || exit 8
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_asogate_complete "$1" "$CURRENT"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"#;

/// What is offered at the end of a line, in a folder and an environment. Nothing may be said beside it.
#[track_caller]
pub(crate) fn offered(folder: &Path, environment: &[(&str, &str)], line: &str) -> Vec<String> {
    let mut bash = command("bash", folder);
    bash.env(
        "PATH",
        path(Path::new(env!("CARGO_BIN_EXE_asogate")).parent().unwrap()),
    );
    bash.envs(environment.iter().copied());
    let words: Vec<&str> = line.split(' ').flat_map(broken).collect();
    let current = words.last().filter(|word| !word.contains(['=', ':']));
    bash.env("CURRENT", current.unwrap_or(&""));
    bash.args(["--norc", "-c", PRESSED, "bash"]).args(&words);
    let Run { code, out, err, .. } = run(bash, line.to_owned(), b"");
    assert_eq!((code, err.as_str()), (Some(0), ""), "{line}: {out}");
    out.lines().map(str::to_owned).collect()
}

/// `PATH`, with a folder before it.
pub(crate) fn path(first: &Path) -> String {
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", first.display())
}

/// The words that bash makes of one.
fn broken(word: &str) -> Vec<&str> {
    let mut words = vec![];
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_break = |character: char| ['=', ':'].contains(&character);
        let end = rest.find(|character| is_break(character) != is_break(first));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        words.push(word);
        rest = after;
    }
    match words.is_empty() {
        true => vec![""],
        false => words,
    }
}
