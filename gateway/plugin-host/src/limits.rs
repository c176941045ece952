//! What one plugin may use. What is set in the configuration is in [`Limits`]; the rest is fixed here.

use std::time::Duration;

/// Budgets of a plugin, as `limits` of the configuration sets them. Each holds for every version by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Bytes of linear memory of one instance. At most [`Limits::MEMORY_MOST`].
    pub memory: u64,
    /// How long one callback may compute. Time spent waiting for side calls does not count; it is measured in steps of a millisecond, and
    /// only what the guest itself took can spend it.
    pub time: Duration,
    /// Elements of all tables of one instance. At most [`Limits::TABLE_MOST`] for one of them.
    pub table: u32,
    /// Host functions that one callback may call.
    pub host_calls: u32,
    /// Requests to clusters and services that one exchange may make; and all services together that are asked for one call.
    pub side_calls: u32,
    /// Lines of log a second, over all workers. What goes beyond is dropped and counted.
    pub log: u32,
    /// Instances that one worker may have at work at the same time.
    pub instances: u32,
    /// Bytes of a body that the plugin is shown whole or answers with.
    pub body: u64,
}

impl Limits {
    /// The most memory that can be granted to an instance, in bytes: 256 MiB.
    pub const MEMORY_MOST: u64 = 256 << 20;
    /// The most elements that one table can have.
    pub const TABLE_MOST: u32 = 100_000;
    /// The most bytes of a component: 64 MiB.
    pub const MODULE_MOST: usize = 64 << 20;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: 32 << 20,
            time: Duration::from_millis(10),
            table: 20_000,
            host_calls: 1000,
            side_calls: 8,
            log: 100,
            instances: 64,
            body: 1 << 20,
        }
    }
}
