//! One outgoing connection, shared by many calls.
//!
//! ```text
//!  call ─▶ Pending.insert ─▶ Outbox ─▶ writer task ─▶ socket
//!   ▲                                                   │
//!   └──── Waiter ◀─── Pending.complete ◀── reader task ◀┘
//!                                            └─ clock: deadlines, heartbeats, idleness; one timer
//! ```
//! Neither task knows what a call means. When the socket ends, every waiter fails at once. Dropping
//! a [`Waiter`] frees its slot; dropping the [`Client`] closes the connection.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::task::spawn_local;

use crate::body::HESSIAN2;
use crate::error::{ErrorKind, RpcError, Sent, Side};
use crate::exchange::ExchangeOptions;
use crate::exchange::outbox::Outbox;
use crate::exchange::pending::{Outcome, Pending};
use crate::frame::{self, Frame, Header};

mod clock;
mod reader;

use clock::Clock;

/// An open connection to a provider. Lives on one worker.
#[derive(Debug)]
pub struct Client {
    connection: Rc<Connection>,
}

/// A call's wait for its reply. Dropping it frees the call's slot; a reply that comes later is
/// counted and dropped.
#[derive(Debug)]
pub struct Waiter {
    connection: Rc<Connection>,
    id: u64,
    taken: bool,
}

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// We closed it: nobody uses it any more.
    Dropped,
    /// It had no calls for as long as an idle connection may live.
    Idle,
    /// The peer closed it, reset it, fell silent or sent what no Dubbo peer sends.
    Broken(Rc<str>),
}

/// How many replies no call wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strays {
    /// Replies to calls that had given up.
    pub late: u64,
    /// Replies to no call of this connection, second replies, and requests from the provider.
    pub unknown: u64,
}

impl Strays {
    fn count(counter: &Cell<Self>, late: bool) {
        let Self { late: before, unknown } = counter.get();
        counter.set(match late {
            true => Self { late: before + 1, unknown },
            false => Self { late: before, unknown: unknown + 1 },
        });
    }
}

/// Closes a connection one of whose tasks ends, be it by a panic: without its reader and clock no call would ever end.
struct CloseOnDrop<'a>(&'a Connection);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close(End::Broken("the connection's task ended".into()));
    }
}

/// What the two tasks of a connection, its calls and its owner share.
struct Connection {
    address: Rc<str>,
    options: ExchangeOptions,
    outbox: Outbox,
    pending: RefCell<Pending>,
    clock: Clock,
    going_away: Cell<bool>,
    strays: Cell<Strays>,
    /// Strays of this connection and others.
    total: Rc<Cell<Strays>>,
    end: RefCell<Option<End>>,
    ended: tokio::sync::Notify,
}

impl Client {
    /// Starts the tasks of a connected socket. `address` names the provider in errors; `total` counts the
    /// strays of all connections that share it.
    pub fn start(stream: TcpStream, address: Rc<str>, options: ExchangeOptions, total: Rc<Cell<Strays>>) -> Self {
        let connection = Rc::new(Connection {
            address,
            options,
            outbox: Outbox::default(),
            pending: RefCell::default(),
            clock: Clock::new(Instant::now()),
            going_away: Cell::new(false),
            strays: Cell::default(),
            total,
            end: RefCell::default(),
            ended: tokio::sync::Notify::new(),
        });
        let (read, write) = stream.into_split();
        spawn_local(Rc::clone(&connection).write(write));
        let reading = Rc::clone(&connection);
        spawn_local(async move {
            let _closed = CloseOnDrop(&reading);
            let end = reading.run(read).await;
            reading.close(end);
        });
        Self { connection }
    }

    /// Queues a two-way request whose body `write` appends; await the result for the reply.
    /// `now` is the moment of the call.
    ///
    /// # Errors
    /// With [`Sent::Never`]: [`ErrorKind::Connect`] when the connection has ended, [`ErrorKind::Busy`] when it
    /// holds as many calls or unsent bytes as it may, [`ErrorKind::PayloadTooLarge`].
    pub fn call(&self, now: Instant, deadline: Instant, write: impl FnOnce(&mut Vec<u8>)) -> Result<Waiter, RpcError> {
        let connection = &self.connection;
        connection.admit()?;
        connection.clock.called(now, deadline);
        let id = connection.pending.borrow_mut().insert(deadline, connection.outbox.position());
        if let Err(error) = connection.queue(Header::request(id, true, HESSIAN2), write) {
            connection.pending.borrow_mut().forget(id);
            return Err(error);
        }
        Ok(Waiter { connection: Rc::clone(connection), id, taken: false })
    }

