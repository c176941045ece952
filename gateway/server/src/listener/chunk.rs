//! Reads the framing of a chunked body before hyper does, and refuses every spelling but the plain one.
//!
//! ```text
//!  size [;extension] CR LF ─▶ data CR LF ─▶ … ─▶ 0 CR LF ─▶ trailers ─▶ CR LF
//! ```
//! Sizes have at most 16 hexadecimal digits and are refused when they announce more than a body may have; lines end with
//! CR LF, extensions and trailers are bounded, and no trailer may be a framing field. hyper then decodes the same bytes.

use http::HeaderMap;

use crate::listener::{HttpLimits, rejection::Reason};

/// Fields that frame or route a message and so must not come behind it.
const NEVER_TRAILERS: [&str; 4] = ["content-length", "transfer-encoding", "host", "trailer"];

/// Place in a chunked body.
#[derive(Debug, Clone, Default)]
pub(super) struct ChunkReader {
    state: State,
    /// Bytes of the chunks announced until now.
    announced: u64,
    extension_bytes: usize,
    trailer_bytes: usize,
    trailers: usize,
    /// Name of the trailer being read.
    name: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size { size: u64, digits: u8 },
    Extension { size: u64 },
    SizeEnd { size: u64 },
    Data { left: u64 },
    DataReturn,
    DataEnd,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerEnd,
    LastEnd,
}

impl Default for State {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl ChunkReader {
    /// Reads on: how many of the bytes belong to the body, and whether it ended.
    pub(super) fn read(&mut self, bytes: &[u8], limits: &HttpLimits) -> Result<(usize, bool), Reason> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if let State::Data { left } = self.state {
                let here = (bytes.len() - at) as u64;
                let take = left.min(here);
                self.state = if take == left { State::DataReturn } else { State::Data { left: left - take } };
                at += usize::try_from(take).unwrap_or(usize::MAX);
                continue;
            }
            at += 1;
            if self.state == State::LastEnd {
                return if *byte == b'\n' { Ok((at, true)) } else { Err(Reason::Chunk) };
            }
            self.state = self.step(*byte, limits)?;
        }
        Ok((at, false))
    }

    fn step(&mut self, byte: u8, limits: &HttpLimits) -> Result<State, Reason> {
        match (self.state, byte) {
            (State::Size { size, digits }, _) => self.size(size, digits, byte, limits),
            (State::Extension { size }, b'\r') => Ok(State::SizeEnd { size }),
            (State::Extension { size }, b'\t' | b' '..=b'~' | 0x80..) => {
                self.extension_bytes += 1;
                within(self.extension_bytes, limits.chunk_extension_bytes).map(|()| State::Extension { size })
            }
            (State::SizeEnd { size: 0 }, b'\n') => Ok(State::TrailerStart),
            (State::SizeEnd { size }, b'\n') => self.data(size, limits),
            (State::DataReturn, b'\r') => Ok(State::DataEnd),
            (State::DataEnd, b'\n') => Ok(State::default()),
            (State::TrailerStart, b'\r') => Ok(State::LastEnd),
            (State::TrailerEnd, b'\n') => Ok(State::TrailerStart),
            (State::TrailerStart | State::TrailerName | State::TrailerValue, _) => self.trailer(byte, limits),
            _ => Err(Reason::Chunk),
        }
    }

    fn size(&mut self, size: u64, digits: u8, byte: u8, limits: &HttpLimits) -> Result<State, Reason> {
        match (char::from(byte).to_digit(16), byte) {
            (Some(digit), _) if digits < 16 => {
                Ok(State::Size { size: size << 4 | u64::from(digit), digits: digits + 1 })
            }
            (None, b'\r') if digits > 0 => Ok(State::SizeEnd { size }),
            (None, b';') if digits > 0 => {
                self.extension_bytes += 1;
                within(self.extension_bytes, limits.chunk_extension_bytes).map(|()| State::Extension { size })
            }
            _ => Err(Reason::Chunk),
        }
    }

    /// A chunk begins. One that alone, or with those before it, is more than a body may have is not waited for.
    fn data(&mut self, size: u64, limits: &HttpLimits) -> Result<State, Reason> {
        self.announced = self.announced.saturating_add(size);
        if self.announced > limits.widest_body { Err(Reason::BodyTooLarge) } else { Ok(State::Data { left: size }) }
    }

    fn trailer(&mut self, byte: u8, limits: &HttpLimits) -> Result<State, Reason> {
        self.trailer_bytes += 1;
        within(self.trailer_bytes, limits.trailer_bytes)?;
        match (self.state, byte) {
            (State::TrailerStart, b':') => Err(Reason::Chunk),
            (State::TrailerStart, _) => {
                self.trailers += 1;
                within(self.trailers, limits.trailers)?;
                self.name.clear();
                self.trailer_name(byte)
            }
            (State::TrailerName, b':') => {
                let forbidden = NEVER_TRAILERS.iter().any(|field| self.name.eq_ignore_ascii_case(field.as_bytes()));
                if forbidden { Err(Reason::Chunk) } else { Ok(State::TrailerValue) }
            }
            (State::TrailerName, _) => self.trailer_name(byte),
            (_, b'\r') => Ok(State::TrailerEnd),
            (_, b'\t' | b' '..=b'~' | 0x80..) => Ok(State::TrailerValue),
            _ => Err(Reason::Chunk),
        }
    }

    fn trailer_name(&mut self, byte: u8) -> Result<State, Reason> {
        if !in_trailer_name(byte) {
            return Err(Reason::Chunk);
        }
        self.name.push(byte);
        Ok(State::TrailerName)
    }
}

