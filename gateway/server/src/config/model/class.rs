//! Java classes that parameters and results are made of.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::config::finding::{Code, Fault};

/// One class of a service: a bean with its fields in order, or an enum.
///
/// `{ id: long, name: string }`, with `extends: com.acme.Parent` beside the fields where there is a
/// parent, and `abstract: true` where no object can be of the class itself; or `{ enum: [RED, GREEN] }`. `enum`, `extends`
/// and `abstract` are words of Java, so no field can bear them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeConfig {
    /// A class with fields.
    Bean {
        /// Class whose fields come first, with type arguments if it has any.
        extends: Option<String>,
        /// Objects are of the classes below it only; its definition does not tell.
        is_abstract: bool,
        /// Own fields, in the order written.
        fields: Vec<FieldConfig>,
    },
    /// An enum with its constants in order.
    Enum {
        /// Names of the constants.
        constants: Vec<String>,
    },
}

/// One field of a bean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConfig {
    /// Java name of the field.
    pub name: String,
    /// Its type, as in a method's `params`.
    pub type_name: String,
}

impl<'de> Deserialize<'de> for TypeConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TypeVisitor)
    }
}

struct TypeVisitor;

impl<'de> de::Visitor<'de> for TypeVisitor {
    type Value = TypeConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields and their types, or { enum: [A, B] }")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<TypeConfig, A::Error> {
        let (mut extends, mut is_abstract, mut fields, mut constants) = (None, false, Vec::new(), None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "extends" => extends = Some(map.next_value()?),
                "abstract" => is_abstract = map.next_value()?,
                "enum" => constants = Some(map.next_value()?),
                _ => fields.push(FieldConfig { name, type_name: map.next_value()? }),
            }
        }
        match constants {
            Some(constants) if Vec::<String>::is_empty(&constants) => Err(de::Error::custom(
                Fault::new(Code::BAD_VALUE, "an enum has at least one constant").help("write { enum: [A, B] }"),
            )),
            None => Ok(TypeConfig::Bean { extends, is_abstract, fields }),
            Some(constants) if fields.is_empty() && extends.is_none() && !is_abstract => {
                Ok(TypeConfig::Enum { constants })
            }
            Some(_) => {
                let fault = Fault::new(Code::BAD_VALUE, "an enum has constants only, no fields and no parent");
                Err(de::Error::custom(fault.help("write { enum: [A, B] } and nothing beside it")))
            }
        }
    }
}

impl JsonSchema for TypeConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Type".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Fields and their types, with `extends` for a parent class and `abstract: true` for an abstract one; or `{ enum: [A, B] }`.",
            "anyOf": [
                {
                    "type": "object",
                    "required": ["enum"],
                    "properties": { "enum": { "type": "array", "items": { "type": "string" } } },
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": { "abstract": { "type": "boolean" } },
                    "additionalProperties": { "type": "string" },
                    "not": { "required": ["enum"] },
                },
            ],
        })
    }
}
