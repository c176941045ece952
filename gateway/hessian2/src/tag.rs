//! Every first byte of a value, once, named.
//!
//! Source: `Hessian2Constants.java` of dubbo-hessian-lite 3.2 and 4.0. A name that ends in `_LAST` closes
//! the range that the name without it opens.

/// String of 0 to 31 UTF-16 units; the length is in the tag.
pub(crate) const STRING_DIRECT: u8 = 0x00;
pub(crate) const STRING_DIRECT_LAST: u8 = 0x1F;
/// Binary of 0 to 15 bytes; the length is in the tag.
pub(crate) const BINARY_DIRECT: u8 = 0x20;
pub(crate) const BINARY_DIRECT_LAST: u8 = 0x2F;
/// String of up to 1023 units: two length bits in the tag, eight in the next byte.
pub(crate) const STRING_SHORT: u8 = 0x30;
pub(crate) const STRING_SHORT_LAST: u8 = 0x33;
/// Binary of up to 1023 bytes: two length bits in the tag, eight in the next byte.
pub(crate) const BINARY_SHORT: u8 = 0x34;
pub(crate) const BINARY_SHORT_LAST: u8 = 0x37;
/// Long of three bytes: the tag's distance from [`LONG_SHORT_ZERO`] is the highest.
pub(crate) const LONG_SHORT: u8 = 0x38;
pub(crate) const LONG_SHORT_ZERO: u8 = 0x3C;
pub(crate) const LONG_SHORT_LAST: u8 = 0x3F;
/// Binary chunk, another follows.
pub(crate) const BINARY_CHUNK: u8 = b'A';
/// Binary, last chunk.
pub(crate) const BINARY: u8 = b'B';
/// Class definition: a name, a count, field names; a value follows.
pub(crate) const CLASS: u8 = b'C';
/// Double, eight bytes.
pub(crate) const DOUBLE: u8 = b'D';
pub(crate) const FALSE: u8 = b'F';
/// Map without a type.
pub(crate) const MAP_UNTYPED: u8 = b'H';
/// Int, four bytes.
pub(crate) const INT: u8 = b'I';
/// Milliseconds since 1970 in eight bytes.
pub(crate) const DATE: u8 = b'J';
/// Minutes since 1970 in four bytes.
pub(crate) const DATE_MINUTE: u8 = b'K';
/// Long, eight bytes.
pub(crate) const LONG: u8 = b'L';
/// Map with a type.
pub(crate) const MAP: u8 = b'M';
pub(crate) const NULL: u8 = b'N';
/// Instance: a class number, then the fields.
pub(crate) const OBJECT: u8 = b'O';
/// Back reference: the number of an object that has started before.
pub(crate) const REF: u8 = b'Q';
/// String chunk, another follows.
pub(crate) const STRING_CHUNK: u8 = b'R';
/// String, last chunk.
pub(crate) const STRING: u8 = b'S';
pub(crate) const TRUE: u8 = b'T';
/// List with a type, up to an end marker.
pub(crate) const LIST_VARIABLE: u8 = b'U';
/// List with a type and a length.
pub(crate) const LIST_FIXED: u8 = b'V';
/// List without a type, up to an end marker.
pub(crate) const LIST_VARIABLE_UNTYPED: u8 = b'W';
/// List with a length but without a type.
pub(crate) const LIST_FIXED_UNTYPED: u8 = b'X';
/// Long in four bytes.
pub(crate) const LONG_INT: u8 = b'Y';
/// Closes a map or a variable list.
pub(crate) const END: u8 = b'Z';
pub(crate) const DOUBLE_ZERO: u8 = 0x5B;
pub(crate) const DOUBLE_ONE: u8 = 0x5C;
/// Double from one signed byte.
pub(crate) const DOUBLE_BYTE: u8 = 0x5D;
/// Double from two signed bytes.
pub(crate) const DOUBLE_SHORT: u8 = 0x5E;
/// Double from four signed bytes, in thousandths.
pub(crate) const DOUBLE_MILL: u8 = 0x5F;
/// Instance of class 0 to 15; the class number is in the tag.
pub(crate) const OBJECT_DIRECT: u8 = 0x60;
pub(crate) const OBJECT_DIRECT_LAST: u8 = 0x6F;
/// List with a type and 0 to 7 values; the length is in the tag.
pub(crate) const LIST_DIRECT: u8 = 0x70;
pub(crate) const LIST_DIRECT_LAST: u8 = 0x77;
/// List without a type and 0 to 7 values; the length is in the tag.
pub(crate) const LIST_DIRECT_UNTYPED: u8 = 0x78;
pub(crate) const LIST_DIRECT_UNTYPED_LAST: u8 = 0x7F;
/// Int from -16 to 47; the tag's distance from [`INT_ZERO`] is the value.
pub(crate) const INT_DIRECT: u8 = 0x80;
pub(crate) const INT_ZERO: u8 = 0x90;
pub(crate) const INT_DIRECT_LAST: u8 = 0xBF;
/// Int of two bytes: the tag's distance from [`INT_BYTE_ZERO`] is the high one.
pub(crate) const INT_BYTE: u8 = 0xC0;
pub(crate) const INT_BYTE_ZERO: u8 = 0xC8;
pub(crate) const INT_BYTE_LAST: u8 = 0xCF;
/// Int of three bytes: the tag's distance from [`INT_SHORT_ZERO`] is the highest.
pub(crate) const INT_SHORT: u8 = 0xD0;
pub(crate) const INT_SHORT_ZERO: u8 = 0xD4;
pub(crate) const INT_SHORT_LAST: u8 = 0xD7;
/// Long from -8 to 15; the tag's distance from [`LONG_ZERO`] is the value.
pub(crate) const LONG_DIRECT: u8 = 0xD8;
pub(crate) const LONG_ZERO: u8 = 0xE0;
pub(crate) const LONG_DIRECT_LAST: u8 = 0xEF;
/// Long of two bytes: the tag's distance from [`LONG_BYTE_ZERO`] is the high one.
pub(crate) const LONG_BYTE: u8 = 0xF0;
pub(crate) const LONG_BYTE_ZERO: u8 = 0xF8;
pub(crate) const LONG_BYTE_LAST: u8 = 0xFF;

