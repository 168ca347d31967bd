//! Claims about native code in the binary. Policies compiled here as the build of a release compiles them.

use super::*;
use crate::engine::cache::Cache;
use crate::engine::catalogue::{self, BUILT_IN, BuiltIn};
use crate::engine::config::config;
use crate::engine::in_place::Pages;
use crate::engine::{CodeFrom, Engine, Policy};
use asogate_core::finding::Answer;
use asogate_core::input::{PolicyInput, Strings};
use serde_json::json;
use std::sync::LazyLock;
use wasmtime::Config;

/// The kind of machine that runs the tests. Wasmtime looks at architecture and system only.
const TARGET: &str = if cfg!(all(target_arch = "aarch64", target_os = "macos")) {
    "aarch64-apple-darwin"
} else if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else if cfg!(target_os = "macos") {
    "x86_64-apple-darwin"
} else {
    "x86_64-unknown-linux-gnu"
};

/// The policy that is tested with, as development builds embed it.
fn bare() -> BuiltIn {
    let policy = BUILT_IN.iter().find(|policy| policy.id == "blast-radius");
    BuiltIn {
        native: None,
        ..*policy.unwrap()
    }
}

fn sealed(config: Config, sha256: &str) -> Vec<u8> {
    sealed::precompile(config, TARGET, sha256, bare().wasm).unwrap()
}

/// Its native code, as releases embed it.
static SEALED: LazyLock<Vec<u8>> = LazyLock::new(|| sealed(config(), bare().sha256));

fn with(sealed: &[u8]) -> BuiltIn {
    BuiltIn {
        native: Some(Native::of_this_binary(sealed.to_vec().leak())),
        ..bare()
    }
}

fn load(engine: &Engine, policy: BuiltIn) -> Policy {
    let mut loaded = catalogue::load(engine, &[policy], &[]);
    loaded.pop().unwrap().unwrap()
}

/// What a policy says of a plan of one change, and what that has cost.
fn answer(policy: &Policy) -> String {
    let settings = policy
        .settings(&json!({"frozenNamespaces": ["shop"]}))
        .unwrap();
    let strings: Strings = ["shop", "media"].into_iter().collect();
    let selectors = policy.reads(&settings).unwrap();
    let input = PolicyInput {
        step: Some(asogate_core::plan::Step::PauseV1),
        strings,
        tables: vec![],
        changes: &[],
        objects: 1,
        extra: vec![],
        change_extra: &[],
        parts: vec![],
    };
    let allowance = Policy::allowance(&input, &settings);
    let (answer, usage) = policy.measure(&input, &settings, allowance);
    assert!(!matches!(answer, Answer::NotApplicable));
    format!("{selectors:?} {answer:?} {usage:?} {:?}", policy.manifest())
}

#[test]
fn native_code_of_the_binary_is_used_and_answers_as_compiled_code_does() {
    let embedded = load(&Engine::new(None).unwrap(), with(&SEALED));
    let compiled = load(&Engine::new(None).unwrap(), bare());
    assert_eq!(embedded.code_from(), CodeFrom::Binary);
    assert_eq!(compiled.code_from(), CodeFrom::Compiler);
    assert_eq!(answer(&embedded), answer(&compiled));
}

/// Bytes where a page begins, as the code in a binary lies.
fn pages(bytes: &[u8]) -> &'static [u8] {
    let pages = bytes.chunks(4096).map(|chunk| {
        let mut page = Pages([0; 4096]);
        page.0[..chunk.len()].copy_from_slice(chunk);
        page
    });
    let pages: &[Pages<[u8; 4096]>] = pages.collect::<Vec<_>>().leak();
    #[expect(unsafe_code, reason = "pages are bytes, one after the other")]
    unsafe {
        std::slice::from_raw_parts(pages.as_ptr().cast(), bytes.len())
    }
}

