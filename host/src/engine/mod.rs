//! Runs policies: WebAssembly components that import nothing, each call in a sandbox of its own.
//!
//! In the order of use: the [`catalogue`] knows which policies there are; loading one compiles it under the one
//! configuration (`config`) or takes it from the [`cache`], checks that it is a policy (`load`) and asks it for its
//! [`manifest`]; then a [`Policy`] tells what it reads for its [`settings`], and evaluates. A call (`sandbox`) has an
//! allowance of the [`limits`], and its clock is `ticker`. Values cross the border in `bindings` and nowhere else.
//!
//! A policy answers, declines, or breaks ([`asogate_core::finding::Answer`]); whatever it does, the host and the other
//! policies go on. This module knows nothing of clusters, files with manifests, steps or reports.

mod bindings;
pub mod cache;
pub mod catalogue;
mod config;
pub mod limits;
mod load;
pub mod manifest;
mod policy;
mod sandbox;
pub mod settings;
mod ticker;

pub use policy::{LoadError, Policy, ReadsError};

use cache::Cache;
use std::sync::Arc;
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
        let wasmtime = wasmtime::Engine::new(&config::config())
            .map_err(|error| EngineError(format!("{error:#}")))?;
        let ticker =
            Ticker::start(wasmtime.weak()).map_err(|error| EngineError(error.to_string()))?;
        Ok(Engine(Arc::new(Parts {
            wasmtime,
            ticker,
            cache,
        })))
    }

    fn component(&self, wasm: &[u8], sha256: &str) -> Result<Component, String> {
        let Parts {
            wasmtime, cache, ..
        } = &*self.0;
        if let Some(component) = cache
            .as_ref()
            .and_then(|cache| cache.find(wasmtime, sha256))
        {
            return Ok(component);
        }
        let component = Component::from_binary(wasmtime, wasm).map_err(|error| {
            format!("it is damaged, or not WebAssembly that asogate can run: {error:#}")
        })?;
        if let Some(cache) = cache {
            cache.keep(wasmtime, sha256, &component);
        }
        Ok(component)
    }
}
