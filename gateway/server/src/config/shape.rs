//! From a [`Node`] tree to [`Config`]: serde's side of it, with the path to every fault.
//!
//! Scalars keep their text: where text is wanted, `1.10` is "1.10" and `no` is "no". A value that is left
//! empty counts as an empty list or mapping where one is wanted. Where a scalar is wanted, `{ env: NAME }`
//! and `{ file: PATH }` are replaced by what they point to.

use std::{borrow::Cow, fmt};

use serde::de::{self, IntoDeserializer, Unexpected, Visitor};

use super::{
    finding::{Code, Fault, Finding, Part},
    locate::{ConfigPath, Segment},
    model::ONE_OR_MANY,
    node::{Entry, Kind, Node, Plain},
    outside::Outside,
};

/// A fault that serde or a visitor found, with the way to it.
#[derive(Debug)]
pub(super) struct ShapeError {
    /// From the fault outwards.
    path: Vec<Segment>,
    part: Part,
    what: What,
}

/// What is wrong with the shape.
#[derive(Debug)]
enum What {
    UnknownKey { key: String, known: &'static [&'static str] },
    MissingKey(&'static str),
    UnknownWord { word: String, known: &'static [&'static str] },
    WrongType { wanted: String, found: String },
    OutOfRange { wanted: String, found: String },
    Fault(Fault),
}

impl ShapeError {
    fn new(what: What) -> Self {
        Self { path: Vec::new(), part: Part::Value, what }
    }

    fn under(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }

    /// The needed key, if that is what is missing.
    pub(super) fn missing_key(&self) -> Option<&'static str> {
        match self.what {
            What::MissingKey(key) => Some(key),
            _ => None,
        }
    }

    /// The key that an unknown one was probably meant to be.
    pub(super) fn meant_key(&self) -> Option<&'static str> {
        match &self.what {
            What::UnknownKey { key, known } => super::suggest::nearest(key, known.iter().copied()),
            _ => None,
        }
    }

    /// The finding, at its path from the root.
    pub(super) fn into_finding(mut self) -> Finding {
        self.path.reverse();
        let subject = subject(&self.path);
        let at = ConfigPath::from(self.path);
        let finding = match self.what {
            What::UnknownKey { key, known } => unknown_key(at, &key, known),
            What::MissingKey(key) => Finding::error(Code::MISSING_KEY, at, format!("key {key:?} is missing")),
            What::UnknownWord { word, known } => {
                let message = format!("{subject} cannot be {word:?}");
                let near = Finding::error(Code::UNKNOWN_WORD, at, message).suggest(&word, known.iter().copied());
                near.help(format!("it is one of: {}", known.join(", ")))
            }
            What::WrongType { wanted, found } => {
                Finding::error(Code::WRONG_TYPE, at, format!("{subject} takes {wanted}, not {found}"))
            }
            What::OutOfRange { wanted, found } => {
                Finding::error(Code::OUT_OF_RANGE, at, format!("{subject} takes {wanted}, not {found}"))
            }
            What::Fault(fault) => fault.into_finding(at),
        };
        Finding { part: self.part, ..finding }
    }
}

fn unknown_key(at: ConfigPath, key: &str, known: &[&str]) -> Finding {
    let finding = Finding::error(Code::UNKNOWN_KEY, at, format!("unknown key {key:?}"));
    match super::suggest::nearest(key, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean {near:?}?")),
        None => finding.help(format!("keys here are: {}", known.join(", "))),
    }
}

/// What the user calls the thing at the end of the path.
fn subject(path: &[Segment]) -> String {
    match path {
        [.., Segment::Key(key), Segment::Index(index)] => format!("item {} of {key:?}", index + 1),
        [.., Segment::Key(key)] => format!("{key:?}"),
        [.., Segment::Index(index)] => format!("item {}", index + 1),
        [] => "the file".to_owned(),
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Fault(Fault::from_text(&message.to_string())))
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::new(What::WrongType { wanted: wanted_words(&wanted.to_string()), found: found_words(found) })
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::new(What::OutOfRange { wanted: wanted_words(&wanted.to_string()), found: found_words(found) })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::MissingKey(key))
    }
}

/// serde's names of what was wanted, in the user's words.
fn wanted_words(serde: &str) -> String {
    let bounds = |most: u64| format!("a whole number from 0 to {most}");
    match serde {
        "u8" => bounds(u8::MAX.into()),
        "u16" => bounds(u16::MAX.into()),
        "u32" => bounds(u32::MAX.into()),
        "u64" | "usize" => bounds(u64::MAX),
        "i32" | "i64" => "a whole number".to_owned(),
        "f64" | "f32" | "a JSON number" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "path string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "keys and values".to_owned(),
        rust if rust.starts_with("struct ") => "keys and values".to_owned(),
        ours => ours.to_owned(),
    }
}

fn found_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(text) => format!("the text {}", quoted(text)),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "keys and values".to_owned(),
        _ => "this".to_owned(),
    }
}

/// Text in quotes, cut where it gets long.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("{:?}", format!("{}…", &text[..cut])),
        None => format!("{text:?}"),
    }
}

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
        key.map(Some).map_err(|error| ShapeError { part: Part::Key, ..error.under(self.segment()) })
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ShapeError> {
        let value = &self.entries[self.next].value;
        let result = seed.deserialize(self.of.at(value)).map_err(|error| error.under(self.segment()));
        self.next += 1;
        result
    }
}
