//! Arbitrary bytes through every way of reading, and what could be read through writing and reading again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use yumen_hessian2::well_known::{Temporal, TemporalKind, Throwable, read_big_integer};
use yumen_hessian2::{ClassIndex, Error, KnownClass, Limits, Reader, Token, Value, Writer};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { elements: 10_000, revisited_bytes: 10_000, ..Limits::default() };
    let skipped = Reader::with_limits(bytes, limits).skip();
    let _ = walk(&mut Reader::with_limits(bytes, limits));
    recognise(bytes, limits);
    let _ = known(&mut Reader::with_limits(bytes, limits));
    let Ok(value) = Value::read(&mut Reader::with_limits(bytes, limits)) else {
        return;
    };
    assert_eq!(skipped, Ok(()), "what can be read can be skipped");
    let written = encode(&value);
    let again = Value::read(&mut Reader::new(&written)).expect("our own bytes can be read");
    assert_eq!(encode(&again), written, "what was written is what was read");
    ask(&value, &value);
});

/// Pulls one value after the other, following every reference.
fn walk(reader: &mut Reader<'_>) -> Result<(), Error> {
    while !reader.is_empty() {
        step(reader)?;
    }
    Ok(())
}

fn step(reader: &mut Reader<'_>) -> Result<(), Error> {
    let values = match reader.next()? {
        Token::List { len: Some(len), .. } => len as usize,
        Token::Object { class, .. } => {
            let class = reader.class(class);
            assert_eq!(class.fields().count(), class.field_count());
            class.field_count()
        }
        Token::List { len: None, .. } => {
            while !reader.end()? {
                step(reader)?;
            }
            return Ok(());
        }
        Token::Map { .. } => {
            while !reader.end()? {
                step(reader)?;
                step(reader)?;
            }
            return Ok(());
        }
        Token::Ref(id) => {
            let (position, next) = (reader.position(), reader.next_id());
            let bookmark = reader.revisit(id)?;
            let followed = step(reader);
            reader.resume(bookmark);
            assert_eq!((reader.position(), reader.next_id()), (position, next));
            return followed;
        }
        _ => return Ok(()),
    };
    for _ in 0..values {
        step(reader)?;
    }
    reader.leave();
    Ok(())
}

/// Reads values again knowing their classes: nothing else may come of it.
fn recognise(bytes: &[u8], limits: Limits) {
    let mut first = Reader::with_limits(bytes, limits);
    while !first.is_empty() && first.skip().is_ok() {}
    let classes = (0..limits.class_definitions).map(|index| first.class(ClassIndex(index)));
    let defined = classes.take_while(|class| !class.raw().is_empty());
    let known: Vec<_> = defined.filter_map(KnownClass::of).collect();
    let mut again = Reader::with_limits(bytes, limits);
    loop {
        while again.at_class() && known.iter().any(|class| again.recognise(class)) {}
        if again.is_empty() || again.skip().is_err() {
            break;
        }
    }
    assert_eq!(again.position(), first.position());
    for index in (0..=known.len() as u32).map(ClassIndex) {
        let (was, is) = (first.class(index), again.class(index));
        assert_eq!((was.raw(), &was.name), (is.raw(), &is.name));
        assert!(was.fields().eq(is.fields()));
    }
}

/// Takes each object for whatever its class says.
fn known(reader: &mut Reader<'_>) -> Result<(), Error> {
    while !reader.is_empty() {
        let token = reader.next()?;
        let Token::Object { class, .. } = token else {
            reader.skip_inside(&token)?;
            continue;
        };
        match TemporalKind::of(&reader.class(class).name) {
            Some(kind) => drop(Temporal::read(reader, kind, class)?.to_string()),
            None if reader.class(class).name.ends_with("Integer") => {
                drop(read_big_integer(reader, class)?);
            }
            None => drop(Throwable::read(reader, class)?),
        }
    }
    Ok(())
}

fn ask(value: &Value, root: &Value) {
    let _ = value.as_temporal(root).map(|temporal| temporal.to_string());
    let _ = (value.as_big_integer_text(root), value.as_throwable());
    let _ = (value.as_decimal_text(), value.as_enum(), value.as_text());
}

fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut Writer::new(&mut out));
    out
}
