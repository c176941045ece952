//! Plugins for the Yumen gateway, in Rust.
//!
//! ```text
//!  impl Filter for X ── export_filter!(X) ──▶ component ──▶ the gateway        (wasm32)
//!        │
//!        └── testing::load::<X>(config) ──▶ the same code beside a fake host  (cargo test)
//! ```
//!
//! A plugin is a type that implements one of [`Filter`], [`Router`], [`LoadBalancer`] and [`Service`], in a crate of type
//! `cdylib`, built for `wasm32-unknown-unknown`:
//!
//! ```
//! use yumen_plugin::{Deserialize, Filter, Manifest, Request, Verdict};
//!
//! #[derive(Deserialize)]
//! struct Config { header: String }
//!
//! struct AddTenant(Config);
//!
//! impl Filter for AddTenant {
//!     type Config = Config;
//!     fn describe() -> Manifest {
//!         yumen_plugin::manifest!().on_request([":authority"])
//!     }
//!     fn configure(config: Config) -> Result<AddTenant, String> {
//!         Ok(AddTenant(config))
//!     }
//!     fn on_request(&self, request: &Request) -> Verdict {
//!         let host = request.authority().unwrap_or_default();
//!         Verdict::next().set(&self.0.header, host.split('.').next().unwrap_or_default())
//!     }
//! }
//!
//! yumen_plugin::export_filter!(AddTenant);
//!
//! let plugin = yumen_plugin::testing::load::<AddTenant>(r#"{"header": "x-tenant"}"#).unwrap();
//! let verdict = plugin.on_request([(":authority", "acme.example.com")]);
//! assert_eq!(verdict, Verdict::next().set("x-tenant", "acme"));
//! ```
//!
//! What the gateway offers a plugin is in the modules [`log`], [`system`], [`metrics`], [`counters`], [`kv`], [`exchange`],
//! [`http`], [`dubbo`] and [`stats`]. What a plugin does not use it does not import, and a plugin that makes no side calls is
//! called on the gateway's fast lane.

mod balancer;
#[doc(hidden)]
pub mod bindings;
#[doc(hidden)]
pub mod export;
mod filter;
mod host;
pub mod json;
mod manifest;
#[cfg(any(test, all(target_arch = "wasm32", feature = "allocator")))]
mod memory;
mod router;
mod service;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod verdict;
mod wanted;

pub use balancer::{LoadBalancer, Pick};
pub use filter::{Body, Call, End, Ended, Filter, Request, Response};
pub use host::{counters, dubbo, exchange, http, kv, log, metrics, stats, system};
pub use router::{Decision, Route, Router};
/// For the configuration of a plugin.
pub use serde::Deserialize;
pub use service::{Described, Invocation, Method, Service};
pub use wanted::Wanted;

pub use bindings::host::yumen::plugin::endpoints::{Endpoint, Snapshot};
pub use bindings::host::yumen::plugin::types::{
    Action, BodyMode, Edit, FailurePolicy, Fields, Interest, Manifest, Outcome, Piece, Protocol, Reply, RpcCode,
    RpcError, Side, Verdict,
};

/// The configuration of a plugin that has none: any key is refused.
#[derive(Debug, Default, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
#[global_allocator]
static MEMORY: memory::FreeLists = memory::FreeLists::new();
