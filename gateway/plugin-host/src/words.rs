//! The words of the contract with guests, as Rust types. `plugin-sdk/wit` is where they are explained.
//!
//! Everything here is made from that folder, so that host and guests cannot drift apart. What is named alike in two of its
//! interfaces gets a name of its own here.

pub(crate) mod bindings;

pub use bindings::exports::yumen::plugin::routing::Decision;
/// A service that runs in the gateway, and a method of it.
pub use bindings::exports::yumen::plugin::serving::{Invocation, Method, Service};
/// A number that all workers and versions share could not be had.
pub use bindings::yumen::plugin::counters::Error as CounterError;
/// A call of a Dubbo service that a plugin makes, and why there is no result.
pub use bindings::yumen::plugin::dubbo_client::{Error as CallError, Invocation as CallRequest};
pub use bindings::yumen::plugin::endpoints::{Endpoint, Snapshot};
/// The service call that an exchange became.
pub use bindings::yumen::plugin::exchange::RpcCall as Call;
/// An HTTP request that a plugin makes, its response, and why there is none.
pub use bindings::yumen::plugin::http_client::{Error as HttpError, Request as HttpRequest, Response as HttpResponse};
/// An entry that all workers and versions share, and why it could not be had.
pub use bindings::yumen::plugin::kv::{Entry, Error as KvError};
/// How much a line of the log matters.
pub use bindings::yumen::plugin::log::Level;
/// What a number on `/metrics` means.
pub use bindings::yumen::plugin::metrics::Kind as MetricKind;
pub use bindings::yumen::plugin::types::{
    Action, BodyMode, Edit, FailurePolicy, Fields, Interest, Manifest, Outcome, Piece, Protocol, Reply, RpcCode,
    RpcError, Side, Verdict,
};
