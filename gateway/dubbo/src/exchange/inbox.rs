//! What a connection has read and not yet handled: bytes in, frames out.

use std::io;

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::net::tcp::OwnedReadHalf;

use crate::frame::{Decoder, FrameError, Incoming};

/// Room that is made for a read at least and, while a long body comes in, at most, in bytes.
const READ_LEAST: usize = 16 * 1024;
const READ_MOST: usize = 256 * 1024;

/// The reading half of a socket and the frames in it.
#[derive(Debug)]
pub struct Inbox {
    socket: OwnedReadHalf,
    decoder: Decoder,
    buffer: BytesMut,
    /// A body above [`READ_MOST`] has passed through the buffer.
    swollen: bool,
}

impl Inbox {
    /// An inbox that accepts bodies of up to `payload` bytes.
    pub fn new(socket: OwnedReadHalf, payload: usize) -> Self {
        let buffer = BytesMut::with_capacity(READ_LEAST);
        Self { socket, decoder: Decoder::new(payload), buffer, swollen: false }
    }

    /// Reads once; false when the peer has closed its side.
    ///
    /// # Errors
    /// What the socket says.
    pub async fn read(&mut self) -> io::Result<bool> {
        self.make_room();
        Ok(self.socket.read_buf(&mut self.buffer).await? > 0)
    }

    /// The next frame that has wholly come in, or the header of one that is too large.
    ///
    /// # Errors
    /// When the peer does not speak Dubbo.
    pub fn frame(&mut self) -> Result<Option<Incoming>, FrameError> {
        let incoming = self.decoder.decode(&mut self.buffer)?;
        if let Some(Incoming::Frame(frame)) = &incoming {
            self.swollen |= frame.body.len() > READ_MOST;
        }
        Ok(incoming)
    }

    /// Whether nothing of a frame lies here; asked when [`Inbox::frame`] has nothing more.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Grows with what came, never with what a header announces.
    fn make_room(&mut self) {
        if self.swollen && self.buffer.len() < READ_LEAST {
            // A long body's room would otherwise stay with the connection for ever.
            let mut fresh = BytesMut::with_capacity(READ_LEAST);
            fresh.extend_from_slice(&self.buffer);
            self.buffer = fresh;
            self.swollen = false;
        }
        if self.buffer.capacity() - self.buffer.len() < READ_LEAST / 4 {
            self.buffer.reserve(self.decoder.wanted().clamp(READ_LEAST, READ_MOST));
        }
    }
}
