//! One incoming connection.

use std::cell::Cell;
use std::future::pending;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use futures_util::FutureExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::task::spawn_local;
use yumen_hessian2::Writer;

use super::{Handler, Request, ServerReply};
use crate::body::HESSIAN2;
use crate::body::hessian2::{Outcome, RequestBody, write_reply};
use crate::error::Status;
use crate::exchange::inbox::Inbox;
use crate::exchange::outbox::Outbox;
use crate::exchange::{Event, ExchangeOptions, dead_after, write_heartbeat_answer};
use crate::frame::{self, Frame, Header, Incoming, Kind};

/// A consumer's connection.
pub(super) struct Connection {
    pub(super) outbox: Outbox,
    peer: SocketAddr,
    options: ExchangeOptions,
    handler: Handler,
    in_flight: Cell<usize>,
    /// When something was last read.
    read: Cell<Instant>,
    /// The writer has ended: nothing can be answered any more.
    written: Notify,
    open: Cell<bool>,
}

/// Closes a connection whose reader ends, be it by the panic of a handler.
struct CloseOnDrop<'a>(&'a Connection);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.open.set(false);
        self.0.outbox.abort();
    }
}

/// What an answer needs to know of its request.
#[derive(Clone, Copy)]
struct Asked {
    id: u64,
    two_way: bool,
    /// The consumer reads reply attachments.
    attachments: bool,
}

impl Connection {
    pub(super) fn start(stream: TcpStream, peer: SocketAddr, options: ExchangeOptions, handler: Handler) -> Rc<Self> {
        let connection = Rc::new(Self {
            outbox: Outbox::default(),
            peer,
            options,
            handler,
            in_flight: Cell::new(0),
            read: Cell::new(Instant::now()),
            written: Notify::new(),
            open: Cell::new(true),
        });
        let (read, write) = stream.into_split();
        spawn_local(Rc::clone(&connection).write(write));
        spawn_local(Rc::clone(&connection).run(read));
        connection
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.get()
    }

    async fn write(self: Rc<Self>, socket: OwnedWriteHalf) {
        // A failed write and a closed outbox come to the same: there is nobody to answer.
        let _ = self.outbox.drive(&socket).await;
        self.written.notify_one();
    }

    async fn run(self: Rc<Self>, socket: OwnedReadHalf) {
        let _closed = CloseOnDrop(&self);
        tokio::select! {
            biased;
            () = self.read(socket) => {}
            () = self.written.notified() => {}
            () = self.silence() => {}
        }
    }

    async fn read(self: &Rc<Self>, socket: OwnedReadHalf) {
        let mut inbox = Inbox::new(socket, self.options.payload);
        while let Ok(true) = inbox.read().await {
            self.read.set(Instant::now());
            loop {
                match inbox.frame() {
                    Ok(Some(Incoming::Frame(frame))) => self.take(frame),
                    Ok(Some(Incoming::TooLarge(header))) => return self.refuse(&header).await,
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
            self.outbox.drained_to(self.options.write_queue).await;
        }
    }

    /// Returns when the peer has been silent for too long.
    async fn silence(&self) {
        let limit = dead_after(self.options.heartbeat);
        while self.read.get().elapsed() < limit {
            tokio::time::sleep_until((self.read.get() + limit).into()).await;
        }
    }

    /// Says no to a body that is too large, and closes: nobody waits for what it announced.
    async fn refuse(&self, header: &Header) {
        if let Kind::Request { two_way: true } = header.kind {
            let text = format!("body of {} bytes, the limit is {}", header.length, self.options.payload);
            self.write_status(header.id, Status::BadRequest, &text);
        }
        self.outbox.close();
        pending().await // until the writer has ended
    }

    fn take(self: &Rc<Self>, frame: Frame) {
        let header = frame.header;
        match header.kind {
            Kind::Response { .. } => {} // we ask nothing here; the answer to a heartbeat says it all by coming
            Kind::Request { two_way } if header.event => {
                if two_way && Event::read(header.serialization, &frame.body) == Event::Heartbeat {
                    self.outbox.append(|out| write_heartbeat_answer(&header, &frame.body, out));
                }
            }
            Kind::Request { two_way } => self.take_request(two_way, frame),
        }
    }

    fn take_request(self: &Rc<Self>, two_way: bool, frame: Frame) {
        let Header { id, serialization, .. } = frame.header;
        let refused = if serialization != HESSIAN2 {
            Err((Status::BadRequest, format!("Unexpected serialization id {serialization}, only hessian2 is served")))
        } else if self.in_flight.get() >= self.options.calls {
            let text = format!("thread pool is exhausted: {} calls in flight", self.in_flight.get());
            Err((Status::ThreadPoolExhausted, text))
        } else {
            RequestBody::read(frame.body)
                .map_err(|error| (Status::BadRequest, format!("Fail to decode request due to: {error}")))
        };
        match refused {
            Ok(body) => self.serve(id, Request { peer: self.peer, two_way, body }),
            Err((status, text)) if two_way => self.write_status(id, status, &text),
            Err(_) => {}
        }
    }

    fn serve(self: &Rc<Self>, id: u64, request: Request) {
        let asked = Asked { id, two_way: request.two_way, attachments: request.body.wants_attachments() };
        let mut reply = (self.handler)(request);
        if let Some(reply) = (&mut reply).now_or_never() {
            return self.answer(asked, reply);
        }
        let connection = Rc::clone(self);
        self.in_flight.set(self.in_flight.get() + 1);
        spawn_local(async move {
            let reply = reply.await;
            connection.in_flight.set(connection.in_flight.get() - 1);
            if connection.is_open() {
                connection.answer(asked, reply);
            }
        });
    }

    fn answer(&self, asked: Asked, reply: ServerReply) {
        let outcome = match &reply {
            ServerReply::Close => return self.outbox.close(),
            ServerReply::Silence => return,
            _ if !asked.two_way => return,
            ServerReply::Raw(bytes) => {
                return self.outbox.append(|out| out.extend_from_slice(bytes));
            }
            ServerReply::Status(status, text) => return self.write_status(asked.id, *status, text),
            ServerReply::Value(value) => Outcome::Value(value),
            ServerReply::Exception(exception) => Outcome::Exception(exception),
            ServerReply::Null => Outcome::Null,
        };
        let written = self.outbox.append(|out| {
            let start = frame::begin(Header::response(asked.id, Status::Ok.code(), HESSIAN2), out);
            write_reply(outcome, asked.attachments, out);
            frame::finish(start, self.options.payload, out)
        });
        if let Err(length) = written {
            let text = format!("reply of {length} bytes, the limit is {}", self.options.payload);
            self.write_status(asked.id, Status::SerializationError, &text);
        }
    }

    fn write_status(&self, id: u64, status: Status, text: &str) {
        self.outbox.append(|out| {
            let start = frame::begin(Header::response(id, status.code(), HESSIAN2), out);
            Writer::new(out).string(text);
            // A text of ours is short; one above the limit would only leave the call unanswered.
            let _ = frame::finish(start, self.options.payload, out);
        });
    }
}
