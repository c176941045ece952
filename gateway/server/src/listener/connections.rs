//! All connections of one worker: their deadlines, their memory, their end.
//!
//! One look at every connection a few times a second replaces timers: no request and no connection owns one. The clock
//! that connections note their times with is the one of the last look, so every deadline here is late by up to [`TICK`].

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use slab::Slab;
use tokio::sync::Notify;

use crate::listener::{
    inbound::Place,
    rejection::Reason,
    wire::{Order, Wire},
};

/// Time between two looks.
pub(super) const TICK: Duration = Duration::from_millis(250);
/// How long an idle connection may still bring a last request once a drain has begun.
const LAST_REQUEST: Duration = Duration::from_secs(1);
/// A connection that took no byte for this long is stalled, when memory is short.
const STALLED: Duration = Duration::from_millis(200);

/// All connections of one worker.
#[derive(Default)]
pub(super) struct Connections {
    wires: RefCell<Slab<Rc<Wire>>>,
    clock: Cell<Option<Instant>>,
    busy: Cell<usize>,
    unread: Cell<usize>,
    /// Bytes of large request bodies; shared with the bytes themselves, which may be dropped anywhere.
    held: Arc<AtomicUsize>,
    draining: Cell<Option<Instant>>,
    /// Somebody came, or the last one left.
    changed: Notify,
}

/// A connection's place among the others; it leaves when this is dropped.
pub(super) struct Seat {
    wire: Rc<Wire>,
    key: usize,
}

impl Connections {
    /// Takes a connection in.
    pub(super) fn seat(wire: &Rc<Wire>) -> Seat {
        let connections = &wire.connections;
        let key = connections.wires.borrow_mut().insert(Rc::clone(wire));
        if connections.draining.get().is_some() {
            wire.closing.set(true);
        }
        connections.changed.notify_one();
        Seat { wire: Rc::clone(wire), key }
    }

    /// The time of the last look, or now when there was none lately.
    pub(super) fn now(&self) -> Instant {
        self.clock.get().unwrap_or_else(Instant::now)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.wires.borrow().is_empty()
    }

    /// Requests under way on this worker.
    pub(super) fn busy(&self) -> usize {
        self.busy.get()
    }

    pub(super) fn begin(&self) {
        self.busy.set(self.busy.get() + 1);
    }

    pub(super) fn end(&self) {
        self.busy.set(self.busy.get() - 1);
    }

    /// What all large request bodies together hold.
    pub(super) fn held(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.held)
    }

    pub(super) fn add_unread(&self, bytes: usize) {
        self.unread.set(self.unread.get() + bytes);
    }

    pub(super) fn remove_unread(&self, bytes: usize) {
        self.unread.set(self.unread.get().saturating_sub(bytes));
    }

    /// Looks after the connections for ever. Sleeps while there is none.
    pub(super) async fn watch(&self) {
        loop {
            if self.is_empty() {
                self.clock.set(None);
                self.changed.notified().await;
            }
            self.look(Instant::now());
            tokio::time::sleep(TICK).await;
        }
    }

    /// Waits until there is none.
    pub(super) async fn emptied(&self) {
        while !self.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets every connection end with the request under way, or the next one if it is just coming.
    pub(super) fn drain(&self) {
        self.draining.set(Some(Instant::now()));
        for (_, wire) in &*self.wires.borrow() {
            retire(wire);
        }
    }

    /// Ends every connection.
    pub(super) fn cut(&self) {
        for (_, wire) in &*self.wires.borrow() {
            wire.command(Order::Cut);
        }
    }

    /// One look at every connection.
    fn look(&self, now: Instant) {
        self.clock.set(Some(now));
        let last_call = self.draining.get().is_some_and(|begun| now - begun > LAST_REQUEST);
        for (_, wire) in &*self.wires.borrow() {
            judge(wire, now);
            if last_call && wire.busy() == 0 && wire.place() == Place::Between {
                wire.command(Order::Finish);
            }
        }
        self.shed(now);
    }

    /// When the answers that nobody reads grow too large, the connection with most of them ends.
    pub(super) fn shed(&self, now: Instant) {
        let wires = self.wires.borrow();
        let Some(limit) = wires.iter().next().map(|(_, wire)| wire.limits.unread_answers_worker) else { return };
        let mut over = self.unread.get();
        while over > limit {
            let stalled = |wire: &Rc<Wire>| {
                let (bytes, taken) = wire.unread();
                (wire.order() != Order::Cut && bytes > 0 && now.saturating_duration_since(taken) > STALLED)
                    .then_some(bytes)
            };
            let largest =
                wires.iter().filter_map(|(_, wire)| Some((stalled(wire)?, wire))).max_by_key(|(bytes, _)| *bytes);
            let Some((bytes, wire)) = largest else { return };
            wire.command(Order::Cut);
            over = over.saturating_sub(bytes);
        }
    }
}

/// Says that the next answer is the last.
fn retire(wire: &Rc<Wire>) {
    wire.closing.set(true);
    // HTTP/2 says so by GOAWAY; an HTTP/1 connection with a request under way closes after it.
    if wire.place() == Place::Frames || wire.busy() > 0 {
        wire.command(Order::Finish);
    }
}

/// Applies the deadlines of one connection.
fn judge(wire: &Rc<Wire>, now: Instant) {
    let limits = &wire.limits;
    let past = |since: Instant, limit: Duration| now.saturating_duration_since(since) > limit;
    let (unread, taken) = wire.unread();
    let blocked = wire.blocked().is_some_and(|since| past(since, limits.stalled_write));
    if blocked || unread > 0 && past(taken, limits.stalled_write) {
        return wire.command(Order::Cut);
    }
    if wire.busy() > 0 || unread > 0 || wire.blocked().is_some() {
        return;
    }
    let first = if wire.has_served() { limits.idle } else { limits.header_timeout };
    match wire.place() {
        Place::Head if past(wire.since(), limits.header_timeout) => wire.refuse(Reason::HeaderTimeout),
        Place::Between if past(wire.since(), first) => wire.command(Order::Cut),
        Place::Frames if past(wire.since(), first) && wire.order() == Order::None => wire.command(Order::Finish),
        Place::Frames if past(wire.since(), first + limits.header_timeout) => wire.command(Order::Cut),
        Place::Between | Place::Frames if is_old(wire, now) => retire(wire),
        _ => (),
    }
}

/// Whether the connection is past its age, give or take a tenth by its port, so that not all end at once.
fn is_old(wire: &Wire, now: Instant) -> bool {
    let spread = 0.9 + f64::from(wire.peer.port() % 1000) / 5000.0;
    now.saturating_duration_since(wire.accepted) > wire.limits.max_age.mul_f64(spread)
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.wire.connections.wires.borrow_mut().remove(self.key);
    }
}
