//! Incoming connections: requests in, replies out under the same id.
//!
//! ```text
//!  listener ─▶ connection ─▶ reader ─▶ handler(Request) ─▶ ServerReply ─┐
//!                 ▲                       ready at once, or a task      │
//!                 └──── writer ◀──────── Outbox ◀───────────────────────┘
//! ```
//! A peer's header is judged before anything is allocated for its body, and a peer that does not
//! read its replies is not read from. Nothing a peer sends ends more than its own connection.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};

use futures_util::future::LocalBoxFuture;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, spawn_local};

use crate::body::hessian2::RequestBody;
use crate::error::Status;
use crate::exchange::{ExchangeOptions, write_go_away};
use crate::transport;

mod connection;

use connection::Connection;

/// Answers requests. Runs on the server's worker; a future that is ready at once costs no task.
pub type Handler = Rc<dyn Fn(Request) -> LocalBoxFuture<'static, ServerReply>>;

/// A request as it came in.
#[derive(Debug)]
pub struct Request {
    /// Who sent it.
    pub peer: SocketAddr,
    /// The consumer wants an answer; without one, whatever the handler gives is dropped.
    pub two_way: bool,
    /// What is asked.
    pub body: RequestBody,
}

/// What a handler gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerReply {
    /// The method's return value, hessian2.
    Value(Vec<u8>),
    /// The method returned nothing.
    Null,
    /// The method threw this exception, hessian2.
    Exception(Vec<u8>),
    /// No result, for this reason.
    Status(Status, String),
    /// These bytes, as they are, in place of a frame.
    Raw(Vec<u8>),
    /// No answer at all.
    Silence,
    /// The connection is closed, after what is queued has been sent.
    Close,
}

/// A listening provider. Dropping it stops to accept and closes its connections.
pub struct Server {
    shared: Rc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    options: ExchangeOptions,
    handler: Handler,
    connections: RefCell<Vec<Weak<Connection>>>,
    /// New connections are told at once.
    going_away: Cell<bool>,
}

impl Server {
    /// Accepts connections on the current worker.
    pub fn start(listener: TcpListener, options: ExchangeOptions, handler: Handler) -> Self {
        let shared =
            Rc::new(Shared { options, handler, connections: RefCell::default(), going_away: Cell::new(false) });
        let accepting = spawn_local(Rc::clone(&shared).accept(listener)).abort_handle();
        Self { shared, accepting }
    }

    /// Tells all consumers, and those to come, that no new calls are wanted (true) or are again
    /// (false). Calls are answered as before.
    pub fn go_away(&self, away: bool) {
        self.shared.going_away.set(away);
        for connection in self.shared.living() {
            connection.outbox.append(|out| write_go_away(away, out));
        }
    }

    /// Open connections.
    pub fn connections(&self) -> usize {
        self.shared.living().len()
    }

    /// Closes all connections, queued replies and all; new ones are accepted.
    pub fn disconnect(&self) {
        for connection in self.shared.living() {
            connection.outbox.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        self.disconnect();
    }
}

impl Shared {
    async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.serve(stream, peer),
                // Out of descriptors, mostly: the ones that wait will still be there.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        if transport::prepare(&stream).is_err() {
            return; // gone already
        }
        let connection = Connection::start(stream, peer, self.options.clone(), Rc::clone(&self.handler));
        if self.going_away.get() {
            connection.outbox.append(|out| write_go_away(true, out));
        }
        let mut connections = self.connections.borrow_mut();
        connections.retain(|connection| connection.strong_count() > 0);
        connections.push(Rc::downgrade(&connection));
    }

    fn living(&self) -> Vec<Rc<Connection>> {
        let connections = self.connections.borrow();
        connections.iter().filter_map(Weak::upgrade).filter(|connection| connection.is_open()).collect()
    }
}
