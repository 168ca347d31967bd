//! Compiles the built-in policies to native code, for the build script of the host (`host/build/native.rs`).
//!
//! `asogate-precompile TARGET FOLDER FILE.wasm…` writes `FILE.native` into the folder for each component. The configuration
//! of the compiler and the form of the files are the host's own sources, so that they cannot differ from what it reads.

mod engine;

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [target, folder, components @ ..] => components
            .iter()
            .try_for_each(|component| compile(target, Path::new(folder), Path::new(component))),
        _ => Err("usage: asogate-precompile TARGET FOLDER FILE.wasm…".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn compile(target: &str, folder: &Path, component: &Path) -> Result<(), String> {
    let at = component.display();
    let wasm = fs::read(component).map_err(|error| format!("could not read `{at}`: {error}"))?;
    let sha256 = Sha256::digest(&wasm)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
    let native = engine::sealed::precompile(engine::config::config(), target, &sha256, &wasm)
        .map_err(|error| format!("could not compile `{at}` for `{target}`: {error:#}"))?;
    let name = component
        .file_stem()
        .ok_or_else(|| format!("`{at}` has no name"))?;
    let file = folder.join(name).with_extension("native");
    fs::write(&file, native)
        .map_err(|error| format!("could not write `{}`: {error}", file.display()))
}

#[expect(
    clippy::print_stderr,
    reason = "cargo shows what a failing build script has said"
)]
fn complain(error: &str) {
    eprintln!("{error}");
}
