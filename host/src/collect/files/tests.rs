//! Files, folders and links as people and attackers leave them; every test has a folder of its own.

use super::*;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own for one test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("asogate-files-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(names: &[PathBuf], recursive: bool) -> Result<Vec<Source>, InputError> {
    open(
        names,
        Purpose::Manifests,
        recursive,
        &mut "from: stdin".as_bytes(),
    )
}

fn error(path: &Path, recursive: bool) -> InputError {
    match read(&[path.to_owned()], recursive) {
        Err(error) => error,
        Ok(sources) => panic!("{} is read as {sources:?}", path.display()),
    }
}

#[test]
fn files_of_a_folder_are_read_in_the_order_of_their_names() {
    let folder = Folder::new();
    for name in [
        "b.yaml",
        "a.json",
        "c.yml",
        "README.md",
        "x.yaml.bak",
        "sub/d.yaml",
        "sub/deep/e.yaml",
    ] {
        folder.write(name, name);
    }
    let texts = |recursive| -> Vec<String> {
        let sources = read(std::slice::from_ref(&folder.0), recursive).unwrap();
        assert_eq!(sources[0].name, folder.0.join("a.json").to_str().unwrap());
        sources
            .iter()
            .map(|source| source.text.to_string())
            .collect()
    };
    assert_eq!(texts(false), ["a.json", "b.yaml", "c.yml"]);
    assert_eq!(
        texts(true),
        ["a.json", "b.yaml", "c.yml", "sub/d.yaml", "sub/deep/e.yaml"]
    );
}

#[test]
fn a_named_file_may_have_any_ending_and_several_are_read_in_their_order() {
    let folder = Folder::new();
    let (second, first) = (folder.write("b.txt", "b"), folder.write("a", "a"));
    let sources = read(&[second.clone(), "-".into(), first], false).unwrap();
    let texts: Vec<&str> = sources.iter().map(|source| &*source.text).collect();
    assert_eq!(texts, ["b", "from: stdin", "a"]);
    assert_eq!(sources[1].name, "standard input");
    assert_eq!(sources[0].name, second.to_str().unwrap());
}

#[test]
fn what_is_not_there_is_an_error_that_says_so() {
    let folder = Folder::new();
    let empty = folder.write("empty.yaml", "");
    assert!(matches!(error(&empty, false), InputError::EmptyFile { .. }));
    assert!(matches!(
        error(&folder.0.join("none.yaml"), false),
        InputError::Open { .. }
    ));
    assert!(matches!(
        error(&folder.0.join("none/x.yaml"), false),
        InputError::Open { .. }
    ));
    assert!(matches!(
        error(&empty.join("x"), false),
        InputError::Open { .. }
    ));
    let without = Folder::new();
    assert!(error(&without.0, false).is_nothing());
    without.write("sub/a.yaml", "a");
    without.write("b.txt", "b");
    let message = error(&without.0, false).to_string();
    assert!(message.contains("-R"), "{message}");
    assert!(matches!(
        read(&["-".into(), "-".into()], false),
        Err(InputError::StandardInputTwice)
    ));
    assert!(matches!(read(&[], false), Err(InputError::NothingNamed)));
}

#[test]
fn bytes_that_are_not_utf_8_are_an_error_with_line_and_offset() {
    let folder = Folder::new();
    let latin = folder.write("latin.yaml", b"a: 1\nb: \xE9\n");
    let message = error(&latin, false).to_string();
    assert!(message.contains("line 2 (byte 8)"), "{message}");
    let utf16 = folder.write("utf16.yaml", b"\xFF\xFEa\0:\0");
    assert!(matches!(error(&utf16, false), InputError::Utf16 { .. }));
}

#[test]
fn a_file_over_the_limit_is_refused_without_reading_it() {
    let folder = Folder::new();
    let path = folder.write("big.yaml", "");
    // A sparse file: it takes no room, and reading it would take long.
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    assert!(matches!(
        error(&path, false),
        InputError::TooLarge { limit: 64, .. }
    ));
    let mut endless = std::io::repeat(b'x');
    let found = open(&["-".into()], Purpose::Manifests, false, &mut endless);
    assert!(matches!(found, Err(InputError::TooLarge { .. })));
}

