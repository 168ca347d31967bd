//! The form in which native code is embedded in a release: the code, so that it begins where the file does, then how long it
//! is and for which component it was made.
//!
//! The builder of releases (`host/precompile`) compiles this file too, so that what is written there is what is read here.

use wasmtime::{Config, Engine};

/// Last bytes: what it is, and in which form.
const MAGIC: &[u8; 16] = b"asogate-native-1";

/// Compiles a component for any machine of the kind `target` (a triple): without the instructions that only some of them
/// have. `config` is the configuration of the engine that is to run it, `sha256` the component's digest in hexadecimal.
///
/// # Errors
///
/// What the compiler says: of the target, or of the component.
#[allow(dead_code, reason = "the builder of releases writes, the host reads")]
pub(crate) fn precompile(
    mut config: Config,
    target: &str,
    sha256: &str,
    wasm: &[u8],
) -> wasmtime::Result<Vec<u8>> {
    config.target(target)?;
    let code = Engine::new(&config)?.precompile_component(wasm)?;
    Ok(seal(sha256, &code))
}

#[allow(dead_code, reason = "the builder of releases writes, the host reads")]
pub(crate) fn seal(sha256: &str, code: &[u8]) -> Vec<u8> {
    let length = code.len() as u64;
    [code, &length.to_le_bytes(), sha256.as_bytes(), MAGIC].concat()
}

/// The code, if it is whole and was made for the component with this digest.
#[allow(dead_code, reason = "the builder of releases writes, the host reads")]
pub(crate) fn unseal<'a>(sealed: &'a [u8], sha256: &str) -> Option<&'a [u8]> {
    let rest = sealed.strip_suffix(MAGIC)?;
    let rest = rest.strip_suffix(sha256.as_bytes())?;
    let (code, length) = rest.split_last_chunk()?;
    (u64::from_le_bytes(*length) == code.len() as u64).then_some(code)
}
