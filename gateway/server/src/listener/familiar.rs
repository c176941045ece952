//! The usual request, known at a glance: a plain target, and the very field bytes that this connection sent before.
//!
//! Clients repeat themselves. Fields that were found good once are good again if not a byte differs, and so is what they say
//! about the body. What is not familiar costs nothing more: [`super::head`] reads it from its start.

use crate::listener::{
    HttpLimits,
    head::{Framing, Head, Traits},
};

/// Fields longer than this are not remembered: it is memory of every connection.
const MOST: usize = 768;

/// The fields of the last request, line ends and the empty line included, and what they said.
#[derive(Debug, Default)]
pub(super) struct Familiar {
    fields: Vec<u8>,
    framing: Framing,
    traits: Traits,
}

impl Familiar {
    /// The head that the bytes start with, if it is whole and has the fields of the last one.
    pub(super) fn recognise(&self, bytes: &[u8], limits: &HttpLimits) -> Option<Head> {
        if self.fields.is_empty() {
            return None;
        }
        let (line, plain_target) = request_line(bytes, limits.uri_bytes)?;
        let length = line + self.fields.len();
        if bytes.get(line..length)? != self.fields || length > limits.header_bytes {
            return None;
        }
        Some(Head { length, framing: self.framing, traits: Traits { plain_target, ..self.traits } })
    }

    /// Remembers the fields of a head that was read in full. `line`: where they start, 0 if they depend on the request line.
    pub(super) fn remember(&mut self, bytes: &[u8], line: usize, head: &Head) {
        self.fields.clear();
        if line > 0 && head.length - line <= MOST {
            self.fields.extend_from_slice(&bytes[line..head.length]);
            (self.framing, self.traits) = (head.framing, head.traits);
        }
    }
}

/// The length of a request line `METHOD /target HTTP/1.1` and whether its target needs no further look.
fn request_line(bytes: &[u8], most: usize) -> Option<(usize, bool)> {
    const METHODS: [&[u8]; 6] = [b"GET /", b"POST /", b"PUT /", b"DELETE /", b"PATCH /", b"HEAD /"];
    let start = METHODS.iter().find(|method| bytes.starts_with(method))?.len() - 1;
    let (length, plain) = target(&bytes[start..])?;
    let end = start + length + VERSION.len();
    (length <= most && bytes.get(start + length..end)? == VERSION).then_some((end, plain))
}

const VERSION: &[u8] = b" HTTP/1.1\r\n";

/// Stands in a canonical path, and in a query, as it is.
const PLAIN: u8 = 0;
const SLASH: u8 = 1;
const DOT: u8 = 2;
const QUESTION: u8 = 3;
/// Allowed, but path or query must be looked at: escapes, pairs, marks.
const LOOK: u8 = 4;
/// The end of the target.
const SPACE: u8 = 5;
const BAD: u8 = 6;

static CLASSES: [u8; 256] = {
    let mut classes = [BAD; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        classes[byte] = if (byte as u8).is_ascii_alphanumeric() { PLAIN } else { LOOK };
        byte += 1;
    }
    let (plain, bad) = (b"-_~!$'()*+,=:@", b"#\"<>\\`");
    let mut index = 0;
    while index < plain.len() {
        classes[plain[index] as usize] = PLAIN;
        index += 1;
    }
    index = 0;
    while index < bad.len() {
        classes[bad[index] as usize] = BAD;
        index += 1;
    }
    classes[b'/' as usize] = SLASH;
    classes[b'.' as usize] = DOT;
    classes[b'?' as usize] = QUESTION;
    classes[b' ' as usize] = SPACE;
    classes
};

/// Length of the target, and whether it is canonical as far as one can see in passing.
fn target(bytes: &[u8]) -> Option<(usize, bool)> {
    let (mut plain, mut query, mut previous) = (true, false, PLAIN);
    for (at, byte) in bytes.iter().enumerate() {
        let class = CLASSES[usize::from(*byte)];
        match class {
            PLAIN => (),
            SLASH | DOT => plain &= query || previous != SLASH,
            QUESTION => query = true,
            LOOK => plain = false,
            SPACE => return Some((at, plain)),
            _ => return None,
        }
        previous = class;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::{head::HeadReader, path};

    const FIELDS: &str = "Host: a\r\nX: y\r\n\r\n";

    fn familiar(fields: &str) -> Familiar {
        let bytes = format!("GET / HTTP/1.1\r\n{fields}");
        let mut reader = HeadReader::default();
        let head = reader.read(bytes.as_bytes(), &HttpLimits::default()).unwrap().unwrap();
        let mut familiar = Familiar::default();
        familiar.remember(bytes.as_bytes(), reader.fields_start(), &head);
        familiar
    }

    #[test]
    fn what_it_recognises_is_read_the_same_in_full() {
        let limits = HttpLimits::default();
        let familiar = familiar(FIELDS);
        let mut recognised = 0;
        for line in [
            "GET /users/7 HTTP/1.1",
            "POST /a?b=c HTTP/1.1",
            "GET /a.b/c HTTP/1.1",
            "GET /a//b HTTP/1.1",
            "GET /../x HTTP/1.1",
            "GET /%41 HTTP/1.1",
            "GET /a?b=%zz HTTP/1.1",
            "GET /a?b=1&c HTTP/1.1",
            "GET /a#b HTTP/1.1",
            "GET /a b HTTP/1.1",
            "GET / HTTP/1.0",
            "GET  / HTTP/1.1",
            "GET * HTTP/1.1",
            "GET http://b/ HTTP/1.1",
            "BREW / HTTP/1.1",
            "GET /ä HTTP/1.1",
            "GET /{a} HTTP/1.1",
            "HEAD / HTTP/1.1",
            "OPTIONS / HTTP/1.1",
        ] {
            let bytes = format!("{line}\r\n{FIELDS}");
            let whole = HeadReader::default().read(bytes.as_bytes(), &limits);
            let Some(head) = familiar.recognise(bytes.as_bytes(), &limits) else { continue };
            recognised += 1;
            let whole = whole.unwrap().unwrap();
            assert_eq!((head.length, head.framing), (whole.length, whole.framing), "{line}");
            let path = line.split([' ', '?']).nth(1).unwrap();
            assert!(!head.traits.plain_target || path::canonical(path) == Ok(None), "{line}");
        }
        assert_eq!(recognised, 10);
    }

    #[test]
    fn other_fields_and_half_a_head_are_not_familiar() {
        let (limits, familiar) = (HttpLimits::default(), familiar(FIELDS));
        for bytes in [
            "GET / HTTP/1.1\r\nHost: a\r\nX: z\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r",
            "GET / HTTP/1.1\r\n",
            "GET /",
            "",
        ] {
            assert_eq!(familiar.recognise(bytes.as_bytes(), &limits), None, "{bytes:?}");
        }
        assert_eq!(Familiar::default().recognise(format!("GET / HTTP/1.1\r\n{FIELDS}").as_bytes(), &limits), None);
    }

    #[test]
    fn fields_that_depend_on_their_request_line_are_not_remembered() {
        for line in ["GET http://a/ HTTP/1.1", "GET / HTTP/1.0", "\r\nGET / HTTP/1.1"] {
            let bytes = format!("{line}\r\n{FIELDS}");
            let mut reader = HeadReader::default();
            assert!(reader.read(bytes.as_bytes(), &HttpLimits::default()).unwrap().is_some());
            assert_eq!(reader.fields_start(), 0, "{line}");
        }
    }
}
