//! Values as a tree: for plugins, tests and everyone who is not in a hurry.
//!
//! A tree stands alone. [`Value::Ref`] counts from the root of its own tree, in the order in which
//! containers start, the root being 0 if it is one:
//!
//! ```text
//!   List                0
//!   ├── Map             1
//!   │   └── "self" → Ref(1)      a cycle
//!   ├── Object          2
//!   └── Ref(2)                   the object again
//! ```
//! Reading renumbers what the body counted from its start, and copies what lies outside the value.

mod read;
mod write;

use std::sync::Arc;

use crate::reader::RefId;

/// One value and all that is in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Java's byte, short and int.
    Int(i32),
    /// Java's long.
    Long(i64),
    /// Java's float and double.
    Double(f64),
    /// `java.util.Date`: milliseconds since 1970, UTC.
    Date(i64),
    /// Text.
    String(Box<str>),
    /// `byte[]`
    Binary(Box<[u8]>),
    /// A list or an array.
    List(Box<List>),
    /// A map.
    Map(Box<Map>),
    /// An instance of a class, enums, big numbers and exceptions included; see
    /// [`well_known`](crate::well_known).
    Object(Box<Object>),
    /// A container of the same tree, by its number; perhaps one that holds this value.
    Ref(RefId),
}

/// A list or an array.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// The Java class, or an array type such as `[int`. `None`: `java.util.ArrayList`.
    pub type_name: Option<Arc<str>>,
    /// Its values.
    pub items: Vec<Value>,
}

/// A map, in the order of its bytes; keys may be anything and may repeat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// The Java class. `None`: `java.util.HashMap`.
    pub type_name: Option<Arc<str>>,
    /// Keys and values.
    pub entries: Vec<(Value, Value)>,
}

/// An instance of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What the fields are called; shared by all instances.
    pub class: Arc<Class>,
    /// One value per field of the class.
    pub values: Vec<Value>,
}

/// A class: its name and the names of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Class {
    /// Java's class name.
    pub name: Box<str>,
    /// The names of the fields. When one comes twice the last one counts.
    pub fields: Box<[Box<str>]>,
}

impl Value {
    /// Text.
    #[must_use]
    pub fn string(text: impl Into<Box<str>>) -> Self {
        Self::String(text.into())
    }

    /// A `java.util.ArrayList`.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Box::new(List { type_name: None, items }))
    }

    /// A list or array of a Java type.
    #[must_use]
    pub fn typed_list(type_name: &str, items: Vec<Self>) -> Self {
        Self::List(Box::new(List { type_name: Some(type_name.into()), items }))
    }

    /// A `java.util.HashMap`.
    #[must_use]
    pub fn map(entries: Vec<(Self, Self)>) -> Self {
        Self::Map(Box::new(Map { type_name: None, entries }))
    }

    /// A map of a Java type.
    #[must_use]
    pub fn typed_map(type_name: &str, entries: Vec<(Self, Self)>) -> Self {
        Self::Map(Box::new(Map { type_name: Some(type_name.into()), entries }))
    }

    /// An instance of a class with these fields.
    #[must_use]
    pub fn object<const N: usize>(class: &str, fields: [(&str, Self); N]) -> Self {
        let names = fields.iter().map(|(name, _)| Box::from(*name)).collect();
        let class = Arc::new(Class { name: class.into(), fields: names });
        Self::Object(Box::new(Object { class, values: fields.into_iter().map(|(_, value)| value).collect() }))
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = *self { Some(value) } else { None }
    }

    /// The int, if it is one.
    #[must_use]
    pub fn as_i32(&self) -> Option<i32> {
        if let Self::Int(value) = *self { Some(value) } else { None }
    }

    /// The long or int, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Int(value) => Some(i64::from(value)),
            Self::Long(value) => Some(value),
            _ => None,
        }
    }

    /// The double, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Double(value) = *self { Some(value) } else { None }
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The bytes, if it is a binary.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Binary(bytes) = self { Some(bytes) } else { None }
    }

    /// The values, if it is a list or array.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(&list.items) } else { None }
    }

    /// The keys and values, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        if let Self::Map(map) = self { Some(&map.entries) } else { None }
    }

    /// The object, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The Java class of an object, or the type of a list or map that has one.
    #[must_use]
    pub fn class_name(&self) -> Option<&str> {
        match self {
            Self::Object(object) => Some(&object.class.name),
            Self::List(list) => list.type_name.as_deref(),
            Self::Map(map) => map.type_name.as_deref(),
            _ => None,
        }
    }

    /// The field of an object, or the value under a text key of a map; the last one if there are several.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.field(name),
            Self::Map(map) => {
                map.entries.iter().rev().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// What a [`Value::Ref`] of the tree with this root refers to.
    #[must_use]
    pub fn resolve(&self, id: RefId) -> Option<&Self> {
        let mut open = vec![self];
        let mut number = 0;
        while let Some(value) = open.pop() {
            match value {
                Self::List(_) | Self::Map(_) | Self::Object(_) if number == id.0 => {
                    return Some(value);
                }
                Self::List(list) => open.extend(list.items.iter().rev()),
                Self::Map(map) => open.extend(map.entries.iter().rev().flat_map(|(key, value)| [value, key])),
                Self::Object(object) => open.extend(object.values.iter().rev()),
                _ => continue,
            }
            number += 1;
        }
        None
    }
}

impl Object {
    /// The value of a field, of the last one if its name comes twice.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        let at = self.class.fields.iter().rposition(|field| **field == *name)?;
        self.values.get(at)
    }

    /// The names and values of the fields, in the order of the bytes.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.class.fields.iter().map(|name| &**name).zip(&self.values)
    }
}
