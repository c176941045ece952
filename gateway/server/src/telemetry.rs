//! What the gateway tells about itself: numbers, one line a request, and a log.
//!
//! ```text
//!  workers ─▶ metric (relaxed atomics, one shard a worker) ─▶ observable instruments ─▶ /metrics
//!        └──▶ access_log (a buffer a worker) ─▶ writer thread ─▶ stdout
//!  everyone ─▶ log (tracing) ─▶ writer thread ─▶ stderr
//! ```
//! A request formats nothing unless a line is written for it, and takes no lock.

pub mod access_log;
pub mod log;
pub mod metric;
