//! The HTTP port against raw bytes: what passes, what is refused, what a flood may cost, how it ends.
//!
//! Each test starts a listener of its own on port 0, with a handler that says what it saw. `table` holds the raw requests,
//! one row each; `h2spec` asks the conformance suite. Floods have a process of their own, `floods.rs`, because they measure its memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test that cannot go on has failed, and a client that is slow on purpose sleeps"
)]

mod descriptors;
mod drain;
mod front;
mod h2spec;
mod http2;
mod limits;
mod mutations;
mod rows;
mod slow;
mod table;
mod wire;
