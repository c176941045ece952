//! A reply's bytes to JSON text, straight from the reader; no value is built in between.
//!
//! ```text
//!  C Order [id, state, total] 60 E7 …            definition's bytes ─▶ Layout: `,"id":` `,"state":` `,"total":`
//!      ▼                                                               (kept with the plan, found by comparing bytes)
//!  {"id":7,"state":"PAID","total":12.50}
//! ```
//! | Java | JSON |
//! |---|---|
//! | null, boolean, numbers, text | themselves; NaN and infinities become null; a long may be text (`json.long`) |
//! | `BigDecimal`, `BigInteger` | numbers with all their digits |
//! | `Date`, `java.sql.*`, `Calendar` | RFC 3339 in UTC, or milliseconds (`json.date`) |
//! | `java.time.*`, `UUID`, `Locale`, `Class` | their text |
//! | enum | the constant's name |
//! | `byte[]` | base64 |
//! | `Optional`, `AtomicLong` and others with only a `value` | that value |
//! | list, set, array | array |
//! | map | object; keys become text. With an object or list as a key, by its type or in fact: `[{"key":…,"value":…}]` |
//! | object | object by its wire definition, whoever knows the class |
//! | `Throwable` | `{"message": …}`: its first line, never the stack |
//!
//! A value that is referred to is written again where the reference stands; a value that contains itself is an error.
//! On the wire an enum is an object with the one field `name`. A class that the contract knows as a bean with that one
//! field stays an object; a class that nobody knows is taken for an enum.

use yumen_hessian2::{Reader, RefId, Token};

use super::types::{Kind, NodeId, Types};
use crate::config::{DateForm, JsonConfig, LongForm};

mod layout;
mod object;
pub(crate) mod scalar;

use layout::Layout;
pub(crate) use layout::{Classes, Layouts};
use object::Member;

/// Largest JSON text that is made of one reply, in bytes.
const MAX_OUTPUT: usize = 64 << 20;

/// What a plan knows about how its replies are written.
pub(crate) struct Rendering {
    /// Type of the result, where known.
    pub(crate) returns: Option<NodeId>,
    /// Forms of longs and dates; whether class names stay.
    pub(crate) json: JsonConfig,
    /// The reply comes from `$invoke`: objects are maps with a `class` entry.
    pub(crate) generic: bool,
    /// Which classes are enums.
    pub(crate) classes: Classes,
    /// What has been worked out about classes seen.
    pub(crate) layouts: Layouts,
}

/// Why a reply cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unrenderable {
    /// Its bytes are wrong.
    #[error("the reply cannot be read: {0}")]
    Wire(#[from] yumen_hessian2::Error),
    /// A value contains itself.
    #[error("the reply contains a value that contains itself")]
    Cycle,
    /// It is too large.
    #[error("the reply is larger than 64 MiB as JSON")]
    TooLarge,
}

type Rendered<T = ()> = Result<T, Unrenderable>;

/// Writes the reader's next value as JSON and appends it to `out`.
pub(crate) fn render(types: &Types, rendering: &Rendering, reader: Reader<'_>, out: &mut Vec<u8>) -> Rendered {
    let known = rendering.layouts.load();
    Decoder::new(types, rendering, &known, reader, out).value(rendering.returns)
}

/// Writes the reader's next values, one of each type, as a JSON array. Where an object may be of several classes it keeps
/// the name of its own, so that what is read here can be written again.
pub(crate) fn render_values(
    types: &Types,
    rendering: &Rendering,
    reader: Reader<'_>,
    hints: &[NodeId],
    out: &mut Vec<u8>,
) -> Rendered {
    let known = rendering.layouts.load();
    let mut decoder = Decoder::new(types, rendering, &known, reader, out);
    decoder.name_choices = true;
    decoder.out.push(b'[');
    for (index, hint) in hints.iter().enumerate() {
        decoder.comma(index > 0);
        decoder.value(Some(*hint))?;
    }
    decoder.out.push(b']');
    Ok(())
}

/// Writes one field of the object at the reader's position as JSON; null where it has none of that name.
pub(crate) fn render_field(
    types: &Types,
    rendering: &Rendering,
    mut reader: Reader<'_>,
    name: &str,
    out: &mut Vec<u8>,
) -> Rendered {
    let known = rendering.layouts.load();
    if let Token::Object { class, id } = reader.next()? {
        // Of a field that hides one of a superclass the last one counts, as in whole objects.
        let index = reader.class(class).fields().enumerate().filter(|(_, field)| field == name).last();
        if let Some((index, _)) = index {
            for _ in 0..index {
                reader.skip()?;
            }
            let mut decoder = Decoder::new(types, rendering, &known, reader, out);
            decoder.open.push(id);
            return decoder.value(None);
        }
    }
    out.extend_from_slice(b"null");
    Ok(())
}

struct Decoder<'p, 'r, 'o> {
    types: &'p Types,
    rendering: &'p Rendering,
    /// Layouts known when the reply came.
    known: &'p [std::sync::Arc<Layout>],
    /// Layouts that this reply brought.
    fresh: Vec<std::sync::Arc<Layout>>,
    reader: Reader<'r>,
    out: &'o mut Vec<u8>,
    /// Containers around the current value, outermost first.
    open: Vec<RefId>,
    /// Members of the maps that are open, outermost first.
    members: Vec<Member>,
    /// Objects that may be of several classes name their own.
    name_choices: bool,
}

