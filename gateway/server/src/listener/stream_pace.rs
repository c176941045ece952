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
    /// Who waits, by ticket: first come, first called.
    waiting: RefCell<VecDeque<(u64, Waker)>>,
    tickets: Cell<u64>,
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
            tickets: Cell::new(0),
            cancelled: Cell::default(),
        }
    }

    /// Waits until a call may be made.
    pub(super) fn turn<'a>(&'a self, wire: &'a Rc<Wire>) -> Waiting<'a> {
        Waiting { pace: self, wire, ticket: None }
    }

    /// An answer is out of our hands: read by the client, or not.
    pub(super) fn sent(&self, read: bool) {
        if read && self.allowed.get() < self.most {
            self.allowed.set(self.allowed.get() + 1);
        }
        self.wake();
    }

    fn is_free(&self, wire: &Wire) -> bool {
        self.active.get() < self.allowed.get() && wire.unread().0 <= wire.limits().unread_answers
    }

    /// Wakes as many as there are free turns.
    fn wake(&self) {
        let free = self.allowed.get().saturating_sub(self.active.get());
        let mut waiting = self.waiting.borrow_mut();
        let count = waiting.len().min(free as usize);
        waiting.drain(..count).for_each(|(_, waker)| waker.wake());
    }

    /// Waits in the order of tickets, also after having been woken for nothing.
    fn queue(&self, ticket: Option<u64>, waker: &Waker) -> u64 {
        let ticket = ticket.unwrap_or_else(|| self.tickets.replace(self.tickets.get() + 1));
        let mut waiting = self.waiting.borrow_mut();
        match waiting.binary_search_by_key(&ticket, |(ticket, _)| *ticket) {
            Ok(place) => waiting[place].1.clone_from(waker),
            Err(place) => waiting.insert(place, (ticket, waker.clone())),
        }
        ticket
    }

    /// Waits no more: a waker left behind would take the turn of another.
    fn leave(&self, ticket: u64) {
        self.waiting.borrow_mut().retain(|(waiting, _)| *waiting != ticket);
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
    /// Its place in the queue, once it had to wait.
    ticket: Option<u64>,
}

impl<'a> Future for Waiting<'a> {
    type Output = Turn<'a>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Turn<'a>> {
        if self.pace.is_free(self.wire) {
            if let Some(ticket) = self.ticket.take() {
                self.pace.leave(ticket);
            }
            self.pace.active.set(self.pace.active.get() + 1);
            return Poll::Ready(Turn { pace: self.pace, wire: self.wire, answered: false });
        }
        self.ticket = Some(self.pace.queue(self.ticket, cx.waker()));
        Poll::Pending
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // It may have been woken instead of another.
        if let Some(ticket) = self.ticket {
            self.pace.leave(ticket);
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
    let most = wire.limits().http2.resets;
    if pace.cancel(most) {
        wire.exhaust();
    }
}
