//! Each shape of value, in each of its forms.

use yumen_hessian2::{ErrorKind, RefId, Value};

use crate::wire::{both, fault, read};

#[test]
fn null_and_booleans_are_one_byte() {
    both(&Value::Null, "4E");
    both(&Value::Bool(true), "54");
    both(&Value::Bool(false), "46");
}

#[test]
fn ints_take_one_two_three_or_five_bytes() {
    for (value, bytes) in [
        (0, "90"),
        (-16, "80"),
        (47, "BF"),
        (-17, "C7 EF"),
        (48, "C8 30"),
        (-2048, "C0 00"),
        (2047, "CF FF"),
        (-2049, "D3 F7 FF"),
        (2048, "D4 08 00"),
        (-262_144, "D0 00 00"),
        (262_143, "D7 FF FF"),
        (-262_145, "49 FF FB FF FF"),
        (262_144, "49 00 04 00 00"),
        (i32::MIN, "49 80 00 00 00"),
        (i32::MAX, "49 7F FF FF FF"),
    ] {
        both(&Value::Int(value), bytes);
    }
}

#[test]
fn longs_take_one_two_three_five_or_nine_bytes() {
    for (value, bytes) in [
        (0, "E0"),
        (-8, "D8"),
        (15, "EF"),
        (-9, "F7 F7"),
        (16, "F8 10"),
        (-2048, "F0 00"),
        (2047, "FF FF"),
        (-2049, "3B F7 FF"),
        (2048, "3C 08 00"),
        (-262_144, "38 00 00"),
        (262_143, "3F FF FF"),
        (-262_145, "59 FF FB FF FF"),
        (262_144, "59 00 04 00 00"),
        (-0x8000_0000, "59 80 00 00 00"),
        (0x7FFF_FFFF, "59 7F FF FF FF"),
        (0x8000_0000, "4C 00 00 00 00 80 00 00 00"),
        (i64::MIN, "4C 80 00 00 00 00 00 00 00"),
        (i64::MAX, "4C 7F FF FF FF FF FF FF FF"),
    ] {
        both(&Value::Long(value), bytes);
    }
}

#[test]
fn doubles_take_one_two_three_five_or_nine_bytes() {
    for (value, bytes) in [
        (0.0, "5B"),
        (1.0, "5C"),
        (-1.0, "5D FF"),
        (127.0, "5D 7F"),
        (-128.0, "5D 80"),
        (128.0, "5E 00 80"),
        (-32_768.0, "5E 80 00"),
        (32_767.0, "5E 7F FF"),
        (32_768.0, "5F 01 F4 00 00"),
        (12.25, "5F 00 00 2F DA"),
        (-0.001, "5F FF FF FF FF"),
        (1.0 / 3.0, "44 3F D5 55 55 55 55 55 55"),
        (f64::INFINITY, "44 7F F0 00 00 00 00 00 00"),
        (f64::MIN_POSITIVE, "44 00 10 00 00 00 00 00 00"),
    ] {
        both(&Value::Double(value), bytes);
    }
}

#[test]
fn a_float_that_java_widened_stays_what_it_became() {
    both(&Value::Double(f64::from(0.1_f32)), "44 3F B9 99 99 A0 00 00 00");
}

#[test]
fn negative_zero_keeps_its_sign() {
    let Value::Double(zero) = read("44 80 00 00 00 00 00 00 00") else { panic!("not a double") };
    assert!(zero.is_sign_negative());
    both(&Value::Double(-0.0), "44 80 00 00 00 00 00 00 00");
}

#[test]
fn not_a_number_survives() {
    let bytes = "44 7F F8 00 00 00 00 00 00";
    assert!(matches!(read(bytes), Value::Double(value) if value.is_nan()));
    assert_eq!(crate::wire::encode(&Value::Double(f64::NAN)), crate::wire::wire(bytes));
}

#[test]
fn dates_count_minutes_where_they_can_and_milliseconds_elsewhere() {
    both(&Value::Date(0), "4B 00 00 00 00");
    both(&Value::Date(894_621_060_000), "4B 00 E3 83 8F");
    both(&Value::Date(894_621_091_000), "4A 00 00 00 D0 4B 92 84 B8");
    both(&Value::Date(-60_000), "4B FF FF FF FF");
    both(&Value::Date(-1), "4A FF FF FF FF FF FF FF FF");
    both(&Value::Date(i64::MAX), "4A 7F FF FF FF FF FF FF FF");
}

