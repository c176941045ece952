//! The Dubbo RPC runtime: wire, exchange, directory, cluster; usable without any gateway.
//!
//! ```text
//!  Invocation ─▶ Reference ─▶ cluster policy ─▶ Directory ─▶ routers ─▶ LoadBalance
//!                                                                          │ one Provider
//!                                                                          ▼
//!  Reply ◀────── Pending (id ⇄ waiter) ◀── reader        DubboInvoker ─▶ Pool ─▶ exchange::Client
//!                                            ▲                                       │ one flush
//!                                            └──────────── socket ◀── writer ◀───────┘ per turn
//! ```
//! Every box on the upper line is an [`invoker::Invoker`]; it takes an [`invocation::Invocation`]
//! and gives a [`reply::Reply`] or an [`error::RpcError`]. All of it lives on one worker: nothing on
//! a call's path is locked or shared.
//!
//! The modules stand in floor order; a module imports only from those above it in this list.

// floor 1: words
pub mod contract;
pub mod error;
pub mod instances;
pub mod invocation;
pub mod invoker;
pub mod options;
pub mod reply;
pub mod service_key;
pub mod url;
// floor 2: wire
pub mod body;
pub mod exchange;
pub mod frame;
pub mod pool;
pub mod transport;
// floor 3: protocols
pub mod protocol;
// floor 4, governance: who provides
pub mod metadata;
pub mod registry;
// floor 4, governance: who gets the call
pub mod cluster;
pub mod directory;
pub mod load_balance;
pub mod router;
// floor 5: assembly
pub mod reference;
