//! What stands on a command line that is not finished yet, as far as it says which cluster is meant.

use crate::cli::arguments::LiveArgs;
use std::ffi::OsString;
use std::path::PathBuf;

/// The options of a line that is being typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Which cluster is meant, and as whom.
    pub(super) live: LiveArgs,
    /// A recorded cluster is.
    pub(super) is_recorded: bool,
}

impl Line {
    /// Looks through the words for options. Whatever else there is, or is wrong, is passed over.
    pub(super) fn new(words: &[OsString]) -> Line {
        let mut line = Line::default();
        let live = &mut line.live;
        let mut words = words.iter().filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            if name == "--snapshot" {
                line.is_recorded = true;
            }
            let known = [
                "--kubeconfig",
                "--context",
                "--cluster",
                "--user",
                "--as",
                "--as-group",
            ];
            if !known.contains(&name) {
                continue;
            }
            let value = unquoted(value.or_else(|| words.next()).unwrap_or(""));
            // That is the one that is being typed.
            if value.is_empty() {
                continue;
            }
            match name {
                "--kubeconfig" => live.kubeconfig = Some(at_home(&value)),
                "--context" => live.context = Some(value),
                "--cluster" => live.cluster = Some(value),
                "--user" => live.user = Some(value),
                "--as" => live.act_as = Some(value),
                _ => live.act_as_group.push(value),
            }
        }
        line
    }
}

/// A word without the quotes that the shell will take away.
fn unquoted(word: &str) -> String {
    let mut text = String::new();
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => {}
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

/// A path, of which the shell has not resolved `~` yet.
fn at_home(path: &str) -> PathBuf {
    let home = || std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (path.strip_prefix("~/"), home()) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_wherever_they_stand() {
        let line = |text: &str| {
            let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
            Line::new(&words)
        };
        let found = line(
            "asogate check --context=prod x/ --as-group a -n shop --kubeconfig 'a/b' --as me --as-group b --user ",
        );
        assert_eq!(found.live.context.as_deref(), Some("prod"));
        assert_eq!(found.live.kubeconfig, Some("a/b".into()));
        assert_eq!(found.live.act_as.as_deref(), Some("me"));
        assert_eq!(found.live.act_as_group, ["a", "b"]);
        assert_eq!(found.live.user, None);
        assert!(!found.is_recorded);
        assert!(line("asogate check --snapshot a -n ").is_recorded);
    }
}
