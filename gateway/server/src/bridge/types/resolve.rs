//! From Java type names to nodes.
//!
//! The resolver asks [`Known`] for classes of the user, [`jdk`] for those of the JDK, and gives
//! each distinct type one node, so that a class may contain itself.

use std::collections::{BTreeMap, HashMap};

use yumen_dubbo::contract::{BoundField, Contract, TypeDefinition, TypeName};

use super::jdk::{self, Inner, Jdk};
use super::{ChoiceNode, EnumSetNode, Handles, Kind, MapNode, NodeId, Temporal, Types};

/// Most nodes of one route. Only a class that nests ever new type arguments of itself comes near.
const MAX_NODES: usize = 20_000;
/// Longest chain of types within types, for the same reason.
const MAX_CHAIN: u32 = 256;
/// Longest chain of `extends`.
const MAX_ANCESTORS: usize = 32;

/// The classes that someone described: first in the configuration, then in the metadata centre.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// From the configuration.
    pub(crate) written: Option<&'a Contract>,
    /// From the metadata centre.
    pub(crate) learned: Option<&'a Contract>,
    /// Superclass by class, as the configuration tells it.
    pub(crate) parents: Option<&'a BTreeMap<Box<str>, Box<str>>>,
    /// Classes that the configuration calls abstract: no object is of them.
    pub(crate) abstracts: &'a [Box<str>],
}

impl<'a> Known<'a> {
    /// Constants of an enum.
    fn constants(self, name: &TypeName) -> Option<&'a [Box<str>]> {
        match self.first(|contract| contract.definition(name))? {
            TypeDefinition::Enum { constants } => Some(constants),
            TypeDefinition::Bean { .. } => None,
        }
    }

    /// Fields of a class with its type arguments put in. What the configuration says of a class goes before what was
    /// learned of it and of those that it extends, field by field.
    fn fields(self, name: &TypeName) -> Option<Vec<BoundField>> {
        let mut fields = self.first(|contract| contract.definition(name).and_then(|_| contract.fields(name)))?;
        let ancestors = self.ancestors(&name.name).map(TypeName::of);
        for class in std::iter::once(name.clone()).chain(ancestors) {
            for field in self.learned.and_then(|learned| learned.fields(&class)).into_iter().flatten() {
                if fields.iter().all(|own| own.name != field.name) {
                    fields.push(field);
                }
            }
        }
        Some(fields)
    }

    /// Superclasses as the configuration tells them, nearest first.
    fn ancestors(self, class: &str) -> impl Iterator<Item = &'a str> {
        let parent = move |class: &str| self.parents.and_then(|parents| parents.get(class)).map(|parent| &**parent);
        // The bound ends a circle of `extends`.
        std::iter::successors(parent(class), move |class| parent(class)).take(MAX_ANCESTORS)
    }

    /// Classes that the configuration puts below this one.
    fn below(self, class: &str) -> Vec<&'a str> {
        let names = self.parents.into_iter().flat_map(|parents| parents.keys()).map(|name| &**name);
        names.filter(|name| *name != class && self.ancestors(name).any(|ancestor| ancestor == class)).collect()
    }

    /// Classes with a float among their fields: on the wire it is a double with more digits than it has, so a result may
    /// need their types wherever it holds one, also where its own type tells nothing.
    fn with_floats(self) -> impl Iterator<Item = TypeName> {
        let has_float = |definition: &TypeDefinition| match definition {
            TypeDefinition::Bean { fields, .. } => {
                fields.iter().any(|field| matches!(&*field.type_name.name, "float" | "java.lang.Float"))
            }
            TypeDefinition::Enum { .. } => false,
        };
        let types = self.written.into_iter().chain(self.learned).flat_map(|contract| &contract.types);
        types.filter(move |(_, definition)| has_float(definition)).map(|(name, _)| TypeName::of(name))
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
    /// Classes that the route names where the method names others.
    chosen: Vec<Box<str>>,
}

impl<'a> Resolver<'a> {
    /// A resolver without nodes.
    pub(crate) fn new(known: Known<'a>) -> Self {
        Self {
            known,
            types: Types::default(),
            nodes: HashMap::new(),
            handles: Vec::new(),
            chain: 0,
            chosen: Vec::new(),
        }
    }

