//! The shell text of a file: all of a script, or the shell blocks of a Markdown document, with the place of every line.

/// Which line of a snippet stands where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Where it begins in the snippet, in bytes.
    offset: usize,
    /// Its number in the file, from 1.
    number: u32,
    /// The column of its first letter in the file, from 1.
    column: u32,
}

/// Shell text that is read as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) text: String,
    lines: Vec<Line>,
}

impl Snippet {
    fn push(&mut self, number: usize, column: usize, text: &str) {
        self.lines.push(Line {
            offset: self.text.len(),
            number: u32::try_from(number).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        });
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Line and column, both from 1, of a byte of the text.
    pub(super) fn place(&self, offset: usize) -> (u32, u32) {
        let index = self.lines.partition_point(|line| line.offset <= offset);
        let Some(line) = index.checked_sub(1).and_then(|index| self.lines.get(index)) else {
            return (1, 1);
        };
        let before = self
            .text
            .get(line.offset..offset)
            .unwrap_or("")
            .chars()
            .count();
        (
            line.number,
            line.column
                .saturating_add(u32::try_from(before).unwrap_or(u32::MAX)),
        )
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snippets {
    pub(super) snippets: Vec<Snippet>,
    /// Whether the file is a script, which runs without anybody who reads along.
    pub(super) is_script: bool,
    /// Lines that could not be read, and why.
    pub(super) unread: Vec<(u32, String)>,
}

/// Languages of blocks that are read.
const SHELLS: [&str; 10] = [
    "bash",
    "console",
    "ksh",
    "sh",
    "sh-session",
    "shell",
    "shell-session",
    "shellsession",
    "terminal",
    "zsh",
];

/// Programs by which a block without a language is known to be shell.
const PROGRAMS: [&str; 6] = ["asoctl", "asogate", "k", "kubectl", "oc", "kubecolor"];

/// The snippets of a file. Files ending in `.md` or `.markdown` are Markdown, and so is what has another ending, no `#!`
/// and a fence.
pub(super) fn of(name: &str, text: &str) -> Snippets {
    let lower = name.to_ascii_lowercase();
    let has_ending = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let is_script = has_ending(&[".sh", ".bash", ".zsh", ".ksh"]) || text.starts_with("#!");
    let is_markdown = has_ending(&[".md", ".markdown"])
        || (!is_script && text.lines().any(|line| fence(line).is_some()));
    if is_markdown {
        return blocks(text);
    }
    let mut script = Snippet::default();
    for (index, line) in text.lines().enumerate() {
        script.push(index + 1, 1, line);
    }
    Snippets {
        snippets: vec![script],
        is_script: true,
        unread: vec![],
    }
}

/// A line that begins or ends a block: what stands before the fence, the fence, and what follows it.
fn fence(line: &str) -> Option<(&str, &str, &str)> {
    let start = line.find(|letter: char| !matches!(letter, ' ' | '\t' | '>'))?;
    let (indent, rest) = line.split_at_checked(start)?;
    let mark = rest
        .chars()
        .next()
        .filter(|mark| matches!(mark, '`' | '~'))?;
    let length = rest.len() - rest.trim_start_matches(mark).len();
    let (fence, after) = rest.split_at_checked(length)?;
    // With a backquote after it, it is code within a line.
    (length >= 3 && !after.contains('`')).then(|| (indent, fence, after.trim()))
}

struct Block<'a> {
    indent: &'a str,
    fence: &'a str,
    language: String,
    start: usize,
    lines: Vec<(usize, usize, &'a str)>,
}

fn blocks(text: &str) -> Snippets {
    let mut snippets = Snippets::default();
    let mut open: Option<Block<'_>> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        match (&mut open, fence(line)) {
            (Some(block), Some((_, fence, ""))) if fence.starts_with(block.fence) => {
                if let Some(block) = open.take() {
                    close(block, &mut snippets);
                }
            }
            (Some(block), _) => {
                // What stands before the fence stands before the lines too.
                let removed = line
                    .chars()
                    .zip(block.indent.chars())
                    .take_while(|(own, indent)| {
                        own == indent || (own.is_whitespace() && indent.is_whitespace())
                    });
                let removed = removed.count();
                let rest = line
                    .char_indices()
                    .nth(removed)
                    .map_or("", |(at, _)| line.get(at..).unwrap_or(""));
                block.lines.push((number, removed + 1, rest));
            }
            (None, Some((indent, fence, info))) => {
                let language = info.trim_start_matches(['{', '.']);
                let language = language.split([' ', ',', '{', '}', ':']).next();
                open = Some(Block {
                    indent,
                    fence,
                    language: language.unwrap_or("").to_ascii_lowercase(),
                    start: number,
                    lines: vec![],
                });
            }
            (None, None) => {}
        }
    }
    if let Some(block) = open {
        snippets.unread.push((
            u32::try_from(block.start).unwrap_or(u32::MAX),
            "this block does not end".to_owned(),
        ));
        close(block, &mut snippets);
    }
    snippets
}

/// Whether a line runs one of the programs, as far as its first words tell.
fn runs_one(line: &str) -> bool {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| matches!(*word, "$" | "sudo" | "-" | "run:" | "PS>"));
    words.next().is_some_and(|word| PROGRAMS.contains(&word))
}

