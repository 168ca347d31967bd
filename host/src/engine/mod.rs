//! Runs policies: WebAssembly components that import nothing, each call in a sandbox of its own.
//!
//! In the order of use: the [`catalogue`] knows which policies there are; loading one takes the native code that this binary
//! holds for it (`native`) or that a run before kept in the [`cache`], or compiles it, all under the one configuration
//! (`config`); then it checks that it is a policy (`load`) and asks it for its
//! [`manifest`]; then a [`Policy`] tells what it reads for its [`settings`], and evaluates. A call (`sandbox`) has an
//! allowance of the [`limits`], and its clock is `ticker`. Values cross the border in `bindings` and nowhere else.
//!
//! A policy answers, declines, or breaks ([`asogate_core::finding::Answer`]); whatever it does, the host and the other
//! policies go on. This module knows nothing of clusters, files with manifests, steps or reports.

mod bindings;
pub mod cache;
pub mod catalogue;
mod config;
mod in_place;
pub mod limits;
mod load;
pub mod manifest;
mod native;
mod policy;
mod sandbox;
mod sealed;
pub mod settings;
mod ticker;

pub use native::Native;
pub use policy::{LoadError, Policy, ReadsError};

use cache::Cache;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use ticker::Ticker;
use wasmtime::component::Component;

/// The compiler and runtime of all policies of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    wasmtime: wasmtime::Engine,
    ticker: Ticker,
    cache: Option<Cache>,
    /// What this engine has loaded, by the digest of the component: a run may load its policies twice, the first time to
    /// ask for their codes.
    loaded: Mutex<BTreeMap<String, (Component, CodeFrom)>>,
}

/// Where the native code of a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFrom {
    /// From this binary, whose build compiled it.
    Binary,
    /// From the cache, where a run before kept it.
    Cache,
    /// From the compiler, just now.
    Compiler,
}

/// Why no policy can run in this process.
#[derive(Debug, thiserror::Error)]
#[error("could not start the policy engine: {0}")]
pub struct EngineError(String);

impl Engine {
    /// An engine that keeps compiled policies in `cache`, or compiles them anew in every process.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the machine cannot run compiled WebAssembly, or no thread can be started.
    pub fn new(cache: Option<Cache>) -> Result<Engine, EngineError> {
        let mut config = config::config();
        in_place::allow(&mut config);
        let wasmtime =
            wasmtime::Engine::new(&config).map_err(|error| EngineError(format!("{error:#}")))?;
        let ticker =
            Ticker::start(wasmtime.weak()).map_err(|error| EngineError(error.to_string()))?;
        Ok(Engine(Arc::new(Parts {
            wasmtime,
            ticker,
            cache,
            loaded: Mutex::default(),
        })))
    }

    /// The component with this digest, compiled.
    fn component(
        &self,
        wasm: &[u8],
        sha256: &str,
        native: Option<Native>,
    ) -> Result<(Component, CodeFrom), String> {
        let loaded = || self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded().get(sha256) {
            return Ok(known.clone());
        }
        let found = self.find(wasm, sha256, native)?;
        loaded().insert(sha256.to_owned(), found.clone());
        Ok(found)
    }

    fn find(
        &self,
        wasm: &[u8],
        sha256: &str,
        native: Option<Native>,
    ) -> Result<(Component, CodeFrom), String> {
        let Parts {
            wasmtime, cache, ..
        } = &*self.0;
        if let Some(component) = native.and_then(|native| native.component(wasmtime, sha256)) {
            return Ok((component, CodeFrom::Binary));
        }
        if let Some(component) = cache
            .as_ref()
            .and_then(|cache| cache.find(wasmtime, sha256))
        {
            return Ok((component, CodeFrom::Cache));
        }
        let component = Component::from_binary(wasmtime, wasm).map_err(|error| {
            format!("it is damaged, or not WebAssembly that asogate can run: {error:#}")
        })?;
        if let Some(cache) = cache {
            cache.keep(wasmtime, sha256, &component);
        }
        Ok((component, CodeFrom::Compiler))
    }
}
