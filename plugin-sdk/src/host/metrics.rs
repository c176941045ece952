//! Numbers on the gateway's `/metrics`, as `yumen_plugin_NAME{plugin="..."}`. They outlive versions.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::metrics as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::metrics as host;

use crate::bindings::host::yumen::plugin::metrics::Kind;

/// A number that only grows.
#[derive(Debug, Clone, Copy)]
pub struct Counter(u32);

/// A number that goes up and down.
#[derive(Debug, Clone, Copy)]
pub struct Gauge(u32);

/// How values are spread.
#[derive(Debug, Clone, Copy)]
pub struct Histogram(u32);

fn define(kind: Kind, name: &str, labels: &[(&str, &str)]) -> Result<u32, String> {
    let labels: Vec<_> = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    host::define(kind, name, &labels)
}

impl Counter {
    /// The counter of this name and these labels. `configure` is the place to ask.
    pub fn define(name: &str, labels: &[(&str, &str)]) -> Result<Counter, String> {
        define(Kind::Counter, name, labels).map(Counter)
    }

    /// Adds to it.
    pub fn add(self, delta: u32) {
        host::add(self.0, i64::from(delta));
    }
}

impl Gauge {
    /// The gauge of this name and these labels. `configure` is the place to ask.
    pub fn define(name: &str, labels: &[(&str, &str)]) -> Result<Gauge, String> {
        define(Kind::Gauge, name, labels).map(Gauge)
    }

    /// Adds to it, or takes from it.
    pub fn add(self, delta: i64) {
        host::add(self.0, delta);
    }

    /// Sets it.
    pub fn set(self, value: u64) {
        host::record(self.0, value);
    }
}

impl Histogram {
    /// The histogram of this name and these labels. `configure` is the place to ask.
    pub fn define(name: &str, labels: &[(&str, &str)]) -> Result<Histogram, String> {
        define(Kind::Histogram, name, labels).map(Histogram)
    }

    /// Notes a value.
    pub fn record(self, value: u64) {
        host::record(self.0, value);
    }
}
