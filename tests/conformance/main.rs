//! What we read and write, against what real Dubbo of every line writes and reads.

#![cfg(test)]

mod hessian;
