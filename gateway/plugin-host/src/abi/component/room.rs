//! What a store knows besides the guest's memory: who visits, and how much of each budget is left.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use send_wrapper::SendWrapper;
use wasmtime::{ResourceLimiter, UpdateDeadline};

use super::clock::Clock;
use super::wasi::Wasi;
use crate::capability::counter::Counter;
use crate::capability::metric::Series;
use crate::charter::Charter;
use crate::exchange::{EndpointStats, Visit};

/// Bytes of log that one callback may write.
const LOG_BYTES: usize = 256 << 10;

/// The data of a store.
pub(crate) struct Room {
    pub(super) charter: Arc<Charter>,
    /// Set when a worker takes the instance over; it stays on that worker's thread.
    pub(super) seat: Option<SendWrapper<Rc<Seat>>>,
    pub(super) ledger: Ledger,
    pub(super) metrics: Vec<Arc<Series>>,
    pub(super) counters: Vec<Arc<Counter>>,
    pub(super) wasi: Option<Box<Wasi>>,
    clock: Clock,
    host_calls_most: u32,
    host_calls: u32,
    log_bytes: usize,
}

/// Where the visit of the current callback sits. The pool holds the other end, so that coming and going costs no crossing into the store.
#[derive(Default)]
pub(crate) struct Seat {
    pub(crate) visit: RefCell<Option<Visit>>,
    pub(crate) stats: RefCell<Option<Rc<dyn EndpointStats>>>,
    /// The guest waited and was woken since the clock was last looked at.
    pub(crate) woken: Cell<bool>,
}

/// A budget that a callback spent. Raised as a trap; the name is the configuration's.
#[derive(Debug, thiserror::Error)]
#[error("the budget of {0} is spent")]
pub(super) struct Spent(pub(super) &'static str);

/// The callback's time is over.
#[derive(Debug, thiserror::Error)]
#[error("the time is over")]
pub(super) struct OutOfTime;

impl Room {
    pub(super) fn new(charter: Arc<Charter>) -> Room {
        let limits = &charter.limits;
        Room {
            host_calls_most: limits.host_calls,
            ledger: Ledger { memory_most: limits.memory, table_most: limits.table, ..Ledger::default() },
            wasi: charter.waits.then(|| Box::new(Wasi::new(&charter))),
            charter,
            seat: None,
            metrics: Vec::new(),
            counters: Vec::new(),
            clock: Clock::default(),
            host_calls: 0,
            log_bytes: 0,
        }
    }

    /// Fills the budgets for a callback that may compute for `time`. Returns the ticks until the clock is first looked at.
    pub(super) fn begin(&mut self, time: Duration) -> u64 {
        self.host_calls = self.host_calls_most;
        self.log_bytes = LOG_BYTES;
        self.ledger.refused = None;
        self.clock.begin(time)
    }

    /// Counts a host call.
    pub(super) fn spend_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls = self.host_calls.checked_sub(1).ok_or(Spent("host_calls"))?;
        Ok(())
    }

    /// Counts bytes of log.
    pub(super) fn spend_log(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.log_bytes = self.log_bytes.checked_sub(bytes).ok_or(Spent("log"))?;
        Ok(())
    }

    /// The epoch reached the deadline.
    pub(super) fn expired(&mut self) -> wasmtime::Result<UpdateDeadline> {
        let woken = self.seat.as_ref().is_some_and(|seat| seat.woken.replace(false));
        match self.clock.expired(woken) {
            Some(ticks) => Ok(UpdateDeadline::Continue(ticks)),
            None => Err(OutOfTime.into()),
        }
    }

    /// Who visits; nobody while the instance is made ready.
    pub(super) fn visit(&self) -> Option<Visit> {
        self.seat.as_ref()?.visit.borrow().clone()
    }

    pub(super) fn stats(&self) -> Option<Rc<dyn EndpointStats>> {
        self.seat.as_ref()?.stats.borrow().clone()
    }
}

/// What the guest took of memory and tables.
#[derive(Default)]
pub(super) struct Ledger {
    memory_most: u64,
    table_most: u32,
    /// Bytes of all memories.
    pub(super) memory: usize,
    table: usize,
    /// What was refused since the callback began: a trap that follows is its consequence.
    pub(super) refused: Option<&'static str>,
}

impl ResourceLimiter for Ledger {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        let fits = u64::try_from(total).is_ok_and(|total| total <= self.memory_most);
        if !fits {
            self.refused = Some("memory");
            return Ok(false);
        }
        if maximum.is_none_or(|most| desired <= most) {
            self.memory = total;
        }
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table.saturating_add(desired.saturating_sub(current));
        let fits = u32::try_from(total).is_ok_and(|total| total <= self.table_most);
        if !fits {
            self.refused = Some("table");
            return Ok(false);
        }
        if maximum.is_none_or(|most| desired <= most) {
            self.table = total;
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        32
    }

    fn memories(&self) -> usize {
        16
    }
}
