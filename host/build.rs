//! Builds the built-in policies and embeds them.
//!
//! Every folder of `guest-policies/` whose `Cargo.toml` has `policy = true` under `[package.metadata.asogate]` is
//! compiled for `wasm32-unknown-unknown` with the profile `guest`, encoded as a component, and listed in
//! `$OUT_DIR/policies.rs` (which `engine/catalogue.rs` includes). Adding a policy is adding its folder to the workspace.
//!
//! Release builds embed each policy a second time, as native code (`build/native.rs`).

#[path = "build/cargo.rs"]
mod cargo;
#[path = "build/guests.rs"]
mod guests;
#[path = "build/native.rs"]
mod native;

use cargo::{path_from, tell};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match embed_policies() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // `cargo::error` shows the message as an error of the package; a script that fails with text on stderr would
            // bury it under everything else the script has said.
            for line in message.lines() {
                tell(&format!("cargo::error={line}"));
            }
            ExitCode::FAILURE
        }
    }
}

fn embed_policies() -> Result<(), String> {
    let workspace = path_from("CARGO_MANIFEST_DIR")?
        .parent()
        .ok_or("the host package has no folder above it")?
        .to_path_buf();
    let out = path_from("OUT_DIR")?;
    for input in [
        "guest-policies",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        "host/build",
    ] {
        // Seen from this package, so that checkouts that share a target folder do not look at each other's files.
        if workspace.join(input).exists() {
            tell(&format!("cargo::rerun-if-changed=../{input}"));
        }
    }
    tell("cargo::rerun-if-changed=build.rs");
    tell("cargo::rerun-if-env-changed=RUSTUP_TOOLCHAIN");

    let policies = guests::find_policies(&workspace)?;
    write_codes(&workspace, &out, &policies)?;
    let mut components = Vec::new();
    if !policies.is_empty() {
        guests::ensure_target(&workspace)?;
        for policy in guests::build(&workspace, &out, policies)? {
            let component = guests::encode(&policy)?;
            let file = out.join(format!("{}.wasm", policy.id));
            fs::write(&file, &component)
                .map_err(|error| format!("could not write `{}`: {error}", file.display()))?;
            let sha256 = hex(&Sha256::digest(&component));
            components.push((policy, file, sha256));
        }
    }
    let files: Vec<_> = components.iter().map(|(_, file, _)| file.clone()).collect();
    let native = native::precompile(&workspace, &out, &files)?;

    let mut list = String::from("&[\n");
    for (index, (policy, file, sha256)) in components.iter().enumerate() {
        let native = match native.get(index) {
            Some(native) => format!(
                "Some(Native::of_this_binary({{ static PAGES: &Pages<[u8]> = &Pages(*include_bytes!({native:?})); &PAGES.0 }}))"
            ),
            None => "None".into(),
        };
        let steps = match &policy.steps {
            Some(steps) => format!("Some(&{steps:?})"),
            None => "None".into(),
        };
        // Names and paths as Rust string literals: `Debug` escapes what needs it.
        let _ = writeln!(
            list,
            "    BuiltIn {{ id: {:?}, version: {:?}, steps: {steps}, sha256: {sha256:?}, wasm: include_bytes!({file:?}), native: {native} }},",
            policy.id, policy.version,
        );
    }
    list.push_str("]\n");
    let file = out.join("policies.rs");
    fs::write(&file, list).map_err(|error| format!("could not write `{}`: {error}", file.display()))
}

/// Writes down the codes of the policies, which are the headings of their READMEs (a test holds them together), so that they
/// are known without running a policy.
fn write_codes(workspace: &Path, out: &Path, policies: &[guests::Policy]) -> Result<(), String> {
    let mut list = String::from("&[\n");
    for policy in policies {
        let file = workspace.join("guest-policies").join(&policy.id);
        let file = file.join("README.md");
        let readme = fs::read_to_string(&file)
            .map_err(|error| format!("could not read `{}`: {error}", file.display()))?;
        let headings = readme.lines().filter_map(|line| line.strip_prefix("## "));
        let codes: Vec<&str> = headings.filter(|heading| *heading != "Example").collect();
        let _ = writeln!(list, "    ({:?}, &{codes:?}),", policy.id);
    }
    list.push_str("]\n");
    let file = out.join("codes.rs");
    fs::write(&file, list).map_err(|error| format!("could not write `{}`: {error}", file.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
