//! JSON that stays what it was: numbers keep every digit, members keep their order, and what is not touched is written as it
//! was read. For plugins that change arguments and results.
//!
//! ```
//! use yumen_plugin::json::Json;
//!
//! let mut user = Json::parse(r#"{"id": 12345678901234567890123, "name": "Ann", "phone": "555"}"#).unwrap();
//! user.as_object_mut().unwrap().retain(|(name, _)| name != "phone");
//! assert_eq!(user.to_string(), r#"{"id":12345678901234567890123,"name":"Ann"}"#);
//! ```

use std::fmt::{self, Write};

mod parse;
mod path;

pub use parse::Malformed;
pub use path::{Path, Step};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, digit by digit as it stood.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object. A name may stand twice, as in the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value. Deeper than 128 levels is refused.
    pub fn parse(text: &str) -> Result<Json, Malformed> {
        parse::parse(text)
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Json)]> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The members, if it is an object, to be changed.
    #[must_use]
    pub fn as_object_mut(&mut self) -> Option<&mut Vec<(String, Json)>> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of this name, if it is an object that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.as_object()?.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A string or a number or a truth value as text; `None` for `null`, arrays and objects.
    #[must_use]
    pub fn scalar(&self) -> Option<String> {
        match self {
            Json::Bool(truth) => Some(truth.to_string()),
            Json::Number(text) | Json::String(text) => Some(text.clone()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Json {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(truth) => Json::Bool(*truth),
            serde_json::Value::Number(number) => Json::Number(number.to_string()),
            serde_json::Value::String(text) => Json::String(text.clone()),
            serde_json::Value::Array(elements) => Json::Array(elements.iter().map(Json::from).collect()),
            serde_json::Value::Object(members) => {
                Json::Object(members.iter().map(|(name, value)| (name.clone(), Json::from(value))).collect())
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(truth) => write!(f, "{truth}"),
            Json::Number(text) => f.write_str(text),
            Json::String(text) => quote(f, text),
            Json::Array(elements) => {
                f.write_char('[')?;
                for (at, element) in elements.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    element.fmt(f)?;
                }
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                for (at, (name, value)) in members.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    quote(f, name)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

/// `text` as a JSON string.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Writing to a string does not fail.
    let _ = quote(&mut out, text);
    out
}

fn quote(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut kept = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.write_str(&text[kept..at])?;
        kept = at + 1;
        match byte {
            b'"' => out.write_str("\\\"")?,
            b'\\' => out.write_str("\\\\")?,
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            control => write!(out, "\\u{control:04x}")?,
        }
    }
    out.write_str(&text[kept..])?;
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Json::parse(text).unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn what_is_not_touched_is_written_as_it_was_read() {
        check(
            r#" { "b" : [ 1.50, -0, 1e400, 123456789012345678901234567890 ] , "a" : null, "b": true } "#,
            r#"{"b":[1.50,-0,1e400,123456789012345678901234567890],"a":null,"b":true}"#,
        );
        check(r#""\u00e9\ud83d\ude00\/\b\f\n\"\\""#, "\"é😀/\\u0008\\u000c\\n\\\"\\\\\"");
        check("[]", "[]");
        check("{}", "{}");
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let broken = [
            "",
            "nul",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "[1,]",
            "[1",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\u{1}\"",
            "1 2",
            "truefalse",
            "[1 2]",
        ];
        for text in broken {
            assert!(Json::parse(text).is_err(), "{text}");
        }
        assert_eq!(Json::parse("[1,x]").unwrap_err().at, 3);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(&nested(128)).is_ok());
        assert!(Json::parse(&nested(129)).is_err());
        assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
    }
}
