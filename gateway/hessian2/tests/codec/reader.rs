//! The pull reader on its own: tokens, skipping, lenient reads.

use yumen_hessian2::{ClassIndex, Error, ErrorKind, KnownClass, Limits, Reader, RefId, Token};

use crate::wire::wire;

#[test]
fn containers_are_entered_and_left_by_their_kind() {
    let bytes = wire("7A 48 01 'k' 91 5A 57 92 5A 93");
    let mut reader = Reader::new(&bytes);
    let list = Token::List { type_name: None, len: Some(2), id: RefId(0) };
    assert_eq!(reader.next(), Ok(list));
    assert_eq!(reader.next(), Ok(Token::Map { type_name: None, id: RefId(1) }));
    assert_eq!(reader.end(), Ok(false));
    assert_eq!(reader.next(), Ok(Token::String("k".into())));
    assert_eq!(reader.next(), Ok(Token::Int(1)));
    assert_eq!(reader.end(), Ok(true));
    assert_eq!(reader.next(), Ok(Token::List { type_name: None, len: None, id: RefId(2) }));
    assert_eq!(reader.next(), Ok(Token::Int(2)));
    assert_eq!(reader.end(), Ok(true));
    reader.leave();
    assert_eq!((reader.position(), reader.next_id()), (9, RefId(3)));
    assert_eq!(reader.next(), Ok(Token::Int(3)));
    assert!(reader.is_empty());
}

#[test]
fn a_class_tells_its_name_its_fields_and_its_bytes() {
    let definition = "43 03 'Car' 92 05 'color' 04 'year'";
    let bytes = wire(&format!("{definition} 60 03 'red' 91"));
    let mut reader = Reader::new(&bytes);
    let token = Token::Object { class: ClassIndex(0), id: RefId(0) };
    assert_eq!(reader.next(), Ok(token));
    let class = reader.class(ClassIndex(0));
    assert_eq!((&*class.name, class.field_count()), ("Car", 2));
    assert!(class.fields().eq(["color", "year"]));
    assert_eq!(class.raw(), wire(definition));
    assert_eq!(reader.class(ClassIndex(9)).field_count(), 0);
}

#[test]
fn field_names_may_be_in_any_form_of_string() {
    let bytes = wire("43 01 'A' 94 52 00 01 'a' 01 'b' 30 01 'c' 01 E4 B8 AD 02 ED A0 BD ED B8 80 60");
    let mut reader = Reader::new(&bytes);
    assert!(reader.next().is_ok());
    let class = reader.class(ClassIndex(0));
    assert!(class.fields().eq(["ab", "c", "\u{4e2d}", "\u{1F600}"]));
    assert_eq!(class.field_count(), 4);
    for broken in ["91 01 FF", "91 52 00 01 'a' 01 FF", "91 01 C3 'a'"] {
        let bytes = wire(&format!("43 01 'A' {broken} 60 4E"));
        let kind = Reader::new(&bytes).next().unwrap_err().kind;
        assert_eq!(kind, ErrorKind::BadText, "{broken}");
    }
}

fn remember(definition: &str) -> Option<KnownClass> {
    let bytes = wire(&format!("{definition} 4E"));
    let mut reader = Reader::new(&bytes);
    assert_eq!(reader.next(), Ok(Token::Null));
    KnownClass::of(reader.class(ClassIndex(0)))
}

#[test]
fn a_known_class_is_recognised_by_its_bytes() {
    let definition = "43 05 'A' E4 B8 AD 'BCD' 92 01 'x' 01 'y'";
    let known = remember(definition).unwrap();
    assert_eq!(known.raw(), wire(definition));
    let bytes = wire(&format!("97 43 01 'Z' 90 {definition} 61 91 92"));
    let mut reader = Reader::new(&bytes);
    assert!(!reader.at_class() && !reader.recognise(&known));
    reader.next().unwrap();
    assert!(reader.at_class() && !reader.recognise(&known), "it is another class");
    let other = remember("43 01 'Z' 90").unwrap();
    assert!(reader.recognise(&other) && reader.at_class() && reader.recognise(&known));
    assert_eq!(reader.next(), Ok(Token::Object { class: ClassIndex(1), id: RefId(0) }));
    let class = reader.class(ClassIndex(1));
    assert_eq!((&*class.name, class.raw()), ("A中BCD", known.raw()));
    assert!(class.fields().eq(["x", "y"]));
}

#[test]
fn a_known_class_is_recognised_again_where_it_is_read_again() {
    let known = remember("43 01 'A' 91 01 'x'").unwrap();
    let bytes = wire("7A 79 43 01 'A' 91 01 'x' 60 90 51 91");
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    reader.skip().unwrap();
    let Ok(Token::Ref(id)) = reader.next() else { panic!("not a reference") };
    let bookmark = reader.revisit(id).unwrap();
    reader.next().unwrap();
    assert!(reader.recognise(&known));
    assert_eq!(reader.next(), Ok(Token::Object { class: ClassIndex(0), id: RefId(2) }));
    reader.resume(bookmark);
    assert!(reader.is_empty());
}

