//! The reading half of a connection: frames in, calls completed, events answered.

use std::time::{Duration, Instant};

use tokio::net::tcp::OwnedReadHalf;

use super::{Connection, End, Strays};
use crate::exchange::inbox::Inbox;
use crate::exchange::pending::{Delivery, Outcome};
use crate::exchange::{Event, write_heartbeat_answer};
use crate::frame::{Frame, Header, Incoming, Kind};

/// Replies to unknown calls that a connection survives within one window.
const UNKNOWN_PER_WINDOW: u32 = 1000;
const WINDOW: Duration = Duration::from_secs(1);

/// Counts the replies to unknown calls, second by second.
struct UnknownRate {
    window: Instant,
    count: u32,
}

impl Connection {
    /// Reads and keeps time until the connection ends.
    pub(super) async fn run(&self, socket: OwnedReadHalf) -> End {
        // Reading comes first: what has arrived counts before a deadline or a silence does.
        tokio::select! {
            biased;
            end = self.read(socket) => end,
            end = self.keep_time() => end,
        }
    }

    async fn read(&self, socket: OwnedReadHalf) -> End {
        let mut inbox = Inbox::new(socket, self.options.payload);
        let mut unknown = UnknownRate { window: Instant::now(), count: 0 };
        loop {
            match inbox.read().await {
                Ok(true) => {}
                Ok(false) if inbox.is_empty() => return broken("closed by the provider"),
                Ok(false) => return broken("closed by the provider inside a frame"),
                Err(error) => return broken(&format!("read failed: {error}")),
            }
            let now = Instant::now();
            self.clock.heard(now);
            loop {
                let known = match inbox.frame() {
                    Ok(Some(incoming)) => self.take(incoming),
                    Ok(None) => break,
                    Err(error) => return broken(&error.to_string()),
                };
                if !known && unknown.exceeded(now) {
                    return broken("more than 1000 replies to unknown calls in a second");
                }
            }
        }
    }

    /// Handles what came in; false when it answers no call that ever was.
    fn take(&self, incoming: Incoming) -> bool {
        match incoming {
            Incoming::Frame(frame) if frame.header.event => {
                self.take_event(&frame);
                true
            }
            Incoming::Frame(frame) => self.complete(frame.header, Outcome::Reply(frame)),
            Incoming::TooLarge(header) => self.complete(header, Outcome::TooLarge(header.length)),
        }
    }

    fn complete(&self, header: Header, outcome: Outcome) -> bool {
        // We export nothing here, so a request from the provider is a stray like any other.
        let delivery = match header.kind {
            Kind::Response { .. } => self.pending.borrow_mut().complete(header.id, outcome),
            Kind::Request { .. } => Delivery::Unknown,
        };
        let late = match delivery {
            Delivery::Delivered(waker) => {
                if let Some(waker) = waker {
                    waker.wake();
                }
                return true;
            }
            Delivery::Late => true,
            Delivery::Unknown => false,
        };
        Strays::count(&self.strays, late);
        Strays::count(&self.total, late);
        late
    }

    fn take_event(&self, frame: &Frame) {
        let Kind::Request { two_way } = frame.header.kind else {
            return; // the answer to our heartbeat: that something was read is all it says
        };
        match Event::read(frame.header.serialization, &frame.body) {
            Event::Heartbeat if two_way && self.outbox.queued() < self.options.write_queue => {
                self.outbox.append(|out| write_heartbeat_answer(&frame.header, &frame.body, out));
            }
            Event::GoAway => self.going_away.set(true),
            Event::ComeBack => self.going_away.set(false),
            Event::Heartbeat | Event::Unknown => {}
        }
    }
}

impl UnknownRate {
    /// Counts one; true when there were too many within the window.
    fn exceeded(&mut self, now: Instant) -> bool {
        if now.saturating_duration_since(self.window) >= WINDOW {
            *self = Self { window: now, count: 0 };
        }
        self.count += 1;
        self.count > UNKNOWN_PER_WINDOW
    }
}

fn broken(why: &str) -> End {
    End::Broken(why.into())
}
