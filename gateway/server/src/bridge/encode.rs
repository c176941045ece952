//! Text and JSON to hessian2 bytes, driven by types; no value is built in between.
//!
//! ```text
//!  {"b":1,"a":{"x":2}}          out: ▒ 91 ▒ 92      ▒ = an object's tag, known when its last field was seen
//!                               definitions: C A [x]  C B [b,a]     collected aside, numbered by completion
//!  end of the argument:         C A [x] C B [b,a] 61 91 60 92       inserted once, before the argument
//! ```
//! JSON names its fields in any order and leaves some out, so a class definition is known only at the end of its object.
//! Definitions lie aside until the argument ends and are then put before it: several may stand before a value, for Java's
//! reader takes each in and reads on. A definition lists the fields in the order seen, and one order is defined once.
//! Fields that JSON leaves out are not written, so Java's own defaults stay. References are never written.

use std::borrow::Cow;
use std::collections::HashMap;

use yumen_hessian2::Writer;

use super::json::SyntaxError;
use super::types::{ClassId, NodeId, Types};

mod json;
mod number;
mod text;
mod time;

/// Most values of one call.
const MAX_VALUES: u32 = 1_000_000;
/// Most class definitions of one call: Java's reader takes them in by recursion.
const MAX_SHAPES: usize = 1000;

/// How the values travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// As Java objects of the declared classes.
    Typed,
    /// As maps, lists and plain values that the provider realises (dubbo `PojoUtils.realize`).
    Generic,
}

/// Writes the arguments of one call, one after another.
pub(crate) struct Encoder<'t, 'o> {
    types: &'t Types,
    form: Form,
    out: &'o mut Vec<u8>,
    shapes: Shapes,
    values: u32,
}

/// Why a text or JSON value is not what its type wants.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) what: What,
    /// The way to it inside the JSON value, outermost step last.
    pub(crate) path: Vec<Step>,
}

/// One step into a JSON value.
#[derive(Debug)]
pub(crate) enum Step {
    /// A member of an object.
    Key(Box<str>),
    /// An item of a list, from 0.
    Index(usize),
}

/// What is wrong with a value.
#[derive(Debug)]
pub(crate) enum What {
    /// It is not of the type.
    Not {
        /// The literal, shortened; text in quotes.
        found: String,
        /// "an int".
        expected: Cow<'static, str>,
    },
    /// It is of the type's kind but too large or too small for it.
    Range {
        /// The literal, shortened.
        found: String,
        /// "an int".
        expected: Cow<'static, str>,
    },
    /// A key stands twice in one object.
    Duplicate(String),
    /// A text under `class` in a generic call: the provider would make an object of the class that the client chose.
    ClassKey,
    /// A value of a class that nobody described.
    Undescribed,
    /// It is no JSON.
    Syntax(SyntaxError),
    /// More values than one call may have.
    TooManyValues,
    /// More differently shaped objects than one call may have.
    TooManyShapes,
}

/// A fault is rare, so it is kept off the stack.
pub(crate) type Encoded<T = ()> = Result<T, Box<Fault>>;

impl Fault {
    fn new(what: What) -> Box<Self> {
        Box::new(Self { what, path: Vec::new() })
    }

    /// The same fault of a number, which stands without quotes.
    fn unquoted(mut self: Box<Self>, literal: &str) -> Box<Self> {
        if let What::Not { found, .. } = &mut self.what {
            *found = shorten(literal);
        }
        self
    }

    fn at(mut self: Box<Self>, step: Step) -> Box<Self> {
        self.path.push(step);
        self
    }
}

impl From<SyntaxError> for Box<Fault> {
    fn from(error: SyntaxError) -> Self {
        Fault::new(What::Syntax(error))
    }
}

impl<'t, 'o> Encoder<'t, 'o> {
    /// An encoder that appends to `out`, which holds no values of the call yet.
    pub(crate) fn new(types: &'t Types, form: Form, out: &'o mut Vec<u8>) -> Self {
        Self { types, form, out, shapes: Shapes::default(), values: 0 }
    }

