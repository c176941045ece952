//! Requests to HTTP clusters of the configuration that are granted (`grants.clusters`). The plugin waits, the gateway does not.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::http_client as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::http as host;

pub use crate::bindings::host::yumen::plugin::http_client::{Error, Request, Response};

impl Request {
    /// A request without fields and body, that waits as long as the cluster allows.
    #[must_use]
    pub fn new(cluster: &str, method: &str, path: &str) -> Request {
        let (cluster, method, path) = (cluster.to_owned(), method.to_owned(), path.to_owned());
        Request { cluster, method, path, fields: Vec::new(), body: Vec::new(), timeout_ms: 0 }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Request {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Request {
        Request { body: body.into(), ..self }
    }

    /// Waits no longer than this.
    #[must_use]
    pub fn timeout_ms(self, timeout_ms: u32) -> Request {
        Request { timeout_ms, ..self }
    }

    /// Sends it.
    pub fn send(&self) -> Result<Response, Error> {
        host::send(self)
    }
}

/// Sends all at once; answers in the order of the requests.
#[must_use]
pub fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
    host::send_all(requests)
}
