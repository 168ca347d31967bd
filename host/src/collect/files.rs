//! Opens what the user names: files, folders, standard input.
//!
//! A named folder is opened once, and everything in it relative to it (`cap-std`): no path and no link in it can make us
//! read something outside. A single file is opened in its folder, with the same rule for links.

use super::input_error::InputError;
use super::text::{Source, Text};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File};
use flate2::read::MultiGzDecoder;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

mod single;

pub use single::{MAX_CONFIG_BYTES, MAX_PLAN_BYTES, read_config, read_plan, read_policy};

/// Largest manifest file. Protects memory: manifests are kept whole, as text and as values (about ten times the text).
/// An import of thousands of objects is a few MiB.
pub const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// Largest sum of manifest files. Protects memory like [`MAX_MANIFEST_BYTES`], against folders.
pub const MAX_MANIFEST_BYTES_TOGETHER: u64 = 256 << 20;

/// Largest snapshot file. Protects time more than memory, as such files are mapped; 100,000 objects are 0.7 GB as
/// kubectl prints them.
pub const MAX_SNAPSHOT_BYTES: u64 = 4 << 30;

/// Largest text of a packed snapshot file. Protects memory against a file that is small and unpacks to an endless one; the
/// text is kept whole, unlike that of a file that is not packed. Some 400,000 objects fit.
pub const MAX_UNPACKED_BYTES: u64 = 1 << 30;

/// How every packed file begins (RFC 1952).
const PACKED: [u8; 2] = [0x1f, 0x8b];

/// Snapshot files below this are copied, not mapped: the copy takes a few milliseconds and cannot change under us.
pub const MAP_FROM_BYTES: u64 = 16 << 20;

/// Most entries of one named folder, sub-folders included. Protects against a wrong folder (a home directory with `-R`).
pub const MAX_ENTRIES: usize = 100_000;

/// How deep sub-folders may be nested. Protects the stack.
pub const MAX_FOLDER_DEPTH: usize = 64;

/// Largest runbook. Protects time: people read and paste what is in it, and the longest one known is below 100 KiB.
pub const MAX_RUNBOOK_BYTES: u64 = 1 << 20;

/// What files are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Manifests (`-f`).
    Manifests,
    /// Recorded clusters (`--snapshot`).
    Snapshot,
    /// Documents and scripts with commands (`--runbook`).
    Runbook,
}

impl Purpose {
    fn limit(self) -> u64 {
        match self {
            Purpose::Manifests => MAX_MANIFEST_BYTES,
            Purpose::Snapshot => MAX_SNAPSHOT_BYTES,
            Purpose::Runbook => MAX_RUNBOOK_BYTES,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Purpose::Manifests => "a file of manifests",
            Purpose::Snapshot => "a recorded cluster",
            Purpose::Runbook => "a runbook",
        }
    }

    /// The endings of the files that are read in a folder; for manifests as kubectl has them. A file that is named itself
    /// may have any.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Purpose::Manifests | Purpose::Snapshot => &["yaml", "yml", "json"],
            Purpose::Runbook => &["md", "markdown", "sh", "bash"],
        }
    }
}

/// Reads all that is named, in the order of the names; the files of a folder in the order of their names, as
/// kubectl does. `-` is `standard_input`. With `recursive`, sub-folders are read too.
///
/// # Errors
///
/// The first thing that cannot be opened or read, is empty, too large, not UTF-8, or leads out of its folder.
pub fn open(
    names: &[PathBuf],
    purpose: Purpose,
    recursive: bool,
    standard_input: &mut dyn Read,
) -> Result<Vec<Source>, InputError> {
    let mut files = Files {
        purpose,
        recursive,
        sources: Vec::new(),
        bytes: 0,
        entries: 0,
    };
    let mut standard_input = Some(standard_input);
    for name in names {
        if name.as_os_str() == "-" {
            let input = standard_input
                .take()
                .ok_or(InputError::StandardInputTwice)?;
            files.read(input, "standard input", purpose.limit())?;
        } else {
            files.named(name)?;
        }
    }
    match files.sources.is_empty() {
        true => Err(InputError::NothingNamed),
        false => Ok(files.sources),
    }
}

