//! The HTTP port against raw bytes: what passes, what is refused, what a flood may cost, how it ends.
//!
//! Each test starts a listener of its own on port 0, with a handler that says what it saw. `table` holds the raw requests,
//! one row each; `h2spec` asks the conformance suite. Floods have a process of their own, `floods.rs`, because they measure its memory.

mod drain;
mod front;
mod h2spec;
mod http2;
mod mutations;
mod rows;
mod slow;
mod table;
mod wire;
