//! What only the writer decides. The forms it picks are checked with the shapes.

use yumen_hessian2::{Reader, RefId, Value, Writer};

use crate::wire::wire;

#[test]
fn a_writer_appends() {
    let mut out = wire("05 '2.0.2'");
    Writer::new(&mut out).int(7);
    assert_eq!(out, wire("05 '2.0.2' 97"));
}

#[test]
fn type_names_are_always_written_out() {
    let list = || Value::typed_list("[int", vec![]);
    assert_eq!(crate::wire::encode(&Value::list(vec![list(), list()])), wire("7A 70 04 '[int' 70 04 '[int'"));
}

#[test]
fn containers_are_numbered_as_they_begin() {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    assert_eq!(writer.begin_list(None, 3), RefId(0));
    let class = writer.define_class("A", &["x"]);
    assert_eq!(writer.begin_object(class), RefId(1));
    writer.string("not counted");
    assert_eq!(writer.begin_map(Some("java.util.TreeMap")), RefId(2));
    writer.end_map();
    assert_eq!(writer.next_id(), RefId(3));
    writer.reference(RefId(1));
    let mut reader = Reader::new(&out);
    let value = Value::read(&mut reader).unwrap();
    assert_eq!(value.as_list().unwrap()[2], Value::Ref(RefId(1)));
    assert!(reader.is_empty());
}

#[test]
fn an_object_short_of_values_is_filled_with_null() {
    let Value::Object(mut object) = Value::object("A", [("x", Value::Int(1)), ("y", Value::Int(2))]) else {
        panic!("not an object")
    };
    object.values.pop();
    let bytes = crate::wire::encode(&Value::Object(object));
    assert_eq!(bytes, wire("43 01 'A' 92 01 'x' 01 'y' 60 91 4E"));
}