    /// Queues a one-way request whose body `write` appends. There is no reply, nor any word whether
    /// it arrived.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn send(&self, now: Instant, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), RpcError> {
        self.connection.admit()?;
        self.connection.clock.used(now);
        self.connection.queue(Header::request(0, false, HESSIAN2), write)
    }

    /// Whether a new call may be given to this connection: it is open, the provider has not said that it goes
    /// away, and it has not let calls expire without a single byte since.
    pub fn is_available(&self) -> bool {
        self.is_open() && !self.connection.going_away.get() && !self.connection.clock.is_mute()
    }

    /// Whether the connection lives.
    pub fn is_open(&self) -> bool {
        self.connection.end.borrow().is_none()
    }

    /// Calls waiting for their reply.
    pub fn in_flight(&self) -> usize {
        self.connection.pending.borrow().waiting()
    }

    /// Replies that no call wanted, so far.
    pub fn strays(&self) -> Strays {
        self.connection.strays.get()
    }

    /// Waits until the connection has ended, and says why. Does not keep it from ending.
    pub fn ended(&self) -> impl Future<Output = End> + use<> {
        let connection = Rc::clone(&self.connection);
        async move {
            loop {
                let ended = connection.ended.notified();
                if let Some(end) = connection.why_ended() {
                    return end;
                }
                ended.await;
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection.close(End::Dropped);
    }
}

impl Connection {
    fn admit(&self) -> Result<(), RpcError> {
        if let Some(end) = &*self.end.borrow() {
            let message = format!("{}: {end}", self.address);
            return Err(RpcError::new(ErrorKind::Connect, Side::Network, Sent::Never, message));
        }
        let calls = self.pending.borrow().waiting();
        let queued = self.outbox.queued();
        if calls >= self.options.calls || queued >= self.options.write_queue {
            let message = format!("{}: {calls} calls in flight, {queued} bytes unsent", self.address);
            return Err(RpcError::new(ErrorKind::Busy, Side::Consumer, Sent::Never, message));
        }
        Ok(())
    }

    /// Appends a frame, unless its body is too large.
    fn queue(&self, header: Header, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), RpcError> {
        let limit = self.options.payload;
        let queued = self.outbox.append(|out| {
            let start = frame::begin(header, out);
            write(out);
            frame::finish(start, limit, out)
        });
        queued.map_err(|length| {
            let message = format!("request of {length} bytes, the limit is {limit}");
            RpcError::new(ErrorKind::PayloadTooLarge, Side::Consumer, Sent::Never, message)
        })
    }

    async fn write(self: Rc<Self>, socket: OwnedWriteHalf) {
        let _closed = CloseOnDrop(&self);
        if let Err(error) = self.outbox.drive(&socket).await {
            self.close(End::Broken(format!("write failed: {error}").into()));
        }
    }

    fn why_ended(&self) -> Option<End> {
        self.end.borrow().clone()
    }

    /// Ends the connection: fails its calls, stops its tasks. Only the first reason counts.
    fn close(&self, end: End) {
        if self.end.borrow().is_some() {
            return;
        }
        self.end.replace(Some(end));
        let waiting = self.pending.borrow_mut().fail_all();
        waiting.into_iter().for_each(Waker::wake);
        self.outbox.abort();
        self.clock.wake();
        self.ended.notify_waiters();
    }

    /// Makes the outcome of a wait into what the caller gets.
    fn result(&self, outcome: Outcome, start: u64) -> Result<Frame, RpcError> {
        let (kind, side, sent, what) = match outcome {
            Outcome::Reply(frame) => return Ok(frame),
            Outcome::Expired => {
                // What is still queued may be sent yet, so nothing here is sure to be unsent.
                (ErrorKind::Timeout, Side::Provider, Sent::Maybe, "no reply in time".to_owned())
            }
            Outcome::TooLarge(length) => {
                let what = format!("reply of {length} bytes, the limit is {}", self.options.payload);
                (ErrorKind::PayloadTooLarge, Side::Provider, Sent::Maybe, what)
            }
            Outcome::Lost => {
                let sent = if self.outbox.written() > start { Sent::Maybe } else { Sent::Never };
                let end = self.end.borrow();
                let what = end.as_ref().map_or_else(String::new, ToString::to_string);
                (ErrorKind::Closed, Side::Network, sent, what)
            }
        };
        Err(RpcError::new(kind, side, sent, format!("{}: {what}", self.address)))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Future for Waiter {
    type Output = Result<Frame, RpcError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.connection.pending.borrow_mut().poll(self.id, context);
        polled.map(|(outcome, start)| {
            self.taken = true;
            self.connection.result(outcome, start)
        })
    }
}

impl Drop for Waiter {
    /// A cancelled call leaves nothing behind.
    fn drop(&mut self) {
        if !self.taken {
            self.connection.pending.borrow_mut().remove(self.id);
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dropped => f.write_str("connection closed by us"),
            Self::Idle => f.write_str("connection closed while idle"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}