#[test]
fn binaries_carry_their_length_in_the_tag_in_ten_bits_or_in_two_bytes() {
    let bytes = |len: usize| Value::Binary(vec![7; len].into());
    both(&bytes(0), "20");
    both(&bytes(15), &format!("2F {}", "07 ".repeat(15)));
    both(&bytes(16), &format!("34 10 {}", "07 ".repeat(16)));
    both(&bytes(1023), &format!("37 FF {}", "07 ".repeat(1023)));
    both(&bytes(1024), &format!("42 04 00 {}", "07 ".repeat(1024)));
    both(&bytes(65_535), &format!("42 FF FF {}", "07 ".repeat(65_535)));
    both(&bytes(65_536), &format!("41 FF FF {} 21 07", "07 ".repeat(65_535)));
}

#[test]
fn binary_chunks_of_any_size_and_head_are_joined() {
    let joined = Value::Binary(Box::from(*b"abcdef"));
    assert_eq!(read("41 00 03 'abc' 41 00 00 23 'def'"), joined);
    assert_eq!(read("41 00 03 'abc' 34 03 'def'"), joined);
    assert_eq!(read("41 00 03 'abc' 42 00 03 'def'"), joined);
    assert_eq!(read("41 00 06 'abcdef' 20"), joined);
}

#[test]
fn a_chunk_must_be_followed_by_a_chunk_of_its_own_kind() {
    let expected = ErrorKind::Expected("another chunk");
    assert_eq!(fault("41 00 01 'a' 01 'b'"), (4, expected));
    assert_eq!(fault("52 00 01 'a' 21 'b'"), (4, expected));
    assert_eq!(fault("52 00 01 'a' 4E"), (4, expected));
}

#[test]
fn lists_without_a_type_are_short_long_or_open() {
    let ints = |len| Value::list((0..len).map(Value::Int).collect());
    both(&ints(0), "78");
    both(&ints(7), "7F 90 91 92 93 94 95 96");
    both(&ints(8), "58 98 90 91 92 93 94 95 96 97");
    assert_eq!(read("57 90 91 5A"), ints(2));
    assert_eq!(read("58 92 90 91"), ints(2));
}

#[test]
fn lists_with_a_type_are_short_long_or_open() {
    let ints = |len| Value::typed_list("[int", (0..len).map(Value::Int).collect());
    both(&ints(0), "70 04 '[int'");
    both(&ints(7), "77 04 '[int' 90 91 92 93 94 95 96");
    both(&ints(8), "56 04 '[int' 98 90 91 92 93 94 95 96 97");
    assert_eq!(read("55 04 '[int' 90 91 5A"), ints(2));
}

#[test]
fn maps_keep_the_order_and_the_repeats_of_their_keys() {
    both(&Value::map(vec![]), "48 5A");
    let map = Value::map(vec![
        (Value::Int(1), Value::string("fee")),
        (Value::Int(1), Value::string("fie")),
        (Value::Null, Value::Double(0.0)),
    ]);
    both(&map, "48 91 03 'fee' 91 03 'fie' 4E 5B 5A");
    let typed = Value::typed_map("java.util.TreeMap", vec![(Value::string("a"), Value::Null)]);
    both(&typed, "4D 11 'java.util.TreeMap' 01 'a' 4E 5A");
}

#[test]
fn a_type_number_counts_the_type_names_of_lists_and_maps_together() {
    let value = read("7B 71 04 '[int' 91 4D 01 'm' 5A 72 90 92 93");
    let list = |items: &[i32]| Value::typed_list("[int", items.iter().copied().map(Value::Int).collect());
    let map = Value::typed_map("m", vec![]);
    assert_eq!(value, Value::list(vec![list(&[1]), map, list(&[2, 3])]));
    assert_eq!(read("7B 70 01 'a' 4D 01 'b' 5A 4D 91 5A").as_list().unwrap()[2].class_name(), Some("b"));
}

