//! The one crossing between REST and Dubbo: a request becomes the arguments of a call, a reply becomes a response.
//!
//! ```text
//!  RouteConfig + Contract ─▶ Plan (once per route and contract)
//!
//!  request ─▶ sources ─▶ text or JSON ─▶ encode ─▶ hessian2 arguments ─▶ call
//!             path query  checked against          written straight into
//!             header body the parameter's type     the buffer, no value tree
//!                  │
//!                  └─▶ Problem (400: which argument, where from, what came, what was expected)
//!
//!  Reply ─▶ decode ─▶ JSON text ─▶ Response      exception ─▶ status ─▶ Problem or the route's own body
//! ```
//! Only this room knows both JSON and hessian2, and only [`status`] turns an error into an HTTP status.

mod argument;
mod contract;
mod decode;
mod encode;
mod exception;
mod exported;
mod json;
mod plan;
mod problem;
mod request;
mod respond;
mod status;
mod template;
mod types;

pub use exception::{exception, thrown_class};
pub use exported::{Exported, Incoming};
pub use plan::{Plan, count, element, thrown};
pub use problem::Problem;
pub use request::Parts;
pub use respond::json_response;
pub use status::cure;
