//! Native code of the policies, for release builds.
//!
//! `host/precompile` makes it: a small program with the compiler and nothing else, and with the very configuration that
//! the host has. It is built here, by a cargo of its own in `precompile/` of the target directory, and not as a
//! build-dependency: those are resolved for every build of the host, and `--all-features` would make everybody compile
//! the compiler twice. `ASOGATE_PRECOMPILE=0` and `=1` say for any build whether it is done.

use crate::cargo::{build_in, cargo, output, target_dir, tell};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "asogate-precompile";

/// Compiles these components; the files of native code are in their order, or none at all.
pub(crate) fn precompile(
    workspace: &Path,
    out: &Path,
    components: &[PathBuf],
) -> Result<Vec<PathBuf>, String> {
    tell("cargo::rerun-if-env-changed=ASOGATE_PRECOMPILE");
    let asked = match env::var("ASOGATE_PRECOMPILE").as_deref() {
        Ok("1") => true,
        Ok("0") => return Ok(vec![]),
        Ok("") | Err(_) => {
            if env::var("PROFILE").as_deref() != Ok("release") {
                return Ok(vec![]);
            }
            false
        }
        Ok(other) => {
            return Err(format!(
                "ASOGATE_PRECOMPILE is `{other}`; it is 1 (embed native code of the policies), 0 (do not), or not set (release builds do)"
            ));
        }
    };
    for input in [
        "precompile",
        "src/engine/config.rs",
        "src/engine/limits.rs",
        "src/engine/sealed.rs",
    ] {
        tell(&format!("cargo::rerun-if-changed={input}"));
    }
    match compile(workspace, out, components) {
        Err(error) if asked => Err(error),
        // A release for a machine that the compiler does not know, or cannot compile for from here, is a good one: it
        // compiles the policies when it first runs.
        Err(error) => {
            for line in error.lines() {
                tell(&format!(
                    "cargo::warning=the policies are not embedded as native code: {line}"
                ));
            }
            Ok(vec![])
        }
        done => done,
    }
}

fn compile(workspace: &Path, out: &Path, components: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let target = env::var("TARGET").map_err(|error| format!("TARGET: {error}"))?;
    let target_dir = target_dir(out, "precompile");
    let mut build = cargo(workspace)?;
    build.args(["build", "--quiet", "--locked", "--package", PACKAGE]);
    build.arg(format!("--profile={}", "precompile"));
    build_in(&mut build, &target_dir);
    output(
        build,
        "build the compiler of the policies (what it says is shown below)",
    )?;

    let program = target_dir.join("precompile").join(PACKAGE);
    let mut command = Command::new(program.with_extension(env::consts::EXE_EXTENSION));
    command.arg(target).arg(out).args(components);
    output(command, "compile the policies")?;
    Ok(components
        .iter()
        .map(|file| file.with_extension("native"))
        .collect())
}
