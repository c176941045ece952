//! The codec against bytes: every shape, every limit, and whatever hostile bytes may try.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod hostile;
mod random;
mod reader;
mod references;
mod shapes;
mod text;
mod well_known;
mod wire;
mod writer;
