//! What plugins can do beyond answering, one capability a file. None of it depends on how a guest was called.
//!
//! A plugin's [`Kept`] lives under its name in the host and outlives versions; the rest belongs to a version or a call.

pub(crate) mod counter;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod metric;

/// What a plugin's versions share, kept under the plugin's name as long as the gateway runs.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) kv: kv::Buckets,
    pub(crate) counters: counter::Counters,
    pub(crate) metrics: metric::Metrics,
}
