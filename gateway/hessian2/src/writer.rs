//! Appends values to a buffer, each in the shortest form that keeps it.
//!
//! The forms are those hessian-lite writes, so Dubbo of every age reads them. Two forms are never used:
//! lists without a length, because hessian-lite 4 cannot read them into every type, and type numbers, so
//! that no reader's table of type names matters.

use crate::class::ClassIndex;
use crate::reader::RefId;
use crate::tag;
use crate::text;

/// UTF-16 units in one string chunk, as Java cuts them.
const STRING_CHUNK_UNITS: usize = 0x8000;
/// Bytes in one binary chunk.
const BINARY_CHUNK_BYTES: usize = 0xFFFF;

/// Writes the values of one body, one after another.
///
/// Nothing is checked: a list begun with a length of three needs three values after it, an object as many
/// as its class has fields, a map pairs and an [`end_map`](Writer::end_map).
#[derive(Debug)]
pub struct Writer<'b> {
    out: &'b mut Vec<u8>,
    objects: u32,
    classes: u32,
}

impl<'b> Writer<'b> {
    /// A writer of a new body whose first value is appended to `out`.
    pub fn new(out: &'b mut Vec<u8>) -> Self {
        Self { out, objects: 0, classes: 0 }
    }

    /// The buffer. Bytes appended to it must be whole values without containers or class definitions,
    /// which this writer would not have counted.
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// The number that the next list, map or object will have.
    #[must_use]
    pub fn next_id(&self) -> RefId {
        RefId(self.objects)
    }

    /// `null`
    #[inline]
    pub fn null(&mut self) {
        self.out.push(tag::NULL);
    }

