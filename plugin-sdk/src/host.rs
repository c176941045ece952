//! What the gateway offers a plugin. Beside the Wasm target every function goes to [`crate::testing`]'s fake host.

pub mod counters;
pub mod dubbo;
pub mod exchange;
pub mod http;
pub mod kv;
pub mod log;
pub mod metrics;
pub mod stats;
pub mod system;
