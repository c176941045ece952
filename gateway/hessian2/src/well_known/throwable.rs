//! Exceptions: what is worth knowing of a `java.lang.Throwable`.

use std::borrow::Cow;

use crate::class::ClassIndex;
use crate::error::Error;
use crate::reader::{Reader, Token};
use crate::value::Value;

/// The text of any exception.
const DETAIL_MESSAGE: &str = "detailMessage";
/// The kind of an `RpcException`.
const CODE: &str = "code";
/// What a `GenericException` was made of, when the consumer does not have the class.
const EXCEPTION_CLASS: &str = "exceptionClass";
/// Its text.
const EXCEPTION_MESSAGE: &str = "exceptionMessage";

/// An exception without its stack. A `GenericException` is shown as the exception it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throwable<'a> {
    /// Java's class name.
    pub class: Cow<'a, str>,
    /// Java's `getMessage()`, as far as it is a field.
    pub message: Option<Cow<'a, str>>,
    /// The `code` field, if it is an int: Dubbo's `RpcException` has one.
    pub code: Option<i32>,
}

impl<'a> Throwable<'a> {
    /// Reads the fields of an exception whose object token has just been read, and leaves it. Causes and
    /// stack traces, which usually refer back to the exception, are stepped over.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn read(reader: &mut Reader<'a>, class: ClassIndex) -> Result<Self, Error> {
        let definition = reader.class(class);
        let mut parts = Parts::default();
        let name = definition.name.clone();
        for field in definition.fields() {
            match (&*field, Part::of(&field)) {
                (_, None) => reader.skip()?,
                (_, Some(part)) => match reader.next()? {
                    Token::String(text) => parts.text(part, text),
                    Token::Int(value) => parts.number(part, value),
                    other => reader.skip_inside(&other)?,
                },
            }
        }
        reader.leave();
        Ok(parts.throwable(name))
    }

    fn of(value: &'a Value) -> Option<Self> {
        let object = value.as_object()?;
        object.class.fields.iter().find(|name| ***name == *DETAIL_MESSAGE)?;
        let mut parts = Parts::default();
        for (name, value) in object.fields() {
            match (Part::of(name), value) {
                (Some(part), Value::String(text)) => parts.text(part, Cow::Borrowed(text)),
                (Some(part), Value::Int(value)) => parts.number(part, *value),
                _ => {}
            }
        }
        Some(parts.throwable(Cow::Borrowed(&object.class.name)))
    }
}

#[derive(Clone, Copy)]
enum Part {
    Message,
    Code,
    ExceptionClass,
    ExceptionMessage,
}

impl Part {
    fn of(field: &str) -> Option<Self> {
        match field {
            DETAIL_MESSAGE => Some(Self::Message),
            CODE => Some(Self::Code),
            EXCEPTION_CLASS => Some(Self::ExceptionClass),
            EXCEPTION_MESSAGE => Some(Self::ExceptionMessage),
            _ => None,
        }
    }
}

#[derive(Default)]
struct Parts<'a> {
    message: Option<Cow<'a, str>>,
    code: Option<i32>,
    exception_class: Option<Cow<'a, str>>,
    exception_message: Option<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    fn text(&mut self, part: Part, text: Cow<'a, str>) {
        match part {
            Part::Message => self.message = Some(text),
            Part::ExceptionClass => self.exception_class = Some(text),
            Part::ExceptionMessage => self.exception_message = Some(text),
            Part::Code => {}
        }
    }

    fn number(&mut self, part: Part, value: i32) {
        if matches!(part, Part::Code) {
            self.code = Some(value);
        }
    }

    fn throwable(self, class: Cow<'a, str>) -> Throwable<'a> {
        let Self { message, code, exception_class, exception_message } = self;
        match exception_class {
            Some(inner) if class.ends_with(".GenericException") => {
                Throwable { class: inner, message: exception_message.or(message), code }
            }
            _ => Throwable { class, message, code },
        }
    }
}

impl Value {
    /// The exception this is: any object with a field `detailMessage`.
    #[must_use]
    pub fn as_throwable(&self) -> Option<Throwable<'_>> {
        Throwable::of(self)
    }
}
