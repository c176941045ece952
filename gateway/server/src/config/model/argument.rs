//! One argument of a call: where it comes from and what must hold for it.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Number, Value};

use super::source::{self, Source};
use crate::config::finding::{Code, Fault};

/// One argument of a call.
///
/// Short form: only the source (`path.id`). Long form: `{ from: query.limit, default: 20, max: 100 }`, or
/// `{ const: 5 }`.
#[derive(Debug, Clone, PartialEq)]
pub struct ArgConfig {
    /// Where the value comes from.
    pub from: Source,
    /// Java type or short word (`long`, `list<string>`). Left out: what the method's contract says.
    pub type_name: Option<String>,
    /// Name used in errors and in generated descriptions. Left out: the last part of the source.
    pub name: Option<String>,
    /// The request must carry it. Left out: required for primitive types and a whole body, unless there is a `default`.
    pub required: Option<bool>,
    /// Value used when the request does not carry it.
    pub default: Option<Value>,
    /// Smallest number allowed.
    pub min: Option<Number>,
    /// Largest number allowed.
    pub max: Option<Number>,
}

impl From<Source> for ArgConfig {
    fn from(from: Source) -> Self {
        Self { from, type_name: None, name: None, required: None, default: None, min: None, max: None }
    }
}

/// The long form as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ArgumentLong")]
struct LongForm {
    /// Where the value comes from: `path.NAME`, `query.NAME`, `header.NAME`, `cookie.NAME`, `body`, `body.FIELD`,
    /// `form.NAME`, `part.NAME`, `client.ip` or `request.id`.
    #[serde(default, deserialize_with = "source::text_form")]
    #[schemars(schema_with = "source::text_schema")]
    from: Option<Source>,
    /// A constant instead of `from`.
    #[serde(default, rename = "const", deserialize_with = "present")]
    constant: Option<Value>,
    /// Java type or short word (`long`, `list<string>`). Left out: what the method's contract says.
    #[serde(default, rename = "type")]
    type_name: Option<String>,
    /// Name used in errors. Left out: the last part of the source.
    #[serde(default)]
    name: Option<String>,
    /// The request must carry it. Left out: required for primitive types and a whole body, unless there is a `default`.
    #[serde(default)]
    required: Option<bool>,
    /// Value used when the request does not carry it.
    #[serde(default, deserialize_with = "present")]
    default: Option<Value>,
    /// Smallest number allowed.
    #[serde(default)]
    min: Option<Number>,
    /// Largest number allowed.
    #[serde(default)]
    max: Option<Number>,
}

/// A value that is there even when it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<LongForm> for ArgConfig {
    type Error = Fault;

    fn try_from(long: LongForm) -> Result<Self, Fault> {
        let from = match (long.from, long.constant) {
            (Some(from), None) => from,
            (None, Some(value)) => Source::Const(value),
            (None, None) => {
                return Err(Fault::new(Code::MISSING_KEY, "this argument has neither \"from\" nor \"const\"")
                    .help("add from: query.NAME, or another source"));
            }
            (Some(_), Some(_)) => {
                let fault = Fault::new(Code::BAD_SOURCE, "an argument has either \"from\" or \"const\", not both");
                return Err(fault.help("remove one of them"));
            }
        };
        let LongForm { type_name, name, required, default, min, max, .. } = long;
        Ok(Self { from, type_name, name, required, default, min, max })
    }
}

impl<'de> Deserialize<'de> for ArgConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ArgVisitor)
    }
}

struct ArgVisitor;

impl<'de> de::Visitor<'de> for ArgVisitor {
    type Value = ArgConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source such as path.id, or { from: path.id, type: long }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ArgConfig, E> {
        Source::parse(text).map(ArgConfig::from).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ArgConfig, A::Error> {
        let long = LongForm::deserialize(de::value::MapAccessDeserializer::new(map))?;
        ArgConfig::try_from(long).map_err(de::Error::custom)
    }
}

impl JsonSchema for ArgConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Argument".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let short = source::text_schema(generator);
        json_schema!({ "anyOf": [short, generator.subschema_for::<LongForm>()] })
    }
}
