//! What the README and the documents show is what happens. Every `console` block is run in the repository: a line that
//! starts with `$ ` is a command, what follows is all that it says, and a last line `? N` is its exit code if that is not 0.
//! A line `[...]` stands for any lines. `BLESS=1` writes what is said now into the file; read it line by line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

use asogate::config::Config;
use command::{Folder, Run, asogate, repository};
use std::fs;
use std::path::Path;

/// A command of a document, and what is shown of it.
struct Shown {
    command: String,
    /// Its output and exit code, as lines.
    lines: Vec<String>,
    /// The first and the last line of what is shown, counted from 0; the last is not part of it.
    at: (usize, usize),
}

fn shown(text: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = vec![];
    let (mut in_console, mut fence) = (false, false);
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            fence = !fence;
            in_console = fence && line == "```console";
            continue;
        }
        if !in_console {
            continue;
        }
        match line.strip_prefix("$ ") {
            Some(command) => commands.push(Shown {
                command: command.to_owned(),
                lines: vec![],
                at: (number + 1, number + 1),
            }),
            None => {
                let shown = commands
                    .last_mut()
                    .unwrap_or_else(|| panic!("line {}: no command", number + 1));
                shown.lines.push(line.to_owned());
                shown.at.1 = number + 1;
            }
        }
    }
    assert!(!fence, "the last block does not end");
    commands
}

/// What a command says and how it ends, as a document shows it.
fn lines_of(command: &str, folder: &Path) -> Vec<String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_asogate"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let mut bash = command::command("bash", folder);
    bash.env("PATH", path).args(["-c", command]);
    let run: Run = command::run(bash, command.to_owned(), &[]);
    let text = run.text();
    // A block does not end with an empty line.
    let mut lines: Vec<String> = text.trim_end().lines().map(str::to_owned).collect();
    if run.code != Some(0) {
        lines.push(format!("? {}", run.code.unwrap()));
    }
    lines
}

/// Whether lines are as they are shown, in which `[...]` stands for any lines.
fn agree(shown: &[String], real: &[String]) -> bool {
    match shown.split_first() {
        None => real.is_empty(),
        Some((first, rest)) if first == "[...]" => {
            (0..=real.len()).any(|skip| agree(rest, &real[skip..]))
        }
        Some((first, rest)) => real.first() == Some(first) && agree(rest, &real[1..]),
    }
}

/// The first difference, in words.
fn difference(shown: &[String], real: &[String]) -> String {
    let same = shown
        .iter()
        .zip(real)
        .take_while(|(shown, real)| shown == real)
        .count();
    let line = |lines: &[String]| {
        lines
            .get(same)
            .cloned()
            .unwrap_or_else(|| "(the end)".into())
    };
    format!(
        "line {}\n  shown: {}\n  real:  {}",
        same + 1,
        line(shown),
        line(real)
    )
}

/// Runs every command of a document; gives what is wrong.
fn wrong(text: &str, folder: &Path) -> Vec<String> {
    let commands = shown(text);
    let failures = commands.iter().filter_map(|shown| {
        let real = lines_of(&shown.command, folder);
        let differs = !agree(&shown.lines, &real);
        differs.then(|| format!("$ {}\n{}", shown.command, difference(&shown.lines, &real)))
    });
    failures.collect()
}

/// The document with what commands say now. What agrees stays, `[...]` included.
fn blessed(text: &str, folder: &Path) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for shown in shown(text).into_iter().rev() {
        let real = lines_of(&shown.command, folder);
        if !agree(&shown.lines, &real) {
            lines.splice(shown.at.0..shown.at.1, real);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_commands_of_the_readme_say_what_it_shows() {
    let path = repository().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    assert!(shown(&text).len() > 5);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, blessed(&text, &repository())).unwrap();
        return;
    }
    let wrong = wrong(&text, &repository());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The rules of this runner, on documents that are known to be right or wrong.
#[test]
fn a_document_that_shows_something_else_is_found_out() {
    let fence = "```";
    let folder = Folder::new();
    let here = folder.path("");
    let document = |lines: &str| {
        format!("# A\n\n{fence}sh\n$ false\n{fence}\n\n{fence}console\n{lines}\n{fence}\n")
    };
    let right = [
        "$ printf 'a\\nb\\n\\n'\na\nb",
        "$ printf 'a\\nb\\nc\\n'\na\n[...]\nc",
        "$ true\n$ echo b >&2\nb",
        "$ (exit 3)\n? 3",
        "$ echo a; exit 1\na\n? 1",
        "$ asogate version | sed 's/ .*//'\nasogate",
    ];
    for lines in right {
        assert_eq!(wrong(&document(lines), &here), [""; 0], "{lines}");
        assert_eq!(blessed(&document(lines), &here), document(lines));
    }
    for lines in [
        "$ echo a\nb",
        "$ echo a",
        "$ true\na",
        "$ false",
        "$ echo a\na\n? 1",
        "$ echo a\n[...]\nb",
    ] {
        assert_eq!(wrong(&document(lines), &here).len(), 1, "{lines}");
        let blessed = blessed(&document(lines), &here);
        assert_eq!(wrong(&blessed, &here), [""; 0], "{blessed}");
    }
}

/// The command that a reader tries first, without waiting for cargo here.
#[test]
fn the_first_command_of_the_readme_passes() {
    let text = fs::read_to_string(repository().join("README.md")).unwrap();
    let command = text
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --quiet -- "));
    asogate(command.unwrap()).exits(0).says("is open");
}

/// The text of the first block of a document in this language that contains these words.
fn block(document: &str, language: &str, words: &str) -> String {
    let text = fs::read_to_string(repository().join(document)).unwrap();
    let blocks = text.split("```").skip(1).step_by(2);
    let mut of_language = blocks.filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    let found = of_language.find(|block| block.contains(words));
    found
        .unwrap_or_else(|| panic!("`{document}` has no {language} with `{words}`"))
        .to_owned()
}

#[test]
fn the_configuration_of_the_readme_is_one() {
    let text = block("README.md", "yaml", "kind: Configuration");
    let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let config = Config::from_value(value).unwrap();
    assert!(!config.waivers.is_empty() && !config.levels.is_empty());
    // As it stands, but for the component that only its author has.
    let own = text
        .lines()
        .position(|line| line.contains("path: "))
        .unwrap();
    let lines = text
        .lines()
        .enumerate()
        .filter(|(number, _)| ![own, own + 1].contains(number));
    let text: Vec<&str> = lines.map(|(_, line)| line).collect();
    let folder = Folder::new()
        .with("import")
        .file("asogate.yaml", text.join("\n"));
    folder.asogate("lint -f import").exits(0);
}

#[test]
fn the_formats_of_the_documents_are_read() {
    let snapshot = block("docs/snapshot-format.md", "json", "\"Snapshot\"");
    let plan = block("docs/plan-format.md", "json", "\"Plan\"");
    let folder = Folder::new()
        .file("snapshot.json", snapshot)
        .file("plan.json", plan);
    let check = "check --plan plan.json --snapshot snapshot.json";
    folder
        .asogate(&format!("{check} -o json"))
        .exits(3)
        .says("StorageAccount.azure.microsoft.com shop/media");
}
