//! All connections of one worker: their deadlines, their memory, their end.
//!
//! One look at every connection a few times a second replaces timers: no request and no connection owns one. The clock
//! that connections note their times with is the one of the last look, so every deadline here is late by up to [`TICK`].

use std::{
    cell::{Cell, RefCell, RefMut},
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use arc_swap::{ArcSwap, Cache};
use slab::Slab;
use tokio::sync::Notify;

use crate::listener::{
    HttpLimits,
    inbound::Place,
    rejection::Reason,
    wire::{Order, Wire},
};

/// Time between two looks.
pub(super) const TICK: Duration = Duration::from_millis(250);
/// How long an idle connection may still bring a last request once a drain has begun.
const LAST_REQUEST: Duration = Duration::from_secs(1);
/// While more answers are unread than may be: time between two looks, and how long without a byte taken is a stall.
const SHORT: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(200));
/// While twice as many are unread, and calls wait.
const VERY_SHORT: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(40));

/// A connection that was idle for this long may be closed for a newcomer.
const IDLE_ENOUGH: Duration = Duration::from_millis(500);
/// Of the idle connections so many end at once, as a part and at most, so that a crowd of newcomers does not look at all of
/// them each time.
const MAKE_ROOM: (usize, usize) = (32, 32);

/// An answer of which a few hundred would matter.
const LARGE: usize = 64 << 10;

/// All connections of one worker.
pub(super) struct Connections {
    /// The limits of the moment; one load of a pointer when they have not changed.
    limits: RefCell<Cache<Arc<ArcSwap<HttpLimits>>, Arc<HttpLimits>>>,
    wires: RefCell<Slab<Rc<Wire>>>,
    clock: Cell<Option<Instant>>,
    busy: Cell<usize>,
    unread: Cell<usize>,
    /// Bytes of large request bodies; shared with the bytes themselves, which may be dropped anywhere.
    held: Arc<AtomicUsize>,
    /// Where small answers are put together.
    scratch: RefCell<Vec<u8>>,
    draining: Cell<Option<Instant>>,
    /// Somebody came, or the last one left.
    changed: Notify,
    /// Too many answers are unread.
    pressed: Notify,
    /// No longer far too many answers are unread.
    eased: Notify,
}

/// A connection's place among the others; it leaves when this is dropped.
pub(super) struct Seat {
    wire: Rc<Wire>,
    key: usize,
}

impl Connections {
    /// None yet; `limits` may be exchanged at any time.
    pub(super) fn new(limits: Arc<ArcSwap<HttpLimits>>) -> Self {
        Self {
            limits: RefCell::new(Cache::new(limits)),
            wires: RefCell::default(),
            clock: Cell::default(),
            busy: Cell::default(),
            unread: Cell::default(),
            held: Arc::default(),
            scratch: RefCell::default(),
            draining: Cell::default(),
            changed: Notify::default(),
            pressed: Notify::default(),
            eased: Notify::default(),
        }
    }

    /// The limits of the moment.
    pub(super) fn limits(&self) -> Arc<HttpLimits> {
        Arc::clone(self.limits.borrow_mut().load())
    }

    /// The limits of the moment, if they are not these.
    pub(super) fn newer(&self, known: &Arc<HttpLimits>) -> Option<Arc<HttpLimits>> {
        let mut limits = self.limits.borrow_mut();
        let newest = limits.load();
        (!Arc::ptr_eq(newest, known)).then(|| Arc::clone(newest))
    }

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

