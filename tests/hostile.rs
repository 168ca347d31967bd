//! Policies that do what they must not: each breaks alone, says why, and leaves the host and other policies unharmed.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod guests;

use asogate::engine::limits::{self, Allowance};
use asogate::engine::{Engine, LoadError, Policy, ReadsError};
use asogate_core::finding::Answer;
use asogate_core::input::{PolicyInput, Strings};
use asogate_core::object::ObjectId;
use asogate_core::plan::Step;
use asogate_core::simulate::{Cause, Effect, Operation};
use serde_json::json;
use std::time::Duration;

/// An input with two objects and one change.
fn with_input<Output>(judge: impl FnOnce(&PolicyInput<'_>) -> Output) -> Output {
    let changes = [Effect {
        operation: Operation::Delete,
        cause: Cause::Requested,
        object: ObjectId::from_index(0),
        path: vec![],
        requested: Some(0),
        propagation: None,
        finalizers: vec![],
        already_terminating: false,
        unlinked: vec![],
        unread_owners: vec![],
    }];
    judge(&PolicyInput {
        step: Some(Step::Cleanup),
        strings: Strings::from_iter(["media"]),
        parts: vec![],
        tables: vec![],
        changes: &changes,
        objects: 2,
        extra: vec![],
        change_extra: &[],
    })
}

/// Where a guest ended, and what was said of it.
fn run(engine: &Engine, name: &str, wasm: &[u8]) -> (&'static str, String) {
    let policy = match Policy::load(engine, name, wasm) {
        Ok(policy) => policy,
        Err(error) => return ("load", error.to_string()),
    };
    let settings = policy.settings(&json!({})).unwrap();
    if let Err(error) = policy.reads(&settings) {
        return ("reads", error.to_string());
    }
    match with_input(|input| policy.evaluate(input, &settings)) {
        Answer::Broke(why) => ("evaluate", why),
        answer => ("nowhere", format!("{answer:?}")),
    }
}

fn assert_well_behaved_policy_answers(engine: &Engine, good: &[u8]) {
    let (_, answer) = run(engine, "good", good);
    assert!(
        answer.contains("Judged") && answer.contains("is wrong"),
        "{answer}"
    );
}

#[test]
fn every_hostile_guest_breaks_alone_and_says_why() {
    let engine = Engine::new(None).unwrap();
    let good = guests::good();
    let mut files: Vec<_> = std::fs::read_dir(guests::tests().join("hostile"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .collect();
    files.sort();
    assert!(files.len() > 40);
    let mut failures = String::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let expected: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(";; expect ")?.split_once(": "))
            .collect();
        assert!(!expected.is_empty(), "`{name}` expects nothing");
        let (place, words) = run(&engine, name, &guests::component(&text));
        for (expected_place, expected_words) in expected {
            if place != expected_place || !words.contains(expected_words) {
                failures.push_str(&format!(
                    "{name}\n  expected {expected_place}: {expected_words}\n  found {place}: {words}\n"
                ));
            }
        }
        if place == "load" && !words.starts_with(&format!("could not load policy `{name}`: ")) {
            failures.push_str(&format!("{name}\n  is not named in: {words}\n"));
        }
        assert_well_behaved_policy_answers(&engine, &good);
    }
    assert!(failures.is_empty(), "{failures}");
}

fn refused(wasm: &[u8]) -> String {
    let engine = Engine::new(None).unwrap();
    let LoadError { misfits, .. } = Policy::load(&engine, "x", wasm).unwrap_err();
    misfits.join("; ")
}

#[test]
fn files_that_are_no_components_are_refused_in_words() {
    let core = wat::parse_str("(module)").unwrap();
    assert!(refused(&core).contains("it is a core WebAssembly module, not a component"));
    assert!(refused(b"").contains("it is empty"));
    assert!(refused(b"(component)").contains("it is WebAssembly text"));
    assert!(refused(b"\x7fELF and so on").contains("it is not a WebAssembly component"));
    assert!(refused(b"\0asm\x09\0\x01\0").contains("a version of the binary format"));
    assert!(refused(&vec![0; limits::COMPONENT_BYTES + 1]).contains("the limit is 33554432"));
}

#[test]
fn a_policy_for_another_contract_is_refused_with_the_name_of_both() {
    let text = wasmprinter::print_bytes(guests::good()).unwrap();
    let later = |version: &str| wat::parse_str(text.replace("@0.1.0", version)).unwrap();
    assert!(refused(&later("@0.2.0")).contains(
        "it does not export `asogate:policy/policy@0.1.x`, but `asogate:policy/policy@0.2.0`"
    ));
    let engine = Engine::new(None).unwrap();
    assert!(Policy::load(&engine, "compatible", &later("@0.1.7")).is_ok());
}

#[test]
fn a_component_cut_at_any_place_is_refused() {
    let engine = Engine::new(None).unwrap();
    let good = guests::good();
    for end in (0..good.len()).step_by(97) {
        let error = Policy::load(&engine, "cut", &good[..end]).unwrap_err();
        assert_eq!(error.misfits.len(), 1, "{error}");
    }
    let almost = refused(&good[..good.len() - 1]);
    assert!(almost.contains("it is damaged"), "{almost}");
}

#[test]
fn a_component_with_any_byte_changed_never_harms_the_host() {
    let engine = Engine::new(None).unwrap();
    let good = guests::good();
    for place in (8..good.len()).step_by(211) {
        let mut changed = good.clone();
        changed[place] ^= 0x55;
        let (_, words) = run(&engine, "changed", &changed);
        assert!(!words.is_empty());
    }
    assert_well_behaved_policy_answers(&engine, &good);
}

#[test]
fn what_fuel_does_not_stop_the_clock_stops() {
    let engine = Engine::new(None).unwrap();
    let text = std::fs::read_to_string(guests::tests().join("hostile/endless-loop.wat")).unwrap();
    let policy = Policy::load(&engine, "endless-loop", &guests::component(&text)).unwrap();
    let settings = policy.settings(&json!({})).unwrap();
    let allowance = Allowance {
        fuel: u64::MAX,
        time: Duration::from_millis(30),
        memory: 1 << 20,
    };
    let answer = with_input(|input| policy.evaluate_within(input, &settings, allowance));
    let Answer::Broke(why) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(
        why,
        "policy `hostile` 1.2.3 broke in `evaluate`: it did not end in time: the limit for this input is 30 ms"
    );
    assert_well_behaved_policy_answers(&engine, &guests::good());
}

#[test]
fn allowances_grow_with_the_input_and_with_nothing_else() {
    let (empty, large) = (Allowance::of(0), Allowance::of(1 << 20));
    assert_eq!(empty.fuel, limits::FUEL);
    assert_eq!(empty.memory, limits::MEMORY_BYTES);
    assert_eq!(
        large.fuel - empty.fuel,
        limits::FUEL_PER_INPUT_BYTE * (1 << 20)
    );
    assert_eq!(
        large.memory - empty.memory,
        limits::MEMORY_PER_INPUT_BYTE << 20
    );
    let time = Duration::from_nanos(large.fuel * limits::NANOSECONDS_PER_FUEL);
    assert_eq!(large.time, time);
    // A policy is stopped at the second tick after its deadline at the latest, which is to be within 10 ms.
    assert!(limits::TICK * 2 <= Duration::from_millis(10));
}

#[test]
fn fuel_runs_out_at_the_same_instruction_every_time() {
    let engine = Engine::new(None).unwrap();
    let policy = Policy::load(&engine, "good", &guests::good()).unwrap();
    let settings = policy.settings(&json!({})).unwrap();
    let answers = |fuel| {
        let allowance = Allowance {
            fuel,
            ..Allowance::of(0)
        };
        matches!(
            with_input(|input| policy.evaluate_within(input, &settings, allowance)),
            Answer::Judged(_)
        )
    };
    let needed = (0..100_000).find(|fuel| answers(*fuel)).unwrap();
    for _ in 0..20 {
        assert!(answers(needed) && !answers(needed - 1));
    }
}

#[test]
fn settings_that_do_not_match_never_reach_a_policy() {
    let text = r#"
(data (i32.const 0x700) "{\"properties\":{\"limit\":{\"type\":\"integer\"}},\"additionalProperties\":false}")
(data (i32.const 0x328) (i32 0x700 72))
(func (export "asogate:policy/policy@0.1.0#reads") (type $reads) (unreachable))
"#;
    let engine = Engine::new(None).unwrap();
    let policy = Policy::load(&engine, "strict", &guests::component(text)).unwrap();
    let errors = policy
        .settings(&json!({"limit": "ten", "limits": 1}))
        .unwrap_err();
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(
        words.iter().any(|error| error.starts_with("`.limit`: ")),
        "{words:?}"
    );
    assert!(
        words.iter().any(|error| error.contains("limits")),
        "{words:?}"
    );
    let settings = policy.settings(&json!({"limit": 10})).unwrap();
    assert!(matches!(policy.reads(&settings), Err(ReadsError::Broke(_))));
}
