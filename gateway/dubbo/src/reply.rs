//! What a provider answered: a value, nothing, or the exception that its method threw.

use bytes::Bytes;
use yumen_hessian2::{Limits, Reader};

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

    /// Reads the value or exception. Response attachments may follow it. The connection's payload limit has judged the
    /// length of the body; here it bounds itself.
    pub fn reader(&self) -> Reader<'_> {
        let value = self.body.get(self.value_at..).unwrap_or_default();
        Reader::with_limits(value, Limits::for_body(value.len()))
    }
}

#[cfg(test)]
mod tests {
    use yumen_hessian2::{Token, Value, Writer};

    use super::*;

    fn reply(write: impl FnOnce(&mut Writer<'_>)) -> Reply {
        let mut body = vec![0x91];
        write(&mut Writer::new(&mut body));
        Reply { kind: ReplyKind::Value, body: body.into(), value_at: 1 }
    }

    #[test]
    fn what_the_connection_let_in_can_be_read_however_long_it_is() {
        let bytes = vec![7_u8; 10 << 20];
        let binary = reply(|writer| writer.binary(&bytes));
        assert!(matches!(binary.reader().next(), Ok(Token::Binary(read)) if *read == bytes));
        let text = "jade".repeat(3 << 20);
        assert_eq!(reply(|writer| writer.string(&text)).reader().read_string().unwrap().as_deref(), Some(&*text));
    }

    #[test]
    fn an_array_of_more_than_a_million_numbers_can_be_read() {
        let numbers = reply(|writer| {
            writer.begin_list(Some("[int"), 1_000_001);
            (0..1_000_001).for_each(|_| writer.int(1));
        });
        let Value::List(read) = Value::read(&mut numbers.reader()).unwrap() else { panic!("no list") };
        assert_eq!(read.items.len(), 1_000_001);
        assert_eq!(numbers.reader().skip(), Ok(()));
    }
}
