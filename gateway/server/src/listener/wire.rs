//! One connection as its pieces share it: the socket, what comes in, what waits to go out, and since when.
//!
//! ```text
//!  hyper ◀─▶ WireIo ◀─▶ Wire ◀─▶ socket
//!                        ▲ ▲
//!      service: busy,    │ │   Connections: deadlines, drain, memory
//!      facts, refusals ──┘ └── (looks a few times a second; no timer belongs to a request)
//! ```

use std::{
    cell::{Cell, Ref, RefCell},
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Instant,
};

use hyper::body::Incoming;
use slab::Slab;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::listener::{
    HttpLimits,
    connections::Connections,
    inbound::{Inbound, Place},
    rejection::Reason,
    stream_pace::StreamPace,
};

/// Bytes that a connection writes in one turn while others wait.
const QUOTA: usize = 256 << 10;

/// Head and body of an answer up to this size are copied together: that costs less than having the kernel gather them.
const SMALL: usize = 4 << 10;

/// What a connection is told to do by those who watch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// Go on.
    #[default]
    None,
    /// Finish what is under way, then close.
    Finish,
    /// Close now.
    Cut,
}

/// One connection. Lives on its worker.
pub(super) struct Wire {
    pub(super) peer: SocketAddr,
    /// Taken anew with every request, so that a reload holds for connections that are open already.
    limits: RefCell<Arc<HttpLimits>>,
    pub(super) connections: Rc<Connections>,
    /// Whose turn it is among the streams of HTTP/2.
    pub(super) pace: StreamPace,
    socket: RefCell<TcpStream>,
    inbound: RefCell<Inbound>,
    waker: RefCell<Option<Waker>>,
    order: Cell<Order>,
    /// Every answer from now on is the last one.
    pub(super) closing: Cell<bool>,
    pub(super) accepted: Instant,
    /// Requests between service call and answer.
    busy: Cell<u32>,
    /// Whether a request was answered.
    served: Cell<bool>,
    /// When the present quiet, or the present head, began. Read off the worker's coarse clock.
    since: Cell<Instant>,
    /// Since when the client takes nothing off the socket.
    blocked: Cell<Option<Instant>>,
    /// Bytes that may still be written before the other connections have their turn.
    quota: Cell<usize>,
    /// Answer bytes not yet taken by hyper, and when it last took some.
    unread: Cell<usize>,
    taken: Cell<Instant>,
    /// When each answer that waits to be read began to.
    answers: RefCell<Slab<Instant>>,
    /// Bytes of the last answer that was counted as unread.
    last_answer: Cell<usize>,
    /// A body that nobody wanted, all of whose bytes are here.
    leftover: Cell<Option<Incoming>>,
}

impl Wire {
    /// A connection just accepted.
    pub(super) fn new(socket: TcpStream, peer: SocketAddr, connections: Rc<Connections>) -> Rc<Self> {
        let now = connections.now();
        let limits = connections.limits();
        Rc::new(Self {
            pace: StreamPace::new(limits.http2.streams),
            peer,
            limits: RefCell::new(limits),
            connections,
            socket: RefCell::new(socket),
            inbound: RefCell::default(),
            waker: RefCell::default(),
            order: Cell::default(),
            closing: Cell::new(false),
            accepted: now,
            busy: Cell::new(0),
            served: Cell::new(false),
            since: Cell::new(now),
            blocked: Cell::new(None),
            quota: Cell::new(QUOTA),
            unread: Cell::new(0),
            taken: Cell::new(now),
            answers: RefCell::default(),
            last_answer: Cell::new(0),
            leftover: Cell::new(None),
        })
    }

