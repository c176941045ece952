//! Calls of Dubbo services of the configuration that are granted (`grants.services`). The plugin waits, the gateway does not.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::dubbo_client as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::dubbo as host;

pub use crate::bindings::host::yumen::plugin::dubbo_client::{Error, Invocation};

impl Invocation {
    /// A call of `service` (its name in the configuration) with arguments that are a JSON array.
    #[must_use]
    pub fn new(service: &str, method: &str, arguments: &str) -> Invocation {
        Invocation {
            service: service.to_owned(),
            method: method.to_owned(),
            parameter_types: Vec::new(),
            arguments: arguments.to_owned(),
            attachments: Vec::new(),
            timeout_ms: 0,
        }
    }

    /// Java types, for a service whose methods are not known or to tell overloads apart.
    #[must_use]
    pub fn parameter_types(self, types: &[&str]) -> Invocation {
        Invocation { parameter_types: types.iter().map(|&name| name.to_owned()).collect(), ..self }
    }

    /// Adds an attachment.
    #[must_use]
    pub fn attachment(mut self, name: &str, value: &str) -> Invocation {
        self.attachments.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Waits no longer than this.
    #[must_use]
    pub fn timeout_ms(self, timeout_ms: u32) -> Invocation {
        Invocation { timeout_ms, ..self }
    }

    /// Makes the call. The result is JSON text.
    pub fn invoke(&self) -> Result<String, Error> {
        host::invoke(self)
    }
}
