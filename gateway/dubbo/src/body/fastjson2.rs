//! fastjson2's binary form (JSONB), as far as it is needed: one string, for the texts of errors.
//!
//! A value is a length of 4 bytes, big-endian, then JSONB: a head byte, for longer strings a JSONB
//! int with the length in bytes, then the characters (`JSONB.java` of fastjson2).

use std::char::{REPLACEMENT_CHARACTER, decode_utf16};

/// ASCII with its length in the head: 0 to 47 bytes.
const ASCII_SHORT: u8 = 0x49;
const ASCII_SHORT_LAST: u8 = 0x78;
const ASCII: u8 = 0x79;
const UTF8: u8 = 0x7A;
const UTF16: u8 = 0x7B;
const UTF16_LE: u8 = 0x7C;
const UTF16_BE: u8 = 0x7D;

/// Reads a framed string; None when it is anything else.
pub fn read_text(body: &[u8]) -> Option<String> {
    let (length, rest) = body.split_first_chunk::<4>()?;
    let value = rest.get(..u32::from_be_bytes(*length) as usize)?;
    let (&head, rest) = value.split_first()?;
    if (ASCII_SHORT..=ASCII_SHORT_LAST).contains(&head) {
        return rest.get(..usize::from(head - ASCII_SHORT)).map(latin1);
    }
    let (length, rest) = read_length(rest)?;
    let bytes = rest.get(..length)?;
    match head {
        ASCII => Some(latin1(bytes)),
        UTF8 => Some(String::from_utf8_lossy(bytes).into_owned()),
        UTF16 | UTF16_BE => Some(utf16(bytes, u16::from_be_bytes)),
        UTF16_LE => Some(utf16(bytes, u16::from_le_bytes)),
        _ => None,
    }
}

/// A JSONB int that is not negative, and what follows it.
fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (value, rest) = match head {
        0x00..=0x2F => (i32::from(head), rest),
        0x30..=0x3F => {
            let (&[low], rest) = rest.split_first_chunk::<1>()?;
            ((i32::from(head) - 0x38) << 8 | i32::from(low), rest)
        }
        0x40..=0x47 => {
            let (low, rest) = rest.split_first_chunk::<2>()?;
            ((i32::from(head) - 0x44) << 16 | i32::from(u16::from_be_bytes(*low)), rest)
        }
        0x48 => {
            let (value, rest) = rest.split_first_chunk::<4>()?;
            (i32::from_be_bytes(*value), rest)
        }
        _ => return None,
    };
    Some((usize::try_from(value).ok()?, rest))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    decode_utf16(units).map(|one| one.unwrap_or(REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &[u8], expected: Option<&str>) {
        let mut body = (value.len() as u32).to_be_bytes().to_vec();
        body.extend_from_slice(value);
        assert_eq!(read_text(&body).as_deref(), expected);
    }

    #[test]
    fn texts_are_read_as_dubbo_3_2_writes_them() {
        check(b"\x4BFa", Some("Fa"));
        // seen: 79 38 53, then 83 characters
        let long = "x".repeat(83);
        check(&[b"\x79\x38\x53", long.as_bytes()].concat(), Some(&long));
        // seen: 79 3e 99, then 1689 characters
        let trace = "y".repeat(0x699);
        check(&[b"\x79\x3E\x99", trace.as_bytes()].concat(), Some(&trace));
    }

    #[test]
    fn other_encodings_and_lengths_are_read() {
        check("\x7A\x03ä!".as_bytes(), Some("ä!"));
        check(b"\x7C\x04\x3D\xD8\x00\xDE", Some("😀"));
        check(b"\x7D\x04\xD8\x3D\xDE\x00", Some("😀"));
        check(b"\x7D\x02\xD8\x3D", Some("\u{FFFD}"));
        check(b"\x79\x48\x00\x00\x00\x01a", Some("a"));
        check(&[b"\x79\x45\x00\x00".as_slice(), &vec![b'z'; 65536]].concat(), Some(&"z".repeat(65536)));
    }

    #[test]
    fn anything_else_is_no_text() {
        for value in
            [b"\xAF".as_slice(), b"", b"\x79", b"\x79\xF0", b"\x79\x05abc", b"\x4Aa".split_at(1).0, b"\x7F\x01a"]
        {
            check(value, None);
        }
        for body in [b"".as_slice(), b"\0\0\0", b"\0\0\0\x05\x4Aa", b"\xFF\xFF\xFF\xFF\x4Aa"] {
            assert_eq!(read_text(body), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(body: Vec<u8>) {
            let _ = read_text(&body);
        }
    }
}
