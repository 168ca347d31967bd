//! The text of one file: owned, or mapped into memory if the file is big.

use super::input_error::InputError;
use cap_std::fs::File;
use memmap2::Mmap;
use std::io;
use std::ops::Deref;
use std::time::SystemTime;

/// A text to read from, with the name by which the user knows it.
#[derive(Debug)]
pub struct Source {
    /// The path as the user named it; `standard input` for `-`.
    pub name: String,
    /// The text.
    pub text: Text,
}

impl Source {
    /// A source with a text of its own.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source {
            name: name.into(),
            text: Text(Storage::Owned(text.into())),
        }
    }

    /// Checks, after a mapped file was read, that nobody wrote to it meanwhile.
    ///
    /// # Errors
    ///
    /// [`InputError::Changed`] if its size or time of change is another one now.
    pub fn check_unchanged(&self) -> Result<(), InputError> {
        let Storage::Mapped { file, stamp, .. } = &self.text.0 else {
            return Ok(());
        };
        match Stamp::of(file) {
            Ok(now) if now == *stamp => Ok(()),
            _ => Err(InputError::Changed {
                path: self.name.clone(),
            }),
        }
    }
}

/// A UTF-8 text.
#[derive(Debug)]
pub struct Text(Storage);

#[derive(Debug)]
enum Storage {
    Owned(String),
    Mapped {
        map: Mmap,
        file: std::fs::File,
        stamp: Stamp,
    },
}

impl Text {
    /// A text of these bytes.
    pub(super) fn from_bytes(path: &str, bytes: Vec<u8>) -> Result<Text, InputError> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Text(Storage::Owned(text))),
            Err(error) => Err(not_utf8(
                path,
                error.as_bytes(),
                error.utf8_error().valid_up_to(),
            )),
        }
    }

    /// The text of a file that is mapped into memory.
    ///
    /// A mapped file is not a copy: if another process shortens it while we read, the operating system ends this process
    /// (SIGBUS), which closes the gate; if another process writes into it, we may read a mixture, which
    /// [`Source::check_unchanged`] notices. Both need a writer at work on a recorded snapshot.
    pub(super) fn map(path: &str, file: File) -> Result<Text, InputError> {
        let read = |cause| InputError::Read {
            path: path.to_owned(),
            cause,
        };
        let file = file.into_std();
        let stamp = Stamp::of(&file).map_err(read)?;
        #[expect(
            unsafe_code,
            reason = "the map is only ever read, as bytes that are checked to be UTF-8 at each use; a writer can make the \
                      contents wrong, which `check_unchanged` notices, or end the process, which fails closed"
        )]
        // SAFETY: see the reason above; the file was opened for reading and stays open as long as the map.
        let map = unsafe { Mmap::map(&file) }.map_err(read)?;
        match std::str::from_utf8(&map) {
            Ok(_) => Ok(Text(Storage::Mapped { map, file, stamp })),
            Err(error) => Err(not_utf8(path, &map, error.valid_up_to())),
        }
    }

    /// Whether the text is a mapped file.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Storage::Mapped { .. })
    }
}

impl Deref for Text {
    type Target = str;

    /// The text. A mapped file is checked anew (30 GB/s): if it is no UTF-8 any more, it reads as empty, which no
    /// reader takes for a snapshot.
    fn deref(&self) -> &str {
        match &self.0 {
            Storage::Owned(text) => text,
            Storage::Mapped { map, .. } => std::str::from_utf8(map).unwrap_or_default(),
        }
    }
}

/// What tells that a file was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(file: &std::fs::File) -> io::Result<Stamp> {
        let metadata = file.metadata()?;
        Ok(Stamp {
            len: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

fn not_utf8(path: &str, bytes: &[u8], offset: usize) -> InputError {
    let path = path.to_owned();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return InputError::Utf16 { path };
    }
    let before = bytes.get(..offset).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    InputError::NotUtf8 { path, offset, line }
}
