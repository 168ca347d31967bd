//! A loaded policy: what it says of itself, what it wishes to see, and what it answers.

use super::bindings::{
    self, DescribeResult, EvaluateParams, EvaluateResult, InputRef, ReadsParams, ReadsResult,
};
use super::limits::{self, Allowance, Usage};
use super::manifest::Manifest;
use super::sandbox::{Breakage, Function, Program};
use super::settings::{Settings, SettingsError};
use super::{CodeFrom, Engine, Native, load};
use asogate_core::finding::Answer;
use asogate_core::input::PolicyInput;
use asogate_core::selector::Selector;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A policy that can be asked. Every question is answered in a fresh sandbox; a policy that breaks does so alone.
#[derive(Debug)]
pub struct Policy {
    manifest: Manifest,
    sha256: String,
    program: Program,
    code_from: CodeFrom,
    engine: Engine,
}

/// Why a component is not a policy that can be used: everything that was found, one a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not load policy `{name}`: {}", .misfits.join("\n  "))]
pub struct LoadError {
    /// What the user calls the policy: its id, or its file.
    pub name: String,
    /// What does not fit.
    pub misfits: Vec<String>,
}

/// Why a policy does not say what it wishes to see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadsError {
    /// It reported that it cannot, in its own words.
    #[error("policy `{policy}` cannot work with its settings: {words}")]
    Declined {
        /// Its id.
        policy: String,
        /// Its words, fit to be shown.
        words: String,
    },
    /// It broke, or asked for what cannot be had.
    #[error("{0}")]
    Broke(String),
}

impl Policy {
    /// Loads a component: checks that it is a policy, compiles it (or takes its native code from the cache), and asks it what
    /// it is.
    ///
    /// `name` is what the user calls it, for errors.
    ///
    /// # Errors
    ///
    /// [`LoadError`] with everything about the component that does not fit.
    pub fn load(engine: &Engine, name: &str, wasm: &[u8]) -> Result<Policy, LoadError> {
        Policy::load_known(engine, name, wasm, hex_sha256(wasm), None)
    }

    /// The same for a component whose digest is known, and perhaps its native code.
    pub(super) fn load_known(
        engine: &Engine,
        name: &str,
        wasm: &[u8],
        sha256: String,
        native: Option<Native>,
    ) -> Result<Policy, LoadError> {
        let failed = |misfits| LoadError {
            name: name.to_owned(),
            misfits,
        };
        load::check_bytes(wasm).map_err(|misfit| failed(vec![misfit]))?;
        let (component, code_from) = engine
            .component(wasm, &sha256, native)
            .map_err(|misfit| failed(vec![misfit]))?;
        let interface = load::check(&engine.0.wasmtime, &component).map_err(failed)?;
        let program = Program::new(&engine.0.wasmtime, &component, &interface)
            .map_err(|misfit| failed(vec![misfit]))?;
        let described: Result<DescribeResult, Breakage> =
            program.call(&engine.0.ticker, Function::Describe, (), Allowance::of(0));
        let (manifest,) =
            described.map_err(|why| failed(vec![format!("`describe` failed: {why}")]))?;
        let manifest = bindings::manifest(manifest).map_err(failed)?;
        Ok(Policy {
            manifest,
            sha256,
            program,
            code_from,
            engine: engine.clone(),
        })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// SHA-256 of the component, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Where its native code comes from.
    pub fn code_from(&self) -> CodeFrom {
        self.code_from
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Settings for this policy.
    ///
    /// # Errors
    ///
    /// Every place where they do not match the schema that the policy declares.
    pub fn settings(&self, settings: &Value) -> Result<Settings, Vec<SettingsError>> {
        self.manifest.settings.check(settings)
    }

    /// What the policy wishes to see, for these settings.
    ///
    /// # Errors
    ///
    /// [`ReadsError`] if it declines, breaks, or asks for what does not exist; its result is then `unknown`.
    pub fn reads(&self, settings: &Settings) -> Result<Vec<Selector>, ReadsError> {
        let text = settings.as_json();
        let params: ReadsParams<'_> = (text,);
        let result: Result<ReadsResult, Breakage> = self.program.call(
            &self.engine.0.ticker,
            Function::Reads,
            params,
            Allowance::of(text.len()),
        );
        match result {
            Ok((Ok(selectors),)) => bindings::selectors(selectors)
                .map_err(|wrong| ReadsError::Broke(self.broke(Function::Reads, wrong.join("; ")))),
            Ok((Err(words),)) => Err(ReadsError::Declined {
                policy: self.id().to_owned(),
                words: bindings::shown(&words, limits::LINE_BYTES),
            }),
            Err(why) => Err(ReadsError::Broke(self.broke(Function::Reads, why))),
        }
    }

    /// What the policy says of `input`, which was made from what it [reads](Policy::reads).
    pub fn evaluate(&self, input: &PolicyInput<'_>, settings: &Settings) -> Answer {
        self.evaluate_within(input, settings, Policy::allowance(input, settings))
    }

    /// What a policy may spend on this input.
    pub fn allowance(input: &PolicyInput<'_>, settings: &Settings) -> Allowance {
        let size = bindings::size_of_input(input).saturating_add(settings.as_json().len());
        Allowance::of(size)
    }

    /// The same with an allowance of its own, for those who have less time.
    pub fn evaluate_within(
        &self,
        input: &PolicyInput<'_>,
        settings: &Settings,
        allowance: Allowance,
    ) -> Answer {
        self.measure(input, settings, allowance).0
    }

    /// The same, with what it has spent; nothing if it was not asked.
    pub fn measure(
        &self,
        input: &PolicyInput<'_>,
        settings: &Settings,
        allowance: Allowance,
    ) -> (Answer, Usage) {
        if !self.manifest.steps.include(input.step) {
            return (Answer::NotApplicable, Usage::default());
        }
        let params: EvaluateParams<'_> = (InputRef::from(input), settings.as_json());
        let ticker = &self.engine.0.ticker;
        let (result, usage): (Result<EvaluateResult, Breakage>, Usage) =
            self.program
                .measure(ticker, Function::Evaluate, params, allowance);
        let answer = match result {
            Ok((Ok(findings),)) => match bindings::answer(findings, &self.manifest, input) {
                Ok(findings) => Answer::Judged(findings),
                Err(why) => Answer::Broke(self.broke(Function::Evaluate, why)),
            },
            Ok((Err(words),)) => Answer::Declined(bindings::shown(&words, limits::LINE_BYTES)),
            Err(why) => Answer::Broke(self.broke(Function::Evaluate, why)),
        };
        (answer, usage)
    }

    fn broke(&self, function: Function, why: impl std::fmt::Display) -> String {
        format!(
            "policy `{}` {} broke in `{}`: {why}",
            self.manifest.id,
            self.manifest.version,
            function.name()
        )
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
