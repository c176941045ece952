//! From a [`Node`] tree to [`Config`]: serde's side of it, with the path to every fault.
//!
//! Scalars keep their text: where text is wanted, `1.10` is "1.10" and `no` is "no". A value that is left
//! empty counts as an empty list or mapping where one is wanted. Where a scalar is wanted, `{ env: NAME }`
//! and `{ file: PATH }` are replaced by what they point to; so they are anywhere within the settings of a plugin.

use std::borrow::Cow;

use serde::de::{self, IntoDeserializer, Unexpected, Visitor};

mod error;

pub(super) use error::ShapeError;
use error::{What, found_words};

use super::{
    locate::Segment,
    model::{FREE, ONE_OR_MANY},
    node::{Entry, Kind, Node, Plain},
    outside::Outside,
};

/// A value being read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) node: &'a Node,
    pub(super) outside: &'a Outside<'a>,
}

/// A scalar, with what it points to already fetched.
enum Scalar<'a> {
    Here(&'a Node),
    Fetched(Node),
}

impl<'a> Reading<'a> {
    fn at(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    /// The scalar that this value is or points to; `None` for lists and mappings.
    fn scalar(self) -> Result<Option<Scalar<'a>>, ShapeError> {
        match (&self.node.kind, self.outside.fetch(self.node)) {
            (Kind::Scalar { .. }, _) => Ok(Some(Scalar::Here(self.node))),
            (_, Some(Ok(text))) => Ok(Some(Scalar::Fetched(Node::given(&text, self.node.place)))),
            (_, Some(Err(fault))) => Err(ShapeError::new(What::Fault(fault))),
            (_, None) => Ok(None),
        }
    }

    /// Text, when text is wanted.
    fn text(self) -> Result<Cow<'a, str>, ShapeError> {
        match self.scalar()? {
            Some(Scalar::Here(node)) if node.meaning() != Plain::Null => {
                Ok(Cow::Borrowed(node.text().unwrap_or_default()))
            }
            Some(Scalar::Fetched(node)) => Ok(Cow::Owned(node.text().unwrap_or_default().to_owned())),
            _ => {
                let found = match &self.node.kind {
                    Kind::Scalar { .. } | Kind::Gone => Unexpected::Unit,
                    Kind::Sequence(_) => Unexpected::Seq,
                    Kind::Mapping(_) => Unexpected::Map,
                };
                Err(ShapeError::new(What::WrongType { wanted: "text".to_owned(), found: found_words(found) }))
            }
        }
    }

    /// A number or boolean, when one is wanted.
    fn plain<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.scalar()? {
            Some(Scalar::Fetched(node)) => visit_scalar(&node, visitor),
            _ => de::Deserializer::deserialize_any(self, visitor),
        }
    }

    fn is_null(self) -> bool {
        self.node.meaning() == Plain::Null
    }
}

fn visit_scalar<'de, V: Visitor<'de>>(node: &Node, visitor: V) -> Result<V::Value, ShapeError> {
    match node.meaning() {
        Plain::Null => visitor.visit_unit(),
        Plain::Bool(value) => visitor.visit_bool(value),
        Plain::Int(value) => visitor.visit_i64(value),
        Plain::Unsigned(value) => visitor.visit_u64(value),
        Plain::Float(value) => visitor.visit_f64(value),
        Plain::Text => visitor.visit_str(node.text().unwrap_or_default()),
    }
}

macro_rules! plain_values {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            self.plain(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Reading<'_> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match &self.node.kind {
            Kind::Scalar { .. } => visit_scalar(self.node, visitor),
            Kind::Sequence(items) => visitor.visit_seq(Items { of: self, items, next: 0 }),
            Kind::Mapping(entries) => visitor.visit_map(Entries { of: self, entries, next: 0 }),
            Kind::Gone => visitor.visit_unit(),
        }
    }

    plain_values! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_str(&self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        if name == ONE_OR_MANY && self.node.is_sequence() {
            return self.deserialize_any(visitor);
        }
        if name == FREE {
            return self.plain(visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        if self.is_null() {
            return visitor.visit_seq(Items { of: self, items: &[], next: 0 });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        if self.is_null() {
            return visitor.visit_map(Entries { of: self, entries: &[], next: 0 });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        if self.node.is_sequence() {
            return Err(de::Error::invalid_type(Unexpected::Seq, &"a map")); // derived visitors would take it by position
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        let word = self.text()?;
        visitor.visit_enum(de::value::StrDeserializer::<ShapeError>::new(&word))
    }

    serde::forward_to_deserialize_any! {
        char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a> {
    of: Reading<'a>,
    items: &'a [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = ShapeError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ShapeError> {
        while self.items.get(self.next).is_some_and(|item| matches!(item.kind, Kind::Gone)) {
            self.next += 1;
        }
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(self.of.at(item)).map(Some).map_err(|error| error.under(Segment::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'a> {
    of: Reading<'a>,
    entries: &'a [Entry],
    next: usize,
}

impl Entries<'_> {
    fn segment(&self) -> Segment {
        Segment::Key(self.entries[self.next].key.text.to_string())
    }
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = ShapeError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ShapeError> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key: de::value::StrDeserializer<'_, ShapeError> = (*entry.key.text).into_deserializer();
        let key = seed.deserialize(key);
        key.map(Some).map_err(|error| error.under(self.segment()).on_key())
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ShapeError> {
        let value = &self.entries[self.next].value;
        let result = seed.deserialize(self.of.at(value)).map_err(|error| error.under(self.segment()));
        self.next += 1;
        result
    }
}
