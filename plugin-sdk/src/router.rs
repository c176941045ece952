//! Routers: which providers may serve a call.

use serde::de::DeserializeOwned;

pub use crate::bindings::router::exports::yumen::plugin::routing::Decision;
use crate::{Manifest, Snapshot, Wanted};

/// A plugin that narrows the providers of a call.
pub trait Router: Sized + 'static {
    /// What the configuration's JSON is read into. [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned;

    /// What the plugin is and, with [`Manifest::wants_of_calls`], what [`Router::route`] gets.
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

    /// The providers of a service came or changed. Returns lists of places in the snapshot, which `route` may name by number
    /// in [`Decision::Subset`], so that no list crosses the border for a call.
    fn prepare(&mut self, snapshot: Snapshot) -> Result<Vec<Vec<u32>>, String>;

    /// A call.
    fn route(&self, route: &Route) -> Decision;
}

/// A call that looks for providers.
#[derive(Debug)]
pub struct Route<'a> {
    /// The service, as the snapshot named it.
    pub service: &'a str,
    /// What the manifest's `call_wants` asked for.
    pub wanted: Wanted<'a>,
}

impl<'a> Route<'a> {
    /// The value of a wanted name, see [`Wanted::get`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.wanted.get(name)
    }
}
