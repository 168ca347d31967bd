//! built-ins.

/// A policy that is part of the binary.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its id, which is the name of its folder in `guest-policies/`.
    pub id: &'static str,
    /// SHA-256 of the component, in hexadecimal.
    pub sha256: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

/// Every policy that is part of the binary, by id.
pub const BUILT_IN: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));
