//! The one engine: how guests are compiled and where their memory comes from, and the thread that makes time pass for them.
//!
//! Compiled code looks at a number, the epoch, at every loop and function; [`ticker`] raises it each millisecond. Memory, tables and stacks
//! lie in slots that are reserved at start, so that an instance is made in microseconds and one guest cannot take the address space of another.

mod ticker;

use std::sync::Arc;

use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::error::HostError;
use crate::limits::Limits;

/// How long an epoch lasts.
pub(crate) const TICK: std::time::Duration = std::time::Duration::from_millis(1);

/// Bytes of stack that a guest may use; what needs more is a runaway recursion.
const GUEST_STACK: usize = 512 << 10;

/// The stack of a fiber: the guest's part and room for host functions above it.
const FIBER_STACK: usize = 1 << 20;

/// Core modules, memories and tables that one component may be made of. Adapters of other languages bring a few; CPython and its libraries
/// are 38 modules.
const CORE_INSTANCES: u32 = 60;
const MEMORIES: u32 = 4;
const TABLES: u32 = 8;

/// The engine and its clock, which ends with it.
pub(crate) struct Engine {
    wasm: wasmtime::Engine,
    _ticker: ticker::Ticker,
}

impl Engine {
    /// An engine with room for `instances` instances of plugins at the same time.
    pub(crate) fn start(instances: u32) -> Result<Arc<Engine>, HostError> {
        let wasm = wasmtime::Engine::new(&config(instances)).map_err(|error| HostError(format!("{error:#}")))?;
        let ticker = ticker::Ticker::start(&wasm).map_err(|error| HostError(error.to_string()))?;
        Ok(Arc::new(Engine { wasm, _ticker: ticker }))
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.wasm
    }
}

/// What guests may be made of: stable WebAssembly as Rust, C, Go and the engines of scripting languages emit it, nothing else.
fn config(instances: u32) -> Config {
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(slots(instances)))
        .epoch_interruption(true)
        .concurrency_support(false)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(FIBER_STACK)
        .cranelift_opt_level(OptLevel::Speed)
        .memory_init_cow(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_memory64(false)
        // Where two components inside one speak to each other, the glue that wasmtime makes moves bytes between two memories. QuickJS is
        // built so.
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_component_model(true);
    config
}

fn slots(instances: u32) -> PoolingAllocationConfig {
    let mut slots = PoolingAllocationConfig::new();
    let most = |each: u32| instances.saturating_mul(each);
    slots
        .total_component_instances(instances)
        // A count alone: none of them is room that is set aside.
        .total_core_instances(most(CORE_INSTANCES))
        .total_memories(most(2))
        .total_tables(most(4))
        .total_stacks(instances)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(2 << 20)
        .max_core_instance_size(2 << 20)
        .max_memory_size(usize::try_from(Limits::MEMORY_MOST).unwrap_or(usize::MAX))
        .table_elements(Limits::TABLE_MOST as usize)
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(16 << 10);
    slots
}
