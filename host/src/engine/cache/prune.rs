//! What leaves the cache: entries that nobody has used for long, and the ones unused the longest where there are too many.
//!
//! Every new version of a policy or of asogate leaves its entries behind, so this is done whenever one is added. Entries of
//! other versions are not treated in another way: two of them may be in use side by side.
//!
//! Other processes may read, write and prune at the same time. An open entry stays readable when it is removed, an entry
//! that is gone is compiled again, and what somebody else has removed already is removed. Only what carries the names of
//! entries is touched, since a user may name any folder as the cache.

use cap_std::fs::{Dir, DirEntry};
use std::io;
use std::time::{Duration, SystemTime};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Entries, of all versions together.
    pub(super) entries: usize,
    /// Bytes of all entries together.
    pub(super) bytes: u64,
    /// How long an entry is kept that nobody uses.
    pub(super) unused: Duration,
}

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How exactly it is known when an entry was used last. Writing that down at every use would cost every run.
pub(super) const USE_IS_NOTED: Duration = HOUR.saturating_mul(24);

/// How long a file may be half written. Who wrote one that is older is not running any more.
const WRITING: Duration = HOUR;

impl Bounds {
    /// What a user's cache may hold: the built-ins of some dozen versions, at 1 MiB a policy, or a few versions of policies
    /// in Python, at 32 MiB.
    pub(super) const OF_A_USER: Bounds = Bounds {
        entries: 512,
        bytes: 256 << 20,
        unused: HOUR.saturating_mul(24 * 30),
    };
}

/// A file of the cache.
struct Entry {
    shelf: usize,
    name: String,
    unused: Duration,
    bytes: u64,
}

/// Removes what is out of bounds. `now` is the time of day.
pub(super) fn prune(root: &Dir, bounds: &Bounds, now: SystemTime) -> io::Result<()> {
    let names = names(root, is_shelf)?;
    let shelves: Vec<(String, Dir)> = names
        .into_iter()
        // A link would be followed; but what a shelf's name belongs to is a folder.
        .filter(|(_, entry)| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|(name, entry)| Some((name, entry.open_dir().ok()?)))
        .collect();
    let mut entries = Vec::new();
    for (number, (_, shelf)) in shelves.iter().enumerate() {
        let Ok(names) = names_of_entries(shelf) else {
            continue;
        };
        entries.extend(names.into_iter().filter_map(|(name, entry)| {
            let metadata = entry.metadata().ok()?;
            let used = metadata.modified().ok()?.into_std();
            metadata.is_file().then(|| Entry {
                shelf: number,
                name,
                // A clock that was set back makes entries of the future; they are as good as new.
                unused: now.duration_since(used).unwrap_or_default(),
                bytes: metadata.len(),
            })
        }));
    }
    entries.sort_by(|one, other| {
        one.unused
            .cmp(&other.unused)
            .then(one.name.cmp(&other.name))
    });

    let (mut count, mut bytes) = (0, 0);
    for entry in &entries {
        let half_written = entry.name.starts_with('.');
        let (count_with, bytes_with) = (count + 1, bytes + entry.bytes);
        let kept = match half_written {
            true => entry.unused <= WRITING,
            false => {
                entry.unused <= bounds.unused
                    && count_with <= bounds.entries
                    && bytes_with <= bounds.bytes
            }
        };
        if kept {
            (count, bytes) = (count_with, bytes_with);
        } else if let Some((_, shelf)) = shelves.get(entry.shelf) {
            let _ = shelf.remove_file(&entry.name);
        }
    }
    for (name, _) in &shelves {
        // The system refuses to remove a folder that holds something.
        let _ = root.remove_dir(name);
    }
    Ok(())
}

fn names_of_entries(shelf: &Dir) -> io::Result<Vec<(String, DirEntry)>> {
    names(shelf, is_entry)
}

fn names(folder: &Dir, fits: fn(&str) -> bool) -> io::Result<Vec<(String, DirEntry)>> {
    let mut names = Vec::new();
    for entry in folder.entries()? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && fits(&name)
        {
            names.push((name, entry));
        }
    }
    Ok(names)
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(is_digit)
}

/// As [`Cache::shelf`](super::Cache) names them.
fn is_shelf(name: &str) -> bool {
    is_hex(name, 16)
}

/// As entries are named, and while they are written: `.NAME.PROCESS.NUMBER`.
fn is_entry(name: &str) -> bool {
    let whole = name.strip_prefix('.').unwrap_or(name);
    let Some((digest, rest)) = whole.split_once(".cwasm") else {
        return false;
    };
    let writer = |rest: &str| {
        let parts: Vec<&str> = rest.split('.').collect();
        let is_number =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        matches!(parts.as_slice(), ["", process, number] if is_number(process) && is_number(number))
    };
    is_hex(digest, 64)
        && match name.starts_with('.') {
            true => writer(rest),
            false => rest.is_empty(),
        }
}

#[cfg(test)]
mod tests;
