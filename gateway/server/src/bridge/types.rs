//! Java types compiled for a route: an arena of nodes, with the class definitions already written as bytes.
//!
//! A node says how a value of its type is read from text or JSON and how it stands on the wire
//! (hessian-lite 3.2.13 and 4.0.4; the classes under `com/alibaba/com/caucho/hessian/io`). Recursive types are
//! nodes that name themselves.

use std::borrow::Cow;

use yumen_hessian2::Writer;
pub(crate) use yumen_hessian2::well_known::TemporalKind as Temporal;

mod jdk;
mod resolve;

/// Whether a value of the JDK class `said` may be sent for a parameter of the JDK class `parameter`.
pub(crate) fn jdk_holds(parameter: &str, said: &str) -> bool {
    jdk::holds(parameter, said)
}

pub(crate) use resolve::{Known, Resolver};

/// A node of [`Types`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct NodeId(u32);

/// A class of [`Types`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ClassId(u32);

/// All types that one route touches.
#[derive(Debug, Default)]
pub(crate) struct Types {
    nodes: Vec<Node>,
    classes: Vec<Class>,
}

/// One type.
#[derive(Debug)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) kind: Kind,
    /// A Java primitive: it has no null.
    pub(crate) primitive: bool,
}

/// What a type is, that is: how its values are written.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `T` or `F`.
    Boolean,
    /// An int of this many bits: byte, short or int.
    Int(IntWidth),
    /// A long.
    Long,
    /// A double that a `float` holds.
    Float,
    /// A double.
    Double,
    /// A string of one UTF-16 unit.
    Char,
    /// A string; `char[]` too.
    String,
    /// Object with its digits in the field `value`.
    Decimal(ClassId),
    /// Object with `signum` and `mag`, a typed `[int` list.
    BigInteger(ClassId),
    /// A hessian date.
    Date,
    /// A class of `java.time`, as a handle.
    Temporal(Temporal, Handles),
    /// Object with one string field, the text checked as that.
    Token(TokenKind, ClassId),
    /// Object with one field: `java.sql.Timestamp`, `Optional`, `AtomicLong`, `Calendar`.
    Holder(ClassId, NodeId),
    /// Object with the constant's name in the field `name`; constants empty when nobody told them.
    Enum(ClassId, Box<[Box<str>]>),
    /// `byte[]`: binary, base64 in JSON.
    Bytes,
    /// `EnumSet`: a handle with the class and the constants.
    EnumSet(Box<EnumSetNode>),
    /// A list of values: array, `List`, `Set` and so on; with the type name that the wire needs.
    List(NodeId, Option<Box<str>>),
    /// A map; with the type name that the wire needs.
    Map(Box<MapNode>),
    /// Object of a class whose fields are known.
    Bean(ClassId),
    /// Object of one of several classes, which its member `class` chooses.
    Choice(Box<ChoiceNode>),
    /// A field that may be an `Object` though this type is likely: JSON that is no value of it is taken as it is.
    Guess(NodeId),
    /// Whatever JSON says it is: `Object` and interfaces that anything may implement.
    Natural,
    /// `java.lang.Number`: an int, a long or a double as written.
    Number,
    /// A class that nobody described. Only generic calls can carry it, as natural values.
    Unknown(Box<str>),
    /// `void`, as a result.
    Void,
}

/// Width of an integer that travels as hessian int.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum IntWidth {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Short,
    /// 32 bits.
    Int,
}

/// Key, value and wire name of a map.
#[derive(Debug)]
pub(crate) struct MapNode {
    /// Type of the keys.
    pub(crate) key: NodeId,
    /// Type of the values.
    pub(crate) value: NodeId,
    /// Class to name on the wire; none for `HashMap`.
    pub(crate) wire: Option<Box<str>>,
}

/// Wire classes and element of an `EnumSet`.
#[derive(Debug)]
pub(crate) struct EnumSetNode {
    /// Of the handle.
    pub(crate) handle: ClassId,
    /// Of `java.lang.Class`.
    pub(crate) class: ClassId,
    /// The enum.
    pub(crate) element: NodeId,
}

/// The classes of which an object may be.
#[derive(Debug)]
pub(crate) struct ChoiceNode {
    /// Class and node of each, by class.
    pub(crate) classes: Vec<(Box<str>, NodeId)>,
    /// The one that is meant when the object names none.
    pub(crate) unnamed: Option<usize>,
    /// The one that the declared type says, so that a generic call need not name it.
    pub(crate) declared: Option<usize>,
}

