//! Versions from their bytes to their answers, and guests that mean harm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests all through"
)]

mod guest;
mod hostile;
mod life;
mod serving;
mod waiting;
mod world;
