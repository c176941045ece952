//! Services: Dubbo services that run in the gateway.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use crate::bindings::service::exports::yumen::plugin::serving::{Invocation, Method, Service as Described};
use crate::{Manifest, RpcCode, RpcError};

/// A plugin that answers calls as a provider would.
pub trait Service: Sized + 'static {
    /// What the configuration's JSON is read into. [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned;

    /// What the plugin is.
    fn describe() -> Manifest;

    /// Makes the plugin; called once for each instance. An error refuses the version.
    fn configure(config: Self::Config) -> Result<Self, String>;

    /// What this configuration takes part in and wants: `manifest` is what [`Self::describe`] said.
    fn configured(&self, manifest: Manifest) -> Manifest {
        manifest
    }

    /// Called once for a version before it serves. An error refuses the version.
    fn self_test(&self) -> Result<(), String> {
        Ok(())
    }

    /// The services and methods that it offers.
    fn services(&self) -> Vec<Described>;

    /// A call. The result is JSON text; [`Invocation::arguments_as`] and [`answer`](Invocation::answer) read and write it.
    fn invoke(&self, invocation: &Invocation) -> Result<String, RpcError>;
}

impl Described {
    /// A service without group, version and methods.
    #[must_use]
    pub fn new(name: &str) -> Described {
        Described { name: name.to_owned(), group: None, version: None, methods: Vec::new() }
    }

    /// Adds a method. Types are Java's: `java.lang.String`, `long`, `java.util.List<java.lang.String>`.
    #[must_use]
    pub fn method(mut self, name: &str, parameter_types: &[&str], return_type: &str) -> Described {
        let parameter_types = parameter_types.iter().map(|&name| name.to_owned()).collect();
        self.methods.push(Method { name: name.to_owned(), parameter_types, return_type: return_type.to_owned() });
        self
    }
}

impl Invocation {
    /// The arguments, read into a tuple: `let (name, times): (String, u32) = invocation.arguments_as()?;`
    pub fn arguments_as<'a, T: Deserialize<'a>>(&'a self) -> Result<T, RpcError> {
        let refused = |error| RpcError::new(RpcCode::BadRequest, format!("the arguments do not fit: {error}"));
        serde_json::from_str(&self.arguments).map_err(refused)
    }

    /// A result, written as JSON.
    pub fn answer<T: Serialize>(result: &T) -> Result<String, RpcError> {
        let refused = |error| RpcError::new(RpcCode::ServerError, format!("the result cannot be written: {error}"));
        serde_json::to_string(result).map_err(refused)
    }
}
