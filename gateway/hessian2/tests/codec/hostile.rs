//! Bytes meant to do harm.

use std::time::{Duration, Instant};

use yumen_hessian2::{Error, ErrorKind, Limits, Reader, RefId, Token, Value};

use crate::wire::{fault, read, wire};

/// All three ways through the bytes give the same verdict.
#[track_caller]
fn refused(bytes: &[u8]) -> ErrorKind {
    let read = Value::read(&mut Reader::new(bytes)).unwrap_err().kind;
    let skipped = Reader::new(bytes).skip().unwrap_err().kind;
    assert_eq!(read, skipped);
    read
}

#[test]
fn x01_a_million_nested_containers_are_too_deep() {
    let repeat = |part: &[u8]| part.repeat(1_000_000);
    for nested in [
        repeat(b"\x79"),
        repeat(b"\x57"),
        repeat(b"\x58\x91"),
        repeat(b"H"),
        repeat(b"H\x90"),
        [wire("43 01 'A' 91 01 'x'"), repeat(b"\x60")].concat(),
    ] {
        assert_eq!(refused(&nested), ErrorKind::TooDeep);
    }
    let typed = [wire("71 01 't'"), repeat(b"\x71\x90")].concat();
    assert_eq!(refused(&typed), ErrorKind::TooDeep);
}

#[test]
fn x01_nesting_up_to_the_limit_is_fine() {
    let nested = |levels: usize| [vec![0x79; levels], vec![0x4E]].concat();
    assert!(Value::read(&mut Reader::new(&nested(128))).is_ok());
    assert_eq!(refused(&nested(129)), ErrorKind::TooDeep);
}

#[test]
fn x02_a_length_beyond_the_bytes_is_refused_at_once() {
    assert_eq!(fault("58 49 7F FF FF FF 90 90 90"), (1, ErrorKind::Truncated));
    assert_eq!(fault("56 01 't' 49 7F FF FF FF 90 90"), (3, ErrorKind::Truncated));
    assert_eq!(fault("43 01 'A' 49 7F FF FF FF 90"), (3, ErrorKind::Truncated));
    assert_eq!(fault("42 FF FF 90"), (3, ErrorKind::Truncated));
    assert_eq!(fault("53 FF FF 'abc'"), (3, ErrorKind::Truncated));
    assert_eq!(fault("41 FF FF 90"), (3, ErrorKind::Truncated));
}

#[test]
fn x03_negative_lengths_are_refused() {
    assert_eq!(fault("58 8F"), (1, ErrorKind::NegativeLength(-1)));
    assert_eq!(fault("56 01 't' 49 80 00 00 00"), (3, ErrorKind::NegativeLength(i32::MIN)));
    assert_eq!(fault("43 01 'A' 8F"), (3, ErrorKind::NegativeLength(-1)));
    assert_eq!(fault("58 4E"), (1, ErrorKind::Expected("an int")));
}

#[test]
fn x04_references_reach_only_what_has_started() {
    assert_eq!(fault("51 90"), (0, ErrorKind::UnknownRef(0)));
    assert_eq!(fault("79 51 91"), (1, ErrorKind::UnknownRef(1)));
    assert_eq!(fault("79 51 8F"), (1, ErrorKind::UnknownRef(-1)));
    assert_eq!(fault("7A 51 91 78"), (1, ErrorKind::UnknownRef(1)));
    assert_eq!(fault("79 51 49 7F FF FF FF"), (1, ErrorKind::UnknownRef(i32::MAX)));
    assert_eq!(fault("51 01 'a'"), (1, ErrorKind::Expected("an int")));
    assert_eq!(read("79 51 90"), Value::list(vec![Value::Ref(RefId(0))]));
}

/// Forty lists, each of two values: the list before it, and a reference to that.
fn doubling() -> Vec<u8> {
    let levels = 40_u8;
    let closing = (1..=levels).rev().flat_map(|level| [0x51, 0x90 + level]);
    [vec![0x7A; usize::from(levels)], wire("78")].concat().into_iter().chain(closing).collect()
}

#[test]
fn x05_doubling_references_cost_what_they_take() {
    let bytes = doubling();
    let value = Value::read(&mut Reader::new(&bytes)).unwrap();
    let again = crate::wire::encode(&value);
    assert_eq!(again, bytes, "the tree keeps references");
}

