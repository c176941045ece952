//! REST calls through a real gateway to real Java providers of Dubbo 2.7, 3.2 and 3.3, all of them learned from a real ZooKeeper.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, reason = "a test that cannot go on has failed")]

mod exact;
mod types;
mod world;