/// The same rules for trailers that come as fields of HTTP/2. Those of a chunked body were judged when they were read.
pub(super) fn check_trailers(trailers: &HeaderMap, limits: &HttpLimits) -> Result<(), Reason> {
    within(trailers.len(), limits.trailers)?;
    let mut bytes = 0;
    for (name, value) in trailers {
        bytes += name.as_str().len() + value.len();
        if NEVER_TRAILERS.contains(&name.as_str()) || !name.as_str().bytes().all(in_trailer_name) {
            return Err(Reason::Chunk);
        }
    }
    within(bytes, limits.trailer_bytes)
}

fn in_trailer_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn within(count: usize, limit: usize) -> Result<(), Reason> {
    if count > limit { Err(Reason::Chunk) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole, and byte by byte, must come out the same.
    fn read(bytes: &[u8]) -> Result<(usize, bool), Reason> {
        let limits = HttpLimits::default();
        let whole = ChunkReader::default().read(bytes, &limits);
        let mut reader = ChunkReader::default();
        let mut taken = 0;
        for byte in bytes {
            match reader.read(std::slice::from_ref(byte), &limits) {
                Ok((count, done)) => {
                    taken += count;
                    if done {
                        assert_eq!(whole, Ok((taken, true)));
                        return whole;
                    }
                }
                Err(reason) => {
                    assert_eq!(whole, Err(reason));
                    return whole;
                }
            }
        }
        assert_eq!(whole, Ok((taken, false)));
        whole
    }

    #[test]
    fn a_plain_chunked_body_ends_where_it_ends() {
        assert_eq!(read(b"5\r\nhello\r\n0\r\n\r\nGET /"), Ok((15, true)));
        assert_eq!(read(b"5;a=b\r\nhello\r\n00\r\nX-A: b\r\n\r\n"), Ok((28, true)));
        assert_eq!(read(b"a\r\n0123"), Ok((7, false)));
        assert_eq!(read(b"0000000000000001\r\nx\r\n0\r\n\r\n"), Ok((26, true)));
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for bad in [
            &b"5\nhello\n0\n\n"[..],
            b"5\r\nhello0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"-5\r\n",
            b"+5\r\n",
            b"0x5\r\n",
            b" 5\r\n",
            b"5 \r\n",
            b"\r\n",
            b";a\r\n",
            b"g\r\n",
            b"00000000000000001\r\n",
            b"5;a\nb\r\n",
            b"5;\x00\r\n",
            b"0\r\nContent-Length: 3\r\n",
            b"0\r\nhost: a\r\n",
            b"0\r\nTransfer-Encoding: chunked\r\n",
            b"0\r\n: a\r\n",
            b"0\r\na b: c\r\n",
            b"0\r\na\r\n",
            b"0\r\na: \x01\r\n",
            b"0\r\na: b\n",
            b"0\r\n\n",
            b"0\r\n a: b\r\n",
            b"0\r\r\n",
            b"5\r\rhello",
        ] {
            assert_eq!(read(bad), Err(Reason::Chunk), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn what_chunks_announce_is_bounded_before_it_comes() {
        for bad in [&b"ffffffffffffffff\r\n"[..], b"7fffffffffffffff\r\n", b"a00001\r\n", b"1\r\nx\r\na00000\r\n"] {
            assert_eq!(read(bad), Err(Reason::BodyTooLarge), "{}", bad.escape_ascii());
        }
        assert_eq!(read(b"a00000\r\n"), Ok((8, false)));
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let limits = HttpLimits::default();
        let extension = [b"1;".to_vec(), vec![b'a'; limits.chunk_extension_bytes + 1]].concat();
        assert_eq!(read(&extension), Err(Reason::Chunk));
        let many = [b"0\r\n".to_vec(), b"a: b\r\n".repeat(limits.trailers + 1)].concat();
        assert_eq!(read(&many), Err(Reason::Chunk));
        let large = [b"0\r\na: ".to_vec(), vec![b'a'; limits.trailer_bytes]].concat();
        assert_eq!(read(&large), Err(Reason::Chunk));
    }
}
