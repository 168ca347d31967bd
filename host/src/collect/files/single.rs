//! One file that is read whole: a configuration, a plan, the component of a policy.

use super::{cannot_open, folder, parent_and_name, show};
use crate::collect::input_error::InputError;
use crate::collect::text::{Source, Text};
use std::io::Read;
use std::path::Path;

/// Largest configuration file. Protects memory; a configuration of thousands of waivers is below one MiB.
pub const MAX_CONFIG_BYTES: u64 = 8 << 20;

/// Largest plan file. Protects memory like [`super::MAX_MANIFEST_BYTES`]: a plan is kept whole.
pub const MAX_PLAN_BYTES: u64 = 256 << 20;

/// Reads the configuration file.
///
/// # Errors
///
/// As for [`super::open`].
pub fn read_config(path: &Path) -> Result<Source, InputError> {
    text_file(path, MAX_CONFIG_BYTES, "a configuration")
}

/// Reads a plan file; `-` is `standard_input`.
///
/// # Errors
///
/// As for [`super::open`].
pub fn read_plan(path: &Path, standard_input: &mut dyn Read) -> Result<Source, InputError> {
    if path.as_os_str() != "-" {
        return text_file(path, MAX_PLAN_BYTES, "a plan");
    }
    let name = "standard input";
    text_of(
        name,
        bytes_within(standard_input, name, MAX_PLAN_BYTES, "a plan")?,
    )
}

/// Reads a policy's component of at most `limit` bytes.
///
/// # Errors
///
/// As for [`super::open`].
pub fn read_policy(path: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    bytes_of(path, limit, "a policy")
}

fn text_file(path: &Path, limit: u64, purpose: &'static str) -> Result<Source, InputError> {
    text_of(&show(path), bytes_of(path, limit, purpose)?)
}

fn text_of(name: &str, bytes: Vec<u8>) -> Result<Source, InputError> {
    let name = name.to_owned();
    if bytes.is_empty() {
        return Err(InputError::EmptyFile { path: name });
    }
    let text = Text::from_bytes(&name, bytes)?;
    Ok(Source { name, text })
}

/// The contents of one file that the user names, with the rule for links of [`super::open`].
fn bytes_of(path: &Path, limit: u64, purpose: &'static str) -> Result<Vec<u8>, InputError> {
    let shown = show(path);
    let (parent, name) = parent_and_name(path);
    let root = show(parent);
    let dir = folder(parent).map_err(|cause| cannot_open(&shown, &root, cause))?;
    let metadata = dir
        .metadata(name)
        .map_err(|cause| cannot_open(&shown, &root, cause))?;
    if !metadata.is_file() {
        return Err(InputError::NotRegular { path: shown });
    }
    let file = dir
        .open(name)
        .map_err(|cause| cannot_open(&shown, &root, cause))?;
    bytes_within(&mut { file }, &shown, limit, purpose)
}

/// All that can be read, if it is not more than the limit.
fn bytes_within(
    from: &mut dyn Read,
    shown: &str,
    limit: u64,
    purpose: &'static str,
) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    let read = from.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|cause| InputError::Read {
        path: shown.to_owned(),
        cause,
    })?;
    if bytes.len() as u64 > limit {
        return Err(InputError::TooLarge {
            path: shown.to_owned(),
            limit: limit >> 20,
            purpose,
        });
    }
    Ok(bytes)
}
