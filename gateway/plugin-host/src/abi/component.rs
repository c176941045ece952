//! Guests that are components and speak `yumen:plugin`.
//!
//! ```text
//!  Linker (imports/*: every interface we offer) ─▶ Template of a version ─▶ Instance { Store<Room>, exports }
//!                                                                             │ call: on the worker's stack, or on a fiber
//!                                                                             ▼ when the guest may wait
//!                                                                          Room: budgets left, the Seat with the visit
//! ```

mod clock;
mod exports;
mod imports;
mod instance;
mod room;
mod trap;
mod wasi;

pub(crate) use imports::linker;
pub(crate) use instance::{Ask, Instance, PATIENCE, Template};
pub(crate) use room::{Room, Seat};
