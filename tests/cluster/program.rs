//! The program `tests/control-plane`: built once a machine, for all checkouts and suites that need the same one.

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that make the program what it is.
const SOURCES: [&str; 3] = ["go.mod", "go.sum", "main.go"];

/// The path of the program, which is built if it is not there yet: nine minutes on two cores, once.
///
/// # Errors
///
/// In words, why there is none, and what to type.
pub(super) fn program(repository: &Path) -> Result<PathBuf, String> {
    let sources = repository.join("tests/control-plane");
    let mut digest = Sha256::new();
    for name in SOURCES {
        let text = fs::read(sources.join(name))
            .map_err(|error| format!("could not read `tests/control-plane/{name}`: {error}"))?;
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    let digest: String = digest.finalize()[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let cache = cache()?.join("asogate-ci/control-plane");
    let program = cache.join(digest).join("control-plane");
    if !program.exists() {
        build(&sources, &cache, &program)?;
    }
    Ok(program)
}

fn cache() -> Result<PathBuf, String> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    given("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| given("HOME").map(|home| Path::new(&home).join(".cache")))
        .ok_or_else(|| "set HOME, so that the built control plane can be kept".to_owned())
}

fn build(sources: &Path, cache: &Path, program: &Path) -> Result<(), String> {
    if Command::new("go").arg("version").output().is_err() {
        return Err(
            "Go is not on this machine: install it (https://go.dev/doc/install), then run the same command again"
                .to_owned(),
        );
    }
    let io = |error: std::io::Error| format!("could not write to `{}`: {error}", cache.display());
    let folder = program.parent().unwrap_or(cache);
    fs::create_dir_all(folder).map_err(io)?;
    // Two suites, or two checkouts, do not build at once: the second one finds what the first one built.
    let lock = File::create(cache.join("lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    if program.exists() {
        return Ok(());
    }
    super::say(
        "building the control plane of Kubernetes for the tests, once on this machine (takes minutes)",
    );
    let new = folder.join(format!("new-{}", std::process::id()));
    let go = Command::new("go")
        .current_dir(sources)
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .args(["build", "-trimpath", "-mod=readonly", "-ldflags"])
        .arg(version_flags(sources)?)
        .arg("-o")
        .arg(&new)
        .arg(".")
        .output()
        .map_err(|error| format!("could not run `go build`: {error}"))?;
    if !go.status.success() {
        return Err(format!(
            "`go build` in `tests/control-plane` failed: {}",
            String::from_utf8_lossy(&go.stderr)
        ));
    }
    fs::rename(&new, program).map_err(io)
}

/// What the servers say their version is; without it they take themselves for Kubernetes 0.0.
fn version_flags(sources: &Path) -> Result<String, String> {
    let text = fs::read_to_string(sources.join("go.mod")).map_err(|error| error.to_string())?;
    let version = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes v"))
        .ok_or("`tests/control-plane/go.mod` names no version of k8s.io/kubernetes")?;
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let set = |name: &str, value: &str| format!(" -X k8s.io/component-base/version.{name}={value}");
    let version = set("gitVersion", &format!("v{version}"));
    Ok(format!(
        "-s -w{version}{}{}",
        set("gitMajor", major),
        set("gitMinor", minor)
    ))
}