#[test]
fn x05_whoever_expands_doubling_references_runs_into_the_limits() {
    fn expand(reader: &mut Reader<'_>) -> Result<(), Error> {
        match reader.next()? {
            Token::List { len: Some(len), .. } => {
                for _ in 0..len {
                    expand(reader)?;
                }
                reader.leave();
            }
            Token::Ref(id) => {
                let bookmark = reader.revisit(id)?;
                let expanded = expand(reader);
                reader.resume(bookmark);
                expanded?;
            }
            _ => {}
        }
        Ok(())
    }
    let bytes = doubling();
    let started = Instant::now();
    let error = expand(&mut Reader::new(&bytes)).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::TooManyElements | ErrorKind::TooMuchRevisited));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn x06_definitions_must_come_first_and_stay_small() {
    assert_eq!(fault("60"), (0, ErrorKind::UnknownClass(0)));
    assert_eq!(fault("43 01 'A' 90 61"), (4, ErrorKind::UnknownClass(1)));
    assert_eq!(fault("43 01 'A' 90 4F 8F"), (4, ErrorKind::UnknownClass(-1)));
    assert_eq!(fault("43 01 'A' 90 4F 49 7F FF FF FF"), (4, ErrorKind::UnknownClass(i32::MAX)));
    assert_eq!(fault("43 4E 90 60"), (1, ErrorKind::Expected("a string")));
    assert_eq!(fault("43 01 'A' 91 91 60"), (4, ErrorKind::Expected("a string")));
    assert_eq!(read("43 00 90 60").class_name(), Some(""));
}

#[test]
fn x06_too_many_fields_definitions_or_letters_are_refused() {
    let fields = |count: usize| {
        let count_bytes = [0xC8 + (count >> 8) as u8, count as u8];
        [wire("43 01 'A'"), count_bytes.to_vec(), vec![0; count], wire("60"), vec![0x4E; count]].concat()
    };
    assert!(Value::read(&mut Reader::new(&fields(512))).is_ok());
    assert_eq!(refused(&fields(513)), ErrorKind::TooManyFields);
    let classes = |count| [wire("43 01 'A' 90").repeat(count), wire("60")].concat();
    assert!(Value::read(&mut Reader::new(&classes(1000))).is_ok());
    assert_eq!(refused(&classes(1001)), ErrorKind::TooManyClasses);
    let chunk = [wire("52 FF FF"), vec![b'x'; 0xFFFF]].concat();
    let megabyte = [wire("43"), chunk.repeat(16), wire("00 90 60")].concat();
    assert_eq!(refused(&megabyte), ErrorKind::TooLong);
    let type_name = [wire("70"), chunk.repeat(16), wire("00")].concat();
    assert_eq!(refused(&type_name), ErrorKind::TooLong);
}

#[test]
fn x06_short_bytes_never_stand_for_many_copies_of_a_long_name() {
    let name = "x".repeat(4000);
    let head = format!("58 D4 27 10 70 53 0F A0 '{name}'");
    let bytes = [wire(&head), wire("70 90").repeat(9_999)].concat();
    let value = Value::read(&mut Reader::new(&bytes)).unwrap();
    let lists = value.as_list().unwrap();
    let [Value::List(first), .., Value::List(last)] = lists else { panic!("not lists") };
    let address = |list: &yumen_hessian2::List| list.type_name.as_ref().unwrap().as_ptr();
    assert_eq!(address(first), address(last), "one name, shared");
}

#[test]
fn x08_endless_and_empty_chunks_end_with_the_bytes() {
    for chunk in ["52 00 00", "41 00 00", "52 00 01 'a'", "41 00 01 'a'"] {
        let endless = wire(chunk).repeat(100_000);
        assert_eq!(refused(&endless), ErrorKind::Truncated, "{chunk}");
    }
}

#[test]
fn x08_many_chunks_together_obey_the_limit() {
    let limits = Limits { string_bytes: 10, ..Limits::default() };
    let kind =
        |notation: &str| Value::read(&mut Reader::with_limits(&wire(notation), limits)).map_err(|error| error.kind);
    assert!(kind("52 00 05 'abcde' 05 'abcde'").is_ok());
    assert_eq!(kind("52 00 05 'abcde' 06 'abcdef'"), Err(ErrorKind::TooLong));
    assert_eq!(kind("0B 'abcdefghijk'"), Err(ErrorKind::TooLong));
    assert_eq!(kind("41 00 05 'abcde' 26 'abcdef'"), Err(ErrorKind::TooLong));
    assert_eq!(kind("2B 'abcdefghijk'"), Err(ErrorKind::TooLong));
}

