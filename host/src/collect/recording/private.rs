//! A file that nobody else may read, and that is gone unless it is finished.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files that are not finished, for whoever ends the process without the values that would remove them.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(vec![]);

/// Removes the files that are not finished.
pub(super) fn abandon() {
    for path in unfinished().drain(..) {
        // Nothing can be done about a file that cannot be removed, and nothing depends on it.
        let _ = fs::remove_file(path);
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new file beside another one.
#[derive(Debug)]
pub(super) struct PrivateFile {
    file: File,
    /// None once it has its name, or needs none any more.
    path: Option<PathBuf>,
}

impl PrivateFile {
    /// A new file in the folder of `beside`.
    pub(super) fn create(beside: &Path, ending: &str) -> io::Result<PrivateFile> {
        let Some(name) = beside.file_name() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is not the name of a file",
            ));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{ending}", std::process::id()));
        let path = beside.with_file_name(hidden);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        unfinished().push(path.clone());
        Ok(PrivateFile {
            file,
            path: Some(path),
        })
    }

    /// Takes its name away, so that it goes with the process whatever happens. Where the system does not allow that, it
    /// goes when this value does.
    pub(super) fn unlink(&mut self) {
        if let Some(path) = self.path.take() {
            match fs::remove_file(&path) {
                Ok(()) => unfinished().retain(|unfinished| *unfinished != path),
                Err(_) => self.path = Some(path),
            }
        }
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Gives it its name, when everything is on the disk. Without `force`, a file of that name stays.
    pub(super) fn persist(mut self, to: &Path, force: bool) -> io::Result<()> {
        self.file.sync_all()?;
        let Some(path) = self.path.take() else {
            return Err(io::Error::other("the file is gone"));
        };
        let named = match force {
            true => fs::rename(&path, to),
            // A link is made only where nothing is, in one step; not every file system knows them.
            false => match fs::hard_link(&path, to) {
                Ok(()) => fs::remove_file(&path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
                Err(_) if to.symlink_metadata().is_ok() => {
                    Err(io::Error::from(io::ErrorKind::AlreadyExists))
                }
                Err(_) => fs::rename(&path, to),
            },
        };
        match named {
            Ok(()) => unfinished().retain(|unfinished| *unfinished != path),
            Err(_) => self.path = Some(path),
        }
        named
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            unfinished().retain(|unfinished| *unfinished != path);
            let _ = fs::remove_file(path);
        }
    }
}
