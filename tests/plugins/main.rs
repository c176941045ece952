//! Plugins in a real gateway, from a client's socket to a provider's and back.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a test that cannot go on has failed")]

mod bodies;
mod commands;
mod failures;
mod filters;
mod gate;
mod life;
mod providers;
mod refusals;
mod services;
mod shipped;
mod side_calls;
mod swap;
mod world;
