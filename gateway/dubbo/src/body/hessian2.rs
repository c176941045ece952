//! hessian2 bodies.
//!
//! ```text
//!  request  "2.0.2" · interface · service version · method · descriptor · arguments … · attachments map
//!           └───────────── Envelope ────────────┘                                    └── Envelope ──┘
//!  reply    tag 0..5 · value or exception (0 1 3 4) · attachments map (3 4 5)
//! ```
//! All values of one body share hessian2's tables of classes, types and references
//! (`DubboCodec.java`). Strings enter none of them, so arguments encoded on their own keep their
//! numbers when they are put behind the head.

use std::time::Duration;

use bytes::Bytes;
use yumen_hessian2::{Reader, Token, Writer};

use crate::body::PROTOCOL_VERSION;
use crate::invocation::Invocation;
use crate::reply::{Reply, ReplyKind};

/// Attachments that the protocol itself sends. A request that brings one of its own is not heard:
/// in Java's map the last one would win, and with it somebody else's service.
const OWN_ATTACHMENTS: [&str; 7] = ["path", "interface", "version", "group", "token", "timeout", "remote.application"];

/// What names a service in the body of a request.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// Java interface; field 2 of the body.
    pub interface: &'a str,
    /// Path of the provider's URL, mostly the interface.
    pub path: &'a str,
    /// Service version; None is sent as `0.0.0`.
    pub version: Option<&'a str>,
    /// Service group.
    pub group: Option<&'a str>,
    /// Token that the provider expects.
    pub token: Option<&'a str>,
    /// Name of our application.
    pub application: &'a str,
}

/// The parts of a request's body that are the same for all calls to one provider, encoded once.
#[derive(Debug)]
pub struct Envelope {
    head: Box<[u8]>,
    /// The attachments map up to the value of `timeout`.
    tail: Box<[u8]>,
}

impl Envelope {
    /// Encodes what does not change.
    pub fn new(identity: &Identity<'_>) -> Self {
        let version = identity.version.unwrap_or("0.0.0");
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut writer = Writer::new(&mut head);
        for text in [PROTOCOL_VERSION, identity.interface, version] {
            writer.string(text);
        }
        let mut writer = Writer::new(&mut tail);
        writer.begin_map(None);
        let pairs = [
            ("path", Some(identity.path)),
            ("interface", Some(identity.interface)),
            ("version", Some(version)),
            ("group", identity.group),
            ("token", identity.token),
            ("remote.application", Some(identity.application)),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                writer.string(key);
                writer.string(value);
            }
        }
        writer.string("timeout");
        Self { head: head.into(), tail: tail.into() }
    }

    /// Appends a request's body. `timeout` is what this attempt may take; providers read it as text.
    pub fn write(&self, call: &Invocation<'_>, timeout: Duration, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        let mut writer = Writer::new(out);
        writer.string(&call.method.name);
        writer.string(&call.method.descriptor);
        out.extend_from_slice(call.arguments);
        out.extend_from_slice(&self.tail);
        write_number(timeout.as_millis().max(1), out);
        if call.method.one_way {
            out.extend_from_slice(b"\x06return\x05false");
        }
        let mut writer = Writer::new(out);
        for (key, value) in call.attachments {
            if !OWN_ATTACHMENTS.contains(&key.as_ref()) {
                writer.string(key);
                writer.string(value);
            }
        }
        writer.end_map();
    }
}

/// A number as a hessian string: its digits, at most ten (about 115 days in milliseconds).
fn write_number(number: u128, out: &mut Vec<u8>) {
    let mut number = u64::try_from(number).unwrap_or(u64::MAX).min(9_999_999_999);
    let mut digits = [0_u8; 10];
    let mut first = digits.len();
    while let Some(digit) = digits[..first].last_mut() {
        *digit = b'0' + (number % 10) as u8;
        first -= 1;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push((digits.len() - first) as u8); // the head of a short string is its length
    out.extend_from_slice(&digits[first..]);
}

/// Reads the tag of a reply with status OK and finds where its value starts.
///
/// # Errors
/// What is wrong with the body, as a text.
pub fn read_reply(body: Bytes) -> Result<Reply, &'static str> {
    let kind = match body.first() {
        Some(0x90 | 0x93) => ReplyKind::Exception,
        Some(0x91 | 0x94) => ReplyKind::Value,
        Some(0x92 | 0x95) => ReplyKind::Null,
        Some(_) => return Err("unknown reply tag"),
        None => return Err("empty reply"),
    };
    if kind != ReplyKind::Null && body.len() == 1 {
        return Err("reply without its value");
    }
    Ok(Reply { kind, body, value_at: 1 })
}

