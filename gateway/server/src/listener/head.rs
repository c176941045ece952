//! Reads the head of an HTTP/1 request before hyper does, only to refuse what two readers could read differently.
//!
//! ```text
//!  bytes ─▶ line by line ─▶ request line ─▶ fields ─▶ empty line ─▶ Head: length, framing, what hyper will not tell
//!                 └─ the first fault ends it: Reason
//! ```
//! It keeps its place between calls, so a head that comes byte by byte is read once. Everything it lets pass, hyper reads
//! in the same way: the framing has one spelling (`Content-Length: digits` once, or `Transfer-Encoding: chunked` once, or neither).

use crate::listener::{HttpLimits, authority, rejection::Reason};

/// Where the body of a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Framing {
    /// There is none.
    #[default]
    None,
    /// After this many bytes.
    Length(u64),
    /// After the last chunk and the trailers.
    Chunked,
}

/// What is known of a request once its head is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes from the first one to the end of the empty line.
    pub(super) length: usize,
    /// Where the body ends.
    pub(super) framing: Framing,
    /// Fields that need work before anyone reads them.
    pub(super) traits: Traits,
}

/// What needs work before anyone reads it, and what needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traits {
    /// `Connection`, or a field that is meant for the next hop alone.
    pub(super) hop_by_hop: bool,
    /// A field that tells about the client behind a proxy.
    pub(super) forwarding: bool,
    /// The target is canonical and has neither escapes nor pairs.
    pub(super) plain_target: bool,
}

/// The reading of one head.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HeadReader {
    /// Bytes known to hold no end of the current line.
    searched: usize,
    /// Where the current line starts.
    line: usize,
    /// Empty lines skipped before the request line.
    skipped: u8,
    request_line: Option<RequestLine>,
    fields: usize,
    host: bool,
    length: Option<u64>,
    chunked: bool,
    traits: Traits,
}

/// What later lines are checked against.
#[derive(Debug, Clone, Copy)]
struct RequestLine {
    /// HTTP/1.1, else 1.0.
    current: bool,
    /// Place of the authority of an absolute target.
    authority: Option<(usize, usize)>,
    /// Where the next line starts.
    end: usize,
}

/// Empty lines allowed before a request line (RFC 9112, 2.2 asks for at least one).
const MAX_EMPTY_LINES: u8 = 4;

impl HeadReader {
    /// Whether not one byte of a request has come.
    pub(super) fn is_fresh(&self) -> bool {
        self.searched == 0
    }

    /// Where the fields start, once the head is complete; 0 if they were judged by a request line other than the usual one.
    pub(super) fn fields_start(&self) -> usize {
        match self.request_line {
            Some(RequestLine { current: true, authority: None, end }) if self.skipped == 0 => end,
            _ => 0,
        }
    }

    /// Reads on. `bytes` starts at the head's first byte and holds all that was given before.
    pub(super) fn read(&mut self, bytes: &[u8], limits: &HttpLimits) -> Result<Option<Head>, Reason> {
        while let Some(found) = memchr::memchr(b'\n', &bytes[self.searched..]) {
            let end = self.searched + found;
            let line = match bytes[self.line..end] {
                [.., b'\r'] => (self.line, end - 1),
                _ => return Err(self.bare_line_feed(&bytes[self.line..end])),
            };
            self.line = end + 1;
            self.searched = end + 1;
            self.check_size(self.line, limits)?;
            if line.0 == line.1 {
                if let Some(head) = self.empty_line()? {
                    return Ok(Some(head));
                }
                continue;
            }
            self.full_line(bytes, line, limits)?;
        }
        self.searched = bytes.len();
        self.check_size(bytes.len(), limits)?;
        self.check_unfinished_line(&bytes[self.line..]).map(|()| None)
    }

    fn full_line(&mut self, bytes: &[u8], line: (usize, usize), limits: &HttpLimits) -> Result<(), Reason> {
        let text = &bytes[line.0..line.1];
        if self.request_line.is_none() {
            self.request_line = Some(request_line(text, line.0, limits)?);
            return Ok(());
        }
        self.fields += 1;
        if self.fields > limits.headers {
            return Err(Reason::HeadersTooLarge);
        }
        self.field(text, bytes)
    }

