//! The policies of the workspace: found, built for WebAssembly, made into components.
//!
//! The guests have a target directory of their own, because the one in use is locked by the cargo that runs this
//! script, and an environment of their own, because flags meant for the host (`-D warnings`, coverage, a linker, clippy's
//! wrapper) would change or break them: the same sources give the same policies, whatever the host is built for.

use crate::cargo::{build_in, cargo, json, list, output, target_dir, tell, text};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// A policy before it is built (`core_module` is empty) and after.
pub(crate) struct Policy {
    /// The name of its folder, which must be the id that it declares.
    pub(crate) id: String,
    /// The version of its package, which must be the version that it declares.
    pub(crate) version: String,
    /// The steps that it judges, if its package says so. The host then need not load it to know.
    pub(crate) steps: Option<Vec<String>>,
    /// The name of its package.
    package: String,
    core_module: PathBuf,
}

/// The policies of the workspace, by id.
pub(crate) fn find_policies(workspace: &Path) -> Result<Vec<Policy>, String> {
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
            version: text(package, "version").to_owned(),
            steps: steps(package, id)?,
            package: name.to_owned(),
            core_module: PathBuf::new(),
        });
    }
    policies.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(policies)
}

/// The steps that the package of a policy declares: `steps` under `[package.metadata.asogate]`.
fn steps(package: &serde_json::Value, id: &str) -> Result<Option<Vec<String>>, String> {
    let Some(steps) = package.pointer("/metadata/asogate/steps") else {
        return Ok(None);
    };
    let names = steps.as_array().and_then(|steps| {
        let names = steps.iter().map(|step| step.as_str().map(str::to_owned));
        names.collect::<Option<Vec<String>>>()
    });
    match names {
        Some(names) if !names.is_empty() => Ok(Some(names)),
        _ => Err(format!(
            "policy `{id}` says `steps = {steps}` in its Cargo.toml; it should be a list of names of steps, or not be there if the policy judges all steps"
        )),
    }
}

/// Builds all policies with one cargo, so that they share their dependencies and the cores.
pub(crate) fn build(
    workspace: &Path,
    out: &Path,
    mut policies: Vec<Policy>,
) -> Result<Vec<Policy>, String> {
    let mut command = cargo(workspace)?;
    command
        .args(["build", "--quiet", "--lib", "--locked", "--profile=guest"])
        .args(["--target", TARGET])
        .arg("--message-format=json-render-diagnostics");
    build_in(&mut command, &target_dir(out, "guests"));
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
pub(crate) fn encode(policy: &Policy) -> Result<Vec<u8>, String> {
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
pub(crate) fn ensure_target(workspace: &Path) -> Result<(), String> {
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