/// What a first byte announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Int,
    Long,
    Double,
    Date,
    String,
    Binary,
    List,
    Map,
    Class,
    Object,
    Ref,
    End,
    Unknown,
}

/// The shape a value with this first byte has.
#[inline]
pub(crate) const fn shape(tag: u8) -> Shape {
    /// Worked out beforehand: a look-up takes less than the ranges one after the other.
    static SHAPES: [Shape; 256] = {
        let mut shapes = [Shape::Unknown; 256];
        let mut tag = 0;
        while tag < shapes.len() {
            shapes[tag] = shape_by_ranges(tag as u8);
            tag += 1;
        }
        shapes
    };
    SHAPES[tag as usize]
}

const fn shape_by_ranges(tag: u8) -> Shape {
    match tag {
        STRING_DIRECT..=STRING_DIRECT_LAST | STRING_SHORT..=STRING_SHORT_LAST => Shape::String,
        STRING_CHUNK | STRING => Shape::String,
        INT_DIRECT..=INT_DIRECT_LAST | INT_BYTE..=INT_BYTE_LAST => Shape::Int,
        INT_SHORT..=INT_SHORT_LAST | INT => Shape::Int,
        LONG_DIRECT..=LONG_DIRECT_LAST | LONG_BYTE..=LONG_BYTE_LAST => Shape::Long,
        LONG_SHORT..=LONG_SHORT_LAST | LONG_INT | LONG => Shape::Long,
        DOUBLE_ZERO..=DOUBLE_MILL | DOUBLE => Shape::Double,
        DATE | DATE_MINUTE => Shape::Date,
        BINARY_DIRECT..=BINARY_DIRECT_LAST | BINARY_SHORT..=BINARY_SHORT_LAST => Shape::Binary,
        BINARY_CHUNK | BINARY => Shape::Binary,
        LIST_DIRECT..=LIST_DIRECT_UNTYPED_LAST => Shape::List,
        LIST_VARIABLE..=LIST_FIXED_UNTYPED => Shape::List,
        MAP | MAP_UNTYPED => Shape::Map,
        OBJECT_DIRECT..=OBJECT_DIRECT_LAST | OBJECT => Shape::Object,
        NULL => Shape::Null,
        TRUE | FALSE => Shape::Bool,
        REF => Shape::Ref,
        CLASS => Shape::Class,
        END => Shape::End,
        _ => Shape::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_bytes_start_no_value() {
        let unknown: Vec<u8> = (0..=255).filter(|&tag| shape(tag) == Shape::Unknown).collect();
        assert_eq!(unknown, [0x40, 0x45, 0x47, 0x50]);
    }
}
