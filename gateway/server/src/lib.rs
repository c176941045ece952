//! Yumen, an edge gateway for Apache Dubbo.

pub mod config;
