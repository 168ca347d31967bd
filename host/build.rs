//! Builds the built-in policies and embeds them.
//!
//! Every folder of `guest-policies/` whose `Cargo.toml` has `policy = true` under `[package.metadata.asogate]` is
//! compiled for `wasm32-unknown-unknown` with the profile `guest`, encoded as a component, and listed in
//! `$OUT_DIR/policies.rs` (which `engine/catalogue.rs` includes). Adding a policy is adding its folder to the workspace.
//!
//! The guests have a target directory of their own, because the one in use is locked by the cargo that runs this
//! script, and an environment of their own, because flags meant for the host (`-D warnings`, coverage, a linker, clippy's
//! wrapper) would change or break them: the same sources give the same policies, whatever the host is built for.

use sha2::{Digest, Sha256};
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const TARGET: &str = "wasm32-unknown-unknown";

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
    ] {
        // Seen from this package, so that checkouts that share a target folder do not look at each other's files.
        if workspace.join(input).exists() {
            tell(&format!("cargo::rerun-if-changed=../{input}"));
        }
    }
    tell("cargo::rerun-if-changed=build.rs");
    tell("cargo::rerun-if-env-changed=RUSTUP_TOOLCHAIN");

    let policies = find_policies(&workspace)?;
    write_codes(&workspace, &out, &policies)?;
    let mut list = String::from("&[\n");
    if !policies.is_empty() {
        ensure_target(&workspace)?;
        for policy in build(&workspace, &guest_target_dir(&out), policies)? {
            let component = encode(&policy)?;
            let file = out.join(format!("{}.wasm", policy.id));
            fs::write(&file, &component)
                .map_err(|error| format!("could not write `{}`: {error}", file.display()))?;
            // Paths as Rust string literals: `Debug` escapes what needs it.
            let _ = writeln!(
                list,
                "    BuiltIn {{ id: {:?}, sha256: {:?}, wasm: include_bytes!({file:?}) }},",
                policy.id,
                hex(&Sha256::digest(&component)),
            );
        }
    }
    list.push_str("]\n");
    let file = out.join("policies.rs");
    fs::write(&file, list).map_err(|error| format!("could not write `{}`: {error}", file.display()))
}

/// Writes down the codes of the policies, which are the headings of their READMEs (a test holds them together), so that they
/// are known without running a policy.
fn write_codes(workspace: &Path, out: &Path, policies: &[Policy]) -> Result<(), String> {
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

/// A policy before it is built (`core_module` is empty) and after.
struct Policy {
    /// The name of its folder, which must be the id that it declares.
    id: String,
    /// The name of its package.
    package: String,
    core_module: PathBuf,
}

/// The policies of the workspace, by id.
fn find_policies(workspace: &Path) -> Result<Vec<Policy>, String> {
    let mut command = cargo(workspace)?;
    command.args(["metadata", "--no-deps", "--format-version=1"]);
    let metadata = json(&output(command, "list the packages of the workspace")?)?;
    let folder = workspace.join("guest-policies");
    let mut policies = Vec::new();
    for package in list(&metadata, "packages") {
        if package.pointer("/metadata/asogate/policy") != Some(&true.into()) {
            continue;
        }
        let name = text(package, "name");
        let home = Path::new(text(package, "manifest_path")).parent();
        let id = home.and_then(Path::file_name).and_then(|id| id.to_str());
        let Some(id) = id.filter(|_| home.and_then(Path::parent) == Some(&folder)) else {
            return Err(format!(
                "package `{name}` says that it is a policy, but does not stand in a folder of `guest-policies/`"
            ));
        };
        let cdylib = list(package, "targets")
            .any(|target| list(target, "crate_types").any(|kind| kind == "cdylib"));
        if !cdylib {
            return Err(format!(
                "policy `{id}` does not build a WebAssembly module: put `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml"
            ));
        }
        policies.push(Policy {
            id: id.to_owned(),
            package: name.to_owned(),
            core_module: PathBuf::new(),
        });
    }
    policies.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(policies)
}

/// Builds all policies with one cargo, so that they share their dependencies and the cores.
fn build(
    workspace: &Path,
    target_dir: &Path,
    mut policies: Vec<Policy>,
) -> Result<Vec<Policy>, String> {
    let mut command = cargo(workspace)?;
    command
        .args([
            "build",
            "--quiet",
            "--lib",
            "--locked",
            "--profile=guest",
            "--target",
            TARGET,
        ])
        .args(["--message-format=json-render-diagnostics", "--target-dir"])
        .arg(target_dir)
        // Intermediate files too, wherever the configuration of the host's build puts its own.
        .arg("--config")
        .arg(format!("build.build-dir='{}'", target_dir.display()));
    for policy in &policies {
        command.args(["--package", &policy.package]);
    }
    let messages = output(
        command,
        "build the built-in policies (what the compiler says is shown below)",
    )?;
    for message in messages.lines().filter(|line| line.starts_with('{')) {
        let message = json(message)?;
        if text(&message, "reason") != "compiler-artifact" {
            continue;
        }
        let manifest = Path::new(text(&message, "manifest_path"));
        let id = manifest.parent().and_then(Path::file_name);
        let module = list(&message, "filenames")
            .filter_map(|file| file.as_str())
            .find(|file| file.ends_with(".wasm"));
        let policy = policies
            .iter_mut()
            .find(|policy| Some(policy.id.as_ref()) == id);
        if let (Some(policy), Some(module)) = (policy, module) {
            policy.core_module = module.into();
        }
    }
    match policies
        .iter()
        .find(|policy| policy.core_module.as_os_str().is_empty())
    {
        Some(policy) => Err(format!(
            "cargo built policy `{}` without giving a .wasm file",
            policy.id
        )),
        None => Ok(policies),
    }
}

/// Makes a component of a core module. The contract stands in a custom section that the SDK's bindings put there.
fn encode(policy: &Policy) -> Result<Vec<u8>, String> {
    let at = policy.core_module.display();
    let module =
        fs::read(&policy.core_module).map_err(|error| format!("could not read `{at}`: {error}"))?;
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| {
            format!(
                "could not make a component of policy `{}` (`{at}`): {error:#}",
                policy.id
            )
        })
}