#[test]
fn code_that_is_run_in_place_answers_as_its_copy_does_and_is_run_by_one_engine_only() {
    let policy = BuiltIn {
        native: Some(Native::of_this_binary(pages(&SEALED))),
        ..bare()
    };
    let code = sealed::unseal(policy.native.unwrap().0, policy.sha256).unwrap();
    let [first, second] = [(); 2].map(|()| load(&Engine::new(None).unwrap(), policy));
    // Whoever came first has claimed it, and has it for good.
    assert!(in_place::claim(code).is_none());
    assert_eq!(first.code_from(), CodeFrom::Binary);
    assert_eq!(second.code_from(), CodeFrom::Binary);
    assert_eq!(answer(&first), answer(&second));
    drop(first);
    let third = load(&Engine::new(None).unwrap(), policy);
    assert_eq!(answer(&third), answer(&second));
}

#[test]
fn native_code_of_the_binary_needs_no_cache_and_leaves_nothing_there() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::new(Some(Cache::open(folder.path()).unwrap())).unwrap();
    load(&engine(), with(&SEALED));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // Where it does not fit, the cache is the next best.
    let cut = &SEALED[..SEALED.len() - 1];
    assert_eq!(load(&engine(), with(cut)).code_from(), CodeFrom::Compiler);
    assert_eq!(load(&engine(), with(cut)).code_from(), CodeFrom::Cache);
}

#[track_caller]
fn is_not_used(sealed: &[u8]) {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(None).unwrap());
    let native = with(sealed).native.unwrap();
    let component = native.component(&ENGINE.0.wasmtime, bare().sha256);
    assert!(component.is_none());
}

#[test]
fn a_policy_whose_native_code_is_not_used_is_compiled() {
    let policy = load(
        &Engine::new(None).unwrap(),
        with(&SEALED[..SEALED.len() - 1]),
    );
    assert_eq!(policy.code_from(), CodeFrom::Compiler);
    assert_eq!(policy.id(), bare().id);
}

#[test]
fn native_code_of_another_configuration_is_not_used() {
    let mut other = config();
    other.consume_fuel(false);
    is_not_used(&sealed(other, bare().sha256));
}

#[test]
fn native_code_of_another_version_of_the_compiler_is_not_used() {
    let mut other = config();
    let version = wasmtime::ModuleVersionStrategy::Custom("1.0.0".into());
    other.module_version(version).unwrap();
    is_not_used(&sealed(other, bare().sha256));
}

#[test]
fn native_code_of_another_component_is_not_used() {
    is_not_used(&sealed(config(), &"0".repeat(64)));
    let component = Component::from_binary(&Engine::new(None).unwrap().0.wasmtime, bare().wasm);
    // Code alone, that does not say for which component it was made.
    is_not_used(&component.unwrap().serialize().unwrap());
}

#[test]
fn native_code_that_was_cut_is_not_used() {
    for length in [
        0,
        10,
        16,
        80,
        87,
        88,
        89,
        4096,
        SEALED.len() / 2,
        SEALED.len() - 1,
    ] {
        is_not_used(&SEALED[..length]);
    }
    is_not_used(&SEALED[1..]);
    is_not_used(&[&SEALED[..], b"x"].concat());
    // What says that it is whole and is not; wasmtime finds out.
    let code = sealed::unseal(&SEALED, bare().sha256).unwrap();
    for length in [0, 64, code.len() / 2] {
        is_not_used(&sealed::seal(bare().sha256, &code[..length]));
    }
}

#[test]
fn a_release_embeds_every_policy_or_none() {
    let embedded = BUILT_IN.iter().filter(|policy| policy.native.is_some());
    let count = embedded.count();
    assert!(count == 0 || count == BUILT_IN.len(), "{count}");
    if count > 0 {
        let engine = Engine::new(None).unwrap();
        for policy in catalogue::load(&engine, BUILT_IN, &[]) {
            assert_eq!(policy.unwrap().code_from(), CodeFrom::Binary);
        }
    }
}
