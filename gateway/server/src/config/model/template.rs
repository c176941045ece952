//! Bodies written by hand: JSON in which some leaves stand for parts of the answer.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::config::ConfigPath;

/// A JSON body in which leaves stand for parts of the answer.
///
/// `{ id: result }` wraps the result, `{ name: result.user.name }` picks from it, and
/// `{ message: exception.message }` tells of an exception; every other leaf means itself.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyTemplate {
    /// The result (no names) or what is found by following these names from its top.
    Result(Vec<String>),
    /// A part of the exception: `message`, `class`, or `field` and the name of one of its fields.
    Exception(Vec<String>),
    /// An object whose members are filled in, in the order written.
    Object(Vec<(String, BodyTemplate)>),
    /// A list whose items are filled in.
    List(Vec<BodyTemplate>),
    /// Itself.
    Literal(Value),
}

impl BodyTemplate {
    /// Where the leaves are that satisfy `test`; `at` is the place of the whole.
    pub(crate) fn leaves(&self, at: ConfigPath, test: &impl Fn(&Self) -> bool) -> Vec<ConfigPath> {
        match self {
            Self::Object(members) => {
                members.iter().flat_map(|(name, member)| member.leaves(at.clone().key(name), test)).collect()
            }
            Self::List(items) => {
                let items = items.iter().enumerate();
                items.flat_map(|(index, item)| item.leaves(at.clone().index(index), test)).collect()
            }
            leaf if test(leaf) => vec![at],
            _ => Vec::new(),
        }
    }

    fn leaf(text: &str) -> Self {
        let mut names = text.split('.').map(str::to_owned);
        let head = names.next();
        let rest: Vec<String> = names.collect();
        match head.as_deref() {
            _ if rest.iter().any(String::is_empty) => Self::Literal(text.into()),
            Some("result") => Self::Result(rest),
            Some("exception") if !rest.is_empty() => Self::Exception(rest),
            _ => Self::Literal(text.into()),
        }
    }
}

impl<'de> Deserialize<'de> for BodyTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TemplateVisitor)
    }
}

struct TemplateVisitor;

impl<'de> de::Visitor<'de> for TemplateVisitor {
    type Value = BodyTemplate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a body")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<BodyTemplate, E> {
        Ok(BodyTemplate::leaf(text))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<BodyTemplate, E> {
        Ok(BodyTemplate::Literal(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<BodyTemplate, E> {
        Ok(BodyTemplate::Literal(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<BodyTemplate, E> {
        Ok(BodyTemplate::Literal(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<BodyTemplate, E> {
        Ok(BodyTemplate::Literal(value.into()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<BodyTemplate, E> {
        Ok(BodyTemplate::Literal(Value::Null))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<BodyTemplate, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(BodyTemplate::List(items))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<BodyTemplate, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(BodyTemplate::Object(members))
    }
}

impl JsonSchema for BodyTemplate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BodyTemplate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "JSON in which the leaves `result`, `result.a.b` and `exception.message` stand for parts of the answer.",
        })
    }
}
