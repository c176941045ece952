//! A place in the bytes, and the values that need no tables: numbers, strings, binaries.
//!
//! Each method that takes a `tag` expects it consumed, and to be of the shape the method is named for.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::tag::{self, Shape};
use crate::text::{self, Fault, Joiner, Letters};

/// The bytes and how far they have been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte; never past the end.
    pub(crate) at: usize,
}

impl<'a> Source<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn between(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    pub(crate) const fn error(&self, kind: ErrorKind) -> Error {
        Error { at: self.at, kind }
    }

    #[inline]
    pub(crate) fn peek(&self) -> Result<u8, Error> {
        self.bytes.get(self.at).copied().ok_or(self.error(ErrorKind::Truncated))
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let array = *self.rest().first_chunk().ok_or(self.error(ErrorKind::Truncated))?;
        self.at += N;
        Ok(array)
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let taken = self.rest().get(..len).ok_or(self.error(ErrorKind::Truncated))?;
        self.at += len;
        Ok(taken)
    }

    /// An int of any form.
    #[inline]
    pub(crate) fn int(&mut self, tag: u8) -> Result<i32, Error> {
        match tag {
            tag::INT_DIRECT..=tag::INT_DIRECT_LAST => Ok(i32::from(tag) - i32::from(tag::INT_ZERO)),
            tag::INT_BYTE..=tag::INT_BYTE_LAST => self.two_bytes(tag, tag::INT_BYTE_ZERO),
            tag::INT_SHORT..=tag::INT_SHORT_LAST => self.three_bytes(tag, tag::INT_SHORT_ZERO),
            _ => Ok(i32::from_be_bytes(self.array()?)),
        }
    }

    /// A long of any form.
    #[inline]
    pub(crate) fn long(&mut self, tag: u8) -> Result<i64, Error> {
        match tag {
            tag::LONG_DIRECT..=tag::LONG_DIRECT_LAST => Ok(i64::from(tag) - i64::from(tag::LONG_ZERO)),
            tag::LONG_BYTE.. => self.two_bytes(tag, tag::LONG_BYTE_ZERO).map(i64::from),
            tag::LONG_SHORT..=tag::LONG_SHORT_LAST => self.three_bytes(tag, tag::LONG_SHORT_ZERO).map(i64::from),
            tag::LONG_INT => Ok(i64::from(i32::from_be_bytes(self.array()?))),
            _ => Ok(i64::from_be_bytes(self.array()?)),
        }
    }

    /// A double of any form.
    #[inline]
    pub(crate) fn double(&mut self, tag: u8) -> Result<f64, Error> {
        match tag {
            tag::DOUBLE_ZERO => Ok(0.0),
            tag::DOUBLE_ONE => Ok(1.0),
            tag::DOUBLE_BYTE => Ok(f64::from(i8::from_be_bytes(self.array()?))),
            tag::DOUBLE_SHORT => Ok(f64::from(i16::from_be_bytes(self.array()?))),
            tag::DOUBLE_MILL => Ok(0.001 * f64::from(i32::from_be_bytes(self.array()?))),
            _ => Ok(f64::from_be_bytes(self.array()?)),
        }
    }

    /// A date of either form, in milliseconds since 1970, UTC.
    #[inline]
    pub(crate) fn date(&mut self, tag: u8) -> Result<i64, Error> {
        match tag {
            tag::DATE_MINUTE => Ok(i64::from(i32::from_be_bytes(self.array()?)) * 60_000),
            _ => Ok(i64::from_be_bytes(self.array()?)),
        }
    }

    /// A length, count or index: an int with its tag.
    #[inline]
    pub(crate) fn index(&mut self) -> Result<i32, Error> {
        let tag = self.peek()?;
        if tag::shape(tag) != Shape::Int {
            return Err(self.error(ErrorKind::Expected("an int")));
        }
        self.at += 1;
        self.int(tag)
    }

    /// A string with its tag, of at most `limit` bytes.
    #[inline]
    pub(crate) fn tagged_string(&mut self, limit: usize) -> Result<Cow<'a, str>, Error> {
        let tag = self.string_tag()?;
        self.string(tag, limit)
    }

    /// Steps over a string of at most `limit` bytes with its tag, having checked it.
    #[inline]
    pub(crate) fn check_string(&mut self, limit: usize) -> Result<(), Error> {
        let start = self.at;
        let tag = self.string_tag()?;
        if tag != tag::STRING_CHUNK {
            let (bytes, letters) = self.string_chunk(tag)?;
            within(bytes.len(), limit, start)?;
            if letters == Letters::Ascii {
                return Ok(());
            }
        }
        self.at = start;
        self.tagged_string(limit).map(drop)
    }

    #[inline]
    fn string_tag(&mut self) -> Result<u8, Error> {
        let tag = self.peek()?;
        if tag::shape(tag) != Shape::String {
            return Err(self.error(ErrorKind::Expected("a string")));
        }
        self.at += 1;
        Ok(tag)
    }

    /// A string of at most `limit` bytes: borrowed when it is one chunk without surrogates.
    #[inline]
    pub(crate) fn string(&mut self, tag: u8, limit: usize) -> Result<Cow<'a, str>, Error> {
        if tag == tag::STRING_CHUNK {
            return self.joined_string(limit).map(Cow::Owned);
        }
        let start = self.at;
        let (bytes, letters) = self.string_chunk(tag)?;
        within(bytes.len(), limit, start)?;
        let start = self.at - bytes.len();
        if letters == Letters::Surrogates {
            let mut joiner = Joiner::default();
            joiner.push(bytes).map_err(fault(start))?;
            return Ok(Cow::Owned(joiner.finish()));
        }
        text::plain(bytes).map(Cow::Borrowed).map_err(fault(start))
    }

    #[cold]
    fn joined_string(&mut self, limit: usize) -> Result<String, Error> {
        let mut joiner = Joiner::default();
        let mut tag = tag::STRING_CHUNK;
        let mut len = 0;
        loop {
            let (bytes, _) = self.string_chunk(tag)?;
            len += bytes.len();
            within(len, limit, self.at)?;
            joiner.push(bytes).map_err(fault(self.at - bytes.len()))?;
            if tag != tag::STRING_CHUNK {
                return Ok(joiner.finish());
            }
            tag = self.next_chunk(Shape::String)?;
        }
    }

    /// Steps over a string without building it. Its text is not checked.
    pub(crate) fn skip_string(&mut self, mut tag: u8) -> Result<(), Error> {
        loop {
            self.string_chunk(tag)?;
            if tag != tag::STRING_CHUNK {
                return Ok(());
            }
            tag = self.next_chunk(Shape::String)?;
        }
    }

    #[inline]
    fn string_chunk(&mut self, tag: u8) -> Result<(&'a [u8], Letters), Error> {
        let units = match tag {
            tag::STRING_DIRECT..=tag::STRING_DIRECT_LAST => usize::from(tag),
            tag::STRING_SHORT..=tag::STRING_SHORT_LAST => self.short_length(tag, tag::STRING_SHORT)?,
            _ => self.long_length()?,
        };
        let span = text::span(self.rest(), units).map_err(fault(self.at))?;
        Ok((self.take(span.len)?, span.letters))
    }

    /// A binary of at most `limit` bytes: borrowed when it is one chunk.
    #[inline]
    pub(crate) fn binary(&mut self, mut tag: u8, limit: usize) -> Result<Cow<'a, [u8]>, Error> {
        let start = self.at;
        let first = self.binary_chunk(tag)?;
        within(first.len(), limit, start)?;
        if tag != tag::BINARY_CHUNK {
            return Ok(Cow::Borrowed(first));
        }
        let mut joined = first.to_vec();
        while tag == tag::BINARY_CHUNK {
            tag = self.next_chunk(Shape::Binary)?;
            let chunk = self.binary_chunk(tag)?;
            within(joined.len() + chunk.len(), limit, self.at)?;
            joined.extend_from_slice(chunk);
        }
        Ok(Cow::Owned(joined))
    }

    /// Steps over a binary.
    pub(crate) fn skip_binary(&mut self, mut tag: u8) -> Result<(), Error> {
        loop {
            self.binary_chunk(tag)?;
            if tag != tag::BINARY_CHUNK {
                return Ok(());
            }
            tag = self.next_chunk(Shape::Binary)?;
        }
    }

    #[inline]
    fn binary_chunk(&mut self, tag: u8) -> Result<&'a [u8], Error> {
        let len = match tag {
            tag::BINARY_DIRECT..=tag::BINARY_DIRECT_LAST => usize::from(tag - tag::BINARY_DIRECT),
            tag::BINARY_SHORT..=tag::BINARY_SHORT_LAST => self.short_length(tag, tag::BINARY_SHORT)?,
            _ => self.long_length()?,
        };
        self.take(len)
    }

    fn next_chunk(&mut self, shape: Shape) -> Result<u8, Error> {
        let tag = self.peek()?;
        if tag::shape(tag) != shape {
            return Err(self.error(ErrorKind::Expected("another chunk")));
        }
        self.at += 1;
        Ok(tag)
    }

    #[inline]
    fn short_length(&mut self, tag: u8, base: u8) -> Result<usize, Error> {
        Ok(usize::from(tag - base) << 8 | usize::from(self.byte()?))
    }

    #[inline]
    fn long_length(&mut self) -> Result<usize, Error> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    #[inline]
    fn two_bytes(&mut self, tag: u8, zero: u8) -> Result<i32, Error> {
        let high = (i32::from(tag) - i32::from(zero)) << 8;
        Ok(high + i32::from(self.byte()?))
    }

    #[inline]
    fn three_bytes(&mut self, tag: u8, zero: u8) -> Result<i32, Error> {
        let high = (i32::from(tag) - i32::from(zero)) << 16;
        Ok(high + i32::from(u16::from_be_bytes(self.array()?)))
    }
}

fn within(len: usize, limit: usize, at: usize) -> Result<(), Error> {
    if len > limit { Err(Error::new(at, ErrorKind::TooLong)) } else { Ok(()) }
}

/// Turns an offset inside a text into one inside the bytes.
fn fault(start: usize) -> impl Fn(Fault) -> Error {
    move |(at, kind)| Error { at: start + at, kind }
}
