//! The one configuration file: what it may say, how it is read, and how a fault in it is told.
//!
//! ```text
//!  yumen.yaml + includes ─▶ Document (tree with places) ◀─ YUMEN_… names, --set
//!                               │ shape: every key and value of the right kind
//!                               ▼
//!                            Config (dead data) ─▶ references: names that must exist, paths, conflicts
//!                               │                        │
//!                               ▼                        ▼
//!                             Loaded                  Findings ─▶ file:line:column, excerpt, caret, help
//! ```
//! Everything under [`Config`] is dead data: live things (routes, references, listeners) are built from it
//! once, elsewhere, and report what they cannot accept as a [`Finding`] at a [`ConfigPath`], so that all
//! faults look the same. Only this room reads files and the environment at start.

mod echo;
mod environment;
mod finding;
mod load;
mod locate;
mod mask;
mod model;
mod node;
mod outside;
mod parse;
mod references;
mod render;
mod repair;
mod schema;
mod shape;
mod suggest;
mod syntax;

pub use echo::Remains;
pub use environment::Override;
pub(crate) use finding::shortened;
pub use finding::{CODES, Code, CodeEntry, Finding, Findings, Lean, Part, Severity};
pub(crate) use load::once_each;
pub use load::{Loaded, Sources, load};
pub use locate::{ConfigPath, Document, Place, Segment};
pub use model::*;
pub(crate) use references::canonical_literal;
pub use render::{Format, Paint, render};
pub use schema::schema_text;
