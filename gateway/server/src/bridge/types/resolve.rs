//! From Java type names to nodes.
//!
//! The resolver asks [`Known`] for classes of the user, [`jdk`] for those of the JDK, and gives
//! each distinct type one node, so that a class may contain itself.

use std::collections::HashMap;

use yumen_dubbo::contract::{Contract, Field, TypeDefinition, TypeName};

use super::jdk::{self, Inner, Jdk};
use super::{Handles, Kind, MapNode, NodeId, Temporal, Types};

/// Most nodes of one route. Only a class that nests ever new type arguments of itself comes near.
const MAX_NODES: usize = 20_000;
/// Longest chain of types within types, for the same reason.
const MAX_CHAIN: u32 = 256;

/// The classes that someone described: first in the configuration, then in the metadata centre.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// From the configuration.
    pub(crate) written: Option<&'a Contract>,
    /// From the metadata centre.
    pub(crate) learned: Option<&'a Contract>,
}

impl<'a> Known<'a> {
    /// Constants of an enum.
    fn constants(self, name: &TypeName) -> Option<&'a [Box<str>]> {
        match self.first(|contract| contract.definition(name))? {
            TypeDefinition::Enum { constants } => Some(constants),
            TypeDefinition::Bean { .. } => None,
        }
    }

    /// Fields of a class with its type arguments put in.
    fn fields(self, name: &TypeName) -> Option<Vec<Field>> {
        self.first(|contract| contract.definition(name).and_then(|_| contract.fields(name)))
    }

    fn first<T>(self, find: impl Fn(&'a Contract) -> Option<T>) -> Option<T> {
        self.written.and_then(&find).or_else(|| self.learned.and_then(&find))
    }
}

/// Gives nodes to types.
pub(crate) struct Resolver<'a> {
    known: Known<'a>,
    types: Types,
    nodes: HashMap<TypeName, NodeId>,
    handles: Vec<(Temporal, super::ClassId)>,
    chain: u32,
}

impl<'a> Resolver<'a> {
    /// A resolver without nodes.
    pub(crate) fn new(known: Known<'a>) -> Self {
        Self { known, types: Types::default(), nodes: HashMap::new(), handles: Vec::new(), chain: 0 }
    }

    /// The arena.
    pub(crate) fn finish(self) -> Types {
        self.types
    }

    /// The node of a type.
    pub(crate) fn resolve(&mut self, name: &TypeName) -> NodeId {
        if let Some(&node) = self.nodes.get(name) {
            return node;
        }
        // The place is taken before the parts are resolved: a part may be the whole again.
        let node = self.types.add(Kind::Unknown(name.name.clone()), false);
        if self.types.nodes.len() > MAX_NODES || self.chain > MAX_CHAIN {
            return node;
        }
        self.nodes.insert(name.clone(), node);
        self.chain += 1;
        let kind = self.kind(name);
        self.chain -= 1;
        if let Some(slot) = self.types.nodes.get_mut(node.0 as usize) {
            slot.kind = kind;
            slot.primitive = name.dimensions == 0 && jdk::is_primitive(&name.name);
        }
        node
    }

