//! What belongs into a file, and what does not.

use crate::command::repository;
use crate::text_files;
use std::fs;
use std::path::Path;

/// Lines of a file, beyond which it holds a second idea. Tables and generated text are no ideas.
const LINES: usize = 450;

/// Files that are longer, to be split or not; none may be added without a reason.
const LONGER: [(&str, &str); 6] = [
    ("Cargo.lock", "generated"),
    (
        "README.md",
        "a migration from start to finish, with what its commands say",
    ),
    (
        "host/core/src/simulate/tests/random.rs",
        "a second simulation, to compare with",
    ),
    ("host/src/collect/json/tests.rs", "a table of inputs"),
    ("host/src/collect/manifest/tests.rs", "a table of inputs"),
    ("host/src/collect/yaml/tests.rs", "a table of inputs"),
];

#[test]
fn files_are_short() {
    for (path, text) in text_files() {
        let lines = text.lines().count();
        let known = LONGER.iter().any(|(longer, _)| *longer == path);
        if path.starts_with("examples/") || path.ends_with(".yaml") {
            continue;
        }
        assert!(
            lines <= LINES || known,
            "`{path}` has {lines} lines; look for the second idea"
        );
        assert!(
            lines > LINES || !known,
            "`{path}` is short now; take it off the list"
        );
    }
}

#[test]
fn sources_say_what_they_are_for() {
    for (path, text) in text_files() {
        if path.ends_with(".rs") {
            assert!(
                text.starts_with("//! ") || text.starts_with("#![doc"),
                "`{path}` does not begin with what it is for"
            );
        }
    }
}

/// Nothing of the machine that somebody works on, of an unfinished thought, or of an editor.
#[test]
fn files_hold_nothing_of_anybodys_desk() {
    let here = repository().canonicalize().unwrap();
    let here = here.parent().unwrap().to_str().unwrap().to_owned() + "/";
    // Put together, so that this file does not hold them.
    let unfinished = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"]].map(|parts| parts.concat());
    let merge = ["<<<<<<< ", ">>>>>>> "];
    for (path, text) in text_files() {
        for (number, line) in text.lines().enumerate() {
            let at = format!("`{path}:{}`", number + 1);
            assert!(
                !line.contains(&here),
                "{at} names the folder in which it lies"
            );
            for home in ["/Users/", "/root/", "C:\\Users"] {
                let ours = path == "tests/tidy/files.rs";
                assert!(ours || !line.contains(home), "{at} names somebody's home");
            }
            for word in &unfinished {
                assert!(!line.contains(word.as_str()), "{at} is unfinished");
            }
            assert!(
                !merge.iter().any(|mark| line.starts_with(mark)),
                "{at} is a conflict"
            );
            assert!(!line.contains('\r'), "{at} ends as on Windows");
            let quotes = path.contains("/cases/") || path.contains("/README");
            assert!(quotes || line.trim_end() == line, "{at} ends in blanks");
        }
        assert!(
            text.is_empty() || text.ends_with('\n'),
            "`{path}` does not end its last line"
        );
    }
}

#[test]
fn dependencies_come_from_the_registry_of_the_language() {
    let lock = fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    for line in lock.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(line, registry);
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for (path, text) in text_files() {
        if !path.ends_with(".md") {
            continue;
        }
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let folder = Path::new(&path).parent().unwrap();
            let target = repository().join(folder).join(target);
            assert!(target.exists(), "`{path}` links to `{}`", target.display());
        }
    }
}