impl ChoiceNode {
    /// The class that a `class` member means: by its full name or the last part of it.
    pub(crate) fn find(&self, text: &str) -> Option<usize> {
        self.classes.iter().position(|(class, _)| **class == *text || simple_name(class) == text)
    }

    /// What the object must be, in a sentence.
    pub(crate) fn expected(&self) -> String {
        let names: Vec<&str> = self.classes.iter().map(|(class, _)| simple_name(class)).collect();
        format!("an object whose class is {}", names.join(" or "))
    }
}

/// `Line` of `com.acme.Order$Line`.
fn simple_name(class: &str) -> &str {
    class.rsplit(['.', '$']).next().unwrap_or(class)
}

/// Handle classes that a `java.time` value is written with. Parts that a type has no use for name its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handles {
    /// The type's own.
    pub(crate) own: ClassId,
    /// Of its `LocalDate`.
    pub(crate) date: ClassId,
    /// Of its `LocalTime`.
    pub(crate) time: ClassId,
    /// Of its `LocalDateTime`.
    pub(crate) date_time: ClassId,
    /// Of its `ZoneOffset`.
    pub(crate) offset: ClassId,
}

/// Texts that are checked before they are sent as the only field of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// `java.util.UUID`.
    Uuid,
    /// `java.util.Locale`, as `zh_CN`.
    Locale,
    /// `java.lang.Class`.
    Class,
}

/// A class as the wire defines it.
#[derive(Debug)]
pub(crate) struct Class {
    /// Java's name.
    pub(crate) name: Box<str>,
    /// `C` and the name, as bytes.
    head: Box<[u8]>,
    /// Fields in the order of declaration.
    pub(crate) fields: Vec<ClassField>,
    /// Indexes of `fields`, sorted by name.
    by_name: Vec<u16>,
}

/// A field of a class.
#[derive(Debug)]
pub(crate) struct ClassField {
    /// Java's name.
    pub(crate) name: Box<str>,
    /// The name as a hessian string.
    encoded: Box<[u8]>,
    /// Its type.
    pub(crate) node: NodeId,
}

impl Types {
    /// The node.
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        const NATURAL: &Node = &Node { kind: Kind::Natural, primitive: false };
        const FLOAT: &Node = &Node { kind: Kind::Float, primitive: false };
        self.nodes.get(id.0 as usize).unwrap_or(if id == NodeId::FLOAT { FLOAT } else { NATURAL })
    }

    /// The class, where there is one.
    pub(crate) fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0 as usize)
    }

    /// A class of this name, whatever its type arguments.
    pub(crate) fn class_named(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| *class.name == *name)
    }

    /// How many classes there are.
    pub(crate) fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// What a value of the type is called in a sentence: "an int", "one of RED, GREEN".
    pub(crate) fn expected(&self, id: NodeId) -> Cow<'static, str> {
        match &self.node(id).kind {
            Kind::Enum(_, constants) if !constants.is_empty() => {
                let mut list = constants.iter().take(20).map(|name| &**name).collect::<Vec<_>>().join(", ");
                if constants.len() > 20 {
                    list.push_str(", …");
                }
                format!("one of {list}").into()
            }
            Kind::Holder(_, inner) | Kind::Guess(inner) => self.expected(*inner),
            Kind::Choice(choice) if choice.unnamed.is_none() => choice.expected().into(),
            kind => kind.expected().into(),
        }
    }

    /// The type itself, where it is a guess.
    pub(crate) fn likely(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            Kind::Guess(inner) => inner,
            _ => id,
        }
    }

    fn add(&mut self, kind: Kind, primitive: bool) -> NodeId {
        self.nodes.push(Node { kind, primitive });
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    fn add_class(&mut self, name: &str, fields: Vec<(Box<str>, NodeId)>) -> ClassId {
        self.classes.push(Class::new(name, fields));
        ClassId(u32::try_from(self.classes.len() - 1).unwrap_or(u32::MAX))
    }
}

impl NodeId {
    /// No node of any arena; it stands for a natural value.
    pub(crate) const NONE: Self = Self(u32::MAX);
    /// A float, in every arena.
    pub(crate) const FLOAT: Self = Self(u32::MAX - 1);
}