#[test]
fn x09_keys_may_be_anything() {
    let value = read("48 78 91 48 5A 92 44 7F F8 00 00 00 00 00 00 93 51 90 94 4E 95 5A");
    let keys: Vec<_> = value.as_map().unwrap().iter().map(|(key, _)| key).collect();
    assert!(matches!(keys[..], [Value::List(_), Value::Map(_), Value::Double(_), Value::Ref(RefId(0)), Value::Null]));
}

#[test]
fn x09_a_key_without_a_value_is_refused_by_every_way_of_reading() {
    assert_eq!(refused(&wire("48 91 92 93 5A")), ErrorKind::UnexpectedEnd);
}

#[test]
fn x10_extremes_and_forms_longer_than_needed_are_values() {
    for (notation, value) in [
        ("49 00 00 00 00", Value::Int(0)),
        ("D4 00 07", Value::Int(7)),
        ("4C 00 00 00 00 00 00 00 07", Value::Long(7)),
        ("44 3F F0 00 00 00 00 00 00", Value::Double(1.0)),
        ("5D 00", Value::Double(0.0)),
        ("5F 00 00 00 00", Value::Double(0.0)),
        ("4B 80 00 00 00", Value::Date(i64::from(i32::MIN) * 60_000)),
        ("4A 80 00 00 00 00 00 00 00", Value::Date(i64::MIN)),
        ("4A 00 00 00 00 00 00 00 00", Value::Date(0)),
        ("53 00 01 'a'", Value::string("a")),
        ("4F 90", Value::object("A", [])),
    ] {
        assert_eq!(read(&format!("43 01 'A' 90 {notation}")), value, "{notation}");
    }
}

#[test]
fn x11_no_beginning_of_a_value_is_a_value() {
    for notation in [
        "49 00 04 00 00",
        "4C 00 00 00 00 80 00 00 00",
        "44 40 09 21 FB 54 44 2D 18",
        "5F 00 00 2F DA",
        "4A 00 00 00 D0 4B 92 84 B8",
        "4B 00 E3 83 8F",
        "30 03 'a' E4 B8 AD ED A0 BD",
        "52 00 02 'a' ED A0 BD 52 00 00 02 ED B8 80 'b'",
        "41 00 03 'abc' 34 03 'def'",
        "7B 43 01 'A' 91 01 'x' 60 72 01 't' 91 92 43 01 'B' 91 01 'y' 61 57 70 90 5A 51 91",
        "56 04 '[int' 98 90 91 92 93 94 95 96 97",
        "55 04 '[int' 90 91 5A",
        "4D 11 'java.util.TreeMap' 01 'a' 48 4E 4E 5A 5A",
        "43 03 'Car' 92 05 'color' 04 'year' 4F 90 03 'red' C8 7D",
    ] {
        let bytes = wire(notation);
        assert!(Value::read(&mut Reader::new(&bytes)).is_ok(), "{notation}");
        for len in 0..bytes.len() {
            let kind = refused(&bytes[..len]);
            assert_eq!(kind, ErrorKind::Truncated, "{len} bytes of {notation}");
        }
    }
}

#[test]
fn x12_the_names_of_dangerous_classes_are_just_text() {
    let class = "com.sun.rowset.JdbcRowSetImpl";
    let value = read(&format!("43 1D '{class}' 91 0E 'dataSourceName' 60 0A 'ldap://x/y'"));
    assert_eq!(value.class_name(), Some(class));
    assert_eq!(value.field("dataSourceName").and_then(Value::as_str), Some("ldap://x/y"));
}

#[test]
fn a_million_values_are_enough() {
    let list = |len: u32| [&[0x58, 0x49][..], &len.to_be_bytes(), &vec![0x4E; len as usize]].concat();
    assert!(Reader::new(&list(999_999)).skip().is_ok());
    assert_eq!(Reader::new(&list(1_000_000)).skip().unwrap_err().kind, ErrorKind::TooManyElements);
}
