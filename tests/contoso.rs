//! The recorded migration of `examples/contoso`: its steps pass in their order and not at other moments, and every edit
//! of `breaks.md` is found. The commands stand in the files of the example; adding one adds no Rust.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

use asogate::engine::catalogue::BUILT_IN;
use command::{Finding, Folder, Run, asogate, copy, repository};
use std::fs;
use std::path::Path;

const CONTOSO: &str = "examples/contoso";

fn example(file: &str) -> String {
    fs::read_to_string(repository().join(CONTOSO).join(file)).unwrap()
}

fn whole(step: &str, folder: &str) -> Run {
    let files = match step {
        "import" => format!("-f {CONTOSO}/import"),
        _ => String::new(),
    };
    asogate(&format!(
        "check {step} -A --assume-complete --snapshot {CONTOSO}/{folder} {files} -o json"
    ))
}

#[test]
fn every_step_passes_at_its_moment_with_the_changes_that_it_is_about() {
    for (step, folder, selected, [creates, updates, deletes, collected]) in [
        ("pause-v1", "1-start", 33, [0, 28, 0, 0]),
        ("import", "2-paused", 62, [62, 0, 0, 0]),
        ("adopt", "3-imported", 67, [0, 62, 0, 0]),
        ("swap", "4-adopted", 38, [0, 15, 0, 0]),
        ("rollback", "4-adopted", 33, [0, 74, 0, 0]),
        ("cleanup", "5-swapped", 33, [0, 0, 33, 13]),
    ] {
        let run = whole(step, folder).exits(0);
        let document = run.json();
        assert_eq!(document["verdict"], "pass", "{run}");
        assert_eq!(document["gate"], "open", "{run}");
        assert!(document["permit"].is_object(), "{run}");
        let plan = &document["plan"];
        assert_eq!(plan["selected"], selected, "{step}: {plan}");
        assert_eq!(plan["creates"], creates, "{step}: {plan}");
        assert_eq!(plan["updates"], updates, "{step}: {plan}");
        assert_eq!(plan["deletes"], deletes, "{step}: {plan}");
        let found = plan["consequences"]["garbage-collected"].as_u64();
        assert_eq!(found.unwrap_or(0), collected, "{step}: {plan}");
    }
}

#[test]
fn a_step_that_was_taken_already_passes_and_says_so() {
    for (step, folder) in [
        ("pause-v1", "2-paused"),
        ("import", "3-imported"),
        ("adopt", "4-adopted"),
        ("swap", "5-swapped"),
    ] {
        let run = whole(step, folder).exits(0);
        assert_eq!(run.json()["plan"]["nothingToDo"], true, "{run}");
    }
}

#[test]
fn cleanup_before_the_pause_names_exactly_the_unprotected_objects() {
    let run = whole("cleanup", "1-start").exits(1);
    let mut found: Vec<String> = denied(&run, "skip-reconcile/")
        .into_iter()
        .map(|finding| finding.subject)
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, unprotected("1-start/azure-v1.yaml"));
    assert_eq!(found.len(), 28);
}

/// The v1 objects of a file whose annotation `skipreconcile` is not true, as messages write them.
fn unprotected(file: &str) -> Vec<String> {
    let list: serde_json::Value = serde_yaml::from_str(&example(file)).unwrap();
    let mut subjects: Vec<String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|object| {
            let annotation = object["metadata"]["annotations"]["skipreconcile"].as_str();
            annotation.is_none_or(|value| value.to_lowercase() != "true")
        })
        .map(|object| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let metadata = &object["metadata"];
            let (kind, namespace) = (text(&object["kind"]), text(&metadata["namespace"]));
            let name = text(&metadata["name"]);
            format!("{kind}.azure.microsoft.com {namespace}/{name}")
        })
        .collect();
    subjects.sort();
    subjects
}

fn denied(run: &Run, code: &str) -> Vec<Finding> {
    let mut findings = run.findings();
    findings.retain(|finding| finding.level == "deny" && finding.code.starts_with(code));
    findings
}

#[test]
fn a_dump_that_nobody_vouches_for_is_unknown_and_names_the_kinds() {
    for (step, folder) in [
        ("pause-v1", "1-start"),
        ("adopt", "3-imported"),
        ("rollback", "4-adopted"),
        ("cleanup", "5-swapped"),
    ] {
        let snapshot = format!("--snapshot {CONTOSO}/{folder}");
        let run = asogate(&format!("check {step} -A {snapshot}")).exits(3);
        for kind in [
            "azure.microsoft.com",
            "*.azure.com",
            "Deployment.apps",
            "Namespace",
            "Secret",
        ] {
            let line = format!("{kind}: not asked for, so nothing is known of it");
            assert!(run.out.contains(&line), "{line}: {run}");
        }
        run.says("--assume-complete")
            .says("is closed, because not everything could be determined");
        let document = asogate(&format!("check {step} -A {snapshot} -o json"))
            .exits(3)
            .json();
        assert_eq!(document["verdict"], "unknown");
        assert_eq!(document["permit"], serde_json::Value::Null);
    }
}

#[test]
fn the_walk_of_the_readme_passes() {
    let readme = example("README.md");
    let walk = section(&readme, "## Walk it");
    let commands: Vec<&str> = walk.blocks[0].script.lines().collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let arguments = command.strip_prefix("asogate ").unwrap();
        asogate(arguments).exits(0).says("is open");
    }
}