    /// Objects of this class are to carry its name where the wire does not tell it, as in generic calls. To be called before
    /// the class is resolved.
    pub(crate) fn choose(&mut self, class: &str) {
        self.chosen.push(class.into());
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

    /// Takes in the classes that results need whatever their type is.
    pub(crate) fn resolve_floats(&mut self) {
        for class in self.known.with_floats() {
            self.resolve(&class);
        }
    }

    /// Names of the classes within a type that nobody described well enough to send them.
    pub(crate) fn unknown_in(&self, root: NodeId) -> Unknown<'_> {
        let (mut seen, mut open) = (vec![false; self.types.nodes.len()], vec![(root, false)]);
        let mut unknown = Unknown::default();
        while let Some((node, in_object)) = open.pop() {
            if std::mem::replace(&mut seen[node.0 as usize], true) {
                continue;
            }
            match &self.types.node(node).kind {
                // An object may do without such a field; that is no reason to give up the types of all others.
                Kind::Unknown(name) if in_object && name.starts_with("java.") => unknown.left_out.push(name),
                Kind::Unknown(name) => unknown.needed.push(name),
                Kind::Holder(_, inner) | Kind::List(inner, _) | Kind::Guess(inner) => open.push((*inner, in_object)),
                Kind::Map(map) => open.extend([(map.key, in_object), (map.value, in_object)]),
                Kind::Choice(choice) => open.extend(choice.classes.iter().map(|(_, node)| (*node, in_object))),
                Kind::Bean(class) => match self.types.class(*class) {
                    Some(class) if class.fields.is_empty() && in_object => unknown.left_out.push(&class.name),
                    Some(class) if class.fields.is_empty() => unknown.needed.push(&class.name),
                    class => open.extend(class.into_iter().flat_map(|class| &class.fields).map(|f| (f.node, true))),
                },
                _ => {}
            }
        }
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
            Jdk::Enum => Kind::Enum(self.text_class(&name.name, "name"), Box::default()),
            Jdk::EnumSet => self.enum_set(&argument(name, 0)),
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
                let own = |resolver: &mut Self| {
                    let fields = fields.iter().map(|field| (field.name.clone(), resolver.field(field)));
                    let fields = fields.collect();
                    Kind::Bean(resolver.types.add_class(&name.name, fields))
                };
                let is_abstract = self.known.abstracts.contains(&name.name);
                self.choice(name, !fields.is_empty() && !is_abstract, own)
            }
            None => self.choice(name, false, |_| Kind::Unknown(name.name.clone())),
        }
    }

    fn field(&mut self, field: &BoundField) -> NodeId {
        let node = self.resolve(&field.type_name);
        if field.guessed { self.types.add(Kind::Guess(node), false) } else { node }
    }

    /// A class, or the choice between it and those below it. One without fields is an interface, or as good as one, where
    /// others are below it.
    fn choice(&mut self, name: &TypeName, has_fields: bool, own: impl FnOnce(&mut Self) -> Kind) -> Kind {
        let below = self.known.below(&name.name);
        let chosen = self.chosen.contains(&name.name);
        if below.is_empty() && !chosen {
            return own(self);
        }
        let mut classes = Vec::new();
        if has_fields || chosen {
            let kind = own(self);
            classes.push((name.name.clone(), self.types.add(kind, false)));
        }
        let unnamed = (!classes.is_empty() || below.len() == 1).then_some(0);
        let declared = unnamed.filter(|_| !classes.is_empty() && !chosen);
        classes.extend(below.into_iter().map(|class| (class.into(), self.resolve(&TypeName::of(class)))));
        Kind::Choice(Box::new(ChoiceNode { classes, unnamed, declared }))
    }

    fn enum_set(&mut self, of: &TypeName) -> Kind {
        let object = self.resolve(&TypeName::object());
        let fields = vec![("type".into(), object), ("objects".into(), object)];
        let handle = self.types.add_class(yumen_hessian2::well_known::ENUM_SET_HANDLE, fields);
        let class = self.text_class("java.lang.Class", "name");
        Kind::EnumSet(Box::new(EnumSetNode { handle, class, element: self.resolve(of) }))
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

/// Classes that nobody described well enough to send them.
#[derive(Default)]
pub(crate) struct Unknown<'t> {
    /// Those without which there is no value.
    pub(crate) needed: Vec<&'t str>,
    /// Those of fields, which an object may leave out.
    pub(crate) left_out: Vec<&'t str>,
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
        Inner::Text => TypeName::of("java.lang.String"),
        Inner::Argument => argument(name, 0),
    }
}
