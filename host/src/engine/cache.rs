//! Compiled policies on disk, so that a policy is compiled once per machine and not once per run.
//!
//! What stands here is native code that this process will run, so the question is who could have written it. The answer is
//! the directory: it and every entry must belong to the user of this process, must not be writable for anybody else, and are
//! checked on the open handle, so that nothing can be swapped in between. Who can write there can also replace the program
//! itself. The digest in front of each entry is not a defence; it finds entries that were cut short or have rotted.
//!
//! Entries are found by the digest of the component, below a directory for the exact compiler and configuration; both
//! are also checked by wasmtime. They are written beside their place and renamed into it, so that processes which run at
//! the same time see whole entries. Nothing here is needed: an entry that cannot be read or written costs a compilation.

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, File, Metadata, OpenOptions};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

/// First bytes of an entry: what it is, and in which form.
const MAGIC: [u8; 8] = *b"asogate1";

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
        let mut file = self.shelf(engine).ok()?.open(entry(sha256)).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > ENTRY_BYTES || check_owner(&metadata).is_err() {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
        (&mut file).take(ENTRY_BYTES).read_to_end(&mut bytes).ok()?;
        let code = unseal(&bytes)?;
        #[expect(
            unsafe_code,
            reason = "the entry is whole, in a directory and a file that only this user can write (checked on the open handles), \
                      where only `keep` writes; wasmtime checks version and configuration"
        )]
        let component = unsafe { Component::deserialize(engine, code) };
        component.ok()
    }

    /// Keeps a compiled component. That this may fail is part of the bargain: the next run compiles again.
    pub(super) fn keep(&self, engine: &Engine, sha256: &str, component: &Component) {
        if let (Ok(shelf), Ok(code)) = (self.shelf(engine), component.serialize()) {
            let _ = write(&shelf, &entry(sha256), &code);
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
            file.write_all(&MAGIC)?;
            file.write_all(&Sha256::digest(code))?;
            file.write_all(code)
        });
    let placed = written.and_then(|()| shelf.rename(&beside, shelf, name));
    if placed.is_err() {
        let _ = shelf.remove_file(&beside);
    }
    placed
}

/// The code in an entry, if the entry is what was once written.
fn unseal(entry: &[u8]) -> Option<&[u8]> {
    let (digest, code) = entry.strip_prefix(&MAGIC)?.split_at_checked(32)?;
    (Sha256::digest(code).as_slice() == digest).then_some(code)
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
    fn an_entry_that_was_cut_or_changed_is_not_used() {
        let code = b"native code";
        let mut entry = MAGIC.to_vec();
        entry.extend(Sha256::digest(code));
        entry.extend(code);
        assert_eq!(unseal(&entry), Some(&code[..]));
        assert_eq!(unseal(&entry[..entry.len() - 1]), None);
        assert_eq!(unseal(&entry[..20]), None);
        assert_eq!(unseal(b""), None);
        let last = entry.len() - 1;
        entry[last] ^= 1;
        assert_eq!(unseal(&entry), None);
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