/// The folder in which a file is opened, and its name there.
fn parent_and_name(path: &Path) -> (&Path, &OsStr) {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    (parent, path.file_name().unwrap_or(OsStr::new(".")))
}

struct Files {
    purpose: Purpose,
    recursive: bool,
    sources: Vec<Source>,
    bytes: u64,
    entries: usize,
}

impl Files {
    /// Reads the file or folder that the user named `path`.
    fn named(&mut self, path: &Path) -> Result<(), InputError> {
        let shown = show(path);
        match folder(path) {
            Ok(dir) => {
                let before = self.sources.len();
                self.entries = 0;
                self.folder(&dir, path, &shown, 0)?;
                if self.sources.len() == before {
                    // Only -f has an -R beside it.
                    let hint = if self.recursive || self.purpose == Purpose::Snapshot {
                        ""
                    } else {
                        "; `-R` reads its sub-folders too"
                    };
                    let endings = self.purpose.endings();
                    return Err(InputError::NoFiles {
                        endings: endings
                            .iter()
                            .map(|ending| format!("`.{ending}`"))
                            .collect(),
                        folder: shown,
                        hint,
                    });
                }
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let (parent, name) = parent_and_name(path);
                let dir =
                    folder(parent).map_err(|cause| cannot_open(&shown, &show(parent), cause))?;
                self.file(&dir, name, &shown, &show(parent))
            }
            Err(cause) => Err(InputError::Open { path: shown, cause }),
        }
    }

    /// Reads the files of a folder; `root` is the folder that the user named.
    fn folder(
        &mut self,
        dir: &Dir,
        path: &Path,
        root: &str,
        depth: usize,
    ) -> Result<(), InputError> {
        let here = show(path);
        let read = |cause| InputError::Read {
            path: here.clone(),
            cause,
        };
        if depth > MAX_FOLDER_DEPTH {
            return Err(InputError::TooDeep {
                folder: root.to_owned(),
                limit: MAX_FOLDER_DEPTH,
            });
        }
        let mut names: Vec<OsString> = Vec::new();
        for entry in dir.entries().map_err(read)? {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(InputError::TooMany {
                    folder: root.to_owned(),
                    limit: MAX_ENTRIES,
                });
            }
            names.push(entry.map_err(read)?.file_name());
        }
        names.sort();
        for name in names {
            let path = path.join(&name);
            let shown = show(&path);
            let plain = match self.purpose {
                Purpose::Snapshot if path.extension() == Some(OsStr::new("gz")) => {
                    path.with_extension("")
                }
                _ => path.clone(),
            };
            let matches = plain
                .extension()
                .is_some_and(|ending| self.purpose.endings().iter().any(|known| ending == *known));
            let own = dir
                .symlink_metadata(&name)
                .map_err(|cause| cannot_open(&shown, root, cause))?;
            let is_link = own.file_type().is_symlink();
            let is_folder = match is_link && (self.recursive || matches) {
                true => {
                    let target = dir.metadata(&name);
                    target
                        .map_err(|cause| cannot_open(&shown, root, cause))?
                        .is_dir()
                }
                false => own.is_dir(),
            };
            if is_folder && self.recursive {
                if is_link {
                    return Err(InputError::LinkedFolder { path: shown });
                }
                let inner = dir
                    .open_dir(&name)
                    .map_err(|cause| cannot_open(&shown, root, cause))?;
                self.folder(&inner, &path, root, depth + 1)?;
            } else if matches && !is_folder {
                self.file(dir, &name, &shown, root)?;
            }
        }
        Ok(())
    }

    /// Reads the file `name` of `dir`.
    fn file(&mut self, dir: &Dir, name: &OsStr, shown: &str, root: &str) -> Result<(), InputError> {
        let cannot_open = |cause| cannot_open(shown, root, cause);
        // Asked before opening, because opening a pipe waits for its writer.
        let metadata = dir.metadata(name).map_err(cannot_open)?;
        if !metadata.is_file() {
            return Err(InputError::NotRegular {
                path: shown.to_owned(),
            });
        }
        let file = dir.open(name).map_err(cannot_open)?;
        let size = file.metadata().map_err(cannot_open)?.len();
        if size > self.purpose.limit() {
            return Err(self.too_large(shown));
        }
        let mut file = file;
        if self.purpose == Purpose::Snapshot
            && size >= MAP_FROM_BYTES
            && !begins_packed(&mut file).map_err(cannot_open)?
        {
            self.sources.push(Source {
                name: shown.to_owned(),
                text: Text::map(shown, file)?,
            });
            return Ok(());
        }
        self.read::<File>(file, shown, self.purpose.limit())
    }

    /// Reads a text to its end, which may be later than its size said.
    fn read<R: Read>(&mut self, input: R, shown: &str, limit: u64) -> Result<(), InputError> {
        let mut bytes = Vec::new();
        input
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|cause| InputError::Read {
                path: shown.to_owned(),
                cause,
            })?;
        let len = bytes.len() as u64;
        if len > limit {
            return Err(self.too_large(shown));
        }
        if bytes.is_empty() {
            return Err(InputError::EmptyFile {
                path: shown.to_owned(),
            });
        }
        if self.purpose == Purpose::Snapshot && bytes.starts_with(&PACKED) {
            bytes = unpacked(&bytes, shown)?;
        }
        self.bytes += len;
        if self.purpose != Purpose::Snapshot && self.bytes > MAX_MANIFEST_BYTES_TOGETHER {
            return Err(InputError::TooLargeTogether {
                path: shown.to_owned(),
                limit: MAX_MANIFEST_BYTES_TOGETHER >> 20,
            });
        }
        let text = Text::from_bytes(shown, bytes)?;
        self.sources.push(Source {
            name: shown.to_owned(),
            text,
        });
        Ok(())
    }

    fn too_large(&self, shown: &str) -> InputError {
        InputError::TooLarge {
            path: shown.to_owned(),
            limit: self.purpose.limit() >> 20,
            purpose: self.purpose.name(),
        }
    }
}

