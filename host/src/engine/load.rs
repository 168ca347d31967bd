//! Whether a component is a policy, before any of its code runs. Everything that does not fit is told at once.

use super::bindings::{
    self, DescribeResult, EvaluateParams, EvaluateResult, ReadsParams, ReadsResult,
};
use super::limits;
use super::sandbox::Function;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// What the first bytes of a file say it is: the common mistakes, told apart before the compiler sees them.
pub(super) fn check_bytes(wasm: &[u8]) -> Result<(), String> {
    let misfit = match wasm {
        _ if wasm.len() > limits::COMPONENT_BYTES => format!(
            "it has {} bytes; the limit is {}",
            wasm.len(),
            limits::COMPONENT_BYTES
        ),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "it is a core WebAssembly module, not a component; encode it with `wasm-tools component new`".into()
        }
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => {
            "it is a component in a version of the binary format that asogate cannot read; build it with newer tools".into()
        }
        [] => "it is empty".into(),
        [b'(', ..] => "it is WebAssembly text; turn it into a component with `wasm-tools parse`".into(),
        _ => "it is not a WebAssembly component".into(),
    };
    Err(misfit)
}

/// The name under which the component exports the contract, or everything about it that does not fit.
pub(super) fn check(engine: &Engine, component: &Component) -> Result<String, Vec<String>> {
    let shape = component.component_type();
    let mut misfits: Vec<String> = shape
        .imports(engine)
        .map(|(name, _)| {
            let name = bindings::shown(name, limits::NAME_BYTES);
            let hint = if name.starts_with("wasi:") {
                " (build for `wasm32-unknown-unknown`, which has no WASI)"
            } else {
                ""
            };
            format!("it imports `{name}`; a policy imports nothing{hint}")
        })
        .collect();
    let found = shape
        .exports(engine)
        .find(|(name, _)| name.starts_with(bindings::INTERFACE));
    match found {
        Some((name, export)) => match export.ty {
            ComponentItem::ComponentInstance(interface) => {
                let types = shape.instance_type();
                for function in Function::ALL {
                    let misfit = match interface.get_export(engine, function.name()).map(|export| export.ty) {
                        Some(ComponentItem::ComponentFunc(given)) => match function {
                            Function::Describe => given.typecheck::<(), DescribeResult>(&types),
                            Function::Reads => given.typecheck::<ReadsParams<'_>, ReadsResult>(&types),
                            Function::Evaluate => given.typecheck::<EvaluateParams<'_>, EvaluateResult>(&types),
                        }
                        .err()
                        .map(|error| format!("its function `{}` has another type than `wit/policy.wit` says: {error:#}", function.name())),
                        _ => Some(format!("it does not export the function `{}`", function.name())),
                    };
                    misfits.extend(misfit);
                }
                if misfits.is_empty() {
                    return Ok(name.to_owned());
                }
            }
            _ => misfits.push(format!("its export `{name}` is not an interface")),
        },
        None => misfits.push(no_interface(shape.exports(engine).map(|(name, _)| name))),
    }
    Err(misfits)
}

fn no_interface<'a>(exports: impl Iterator<Item = &'a str>) -> String {
    let exports: Vec<String> = exports
        .take(8)
        .map(|name| format!("`{}`", bindings::shown(name, limits::NAME_BYTES)))
        .collect();
    let instead = if exports.is_empty() {
        "nothing".into()
    } else {
        exports.join(", ")
    };
    format!(
        "it does not export `{}x`, but {instead}",
        bindings::INTERFACE
    )
}
