//! Arbitrary values survive, and arbitrary bytes do no harm.

use proptest::collection::vec;
use proptest::prelude::*;
use yumen_hessian2::{Error, Limits, Reader, RefId, Token, Value, Writer};

use crate::wire::{decode, encode};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::Int),
        (-3000..3000).prop_map(Value::Int),
        any::<i64>().prop_map(Value::Long),
        (-300_000_i64..300_000).prop_map(Value::Long),
        (any::<f64>().prop_filter("equal to itself", |value| !value.is_nan())).prop_map(Value::Double),
        any::<i16>().prop_map(|value| Value::Double(f64::from(value) / 8.0)),
        any::<i64>().prop_map(Value::Date),
        any::<i32>().prop_map(|minutes| Value::Date(i64::from(minutes) * 60_000)),
        any::<String>().prop_map(Value::string),
        "[a-z\u{e9}\u{4e2d}\u{1F600}]{0,40}".prop_map(Value::string),
        vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Binary(bytes.into())),
        // Made to point somewhere by `settle`.
        any::<u32>().prop_map(|number| Value::Ref(RefId(number))),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    let nested = leaf().prop_recursive(5, 60, 9, |inner| {
        let items = || vec(inner.clone(), 0..9);
        let entries = || vec((inner.clone(), inner.clone()), 0..4);
        let name = || prop_oneof![Just("[int"), Just("java.util.LinkedList"), Just("a.B$C")];
        prop_oneof![
            items().prop_map(Value::list),
            (name(), items()).prop_map(|(name, items)| Value::typed_list(name, items)),
            entries().prop_map(Value::map),
            (name(), entries()).prop_map(|(name, entries)| Value::typed_map(name, entries)),
            (name(), inner.clone(), inner.clone()).prop_map(|(name, a, b)| Value::object(name, [("a", a), ("b", b)])),
            inner.clone().prop_map(|a| Value::object("com.acme.One", [("a", a)])),
        ]
    });
    nested.prop_map(|mut value| {
        settle(&mut value, &mut 0);
        value
    })
}

/// Points each reference to a container that has started before it.
fn settle(value: &mut Value, started: &mut u32) {
    let children: Vec<&mut Value> = match value {
        Value::Ref(id) if *started > 0 => {
            id.0 %= *started;
            return;
        }
        Value::Ref(_) => {
            *value = Value::Null;
            return;
        }
        Value::List(list) => list.items.iter_mut().collect(),
        Value::Map(map) => map.entries.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
        Value::Object(object) => object.values.iter_mut().collect(),
        _ => return,
    };
    *started += 1;
    children.into_iter().for_each(|child| settle(child, started));
}

/// Every token of one value, with the position after it.
fn tokens<'a>(reader: &mut Reader<'a>, out: &mut Vec<(usize, Token<'a>)>) -> Result<(), Error> {
    let token = reader.next()?;
    out.push((reader.position(), token.clone()));
    let values = match token {
        Token::List { len: Some(len), .. } => len as usize,
        Token::Object { class, .. } => reader.class(class).field_count(),
        Token::List { len: None, .. } => {
            while !reader.end()? {
                tokens(reader, out)?;
            }
            return Ok(());
        }
        Token::Map { .. } => {
            while !reader.end()? {
                tokens(reader, out)?;
                tokens(reader, out)?;
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    for _ in 0..values {
        tokens(reader, out)?;
    }
    reader.leave();
    Ok(())
}

/// Values in a tree, and the bytes of its texts and binaries.
fn size(value: &Value) -> (usize, usize) {
    let sum = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(size).fold((1, 0), |(count, bytes), (more, longer)| (count + more, bytes + longer))
    };
    match value {
        Value::List(list) => sum(&mut list.items.iter()),
        Value::Map(map) => sum(&mut map.entries.iter().flat_map(|(key, value)| [key, value])),
        Value::Object(object) => sum(&mut object.values.iter()),
        Value::String(text) => (1, text.len()),
        Value::Binary(bytes) => (1, bytes.len()),
        _ => (1, 0),
    }
}

/// Reads bytes in every way there is; a value that results takes no more room than the bytes did.
fn harmless(bytes: &[u8]) {
    let limits = Limits { revisited_bytes: 1000, ..Limits::default() };
    let skipped = Reader::with_limits(bytes, limits).skip();
    let mut walked = Vec::new();
    let walk = tokens(&mut Reader::with_limits(bytes, limits), &mut walked);
    let mut reader = Reader::with_limits(bytes, limits);
    let read = Value::read(&mut reader);
    assert_eq!(walk.err(), read.as_ref().err().copied());
    assert!(skipped.is_ok() || read.is_err(), "skipping checks less, never more");
    if let Ok(value) = read {
        let (count, text) = size(&value);
        assert!(count <= bytes.len() && text <= bytes.len());
        let again = encode(&value);
        assert_eq!(encode(&decode(&again)), again);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in tree()) {
        prop_assert_eq!(decode(&encode(&value)), value);
    }

    #[test]
    fn what_follows_another_value_is_read_back(first in tree(), second in tree()) {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        first.write(&mut writer);
        second.write(&mut writer);
        let mut reader = Reader::new(&out);
        prop_assert_eq!(Value::read(&mut reader).unwrap(), first);
        prop_assert_eq!(Value::read(&mut reader).unwrap(), second);
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn skipping_ends_where_reading_ends(value in tree()) {
        let bytes = encode(&value);
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.skip(), Ok(()));
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn going_back_gives_the_same_tokens_from_anywhere(value in tree(), pick: u32) {
        let bytes = encode(&value);
        let mut reader = Reader::new(&bytes);
        let mut first = Vec::new();
        tokens(&mut reader, &mut first).unwrap();
        let (end, started) = (reader.position(), reader.next_id().0);
        prop_assume!(started > 0);
        let id = RefId(pick % started);
        let bookmark = reader.revisit(id).unwrap();
        let mut again = Vec::new();
        tokens(&mut reader, &mut again).unwrap();
        let at = first.iter().position(|entry| *entry == again[0]).unwrap();
        prop_assert_eq!(&first[at..at + again.len()], &again[..]);
        reader.resume(bookmark);
        prop_assert_eq!((reader.position(), reader.next_id().0), (end, started));
    }

    #[test]
    fn no_beginning_of_a_value_is_a_value(value in tree(), cut: prop::sample::Index) {
        let bytes = encode(&value);
        let beginning = &bytes[..cut.index(bytes.len())];
        prop_assert!(Value::read(&mut Reader::new(beginning)).is_err());
        prop_assert!(Reader::new(beginning).skip().is_err());
    }

    #[test]
    fn long_texts_are_read_back(
        start in "[a\u{e9}\u{4e2d}\u{1F600}]{0,4}",
        part in "[a\u{e9}\u{4e2d}\u{1F600}]{1,5}",
        length in 32_760_usize..70_000,
    ) {
        let value = Value::string(start + &part.repeat(length / part.chars().count()));
        prop_assert_eq!(decode(&encode(&value)), value);
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..300)) {
        harmless(&bytes);
    }

    #[test]
    fn values_with_some_bytes_changed_do_no_harm(
        value in tree(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = encode(&value);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        harmless(&bytes);
    }
}