#[test]
fn a_type_name_given_twice_counts_twice() {
    let value = read("7B 70 01 'a' 70 01 'a' 70 91");
    assert_eq!(value.as_list().unwrap()[2].class_name(), Some("a"));
    assert_eq!(fault("7A 70 01 'a' 70 91"), (5, ErrorKind::UnknownType(1)));
}

#[test]
fn an_object_follows_its_definition_and_shares_it_with_the_next() {
    let car = |color: &str, year| Value::object("Car", [("color", Value::string(color)), ("year", Value::Int(year))]);
    both(
        &Value::list(vec![car("red", 1), car("blue", 2)]),
        "7A 43 03 'Car' 92 05 'color' 04 'year' 60 03 'red' 91 60 04 'blue' 92",
    );
}

#[test]
fn class_seventeen_needs_the_long_form() {
    let objects: Vec<Value> = (0..18).map(|number| Value::object(&format!("C{number:02}"), [])).collect();
    let mut notation = String::from("58 A2 ");
    for number in 0..18 {
        let tag = if number < 16 { format!("6{number:X}") } else { format!("4F {:X}", 0x90 + number) };
        notation += &format!("43 03 'C{number:02}' 90 {tag} ");
    }
    both(&Value::list(objects), &notation);
}

#[test]
fn definitions_stand_anywhere_a_value_may_and_more_than_one_before_it() {
    let two = "43 01 'A' 90 43 01 'B' 91 01 'x' 61 60";
    let expected = Value::object("B", [("x", Value::object("A", []))]);
    assert_eq!(read(two), expected);
    let inside = "48 43 01 'A' 90 60 43 01 'B' 91 01 'x' 61 60 5A";
    let key = Value::object("A", []);
    assert_eq!(read(inside), Value::map(vec![(key, expected)]));
    assert_eq!(read("43 01 'A' 90 01 'x'"), Value::string("x"));
}

#[test]
fn a_field_whose_name_comes_twice_is_the_last_one() {
    let value = read("43 01 'A' 93 01 'x' 01 'y' 01 'x' 60 91 92 93");
    assert_eq!(value.field("x"), Some(&Value::Int(3)));
    assert_eq!(value.field("y"), Some(&Value::Int(2)));
    assert_eq!(value.field("z"), None);
    let map = read("48 01 'x' 91 01 'x' 92 5A");
    assert_eq!(map.field("x"), Some(&Value::Int(2)));
}

#[test]
fn a_reference_may_reach_a_container_that_is_still_open() {
    both(&Value::map(vec![(Value::string("self"), Value::Ref(RefId(0)))]), "48 04 'self' 51 90 5A");
}

#[test]
fn an_end_marker_is_no_value() {
    assert_eq!(fault("5A"), (0, ErrorKind::UnexpectedEnd));
    assert_eq!(fault("79 5A"), (1, ErrorKind::UnexpectedEnd));
    assert_eq!(fault("48 91 5A"), (2, ErrorKind::UnexpectedEnd));
}

#[test]
fn bytes_that_start_no_value_are_named() {
    for tag in [0x40, 0x45, 0x47, 0x50] {
        assert_eq!(fault(&format!("79 {tag:02X}")), (1, ErrorKind::UnknownTag(tag)));
    }
}

#[test]
fn the_body_of_a_dubbo_request_reads_value_by_value() {
    let body = crate::wire::wire(
        "05 '2.0.2' 05 'd.Svc' 05 '0.0.0' 02 'hi' 13 'Ljava/lang/String;I' 01 'a' 97 \
         48 04 'path' 05 'd.Svc' 09 'interface' 05 'd.Svc' 07 'version' 05 '0.0.0' 5A",
    );
    assert_eq!(body.len(), 0x57);
    let mut reader = yumen_hessian2::Reader::new(&body);
    let mut next = || Value::read(&mut reader).unwrap();
    for text in ["2.0.2", "d.Svc", "0.0.0", "hi", "Ljava/lang/String;I", "a"] {
        assert_eq!(next(), Value::string(text));
    }
    assert_eq!(next(), Value::Int(7));
    assert_eq!(next().field("interface").and_then(Value::as_str), Some("d.Svc"));
    assert!(reader.is_empty());
}