impl ClassId {
    /// Place in a table by class.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Class {
    fn new(name: &str, fields: Vec<(Box<str>, NodeId)>) -> Self {
        let fields: Vec<ClassField> =
            fields.into_iter().map(|(name, node)| ClassField { encoded: encoded(&name), name, node }).collect();
        let mut by_name: Vec<u16> = (0..u16::try_from(fields.len()).unwrap_or(u16::MAX)).collect();
        by_name.sort_by_key(|&index| fields.get(usize::from(index)).map(|field| &field.name));
        Self { name: name.into(), head: [b"C", &*encoded(name)].concat().into(), fields, by_name }
    }

    /// Index of the field called `name`; `hint` is tried first.
    pub(crate) fn find(&self, name: &str, hint: usize) -> Option<u16> {
        if self.fields.get(hint).is_some_and(|field| &*field.name == name) {
            return u16::try_from(hint).ok();
        }
        let field_name = |index: &u16| self.fields.get(usize::from(*index)).map_or("", |field| &*field.name);
        let at = self.by_name.binary_search_by(|index| field_name(index).cmp(name)).ok()?;
        self.by_name.get(at).copied()
    }

    /// Appends the definition of the class with these of its fields.
    pub(crate) fn define(&self, fields: &[u16], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        Writer::new(out).int(i32::try_from(fields.len()).unwrap_or(i32::MAX));
        for &index in fields {
            let name = self.fields.get(usize::from(index)).map_or(&[][..], |field| &*field.encoded);
            out.extend_from_slice(name);
        }
    }
}

fn encoded(text: &str) -> Box<[u8]> {
    let mut out = Vec::with_capacity(text.len() + 2);
    Writer::new(&mut out).string(text);
    out.into()
}

impl Kind {
    /// Numbers, which `min` and `max` can bound.
    pub(crate) fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Int(_)
                | Self::Long
                | Self::Float
                | Self::Double
                | Self::Decimal(_)
                | Self::BigInteger(_)
                | Self::Number
        )
    }

    /// Types that one piece of text can be.
    pub(crate) fn is_one_text(&self) -> bool {
        !matches!(self, Self::List(..) | Self::EnumSet(_) | Self::Map(_) | Self::Bean(_) | Self::Choice(_) | Self::Void)
    }

    fn expected(&self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Int(IntWidth::Byte) => "a byte",
            Self::Int(IntWidth::Short) => "a short",
            Self::Int(IntWidth::Int) => "an int",
            Self::Long => "a long",
            Self::Float => "a float",
            Self::Double => "a double",
            Self::Char => "a single character",
            Self::String => "a string",
            Self::Decimal(_) => "a decimal number",
            Self::BigInteger(_) => "an integer",
            Self::Date => "a date such as 2024-01-31T10:15:30Z",
            Self::Temporal(temporal, _) => expected_of(*temporal),
            Self::Token(TokenKind::Uuid, _) => "a UUID",
            Self::Token(TokenKind::Locale, _) => "a locale such as zh_CN",
            Self::Token(TokenKind::Class, _) => "a class name",
            Self::Enum(..) => "the name of a constant",
            Self::Bytes => "base64 text",
            Self::List(..) | Self::EnumSet(_) => "a list",
            Self::Map(_) | Self::Bean(_) | Self::Choice(_) => "an object",
            Self::Number => "a number",
            Self::Natural | Self::Unknown(_) | Self::Holder(..) | Self::Guess(_) => "a value",
            Self::Void => "nothing",
        }
    }
}

/// What a text for a class of `java.time` looks like.
fn expected_of(temporal: Temporal) -> &'static str {
    match temporal {
        Temporal::LocalDate => "a date such as 2024-01-31",
        Temporal::LocalTime => "a time such as 10:15:30",
        Temporal::LocalDateTime => "a date and time such as 2024-01-31T10:15:30",
        Temporal::Instant => "an instant such as 2024-01-31T10:15:30Z",
        Temporal::OffsetTime => "a time with offset such as 10:15:30+08:00",
        Temporal::OffsetDateTime => "a date and time with offset such as 2024-01-31T10:15:30+08:00",
        Temporal::ZonedDateTime => "a date and time with zone such as 2024-01-31T10:15:30+08:00[Asia/Shanghai]",
        Temporal::Year => "a year",
        Temporal::YearMonth => "a month such as 2024-01",
        Temporal::MonthDay => "a day such as --01-31",
        Temporal::Duration => "a duration such as PT1H30M",
        Temporal::Period => "a period such as P1Y2M3D",
        Temporal::ZoneOffset => "an offset such as +08:00",
        Temporal::ZoneId => "a time zone such as Asia/Shanghai",
    }
}
