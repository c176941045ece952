//! Whose turn it is among the streams of one HTTP/2 connection, so that a client that does not read costs little.
//!
//! An answer exists whole once a call is made for it. So calls are made only while the answers already made are being
//! read: a new connection starts with [`FIRST`] calls at once and gains one with every answer that was read, up to all its
//! streams; while more than `unread_answers` bytes wait, no further call is made. A client that reads never notices.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use crate::listener::wire::Wire;

/// Calls at once on a connection of which nothing is known: what a browser opens over HTTP/1, and two.
const FIRST: u32 = 8;
/// The stretch of time for which cancelled streams are counted.
const WINDOW: Duration = Duration::from_secs(30);

/// The turns of one connection.
pub(super) struct StreamPace {
    most: u32,
    allowed: Cell<u32>,
    active: Cell<u32>,
    waiting: RefCell<VecDeque<Waker>>,
    cancelled: Cell<(u32, Option<Instant>)>,
}

impl StreamPace {
    /// At most `most` calls at once, however well the client reads.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            allowed: Cell::new(FIRST.min(most)),
            active: Cell::new(0),
            waiting: RefCell::default(),
            cancelled: Cell::default(),
        }
    }

    /// Waits until a call may be made.
    pub(super) fn turn<'a>(&'a self, wire: &'a Rc<Wire>) -> Waiting<'a> {
        Waiting { pace: self, wire, queued: false }
    }

    /// An answer is out of our hands: read by the client, or not.
    pub(super) fn sent(&self, read: bool) {
        if read && self.allowed.get() < self.most {
            self.allowed.set(self.allowed.get() + 1);
        }
        self.wake();
    }

    fn is_free(&self, wire: &Wire) -> bool {
        self.active.get() < self.allowed.get() && wire.unread().0 <= wire.limits.unread_answers
    }

    /// Wakes as many as there are free turns.
    fn wake(&self) {
        let free = self.allowed.get().saturating_sub(self.active.get());
        let mut waiting = self.waiting.borrow_mut();
        let count = waiting.len().min(free as usize);
        waiting.drain(..count).for_each(Waker::wake);
    }

    /// A stream was reset before its answer. True: too many were.
    fn cancel(&self, most: u32) -> bool {
        let now = Instant::now();
        let (count, since) = match self.cancelled.get() {
            (count, Some(since)) if now - since < WINDOW => (count + 1, since),
            _ => (1, now),
        };
        self.cancelled.set((count, Some(since)));
        count > most
    }
}

/// Waits for a turn.
pub(super) struct Waiting<'a> {
    pace: &'a StreamPace,
    wire: &'a Rc<Wire>,
    queued: bool,
}

impl<'a> Future for Waiting<'a> {
    type Output = Turn<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Turn<'a>> {
        if self.pace.is_free(self.wire) {
            self.queued = false;
            self.pace.active.set(self.pace.active.get() + 1);
            return Poll::Ready(Turn { pace: self.pace, wire: self.wire, answered: false });
        }
        self.queued = true;
        self.pace.waiting.borrow_mut().push_back(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // It may have been woken instead of another.
        if self.queued {
            cancelled(self.pace, self.wire);
            self.pace.wake();
        }
    }
}

/// A call under way.
pub(super) struct Turn<'a> {
    pace: &'a StreamPace,
    wire: &'a Rc<Wire>,
    answered: bool,
}

impl Turn<'_> {
    /// The call has its answer.
    pub(super) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pace.active.set(self.pace.active.get() - 1);
        if !self.answered {
            cancelled(self.pace, self.wire);
        }
        self.pace.wake();
    }
}

fn cancelled(pace: &StreamPace, wire: &Wire) {
    if pace.cancel(wire.limits.http2.resets) {
        wire.exhaust();
    }
}
