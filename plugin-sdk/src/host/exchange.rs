//! What was not copied into the call: read only, each look is a crossing. What every request needs is better wanted in the
//! manifest.

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::exchange as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::exchange as host;

pub use crate::bindings::host::yumen::plugin::exchange::RpcCall;
use crate::{Fields, Outcome, Side};

/// The first field of this name.
#[must_use]
pub fn field(side: Side, name: &str) -> Option<String> {
    host::field(side, name)
}

/// Every value of this name.
#[must_use]
pub fn field_all(side: Side, name: &str) -> Vec<String> {
    host::field_all(side, name)
}

/// Every field.
#[must_use]
pub fn all_fields(side: Side) -> Fields {
    host::all_fields(side)
}

/// `route.name`, `request.id`, `client.address`, `listener.name`, `tag.NAME`, and every name that a manifest may want.
#[must_use]
pub fn property(name: &str) -> Option<String> {
    host::property(name)
}

/// The call that the exchange became; `None` before it is known.
#[must_use]
pub fn call() -> Option<RpcCall> {
    host::call()
}

/// The call's attachments.
#[must_use]
pub fn attachments() -> Fields {
    host::attachments()
}

/// The call's arguments as a JSON array.
#[must_use]
pub fn arguments() -> Option<String> {
    host::arguments()
}

/// One argument as JSON text.
#[must_use]
pub fn argument(index: u32) -> Option<String> {
    host::argument(index)
}

/// How the call ended; `None` before it has.
#[must_use]
pub fn call_outcome() -> Option<Outcome> {
    host::call_outcome()
}
