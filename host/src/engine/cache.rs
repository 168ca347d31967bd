//! Compiled policies on disk, so that a policy is compiled once per machine and not once per run.
//!
//! What stands here is native code that this process will run, so the question is who could have written it. The answer is
//! the directory: it and every entry must belong to the user of this process, must not be writable for anybody else, and are
//! checked on the open handle, so that nothing can be swapped in between. Who can write there can also replace the program
//! itself. The checksum at the end of each entry is not a defence; it finds entries that were cut short or have rotted.
//!
//! Entries are found by the digest of the component, below a directory for the exact compiler and configuration; both
//! are also checked by wasmtime. They are written beside their place and renamed into it, so that processes which run at
//! the same time see whole entries. Nothing here is needed: an entry that cannot be read or written costs a compilation.
//! What was not used for long, or is too much, is removed when an entry is added (`prune`).

mod prune;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, File, Metadata, OpenOptions};
use flate2::Crc;
use prune::{Bounds, USE_IS_NOTED, prune};
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Last bytes of an entry: what it is, and in which form. They follow the code and its checksum, so that the file can be
/// mapped as it is: a run touches a small part of the code that it loads.
const MAGIC: [u8; 8] = *b"asogate2";

/// Checksum and [`MAGIC`].
const END_BYTES: usize = 12;

/// Longest entry that is read. Compiled code has about three times the size of its component.
const ENTRY_BYTES: u64 = 8 * super::limits::COMPONENT_BYTES as u64;

/// A directory of compiled policies that only the user of this process can write to.
#[derive(Debug)]
pub struct Cache {
    root: Dir,
}

/// Why a directory is not used for compiled policies.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It cannot be made or opened.
    #[error("could not open the cache directory `{}`: {error}", .path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Somebody else could put code there.
    #[error(
        "could not trust the cache directory `{}`: {why}; compiled policies are native code, so it must be a directory of your own with mode 0700",
        .path.display()
    )]
    Untrusted {
        /// The directory.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Cache {
    /// Where compiled policies stand unless the user says otherwise: `asogate` in `$XDG_CACHE_HOME` (if that is an absolute
    /// path) or `~/.cache`. None without a home.
    pub fn default_path(
        xdg_cache_home: Option<OsString>,
        home: Option<OsString>,
    ) -> Option<PathBuf> {
        let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        xdg_cache_home
            .and_then(absolute)
            .or_else(|| Some(home.and_then(absolute)?.join(".cache")))
            .map(|caches| caches.join("asogate"))
    }

    /// Opens the directory, which is made if it does not exist.
    ///
    /// # Errors
    ///
    /// [`CacheError`]; whoever was not asked for this very directory goes on without a cache.
    pub fn open(path: &Path) -> Result<Cache, CacheError> {
        let unusable = |error| CacheError::Unusable {
            path: path.to_owned(),
            error,
        };
        let untrusted = |why| CacheError::Untrusted {
            path: path.to_owned(),
            why,
        };
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(unusable)?;
        if std::fs::symlink_metadata(path)
            .map_err(unusable)?
            .is_symlink()
        {
            return Err(untrusted("it is a symbolic link".into()));
        }
        let root = Dir::open_ambient_dir(path, ambient_authority()).map_err(unusable)?;
        check_owner(&root.dir_metadata().map_err(unusable)?).map_err(untrusted)?;
        Ok(Cache { root })
    }

    /// The compiled component, if it is here and whole.
    pub(super) fn find(&self, engine: &Engine, sha256: &str) -> Option<Component> {
        let file = self.shelf(engine).ok()?.open(entry(sha256)).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > ENTRY_BYTES || check_owner(&metadata).is_err() {
            return None;
        }
        let file = file.into_std();
        if !is_whole(&file).ok()? {
            return None;
        }
        let component = load(engine, &file)?;
        note_use(&file, &metadata);
        Some(component)
    }

    /// Keeps a compiled component. That this may fail is part of the bargain: the next run compiles again.
    pub(super) fn keep(&self, engine: &Engine, sha256: &str, component: &Component) {
        if let (Ok(shelf), Ok(code)) = (self.shelf(engine), component.serialize()) {
            let _ = write(&shelf, &entry(sha256), &code);
            let _ = prune(&self.root, &Bounds::OF_A_USER, SystemTime::now());
        }
    }

    /// The directory of entries for this exact compiler and configuration.
    fn shelf(&self, engine: &Engine) -> io::Result<Dir> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let name = format!("{:016x}", hasher.finish());
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        cap_std::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match self.root.create_dir_with(&name, &builder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let shelf = self.root.open_dir(&name)?;
        check_owner(&shelf.dir_metadata()?).map_err(io::Error::other)?;
        Ok(shelf)
    }
}

