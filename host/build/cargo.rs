//! The cargo that runs this script, run once more, and what it prints understood.

use serde_json::Value;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A target directory for what this script builds: `name` in the target directory in use, so that checking, testing and
/// building the host share it; beside the output of this script if cargo's layout is not the known one.
pub(crate) fn target_dir(out: &Path, name: &str) -> PathBuf {
    let known = out
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "build"));
    // With `--target`, what is built for it stands one folder deeper.
    let profile = known.and_then(Path::parent);
    let triple = env::var_os("TARGET");
    let target = profile.and_then(Path::parent).and_then(|folder| {
        if folder.file_name() == triple.as_deref() {
            folder.parent()
        } else {
            Some(folder)
        }
    });
    target.unwrap_or(out).join(name)
}

/// Has a cargo build in this target directory; intermediate files too, wherever the configuration of the host's build
/// puts its own.
pub(crate) fn build_in(command: &mut Command, target_dir: &Path) {
    command.arg("--target-dir").arg(target_dir);
    command
        .arg("--config")
        .arg(format!("build.build-dir='{}'", target_dir.display()));
}

/// The cargo that runs this script, in an environment without anything that was meant for the host.
pub(crate) fn cargo(workspace: &Path) -> Result<Command, String> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace);
    let kept = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
        "CARGO_MAKEFLAGS",
    ];
    let dropped = [
        "CARGO_",
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_",
        "CLIPPY_",
        "LLVM_PROFILE_FILE",
        "MAKEFLAGS",
        "MFLAGS",
        "DEP_",
        "TARGET",
        "HOST",
        "OPT_LEVEL",
        "DEBUG",
        "PROFILE",
        "OUT_DIR",
        "NUM_JOBS",
    ];
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let begins = |list: &[&str]| list.iter().any(|start| name.starts_with(start));
        if begins(&dropped) && !begins(&kept) {
            command.env_remove(name);
        }
    }
    // Set, not removed: set, it wins over `build.rustflags` of any configuration file. Panics carry the paths of their
    // sources; with fixed ones, the digest of a policy does not depend on where it was built.
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")));
    let mut flags = remap(workspace, "");
    if let Some(home) = home {
        flags.push("\u{1f}");
        flags.push(remap(&home, "cargo"));
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    command
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_INCREMENTAL", "0");
    Ok(command)
}

fn remap(from: &Path, to: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}

/// The value of a variable that cargo sets for build scripts.
pub(crate) fn path_from(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("`{variable}` is not set; this script is run by cargo"))
}

/// Runs a command to its end and returns what it printed; what it says on stderr is shown by cargo if this script fails.
pub(crate) fn output(mut command: Command, act: &str) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let result = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not {act}: could not run `{program}`: {error}"))?;
    if !result.status.success() {
        return Err(format!(
            "could not {act}: `{program}` failed ({})",
            result.status
        ));
    }
    String::from_utf8(result.stdout).map_err(|error| format!("could not {act}: {error}"))
}

pub(crate) fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("could not understand cargo: {error}"))
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

pub(crate) fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(field)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Speaks to cargo, which reads the output of build scripts. (Clippy knows that, and allows printing here.)
pub(crate) fn tell(instruction: &str) {
    println!("{instruction}");
}
