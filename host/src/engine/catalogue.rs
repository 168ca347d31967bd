//! Which policies there are: those in the binary, and those that the user adds.

#[allow(
    unused_imports,
    reason = "`policies.rs` names it in builds that embed native code"
)]
use super::in_place::Pages;
use super::policy::hex_sha256;
use super::{Engine, LoadError, Native, Policy};
use asogate_core::plan::Step;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A policy that is part of the binary. It is compiled when it is loaded, not before.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its id, which is the name of its folder in `guest-policies/`.
    pub id: &'static str,
    /// Its version, which is that of its package.
    pub version: &'static str,
    /// The steps that it judges (`lint` for files alone), as its package says; none if only the policy itself says so.
    /// INVARIANT: these are the steps that the policy declares. [`load`] refuses a built-in that is otherwise.
    pub steps: Option<&'static [&'static str]>,
    /// SHA-256 of the component, in hexadecimal.
    pub sha256: &'static str,
    /// The component.
    pub wasm: &'static [u8],
    /// Its native code, in builds that embed it.
    pub native: Option<Native>,
}

impl BuiltIn {
    /// Whether it may have something to say of this step (none: `lint`), as far as is known without loading it.
    pub fn may_judge(&self, step: Option<Step>) -> bool {
        let name = step.map_or("lint", Step::name);
        self.steps.is_none_or(|steps| steps.contains(&name))
    }

    /// Whether this is what the loaded policy says of itself.
    fn check(&self, policy: &Policy) -> Result<(), String> {
        let (id, version) = (policy.id(), policy.version());
        if id != self.id || version != self.version {
            return Err(format!("it calls itself `{id}` {version}"));
        }
        let steps = Step::ALL.into_iter().map(Some).chain([None]);
        let declared = &policy.manifest().steps;
        let mut other = steps.filter(|step| {
            self.steps.is_some() && self.may_judge(*step) != declared.include(*step)
        });
        match other.next() {
            Some(step) => Err(format!(
                "it and its package do not agree on whether it judges `{}`",
                step.map_or("lint", Step::name)
            )),
            None => Ok(()),
        }
    }
}

/// Every policy that is part of the binary, by id.
pub static BUILT_IN: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// Ids that no policy may have, because codes that no policy finds are written with them: `runbook/bare-delete`.
pub const RESERVED: &[&str] = &["runbook"];

/// A policy that the user adds. Who calls reads the file.
#[derive(Clone, Debug)]
pub struct UserPolicy {
    /// What the user calls it: the file or address, for errors.
    pub name: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// The SHA-256 that the component must have, in hexadecimal, if the user pins it.
    pub sha256: Option<String>,
}

/// Loads these built-in policies, then these of the user, on as many threads as there are cores. The results are in the
/// order given.
///
/// Of two policies with the same id, the later one is refused: findings, waivers and settings name policies by their ids, so
/// one must not stand for another.
pub fn load(
    engine: &Engine,
    built_in: &[BuiltIn],
    user: &[UserPolicy],
) -> Vec<Result<Policy, LoadError>> {
    load_beside(engine, built_in, user, &[])
}

/// The same beside other built-in policies with these ids, which need not be loaded.
pub fn load_beside(
    engine: &Engine,
    built_in: &[BuiltIn],
    user: &[UserPolicy],
    others: &[&str],
) -> Vec<Result<Policy, LoadError>> {
    let built_in = built_in.iter().map(Source::BuiltIn);
    let sources: Vec<Source<'_>> = built_in.chain(user.iter().map(Source::User)).collect();
    let mut loaded = in_order(&sources, |source| source.load(engine));
    let others = others.iter();
    let mut seen: BTreeMap<String, String> = others
        .map(|id| ((*id).to_owned(), A_BUILT_IN.to_owned()))
        .collect();
    for (source, result) in sources.iter().zip(&mut loaded) {
        let Ok(policy) = result else { continue };
        if let Some(first) = seen.get(policy.id()) {
            let misfit = format!(
                "its id `{}` is taken by {first}; give each policy an id of its own, or leave one of them out",
                policy.id()
            );
            *result = Err(LoadError {
                name: source.name().to_owned(),
                misfits: vec![misfit],
            });
        } else {
            seen.insert(policy.id().to_owned(), source.describe());
        }
    }
    loaded
}

const A_BUILT_IN: &str = "a built-in policy";

#[derive(Clone, Copy)]
enum Source<'a> {
    BuiltIn(&'a BuiltIn),
    User(&'a UserPolicy),
}

impl Source<'_> {
    fn name(&self) -> &str {
        match self {
            Source::BuiltIn(policy) => policy.id,
            Source::User(policy) => &policy.name,
        }
    }

    fn describe(&self) -> String {
        match self {
            Source::BuiltIn(_) => A_BUILT_IN.into(),
            Source::User(policy) => format!("`{}`", policy.name),
        }
    }

    fn load(&self, engine: &Engine) -> Result<Policy, LoadError> {
        let failed = |misfit| LoadError {
            name: self.name().to_owned(),
            misfits: vec![misfit],
        };
        match self {
            Source::BuiltIn(built_in) => {
                let sha256 = built_in.sha256.to_owned();
                let policy = Policy::load_known(
                    engine,
                    built_in.id,
                    built_in.wasm,
                    sha256,
                    built_in.native,
                )?;
                built_in
                    .check(&policy)
                    .map_err(|why| failed(format!("{why}; this is a bug in asogate")))?;
                Ok(policy)
            }
            Source::User(user) => {
                let found = hex_sha256(&user.wasm);
                match &user.sha256 {
                    Some(pinned) if !pinned.eq_ignore_ascii_case(&found) => Err(failed(format!(
                        "it has the digest sha256:{found}, but sha256:{pinned} is pinned"
                    ))),
                    _ => {
                        let policy =
                            Policy::load_known(engine, &user.name, &user.wasm, found, None)?;
                        match RESERVED.contains(&policy.id()) {
                            true => Err(failed(format!(
                                "its id `{}` is taken by what asogate finds itself, and waivers and levels could not tell the two apart; give it another id",
                                policy.id()
                            ))),
                            false => Ok(policy),
                        }
                    }
                }
            }
        }
    }
}

/// Does `work` for every item on as many threads as there are cores. The results are in the order of the items, whichever
/// thread was first. For one item no thread is started.
pub fn in_order<Item: Sync, Output: Send>(
    items: &[Item],
    work: impl Fn(&Item) -> Output + Sync,
) -> Vec<Output> {
    let threads = std::thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let output = work(item);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((index, output));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_their_items() {
        let items: Vec<u32> = (0..100).collect();
        let slow_first = |item: &u32| {
            (0..(100 - item) * 500).fold(*item, |sum, step| std::hint::black_box(sum ^ step ^ step))
        };
        assert_eq!(in_order(&items, slow_first), items);
        assert!(in_order(&[] as &[u32], |item| *item).is_empty());
    }

    #[test]
    fn built_in_policies_are_listed_by_id_with_their_digests() {
        assert!(BUILT_IN.is_sorted_by(|one, other| one.id < other.id));
        for policy in BUILT_IN {
            assert_eq!(policy.sha256, hex_sha256(policy.wasm), "{}", policy.id);
        }
    }
}
