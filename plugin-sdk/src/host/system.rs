//! Clock and chance.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::system as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::system as host;

/// Milliseconds since 1970, UTC.
#[must_use]
pub fn now() -> u64 {
    host::now()
}

/// Microseconds of a clock that never goes back; its start means nothing.
#[must_use]
pub fn ticks() -> u64 {
    host::ticks()
}

/// A random number, fit for keys.
#[must_use]
pub fn random() -> u64 {
    host::random()
}