    /// `true` or `false`
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.out.push(if value { tag::TRUE } else { tag::FALSE });
    }

    /// Java's byte, short or int.
    #[inline]
    pub fn int(&mut self, value: i32) {
        let [_, high, middle, low] = value.to_be_bytes();
        match value {
            -0x10..=0x2F => self.out.push(tag::INT_ZERO.wrapping_add(low)),
            -0x800..=0x7FF => self.out.extend_from_slice(&[tag::INT_BYTE_ZERO.wrapping_add(middle), low]),
            -0x4_0000..=0x3_FFFF => {
                self.out.extend_from_slice(&[tag::INT_SHORT_ZERO.wrapping_add(high), middle, low]);
            }
            _ => self.tagged(tag::INT, &value.to_be_bytes()),
        }
    }

    /// Java's long.
    #[inline]
    pub fn long(&mut self, value: i64) {
        let [.., high, middle, low] = value.to_be_bytes();
        match value {
            -0x8..=0xF => self.out.push(tag::LONG_ZERO.wrapping_add(low)),
            -0x800..=0x7FF => self.out.extend_from_slice(&[tag::LONG_BYTE_ZERO.wrapping_add(middle), low]),
            -0x4_0000..=0x3_FFFF => {
                self.out.extend_from_slice(&[tag::LONG_SHORT_ZERO.wrapping_add(high), middle, low]);
            }
            _ => match i32::try_from(value) {
                Ok(int) => self.tagged(tag::LONG_INT, &int.to_be_bytes()),
                Err(_) => self.tagged(tag::LONG, &value.to_be_bytes()),
            },
        }
    }

    /// Java's float or double. Java writes negative zero as zero; here it keeps its sign.
    #[inline]
    pub fn double(&mut self, value: f64) {
        let whole = value as i32;
        if f64::from(whole).to_bits() == value.to_bits() {
            if let Ok(byte) = i8::try_from(whole) {
                return match byte {
                    0 => self.out.push(tag::DOUBLE_ZERO),
                    1 => self.out.push(tag::DOUBLE_ONE),
                    _ => self.tagged(tag::DOUBLE_BYTE, &byte.to_be_bytes()),
                };
            }
            if let Ok(short) = i16::try_from(whole) {
                return self.tagged(tag::DOUBLE_SHORT, &short.to_be_bytes());
            }
        }
        let mills = (value * 1000.0) as i32;
        if (0.001 * f64::from(mills)).to_bits() == value.to_bits() {
            return self.tagged(tag::DOUBLE_MILL, &mills.to_be_bytes());
        }
        self.tagged(tag::DOUBLE, &value.to_be_bytes());
    }

    /// `java.util.Date`, in milliseconds since 1970, UTC.
    pub fn date(&mut self, milliseconds: i64) {
        match i32::try_from(milliseconds / 60_000) {
            Ok(minutes) if milliseconds % 60_000 == 0 => {
                self.tagged(tag::DATE_MINUTE, &minutes.to_be_bytes());
            }
            _ => self.tagged(tag::DATE, &milliseconds.to_be_bytes()),
        }
    }

    /// Text.
    #[inline]
    pub fn string(&mut self, text: &str) {
        let units = text::units(text);
        if units <= STRING_CHUNK_UNITS {
            self.last_string_chunk(units, text);
        } else {
            self.chunked_string(text);
        }
    }

    #[cold]
    fn chunked_string(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let (head, units, tail) = text::split(rest, STRING_CHUNK_UNITS);
            if tail.is_empty() {
                return self.last_string_chunk(units, head);
            }
            self.out.push(tag::STRING_CHUNK);
            self.length16(units);
            text::put(self.out, head);
            rest = tail;
        }
    }

    #[inline]
    fn last_string_chunk(&mut self, units: usize, text: &str) {
        match units {
            0..=0x1F => self.out.push(tag::STRING_DIRECT | units as u8),
            0x20..=0x3FF => self.out.extend_from_slice(&[tag::STRING_SHORT | (units >> 8) as u8, units as u8]),
            _ => {
                self.out.push(tag::STRING);
                self.length16(units);
            }
        }
        text::put(self.out, text);
    }

    /// `byte[]`
    pub fn binary(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((chunk, tail)) = rest.split_at_checked(BINARY_CHUNK_BYTES)
            && !tail.is_empty()
        {
            self.out.push(tag::BINARY_CHUNK);
            self.length16(chunk.len());
            self.out.extend_from_slice(chunk);
            rest = tail;
        }
        let len = rest.len();
        match len {
            0..=0xF => self.out.push(tag::BINARY_DIRECT | len as u8),
            0x10..=0x3FF => self.out.extend_from_slice(&[tag::BINARY_SHORT | (len >> 8) as u8, len as u8]),
            _ => {
                self.out.push(tag::BINARY);
                self.length16(len);
            }
        }
        self.out.extend_from_slice(rest);
    }

    /// Begins a list or array of `len` values, which the caller writes next; nothing ends it. `None` stands
    /// for `java.util.ArrayList`; arrays have names such as `[int`, `[string`, `[com.acme.Order`.
    pub fn begin_list(&mut self, type_name: Option<&str>, len: usize) -> RefId {
        match (type_name, len) {
            (Some(_), 0..=7) => self.out.push(tag::LIST_DIRECT | len as u8),
            (Some(_), _) => self.out.push(tag::LIST_FIXED),
            (None, 0..=7) => self.out.push(tag::LIST_DIRECT_UNTYPED | len as u8),
            (None, _) => self.out.push(tag::LIST_FIXED_UNTYPED),
        }
        if let Some(name) = type_name {
            self.string(name);
        }
        if len > 7 {
            self.int(i32::try_from(len).unwrap_or(i32::MAX));
        }
        self.number()
    }

    /// Begins a map: key, value, and so on, then [`Writer::end_map`]. `None` stands for
    /// `java.util.HashMap`.
    pub fn begin_map(&mut self, type_name: Option<&str>) -> RefId {
        match type_name {
            Some(name) => {
                self.out.push(tag::MAP);
                self.string(name);
            }
            None => self.out.push(tag::MAP_UNTYPED),
        }
        self.number()
    }

    /// Ends the map begun last.
    pub fn end_map(&mut self) {
        self.out.push(tag::END);
    }

    /// Defines a class. A value must follow; any number of instances may refer to the definition.
    pub fn define_class<S: AsRef<str>>(&mut self, name: &str, fields: &[S]) -> ClassIndex {
        self.out.push(tag::CLASS);
        self.string(name);
        self.int(i32::try_from(fields.len()).unwrap_or(i32::MAX));
        for field in fields {
            self.string(field.as_ref());
        }
        let class = ClassIndex(self.classes);
        self.classes += 1;
        class
    }

    /// Begins an instance of a class: the values of its fields follow, in the order of the definition;
    /// nothing ends it.
    pub fn begin_object(&mut self, class: ClassIndex) -> RefId {
        match class.0 {
            direct @ 0..=0xF => self.out.push(tag::OBJECT_DIRECT | direct as u8),
            index => {
                self.out.push(tag::OBJECT);
                self.int(index.cast_signed());
            }
        }
        self.number()
    }

    /// Refers to a list, map or object of this body that has begun. Peers have had faults in counting
    /// these, so only cycles should need it: what is merely shared can be written twice.
    pub fn reference(&mut self, id: RefId) {
        self.out.push(tag::REF);
        self.int(id.0.cast_signed());
    }

    fn number(&mut self) -> RefId {
        let id = RefId(self.objects);
        self.objects += 1;
        id
    }

    #[inline]
    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        self.out.extend_from_slice(bytes);
    }

    fn length16(&mut self, len: usize) {
        self.out.extend_from_slice(&[(len >> 8) as u8, len as u8]);
    }
}
