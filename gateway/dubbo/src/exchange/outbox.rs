//! What a connection is about to send: everything that is queued in one turn of the event loop goes
//! out in one write.
//!
//! ```text
//!  call ─┐ append                 ┌ wakes the writer once; it runs behind the tasks that are ready,
//!  call ─┼───────▶ buffer ────────┘ so they append before it writes
//!  call ─┘   │ flushed │ queued │
//!            ◀─ base   ▲ written  ▲ position      (counted from the connection's first byte)
//! ```

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Poll, Waker};

use tokio::net::tcp::OwnedWriteHalf;

/// Capacity that a buffer keeps after a burst, in bytes.
const KEPT_CAPACITY: usize = 256 * 1024;

/// The bytes queued for one socket.
#[derive(Default)]
pub struct Outbox {
    buffer: RefCell<Vec<u8>>,
    /// Bytes at the front of the buffer that the socket has taken.
    flushed: Cell<usize>,
    /// Bytes sent before the first byte of the buffer.
    base: Cell<u64>,
    /// The writer, while it has nothing to write.
    writer: Cell<Option<Waker>>,
    /// A task that waits until the queue is short again.
    blocked: Cell<Option<Waker>>,
    ending: Cell<Ending>,
}

/// Whether more will be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ending {
    #[default]
    Open,
    /// What is queued is sent yet.
    Closed,
    /// Not one byte more.
    Aborted,
}

impl Outbox {
    /// Appends to the queue and sees to it that it is written. `write` returns what is passed on;
    /// it may also take its bytes back.
    pub fn append<T>(&self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let result = write(&mut self.buffer.borrow_mut());
        self.wake_writer();
        result
    }

    /// Bytes that the socket has not taken yet.
    pub fn queued(&self) -> usize {
        self.buffer.borrow().len() - self.flushed.get()
    }

    /// Where the next appended byte will stand in the stream.
    pub fn position(&self) -> u64 {
        self.base.get() + self.buffer.borrow().len() as u64
    }

    /// How much of the stream the socket has taken.
    pub fn written(&self) -> u64 {
        self.base.get() + self.flushed.get() as u64
    }

    /// Ends the writer once the queue is empty.
    pub fn close(&self) {
        if self.ending.get() == Ending::Open {
            self.end(Ending::Closed);
        }
    }

    /// Ends the writer now: [`Outbox::written`] stays what it is.
    pub fn abort(&self) {
        self.end(Ending::Aborted);
    }

    fn end(&self, ending: Ending) {
        self.ending.set(ending);
        self.wake_writer();
        if let Some(blocked) = self.blocked.take() {
            blocked.wake();
        }
    }

    /// Writes what is queued, now and later, until the outbox is closed and empty, or aborted.
    ///
    /// # Errors
    /// What the socket says.
    pub async fn drive(&self, socket: &OwnedWriteHalf) -> io::Result<()> {
        while self.filled().await {
            match self.flush(socket) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.room(socket).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits until at most `limit` bytes are queued, or the outbox is aborted. One task at a time.
    pub async fn drained_to(&self, limit: usize) {
        poll_fn(|context| {
            if self.queued() <= limit || self.ending.get() == Ending::Aborted {
                return Poll::Ready(());
            }
            self.blocked.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Waits until the socket takes bytes again, or the outbox is aborted.
    async fn room(&self, socket: &OwnedWriteHalf) -> io::Result<()> {
        let mut writable = pin!(socket.writable());
        poll_fn(|context| {
            if self.ending.get() == Ending::Aborted {
                return Poll::Ready(Ok(()));
            }
            self.writer.set(Some(context.waker().clone()));
            writable.as_mut().poll(context)
        })
        .await
    }

    /// Waits for bytes; false when no more will be sent.
    async fn filled(&self) -> bool {
        poll_fn(|context| match self.ending.get() {
            Ending::Aborted => Poll::Ready(false),
            Ending::Open | Ending::Closed if self.queued() > 0 => Poll::Ready(true),
            Ending::Closed => Poll::Ready(false),
            Ending::Open => {
                self.writer.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    fn flush(&self, socket: &OwnedWriteHalf) -> io::Result<()> {
        let mut buffer = self.buffer.borrow_mut();
        let rest = buffer.get(self.flushed.get()..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        match socket.try_write(rest)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => self.flushed.set(self.flushed.get() + written),
        }
        self.recycle(&mut buffer);
        if let Some(blocked) = self.blocked.take() {
            blocked.wake();
        }
        Ok(())
    }

    /// Drops the flushed front of the buffer when that is cheap.
    fn recycle(&self, buffer: &mut Vec<u8>) {
        let flushed = self.flushed.get();
        if flushed < buffer.len() && flushed < buffer.len() / 2 {
            return;
        }
        buffer.drain(..flushed);
        if buffer.is_empty() && buffer.capacity() > KEPT_CAPACITY {
            buffer.shrink_to(KEPT_CAPACITY);
        }
        self.base.set(self.base.get() + flushed as u64);
        self.flushed.set(0);
    }

    fn wake_writer(&self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }
}
