//! Yumen, an edge gateway for Apache Dubbo.
//!
//! ```text
//!  listener ─▶ pipeline ─▶ route ─▶ bridge ─▶ yumen-dubbo ─▶ provider
//!                 ▲   ╰─▶ filter ─▶ yumen-plugin-host
//!                view ◀── snapshot ◀── runtime ◀── config, registries, plugins
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

pub mod exchange;

pub mod view;

pub mod filter;

pub mod pipeline;

// doors and commands
pub mod admin;
pub mod status;

pub mod cli;
pub mod demo;

// roof
pub mod runtime;
