//! What comes in on one connection, cut into messages before hyper sees a byte of them.
//!
//! ```text
//!  socket ─▶ hyper's buffer ─▶ scan in place ─▶ passes whole heads and body parts of one message at a time
//!                 │                                the rest (half a head, the next request) is held back
//!                 └─ fault: hyper gets a harmless request instead, and the service answers it with the refusal
//! ```
//! The usual request comes whole and alone: it is scanned where the kernel put it and nothing is copied. A head is
//! passed on only when all of it was read and found good, so hyper's own parser has nothing left to refuse, and facts
//! about the head ([`Traits`]) wait here for the service call that follows.

use std::{io, time::Instant};

use tokio::io::ReadBuf;

use crate::listener::{
    HttpLimits,
    chunk::ChunkReader,
    familiar::Familiar,
    frames::{FrameCounter, POISON},
    head::{Framing, Head, HeadReader, Traits},
    rejection::Reason,
};

/// Bytes of a refused request's first line that the access log shows.
const LOGGED: usize = 120;

/// The incoming side of one connection.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    phase: Phase,
    /// Bytes held back; those before `taken` are gone, the next `approved` may go.
    held: Vec<u8>,
    taken: usize,
    approved: usize,
    refusal: Option<Reason>,
    /// Why the body under way cannot be read to its end.
    fault: Option<Reason>,
    /// What the refused request began with, for the access log.
    refused: Vec<u8>,
    traits: Traits,
    familiar: Familiar,
    /// The client sends no more.
    ended: bool,
}

#[derive(Debug)]
enum Phase {
    Head(HeadReader),
    Length(u64),
    Chunked(Box<ChunkReader>),
    /// HTTP/2: frames are only counted.
    Frames(Box<FrameCounter>),
    /// Nothing more is passed on.
    Refused,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Head(HeadReader::default())
    }
}

/// What became of the bytes given.
enum Scan {
    /// The first so many may be passed on.
    Pass(usize),
    /// A head without its end: keep all of it and come back with more.
    Wait,
    /// The first so many are whole frames; the client has used up its budget for the others.
    Poison(usize),
}

/// Where the connection stands between messages, for its deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Not a byte of the next request has come.
    Between,
    /// Inside a head.
    Head,
    /// Inside a body.
    Body,
    /// HTTP/2.
    Frames,
    /// Refused.
    Refused,
}

impl Inbound {
    /// Puts bytes that were read to tell the protocols apart in front, and chooses HTTP/2 if they said so.
    pub(super) fn start(&mut self, prefix: Vec<u8>, http2: bool, now: Instant) {
        self.held = prefix;
        if http2 {
            self.phase = Phase::Frames(Box::new(FrameCounter::new(now)));
        }
    }

    /// Where the connection stands.
    pub(super) fn place(&self) -> Place {
        match &self.phase {
            Phase::Head(reader) if reader.is_fresh() && self.taken == self.held.len() => Place::Between,
            Phase::Head(_) => Place::Head,
            Phase::Length(_) | Phase::Chunked(_) => Place::Body,
            Phase::Frames(_) => Place::Frames,
            Phase::Refused => Place::Refused,
        }
    }

    /// Whether the bytes of the request under way were all passed on.
    pub(super) fn message_complete(&self) -> bool {
        self.approved == 0 && matches!(self.phase, Phase::Head(_) | Phase::Frames(_))
    }

    /// Takes the reason why the request that the service is called with must be refused.
    pub(super) fn refusal(&self) -> Option<Reason> {
        self.refusal
    }

    /// Whether the client has closed its side.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What the refused request began with.
    pub(super) fn refused_line(&self) -> String {
        String::from_utf8_lossy(&self.refused).into_owned()
    }

    /// No more frames are welcome: the next one is answered with GOAWAY.
    pub(super) fn exhaust(&mut self) {
        if let Phase::Frames(counter) = &mut self.phase {
            counter.exhaust();
        }
    }

    /// Why the body under way is broken, if it is.
    pub(super) fn fault(&self) -> Option<Reason> {
        self.fault
    }

    /// Facts about the head that was passed on last.
    pub(super) fn traits(&self) -> Traits {
        self.traits
    }

    /// Refuses what is coming in. Does nothing inside a body.
    pub(super) fn refuse(&mut self, reason: Reason) {
        let Phase::Head(_) = self.phase else { return };
        let bytes = &self.held[self.taken..];
        // Empty lines may stand before the request line.
        let bytes = &bytes[bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()..];
        let head = bytes.starts_with(b"HEAD ");
        let line = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
        self.refused = bytes[..line.min(LOGGED)].to_vec();
        self.phase = Phase::Refused;
        self.refusal = Some(reason);
        self.held.clear();
        self.held.extend_from_slice(if head { b"HEAD / HTTP/1.1\r\n\r\n" } else { b"GET / HTTP/1.1\r\n\r\n" });
        (self.taken, self.approved) = (0, self.held.len());
    }