    /// Skips leading empty lines; after the fields, one ends the head.
    fn empty_line(&mut self) -> Result<Option<Head>, Reason> {
        let Some(request_line) = self.request_line else {
            self.skipped += 1;
            return if self.skipped > MAX_EMPTY_LINES { Err(Reason::RequestLine) } else { Ok(None) };
        };
        if !self.host && request_line.current {
            return Err(Reason::Host);
        }
        let framing = match (self.chunked, self.length) {
            (true, Some(_)) => return Err(Reason::ContentLength),
            (true, None) if !request_line.current => return Err(Reason::TransferEncoding),
            (true, None) => Framing::Chunked,
            (false, Some(0) | None) => Framing::None,
            (false, Some(length)) => Framing::Length(length),
        };
        Ok(Some(Head { length: self.line, framing, traits: self.traits }))
    }

    fn check_size(&self, seen: usize, limits: &HttpLimits) -> Result<(), Reason> {
        if self.request_line.is_none() && seen > limits.uri_bytes + limits.method_bytes + 16 {
            return Err(Reason::UriTooLong);
        }
        if seen > limits.header_bytes { Err(Reason::HeadersTooLarge) } else { Ok(()) }
    }

    /// A request line that cannot become one is refused before its end, so that no one waits for it.
    fn check_unfinished_line(&self, start: &[u8]) -> Result<(), Reason> {
        match start {
            _ if self.request_line.is_some() => Ok(()),
            [b'\r'] | [] => Ok(()),
            [first, ..] if is_token(*first) => Ok(()),
            _ => Err(Reason::RequestLine),
        }
    }

    fn bare_line_feed(&self, line: &[u8]) -> Reason {
        match self.request_line {
            None if !line.is_empty() && !line.ends_with(b"HTTP/1.1") && !line.ends_with(b"HTTP/1.0") => {
                Reason::RequestLine
            }
            _ => Reason::BareLineFeed,
        }
    }

