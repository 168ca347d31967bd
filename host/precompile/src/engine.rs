//! The sources of the host that say how policies are compiled, and how native code is written down.

#[path = "../../src/engine/config.rs"]
pub(crate) mod config;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "of the host's limits, the compiler needs one"
)]
#[path = "../../src/engine/limits.rs"]
mod limits;
#[path = "../../src/engine/sealed.rs"]
pub(crate) mod sealed;
