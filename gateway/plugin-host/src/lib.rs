//! Plugins of the gateway as WebAssembly modules: judged, compiled, pooled, called and counted.
//!
//! ```text
//!  bytes ─▶ module: judge imports and limits ─▶ compile (or AOT cache)
//!                                                     │
//!  Spec ─▶ Host::load: instantiate ─▶ describe ─▶ judge config ─▶ configure ─▶ self-test ─▶ warm
//!                                                     │
//!                                                 Arc<Version>
//!                                                     │ a worker's Pools
//!  request ─▶ Visit ─▶ Pool: take an instance ─▶ set deadline ─▶ call ─▶ judge the verdict ─▶ put it back
//! ```
//! A [`Version`] is one component with one configuration, grants and limits; it never changes. Instances belong to a worker. What traps,
//! runs out of time or is dropped half-way is thrown away with its store. The crate knows nothing of Dubbo or HTTP servers: what a
//! plugin sees of a request it asks of [`Exchange`], what it may call goes through [`Outbound`].

mod abi;
mod balancer;
mod capability;
mod charter;
pub mod deployed;
mod engine;
mod error;
mod exchange;
mod failure;
mod host;
mod judge;
mod limits;
mod module;
pub mod plugins;
mod pool;
mod router;
mod source;
mod spec;
mod statistics;
mod store;
mod version;
mod watch;
pub mod words;

pub use balancer::{Balancer, NONE};
pub use capability::log::{Line, Logs, level_name};
pub use capability::metric::{BOUNDS, Reading, Series};
pub use error::{HostError, LoadError, Step};
pub use exchange::{EndpointStats, Exchange, Outbound, SideCalls, Visit};
pub use failure::Failure;
pub use host::{Host, HostOptions};
pub use limits::Limits;
pub use module::Inspection;
pub use pool::{Pool, Pools};
pub use router::{Choice, Router};
pub use source::Source;
pub use spec::{Artifact, Digest, Grants, Isolation, Kind, Spec};
pub use statistics::Statistics;
pub use version::Version;
pub use watch::Watch;
