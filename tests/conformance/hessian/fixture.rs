//! The shapes that Java wrote: their bytes, and what they are expected to be.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::value::RawValue;
use yumen_hessian2::{Class, Object, RefId, Value};
use yumen_tests::java::Line;

/// One value as one line of Dubbo wrote it.
pub(crate) struct Fixture {
    line: &'static str,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Value,
    /// The library itself wrote a reference to another object than it meant.
    pub(crate) malformed: bool,
}

impl fmt::Display for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line, self.name)
    }
}

/// JSON that is read level by level: the deepest shape is deeper than a JSON reader likes.
type Json = RawValue;

#[derive(Deserialize)]
struct Manifest<'m> {
    #[serde(borrow)]
    shapes: Vec<Shape<'m>>,
}

/// An entry; `tests/peers/README.md` defines it.
#[derive(Deserialize)]
struct Shape<'m> {
    name: &'m str,
    malformed: Option<&'m str>,
    /// Left out where the library could not write the shape.
    #[serde(borrow)]
    expected: Option<&'m Json>,
}

/// All shapes of a line, but for those that it could not write.
pub(crate) fn load(line: Line) -> Vec<Fixture> {
    let line = match line {
        Line::V2_7 => "2.7",
        Line::V3_2 => "3.2",
        Line::V3_3 => "3.3",
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/hessian").join(line);
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Manifest<'_> = serde_json::from_str(&manifest).unwrap();
    let fixture = |shape: Shape<'_>| {
        let (name, malformed) = (shape.name.to_owned(), shape.malformed.is_some());
        let bytes = || std::fs::read(folder.join(format!("{name}.bin"))).unwrap();
        let expected = value(shape.expected?);
        Some(Fixture { line, bytes: bytes(), name, expected, malformed })
    };
    let fixtures: Vec<_> = manifest.shapes.into_iter().filter_map(fixture).collect();
    assert!(fixtures.len() > 300, "only {} shapes of Dubbo {line}", fixtures.len());
    fixtures
}

/// The value that an expectation stands for.
fn value(json: &Json) -> Value {
    match json.get().as_bytes() {
        b"null" => Value::Null,
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        [b'"', ..] => Value::string(parse::<String>(json)),
        _ => tagged(json),
    }
}

fn tagged(json: &Json) -> Value {
    let mut fields: BTreeMap<&str, &Json> = parse(json);
    let type_name = fields.remove("type").map(parse::<&str>);
    if let Some(content) = fields.remove("fields") {
        return object(parse(fields["object"]), &parse::<Vec<_>>(content));
    }
    let (kind, content) = fields.pop_first().unwrap();
    match (kind, type_name) {
        ("int", _) => Value::Int(parse(content)),
        ("long", _) => Value::Long(number(content)),
        ("double", _) => Value::Double(number(content)),
        ("date", _) => Value::Date(number(content)),
        ("text", _) => Value::string(pieces(content).map(|(piece, times)| piece.repeat(times)).collect::<String>()),
        ("binary", _) => {
            Value::Binary(pieces(content).flat_map(|(piece, times)| hexadecimal(&piece).repeat(times)).collect())
        }
        ("ref", _) => Value::Ref(RefId(parse(content))),
        ("list", None) => Value::list(values(content)),
        ("list", Some(name)) => Value::typed_list(name, values(content)),
        ("map", None) => Value::map(entries(content)),
        ("map", Some(name)) => Value::typed_map(name, entries(content)),
        _ => panic!("unknown expectation {json}"),
    }
}

fn object(class: &str, fields: &[(&str, &Json)]) -> Value {
    let names = fields.iter().map(|(name, _)| Box::from(*name)).collect();
    let class = Class { name: class.into(), fields: names };
    let values = fields.iter().map(|(_, content)| value(content)).collect();
    Value::Object(Box::new(Object { class: class.into(), values }))
}

fn values(json: &Json) -> Vec<Value> {
    parse::<Vec<&Json>>(json).into_iter().map(value).collect()
}

fn entries(json: &Json) -> Vec<(Value, Value)> {
    parse::<Vec<(&Json, &Json)>>(json).into_iter().map(|(key, content)| (value(key), value(content))).collect()
}

/// Pieces of a text or binary, and how often each comes.
fn pieces(json: &Json) -> impl Iterator<Item = (String, usize)> {
    parse::<Vec<(String, usize)>>(json).into_iter()
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(byte).collect()
}

/// A number that is kept as text, because JSON numbers cannot hold all of them.
fn number<T: std::str::FromStr<Err: fmt::Debug>>(json: &Json) -> T {
    parse::<&str>(json).parse().unwrap()
}

fn parse<'j, T: Deserialize<'j>>(json: &'j Json) -> T {
    serde_json::from_str(json.get()).unwrap()
}