    /// An empty buffer, to be given back before anyone else asks for it.
    pub(super) fn scratch(&self) -> RefMut<'_, Vec<u8>> {
        let mut scratch = self.scratch.borrow_mut();
        scratch.clear();
        scratch
    }

    /// What all large request bodies together hold.
    pub(super) fn held(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.held)
    }

    /// Answer bytes begin to wait; `limit` is what may wait on this worker.
    pub(super) fn add_unread(&self, bytes: usize, limit: usize) {
        let unread = self.unread.get() + bytes;
        self.unread.set(unread);
        if unread > limit {
            self.pressed.notify_one();
        }
    }

    pub(super) fn remove_unread(&self, bytes: usize) {
        self.unread.set(self.unread.get().saturating_sub(bytes));
        self.eased.notify_waiters();
    }

    /// Whether a call may be made now: not while far more answer bytes are unread than may be, because it would add to them.
    /// A connection whose last answer was large waits first.
    pub(super) fn has_room(&self, wire: &Wire) -> bool {
        let times = if wire.last_answer() > LARGE { 2 } else { 3 };
        self.unread.get() <= times * wire.limits().unread_answers_worker
    }

    /// Waits for room.
    pub(super) async fn room(&self, wire: &Wire) {
        while !self.has_room(wire) {
            self.eased.notified().await;
        }
    }

    /// Looks after the connections for ever. Sleeps while there is none.
    pub(super) async fn watch(&self) {
        loop {
            if self.is_empty() {
                self.clock.set(None);
                self.changed.notified().await;
            }
            let hurry = self.look(Instant::now());
            tokio::select! {
                () = tokio::time::sleep(hurry.unwrap_or(TICK)) => (),
                () = self.pressed.notified(), if hurry.is_none() => (),
            }
        }
    }

    /// Waits until there is none.
    pub(super) async fn emptied(&self) {
        while !self.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// All places are taken: ends the connections that were idle the longest, and says how many; none when none is idle.
    pub(super) fn make_room(&self, now: Instant) -> usize {
        let wires = self.wires.borrow();
        let mut idle: Vec<_> = wires.iter().filter_map(|(_, wire)| Some((idle_since(wire, now)?, wire))).collect();
        let count = (idle.len() / MAKE_ROOM.0).clamp(1, MAKE_ROOM.1).min(idle.len());
        if count > 0 {
            idle.select_nth_unstable_by_key(count - 1, |(since, _)| *since);
        }
        idle.iter().take(count).for_each(|(_, wire)| wire.command(Order::Cut));
        count
    }

    /// Lets every connection end with the request under way, or the next one if it is just coming.
    pub(super) fn drain(&self) {
        self.draining.set(Some(Instant::now()));
        for (_, wire) in &*self.wires.borrow() {
            wire.retire();
        }
    }

    /// Ends every connection.
    pub(super) fn cut(&self) {
        for (_, wire) in &*self.wires.borrow() {
            wire.command(Order::Cut);
        }
    }

    /// One look at every connection. `Some`: memory is short, look again so soon.
    fn look(&self, now: Instant) -> Option<Duration> {
        self.clock.set(Some(now));
        let last_call = self.draining.get().is_some_and(|begun| now - begun > LAST_REQUEST);
        for (_, wire) in &*self.wires.borrow() {
            judge(wire, now);
            if last_call && wire.busy() == 0 && wire.place() == Place::Between {
                wire.command(Order::Finish);
            }
        }
        self.shed(now)
    }

    /// When the answers that nobody reads grow too large, the stalled connections with most of them end.
    fn shed(&self, now: Instant) -> Option<Duration> {
        let wires = self.wires.borrow();
        let limit = self.limits.borrow_mut().load().unread_answers_worker;
        let mut unread = self.unread.get();
        let ((tick, stall), goal) = match unread {
            _ if unread > 2 * limit => (VERY_SHORT, 0),
            _ if unread > limit => (SHORT, limit / 4 * 3),
            _ => return None,
        };
        let mut stalled: Vec<_> =
            wires.iter().filter_map(|(_, wire)| Some((stalled(wire, now, stall)?, wire))).collect();
        stalled.sort_unstable_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        for (bytes, wire) in stalled {
            if unread <= goal {
                break;
            }
            wire.command(Order::Cut);
            unread = unread.saturating_sub(bytes);
        }
        Some(tick)
    }
}

/// Bytes that the client of this connection leaves unread, if it took none of them for this long.
fn stalled(wire: &Wire, now: Instant, stall: Duration) -> Option<usize> {
    let (bytes, taken) = wire.unread();
    let is_stalled = bytes > 0 && now.saturating_duration_since(taken) > stall;
    (is_stalled && wire.order() != Order::Cut).then_some(bytes)
}

/// Since when a connection has no whole request, if that is long enough to close it for another.
fn idle_since(wire: &Wire, now: Instant) -> Option<Instant> {
    let waits = matches!(wire.place(), Place::Between | Place::Head | Place::Frames) && wire.order() != Order::Cut;
    let free = wire.busy() == 0 && wire.unread().0 == 0 && wire.blocked().is_none();
    let enough = now.saturating_duration_since(wire.since()) > IDLE_ENOUGH;
    (waits && free && enough).then(|| wire.since())
}

/// Applies the deadlines of one connection.
fn judge(wire: &Rc<Wire>, now: Instant) {
    if wire.busy() == 0 {
        wire.refresh();
    }
    let limits = wire.limits();
    let past = |since: Instant, limit: Duration| now.saturating_duration_since(since) > limit;
    let (unread, taken) = wire.unread();
    let blocked = wire.blocked().is_some_and(|since| past(since, limits.stalled_write));
    if blocked || unread > 0 && past(taken, limits.stalled_write) {
        return wire.command(Order::Cut);
    }
    if let Some(since) = wire.oldest_answer().filter(|since| past(*since, limits.request_timeout)) {
        // Over HTTP/2 the other streams have as long again to end.
        if wire.place() != Place::Frames || past(since, 2 * limits.request_timeout) {
            return wire.command(Order::Cut);
        }
        wire.retire();
    }
    if !wire.closing.get() && is_old(wire, now) {
        wire.retire();
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
        _ => (),
    }
}

/// Whether the connection is past its age, give or take a tenth by its port, so that not all end at once.
fn is_old(wire: &Wire, now: Instant) -> bool {
    let spread = 0.9 + f64::from(wire.peer.port() % 1000) / 5000.0;
    now.saturating_duration_since(wire.accepted) > wire.limits().max_age.mul_f64(spread)
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.wire.connections.wires.borrow_mut().remove(self.key);
    }
}
