//! The Dubbo2 frame: a header of 16 bytes, then a body of the announced length.
//!
//! ```text
//!  0      2      3        4                 12           16
//!  │ DA BB │ flag │ status │ request id (8)  │ length (4) │ body …
//!            │
//!            80 request · 40 two-way · 20 event · 1F serialization id
//! ```
//! All numbers are big-endian (`ExchangeCodec.java`). Nothing else is in a frame: no checksum, no trailer.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes before the body.
pub const HEADER_LEN: usize = 16;
/// Body limit that Dubbo uses when nobody names another one, in bytes.
pub const DEFAULT_PAYLOAD: usize = 8 * 1024 * 1024;
/// Longest body that an event may have. Java refuses more than 15 bytes, 2.6 more than 50.
pub const MAX_EVENT_BODY: u32 = 64;

const MAGIC: [u8; 2] = [0xDA, 0xBB];
const REQUEST: u8 = 0x80;
const TWO_WAY: u8 = 0x40;
const EVENT: u8 = 0x20;
const SERIALIZATION: u8 = 0x1F;
const LENGTH_AT: usize = 12;

/// A frame's header, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Request or response.
    pub kind: Kind,
    /// Heartbeat, read-only and writable events; the body says which.
    pub event: bool,
    /// Serialization of the body, 0 to 31.
    pub serialization: u8,
    /// Chosen by the side that asks, opaque to the one that answers.
    pub id: u64,
    /// Length of the body in bytes.
    pub length: u32,
}

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Asks for something.
    Request {
        /// An answer is wanted.
        two_way: bool,
    },
    /// Answers the request with the same id.
    Response {
        /// Status byte; see [`crate::error::Status`].
        status: u8,
    },
}

/// A whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its header.
    pub header: Header,
    /// Its body, `header.length` bytes.
    pub body: Bytes,
}

/// Bytes that no Dubbo peer sends; the connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The first bytes are not `DA BB`: telnet, HTTP, TLS or a lost frame border.
    #[error("not a Dubbo frame")]
    NotDubbo,
    /// The body length is negative.
    #[error("negative body length {0}")]
    NegativeLength(i32),
    /// An event with a body longer than [`MAX_EVENT_BODY`].
    #[error("event with a body of {0} bytes")]
    HugeEvent(u32),
}

impl Header {
    /// A request that carries a hessian2 body; the length is set by [`finish`].
    pub const fn request(id: u64, two_way: bool, serialization: u8) -> Self {
        Self { kind: Kind::Request { two_way }, event: false, serialization, id, length: 0 }
    }

    /// The answer to a request; the length is set by [`finish`].
    pub const fn response(id: u64, status: u8, serialization: u8) -> Self {
        Self { kind: Kind::Response { status }, event: false, serialization, id, length: 0 }
    }

    /// The same header for an event.
    #[must_use]
    pub const fn as_event(mut self) -> Self {
        self.event = true;
        self
    }

    /// The header's bytes.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let (direction, status) = match self.kind {
            Kind::Request { two_way: true } => (REQUEST | TWO_WAY, 0),
            Kind::Request { two_way: false } => (REQUEST, 0),
            Kind::Response { status } => (0, status),
        };
        let event = if self.event { EVENT } else { 0 };
        let flag = direction | event | (self.serialization & SERIALIZATION);
        let [a, b, c, d, e, f, g, h] = self.id.to_be_bytes();
        let [i, j, k, l] = self.length.to_be_bytes();
        [MAGIC[0], MAGIC[1], flag, status, a, b, c, d, e, f, g, h, i, j, k, l]
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`FrameError`] when no Dubbo peer writes such a header.
    pub fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self, FrameError> {
        let [m0, m1, flag, status, a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        if [m0, m1] != MAGIC {
            return Err(FrameError::NotDubbo);
        }
        let length = i32::from_be_bytes([i, j, k, l]);
        let length = u32::try_from(length).map_err(|_| FrameError::NegativeLength(length))?;
        let kind = if flag & REQUEST != 0 {
            Kind::Request { two_way: flag & TWO_WAY != 0 }
        } else {
            Kind::Response { status }
        };
        let event = flag & EVENT != 0;
        if event && length > MAX_EVENT_BODY {
            return Err(FrameError::HugeEvent(length));
        }
        let id = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        Ok(Self { kind, event, serialization: flag & SERIALIZATION, id, length })
    }
}

/// Starts a frame at the end of `out`: header now, body by the caller, length by [`finish`].
/// Returns where the frame starts.
pub fn begin(header: Header, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&header.encode());
    start
}

/// Ends the frame that starts at `start`: writes the length of what follows its header.
/// A body above `limit` bytes is taken back, frame and all, and its length is the error.
pub fn finish(start: usize, limit: usize, out: &mut Vec<u8>) -> Result<(), usize> {
    let length = out.len().saturating_sub(start + HEADER_LEN);
    match i32::try_from(length) {
        Ok(announced) if length <= limit => {
            if let Some(field) = out.get_mut(start + LENGTH_AT..start + HEADER_LEN) {
                field.copy_from_slice(&announced.to_be_bytes());
            }
            Ok(())
        }
        _ => {
            out.truncate(start);
            Err(length)
        }
    }
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A whole frame.
    Frame(Frame),
    /// A header that announces more than the limit. Said at once; the body is skipped as it comes.
    TooLarge(Header),
}

/// Cuts frames out of what a connection reads. Holds back nothing and buffers no body above its limit.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// Bytes of an oversized body still to come.
    skip: usize,
    /// Bytes that the frame at the start of the buffer still lacks.
    wanted: usize,
}

impl Decoder {
    /// A decoder that accepts bodies of up to `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        Self { limit, skip: 0, wanted: HEADER_LEN }
    }

    /// Takes the next frame off the front of `buffer`; None when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`] when the peer does not speak Dubbo, as soon as the first bytes say so.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Incoming>, FrameError> {
        if self.skip > 0 && !self.skip_body(buffer) {
            return Ok(None);
        }
        let Some(bytes) = buffer.first_chunk::<HEADER_LEN>() else {
            self.wanted = HEADER_LEN - buffer.len();
            let known = buffer.len().min(MAGIC.len());
            return if buffer[..known] == MAGIC[..known] { Ok(None) } else { Err(FrameError::NotDubbo) };
        };
        let header = Header::decode(bytes)?;
        let length = header.length as usize;
        if length > self.limit {
            buffer.advance(HEADER_LEN);
            self.skip = length;
            self.skip_body(buffer);
            return Ok(Some(Incoming::TooLarge(header)));
        }
        let whole = HEADER_LEN + length;
        if buffer.len() < whole {
            self.wanted = whole - buffer.len();
            return Ok(None);
        }
        buffer.advance(HEADER_LEN);
        Ok(Some(Incoming::Frame(Frame { header, body: buffer.split_to(length).freeze() })))
    }

    /// How many more bytes the last `None` waits for, at least; never more than the limit and a header.
    pub const fn wanted(&self) -> usize {
        self.wanted
    }

    /// Drops what has come of an oversized body; true when all of it has.
    fn skip_body(&mut self, buffer: &mut BytesMut) -> bool {
        let here = self.skip.min(buffer.len());
        buffer.advance(here);
        self.skip -= here;
        self.wanted = HEADER_LEN;
        self.skip == 0
    }
}
