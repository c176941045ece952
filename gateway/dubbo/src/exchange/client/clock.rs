//! The one timer of a connection: deadlines of calls, heartbeats, death of a silent peer, idleness.
//!
//! A connection is *mute* when a call has expired and nothing at all was read since long before: its provider hangs, or
//! is gone without a word. It is asked by a heartbeat at once and every second from then on, and gets no calls that
//! another provider can take, until it is heard of. A provider that is only slow answers the first of these.
//!
//! It is set to the earliest moment at which something may be due, and looks then. A call costs a
//! comparison; only one with an earlier deadline than all before it sets the timer anew. Calls that
//! ended meanwhile are not taken out: the timer finds nothing due and goes to the next moment.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{Connection, End, poll_fn};
use crate::exchange::{dead_after, write_heartbeat};

/// Deadlines are looked at no more often than this, however many there are: a call may end so much
/// later than it should.
const SWEEP_GAP: Duration = Duration::from_millis(2);
/// A connection on which calls have waited for so long while nothing was read is mute when one of them expires.
const MUTE_AFTER: Duration = Duration::from_millis(500);
/// Pause between the heartbeats of a mute connection.
const MUTE_BEAT: Duration = Duration::from_secs(1);
/// Request id of heartbeats: no call has its slot.
const HEARTBEAT_ID: u64 = u32::MAX as u64;

/// The moments that a connection keeps.
pub(super) struct Clock {
    /// When something was last read.
    read: Cell<Instant>,
    /// When the last heartbeat was sent.
    heartbeat: Cell<Instant>,
    /// When the last call began.
    used: Cell<Instant>,
    /// When the first call began after something was last read.
    unheard: Cell<Option<Instant>>,
    /// See above.
    mute: Cell<bool>,
    /// Earliest deadline that may be waiting.
    sweep: Cell<Option<Instant>>,
    /// The timer must be set anew, or the connection has ended.
    changed: Cell<bool>,
    task: Cell<Option<Waker>>,
}

impl Clock {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            read: Cell::new(now),
            heartbeat: Cell::new(now),
            used: Cell::new(now),
            unheard: Cell::new(None),
            mute: Cell::new(false),
            sweep: Cell::new(None),
            changed: Cell::new(false),
            task: Cell::new(None),
        }
    }

    /// A call begins.
    pub(super) fn called(&self, now: Instant, deadline: Instant) {
        self.used.set(now);
        if self.unheard.get().is_none() {
            self.unheard.set(Some(now));
        }
        if self.sweep.get().is_none_or(|sweep| deadline < sweep) {
            self.sweep.set(Some(deadline));
            self.wake();
        }
    }

    /// Something is sent that waits for nothing.
    pub(super) fn used(&self, now: Instant) {
        self.used.set(now);
    }

    /// Something was read.
    pub(super) fn heard(&self, now: Instant) {
        self.read.set(now);
        self.unheard.set(None);
        self.mute.set(false);
    }

    /// Whether a call has expired and nothing was read since.
    pub(super) fn is_mute(&self) -> bool {
        self.mute.get()
    }

    /// A call expired: is the peer silent altogether?
    fn expired(&self, now: Instant) {
        if self.unheard.get().is_some_and(|since| now.saturating_duration_since(since) >= MUTE_AFTER) {
            self.mute.set(true);
        }
    }

    /// Makes the task look at its clock and at the end of the connection.
    pub(super) fn wake(&self) {
        self.changed.set(true);
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

impl Connection {
    /// Keeps time until the connection must end, and says why.
    pub(super) async fn keep_time(&self) -> End {
        let mut timer = pin!(tokio::time::sleep_until(self.next_moment().into()));
        loop {
            let ended = poll_fn(|context| {
                if self.clock.changed.take() {
                    if let Some(end) = &*self.end.borrow() {
                        return Poll::Ready(Some(end.clone()));
                    }
                    timer.as_mut().reset(self.next_moment().into());
                }
                if let Poll::Ready(()) = timer.as_mut().poll(context) {
                    return Poll::Ready(None);
                }
                let known = self.clock.task.take().filter(|known| known.will_wake(context.waker()));
                self.clock.task.set(Some(known.unwrap_or_else(|| context.waker().clone())));
                Poll::Pending
            });
            if let Some(end) = ended.await.or_else(|| self.look(Instant::now())) {
                return end;
            }
            timer.as_mut().reset(self.next_moment().into());
        }
    }

    fn next_moment(&self) -> Instant {
        let beat = self.next_beat();
        let dead = self.clock.read.get() + dead_after(self.options.heartbeat);
        let idle = self.options.idle.map(|idle| self.clock.used.get() + idle);
        let moments = [Some(beat), Some(dead), idle, self.clock.sweep.get()];
        moments.into_iter().flatten().min().unwrap_or(beat)
    }

    fn next_beat(&self) -> Instant {
        let Clock { read, heartbeat, .. } = &self.clock;
        match self.clock.is_mute() {
            true => heartbeat.get() + self.options.heartbeat.min(MUTE_BEAT),
            false => read.get().max(heartbeat.get()) + self.options.heartbeat,
        }
    }

    /// Does what is due.
    fn look(&self, now: Instant) -> Option<End> {
        self.sweep(now);
        let silent = now.saturating_duration_since(self.clock.read.get());
        if silent >= dead_after(self.options.heartbeat) {
            return Some(End::Broken(format!("silent for {} s", silent.as_secs()).into()));
        }
        if now >= self.next_beat() {
            self.clock.heartbeat.set(now);
            if self.outbox.queued() < self.options.write_queue {
                self.outbox.append(|out| write_heartbeat(HEARTBEAT_ID, out));
            }
        }
        self.end_when_idle(now)
    }

    fn sweep(&self, now: Instant) {
        if self.clock.sweep.get().is_none_or(|sweep| now < sweep) {
            return;
        }
        let mut woken = Vec::new();
        let next = self.pending.borrow_mut().expire(now, &mut woken);
        self.clock.sweep.set(next.map(|next| next.max(now + SWEEP_GAP)));
        if !woken.is_empty() {
            self.clock.expired(now);
        }
        woken.into_iter().for_each(Waker::wake);
    }

    fn end_when_idle(&self, now: Instant) -> Option<End> {
        let idle = self.options.idle?;
        if self.pending.borrow().waiting() > 0 {
            self.clock.used.set(now);
            return None;
        }
        (now >= self.clock.used.get() + idle).then_some(End::Idle)
    }
}