#[test]
fn known_classes_obey_the_limits() {
    let known = remember("43 01 'A' 92 01 'x' 01 'y'").unwrap();
    let bytes = wire("43 01 'A' 92 01 'x' 01 'y' 60 90 90");
    for limits in [Limits { fields: 1, ..Limits::default() }, Limits { class_definitions: 0, ..Limits::default() }] {
        let mut reader = Reader::with_limits(&bytes, limits);
        assert!(!reader.recognise(&known));
        assert!(reader.next().is_err());
    }
}

#[test]
fn a_class_whose_name_has_to_be_put_together_is_not_remembered() {
    assert!(remember("43 52 00 01 'A' 01 'B' 90").is_none());
    assert!(remember("43 02 ED A0 BD ED B8 80 90").is_none());
}

#[test]
fn skipping_remembers_what_was_skipped() {
    let skipped = "7B 43 01 'A' 91 01 'x' 60 70 01 't' 48 41 00 01 'a' 20 52 00 01 'b' 00 5A 57 5A";
    let bytes = wire(&format!("{skipped} 60 71 90 51 93"));
    let mut reader = Reader::new(&bytes);
    assert_eq!(reader.skip(), Ok(()));
    assert_eq!(reader.position(), wire(skipped).len());
    assert_eq!(reader.next(), Ok(Token::Object { class: ClassIndex(0), id: RefId(5) }));
    let list = Token::List { type_name: Some("t".into()), len: Some(1), id: RefId(6) };
    assert_eq!(reader.next(), Ok(list));
    assert_eq!(reader.next(), Ok(Token::Ref(RefId(3))));
}

#[test]
fn whatever_java_takes_for_an_int_is_one() {
    let read = |notation: &str| Reader::new(&wire(notation)).read_int();
    for (notation, value) in [
        ("4E", 0),
        ("54", 1),
        ("46", 0),
        ("97", 7),
        ("E7", 7),
        ("59 FF FF FF FE", -2),
        ("5D 07", 7),
        ("5F 00 00 1D 4C", 7),
    ] {
        assert_eq!(read(notation), Ok(value), "{notation}");
    }
    let too_big = read("4C 00 00 00 00 80 00 00 00");
    assert_eq!(too_big, Err(Error { at: 0, kind: ErrorKind::OutOfRange("an int") }));
    assert_eq!(read("01 '7'"), Err(Error { at: 0, kind: ErrorKind::Expected("an int") }));
}

#[test]
fn whatever_java_takes_for_a_long_a_double_or_a_boolean_is_one() {
    assert_eq!(Reader::new(&wire("4C 7F FF FF FF FF FF FF FF")).read_long(), Ok(i64::MAX));
    assert_eq!(Reader::new(&wire("4E")).read_long(), Ok(0));
    assert!(Reader::new(&wire("44 7F F0 00 00 00 00 00 00")).read_long().is_err());
    assert!(Reader::new(&wire("44 43 E0 00 00 00 00 00 00")).read_long().is_err());
    assert_eq!(Reader::new(&wire("E3")).read_double(), Ok(3.0));
    assert_eq!(Reader::new(&wire("4E")).read_bool(), Ok(false));
    assert_eq!(Reader::new(&wire("92")).read_bool(), Ok(true));
    assert_eq!(Reader::new(&wire("5B")).read_bool(), Ok(false));
    assert!(Reader::new(&wire("78")).read_bool().is_err());
}

#[test]
fn whatever_java_takes_for_text_is_text() {
    let read = |notation: &str| Reader::new(&wire(notation)).read_string().unwrap().map(|text| text.into_owned());
    assert_eq!(read("4E"), None);
    for (notation, text) in [
        ("02 'ab'", "ab"),
        ("54", "true"),
        ("46", "false"),
        ("87", "-9"),
        ("FF FF", "2047"),
        ("5C", "1.0"),
        ("5F 00 00 00 01", "0.001"),
    ] {
        assert_eq!(read(notation).as_deref(), Some(text), "{notation}");
    }
    assert!(Reader::new(&wire("78")).read_string().is_err());
    assert_eq!(Reader::new(&wire("4E")).read_binary(), Ok(None));
    assert_eq!(Reader::new(&wire("21 07")).read_binary(), Ok(Some([7].as_slice().into())));
}

#[test]
fn leaving_a_container_gives_its_depth_back() {
    let limits = Limits { depth: 2, ..Limits::default() };
    let side_by_side = wire("7B 79 90 57 5A 43 01 'A' 91 01 'x' 60 48 5A");
    let mut reader = Reader::with_limits(&side_by_side, limits);
    let deep = reader.skip();
    assert_eq!(deep, Err(Error { at: 12, kind: ErrorKind::TooDeep }), "the map is on level three");
    let flat = wire("7B 79 90 57 5A 43 01 'A' 91 01 'x' 60 4E");
    assert_eq!(Reader::with_limits(&flat, limits).skip(), Ok(()));
}