    fn field(&mut self, line: &[u8], bytes: &[u8]) -> Result<(), Reason> {
        let name = field_name(line)?;
        let value = line[name.len() + 1..].trim_ascii();
        if has_control(&line[name.len() + 1..]) {
            return Err(Reason::Header);
        }
        match (name.len(), name[0] | 0x20) {
            (4, b'h') if name.eq_ignore_ascii_case(b"host") => self.host(value, bytes),
            (14, b'c') if name.eq_ignore_ascii_case(b"content-length") => self.content_length(value),
            (17, b't') if name.eq_ignore_ascii_case(b"transfer-encoding") => self.transfer_encoding(value),
            (6, b'e') if name.eq_ignore_ascii_case(b"expect") => self.expect(value),
            (7 | 9 | 12.., b'f' | b'x') if crate::listener::forwarded::is_forwarding(name) => {
                self.traits.forwarding = true;
                Ok(())
            }
            (2 | 7 | 10 | 14 | 16, b'c' | b'k' | b'p' | b't' | b'u' | b'h') => {
                self.traits.hop_by_hop |= crate::listener::hop::is_hop_by_hop(name);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn host(&mut self, value: &[u8], bytes: &[u8]) -> Result<(), Reason> {
        if std::mem::replace(&mut self.host, true) || !authority::is_valid(value) {
            return Err(Reason::Host);
        }
        match self.request_line.and_then(|line| line.authority) {
            Some((start, end)) if !authority::agree(&bytes[start..end], value) => Err(Reason::HostMismatch),
            _ => Ok(()),
        }
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Reason> {
        let digits = !value.is_empty() && value.len() <= 19 && value.iter().all(u8::is_ascii_digit);
        if !digits || self.length.is_some() {
            return Err(Reason::ContentLength);
        }
        let length =
            value.iter().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        self.length = Some(length.ok_or(Reason::ContentLength)?);
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Reason> {
        if std::mem::replace(&mut self.chunked, true) {
            return Err(Reason::TransferEncoding);
        }
        if value.eq_ignore_ascii_case(b"chunked") {
            return Ok(());
        }
        let known =
            |coding: &[u8]| [&b"chunked"[..], b"identity", b""].iter().any(|known| coding.eq_ignore_ascii_case(known));
        let all_known = value.split(|byte| *byte == b',').all(|coding| known(coding.trim_ascii()));
        Err(if all_known { Reason::TransferEncoding } else { Reason::UnknownCoding })
    }

    fn expect(&self, value: &[u8]) -> Result<(), Reason> {
        let current = self.request_line.is_some_and(|line| line.current);
        if current && !value.eq_ignore_ascii_case(b"100-continue") { Err(Reason::Expectation) } else { Ok(()) }
    }
}

/// `METHOD SP target SP HTTP/1.x`, one space each. `offset` is where the line starts in the head.
fn request_line(line: &[u8], offset: usize, limits: &HttpLimits) -> Result<RequestLine, Reason> {
    let space = memchr::memchr(b' ', line).ok_or(Reason::RequestLine)?;
    let method = &line[..space];
    if method.is_empty() || method.len() > limits.method_bytes || !method.iter().all(|byte| is_token(*byte)) {
        return Err(Reason::RequestLine);
    }
    let rest = &line[space + 1..];
    let end = memchr::memrchr(b' ', rest).ok_or(Reason::RequestLine)?;
    let target = &rest[..end];
    let current = version(&rest[end + 1..])?;
    check_method(method)?;
    if target.len() > limits.uri_bytes {
        return Err(Reason::UriTooLong);
    }
    let authority = check_target(target, method == b"OPTIONS")?;
    let start = offset + space + 1;
    let authority = authority.map(|(from, to)| (start + from, start + to));
    Ok(RequestLine { current, authority, end: offset + line.len() + 2 })
}

/// Whether the version is 1.1 (true) or 1.0 (false).
fn version(text: &[u8]) -> Result<bool, Reason> {
    match text {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(Reason::Version)
        }
        _ => Err(Reason::RequestLine),
    }
}

fn check_method(method: &[u8]) -> Result<(), Reason> {
    match method {
        b"GET" | b"POST" | b"PUT" | b"DELETE" | b"HEAD" | b"PATCH" | b"OPTIONS" => Ok(()),
        b"CONNECT" | b"TRACE" => Err(Reason::ForbiddenMethod),
        _ => Err(Reason::UnknownMethod),
    }
}

/// A path, an absolute `http` URI (whose authority's place is returned), or `*` for OPTIONS.
fn check_target(target: &[u8], options: bool) -> Result<Option<(usize, usize)>, Reason> {
    if target.iter().any(|byte| TARGET[usize::from(*byte)]) {
        return Err(Reason::Target);
    }
    match target {
        [b'/', ..] => Ok(None),
        [b'*'] if options => Ok(None),
        _ => {
            let scheme = [&b"http://"[..], b"https://"]
                .into_iter()
                .find(|scheme| target.len() > scheme.len() && target[..scheme.len()].eq_ignore_ascii_case(scheme))
                .ok_or(Reason::Target)?;
            let rest = &target[scheme.len()..];
            let end = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
            if authority::is_valid(&rest[..end]) {
                Ok(Some((scheme.len(), scheme.len() + end)))
            } else {
                Err(Reason::Target)
            }
        }
    }
}

/// The name before the colon, all of it token bytes without underscore; a folded line has none.
fn field_name(line: &[u8]) -> Result<&[u8], Reason> {
    let mut end = 0;
    loop {
        match line.get(end) {
            Some(b':') if end > 0 => return Ok(&line[..end]),
            Some(b'_') => return Err(Reason::HeaderUnderscore),
            Some(byte) if is_token(*byte) => end += 1,
            _ => return Err(Reason::Header),
        }
    }
}

/// A control byte other than a tab. The whole line is looked at, without a branch a byte, so that it becomes vector code.
fn has_control(text: &[u8]) -> bool {
    text.iter().fold(false, |bad, byte| bad | ((*byte < 0x20) & (*byte != b'\t')) | (*byte == 0x7f))
}

fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
};

/// Bytes that may stand nowhere in a target: controls, space, anything above ASCII, a fragment, quotes, angle brackets.
static TARGET: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte <= 0x20 || byte >= 0x7f;
        byte += 1;
    }
    let others = b"#\"<>\\`";
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
};
