//! `exchange` and `endpoint-stats`: looks at what was not copied into the call. Outside an exchange everything is empty.

use super::Room;
use super::ours::{endpoint_stats, exchange};
use crate::exchange::{EndpointStats, Exchange};
use crate::words::{Call, Fields, Outcome, Side};

impl Room {
    /// Asks the exchange, at the cost of a host call.
    fn ask<R: Default>(&mut self, ask: impl FnOnce(&dyn Exchange) -> R) -> wasmtime::Result<R> {
        self.spend_call()?;
        Ok(self.visit().map(|visit| ask(visit.exchange())).unwrap_or_default())
    }

    /// Asks for live numbers of endpoints, at the cost of a host call.
    fn look<R: Default>(&mut self, look: impl FnOnce(&dyn EndpointStats) -> R) -> wasmtime::Result<R> {
        self.spend_call()?;
        Ok(self.stats().map(|stats| look(&*stats)).unwrap_or_default())
    }
}

impl exchange::Host for Room {
    fn field(&mut self, side: Side, name: String) -> wasmtime::Result<Option<String>> {
        self.ask(|exchange| exchange.field(side, &name))
    }

    fn field_all(&mut self, side: Side, name: String) -> wasmtime::Result<Vec<String>> {
        self.ask(|exchange| exchange.field_all(side, &name))
    }

    fn all_fields(&mut self, side: Side) -> wasmtime::Result<Fields> {
        self.ask(|exchange| exchange.all_fields(side))
    }

    fn property(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        self.ask(|exchange| exchange.property(&name))
    }

    fn call(&mut self) -> wasmtime::Result<Option<Call>> {
        self.ask(|exchange| exchange.call())
    }

    fn attachments(&mut self) -> wasmtime::Result<Fields> {
        self.ask(|exchange| exchange.attachments())
    }

    fn arguments(&mut self) -> wasmtime::Result<Option<String>> {
        self.ask(|exchange| exchange.arguments())
    }

    fn argument(&mut self, index: u32) -> wasmtime::Result<Option<String>> {
        self.ask(|exchange| exchange.argument(index))
    }

    fn call_outcome(&mut self) -> wasmtime::Result<Option<Outcome>> {
        self.ask(|exchange| exchange.outcome())
    }
}

impl endpoint_stats::Host for Room {
    fn active(&mut self, index: u32) -> wasmtime::Result<u32> {
        self.look(|stats| stats.active(index))
    }

    fn latency(&mut self, index: u32) -> wasmtime::Result<u32> {
        self.look(|stats| stats.latency(index))
    }

    fn available(&mut self, index: u32) -> wasmtime::Result<bool> {
        self.look(|stats| stats.available(index))
    }
}