/// The component of an entry that is whole. Where that is possible the file is mapped, else it is read: the folder may not
/// allow that code in it is run.
fn load(engine: &Engine, mut file: &std::fs::File) -> Option<Component> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        let this = format!("/proc/self/fd/{}", file.as_raw_fd());
        #[expect(
            unsafe_code,
            reason = "the entry is whole, in a directory and a file that only this user can write (checked on this open handle), \
                      where only `keep` writes, never into a file that is there; wasmtime checks version and configuration"
        )]
        let component = unsafe { Component::deserialize_file(engine, this) };
        if let Ok(component) = component {
            return Some(component);
        }
    }
    let mut code = Vec::new();
    file.rewind().ok()?;
    file.take(ENTRY_BYTES).read_to_end(&mut code).ok()?;
    #[expect(
        unsafe_code,
        reason = "as above; the handle is the one that was checked"
    )]
    let component = unsafe { Component::deserialize(engine, &code) };
    component.ok()
}

/// Writes down that an entry was used today.
fn note_use(file: &std::fs::File, metadata: &Metadata) {
    let now = SystemTime::now();
    let noted = metadata.modified().map(cap_std::time::SystemTime::into_std);
    let is_old = |noted| {
        now.duration_since(noted)
            .is_ok_and(|age| age > USE_IS_NOTED)
    };
    if noted.is_ok_and(is_old) {
        // Without it the entry may go earlier than it should, which costs a compilation.
        let _ = file.set_modified(now);
    }
}

fn entry(sha256: &str) -> String {
    format!("{sha256}.cwasm")
}

fn write(shelf: &Dir, name: &str, code: &[u8]) -> io::Result<()> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let beside = format!(
        ".{name}.{}.{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = shelf
        .open_with(&beside, &options)
        .and_then(|mut file: File| {
            file.write_all(code)?;
            file.write_all(&checksum(code).to_le_bytes())?;
            file.write_all(&MAGIC)
        });
    let placed = written.and_then(|()| shelf.rename(&beside, shelf, name));
    if placed.is_err() {
        let _ = shelf.remove_file(&beside);
    }
    placed
}

fn checksum(code: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(code);
    crc.sum()
}

/// Whether an entry is what was once written.
fn is_whole(mut entry: impl Read) -> io::Result<bool> {
    let mut crc = Crc::new();
    let mut buffer = vec![0; 128 << 10];
    // What was read last, of which the end is no code.
    let mut held = 0;
    loop {
        let read = match buffer.get_mut(held..) {
            Some(free) => entry.read(free)?,
            None => 0,
        };
        let filled = buffer.get(..held + read).unwrap_or_default();
        let (code, end) = filled.split_at(filled.len().saturating_sub(END_BYTES));
        if read == 0 {
            let whole = [&crc.sum().to_le_bytes(), &MAGIC[..]].concat();
            return Ok(end == whole);
        }
        crc.update(code);
        let code = code.len();
        held = end.len();
        buffer.copy_within(code..code + held, 0);
    }
}

#[cfg(unix)]
fn check_owner(metadata: &Metadata) -> Result<(), String> {
    use cap_std::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        return Err(format!(
            "it belongs to user {}, and this process to user {user}",
            metadata.uid()
        ));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(format!(
            "others can write to it (mode {:04o})",
            metadata.mode() & 0o7777
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_metadata: &Metadata) -> Result<(), String> {
    Err("this system does not tell who can write to it".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_was_cut_or_changed_is_not_whole() {
        let whole = |entry: &[u8]| is_whole(entry).unwrap();
        for length in [0, 11, 1000, 128 << 10, 300_000] {
            let code: Vec<u8> = (0..length).map(|number| number as u8).collect();
            let crc = checksum(&code).to_le_bytes();
            let mut entry = [&code, &crc[..], &MAGIC].concat();
            assert!(whole(&entry));
            assert!(!whole(&entry[..entry.len() - 1]));
            assert!(!whole(&entry[..entry.len() / 2]));
            assert!(!whole(&[&entry[..], b"x"].concat()));
            for at in [0, length / 2, length, entry.len() - 1] {
                entry[at] ^= 1;
                assert!(!whole(&entry), "{length} {at}");
                entry[at] ^= 1;
            }
        }
        assert!(!whole(b""));
        // What a file system may leave of a file when the power goes.
        assert!(!whole(&[0; 4096]));
    }

    #[test]
    fn the_cache_stands_where_the_system_keeps_caches() {
        let path = |xdg: &str, home: &str| Cache::default_path(Some(xdg.into()), Some(home.into()));
        assert_eq!(path("/x", "/home/me"), Some("/x/asogate".into()));
        assert_eq!(
            path("relative", "/home/me"),
            Some("/home/me/.cache/asogate".into())
        );
        assert_eq!(path("", "/home/me"), Some("/home/me/.cache/asogate".into()));
        assert_eq!(Cache::default_path(None, None), None);
    }
}
