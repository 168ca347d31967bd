//! Policies written as WebAssembly text, made into components while the tests run (see `hostile/README.md`).

use std::path::{Path, PathBuf};

/// The folder of the integration tests.
pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

/// The component of a policy that answers every question well.
pub(crate) fn good() -> Vec<u8> {
    component("")
}

/// The component of a guest with this text.
pub(crate) fn component(text: &str) -> Vec<u8> {
    let code = text
        .lines()
        .find(|line| !line.is_empty() && !line.starts_with(";;"));
    if code.is_some_and(|line| line.starts_with("(component")) {
        let good = wasmprinter::print_bytes(good()).unwrap();
        let fields = good
            .trim_end()
            .strip_prefix("(component")
            .unwrap()
            .strip_suffix(')')
            .unwrap();
        let text = text.replace("(good)", fields);
        return wat::parse_str(text).unwrap();
    }
    let prelude = std::fs::read_to_string(tests().join("guests/prelude.txt")).unwrap();
    let mut module = format!("(module\n{prelude}\n{text}\n");
    for (export, well) in [
        ("cabi_realloc", "$realloc"),
        ("asogate:policy/policy@0.1.0#describe", "$describe-well"),
        ("asogate:policy/policy@0.1.0#reads", "$read-well"),
        ("asogate:policy/policy@0.1.0#evaluate", "$evaluate-well"),
    ] {
        if !text.contains(&format!("\"{export}\"")) {
            module.push_str(&format!("(export \"{export}\" (func {well}))\n"));
        }
    }
    module.push(')');
    let mut wasm = wat::parse_str(&module).unwrap();
    let mut contract = wit_parser::Resolve::default();
    let package = contract
        .push_file(tests().join("../wit/policy.wit"))
        .unwrap();
    let world = contract
        .select_world(&[package], Some("policy-world"))
        .unwrap();
    wit_component::embed_component_metadata(
        &mut wasm,
        &contract,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .unwrap();
    wit_component::ComponentEncoder::default()
        .module(&wasm)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}
