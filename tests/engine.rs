//! What crosses the border of a sandbox, what is declared, and what is kept between runs (`engine/cache.rs`).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "engine/cache.rs"]
mod cache;
mod guests;

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
