//! Bytes that all workers and all versions share. A bucket must be granted in the configuration (`grants.kv`).

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::kv as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::kv as host;

pub use crate::bindings::host::yumen::plugin::kv::{Entry, Error};

/// The value of `key`, and its version.
pub fn get(bucket: &str, key: &str) -> Result<Option<Entry>, Error> {
    host::get(bucket, key)
}

/// Sets a value and returns its version. A `ttl_ms` of 0 keeps it until it is removed.
pub fn put(bucket: &str, key: &str, value: &[u8], ttl_ms: u32) -> Result<u64, Error> {
    host::put(bucket, key, value, ttl_ms)
}

/// As [`put`], if the version is still this one; 0 means that nothing is there.
pub fn swap(bucket: &str, key: &str, value: &[u8], if_version: u64, ttl_ms: u32) -> Result<u64, Error> {
    host::swap(bucket, key, value, if_version, ttl_ms)
}

/// Takes a value away; whether one was there.
pub fn remove(bucket: &str, key: &str) -> Result<bool, Error> {
    host::remove(bucket, key)
}
