//! Rules that people forget: who may know of whom, what belongs to every policy, and what does not belong into a file.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod command;

#[path = "tidy/files.rs"]
mod files;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/policies.rs"]
mod policies;

use command::repository;
use std::fs;
use std::path::Path;

/// Every text file of the repository, with its path from the root. Build output and what tools keep for themselves in
/// hidden folders are no part of it.
fn text_files() -> Vec<(String, String)> {
    let mut files = vec![];
    walk(&repository(), "", &mut files);
    assert!(files.len() > 100, "there are {} files", files.len());
    files.sort();
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            let hidden = name.starts_with('.') && ![".ci", ".github"].contains(&name.as_str());
            if !hidden && path != "target" {
                walk(&entry.path(), &format!("{path}/"), files);
            }
        } else if name != ".git" {
            let text = String::from_utf8(fs::read(entry.path()).unwrap());
            files.push((
                path.clone(),
                text.unwrap_or_else(|_| panic!("`{path}` is no text")),
            ));
        }
    }
}
