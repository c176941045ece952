//! What `wit/` says, as Rust: made by `./x wit`, never edited.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[rustfmt::skip]
pub mod filter;
#[rustfmt::skip]
pub mod host;
#[rustfmt::skip]
pub mod load_balancer;
#[rustfmt::skip]
pub mod router;
#[rustfmt::skip]
pub mod service;
