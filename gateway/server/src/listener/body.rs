//! The body of a request: bounded in bytes, in time and in what a worker holds of all of them.
//!
//! The usual body is here when the head is: it is handed out as it lies, without a copy and without a timer. A timer is
//! made only for a body that keeps somebody waiting.

use std::{
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use crate::listener::{
    chunk::check_trailers,
    inbound::Place,
    rejection::{Reason, Rejection},
    wire::Wire,
};

/// How often a slow body is looked at once its grace is over.
const LOOK: Duration = Duration::from_secs(1);
/// Bodies up to this size are not counted against what a worker may hold.
const SMALL: usize = 64 << 10;
/// Pieces of a body below this size are copied together.
const PIECE: usize = 4 << 10;

/// A request body as it comes in. Trailers are read and dropped.
pub struct Body {
    /// Taken only when the body is dropped.
    incoming: Option<Incoming>,
    wire: Rc<Wire>,
    received: u64,
    pace: Option<Pin<Box<Pace>>>,
    ended: bool,
}

/// The clock of a slow body.
struct Pace {
    sleep: Pin<Box<Sleep>>,
    begun: Instant,
    /// Bytes at the start of the present stretch of `body_grace`, and when it began.
    stretch: (u64, Instant),
}

impl Body {
    pub(super) fn new(incoming: Incoming, wire: Rc<Wire>) -> Self {
        let ended = incoming.is_end_stream();
        Self { incoming: Some(incoming), wire, received: 0, pace: None, ended }
    }

    /// A body without a byte, to stand where one was taken.
    pub(super) fn nothing(wire: Rc<Wire>) -> Self {
        Self { incoming: None, wire, received: 0, pace: None, ended: true }
    }

    /// Whether there is nothing (more) to read.
    pub fn is_empty(&self) -> bool {
        self.ended || self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    /// Whether all of it has come, read or not. Over HTTP/2, where nothing behind it can be mistaken, always.
    pub fn is_here(&self) -> bool {
        self.is_empty() || self.wire.place() == Place::Frames || self.wire.message_complete()
    }

    /// Reads a body that nobody wants and forgets it: a request is called for only when all of it came and its framing holds.
    /// `limit` as for [`Body::collect`].
    ///
    /// # Errors
    /// As for [`Body::collect`], except that nothing is held.
    pub async fn discard(mut self, limit: Option<u64>) -> Result<(), Rejection> {
        let limit = self.bound(limit);
        if self.size_hint().lower() > limit {
            return Err(Reason::BodyTooLarge.into());
        }
        while self.chunk(limit).await?.is_some() {}
        Ok(())
    }

    /// The whole body. `limit`: the largest that the route takes; `None` where it says nothing: the listener's own.
    ///
    /// # Errors
    /// 413 above `limit` bytes (before a byte is read, if the client announced it), 408 when it comes too slowly, 400 when it
    /// is malformed or ends early, 503 when the worker holds too many large bodies.
    pub async fn collect(mut self, limit: Option<u64>) -> Result<Bytes, Rejection> {
        if self.is_empty() {
            return Ok(Bytes::new());
        }
        let limit = self.bound(limit);
        if self.size_hint().lower() > limit {
            return Err(Reason::BodyTooLarge.into());
        }
        let Some(first) = self.chunk(limit).await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk(limit).await? else { return Ok(first) };
        self.gather(first, second, limit).await
    }

    /// The most bytes that are taken; `route` as for [`Body::collect`].
    pub(crate) fn bound(&self, route: Option<u64>) -> u64 {
        let limits = self.wire.limits();
        route.unwrap_or(limits.body).min(limits.widest_body)
    }

    /// Room for what is read of it, or for what is made of that, counted against what the worker may hold.
    pub(crate) fn held(&self) -> Held {
        Held::new(self.wire.connections.held(), self.wire.limits().held_bodies_worker)
    }

    async fn gather(&mut self, first: Bytes, second: Bytes, limit: u64) -> Result<Bytes, Rejection> {
        let mut held = self.held();
        held.add(first)?;
        held.add(second)?;
        while let Some(chunk) = self.chunk(limit).await? {
            held.add(chunk)?;
        }
        Ok(held.finish())
    }

    /// The next bytes, `None` at the end; `limit` as [`Body::bound`] gives it.
    ///
    /// # Errors
    /// As for [`Body::collect`], except that nothing is held.
    pub(crate) async fn chunk(&mut self, limit: u64) -> Result<Option<Bytes>, Rejection> {
        loop {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await;
            let Some(frame) = frame else { return Ok(None) };
            let Ok(bytes) = frame?.into_data() else { continue };
            if self.received > limit {
                return Err(Reason::BodyTooLarge.into());
            }
            return Ok(Some(bytes));
        }
    }

    /// Time went by without bytes: is it too much?
    fn poll_pace(&mut self, cx: &mut Context<'_>) -> Poll<Rejection> {
        let grace = self.wire.limits().body_grace;
        let pace = self.pace.get_or_insert_with(|| {
            let now = Instant::now();
            let sleep = Box::pin(tokio::time::sleep_until(now + grace));
            Box::pin(Pace { sleep, begun: now, stretch: (0, now) })
        });
        while pace.sleep.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if pace.is_too_slow(self.received, now, &self.wire) {
                return Poll::Ready(Reason::BodyTimeout.into());
            }
            pace.sleep.as_mut().reset(now + LOOK);
        }
        Poll::Pending
    }
}

impl Pace {
    fn is_too_slow(&mut self, received: u64, now: Instant, wire: &Wire) -> bool {
        let limits = wire.limits();
        let elapsed = now - self.begun;
        let owed = elapsed.saturating_sub(limits.body_grace).as_secs().saturating_mul(limits.body_min_rate);
        if received < owed || elapsed > limits.request_timeout.max(limits.body_grace) {
            return true;
        }
        if now - self.stretch.1 < limits.body_grace {
            return false;
        }
        let stopped = self.stretch.0 == received;
        self.stretch = (received, now);
        stopped
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Rejection;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Rejection>>> {
        let ended = self.ended;
        let Some(incoming) = self.incoming.as_mut().filter(|_| !ended) else { return Poll::Ready(None) };
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received += frame.data_ref().map_or(0, |bytes| bytes.remaining() as u64);
                if self.received > self.wire.limits().widest_body {
                    return Poll::Ready(Some(Err(Reason::BodyTooLarge.into())));
                }
                if let Some(trailers) = frame.trailers_ref() {
                    check_trailers(trailers, &self.wire.limits())?;
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(_))) => {
                let reason = self.wire.fault().unwrap_or(Reason::Incomplete);
                Poll::Ready(Some(Err(reason.into())))
            }
            Poll::Ready(None) => {
                self.ended = true;
                Poll::Ready(None)
            }
            Poll::Pending => self.poll_pace(cx).map(|rejection| Some(Err(rejection))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map(Incoming::size_hint).unwrap_or_default()
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // What is already here is read off afterwards, so that the connection may live on.
        if !self.is_empty() && self.wire.message_complete() {
            self.wire.leave(self.incoming.take());
        }
    }
}

/// A body that comes in many pieces, counted against what the worker may hold for as long as it lives.
pub(crate) struct Held {
    /// Large pieces as they came; small ones are copied together, so that a piece costs little more than its bytes.
    pieces: Vec<Bytes>,
    tail: BytesMut,
    length: usize,
    share: Share,
}

/// What one body counts for.
struct Share {
    counted: usize,
    total: Arc<AtomicUsize>,
    most: usize,
}

/// A body in one piece, and its share.
struct Whole {
    bytes: Vec<u8>,
    _share: Share,
}

impl Held {
    fn new(total: Arc<AtomicUsize>, most: usize) -> Self {
        Self { pieces: Vec::new(), tail: BytesMut::new(), length: 0, share: Share { counted: 0, total, most } }
    }

    /// One piece more.
    ///
    /// # Errors
    /// 503 when the worker holds too many large bodies.
    pub(crate) fn add(&mut self, piece: Bytes) -> Result<(), Rejection> {
        self.length += piece.len();
        if self.length > SMALL {
            self.share.grow(self.length)?;
        }
        if piece.len() < PIECE {
            self.tail.extend_from_slice(&piece);
        }
        if piece.len() >= PIECE || self.tail.len() >= SMALL {
            self.pieces.push(self.tail.split().freeze());
        }
        if piece.len() >= PIECE {
            self.pieces.push(piece);
        }
        Ok(())
    }

    /// Bytes held.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// All of it in one piece.
    pub(crate) fn finish(mut self) -> Bytes {
        if self.pieces.is_empty() {
            return self.tail.freeze();
        }
        let mut bytes = Vec::with_capacity(self.length);
        for piece in self.pieces.drain(..) {
            bytes.extend_from_slice(&piece);
        }
        bytes.extend_from_slice(&self.tail);
        Bytes::from_owner(Whole { bytes, _share: self.share })
    }
}

impl Share {
    fn grow(&mut self, length: usize) -> Result<(), Rejection> {
        let more = length - self.counted;
        self.counted = length;
        if self.total.fetch_add(more, Ordering::Relaxed) + more > self.most {
            return Err(Reason::Overloaded.into());
        }
        Ok(())
    }
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.total.fetch_sub(self.counted, Ordering::Relaxed);
    }
}