fn close(block: Block<'_>, snippets: &mut Snippets) {
    let is_named = SHELLS.contains(&block.language.as_str());
    let found = block.lines.iter().find(|(_, _, line)| runs_one(line));
    let is_shell = is_named || (block.language.is_empty() && found.is_some());
    if !is_shell {
        if let Some((number, ..)) = found {
            let number = u32::try_from(*number).unwrap_or(u32::MAX);
            let what = format!(
                "this runs a command in a block of `{}`, which is not read",
                block.language
            );
            snippets.unread.push((number, what));
        }
        return;
    }
    let mut snippet = Snippet::default();
    let has_prompts = block
        .lines
        .iter()
        .any(|(_, _, line)| line.starts_with("$ "));
    let mut goes_on = false;
    for (number, column, line) in block.lines {
        let (line, column) = match has_prompts {
            false => (line, column),
            true => match (line.strip_prefix("$ "), line.strip_prefix("> ")) {
                (Some(command), _) => (command, column + 2),
                (None, Some(rest)) if goes_on => (rest, column + 2),
                (None, None) if goes_on => (line, column),
                // What a command says.
                _ => continue,
            },
        };
        goes_on = line.trim_end().ends_with(['\\', '|']) || line.trim_end().ends_with("&&");
        snippet.push(number, column, line);
    }
    snippets.snippets.push(snippet);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, text: &str) -> Vec<String> {
        of(name, text)
            .snippets
            .into_iter()
            .map(|snippet| snippet.text)
            .collect()
    }

    #[test]
    fn shell_blocks_are_read_and_others_are_not() {
        let document = "# A\n```sh\nkubectl get rg\n```\ntext `kubectl delete rg x`\n```yaml\nkind: A\n```\n~~~ bash title=\"x\"\na\n~~~\n";
        assert_eq!(texts("a.md", document), ["kubectl get rg\n", "a\n"]);
        assert!(of("a.md", document).unread.is_empty());
    }

    #[test]
    fn a_block_without_a_language_is_shell_if_it_runs_one_of_the_programs() {
        assert_eq!(
            texts("a.md", "```\nNAME AGE\n```\n```\nkubectl get rg\n```\n"),
            ["kubectl get rg\n"]
        );
    }

    #[test]
    fn a_command_in_a_block_of_another_language_is_said_to_be_unread() {
        let found = of("a.md", "```powershell\n$x = 1\nkubectl delete rg x\n```\n");
        assert!(found.snippets.is_empty());
        assert_eq!(found.unread.len(), 1);
        assert_eq!(found.unread.first().map(|(line, _)| *line), Some(3));
        assert_eq!(
            of("a.md", "```sh\nkubectl get rg\n").unread.len(),
            1,
            "the block does not end"
        );
    }

    #[test]
    fn prompts_are_taken_off_and_what_commands_say_is_left_out() {
        let console =
            "```console\n$ kubectl get rg \\\n>   -A\nNAME don't\n$ kubectl get sa\n```\n";
        let found = of("a.md", console);
        let snippet = found.snippets.first().unwrap();
        assert_eq!(snippet.text, "kubectl get rg \\\n  -A\nkubectl get sa\n");
        assert_eq!(snippet.place(0), (2, 3));
        assert_eq!(snippet.place(snippet.text.find("-A").unwrap()), (3, 5));
        assert_eq!(snippet.place(snippet.text.rfind("sa").unwrap()), (5, 15));
    }

    #[test]
    fn places_count_letters_and_what_stands_before_a_block() {
        let list =
            "1. Do:\n   ```sh\n   echo é; kubectl get rg\n   ```\n> ```sh\n> k get rg\n> ```\n";
        let found = of("a.md", list);
        let [first, second] = found.snippets.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(first.place(first.text.find("kubectl").unwrap()), (3, 12));
        assert_eq!(
            (second.text.as_str(), second.place(0)),
            ("k get rg\n", (6, 3))
        );
    }

    #[test]
    fn files_without_fences_are_scripts() {
        for (name, text, is_script) in [
            ("a.sh", "```\n", true),
            ("a", "kubectl get rg\n", true),
            ("standard input", "#!/bin/sh\n```\n", true),
            ("standard input", "```sh\nkubectl get rg\n```\n", false),
            ("A.MD", "", false),
        ] {
            assert_eq!(of(name, text).is_script, is_script, "{name} {text:?}");
        }
    }
}