    /// Names of the classes within a type that nobody described.
    pub(crate) fn unknown_in(&self, root: NodeId) -> Vec<&str> {
        let (mut seen, mut open, mut unknown) = (vec![false; self.types.nodes.len()], vec![root], Vec::new());
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut seen[node.0 as usize], true) {
                continue;
            }
            match &self.types.node(node).kind {
                Kind::Unknown(name) => unknown.push(&**name),
                Kind::Holder(_, inner) | Kind::List(inner, _) => open.push(*inner),
                Kind::Map(map) => open.extend([map.key, map.value]),
                Kind::Bean(class) => {
                    open.extend(self.types.class(*class).into_iter().flat_map(|class| &class.fields).map(|f| f.node));
                }
                _ => {}
            }
        }
        unknown.dedup();
        unknown
    }

    fn kind(&mut self, name: &TypeName) -> Kind {
        if let Some(element) = name.element() {
            return self.array(&element);
        }
        match jdk::find(&name.name) {
            Some(jdk) => self.jdk(jdk, name),
            None => self.described(name),
        }
    }

    fn array(&mut self, element: &TypeName) -> Kind {
        match (&*element.name, element.dimensions) {
            ("byte", 0) => Kind::Bytes,
            ("char", 0) => Kind::String,
            (name, dimensions) => {
                let wire = format!("{}{}", "[".repeat(usize::from(dimensions) + 1), jdk::element_name(name));
                Kind::List(self.resolve(element), Some(wire.into()))
            }
        }
    }

    fn jdk(&mut self, jdk: Jdk, name: &TypeName) -> Kind {
        match jdk {
            Jdk::Boolean => Kind::Boolean,
            Jdk::Int(width) => Kind::Int(width),
            Jdk::Long => Kind::Long,
            Jdk::Float => Kind::Float,
            Jdk::Double => Kind::Double,
            Jdk::Char => Kind::Char,
            Jdk::String => Kind::String,
            Jdk::Decimal => Kind::Decimal(self.text_class("java.math.BigDecimal", "value")),
            Jdk::BigInteger => Kind::BigInteger(self.big_integer()),
            Jdk::Date => Kind::Date,
            Jdk::Temporal(temporal) => Kind::Temporal(temporal, self.temporal(temporal)),
            Jdk::Token(kind, class, field) => Kind::Token(kind, self.text_class(class, field)),
            Jdk::Holder(class, field, inner) => {
                let inner = self.resolve(&inner_type(inner, name));
                Kind::Holder(self.types.add_class(class, vec![(field.into(), inner)]), inner)
            }
            Jdk::List(wire) => {
                let element = self.resolve(&argument(name, 0));
                Kind::List(element, wire.map(Into::into))
            }
            Jdk::Map(wire) => {
                let (key, value) = (self.resolve(&argument(name, 0)), self.resolve(&argument(name, 1)));
                Kind::Map(Box::new(MapNode { key, value, wire: wire.map(Into::into) }))
            }
            Jdk::Natural => Kind::Natural,
            Jdk::Number => Kind::Number,
            Jdk::Void => Kind::Void,
        }
    }

    fn described(&mut self, name: &TypeName) -> Kind {
        if let Some(constants) = self.known.constants(name) {
            return Kind::Enum(self.text_class(&name.name, "name"), constants.into());
        }
        match self.known.fields(name) {
            Some(fields) => {
                let fields = fields.iter().map(|field| (field.name.clone(), self.resolve(&field.type_name))).collect();
                Kind::Bean(self.types.add_class(&name.name, fields))
            }
            None => Kind::Unknown(name.name.clone()),
        }
    }

    fn text_class(&mut self, class: &str, field: &str) -> super::ClassId {
        let string = self.resolve(&TypeName::of("java.lang.String"));
        self.types.add_class(class, vec![(field.into(), string)])
    }

    fn big_integer(&mut self) -> super::ClassId {
        let int = self.resolve(&TypeName::of("int"));
        self.types.add_class("java.math.BigInteger", vec![("signum".into(), int), ("mag".into(), int)])
    }

    fn temporal(&mut self, temporal: Temporal) -> Handles {
        Handles {
            own: self.handle(temporal),
            date: self.handle(Temporal::LocalDate),
            time: self.handle(Temporal::LocalTime),
            date_time: self.handle(Temporal::LocalDateTime),
            offset: self.handle(Temporal::ZoneOffset),
        }
    }

    fn handle(&mut self, temporal: Temporal) -> super::ClassId {
        if let Some((_, known)) = self.handles.iter().find(|(kind, _)| *kind == temporal) {
            return *known;
        }
        let object = self.resolve(&TypeName::object());
        let fields = temporal.fields().iter().map(|field| (Box::from(*field), object)).collect();
        let id = self.types.add_class(&temporal.handle(), fields);
        self.handles.push((temporal, id));
        id
    }
}

/// A type argument. A primitive cannot be one, so the short words stand for the boxes here.
fn argument(name: &TypeName, index: usize) -> TypeName {
    let argument = name.arguments.get(index).cloned().unwrap_or_else(TypeName::object);
    match jdk::boxed(&argument.name).filter(|_| argument.dimensions == 0) {
        Some(boxed) => TypeName::of(boxed),
        None => argument,
    }
}

fn inner_type(inner: Inner, name: &TypeName) -> TypeName {
    match inner {
        Inner::Date => TypeName::of("java.util.Date"),
        Inner::Int => TypeName::of("int"),
        Inner::Long => TypeName::of("long"),
        Inner::Argument => argument(name, 0),
    }
}
