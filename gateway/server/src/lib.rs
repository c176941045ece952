//! Yumen, an edge gateway for Apache Dubbo.

pub mod cli;
pub mod config;
pub mod listener;
pub mod status;
pub mod telemetry;
