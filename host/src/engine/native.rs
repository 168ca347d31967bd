//! Native code that is part of the binary.
//!
//! Native code runs outside every sandbox, so there are two places that it may come from: the compiler in this process (by
//! way of the [`cache`](super::cache), which only this user can write to), and the build of this binary. INVARIANT: only
//! the build script makes a [`Native`]; nothing outside the engine can make one of other bytes.
//!
//! Code that does not fit, because it was made for another component, by another version or configuration of the compiler,
//! or for another machine, is left alone: the policy is then compiled.

use super::{in_place, sealed};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Native code of a built-in policy, as a release embeds it.
#[derive(Clone, Copy)]
pub struct Native(&'static [u8]);

impl Native {
    /// For `$OUT_DIR/policies.rs`, and for nothing else.
    #[allow(
        dead_code,
        reason = "only builds that embed native code make one, and tests"
    )]
    pub(super) const fn of_this_binary(sealed: &'static [u8]) -> Native {
        Native(sealed)
    }

    /// The component, if this is its code and this engine can run it.
    pub(super) fn component(&self, engine: &Engine, sha256: &str) -> Option<Component> {
        let code = sealed::unseal(self.0, sha256)?;
        if let Some(pages) = in_place::claim(code) {
            #[expect(
                unsafe_code,
                reason = "as below; the code is claimed for this component alone, and nobody ever writes to it"
            )]
            let component = unsafe { Component::deserialize_raw(engine, pages) };
            if component.is_ok() {
                return component.ok();
            }
        }
        #[expect(
            unsafe_code,
            reason = "the code is part of this binary, made by its build from the component that has this digest; wasmtime \
                      checks version, configuration and what the processor can do"
        )]
        let component = unsafe { Component::deserialize(engine, code) };
        component.ok()
    }
}

impl std::fmt::Debug for Native {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Native({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests;
