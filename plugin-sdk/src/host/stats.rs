//! Live numbers of the endpoints of the list that `pick` works on, by their place in it.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::endpoint_stats as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::stats as host;

/// Calls on their way from this gateway.
#[must_use]
pub fn active(index: u32) -> u32 {
    host::active(index)
}

/// A moving average of what calls took, in microseconds. 0: none ended yet.
#[must_use]
pub fn latency(index: u32) -> u32 {
    host::latency(index)
}

/// Whether a call made now is expected to reach it.
#[must_use]
pub fn available(index: u32) -> bool {
    host::available(index)
}
