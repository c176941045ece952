//! Where plugins are made: from a template to a component that is tested and measured, without a gateway.
//!
//! ```text
//!  scaffold ──▶ folder with plugin.yaml ──▶ build ──▶ NAME.wasm ──▶ trial: tests/*.yaml in a host of its own
//!                                                        ├────────▶ outline: what it is, imports and exports
//!                                                        └────────▶ measure: what its calls, instances and compilation cost
//! ```
//! It drives the tools of each language and reads and writes files of the author's project; a gateway that serves needs none of it.

mod build;
mod case;
mod language;
mod measure;
mod outline;
mod project;
mod scaffold;
mod script;
mod trial;
mod trouble;

pub use build::{Built, Talk, build};
pub use language::{Language, world};
pub use measure::{Figures, Phase, measure};
pub use outline::{Form, Import, Inspected, Lane, Outline, inspect, outline};
pub use project::Project;
pub use scaffold::{Scaffold, scaffold};
pub use trial::{Report, Verdict, trial};
pub use trouble::Trouble;
