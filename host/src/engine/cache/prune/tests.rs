//! Claims about what leaves the cache.

use super::*;
use cap_std::ambient_authority;
use std::collections::BTreeSet;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Room for all that the tests write.
const WIDE: Bounds = Bounds {
    entries: 100,
    bytes: 1 << 20,
    unused: Duration::from_secs(30 * 24 * 60 * 60),
};

struct Folder {
    path: tempfile::TempDir,
    now: SystemTime,
}

/// The name of an entry.
fn entry(number: u8) -> String {
    format!("{number:064x}.cwasm")
}

const SHELF: &str = "0123456789abcdef";

impl Folder {
    fn new() -> Folder {
        Folder {
            path: tempfile::tempdir().unwrap(),
            now: SystemTime::now(),
        }
    }

    /// With a file of 10 bytes that was used so long ago.
    fn with(self, shelf: &str, name: &str, unused: Duration) -> Folder {
        let folder = self.path.path().join(shelf);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), "0123456789").unwrap();
        let file = std::fs::File::options().write(true).open(folder.join(name));
        file.unwrap().set_modified(self.now - unused).unwrap();
        self
    }

    /// What is left, as `shelf/name`, and empty shelves.
    fn pruned(&self, bounds: &Bounds) -> BTreeSet<String> {
        let root = Dir::open_ambient_dir(self.path.path(), ambient_authority()).unwrap();
        prune(&root, bounds, self.now).unwrap();
        let mut left = BTreeSet::new();
        for shelf in std::fs::read_dir(self.path.path()).unwrap() {
            let shelf = shelf.unwrap();
            let name = shelf.file_name().into_string().unwrap();
            let files: Vec<_> = std::fs::read_dir(shelf.path()).unwrap().collect();
            if files.is_empty() {
                left.insert(name.clone());
            }
            for file in files {
                let file = file.unwrap().file_name().into_string().unwrap();
                left.insert(format!("{name}/{file}"));
            }
        }
        left
    }
}

fn names(left: &[(&str, String)]) -> BTreeSet<String> {
    left.iter()
        .map(|(shelf, name)| format!("{shelf}/{name}"))
        .collect()
}

#[test]
fn entries_that_nobody_used_for_long_go_and_empty_shelves_with_them() {
    let other = "fedcba9876543210";
    let folder = Folder::new()
        .with(SHELF, &entry(1), DAY * 29)
        .with(SHELF, &entry(2), DAY * 31)
        .with(other, &entry(3), DAY * 31);
    assert_eq!(folder.pruned(&WIDE), names(&[(SHELF, entry(1))]));
}

#[test]
fn of_too_many_entries_those_go_that_were_unused_the_longest_whatever_their_version() {
    let other = "fedcba9876543210";
    let folder = Folder::new()
        .with(SHELF, &entry(1), DAY)
        .with(SHELF, &entry(2), DAY * 3)
        .with(other, &entry(3), DAY * 2);
    let two = Bounds { entries: 2, ..WIDE };
    assert_eq!(
        folder.pruned(&two),
        names(&[(SHELF, entry(1)), (other, entry(3))])
    );
}

#[test]
fn of_too_many_bytes_those_go_that_were_unused_the_longest() {
    let folder = Folder::new()
        .with(SHELF, &entry(1), DAY * 2)
        .with(SHELF, &entry(2), DAY);
    let small = Bounds { bytes: 19, ..WIDE };
    assert_eq!(folder.pruned(&small), names(&[(SHELF, entry(2))]));
}

#[test]
fn an_entry_of_the_future_is_as_good_as_new() {
    let folder = Folder::new().with(SHELF, &entry(1), DAY);
    let tomorrow = std::fs::File::options()
        .write(true)
        .open(folder.path.path().join(SHELF).join(entry(1)));
    tomorrow.unwrap().set_modified(folder.now + DAY).unwrap();
    assert_eq!(folder.pruned(&WIDE), names(&[(SHELF, entry(1))]));
}

#[test]
fn half_written_entries_go_when_nobody_can_be_writing_them_any_more() {
    let half = |process: u8| format!(".{}.{process}.0", entry(1));
    let folder = Folder::new()
        .with(SHELF, &half(1), HOUR * 2)
        .with(SHELF, &half(2), HOUR / 2);
    assert_eq!(folder.pruned(&WIDE), names(&[(SHELF, half(2))]));
}

/// A user may take any folder for the cache.
#[test]
fn what_is_no_entry_is_never_touched() {
    let kept = [
        (SHELF, "notes.txt".to_owned()),
        (SHELF, ".profile".to_owned()),
        (SHELF, format!("{}.bak", entry(1))),
        (SHELF, format!(".{}", entry(1))),
        (SHELF, format!(".{}.1.x", entry(1))),
        (SHELF, "ABCD.cwasm".to_owned()),
        ("photos", entry(1)),
    ];
    let folder = kept.iter().fold(Folder::new(), |folder, (shelf, name)| {
        folder.with(shelf, name, DAY * 1000)
    });
    assert_eq!(folder.pruned(&WIDE), names(&kept));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let elsewhere = Folder::new().with(SHELF, &entry(1), DAY * 1000);
    let target = elsewhere.path.path().join(SHELF);
    let folder = Folder::new();
    std::os::unix::fs::symlink(&target, folder.path.path().join(SHELF)).unwrap();
    folder.pruned(&WIDE);
    assert!(target.join(entry(1)).exists());
}

#[test]
fn processes_may_prune_while_others_do() {
    let folder = (0..100).fold(Folder::new(), |folder, number| {
        folder.with(SHELF, &entry(number), DAY * u32::from(number))
    });
    let ten = Bounds {
        entries: 10,
        ..WIDE
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let root = Dir::open_ambient_dir(folder.path.path(), ambient_authority()).unwrap();
                prune(&root, &ten, folder.now).unwrap();
            });
        }
    });
    let newest: Vec<_> = (0..10).map(|number| (SHELF, entry(number))).collect();
    assert_eq!(folder.pruned(&ten), names(&newest));
}