/// Whether a file is packed. It is read from its beginning afterwards.
fn begins_packed(file: &mut File) -> io::Result<bool> {
    let mut first = [0; PACKED.len()];
    let read = file.read_exact(&mut first);
    file.rewind()?;
    Ok(read.is_ok() && first == PACKED)
}

/// What was packed with gzip, in one part or several.
fn unpacked(packed: &[u8], shown: &str) -> Result<Vec<u8>, InputError> {
    unpacked_to(packed, shown, MAX_UNPACKED_BYTES)
}

fn unpacked_to(packed: &[u8], shown: &str, limit: u64) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(packed)
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| InputError::Packed {
            path: shown.to_owned(),
            cause,
        })?;
    match bytes.len() as u64 > limit {
        true => Err(InputError::UnpacksTooLarge {
            path: shown.to_owned(),
            limit: limit >> 20,
        }),
        false => Ok(bytes),
    }
}

/// Opens a folder by its path. The only place of this module that uses the authority of the whole process: the path
/// comes from the user's command line, and all else is opened relative to what this gives.
fn folder(path: &Path) -> io::Result<Dir> {
    Dir::open_ambient_dir(path, ambient_authority())
}

fn cannot_open(shown: &str, root: &str, cause: io::Error) -> InputError {
    // This is how cap-std says that a path leads out; the operating system's own refusals carry a number.
    let leaves = cause.kind() == io::ErrorKind::PermissionDenied && cause.raw_os_error().is_none();
    let path = shown.to_owned();
    match leaves {
        true => InputError::LeavesFolder {
            path,
            folder: root.to_owned(),
        },
        false => InputError::Open { path, cause },
    }
}

/// A path as it is shown; what is not Unicode in it becomes a replacement character.
fn show(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