/// Reads the text that goes with a status other than OK.
pub(crate) fn read_text(body: &[u8]) -> Option<String> {
    match Reader::new(body).next() {
        Ok(Token::String(text)) => Some(text.into_owned()),
        _ => None,
    }
}

/// A request as a provider reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestBody {
    /// The protocol version of the consumer; decides whether the reply may carry attachments.
    pub protocol_version: String,
    /// Interface (2.7.8 and later) or path of the service.
    pub path: String,
    /// Service version, `0.0.0` for none.
    pub version: String,
    /// Method name.
    pub method: String,
    /// Its parameters' JVM descriptors.
    pub descriptor: String,
    /// The whole body.
    pub body: Bytes,
    /// Where the arguments start in `body`.
    pub arguments_at: usize,
}

impl RequestBody {
    /// Reads the fields before the arguments.
    ///
    /// # Errors
    /// When one of them is missing or is no string.
    pub fn read(body: Bytes) -> Result<Self, yumen_hessian2::Error> {
        let mut reader = Reader::new(&body);
        let mut text = || reader.read_string().map(|text| text.unwrap_or_default().into_owned());
        let (protocol_version, path, version) = (text()?, text()?, text()?);
        let (method, descriptor) = (text()?, text()?);
        let arguments_at = reader.position();
        Ok(Self { protocol_version, path, version, method, descriptor, body, arguments_at })
    }

    /// The bytes of arguments and attachments.
    pub fn arguments(&self) -> Reader<'_> {
        Reader::new(self.body.get(self.arguments_at..).unwrap_or_default())
    }

    /// The attachments whose values are strings. Costs a pass over the arguments.
    ///
    /// # Errors
    /// When arguments or attachments cannot be read.
    pub fn attachments(&self) -> Result<Vec<(String, String)>, yumen_hessian2::Error> {
        let mut reader = self.arguments();
        for _ in 0..count_parameters(&self.descriptor) {
            reader.skip()?;
        }
        let mut pairs = Vec::new();
        if !matches!(reader.next()?, Token::Map { .. }) {
            return Ok(pairs); // other clients send null for none
        }
        while !reader.end()? {
            let key = reader.next()?;
            reader.skip_inside(&key)?;
            let value = reader.next()?;
            reader.skip_inside(&value)?;
            if let (Token::String(key), Token::String(value)) = (key, value) {
                pairs.push((key.into_owned(), value.into_owned()));
            }
        }
        Ok(pairs)
    }

    /// Whether the consumer reads the reply tags with attachments: its version is 2.0.2 to 2.0.99
    /// (`Version.java`).
    pub fn wants_attachments(&self) -> bool {
        let patch = self.protocol_version.strip_prefix("2.0.").map(str::parse::<u32>);
        matches!(patch, Some(Ok(2..=99)))
    }
}

/// How many parameters a JVM descriptor list names; a malformed rest counts as one.
fn count_parameters(descriptor: &str) -> usize {
    let mut rest = descriptor.as_bytes();
    let mut count = 0;
    while let Some((&first, tail)) = rest.split_first() {
        rest = match first {
            b'[' => {
                rest = tail;
                continue;
            }
            b'L' => {
                tail.split(|byte| *byte == b';').next().and_then(|name| tail.get(name.len() + 1..)).unwrap_or_default()
            }
            _ => tail,
        };
        count += 1;
    }
    count
}

/// What a provider's method gave, its value already hessian2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// A return value.
    Value(&'a [u8]),
    /// No value.
    Null,
    /// An exception object.
    Exception(&'a [u8]),
}

/// Appends the body of a reply with status OK; with the attachments `dubbo=2.0.2` when the consumer reads them.
pub fn write_reply(outcome: Outcome<'_>, attachments: bool, out: &mut Vec<u8>) {
    let (tag, value): (u8, &[u8]) = match outcome {
        Outcome::Exception(value) => (0, value),
        Outcome::Value(value) => (1, value),
        Outcome::Null => (2, &[]),
    };
    out.push(0x90 + tag + if attachments { 3 } else { 0 });
    out.extend_from_slice(value);
    if attachments {
        out.extend_from_slice(b"H\x05dubbo\x052.0.2Z");
    }
}

#[cfg(test)]
mod tests;