/// Rows of the table of wrong moments. A row counts once the policy that it names is part of the binary.
#[test]
fn steps_at_the_wrong_moment_fail_with_what_the_readme_names() {
    let readme = example("README.md");
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.len() == 5);
    let mut judged = 0;
    for cells in rows {
        let (step, folder) = (cells[1].trim_matches('`'), cells[2].trim_matches('`'));
        let codes: Vec<&str> = quoted(cells[3])
            .into_iter()
            .filter(|text| is_code(text))
            .collect();
        let known = |code: &&&str| {
            let policy = code.split('/').next().unwrap();
            BUILT_IN.iter().any(|built_in| built_in.id == policy)
        };
        let Some(code) = codes.iter().find(known) else {
            continue;
        };
        let run = whole(step, folder).exits(1);
        assert!(!denied(&run, code).is_empty(), "{code}: {run}");
        judged += 1;
    }
    assert!(judged > 0, "no row of the table could be judged");
}

#[test]
fn every_edit_of_breaks_md_gives_what_the_file_says() {
    let text = example("breaks.md");
    let blocks: Vec<Block> = sections(&text)
        .into_iter()
        .flat_map(|section| section.blocks)
        .filter(|block| block.script.contains("asogate "))
        .collect();
    assert!(blocks.len() >= 13, "{}", blocks.len());
    let failures: Vec<String> = blocks.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What a block does that its text does not say.
fn failure(block: &Block) -> Option<String> {
    let folder = Folder::new();
    let contoso = folder.path("contoso");
    copy(&repository().join(CONTOSO), &contoso);
    let before = digest(&contoso);

    let mut script = command::command("bash", &repository());
    let binary = Path::new(env!("CARGO_BIN_EXE_asogate"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    script.args(["-euo", "pipefail", "-c", &block.script]);
    script.env("PATH", path).env("t", &contoso);
    script.env("ASOGATE_OUTPUT", "json");
    let run = command::run(script, block.script.clone(), &[]);

    run.keeps_its_promises();
    let said = block.says.replace('\n', " ");
    let wrong = |why: String| Some(format!("{}: {why}\n{said}\n{run}", block.heading));
    if digest(&contoso) == before {
        return wrong("the edit changes nothing".into());
    }
    let Some((_, code)) = said.split_once("exit code ") else {
        return wrong("the text names no exit code".into());
    };
    let code: i32 = code[..1].parse().unwrap();
    if run.code != Some(code) {
        return wrong(format!("the exit code is {:?}", run.code));
    }
    for words in after(&said, "Says ") {
        if !run.text().contains(words) {
            return wrong(format!("`{words}` is not said"));
        }
    }
    let finds = after(&said, "Finds ");
    if finds.is_empty() && (code == 1 || (code != 0 && after(&said, "Says ").is_empty())) {
        return wrong("the text says neither what is found nor what is said".into());
    }
    let (code, subjects) = finds.split_first()?;
    if !is_code(code) {
        return wrong(format!("`{code}` is not a code"));
    }
    let findings = denied(&run, code);
    let count = said.split(" objects of").next().and_then(|before| {
        let number = before.rsplit(' ').next()?;
        number.parse::<usize>().ok()
    });
    match (count, subjects) {
        (Some(count), [file]) => {
            let in_file = findings.iter().filter(|finding| {
                let at = finding.at.as_deref().unwrap_or("");
                at.split(':').next().is_some_and(|at| at.ends_with(file))
            });
            (in_file.count() != count).then(|| format!("{said}: not so\n{run}"))
        }
        (None, subjects) if !subjects.is_empty() => subjects
            .iter()
            .find(|subject| !findings.iter().any(|finding| finding.subject == **subject))
            .and_then(|subject| wrong(format!("{code} is not found on `{subject}`"))),
        _ => wrong("the text does not say on what it is found".into()),
    }
}

/// All contents of a folder.
fn digest(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut contents = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents.extend(digest(&path));
        } else {
            contents.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    contents.sort();
    contents
}

/// A script of a Markdown file.
struct Block {
    heading: String,
    script: String,
    /// The text after it, or, if nothing follows, the text before.
    says: String,
}

struct Section {
    heading: String,
    blocks: Vec<Block>,
}

fn section(text: &str, heading: &str) -> Section {
    let mut sections = sections(text).into_iter();
    let found = sections.find(|section| section.heading == heading);
    found.unwrap_or_else(|| panic!("no section `{heading}`"))
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![];
    let (mut before, mut script) = (String::new(), None::<String>);
    for line in text.lines() {
        match &mut script {
            Some(lines) if line == "```" => {
                if let Some(section) = sections.last_mut() {
                    section.blocks.push(Block {
                        heading: section.heading.clone(),
                        script: std::mem::take(lines),
                        says: String::new(),
                    });
                }
                script = None;
            }
            Some(lines) => {
                lines.push_str(line);
                lines.push('\n');
            }
            None if line == "```sh" => script = Some(String::new()),
            None if line.starts_with('#') => {
                before.clear();
                sections.push(Section {
                    heading: line.to_owned(),
                    blocks: vec![],
                });
            }
            None => {
                let block = sections
                    .last_mut()
                    .and_then(|section| section.blocks.last_mut());
                let says = block.map_or(&mut before, |block| &mut block.says);
                says.push_str(line);
                says.push('\n');
            }
        }
    }
    for section in &mut sections {
        for block in &mut section.blocks {
            if !block.says.contains("exit code") {
                block.says.insert_str(0, &before);
            }
        }
    }
    sections
}

/// The texts in backticks of the sentence that starts with these words.
fn after<'t>(text: &'t str, words: &str) -> Vec<&'t str> {
    let Some((_, rest)) = text.split_once(words) else {
        return vec![];
    };
    quoted(rest.split("exit code").next().unwrap())
}

fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Whether a text is `policy/code`.
fn is_code(text: &str) -> bool {
    let legal = |part: &str| {
        !part.is_empty()
            && part.chars().all(|character| {
                character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
            })
    };
    text.split_once('/')
        .is_some_and(|(policy, code)| legal(policy) && legal(code))
}
