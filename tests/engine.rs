//! What crosses the border of a sandbox, what is declared, and what is kept between runs.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod guests;

use asogate::engine::cache::{Cache, CacheError};
use asogate::engine::catalogue::{self, BUILT_IN, UserPolicy};
use asogate::engine::{Engine, Policy, ReadsError};
use asogate_core::change::Propagation;
use asogate_core::finding::{Answer, Code, Finding, Level, Moment, Remedy};
use asogate_core::input::{PolicyInput, Strings, Table};
use asogate_core::object::ObjectId;
use asogate_core::plan::Step;
use asogate_core::selector::Selector;
use asogate_core::simulate::{Cause, Effect, Operation};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

fn guest(name: &str) -> Vec<u8> {
    let path = guests::tests().join("guests").join(name);
    guests::component(&std::fs::read_to_string(path).unwrap())
}

fn load(wasm: &[u8]) -> Policy {
    Policy::load(&Engine::new(None).unwrap(), "guest", wasm).unwrap()
}

fn id(number: u32) -> ObjectId {
    ObjectId::from_number(number).unwrap()
}

fn effect(operation: Operation, cause: Cause, object: u32) -> Effect {
    Effect {
        operation,
        cause,
        object: id(object),
        path: vec![],
        requested: None,
        propagation: None,
        finalizers: vec![],
        already_terminating: false,
        unlinked: vec![],
        unread_owners: vec![],
    }
}

#[test]
fn every_field_crosses_the_border_in_both_directions() {
    let policy = load(&guest("reflecting.wat"));
    let changes = [
        Effect {
            propagation: Some(Propagation::Orphan),
            finalizers: vec!["azure.com/finalizer".into()],
            ..effect(Operation::Delete, Cause::Requested, 2)
        },
        Effect {
            path: vec![id(2), id(1)],
            already_terminating: true,
            ..effect(Operation::Update, Cause::GarbageCollected, 3)
        },
        effect(Operation::Create, Cause::Unlinked, 1),
    ];
    let input = PolicyInput {
        step: Some(Step::Cleanup),
        strings: ["media", "größe 🔒", "the last"].into_iter().collect(),
        tables: vec![Table {
            name: "accounts".into(),
            objects: vec![3, 1],
            now: 1,
            changes: vec![2],
            columns: vec![vec![2, 1], vec![1, 3]],
        }],
        parts: vec![[0, 1, 1], [1, 3, 2]],
        changes: &changes,
        objects: 3,
        extra: vec![],
        change_extra: &[],
    };
    let settings = policy.settings(&json!({"limit": 3})).unwrap();
    let Answer::Judged(findings) = policy.evaluate(&input, &settings) else {
        panic!("the policy did not judge");
    };

    let of_change =
        |number: u32, level, object, message: &str, flags: &str, related: &[u32]| Finding {
            code: Code {
                policy: "hostile".into(),
                code: "found".into(),
            },
            level,
            object: Some(id(object)),
            moment: Moment::Change(number),
            column: Some("cleanup".into()),
            message: message.into(),
            why: r#"{"limit":3}"#.into(),
            remedies: vec![
                Remedy::Command("accounts".into()),
                Remedy::Edit(flags.into()),
                Remedy::Advice("the last".into()),
            ],
            related: related.iter().map(|number| id(*number)).collect(),
            follows: vec![],
        };
    let of_row = |object, message: &str, why: &str, related: &[u32]| Finding {
        code: Code {
            policy: "hostile".into(),
            code: "found".into(),
        },
        level: Level::Deny,
        object: Some(id(object)),
        moment: Moment::Standing,
        column: None,
        message: message.into(),
        why: why.into(),
        remedies: vec![],
        related: related.iter().map(|number| id(*number)).collect(),
        follows: vec![],
    };
    let of_part = |message: &str, why: &str| of_row(1, message, why, &[]);
    assert_eq!(
        findings,
        [
            of_change(1, Level::Info, 2, "0", "1210", &[]),
            of_change(2, Level::Warn, 3, "1", "0001", &[2, 1]),
            of_change(3, Level::Deny, 1, "4", "0000", &[]),
            of_row(3, "größe 🔒", "0", &[1]),
            of_row(1, "media", "2", &[3]),
            of_part("media", "01"),
            of_part("the last", "12"),
        ]
    );
}

#[test]
fn a_policy_says_what_it_is_and_what_it_reads() {
    let policy = load(&guests::good());
    assert_eq!((policy.id(), policy.version()), ("hostile", "1.2.3"));
    let code = policy.manifest().code("found").unwrap();
    assert_eq!(code.levels, [Level::Deny, Level::Warn]);
    assert_eq!(code.default_level, Level::Deny);
    let settings = policy.settings(&json!({})).unwrap();
    let selectors = policy.reads(&settings).unwrap();
    let [Selector::Objects(objects)] = selectors.as_slice() else {
        panic!("{selectors:?}")
    };
    assert_eq!(objects.table, "v1");
    assert_eq!(
        objects.kinds.to_string(),
        "every kind of azure.microsoft.com"
    );
    assert_eq!(objects.columns[0].to_string(), "metadata.name");
}

