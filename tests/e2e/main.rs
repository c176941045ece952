//! REST calls through a real gateway to real Java providers of Dubbo 2.7, 3.2 and 3.3, all of them learned from a real ZooKeeper.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::type_complexity,
    unreachable_pub,
    reason = "a test that cannot go on has failed, tells where it stands, and keeps its cases in tables"
)]

mod access_log;
mod answers;
mod depot;
mod drain;
mod drill;
mod errors;
mod exact;
mod failover;
mod load;
mod outage;
mod pair;
mod provided;
mod refusals;
mod reload;
mod rows;
mod start;
mod types;
mod world;
