//! The one configuration of the WebAssembly compiler and runtime.
//!
//! INVARIANT: compiling and running use this same function. Compiled code carries its configuration, and the runtime refuses
//! code of another one.

use super::limits;
use wasmtime::{Config, OptLevel, WasmBacktraceDetails, WasmFeatures};

/// The configuration under which policies are compiled and run.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        // Counted instructions give the same verdict on every machine; the clock (in epochs) bounds what they cannot, such as
        // a guest that waits for memory at every instruction. Measured with a guest of 130 KB: each costs 2% of the time over
        // 100,000 rows, and together 40 of 120 ms of CPU time to compile.
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits::STACK_BYTES)
        // Features that make results depend on the machine, or that no policy needs. Said for each, whatever the default,
        // because defaults follow the features of the wasmtime crate, and compiled code does not survive a difference.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_features(WasmFeatures::RELAXED_SIMD, false)
        .wasm_features(WasmFeatures::THREADS, false)
        .wasm_features(WasmFeatures::SHARED_EVERYTHING_THREADS, false)
        .wasm_features(WasmFeatures::MEMORY64, false)
        .wasm_features(WasmFeatures::CM_ASYNC, false)
        .wasm_features(WasmFeatures::GC, false)
        .wasm_features(WasmFeatures::EXCEPTIONS, false)
        .wasm_features(WasmFeatures::STACK_SWITCHING, false)
        .concurrency_support(false)
        // Saves 30% of the time to compile. Measured on a guest over 100,000 rows, its code runs as fast: policies wait for
        // memory, and LLVM has optimised them already.
        .cranelift_opt_level(OptLevel::None)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        // Only debuggers of native code would read it, and it is registered whenever a policy is loaded. Windows insists.
        .native_unwind_info(cfg!(windows));
    config
}