impl<'p, 'r, 'o> Decoder<'p, 'r, 'o> {
    fn new(
        types: &'p Types,
        rendering: &'p Rendering,
        known: &'p [std::sync::Arc<Layout>],
        reader: Reader<'r>,
        out: &'o mut Vec<u8>,
    ) -> Self {
        let (fresh, open, members) = (Vec::new(), Vec::new(), Vec::new());
        Self { types, rendering, known, fresh, reader, out, open, members, name_choices: false }
    }

    #[inline]
    fn value(&mut self, hint: Option<NodeId>) -> Rendered {
        while self.reader.at_class() && self.recognise() {}
        let token = self.reader.next()?;
        self.token(token, hint)
    }

    /// Takes in the class definition that comes next, if an earlier reply brought it. Apart, for few values have one.
    #[inline(never)]
    fn recognise(&mut self) -> bool {
        let mut known = self.known.iter().filter_map(|layout| layout.class.as_ref());
        known.any(|class| self.reader.recognise(class))
    }

    /// Inlined, or the token would be copied on its way here, which costs as much as reading it.
    #[inline(always)]
    fn token(&mut self, token: Token<'r>, hint: Option<NodeId>) -> Rendered {
        match token {
            Token::String(text) => scalar::string(self.out, &text),
            Token::Int(value) => self.int(value, hint),
            Token::Long(value) => self.long(value),
            Token::Null => self.out.extend_from_slice(b"null"),
            Token::Bool(value) => self.out.extend_from_slice(if value { b"true" } else { b"false" }),
            Token::Double(value) => self.double(value, hint),
            Token::Date(milliseconds) => match self.rendering.json.date {
                DateForm::Iso => scalar::date(self.out, milliseconds),
                DateForm::Millis => scalar::integer(self.out, milliseconds),
            },
            Token::Binary(bytes) => scalar::base64(self.out, &bytes),
            Token::List { type_name, len, id } => {
                let element = self.element(type_name.as_deref(), hint);
                return self.inside(id, |decoder| decoder.list(len, element));
            }
            Token::Map { id, .. } => return self.inside(id, |decoder| decoder.map(hint)),
            Token::Object { class, id } => return self.inside(id, |decoder| decoder.object(class, hint)),
            Token::Ref(id) => return self.reference(id, hint),
        }
        Ok(())
    }

    /// Renders a container; a reference to it from within would never end.
    fn inside(&mut self, id: RefId, render: impl FnOnce(&mut Self) -> Rendered) -> Rendered {
        self.open.push(id);
        render(self)?;
        self.open.pop();
        if self.out.len() > MAX_OUTPUT { Err(Unrenderable::TooLarge) } else { Ok(()) }
    }

    fn reference(&mut self, id: RefId, hint: Option<NodeId>) -> Rendered {
        if self.open.contains(&id) {
            return Err(Unrenderable::Cycle);
        }
        let bookmark = self.reader.revisit(id)?;
        self.value(hint)?;
        self.reader.resume(bookmark);
        Ok(())
    }

    fn int(&mut self, value: i32, hint: Option<NodeId>) {
        match hint.map(|node| &self.types.node(node).kind) {
            Some(Kind::Long) => self.long(i64::from(value)),
            _ => scalar::integer(self.out, i64::from(value)),
        }
    }

    fn long(&mut self, value: i64) {
        match self.rendering.json.long {
            LongForm::Number => scalar::integer(self.out, value),
            LongForm::String => {
                self.out.push(b'"');
                scalar::integer(self.out, value);
                self.out.push(b'"');
            }
        }
    }

    /// A float travels as the nearest double, whose digits would show.
    fn double(&mut self, value: f64, hint: Option<NodeId>) {
        match hint.map(|node| &self.types.node(node).kind) {
            Some(Kind::Float) => scalar::float(self.out, value as f32),
            _ => scalar::double(self.out, value),
        }
    }

    /// Type of a list's elements: as declared, or as the wire says for what it changes.
    fn element(&self, type_name: Option<&str>, hint: Option<NodeId>) -> Option<NodeId> {
        match hint.map(|node| &self.types.node(node).kind) {
            Some(Kind::List(element, _)) => Some(*element),
            _ if type_name == Some("[float") => Some(NodeId::FLOAT),
            _ => None,
        }
    }

    fn list(&mut self, len: Option<u32>, element: Option<NodeId>) -> Rendered {
        self.out.push(b'[');
        match len {
            Some(len) => {
                for index in 0..len {
                    self.comma(index > 0);
                    self.value(element)?;
                }
                self.reader.leave();
            }
            None => {
                let mut more = false;
                while !self.reader.end()? {
                    self.comma(std::mem::replace(&mut more, true));
                    self.value(element)?;
                }
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn comma(&mut self, wanted: bool) {
        if wanted {
            self.out.push(b',');
        }
    }
}

#[cfg(test)]
mod tests;