    /// The limits that hold for the request under way, or for the next one.
    pub(super) fn limits(&self) -> Ref<'_, HttpLimits> {
        Ref::map(self.limits.borrow(), |limits| &**limits)
    }

    /// Takes the limits of the moment. What hyper was told at the start it keeps, so a connection whose part of that
    /// changed ends with its next answer.
    pub(super) fn refresh(self: &Rc<Self>) {
        let Some(newest) = self.connections.newer(&self.limits.borrow()) else { return };
        let old = self.limits.replace(newest);
        if !self.limits().is_built_alike(&old) {
            self.retire();
        }
    }

    /// Says that the next answer is the last.
    pub(super) fn retire(&self) {
        self.closing.set(true);
        // HTTP/2 says so by GOAWAY; an HTTP/1 connection with a request under way closes after it.
        if self.place() == Place::Frames || self.busy() > 0 {
            self.command(Order::Finish);
        }
    }

    /// Chooses the protocol; `prefix` was read to tell.
    pub(super) fn start(&self, prefix: Vec<u8>, http2: bool) {
        self.inbound.borrow_mut().start(prefix, http2, self.connections.now());
    }

    /// What was last ordered.
    pub(super) fn order(&self) -> Order {
        self.order.get()
    }

    /// Orders, and wakes the connection's task. A harder order stands.
    pub(super) fn command(&self, order: Order) {
        if self.order.get() == Order::Cut || self.order.get() == order {
            return;
        }
        self.order.set(order);
        self.wake();
    }

    /// Wakes the connection's task.
    pub(super) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// A turn of the connection's task begins; remembers whom to wake.
    pub(super) fn register(&self, waker: &Waker) {
        self.quota.set(QUOTA);
        let mut registered = self.waker.borrow_mut();
        if !registered.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *registered = Some(waker.clone());
        }
    }

    /// Why the request that the service is called with must be refused, if it must.
    pub(super) fn refusal(&self) -> Option<Reason> {
        self.inbound.borrow().refusal()
    }

    /// Why the body cannot be read to its end, if it cannot.
    pub(super) fn fault(&self) -> Option<Reason> {
        self.inbound.borrow().fault()
    }

    /// Refuses the head that is coming in.
    pub(super) fn refuse(&self, reason: Reason) {
        self.inbound.borrow_mut().refuse(reason);
        self.wake();
    }

    /// Whether the client has closed its side.
    pub(super) fn has_ended(&self) -> bool {
        self.inbound.borrow().has_ended()
    }

    /// What the refused request began with.
    pub(super) fn refused_line(&self) -> String {
        self.inbound.borrow().refused_line()
    }

    /// The client has reset too many streams: GOAWAY with its next frame.
    pub(super) fn exhaust(&self) {
        self.inbound.borrow_mut().exhaust();
    }

    /// Facts about the head that the service is called with.
    pub(super) fn traits(&self) -> super::head::Traits {
        self.inbound.borrow().traits()
    }

    /// Whether all bytes of the request under way have come.
    pub(super) fn message_complete(&self) -> bool {
        self.inbound.borrow().message_complete()
    }

    /// Where the incoming side stands.
    pub(super) fn place(&self) -> Place {
        self.inbound.borrow().place()
    }

    /// Requests under way.
    pub(super) fn busy(&self) -> u32 {
        self.busy.get()
    }

    /// A request is under way until the guard is dropped.
    pub(super) fn begin(self: &Rc<Self>) -> Busy {
        self.busy.set(self.busy.get() + 1);
        self.connections.begin();
        Busy(Rc::clone(self))
    }

    /// Whether a request was answered.
    pub(super) fn has_served(&self) -> bool {
        self.served.get()
    }

    /// When the present quiet or the present head began.
    pub(super) fn since(&self) -> Instant {
        self.since.get()
    }

    /// Since when the client takes no byte, if so.
    pub(super) fn blocked(&self) -> Option<Instant> {
        self.blocked.get()
    }

    /// Answer bytes that wait, and when hyper last took some.
    pub(super) fn unread(&self) -> (usize, Instant) {
        (self.unread.get(), self.taken.get())
    }

    /// Bytes of the last large answer, or of the last one at all over HTTP/2.
    pub(super) fn last_answer(&self) -> usize {
        self.last_answer.get()
    }

    /// Since when the answer waits that has waited longest, if one does.
    pub(super) fn oldest_answer(&self) -> Option<Instant> {
        self.answers.borrow().iter().map(|(_, since)| *since).min()
    }

    /// Answer bytes begin to wait. To be told of their end with what is returned.
    pub(super) fn add_unread(&self, bytes: usize) -> usize {
        self.last_answer.set(bytes);
        if self.unread.replace(self.unread.get() + bytes) == 0 {
            self.taken.set(Instant::now());
        }
        self.connections.add_unread(bytes, self.limits().unread_answers_worker);
        self.answers.borrow_mut().insert(self.connections.now())
    }

    /// hyper took some of the bytes that wait.
    pub(super) fn note_taken(&self) {
        self.taken.set(Instant::now());
    }

    /// Answer bytes wait no more.
    pub(super) fn remove_unread(&self, bytes: usize, answer: usize) {
        self.answers.borrow_mut().try_remove(answer);
        self.unread.set(self.unread.get().saturating_sub(bytes));
        self.connections.remove_unread(bytes);
    }

    /// Puts aside a body that nobody wanted. HTTP/2 has no need of it.
    pub(super) fn leave(&self, body: Option<Incoming>) {
        if self.place() != Place::Frames {
            self.leftover.set(body);
        }
    }

    /// The body put aside.
    pub(super) fn leftover(&self) -> Option<Incoming> {
        self.leftover.take()
    }

    /// Reads past hyper: before it starts, and after it ended.
    pub(super) fn poll_socket(&self, cx: &mut Context<'_>, scratch: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(scratch);
        ready!(Pin::new(&mut *self.socket.borrow_mut()).poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    fn poll_read(self: &Rc<Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let now = self.connections.now();
        if self.busy.get() == 0 {
            self.refresh();
        }
        let limits = self.limits();
        let mut inbound = self.inbound.borrow_mut();
        loop {
            if inbound.give(buf, &limits, now)? {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            let between = inbound.place() == Place::Between;
            ready!(Pin::new(&mut *self.socket.borrow_mut()).poll_read(cx, buf))?;
            let given = inbound.took(buf, before, &limits, now)?;
            if between && inbound.place() == Place::Head {
                self.since.set(now);
            }
            if given {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Writes, unless this turn's share is used up: then the connection comes again after the others.
    fn poll_write(
        &self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let quota = self.quota.get();
        if quota == 0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let written = write(Pin::new(&mut *self.socket.borrow_mut()), cx);
        match &written {
            Poll::Ready(result) => {
                self.quota.set(quota.saturating_sub(result.as_ref().copied().unwrap_or(0)));
                if self.blocked.get().is_some() {
                    self.blocked.set(None);
                }
            }
            Poll::Pending if self.blocked.get().is_none() => self.blocked.set(Some(self.connections.now())),
            Poll::Pending => (),
        }
        written
    }
}

/// A request under way.
pub(super) struct Busy(Rc<Wire>);

impl Drop for Busy {
    fn drop(&mut self) {
        let wire = &self.0;
        wire.busy.set(wire.busy.get() - 1);
        wire.served.set(true);
        wire.since.set(wire.connections.now());
        wire.connections.end();
    }
}

/// The wire as hyper reads and writes it.
pub(super) struct WireIo(pub(super) Rc<Wire>);

impl AsyncRead for WireIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read(cx, buf)
    }
}

impl AsyncWrite for WireIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, |socket, cx| socket.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if bytes.iter().map(|piece| piece.len()).sum::<usize>() <= SMALL {
            let mut joined = self.0.connections.scratch();
            bytes.iter().for_each(|piece| joined.extend_from_slice(piece));
            return self.0.poll_write(cx, |socket, cx| socket.poll_write(cx, &joined));
        }
        self.0.poll_write(cx, |socket, cx| socket.poll_write_vectored(cx, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.socket.borrow_mut()).poll_shutdown(cx)
    }
}
