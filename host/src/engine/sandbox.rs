//! One call of one function of a policy: a fresh sandbox, an allowance, and the reason in words if it breaks.

use super::limits::{self, Allowance, Usage};
use super::ticker::Ticker;
use std::fmt;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Linker, Lower,
};
use wasmtime::{Engine, ResourceLimiter, Store, Trap};

/// A component that can be instantiated, with its three functions.
pub(super) struct Program {
    instance: InstancePre<Meter>,
    describe: ComponentExportIndex,
    reads: ComponentExportIndex,
    evaluate: ComponentExportIndex,
}

impl fmt::Debug for Program {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Program")
    }
}

/// A function of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Describe,
    Reads,
    Evaluate,
}

impl Function {
    pub(super) const ALL: [Function; 3] = [Function::Describe, Function::Reads, Function::Evaluate];

    pub(super) fn name(self) -> &'static str {
        match self {
            Function::Describe => "describe",
            Function::Reads => "reads",
            Function::Evaluate => "evaluate",
        }
    }
}

impl Program {
    /// A program of a component that imports nothing. `interface` is the name under which it exports the contract.
    pub(super) fn new(
        engine: &Engine,
        component: &Component,
        interface: &str,
    ) -> Result<Program, String> {
        let instance = Linker::new(engine)
            .instantiate_pre(component)
            .map_err(|error| format!("{error:#}"))?;
        let outer = component.get_export_index(None, interface);
        let index = |function: Function| {
            outer
                .as_ref()
                .and_then(|outer| component.get_export_index(Some(outer), function.name()))
                .ok_or_else(|| format!("it does not export `{}`", function.name()))
        };
        Ok(Program {
            describe: index(Function::Describe)?,
            reads: index(Function::Reads)?,
            evaluate: index(Function::Evaluate)?,
            instance,
        })
    }

    /// Calls a function in a sandbox that exists for this call alone.
    ///
    /// # Errors
    ///
    /// Why the policy broke, as the end of a sentence about the call.
    pub(super) fn call<Params, Return>(
        &self,
        ticker: &Ticker,
        function: Function,
        params: Params,
        allowance: Allowance,
    ) -> Result<Return, Breakage>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        self.measure(ticker, function, params, allowance).0
    }

    /// The same, with what the call has spent.
    pub(super) fn measure<Params, Return>(
        &self,
        ticker: &Ticker,
        function: Function,
        params: Params,
        allowance: Allowance,
    ) -> (Result<Return, Breakage>, Usage)
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        let _clock = ticker.run();
        let engine = self.instance.engine();
        let mut store = Store::new(
            engine,
            Meter {
                memory_left: allowance.memory,
            },
        );
        store.limiter(|meter| meter);
        store.set_hostcall_fuel(limits::ANSWER_BYTES);
        store.set_max_component_handles(limits::HANDLES);
        // Before the instance exists: start functions are guest code too.
        store.set_epoch_deadline(Ticker::ticks(allowance.time));
        let result = self
            .run(&mut store, function, params, allowance.fuel)
            .map_err(|error| Breakage::of(&error, allowance));
        let fuel_left = store.get_fuel().unwrap_or_default();
        let usage = Usage {
            fuel: allowance.fuel.saturating_sub(fuel_left),
            memory: allowance.memory.saturating_sub(store.data().memory_left),
        };
        (result, usage)
    }

    fn run<Params, Return>(
        &self,
        mut store: &mut Store<Meter>,
        function: Function,
        params: Params,
        fuel: u64,
    ) -> wasmtime::Result<Return>
    where
        Params: ComponentNamedList + Lower,
        Return: ComponentNamedList + Lift,
    {
        store.set_fuel(fuel)?;
        let instance = self.instance.instantiate(&mut store)?;
        let index = match function {
            Function::Describe => &self.describe,
            Function::Reads => &self.reads,
            Function::Evaluate => &self.evaluate,
        };
        let function = instance.get_typed_func::<Params, Return>(&mut store, index)?;
        function.call(&mut store, params)
    }
}

/// Counts what one sandbox takes of the host.
struct Meter {
    memory_left: usize,
}

/// Growth that was refused. An error instead of a failed `memory.grow`, which guests answer in ways that do not tell why.
#[derive(Clone, Copy, Debug)]
enum Refused {
    Memory,
    Table,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Refused::Memory => "memory limit exceeded",
            Refused::Table => "table limit exceeded",
        })
    }
}

impl std::error::Error for Refused {}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // All memories together: a limit for each would multiply with their number.
        match self
            .memory_left
            .checked_sub(desired.saturating_sub(current))
        {
            Some(left) => {
                self.memory_left = left;
                Ok(true)
            }
            None => Err(wasmtime::Error::new(Refused::Memory)),
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > limits::TABLE_ELEMENTS {
            return Err(wasmtime::Error::new(Refused::Table));
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        limits::INSTANCES
    }

    fn tables(&self) -> usize {
        limits::TABLES
    }

    fn memories(&self) -> usize {
        limits::MEMORIES
    }
}

/// Why a policy broke, told apart by what its author (or whoever runs it) would do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Breakage {
    #[error("it ran out of fuel: the limit for this input is {0} instructions")]
    Fuel(u64),
    #[error("it did not end in time: the limit for this input is {0} ms")]
    Time(u128),
    #[error("it ran out of memory: the limit for this input is {} MiB", .0 >> 20)]
    Memory(usize),
    #[error(
        "it made a table too large: the limit is {} elements",
        limits::TABLE_ELEMENTS
    )]
    Table,
    #[error("it called itself too deeply: the limit is {} KiB of stack", limits::STACK_BYTES >> 10)]
    Stack,
    #[error(
        "it reached outside its memory (a wild pointer, or recursion deeper than its own stack)"
    )]
    OutOfBounds,
    #[error("it panicked (it reached an `unreachable` instruction)")]
    Panic,
    #[error("it trapped: {0}")]
    Trap(Trap),
    #[error("it returned too much: the limit is {} MiB, counted as the host stores it", limits::ANSWER_BYTES >> 20)]
    Answer,
    #[error("it took too many handles: the limit is {}", limits::HANDLES)]
    Handles,
    #[error("it is made of more parts than a policy may have: {0}")]
    Resources(String),
    #[error("it broke the rules of the component model: {0}")]
    Contract(String),
}

impl Breakage {
    fn of(error: &wasmtime::Error, allowance: Allowance) -> Breakage {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return match refused {
                Refused::Memory => Breakage::Memory(allowance.memory),
                Refused::Table => Breakage::Table,
            };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Breakage::Fuel(allowance.fuel),
            Some(Trap::Interrupt) => Breakage::Time(allowance.time.as_millis()),
            Some(Trap::StackOverflow) => Breakage::Stack,
            Some(Trap::MemoryOutOfBounds) => Breakage::OutOfBounds,
            Some(Trap::UnreachableCodeReached) => Breakage::Panic,
            Some(trap) => Breakage::Trap(*trap),
            None => {
                let cause = error.root_cause().to_string();
                // Wasmtime does not export the types of these errors. Their texts are checked by hostile guests.
                if cause.contains("store handle limit exceeded") {
                    return Breakage::Handles;
                }
                if cause.contains("fuel allocated for hostcalls has been exhausted") {
                    return Breakage::Answer;
                }
                let cause = super::bindings::shown(&cause, limits::LINE_BYTES);
                if cause.starts_with("resource limit exceeded") {
                    return Breakage::Resources(cause);
                }
                Breakage::Contract(cause)
            }
        }
    }
}
