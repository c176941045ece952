//! Yumen, an edge gateway for Apache Dubbo.
//!
//! ```text
//!  listener ─▶ pipeline ─▶ route ─▶ bridge ─▶ yumen-dubbo ─▶ provider
//!                 ▲
//!              snapshot ◀── runtime ◀── config, registries
//! ```
//! The modules stand in floor order; a module imports only from those above it in this list.

// ground of the product
pub mod config;

pub mod telemetry;

// one request
pub mod listener;

pub mod route;

pub mod bridge;

pub mod snapshot;

pub mod pipeline;

// doors and commands
pub mod admin;
pub mod status;

pub mod cli;
pub mod demo;

// roof
pub mod runtime;
