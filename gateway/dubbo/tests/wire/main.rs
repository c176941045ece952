//! The wire of the dubbo crate over real sockets: both ends ours, or one of them scripted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod client;
mod frame;
mod hostile;
mod invoker;
mod java;
mod peer;
mod pool;
mod server;
