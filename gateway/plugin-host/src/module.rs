//! From bytes to code: what a component is, what it becomes for this machine, and where that is kept.

mod cache;
mod compile;
mod inspect;

pub(crate) use cache::Cache;
pub(crate) use compile::Compiler;
pub use inspect::Inspection;
