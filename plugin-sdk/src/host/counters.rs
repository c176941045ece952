//! Numbers that all workers and all versions of the plugin share, in windows of time. Made for limits.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::counters as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::counters as host;

pub use crate::bindings::host::yumen::plugin::counters::Error;

/// Slots of numbers that start anew with every window.
#[derive(Debug, Clone, Copy)]
pub struct Window(u32);

impl Window {
    /// The window of this name; its slots are shared by everyone who opens it by that name and length. With a length of 0 the
    /// numbers never start anew. `configure` is the place to call it.
    pub fn open(name: &str, milliseconds: u32) -> Result<Window, Error> {
        host::open(name, milliseconds).map(Window)
    }

    /// Adds to a slot in the current window and returns its new value. A slot is any number, such as the [`hash`] of a key.
    #[must_use]
    pub fn add(self, slot: u64, delta: i64) -> i64 {
        host::add(self.0, slot, delta)
    }

    /// The slot's value in the current window.
    #[must_use]
    pub fn get(self, slot: u64) -> i64 {
        host::get(self.0, slot)
    }

    /// The slot's last value in the window before.
    #[must_use]
    pub fn previous(self, slot: u64) -> i64 {
        host::previous(self.0, slot)
    }

    /// Milliseconds until the current window ends.
    #[must_use]
    pub fn remaining(self) -> u32 {
        host::remaining(self.0)
    }
}

/// A slot for a key: 64 bits of FNV-1a, mixed once more so that near keys lie far apart.
#[must_use]
pub fn hash(key: &[u8]) -> u64 {
    let mut hash = key
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
