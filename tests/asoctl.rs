//! What asoctl really writes, and the example of the official migration guide, judged.
//!
//! The observations of asoctl are not part of the repository. Where they are not at hand their tests say so and pass.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

use command::{Asogate, Finding, Folder, Run, repository};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file or folder of the observations, if they are at hand.
fn observed(path: &str) -> Option<PathBuf> {
    let path = repository().join("../shared/aso").join(path);
    if !path.exists() {
        // Not a print macro: those are kept from whoever runs tests that pass.
        let line = format!("\nNOT TESTED: `{}` is not at hand\n\n", path.display());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    Some(path)
}

/// Judges the output of one run of asoctl: a file or a folder.
fn lint(output: &Path) -> Run {
    let command = Asogate::new(output.parent().unwrap(), "lint -o json -f");
    command
        .arg(output.file_name().unwrap().to_str().unwrap())
        .run()
}

#[test]
fn whatever_asoctl_wrote_is_read_and_judged() {
    let Some(runs) = observed("observed/asoctl") else {
        return;
    };
    let (mut outputs, mut refused) = (0, vec![]);
    for run in fs::read_dir(runs).unwrap() {
        let run = run.unwrap().path();
        let outputs_here = ["resources.yaml", "out"].map(|name| run.join(name));
        for output in outputs_here.iter().filter(|output| output.exists()) {
            outputs += 1;
            let result = lint(output);
            if result.code == Some(2) {
                refused.push(run.file_name().unwrap().to_str().unwrap().to_owned());
                result.says("the document is not a map, so it is no Kubernetes object");
                continue;
            }
            let document = result.json();
            assert!(
                document["plan"]["creates"].as_u64().unwrap() > 0,
                "{result}"
            );
            let command = fs::read_to_string(run.join("cmd.txt")).unwrap();
            agrees(&result, &command);
        }
    }
    refused.sort();
    // Files that stood there before asoctl came, and that it left alone.
    assert_eq!(refused, ["existing-file-failed-import", "existing-folder"]);
    assert_eq!(outputs, 31);
}

/// What was asked of asoctl decides what is found: its namespace and its annotation.
fn agrees(result: &Run, command: &str) {
    let findings = result.findings();
    let found = |code: &str| {
        findings
            .iter()
            .filter(|finding| finding.code == code)
            .count()
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    let has = |flags: [&str; 2]| words.iter().any(|word| flags.contains(word));
    let namespace = has(["-n", "--namespace"]);
    let objects = usize::try_from(result.json()["plan"]["creates"].as_u64().unwrap()).unwrap();
    let unset = if namespace { 0 } else { objects };
    assert_eq!(found("namespace/unset"), unset, "{command}: {result}");
    let skip = words
        .iter()
        .any(|word| word.ends_with("reconcile-policy=skip"));
    let policies = found("reconcile-policy/missing") + found("reconcile-policy/unknown-value");
    assert_eq!(policies == 0, skip, "{command}: {result}");
    let denied = findings.iter().any(|finding| finding.level == "deny");
    assert_eq!(result.code, Some(i32::from(denied)), "{command}: {result}");
}

fn guide(name: &str) -> String {
    let path = repository().join("tests/fixtures/guide").join(name);
    fs::read_to_string(path).unwrap()
}

/// Imports a text into the cluster of the guide.
fn import(text: &str) -> Run {
    let folder = Folder::new();
    folder.write("cluster.yaml", guide("cluster.yaml"));
    folder.write("import.yaml", text);
    folder.asogate("check import --assume-complete --snapshot cluster.yaml -f import.yaml -o json")
}

/// The example of the guide, and our own short form of it.
fn examples() -> Vec<String> {
    let official = observed("examples/migration-guide/_index-snippet-1.yaml");
    let official = official.map(|path| fs::read_to_string(path).unwrap());
    [guide("import.yaml")].into_iter().chain(official).collect()
}

/// The number of the line of `text` that starts with `start`, after the line that starts with `after`.
fn line_of(text: &str, after: &str, start: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines
        .iter()
        .position(|line| line.starts_with(after))
        .unwrap();
    let rest = &lines[first..];
    first
        + rest
            .iter()
            .position(|line| line.starts_with(start))
            .unwrap()
        + 1
}

#[track_caller]
fn denies(run: &Run, code: &str, subject: &str, line: usize) {
    let at = format!("import.yaml:{line}");
    let found = |finding: &Finding| {
        (&*finding.level, &*finding.code, &*finding.subject) == ("deny", code, subject)
            && finding.at.as_deref() == Some(&at)
    };
    assert!(run.findings().iter().any(found), "{code} at {at}: {run}");
    assert_eq!(run.code, Some(1), "{run}");
}

#[test]
fn the_example_of_the_guide_passes_in_the_namespace_of_v1() {
    for text in examples() {
        let run = import(&text).exits(0);
        assert_eq!(run.json()["plan"]["creates"], 2, "{run}");
        assert_eq!(run.findings(), [], "{run}");
    }
}

#[test]
fn the_example_in_a_namespace_that_does_not_exist_is_denied_at_its_line() {
    for text in examples() {
        let text = text.replace("namespace: ns1", "namespace: ns-1");
        let run = import(&text);
        for (kind, subject) in [
            (
                "kind: ResourceGroup",
                "ResourceGroup.resources.azure.com ns-1/aso-test",
            ),
            (
                "kind: StorageAccount",
                "StorageAccount.storage.azure.com ns-1/aso-test-storage1",
            ),
        ] {
            denies(
                &run,
                "namespace/absent",
                subject,
                line_of(&text, kind, "  namespace:"),
            );
        }
    }
}

#[test]
fn an_export_is_denied_at_the_line_of_its_name_unless_nobody_uses_that_name() {
    let account = "StorageAccount.storage.azure.com ns1/aso-test-storage1";
    for text in examples() {
        let text = text.trim_end();
        let to = |secret: &str| {
            format!(
                "{text}\n  operatorSpec:\n    secrets:\n      key1:\n        name: {secret}\n        key: key0\n"
            )
        };
        for (secret, code) in [
            ("storageaccount-asoteststorage1", "secret-overwrite/v1-name"),
            ("by-hand", "secret-overwrite/not-owned"),
        ] {
            let text = to(secret);
            let line = line_of(&text, "  operatorSpec:", "        name:");
            denies(&import(&text), code, account, line);
        }
        import(&to("aso-test-storage1-keys")).exits(0);
    }
}

#[test]
fn the_example_without_skip_is_denied() {
    for text in examples() {
        let subject = "ResourceGroup.resources.azure.com ns1/aso-test";
        let misspelt = text.replace("reconcile-policy: skip", "reconcile-policy: Skip");
        let line = line_of(
            &misspelt,
            "kind: ResourceGroup",
            "    serviceoperator.azure.com",
        );
        denies(
            &import(&misspelt),
            "reconcile-policy/unknown-value",
            subject,
            line,
        );

        let annotation =
            |line: &&str| !line.contains("annotations:") && !line.contains("reconcile-policy");
        let without: Vec<&str> = text.lines().filter(annotation).collect();
        let run = import(&without.join("\n")).exits(1);
        let codes = run.findings().into_iter().map(|finding| finding.code);
        assert_eq!(
            codes
                .filter(|code| code == "reconcile-policy/missing")
                .count(),
            2,
            "{run}"
        );
    }
}
