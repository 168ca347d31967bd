//! Every limit of a policy: what it protects, and how it was chosen.
//!
//! A policy that meets a limit has not answered, which never opens the gate. So limits may be tight where nothing honest
//! comes near them, and must not depend on the machine where honest policies could: fuel and memory are counted, and
//! give the same verdict everywhere. Wall clock is only the net below them.
//!
//! What a policy may spend grows with what the host hands it, because a cluster of a million objects is not an attack. Each
//! of these limits is met by a hostile guest in `tests/hostile.rs`, or by a test beside the code that checks it.

use std::time::Duration;

/// Size of a component file. Protects the host's memory and the time to compile. The largest honest guests measured are
/// Python's, with 18 MB.
pub const COMPONENT_BYTES: usize = 32 << 20;

/// Instructions (WebAssembly's, roughly; and bytes of bulk copies) of one call with a small input: about a second, and ten
/// times what the slowest built-in needs for a thousand objects.
pub const FUEL: u64 = 1_000_000_000;

/// Further instructions per byte of input. A row of six columns has 32 bytes and the strings that are new in it: some 10,000
/// instructions, where a join spends 1,500.
pub const FUEL_PER_INPUT_BYTE: u64 = 200;

/// Wall clock per unit of fuel. An optimised guest needs 0.3 to 1 ns, so this stops only guests that wait for memory at
/// every instruction, or a machine ten times slower than that; then the verdict is `unknown`, on that machine.
pub const NANOSECONDS_PER_FUEL: u64 = 10;

/// How often the clock is looked at. A deadline is met this much late at most, plus what the scheduler adds.
pub const TICK: Duration = Duration::from_millis(5);

/// Linear memory of one call, all memories together, with a small input. Rust guests need 2 MiB, Python's 13.
pub const MEMORY_BYTES: usize = 64 << 20;

/// Further memory per byte of input: the copy that the host makes in the guest, string headers (12 bytes each), the rows
/// that an SDK builds from the columns, and what a growing vector wastes.
pub const MEMORY_PER_INPUT_BYTE: usize = 4;

/// Stack of WebAssembly frames. A quarter of the smallest stack that Rust gives a thread, so that the host's own frames fit
/// below in every thread. Guests in Rust, C and Go keep most of their stack in linear memory.
pub const STACK_BYTES: usize = 512 << 10;

/// Core instances in one component. wit-component makes 1 to 5; each costs the host a few KiB that no other limit counts.
pub const INSTANCES: usize = 16;

/// Linear memories in one component, adapters included.
pub const MEMORIES: usize = 4;

/// Tables in one component.
pub const TABLES: usize = 16;

/// Elements of one table: 8 bytes of the host each. Go's function table has 30,000.
pub const TABLE_ELEMENTS: usize = 100_000;

/// Handles in the component's own handle tables. The contract has no resources, so a policy needs none.
pub const HANDLES: usize = 100;

/// Bytes of the host that one answer may take, as wasmtime counts them: strings, and the host's size of each element of a
/// list. Counted before anything is copied, so this bounds the host's memory whatever a guest returns.
pub const ANSWER_BYTES: usize = 16 << 20;

/// Findings in one answer. A cluster of 100,000 objects, a fifth of them of ASO, each with one finding. With
/// [`ANSWER_BYTES`], 800 bytes remain for each.
pub const FINDINGS: usize = 20_000;

/// Bytes of one line that a person reads: message, why, a remedy, the policy's reason for declining.
pub const LINE_BYTES: usize = 4 << 10;

/// Remedies of one finding. More are not read.
pub const REMEDIES: usize = 16;

/// Related objects of one finding; a shared destination is named by those who share it.
pub const RELATED: usize = 256;

/// Pairs in a list called `extra`.
pub const EXTRA: usize = 32;

/// Selectors of one policy. Each is a table that the host builds; the largest built-in has 8.
pub const SELECTORS: usize = 64;

/// Columns of one selector: cells that the host keeps of every object of its kinds.
pub const COLUMNS: usize = 64;

/// Bytes of a name: of a code, policy, table, group, kind or column path. Kubernetes' own names end at 253 bytes, and a
/// column holds an annotation key with prefix (253 + 1 + 63) and a path before it.
pub const NAME_BYTES: usize = 512;

/// Codes that one policy declares.
pub const CODES: usize = 256;

/// Bytes of a text of several lines in a manifest: the explanation of a code.
pub const EXPLANATION_BYTES: usize = 16 << 10;

/// Bytes of a settings schema. Protects the host, which compiles it.
pub const SCHEMA_BYTES: usize = 64 << 10;

/// Maps and lists within each other in a settings schema. Each level may double the time to validate.
pub const SCHEMA_DEPTH: usize = 16;

/// Bytes of settings, as JSON text.
pub const SETTINGS_BYTES: usize = 256 << 10;

/// What one call may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Instructions.
    pub fuel: u64,
    /// Wall clock.
    pub time: Duration,
    /// Bytes of linear memory.
    pub memory: usize,
}

/// What one call has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Instructions.
    pub fuel: u64,
    /// Bytes of linear memory, all memories together. Memory never shrinks, so this is the most that it had.
    pub memory: usize,
}

impl Allowance {
    /// What a call with this much input may spend.
    ///
    /// ```
    /// use asogate::engine::limits::{Allowance, FUEL};
    /// use std::time::Duration;
    ///
    /// assert_eq!(Allowance::of(0).fuel, FUEL);
    /// assert_eq!(Allowance::of(0).time, Duration::from_secs(10));
    /// ```
    pub fn of(input_bytes: usize) -> Allowance {
        let fuel = FUEL.saturating_add(FUEL_PER_INPUT_BYTE.saturating_mul(input_bytes as u64));
        let memory = MEMORY_BYTES.saturating_add(MEMORY_PER_INPUT_BYTE.saturating_mul(input_bytes));
        Allowance {
            fuel,
            time: Duration::from_nanos(fuel.saturating_mul(NANOSECONDS_PER_FUEL)),
            memory,
        }
    }
}
