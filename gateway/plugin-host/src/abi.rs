//! How a guest is called and what it may call: one contract each.
//!
//! [`component`] is the contract of `plugin-sdk/wit`. A contract makes instances and calls them; pools, budgets, statistics and what a
//! capability does are the same for all.

pub(crate) mod component;
