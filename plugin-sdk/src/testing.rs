//! A gateway of paper: what `cargo test` runs a plugin beside, with no Wasm in sight.
//!
//! Each test thread has a [`FakeHost`] of its own, empty at first; [`host`] looks at it and scripts it. [`load`] reads a
//! configuration and makes a filter as the gateway would, [`load_router`], [`load_balancer`] and [`load_service`] the others.
//!
//! ```
//! use yumen_plugin::{testing, kv};
//!
//! testing::host(|host| host.now = 1_700_000_000_000);
//! kv::put("sessions", "ann", b"7", 0).unwrap();
//! assert_eq!(testing::host(|host| host.kv.len()), 1);
//! ```

pub(crate) mod calls;
mod fake;
mod loaded;

pub use fake::{EndpointNumbers, FakeHost, Measured, Slots, Stored};
pub use loaded::{Balancer, Filter, Router, Service, load, load_balancer, load_router, load_service, snapshot};

use std::cell::RefCell;

thread_local! {
    static HOST: RefCell<FakeHost> = RefCell::new(FakeHost::default());
}

/// Looks at this thread's fake host, or scripts it. Not from inside a scripted answer.
pub fn host<R>(look: impl FnOnce(&mut FakeHost) -> R) -> R {
    HOST.with(|host| look(&mut host.borrow_mut()))
}
