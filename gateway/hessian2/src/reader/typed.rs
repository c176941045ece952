//! Values read as a type the caller knows, as leniently as Java's typed readers do it.
//!
//! Java takes `null` for zero and any number for any other; so do these, except that a number that does
//! not fit is an error here and silently cut there.

use std::borrow::Cow;

use super::{Reader, Token};
use crate::error::{Error, ErrorKind};

/// 2⁶³, the first double above every long.
const LONG_END: f64 = 9_223_372_036_854_775_808.0;

impl<'a> Reader<'a> {
    /// A boolean; `null` is false, a number is true unless it is zero.
    ///
    /// # Errors
    /// When the next value is something else, or no value.
    pub fn read_bool(&mut self) -> Result<bool, Error> {
        let at = self.position();
        match self.next()? {
            Token::Null => Ok(false),
            Token::Bool(value) => Ok(value),
            Token::Int(value) => Ok(value != 0),
            Token::Long(value) => Ok(value != 0),
            Token::Double(value) => Ok(value != 0.0),
            _ => Err(expected(at, "a boolean")),
        }
    }

    /// An int; `null` and false are 0, true is 1, the fraction of a double is dropped.
    ///
    /// # Errors
    /// When the next value is something else, does not fit, or is no value.
    pub fn read_int(&mut self) -> Result<i32, Error> {
        let at = self.position();
        let value = self.whole_number("an int")?;
        i32::try_from(value).map_err(|_| Error::new(at, ErrorKind::OutOfRange("an int")))
    }

    /// A long; `null` and false are 0, true is 1, the fraction of a double is dropped.
    ///
    /// # Errors
    /// When the next value is something else, does not fit, or is no value.
    pub fn read_long(&mut self) -> Result<i64, Error> {
        self.whole_number("a long")
    }

    /// A double; `null` and false are 0, true is 1. A long may lose its last digits.
    ///
    /// # Errors
    /// When the next value is something else, or no value.
    pub fn read_double(&mut self) -> Result<f64, Error> {
        let at = self.position();
        match self.next()? {
            Token::Null => Ok(0.0),
            Token::Bool(value) => Ok(f64::from(u8::from(value))),
            Token::Int(value) => Ok(f64::from(value)),
            Token::Long(value) => Ok(value as f64),
            Token::Double(value) => Ok(value),
            _ => Err(expected(at, "a double")),
        }
    }

    /// Text, or `None` for `null`. Booleans and numbers are written out in decimal.
    ///
    /// # Errors
    /// When the next value is something else, or no value.
    pub fn read_string(&mut self) -> Result<Option<Cow<'a, str>>, Error> {
        let at = self.position();
        match self.next()? {
            Token::Null => Ok(None),
            Token::String(text) => Ok(Some(text)),
            Token::Bool(value) => Ok(Some(Cow::Borrowed(if value { "true" } else { "false" }))),
            Token::Int(value) => Ok(Some(Cow::Owned(value.to_string()))),
            Token::Long(value) => Ok(Some(Cow::Owned(value.to_string()))),
            Token::Double(value) => Ok(Some(Cow::Owned(format!("{value:?}")))),
            _ => Err(expected(at, "a string")),
        }
    }

    /// Bytes, or `None` for `null`.
    ///
    /// # Errors
    /// When the next value is something else, or no value.
    pub fn read_binary(&mut self) -> Result<Option<Cow<'a, [u8]>>, Error> {
        let at = self.position();
        match self.next()? {
            Token::Null => Ok(None),
            Token::Binary(bytes) => Ok(Some(bytes)),
            _ => Err(expected(at, "a binary")),
        }
    }

    fn whole_number(&mut self, name: &'static str) -> Result<i64, Error> {
        let at = self.position();
        match self.next()? {
            Token::Null => Ok(0),
            Token::Bool(value) => Ok(i64::from(value)),
            Token::Int(value) => Ok(i64::from(value)),
            Token::Long(value) => Ok(value),
            Token::Double(value) if (-LONG_END..LONG_END).contains(&value) => Ok(value as i64),
            Token::Double(_) => Err(Error::new(at, ErrorKind::OutOfRange(name))),
            _ => Err(expected(at, name)),
        }
    }
}

fn expected(at: usize, what: &'static str) -> Error {
    Error::new(at, ErrorKind::Expected(what))
}