#[test]
fn big_snapshot_files_are_mapped_and_small_ones_copied() {
    let folder = Folder::new();
    let small = folder.write("small.json", "{}");
    let big = folder.write("big.json", " ".repeat(MAP_FROM_BYTES as usize));
    let sources = open(
        &[small, big.clone()],
        Purpose::Snapshot,
        false,
        &mut "".as_bytes(),
    )
    .unwrap();
    assert!(!sources[0].text.is_mapped());
    assert!(sources[1].text.is_mapped());
    assert_eq!(sources[1].text.len() as u64, MAP_FROM_BYTES);
    sources[1].check_unchanged().unwrap();
    fs::OpenOptions::new()
        .append(true)
        .open(&big)
        .unwrap()
        .set_len(MAP_FROM_BYTES + 1)
        .unwrap();
    assert!(matches!(
        sources[1].check_unchanged(),
        Err(InputError::Changed { .. })
    ));
    let latin = folder.write("latin.json", b"\xE9".repeat(MAP_FROM_BYTES as usize));
    let found = open(&[latin], Purpose::Snapshot, false, &mut "".as_bytes());
    assert!(matches!(
        found,
        Err(InputError::NotUtf8 {
            offset: 0,
            line: 1,
            ..
        })
    ));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn links_that_leave_the_named_folder_are_refused() {
        let (folder, other) = (Folder::new(), Folder::new());
        let outside = other.write("outside.yaml", "secret");
        let link = folder.0.join("link.yaml");
        symlink(&outside, &link).unwrap();
        for name in [&folder.0, &link] {
            let found = error(name, false);
            assert!(
                matches!(&found, InputError::LeavesFolder { path, .. } if path.ends_with("link.yaml")),
                "{found}"
            );
            assert!(
                found.to_string().contains("name the file that it leads to"),
                "{found}"
            );
        }
        fs::remove_file(&link).unwrap();
        symlink("../outside.yaml", &link).unwrap();
        assert!(matches!(
            error(&folder.0, false),
            InputError::LeavesFolder { .. }
        ));
        // The folder itself may be named through a link, and a link may stay inside.
        fs::remove_file(&link).unwrap();
        folder.write("real.yaml", "real");
        symlink("real.yaml", &link).unwrap();
        let alias = other.0.join("alias");
        symlink(&folder.0, &alias).unwrap();
        assert_eq!(read(&[alias], false).unwrap().len(), 2);
    }

    #[test]
    fn links_to_folders_are_refused_where_folders_are_read() {
        let folder = Folder::new();
        folder.write("a.yaml", "a");
        symlink(".", folder.0.join("circle")).unwrap();
        assert!(matches!(
            error(&folder.0, true),
            InputError::LinkedFolder { .. }
        ));
        assert_eq!(
            read(std::slice::from_ref(&folder.0), false).unwrap().len(),
            1
        );
    }

    #[test]
    fn special_files_are_refused() {
        let folder = Folder::new();
        let socket = folder.0.join("socket.yaml");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(matches!(
            error(&socket, false),
            InputError::NotRegular { .. }
        ));
        assert!(matches!(
            error(&folder.0, false),
            InputError::NotRegular { .. }
        ));
        assert!(matches!(
            error(Path::new("/dev/zero"), false),
            InputError::NotRegular { .. }
        ));
        let pipe = folder.0.join("pipe");
        if std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .is_ok_and(|status| status.success())
        {
            assert!(matches!(error(&pipe, false), InputError::NotRegular { .. }));
        }
    }

    #[test]
    fn names_that_are_not_unicode_are_shown_with_replacement_characters() {
        let folder = Folder::new();
        let name = OsString::from_vec(b"caf\xE9.yaml".to_vec());
        let path = folder.0.join(&name);
        if fs::write(&path, "a: 1").is_err() {
            return;
        }
        let sources = read(std::slice::from_ref(&folder.0), false).unwrap();
        assert!(sources[0].name.ends_with("caf\u{FFFD}.yaml"));
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

fn recorded(path: &Path) -> Result<Vec<Source>, InputError> {
    let standard_input = &mut "".as_bytes();
    open(&[path.to_owned()], Purpose::Snapshot, false, standard_input)
}

#[test]
fn packed_snapshots_are_unpacked_by_what_they_are_and_manifests_are_not() {
    let folder = Folder::new();
    let named = folder.write("a.json.gz", packed(b"{\"a\": 1}"));
    let other = folder.write("b.json", packed(b"{\"b\": 1}"));
    assert_eq!(&*recorded(&named).unwrap()[0].text, "{\"a\": 1}");
    assert_eq!(&*recorded(&other).unwrap()[0].text, "{\"b\": 1}");
    assert_eq!(recorded(&folder.0).unwrap().len(), 2);
    assert!(matches!(error(&named, false), InputError::NotUtf8 { .. }));
    let input = packed(b"{}");
    let piped = open(&["-".into()], Purpose::Snapshot, false, &mut &*input).unwrap();
    assert_eq!(&*piped[0].text, "{}");
}

#[test]
fn packed_snapshots_that_are_cut_off_or_damaged_are_refused() {
    let folder = Folder::new();
    let whole = packed(&b"{\"a\": 1}".repeat(100));
    for length in [2, 10, whole.len() / 2, whole.len() - 1] {
        let path = folder.write("cut.json.gz", &whole[..length]);
        let error = recorded(&path).unwrap_err();
        assert!(
            matches!(error, InputError::Packed { .. }),
            "{length}: {error}"
        );
    }
    let mut damaged = whole;
    let at = damaged.len() - 6;
    damaged[at] ^= 1;
    let path = folder.write("damaged.json.gz", damaged);
    let error = recorded(&path).unwrap_err().to_string();
    assert!(error.contains("take the snapshot again"), "{error}");
}

#[test]
fn a_small_file_that_unpacks_to_an_endless_one_is_refused() {
    let bomb = packed(&vec![b' '; 4 << 20]);
    assert!(bomb.len() < 8 << 10, "{}", bomb.len());
    let error = unpacked_to(&bomb, "bomb.json.gz", 1 << 20).unwrap_err();
    assert!(
        matches!(error, InputError::UnpacksTooLarge { limit: 1, .. }),
        "{error}"
    );
    // The parts of a file count together.
    let parts = packed(&vec![b' '; 600 << 10]).repeat(2);
    unpacked_to(&parts, "parts.json.gz", 1 << 20).unwrap_err();
    assert_eq!(
        unpacked_to(&parts, "parts.json.gz", 2 << 20).unwrap().len(),
        1200 << 10
    );
}