    /// Gives what may go without the socket. False: the socket must be read.
    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>, limits: &HttpLimits, now: Instant) -> io::Result<bool> {
        loop {
            if self.approved > 0 {
                let count = self.approved.min(buf.remaining());
                buf.put_slice(&self.held[self.taken..self.taken + count]);
                self.taken += count;
                self.approved -= count;
                self.release();
                return Ok(true);
            }
            if matches!(self.phase, Phase::Refused) {
                return Ok(true);
            }
            if self.taken == self.held.len() {
                return Ok(false);
            }
            let held = std::mem::take(&mut self.held);
            let scan = self.scan(&held[self.taken..], limits, now);
            self.held = held;
            match scan {
                Ok(Scan::Pass(count)) => self.approved = count,
                Ok(Scan::Wait) => return Ok(false),
                Ok(Scan::Poison(count)) => {
                    let good = self.held[self.taken..self.taken + count].to_vec();
                    self.poison(good);
                }
                Err(reason) => self.fail(reason)?,
            }
        }
    }

    /// Judges what the socket just put behind `before` in the buffer, and takes back what must wait.
    /// True: something may be given, or the end was reached.
    pub(super) fn took(
        &mut self,
        buf: &mut ReadBuf<'_>,
        before: usize,
        limits: &HttpLimits,
        now: Instant,
    ) -> io::Result<bool> {
        if buf.filled().len() == before {
            return Ok(self.end());
        }
        let fresh = &buf.filled()[before..];
        if self.taken < self.held.len() {
            // What was given is forgotten, so that endless pipelining holds no more than one head.
            self.held.drain(..self.taken);
            self.taken = 0;
            self.held.extend_from_slice(fresh);
            buf.set_filled(before);
            return Ok(false);
        }
        let (kept, result) = match self.scan(fresh, limits, now) {
            Ok(Scan::Pass(count)) => (count, Ok(true)),
            Ok(Scan::Wait) => (0, Ok(false)),
            Ok(Scan::Poison(count)) => {
                buf.set_filled(before + count);
                self.poison(Vec::new());
                return Ok(count > 0);
            }
            Err(reason) => (0, Err(reason)),
        };
        if kept < fresh.len() {
            self.held.extend_from_slice(&fresh[kept..]);
        }
        buf.set_filled(before + kept);
        result.or_else(|reason| self.fail(reason).map(|()| false))
    }

    /// The client sends no more. True: tell hyper; false: there is a refusal to give first.
    fn end(&mut self) -> bool {
        self.ended = true;
        match self.place() {
            Place::Head => {
                self.refuse(Reason::Incomplete);
                false
            }
            Place::Body => {
                self.fault = Some(Reason::Incomplete);
                true
            }
            _ => true,
        }
    }

    /// A fault in a head becomes a refusal, one in a body an error of the stream, one among frames the end.
    fn fail(&mut self, reason: Reason) -> io::Result<()> {
        match self.phase {
            Phase::Head(_) => {
                self.refuse(reason);
                Ok(())
            }
            _ => {
                self.phase = Phase::Refused;
                self.fault = Some(reason);
                Err(io::Error::new(io::ErrorKind::InvalidData, reason.label()))
            }
        }
    }

    fn scan(&mut self, bytes: &[u8], limits: &HttpLimits, now: Instant) -> Result<Scan, Reason> {
        match &mut self.phase {
            Phase::Head(reader) => {
                if reader.is_fresh()
                    && let Some(head) = self.familiar.recognise(bytes, limits)
                {
                    return self.enter(head, bytes, limits);
                }
                let Some(head) = reader.read(bytes, limits)? else { return Ok(Scan::Wait) };
                self.familiar.remember(bytes, reader.fields_start(), &head);
                self.enter(head, bytes, limits)
            }
            Phase::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= count as u64;
                if *left == 0 {
                    self.phase = Phase::default();
                }
                Ok(Scan::Pass(count))
            }
            Phase::Chunked(reader) => {
                let (count, done) = reader.read(bytes, limits)?;
                if done {
                    self.phase = Phase::default();
                }
                Ok(Scan::Pass(count))
            }
            Phase::Frames(counter) => Ok(match counter.count(bytes, now) {
                None => Scan::Pass(bytes.len()),
                Some(count) => Scan::Poison(count),
            }),
            Phase::Refused => Ok(Scan::Pass(0)),
        }
    }

    /// A head is complete: what follows is its body, as far as it is here.
    fn enter(&mut self, head: Head, bytes: &[u8], limits: &HttpLimits) -> Result<Scan, Reason> {
        self.traits = head.traits;
        let here = bytes.len() - head.length;
        match head.framing {
            Framing::None => self.phase = Phase::default(),
            Framing::Length(length) if length > limits.widest_body => return Err(Reason::BodyTooLarge),
            Framing::Length(length) if length <= here as u64 => {
                self.phase = Phase::default();
                return Ok(Scan::Pass(head.length + usize::try_from(length).unwrap_or(here)));
            }
            Framing::Length(length) => {
                self.phase = Phase::Length(length - here as u64);
                return Ok(Scan::Pass(bytes.len()));
            }
            Framing::Chunked => {
                // What is here is judged with the head, so that a request whose framing is broken is called for nothing.
                let mut reader = ChunkReader::default();
                let (count, done) = reader.read(&bytes[head.length..], limits)?;
                self.phase = if done { Phase::default() } else { Phase::Chunked(Box::new(reader)) };
                return Ok(Scan::Pass(head.length + count));
            }
        }
        Ok(Scan::Pass(head.length))
    }

    /// The last good frames, then one that makes h2 say GOAWAY, then nothing.
    fn poison(&mut self, mut good: Vec<u8>) {
        good.extend_from_slice(&POISON);
        self.fault = Some(Reason::Overloaded);
        self.phase = Phase::Refused;
        (self.held, self.taken) = (good, 0);
        self.approved = self.held.len();
    }

    fn release(&mut self) {
        if self.taken == self.held.len() {
            self.taken = 0;
            // An idle connection keeps no buffer.
            self.held = Vec::new();
        }
    }
}
