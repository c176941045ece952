//! The shapes that Java wrote: their bytes, and what they are expected to be.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value as Json;
use yumen_hessian2::{Class, Object, RefId, Value};
use yumen_tests::java::Line;

/// One value as one line of Dubbo wrote it.
pub struct Fixture {
    line: &'static str,
    pub name: String,
    pub bytes: Vec<u8>,
    pub expected: Value,
    /// The library itself wrote a reference to another object than it meant.
    pub malformed: bool,
}

impl fmt::Display for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line, self.name)
    }
}

/// All shapes of a line, but for those that it could not write.
pub fn load(line: Line) -> Vec<Fixture> {
    let line = match line {
        Line::V2_7 => "2.7",
        Line::V3_2 => "3.2",
        Line::V3_3 => "3.3",
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/hessian").join(line);
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Json = serde_json::from_slice(&manifest).unwrap();
    let shapes = manifest["shapes"].as_array().unwrap();
    let written = shapes.iter().filter(|shape| shape.get("absent").is_none());
    let fixtures: Vec<_> = written
        .map(|shape| {
            let name = shape["name"].as_str().unwrap().to_owned();
            let bytes = std::fs::read(folder.join(format!("{name}.bin"))).unwrap();
            Fixture {
                line,
                bytes,
                expected: value(&shape["expected"]),
                malformed: shape.get("malformed").is_some(),
                name,
            }
        })
        .collect();
    assert!(fixtures.len() > 300, "only {} shapes of Dubbo {line}", fixtures.len());
    fixtures
}

/// The value that an expectation stands for; `tests/peers/README.md` defines its JSON.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::string(&**text),
        _ if json.get("fields").is_some() => object(json),
        _ => tagged(json),
    }
}

fn tagged(json: &Json) -> Value {
    let fields = json.as_object().unwrap();
    let type_name = fields.get("type").map(|name| name.as_str().unwrap());
    let (kind, content) = fields.iter().find(|(kind, _)| *kind != "type").unwrap();
    match (kind.as_str(), type_name) {
        ("int", _) => Value::Int(i32::try_from(content.as_i64().unwrap()).unwrap()),
        ("long", _) => Value::Long(parsed(content)),
        ("double", _) => Value::Double(parsed(content)),
        ("date", _) => Value::Date(parsed(content)),
        ("text", _) => Value::string(pieces(content).map(|(piece, times)| piece.repeat(times)).collect::<String>()),
        ("binary", _) => {
            Value::Binary(pieces(content).flat_map(|(piece, times)| hexadecimal(piece).repeat(times)).collect())
        }
        ("ref", _) => Value::Ref(RefId(u32::try_from(content.as_u64().unwrap()).unwrap())),
        ("list", None) => Value::list(values(content).collect()),
        ("list", Some(name)) => Value::typed_list(name, values(content).collect()),
        ("map", None) => Value::map(entries(content)),
        ("map", Some(name)) => Value::typed_map(name, entries(content)),
        _ => panic!("unknown expectation {json}"),
    }
}

fn object(json: &Json) -> Value {
    let fields = json["fields"].as_array().unwrap();
    let class = Class {
        name: json["object"].as_str().unwrap().into(),
        fields: fields.iter().map(|field| field[0].as_str().unwrap().into()).collect(),
    };
    let values = fields.iter().map(|field| value(&field[1])).collect();
    Value::Object(Box::new(Object { class: class.into(), values }))
}

fn values(json: &Json) -> impl Iterator<Item = Value> {
    json.as_array().unwrap().iter().map(value)
}

fn entries(json: &Json) -> Vec<(Value, Value)> {
    json.as_array().unwrap().iter().map(|entry| (value(&entry[0]), value(&entry[1]))).collect()
}

/// Pieces of a text or binary, and how often each comes.
fn pieces(json: &Json) -> impl Iterator<Item = (&str, usize)> {
    let pieces = json.as_array().unwrap().iter();
    pieces.map(|piece| (piece[0].as_str().unwrap(), usize::try_from(piece[1].as_u64().unwrap()).unwrap()))
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(byte).collect()
}

fn parsed<T: std::str::FromStr<Err: fmt::Debug>>(json: &Json) -> T {
    json.as_str().unwrap().parse().unwrap()
}
