//! What is kept between runs: compiled policies, in a folder that is the user's alone.

use super::{guest, guests};
use asogate::engine::cache::{Cache, CacheError};
use asogate::engine::{Engine, Policy};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A folder of one test, which is removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("asogate-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }

    /// The entries of the cache in this folder.
    fn entries(&self) -> Vec<PathBuf> {
        let list = |folder: &PathBuf| -> Vec<PathBuf> {
            std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect()
        };
        list(&self.0.join("cache")).iter().flat_map(list).collect()
    }

    fn load(&self) -> Policy {
        let cache = Cache::open(&self.0.join("cache")).unwrap();
        Policy::load(&Engine::new(Some(cache)).unwrap(), "good", &guests::good()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_compiled_policy_is_kept_and_used_by_the_next_engine() {
    let folder = Folder::new("kept");
    folder.load();
    let [entry] = folder.entries().try_into().unwrap();
    let written = std::fs::metadata(&entry).unwrap().modified().unwrap();
    assert_eq!(folder.load().id(), "hostile");
    assert_eq!(folder.entries(), std::slice::from_ref(&entry));
    assert_eq!(
        std::fs::metadata(&entry).unwrap().modified().unwrap(),
        written
    );
}

#[test]
fn a_damaged_entry_is_compiled_again() {
    let folder = Folder::new("damaged");
    folder.load();
    let [entry] = folder.entries().try_into().unwrap();
    let whole = std::fs::read(&entry).unwrap();
    let mut flipped = whole.clone();
    let last = flipped.len() - 100;
    flipped[last] ^= 1;
    for damaged in [&whole[..whole.len() / 2], b"", &flipped] {
        std::fs::write(&entry, damaged).unwrap();
        assert_eq!(folder.load().id(), "hostile");
        assert_eq!(std::fs::read(&entry).unwrap(), whole);
    }
}

/// Sets the time at which a file was used last.
fn unused_for(path: &Path, days: u64) {
    let used = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(used).unwrap();
}

#[test]
fn an_entry_that_is_used_is_kept_and_one_that_nobody_uses_goes_when_another_is_added() {
    let folder = Folder::new("unused");
    folder.load();
    let [used] = folder.entries().try_into().unwrap();
    // Of a version of asogate that is gone.
    let shelf = folder.0.join("cache/0123456789abcdef");
    std::fs::create_dir(&shelf).unwrap();
    let unused = shelf.join(used.file_name().unwrap());
    std::fs::copy(&used, &unused).unwrap();
    unused_for(&used, 29);
    unused_for(&unused, 31);

    folder.load();
    assert_eq!(folder.entries().len(), 2, "nothing was added");
    let age = std::fs::metadata(&used)
        .unwrap()
        .modified()
        .unwrap()
        .elapsed();
    assert!(age.unwrap_or_default() < Duration::from_secs(60 * 60));

    let cache = Cache::open(&folder.0.join("cache")).unwrap();
    let other = guest("reflecting.wat");
    Policy::load(&Engine::new(Some(cache)).unwrap(), "other", &other).unwrap();
    assert!(used.exists() && !shelf.exists());
    assert_eq!(folder.entries().len(), 2);
}

#[test]
fn processes_that_compile_at_the_same_time_leave_one_whole_entry() {
    let folder = Folder::new("together");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| folder.load());
        }
    });
    assert_eq!(folder.entries().len(), 1);
    assert_eq!(folder.load().id(), "hostile");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_cache_directory_is_made_for_its_user_alone() {
        let folder = Folder::new("private");
        folder.load();
        let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.0.join("cache")), 0o700);
        assert_eq!(mode(&folder.entries()[0]), 0o600);
    }

    #[test]
    fn a_cache_directory_that_others_can_write_to_is_refused() {
        let folder = Folder::new("shared");
        let path = folder.0.join("cache");
        std::fs::create_dir(&path).unwrap();
        for mode in [0o770, 0o777, 0o1777, 0o702] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = Cache::open(&path).unwrap_err();
            assert!(
                matches!(error, CacheError::Untrusted { .. }),
                "{mode:o}: {error}"
            );
            assert!(
                error.to_string().contains("others can write to it"),
                "{error}"
            );
        }
        set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        assert!(Cache::open(&path).is_ok());
    }

    #[test]
    fn a_cache_directory_behind_a_symbolic_link_is_refused() {
        let folder = Folder::new("link");
        std::fs::create_dir(folder.0.join("elsewhere")).unwrap();
        symlink(folder.0.join("elsewhere"), folder.0.join("cache")).unwrap();
        let error = Cache::open(&folder.0.join("cache")).unwrap_err();
        assert!(
            error.to_string().contains("it is a symbolic link"),
            "{error}"
        );
    }

    #[test]
    fn an_entry_that_others_can_write_to_is_not_run() {
        let folder = Folder::new("entry");
        folder.load();
        let [entry] = folder.entries().try_into().unwrap();
        set_permissions(&entry, Permissions::from_mode(0o666)).unwrap();
        folder.load();
        // It was compiled again and replaced by one of our own.
        assert_eq!(
            std::fs::metadata(&entry).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_cache_directory_of_another_user_is_refused() {
        // Whoever runs the tests as root can make a directory for somebody else; for others, `/` is one.
        let folder = Folder::new("foreign");
        let path = folder.0.join("cache");
        std::fs::create_dir(&path).unwrap();
        let foreign = match std::os::unix::fs::chown(&path, Some(12345), None) {
            Ok(()) => path,
            Err(_) => PathBuf::from("/"),
        };
        let error = Cache::open(&foreign).unwrap_err();
        assert!(error.to_string().contains("it belongs to user"), "{error}");
    }
}
