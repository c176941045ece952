//! Text as Hessian writes it: UTF-16 units, each on its own as one to three bytes (CESU-8).
//!
//! ```text
//!  "a"      61                     one unit, one byte
//!  "é"      C3 A9                  one unit, two bytes
//!  "中"     E4 B8 AD               one unit, three bytes
//!  U+1F600  ED A0 BD  ED B8 80     two units, each a surrogate in three bytes; never F0 9F 98 80
//! ```
//! Text without surrogates is plain UTF-8 and can be borrowed. A surrogate without its other half, which
//! Java strings may hold and Rust strings may not, becomes U+FFFD.

use memchr::memchr;

use crate::error::ErrorKind;

/// A failure at an offset from the start of the text.
pub(crate) type Fault = (usize, ErrorKind);

/// The first bytes of a text that hold a given number of UTF-16 units.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// How many bytes.
    pub(crate) len: usize,
    pub(crate) letters: Letters,
}

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letters {
    /// Checked: nothing but ASCII.
    Ascii,
    /// No surrogates; not yet checked to be UTF-8.
    Plain,
    /// Some surrogates; the rest not yet checked to be UTF-8.
    Surrogates,
}

/// First byte of every surrogate, and of U+D000 to U+D7FF.
const SURROGATE_LEAD: u8 = 0xED;
/// Second bytes from here on make it a surrogate.
const SURROGATE_SECOND: u8 = 0xA0;

/// Measures `units` UTF-16 units from the start of `bytes`.
#[inline]
pub(crate) fn span(bytes: &[u8], units: usize) -> Result<Span, Fault> {
    match bytes.get(..units) {
        None => Err((0, ErrorKind::Truncated)),
        Some(head) if is_ascii(head) => Ok(Span { len: units, letters: Letters::Ascii }),
        Some(_) => wide_span(bytes, units),
    }
}

/// As `[u8]::is_ascii`, but made for the few bytes that names and most values have.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let high = |chunk: &[u8; 8]| u64::from_ne_bytes(*chunk) & HIGH;
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) if bytes.len() <= 16 => high(first) | high(last) == 0,
        (Some(_), _) => bytes.is_ascii(),
        _ => bytes.iter().fold(0, |all, byte| all | byte) < 0x80,
    }
}

fn wide_span(bytes: &[u8], units: usize) -> Result<Span, Fault> {
    let mut len = 0;
    let mut letters = Letters::Plain;
    for _ in 0..units {
        let rest = bytes.get(len..).unwrap_or_default();
        len += match *rest {
            [0x00..=0x7F, ..] => 1,
            [0xC2..=0xDF, ..] => 2,
            [SURROGATE_LEAD, SURROGATE_SECOND..=u8::MAX, ..] => {
                letters = Letters::Surrogates;
                3
            }
            [0xE0..=0xEF, ..] => 3,
            [] => return Err((len, ErrorKind::Truncated)),
            _ => return Err((len, ErrorKind::BadText)),
        };
    }
    if len > bytes.len() {
        return Err((bytes.len(), ErrorKind::Truncated));
    }
    Ok(Span { len, letters })
}

/// Checks text without surrogates.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| (error.valid_up_to(), ErrorKind::BadText))
}

/// Puts text together from pieces, pairing surrogates even across pieces.
#[derive(Default)]
pub(crate) struct Joiner {
    text: String,
    high: Option<u16>,
}

impl Joiner {
    /// Adds one piece.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let run = next_surrogate(rest);
            if run > 0 {
                self.lone_high();
                self.text.push_str(plain(&rest[..run]).map_err(|(inner, kind)| (at + inner, kind))?);
            } else {
                let unit = surrogate(rest).ok_or((at, ErrorKind::BadText))?;
                self.unit(unit);
            }
            at += if run > 0 { run } else { 3 };
        }
        Ok(())
    }

    /// The whole text.
    pub(crate) fn finish(mut self) -> String {
        self.lone_high();
        self.text
    }

    fn unit(&mut self, unit: u16) {
        match (self.high.take(), unit) {
            (Some(high), 0xDC00..) => {
                let pair = char::decode_utf16([high, unit]).next();
                self.text.push(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (None, 0xDC00..) => self.text.push(char::REPLACEMENT_CHARACTER),
            (before, _) => {
                self.high = before;
                self.lone_high();
                self.high = Some(unit);
            }
        }
    }

    fn lone_high(&mut self) {
        if self.high.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Bytes before the next surrogate.
fn next_surrogate(bytes: &[u8]) -> usize {
    let mut from = 0;
    while let Some(found) = memchr(SURROGATE_LEAD, &bytes[from..]) {
        let at = from + found;
        match bytes.get(at + 1) {
            Some(SURROGATE_SECOND..) => return at,
            _ => from = at + 1,
        }
    }
    bytes.len()
}

/// The surrogate at the start of `bytes`.
fn surrogate(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [SURROGATE_LEAD, second @ SURROGATE_SECOND..=0xBF, third @ 0x80..=0xBF, ..] => {
            Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
        }
        _ => None,
    }
}

/// How many UTF-16 units `text` has.
#[inline]
pub(crate) fn units(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.is_ascii() {
        return bytes.len();
    }
    let starts = bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
    starts + bytes.iter().filter(|&&byte| byte >= 0xF0).count()
}

/// The longest head of `text` with at most `limit` UTF-16 units, how many they are, and the tail. A
/// surrogate pair is never cut.
pub(crate) fn split(text: &str, limit: usize) -> (&str, usize, &str) {
    let mut units = 0;
    for (at, char) in text.char_indices() {
        let wider = units + char.len_utf16();
        if wider > limit {
            let (head, tail) = text.split_at(at);
            return (head, units, tail);
        }
        units = wider;
    }
    (text, units, "")
}

/// Appends `text`, supplementary characters as two surrogates.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte >= 0xF0) {
        let (head, tail) = rest.split_at(at);
        out.extend_from_slice(head.as_bytes());
        let mut chars = tail.chars();
        for unit in chars.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
            let [high, low] = [*unit >> 6 & 0x3F, *unit & 0x3F].map(|bits| 0x80 | bits as u8);
            out.extend_from_slice(&[SURROGATE_LEAD, high, low]);
        }
        rest = chars.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}
