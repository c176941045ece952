//! A request as the bridge reads it: borrowed, each source parsed only when an argument asks for it.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;

pub(crate) mod body;
pub(crate) mod fields;
pub(crate) mod multipart;

/// What of a request the arguments of a call may come from.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// Method, URI and header fields.
    pub head: &'a http::request::Parts,
    /// Values that the path template captured, in the template's order, still percent-encoded.
    pub captures: &'a [&'a str],
    /// The client's address, decided by whoever knows which proxies are trusted.
    pub client: IpAddr,
    /// The whole body; empty when [`crate::bridge::Plan::wants_body`] is false.
    pub body: &'a Bytes,
    /// The identifier that the gateway gave the request; made when first asked for.
    pub request_id: &'a dyn Fn() -> &'a str,
}

/// A text source that cannot be read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadText {
    /// A percent sign without two hex digits.
    Escape,
    /// Bytes that are no UTF-8.
    Utf8,
    /// More pairs than a query or form may have.
    TooMany,
}

impl BadText {
    /// The end of the sentence "query.q …".
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Escape => "has a percent sign that is not followed by two hex digits",
            Self::Utf8 => "is not UTF-8",
            Self::TooMany => "stands among more than 1000 parameters",
        }
    }
}

/// The values of one source, in their order.
pub(crate) type Texts<'a> = smallest::Few<Cow<'a, str>>;

/// Undoes percent-encoding.
pub(crate) fn percent_decode(text: &str) -> Result<Cow<'_, str>, BadText> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('%') {
        let digit = |offset: usize| bytes.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        if !(digit(1) && digit(2)) {
            return Err(BadText::Escape);
        }
    }
    percent_encoding::percent_decode(bytes).decode_utf8().map_err(|_| BadText::Utf8)
}

/// Undoes the encoding of queries and forms: percent-encoding, and `+` for a space.
pub(crate) fn form_decode(text: &str) -> Result<Cow<'_, str>, BadText> {
    if memchr::memchr(b'+', text.as_bytes()).is_none() {
        return percent_decode(text);
    }
    percent_decode(&text.replace('+', " ")).map(|decoded| Cow::Owned(decoded.into_owned()))
}

mod smallest {
    //! No value, one, or many.

    /// The values of a source: nearly always one, which needs no memory of its own.
    #[derive(Debug)]
    pub(crate) enum Few<T> {
        None,
        One(T),
        Many(Vec<T>),
    }

    impl<T> Few<T> {
        pub(crate) fn push(&mut self, value: T) {
            *self = match std::mem::replace(self, Self::None) {
                Self::None => Self::One(value),
                Self::One(first) => Self::Many(vec![first, value]),
                Self::Many(mut values) => {
                    values.push(value);
                    Self::Many(values)
                }
            };
        }

        pub(crate) fn as_slice(&self) -> &[T] {
            match self {
                Self::None => &[],
                Self::One(value) => std::slice::from_ref(value),
                Self::Many(values) => values,
            }
        }
    }
}
pub(crate) use smallest::Few;
