//! Back references: their numbers, going back to them, and trees that stand alone.

use yumen_hessian2::{ClassIndex, ErrorKind, Limits, Reader, RefId, Token, Value};

use crate::wire::{encode, read, wire};

/// A list of an object with a typed list in it, an object after that, and a reference to the first object.
const SHARED: &str = "7B 43 01 'A' 91 01 'x' 60 72 01 't' 91 92 \
                      43 01 'B' 91 01 'y' 61 57 70 90 5A 51 91";

#[test]
fn numbers_count_containers_as_they_start() {
    let value = read("7B 79 78 48 4E 70 01 't' 5A 51 94");
    let typed = Value::typed_list("t", vec![]);
    assert_eq!(value.as_list().unwrap()[2], Value::Ref(RefId(4)));
    assert_eq!(value.resolve(RefId(4)), Some(&typed));
    assert_eq!(value.resolve(RefId(0)), Some(&value));
    assert_eq!(value.resolve(RefId(5)), None);
}

#[test]
fn dates_strings_and_binaries_take_no_number() {
    let value = read("7E 4B 00 00 00 00 01 'a' 21 07 5B 78 51 91");
    assert_eq!(value.resolve(RefId(1)), Some(&Value::list(vec![])));
}

#[test]
fn going_back_defines_nothing_twice() {
    let bytes = wire(SHARED);
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    reader.skip().unwrap();
    reader.skip().unwrap();
    assert_eq!(reader.next(), Ok(Token::Ref(RefId(1))));
    let (position, next_id) = (reader.position(), reader.next_id());
    for _ in 0..3 {
        let bookmark = reader.revisit(RefId(1)).unwrap();
        assert_eq!(reader.next_id(), RefId(1));
        assert_eq!(reader.next(), Ok(Token::Object { class: ClassIndex(0), id: RefId(1) }));
        let list = Token::List { type_name: Some("t".into()), len: Some(2), id: RefId(2) };
        assert_eq!(reader.next(), Ok(list));
        reader.resume(bookmark);
        assert_eq!((reader.position(), reader.next_id()), (position, next_id));
    }
}

#[test]
fn what_is_read_again_is_what_was_read() {
    let bytes = wire(SHARED);
    let mut reader = Reader::new(&bytes);
    let whole = Value::read(&mut reader).unwrap();
    for number in 0..5 {
        let bookmark = reader.revisit(RefId(number)).unwrap();
        let again = Value::read(&mut reader).unwrap();
        reader.resume(bookmark);
        if number == 0 {
            assert_eq!(again, whole);
        } else {
            assert_eq!(Some(&again), whole.resolve(RefId(number)), "container {number}");
        }
    }
}

#[test]
fn reading_ahead_from_a_container_that_is_still_open_keeps_every_number() {
    let bytes = wire("7C 51 90 43 01 'A' 90 60 70 01 't' 72 90 91 92 51 92");
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    assert_eq!(reader.next(), Ok(Token::Ref(RefId(0))));
    let bookmark = reader.revisit(RefId(0)).unwrap();
    reader.skip().unwrap();
    reader.resume(bookmark);
    assert_eq!(reader.next(), Ok(Token::Object { class: ClassIndex(0), id: RefId(1) }));
    reader.leave();
    let list = |len, id| Token::List { type_name: Some("t".into()), len: Some(len), id: RefId(id) };
    assert_eq!(reader.next(), Ok(list(0, 2)));
    reader.leave();
    assert_eq!(reader.next(), Ok(list(2, 3)));
}

#[test]
fn what_was_read_ahead_cannot_be_referred_to_yet() {
    let bytes = wire("7A 51 90 51 91 78");
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    reader.next().unwrap();
    let bookmark = reader.revisit(RefId(0)).unwrap();
    reader.next().unwrap();
    reader.next().unwrap();
    assert_eq!(reader.next().unwrap_err().kind, ErrorKind::UnknownRef(1));
    reader.resume(bookmark);
    assert_eq!(reader.next().unwrap_err().kind, ErrorKind::UnknownRef(1));
    assert!(reader.revisit(RefId(1)).is_err());
}

#[test]
fn following_a_cycle_ends_at_the_depth_limit() {
    let bytes = wire("79 51 90");
    let mut reader = Reader::new(&bytes);
    let mut levels = 0;
    let error = loop {
        match reader.next() {
            Ok(Token::Ref(id)) => drop(reader.revisit(id).unwrap()),
            Ok(_) => levels += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind, levels), (ErrorKind::TooDeep, 128));
}

#[test]
fn following_references_uses_up_bytes() {
    let bytes = wire("7A 78 51 91");
    let limits = Limits { revisited_bytes: 2, ..Limits::default() };
    let mut reader = Reader::with_limits(&bytes, limits);
    reader.skip().unwrap();
    let mut follow = || {
        let bookmark = reader.revisit(RefId(1))?;
        let read = reader.skip();
        reader.resume(bookmark);
        read
    };
    for _ in 0..3 {
        follow().unwrap();
    }
    assert_eq!(follow().unwrap_err().kind, ErrorKind::TooMuchRevisited);
}

#[test]
fn a_tree_from_the_middle_of_a_body_counts_from_its_own_root() {
    let bytes = wire("78 79 51 91");
    let mut reader = Reader::new(&bytes);
    reader.skip().unwrap();
    let value = Value::read(&mut reader).unwrap();
    assert_eq!(value, Value::list(vec![Value::Ref(RefId(0))]));
    assert_eq!(encode(&value), wire("79 51 90"));
}

#[test]
fn a_tree_written_after_others_counts_from_where_it_stands() {
    let mut out = Vec::new();
    let mut writer = yumen_hessian2::Writer::new(&mut out);
    let cycle = Value::list(vec![Value::Ref(RefId(0))]);
    cycle.write(&mut writer);
    cycle.write(&mut writer);
    assert_eq!(out, wire("79 51 90 79 51 91"));
}

#[test]
fn an_argument_given_twice_is_copied_into_the_second_tree() {
    let bytes = wire("7A 48 5A 51 91 7B 51 91 51 90 51 91");
    let mut reader = Reader::new(&bytes);
    Value::read(&mut reader).unwrap();
    let second = Value::read(&mut reader).unwrap();
    let map = Value::map(vec![]);
    let first = Value::list(vec![Value::Ref(RefId(1)), Value::Ref(RefId(1))]);
    assert_eq!(second, Value::list(vec![map, first, Value::Ref(RefId(1))]));
    assert!(reader.is_empty());
}

#[test]
fn a_field_that_refers_to_the_object_around_it_gets_a_copy_of_it() {
    let bytes = wire("43 01 'E' 91 05 'cause' 60 51 90");
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    let cause = Value::read(&mut reader).unwrap();
    assert_eq!(cause, Value::object("E", [("cause", Value::Ref(RefId(0)))]));
}