/// Sees to it that the compiler in use has the standard library of [`TARGET`].
fn ensure_target(workspace: &Path) -> Result<(), String> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(workspace).args(["--print", "sysroot"]);
    let sysroot = PathBuf::from(output(rustc, "ask the compiler for its folder")?.trim_end());
    let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    if library.is_dir() {
        return Ok(());
    }
    // Rustup's folders are named after their toolchains. The variable is what rustup's own proxies have chosen.
    let toolchain = env::var("RUSTUP_TOOLCHAIN").ok().or_else(|| {
        let name = sysroot.file_name()?.to_str()?;
        (sysroot.parent()?.file_name()? == "toolchains").then(|| name.to_owned())
    });
    let Some(toolchain) = toolchain else {
        return Err(format!(
            "policies are built for {TARGET}, and the compiler in `{}` has no standard library for it; \
             install it from where the compiler came, or use rustup: rustup target add {TARGET}",
            sysroot.display()
        ));
    };
    tell(&format!(
        "cargo::warning=installing the standard library of {TARGET} for toolchain {toolchain}, which the built-in policies need"
    ));
    let line = format!("rustup target add {TARGET} --toolchain {toolchain}");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET, "--toolchain", &toolchain]);
    let installed = output(rustup, "install the target");
    match installed {
        Ok(_) if library.is_dir() => Ok(()),
        Ok(_) => Err(format!(
            "`{}` is still missing; type: {line}",
            library.display()
        )),
        Err(error) => Err(format!("{error}\ntype: {line}")),
    }
}

/// Where the guests are built: `guests/` in the target directory in use, so that checking, testing and building the host
/// share it; beside the output of this script if cargo's layout is not the known one.
fn guest_target_dir(out: &Path) -> PathBuf {
    let known = out
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "build"));
    match known.and_then(Path::parent).and_then(Path::parent) {
        Some(target) => target.join("guests"),
        None => out.join("guests"),
    }
}

/// The cargo that runs this script, in an environment without anything that was meant for the host.
fn cargo(workspace: &Path) -> Result<Command, String> {
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

/// Runs a command to its end and returns what it printed; what it says on stderr is shown by cargo if this script fails.
fn output(mut command: Command, act: &str) -> Result<String, String> {
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

fn path_from(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("`{variable}` is not set; this script is run by cargo"))
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("could not understand cargo: {error}"))
}

fn text<'a>(value: &'a serde_json::Value, field: &str) -> &'a str {
    value
        .get(field)
        .and_then(serde_json::Value::as_str)
        .unwrap_or("")
}

fn list<'a>(
    value: &'a serde_json::Value,
    field: &str,
) -> impl Iterator<Item = &'a serde_json::Value> {
    value
        .get(field)
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Speaks to cargo, which reads the output of build scripts. (Clippy knows that, and allows printing here.)
fn tell(instruction: &str) {
    println!("{instruction}");
}
