//! Traps: small clusters in which a careful person would be caught, judged by the whole pack as people run it. What is
//! found on what is listed to the last finding, so that a cause that two policies tell shows as a difference.
//!
//! A trap is a folder of `traps/`: `cluster.yaml` (what it adds to `traps/base`), `import.yaml` or `plan.yaml`, `coverage.yaml` if
//! not everything could be read, and `expected.yaml`, a list of what is checked and found. A folder inside it is a variation, mostly a near miss: its objects
//! are merged into those of the trap as a JSON merge patch (null removes a field, `absent: true` an object), its other files
//! stand for the trap's. Objects without a uid get one, and owner references without a uid that of the object they name.
//! Adding a trap adds no Rust. `BLESS=1` writes what is found into `expected.yaml`; read it line by line.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;
mod recorded;

use command::{Folder, repository};
use recorded::{Cluster, Expected, compare, expected, judge};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn traps() -> PathBuf {
    repository().join("tests/traps")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// What is found in one folder. `layers` are the trap and, for a variation, that.
fn found(layers: &[&Path]) -> Vec<Expected> {
    let last = layers.last().unwrap();
    let mut cluster = Cluster::base();
    let folder = Folder::new();
    let mut commented = None;
    for layer in layers {
        cluster.add(&layer.join("cluster.yaml"));
        for file in ["cluster.yaml", "import.yaml", "plan.yaml", "coverage.yaml"] {
            if let Ok(text) = fs::read_to_string(layer.join(file)) {
                if layer == last {
                    commented.get_or_insert(text.starts_with('#'));
                }
                if file == "plan.yaml" {
                    let plan: Value = serde_yaml::from_str(&text).unwrap();
                    folder.write("plan.json", plan.to_string());
                }
                folder.write(file, text);
            }
        }
    }
    if layers.len() == 1 {
        assert_eq!(
            commented,
            Some(true),
            "{}: say why it matters",
            last.display()
        );
    }
    let coverage = folder.path("coverage.yaml");
    let (cluster, files) = match fs::read_to_string(coverage) {
        Ok(text) => {
            let coverage: Value = serde_yaml::from_str(&text).unwrap();
            (cluster.snapshot(coverage), "--snapshot cluster.json")
        }
        Err(_) => (cluster.list(), "--assume-complete --snapshot cluster.json"),
    };
    folder.write("cluster.json", cluster.to_string());

    let expected = expected(&last.join("expected.yaml"));
    let found = expected.iter().map(|run| judge(&folder, &run.check, files));
    found.collect()
}

#[test]
fn every_trap_gives_the_findings_that_it_names_and_no_others() {
    let mut wrong = vec![];
    let mut count = 0;
    for trap in folders(&traps()) {
        if trap.ends_with("base") {
            continue;
        }
        let variations = folders(&trap);
        assert!(!variations.is_empty(), "{}: no near miss", trap.display());
        let alone = [vec![&*trap]];
        let varied = variations
            .iter()
            .map(|variation| vec![&*trap, &**variation]);
        for layers in alone.into_iter().chain(varied) {
            let found = found(&layers);
            count += found.len();
            wrong.extend(compare(
                &layers.last().unwrap().join("expected.yaml"),
                &found,
            ));
        }
    }
    assert!(count > 50, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