fn empty(step: Option<Step>) -> PolicyInput<'static> {
    PolicyInput {
        step,
        parts: vec![],
        strings: Strings::default(),
        tables: vec![],
        changes: &[],
        objects: 1,
        extra: vec![],
        change_extra: &[],
    }
}

#[test]
fn a_policy_is_not_asked_about_steps_that_it_does_not_declare() {
    let policy = load(&guests::component(
        r#"
(data (i32.const 0x700) "cleanup" "lint")
(data (i32.const 0x710) (i32 0x700 7 0x707 4))
(data (i32.const 0x320) (i32 0x710 2))
"#,
    ));
    let settings = policy.settings(&json!({})).unwrap();
    let judged = |step| matches!(policy.evaluate(&empty(step), &settings), Answer::Judged(_));
    assert!(judged(Some(Step::Cleanup)) && judged(None));
    assert_eq!(
        policy.evaluate(&empty(Some(Step::Adopt)), &settings),
        Answer::NotApplicable
    );
}

#[test]
fn a_policy_that_declines_is_told_from_one_that_broke() {
    let policy = load(&guests::component(
        r#"
(data (i32.const 0x160) "is\nwrong")
(data (i32.const 0x480) (i32 1 0x160 8))
(data (i32.const 0x600) (i32 1 0x160 8))
"#,
    ));
    let settings = policy.settings(&json!({})).unwrap();
    let answer = policy.evaluate(&empty(None), &settings);
    assert_eq!(answer, Answer::Declined("is\\nwrong".into()));
    let Err(error) = policy.reads(&settings) else {
        panic!("the policy reads")
    };
    assert!(matches!(error, ReadsError::Declined { .. }));
    assert_eq!(
        error.to_string(),
        "policy `hostile` cannot work with its settings: is\\nwrong"
    );
}

#[test]
fn built_in_policies_load_under_the_ids_of_their_folders() {
    let engine = Engine::new(None).unwrap();
    for (built_in, loaded) in BUILT_IN.iter().zip(catalogue::load(&engine, BUILT_IN, &[])) {
        let policy = loaded.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(policy.id(), built_in.id);
        assert_eq!(policy.sha256(), built_in.sha256);
        let settings = policy.settings(&json!({})).unwrap();
        policy
            .reads(&settings)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

fn user(name: &str, sha256: Option<&str>) -> UserPolicy {
    UserPolicy {
        name: name.into(),
        wasm: guests::good(),
        sha256: sha256.map(str::to_owned),
    }
}

#[test]
fn a_second_policy_with_the_same_id_is_refused() {
    let engine = Engine::new(None).unwrap();
    let loaded = catalogue::load(&engine, &[], &[user("a.wasm", None), user("b.wasm", None)]);
    assert!(loaded[0].is_ok());
    let error = loaded[1].as_ref().unwrap_err().to_string();
    assert_eq!(
        error,
        "could not load policy `b.wasm`: its id `hostile` is taken by `a.wasm`; give each policy an id of its own, or leave one of them out"
    );
}

#[test]
fn a_policy_that_calls_itself_as_the_findings_of_runbooks_are_called_is_refused() {
    assert!(catalogue::RESERVED.contains(&asogate::runbook::POLICY));
    let mut renamed = user("own.wasm", None);
    let (from, to) = (b"hostile", b"runbook");
    let places: Vec<usize> = renamed
        .wasm
        .windows(from.len())
        .enumerate()
        .filter_map(|(at, window)| (window == from).then_some(at))
        .collect();
    for at in places {
        renamed.wasm[at..at + to.len()].copy_from_slice(to);
    }
    let engine = Engine::new(None).unwrap();
    let loaded = catalogue::load(&engine, &[], &[renamed]);
    let error = loaded[0].as_ref().unwrap_err().to_string();
    assert_eq!(
        error,
        "could not load policy `own.wasm`: its id `runbook` is taken by what asogate finds itself, and waivers and levels could not tell the two apart; give it another id"
    );
}

#[test]
fn a_pinned_policy_with_another_digest_is_refused_with_both_digests() {
    let engine = Engine::new(None).unwrap();
    let found: String = Sha256::digest(guests::good())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let other = "0".repeat(64);
    let pinned = [user("right", Some(&found.to_uppercase()))];
    assert!(catalogue::load(&engine, &[], &pinned)[0].is_ok());
    let loaded = catalogue::load(&engine, &[], &[user("wrong", Some(&other))]);
    let error = loaded[0].as_ref().unwrap_err().to_string();
    assert!(error.contains(&found) && error.contains(&other), "{error}");
}

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
