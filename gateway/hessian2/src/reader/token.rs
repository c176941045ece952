//! What a reader gives out.

use std::borrow::Cow;

#[cfg(doc)]
use super::Reader;
use super::RefId;
use crate::class::ClassIndex;

/// One value, or the start of one that holds others.
#[derive(Debug, Clone, PartialEq)]
pub enum Token<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Java's byte, short and int.
    Int(i32),
    /// Java's long.
    Long(i64),
    /// Java's float and double.
    Double(f64),
    /// `java.util.Date`: milliseconds since 1970, UTC.
    Date(i64),
    /// Text; lone surrogates have become U+FFFD. Borrowed when it is one chunk without surrogates.
    String(Cow<'a, str>),
    /// `byte[]`. Borrowed when it is one chunk.
    Binary(Cow<'a, [u8]>),
    /// A list or array begins.
    List {
        /// The Java class, or an array type such as `[int`.
        type_name: Option<Cow<'a, str>>,
        /// `Some`: that many values follow, then the caller calls [`Reader::leave`]. Never more than bytes
        /// are left. `None`: values follow until [`Reader::end`] is true.
        len: Option<u32>,
        /// Its number.
        id: RefId,
    },
    /// A map begins: key, value, and so on until [`Reader::end`] is true.
    Map {
        /// The Java class; `None` stands for `java.util.HashMap`.
        type_name: Option<Cow<'a, str>>,
        /// Its number.
        id: RefId,
    },
    /// An object begins: as many values as its class has fields, then the caller calls [`Reader::leave`].
    Object {
        /// Which definition, see [`Reader::class`].
        class: ClassIndex,
        /// Its number.
        id: RefId,
    },
    /// The list, map or object that started as this number, perhaps still open.
    Ref(RefId),
}
