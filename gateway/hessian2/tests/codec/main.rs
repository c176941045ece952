//! The codec against bytes: every shape, every limit, and whatever hostile bytes may try.

#![cfg(test)]

mod hostile;
mod random;
mod reader;
mod references;
mod shapes;
mod text;
mod well_known;
mod wire;
mod writer;
