//! The ZooKeeper registry against a real ZooKeeper 3.9: what is listed, what is kept, and what comes back.
//!
//! Each test has a server of its own. It waits for what it expects, up to a limit that only a failure reaches.
#![allow(clippy::unwrap_used, clippy::panic, reason = "this is all test code: what is not as expected ends the test")]

mod consumer;
mod definition;
mod java;
mod last_known;
mod outage;
mod providers;
mod world;
