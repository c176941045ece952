//! Strings: counted in UTF-16 units, cut into chunks, with surrogates whole, halved and alone.

use yumen_hessian2::{ErrorKind, Reader, Token, Value};

use crate::wire::{both, decode, encode, fault, read, wire};

fn text(text: &str) -> Value {
    Value::string(text)
}

#[test]
fn lengths_sit_in_the_tag_in_ten_bits_or_in_two_bytes() {
    both(&text(""), "00");
    both(&text(&"x".repeat(31)), &format!("1F '{}'", "x".repeat(31)));
    both(&text(&"x".repeat(32)), &format!("30 20 '{}'", "x".repeat(32)));
    both(&text(&"x".repeat(1023)), &format!("33 FF '{}'", "x".repeat(1023)));
    both(&text(&"x".repeat(1024)), &format!("53 04 00 '{}'", "x".repeat(1024)));
    both(&text(&"x".repeat(32_768)), &format!("53 80 00 '{}'", "x".repeat(32_768)));
    let chunk = "x".repeat(32_768);
    both(&text(&format!("{chunk}x")), &format!("52 80 00 '{chunk}' 01 'x'"));
}

#[test]
fn lengths_count_units_not_bytes() {
    both(&text("é"), "01 C3 A9");
    both(&text("中文"), "02 E4 B8 AD E6 96 87");
    both(&text("\u{d7ff}\u{e000}"), "02 ED 9F BF EE 80 80");
    both(&text("\0"), "01 00");
    assert_eq!(encode(&text(&"中".repeat(31)))[0], 31);
    assert_eq!(encode(&text(&"中".repeat(32)))[..2], [0x30, 32]);
}

#[test]
fn a_supplementary_character_is_two_surrogates() {
    both(&text("\u{1F600}"), "02 ED A0 BD ED B8 80");
    both(&text("a\u{10FFFF}b"), "04 'a' ED AF BF ED BF BF 'b'");
    both(&text("\u{10000}"), "02 ED A0 80 ED B0 80");
}

#[test]
fn four_byte_utf8_is_refused_as_java_refuses_it() {
    assert_eq!(fault("01 F0 9F 98 80"), (1, ErrorKind::BadText));
    assert_eq!(fault("02 F0 9F 98 80"), (1, ErrorKind::BadText));
}

#[test]
fn chunks_may_have_any_head_and_any_length() {
    for notation in
        ["52 00 02 'ab' 52 00 00 01 'c'", "52 00 03 'abc' 00", "52 00 00 53 00 03 'abc'", "52 00 01 'a' 30 02 'bc'"]
    {
        assert_eq!(read(notation), text("abc"), "{notation}");
    }
}

#[test]
fn a_surrogate_pair_may_straddle_chunks() {
    assert_eq!(read("52 00 01 ED A0 BD 01 ED B8 80"), text("\u{1F600}"));
    assert_eq!(read("52 00 02 'a' ED A0 BD 52 00 00 52 00 01 ED B8 80 01 'b'"), text("a\u{1F600}b"));
}

#[test]
fn a_lone_surrogate_becomes_the_replacement_character() {
    assert_eq!(read("01 ED A0 BD"), text("\u{FFFD}"));
    assert_eq!(read("01 ED B8 80"), text("\u{FFFD}"));
    assert_eq!(read("02 ED A0 BD 'a'"), text("\u{FFFD}a"));
    assert_eq!(read("02 ED B8 80 ED A0 BD"), text("\u{FFFD}\u{FFFD}"));
    assert_eq!(read("03 ED A0 BD ED A0 BD ED B8 80"), text("\u{FFFD}\u{1F600}"));
    assert_eq!(read("52 00 01 ED A0 BD 00"), text("\u{FFFD}"));
    assert_eq!(read("52 00 01 ED A0 BD 01 'x'"), text("\u{FFFD}x"));
}

#[test]
fn the_writer_never_cuts_a_pair() {
    let smiley = "x".repeat(32_767) + "\u{1F600}";
    let bytes = encode(&text(&smiley));
    assert_eq!(bytes[..3], [0x52, 0x7F, 0xFF], "one unit short");
    assert_eq!(bytes[3 + 32_767..][..1], [0x02], "the pair is the tail");
    assert_eq!(decode(&bytes), text(&smiley));
    let even = "\u{1F600}".repeat(40_000);
    let bytes = encode(&text(&even));
    assert_eq!(bytes[..3], [0x52, 0x80, 0x00]);
    assert_eq!(decode(&bytes), text(&even));
}

#[test]
fn malformed_text_is_refused_where_it_is() {
    for (notation, at) in [
        ("02 'a' 80", 2),
        ("01 C0 80", 1),
        ("01 C1 BF", 1),
        ("01 E0 80 80", 1),
        ("01 C3 'a'", 1),
        ("02 'a' E4 B8 'x'", 2),
        ("01 FF", 1),
        ("01 ED A0 'x'", 1),
        ("52 00 01 'a' 01 FF", 5),
        ("30 03 'a' E4 B8 AD FE", 6),
    ] {
        assert_eq!(fault(notation), (at, ErrorKind::BadText), "{notation}");
    }
}

#[test]
fn text_is_borrowed_unless_it_has_to_be_put_together() {
    let borrowed = |notation: &str| {
        let bytes = wire(notation);
        match Reader::new(&bytes).next().unwrap() {
            Token::String(text) => matches!(text, std::borrow::Cow::Borrowed(_)),
            Token::Binary(bytes) => matches!(bytes, std::borrow::Cow::Borrowed(_)),
            other => panic!("{other:?}"),
        }
    };
    assert!(borrowed("05 'hello'"));
    assert!(borrowed("02 E4 B8 AD 'a'"));
    assert!(borrowed("01 ED 9F BF"));
    assert!(!borrowed("02 ED A0 BD ED B8 80"));
    assert!(!borrowed("52 00 00 00"));
    assert!(borrowed("23 'abc'"));
    assert!(!borrowed("41 00 01 'a' 20"));
}