    /// Writes one argument by `write` and puts the definitions it needed before it.
    pub(crate) fn argument<T>(&mut self, write: impl FnOnce(&mut Self) -> Encoded<T>) -> Encoded<T> {
        let start = self.out.len();
        let written = write(self)?;
        if !self.shapes.definitions.is_empty() {
            insert(self.out, start, &self.shapes.definitions);
            self.shapes.definitions.clear();
        }
        Ok(written)
    }

    /// Whether a class has been defined so far.
    pub(crate) fn has_definitions(&self) -> bool {
        !self.shapes.known.is_empty()
    }

    /// A writer at the end of the buffer. It must not be used for what is numbered: classes are counted here.
    pub(crate) fn writer(&mut self) -> Writer<'_> {
        Writer::new(self.out)
    }

    /// The types that the nodes belong to.
    pub(crate) fn types(&self) -> &'t Types {
        self.types
    }

    /// Writes a value that was encoded before, without class definitions.
    pub(crate) fn raw(&mut self, value: &[u8]) {
        self.out.extend_from_slice(value);
    }

    /// Writes a list whose elements are one text each.
    pub(crate) fn texts<'x>(
        &mut self,
        element: NodeId,
        wire: Option<&str>,
        texts: impl Iterator<Item = &'x str>,
    ) -> Encoded {
        let list = self.begin_list(wire);
        let mut length = 0;
        for text in texts {
            self.text(element, text).map_err(|fault| fault.at(Step::Index(length)))?;
            length += 1;
        }
        self.end_list(&list, length);
        Ok(())
    }

    /// Writes null.
    pub(crate) fn null(&mut self) {
        self.writer().null();
    }

    /// Begins a list whose length is not known; the type name is left out in generic calls.
    fn begin_list(&mut self, wire: Option<&str>) -> OpenList {
        let wire = wire.filter(|_| self.form == Form::Typed);
        let at = self.out.len();
        self.out.push(0);
        if let Some(name) = wire {
            self.writer().string(name);
        }
        OpenList { at, length_at: self.out.len(), typed: wire.is_some() }
    }

    /// Writes what [`Encoder::begin_list`] left open.
    fn end_list(&mut self, list: &OpenList, length: usize) {
        let (direct, fixed) = if list.typed { (0x70, 0x56) } else { (0x78, 0x58) };
        let tag = match u8::try_from(length) {
            Ok(short @ 0..=7) => direct + short,
            _ => {
                insert_int(self.out, list.length_at, length);
                fixed
            }
        };
        if let Some(byte) = self.out.get_mut(list.at) {
            *byte = tag;
        }
    }

    /// Begins a typed or untyped list of known length.
    pub(crate) fn list(&mut self, wire: Option<&str>, length: usize) {
        let wire = wire.filter(|_| self.form == Form::Typed);
        self.writer().begin_list(wire, length);
    }

    /// Begins an object; its fields are chosen by [`Encoder::field`] while it is open.
    fn begin_object(&mut self) -> OpenObject {
        let at = self.out.len();
        self.out.push(0);
        OpenObject { at, order_at: self.shapes.order.len() }
    }

    /// The value of this field comes next.
    fn field(&mut self, index: u16) {
        self.shapes.order.push(index);
    }

    /// Writes what [`Encoder::begin_object`] left open.
    fn end_object(&mut self, object: &OpenObject, class: ClassId) -> Encoded {
        let number = self.shapes.number(self.types, class, object.order_at)?;
        self.shapes.order.truncate(object.order_at);
        let tag = match u8::try_from(number) {
            Ok(direct @ 0..=0xF) => 0x60 + direct,
            _ => {
                insert_int(self.out, object.at + 1, number);
                b'O'
            }
        };
        if let Some(byte) = self.out.get_mut(object.at) {
            *byte = tag;
        }
        Ok(())
    }

    /// Begins an object with all fields of its class, which the caller writes next, in order.
    fn whole_object(&mut self, class: ClassId) -> Encoded {
        let object = self.begin_object();
        let fields = self.types.class(class).map_or(0, |class| class.fields.len());
        self.shapes.order.extend(0..u16::try_from(fields).unwrap_or(u16::MAX));
        self.end_object(&object, class)
    }

    fn count(&mut self) -> Encoded {
        self.values += 1;
        if self.values > MAX_VALUES { Err(Fault::new(What::TooManyValues)) } else { Ok(()) }
    }

    fn not(&self, node: NodeId, found: String) -> Box<Fault> {
        Fault::new(What::Not { found, expected: self.types.expected(node) })
    }

    fn range(&self, node: NodeId, found: String) -> Box<Fault> {
        Fault::new(What::Range { found, expected: self.types.expected(node) })
    }
}

