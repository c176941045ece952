//! What a provider answered: a value, nothing, or the exception that its method threw.

use bytes::Bytes;
use yumen_hessian2::Reader;

/// An answer with status OK. Kept as the bytes of the frame's body: nobody pays for a decoding that
/// nobody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What the body holds at `value_at`.
    pub kind: ReplyKind,
    /// The whole body of the frame, hessian2.
    pub body: Bytes,
    /// Offset of the value or exception in `body`; unused for [`ReplyKind::Null`].
    pub value_at: usize,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyKind {
    /// The method's return value, which may itself be a hessian null.
    Value,
    /// The method returned null or nothing.
    Null,
    /// The method threw; the value is the exception object.
    Exception,
}

impl Reply {
    /// The answer that holds nothing: what a one-way call ends with.
    pub const fn null() -> Self {
        Self { kind: ReplyKind::Null, body: Bytes::new(), value_at: 0 }
    }

    /// Reads the value or exception. Response attachments may follow it.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self.body.get(self.value_at..).unwrap_or_default())
    }
}
