//! The world that tests run in: real sockets, real Java peers, and the rules of the house.

pub mod gateway;
pub mod java;
mod process;
pub mod provider;
pub use process::Paused;
pub mod yumen;
pub mod zookeeper;
