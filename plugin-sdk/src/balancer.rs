//! Load balancers: which one of the providers serves a call.

use serde::de::DeserializeOwned;

use crate::{Manifest, Snapshot};

/// No place: what [`LoadBalancer::pick`] says on the wire for `None`.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// A plugin that chooses one provider of a list. `pick` is numbers only, and runs for every call: keep it short.
pub trait LoadBalancer: Sized + 'static {
    /// What the configuration's JSON is read into. [`crate::NoConfig`] when there is none.
    type Config: DeserializeOwned;

    /// What the plugin is and, with [`Manifest::wants_of_calls`], what [`Pick::key`] is a hash of.
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

    /// A list that `pick` will be asked about came or changed; it is known by its number.
    fn rebuild(&mut self, list: u32, snapshot: Snapshot) -> Result<(), String>;

    /// The list is needed no more.
    fn forget(&mut self, list: u32);

    /// A place in the list, or `None` to leave the choice to the gateway. Live numbers are in [`crate::stats`].
    fn pick(&mut self, pick: &Pick) -> Option<u32>;
}

/// A call that needs a provider.
#[derive(Debug, Clone, Copy)]
pub struct Pick {
    /// Which list.
    pub list: u32,
    /// A hash of the values of `call_wants`; 0 without.
    pub key: u64,
    /// 0 for the first attempt.
    pub attempt: u32,
    /// The place that the attempt before chose.
    pub exclude: Option<u32>,
}
