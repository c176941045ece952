//! Bytes as one writes them down: `05 'hello' 91` is a length, five letters and a number.

use yumen_hessian2::{Error, ErrorKind, Reader, Value, Writer};

/// The bytes of a notation of hexadecimal bytes and quoted text.
#[track_caller]
pub(crate) fn wire(notation: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in notation.split('\'').enumerate() {
        if at % 2 == 1 {
            bytes.extend_from_slice(part.as_bytes());
        } else {
            let hex = |byte: &str| u8::from_str_radix(byte, 16).unwrap();
            bytes.extend(part.split_whitespace().map(hex));
        }
    }
    bytes
}

/// Reads the one value that `bytes` are.
#[track_caller]
pub(crate) fn decode(bytes: &[u8]) -> Value {
    let mut reader = Reader::new(bytes);
    let value = Value::read(&mut reader).unwrap();
    assert!(reader.is_empty(), "{} bytes are left over", reader.remaining().len());
    value
}

/// Reads a notation.
#[track_caller]
pub(crate) fn read(notation: &str) -> Value {
    decode(&wire(notation))
}

/// What is wrong with the first value of a notation, and where.
#[track_caller]
pub(crate) fn fault(notation: &str) -> (usize, ErrorKind) {
    let Error { at, kind } = Value::read(&mut Reader::new(&wire(notation))).unwrap_err();
    (at, kind)
}

/// The bytes of a value.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut Writer::new(&mut out));
    out
}

/// A value and its bytes are each other's.
#[track_caller]
pub(crate) fn both(value: &Value, notation: &str) {
    let bytes = wire(notation);
    assert_eq!(&decode(&bytes), value, "reading {notation}");
    assert_eq!(encode(value), bytes, "writing {value:?}");
}