/// A list whose tag and length are written at its end.
struct OpenList {
    at: usize,
    length_at: usize,
    typed: bool,
}

/// An object whose tag is written at its end.
struct OpenObject {
    at: usize,
    order_at: usize,
}

/// The class definitions of one call: a class with the fields that some object of it has, in their order.
#[derive(Default)]
struct Shapes {
    /// Bytes of definitions that the current argument has made.
    definitions: Vec<u8>,
    /// Fields of the objects that are open, outermost first.
    order: Vec<u16>,
    /// Every definition made, by its number.
    known: Vec<Shape>,
    /// The fields of all shapes.
    fields: Vec<u16>,
    /// By class, the number of the definition used last, plus one.
    last: Vec<u32>,
    /// By hash of class and fields.
    by_hash: HashMap<u64, u32>,
}

struct Shape {
    class: ClassId,
    from: usize,
    to: usize,
}

impl Shapes {
    /// The number of the definition with the fields from `order_at` on.
    fn number(&mut self, types: &Types, class: ClassId, order_at: usize) -> Encoded<usize> {
        if self.last.is_empty() {
            self.last.resize(types.class_count(), 0);
        }
        let last = self.last.get(class.index()).copied().unwrap_or(0);
        if let Some(number) = last.checked_sub(1)
            && self.is(number, class, order_at)
        {
            return Ok(number as usize);
        }
        let hash = self.hash(class, order_at);
        let number = match self.by_hash.get(&hash) {
            Some(&number) if self.is(number, class, order_at) => number,
            _ => self.define(types, class, order_at, hash)?,
        };
        if let Some(slot) = self.last.get_mut(class.index()) {
            *slot = number + 1;
        }
        Ok(number as usize)
    }

    fn is(&self, number: u32, class: ClassId, order_at: usize) -> bool {
        self.known.get(number as usize).is_some_and(|shape| {
            shape.class == class && self.fields.get(shape.from..shape.to) == self.order.get(order_at..)
        })
    }

    fn define(&mut self, types: &Types, class: ClassId, order_at: usize, hash: u64) -> Encoded<u32> {
        if self.known.len() == MAX_SHAPES {
            return Err(Fault::new(What::TooManyShapes));
        }
        let order = self.order.get(order_at..).unwrap_or_default();
        if let Some(class) = types.class(class) {
            class.define(order, &mut self.definitions);
        }
        let from = self.fields.len();
        self.fields.extend_from_slice(order);
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.push(Shape { class, from, to: self.fields.len() });
        self.by_hash.insert(hash, number);
        Ok(number)
    }

    fn hash(&self, class: ClassId, order_at: usize) -> u64 {
        let fields = self.order.get(order_at..).unwrap_or_default();
        let step = |hash: u64, part: u64| (hash ^ part).wrapping_mul(0x0100_0000_01B3);
        fields.iter().fold(step(0xCBF2_9CE4_8422_2325, class.index() as u64), |hash, &f| step(hash, u64::from(f)))
    }
}

/// Puts bytes into the middle; what follows moves back.
fn insert(out: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let old = out.len();
    out.extend_from_slice(bytes);
    out.copy_within(at..old, at + bytes.len());
    if let Some(gap) = out.get_mut(at..at + bytes.len()) {
        gap.copy_from_slice(bytes);
    }
}

fn insert_int(out: &mut Vec<u8>, at: usize, value: usize) {
    let mut int = Vec::with_capacity(5);
    Writer::new(&mut int).int(i32::try_from(value).unwrap_or(i32::MAX));
    insert(out, at, &int);
}

/// A literal for a message: cut after 64 characters.
pub(crate) fn shorten(literal: &str) -> String {
    match literal.char_indices().nth(64) {
        Some((cut, _)) => format!("{}…", literal.get(..cut).unwrap_or_default()),
        None => literal.to_owned(),
    }
}

/// A text for a message: shortened, in quotes, with escapes.
pub(crate) fn quote(text: &str) -> String {
    serde_json::to_string(&shorten(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
