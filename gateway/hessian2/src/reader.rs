//! Pulls values out of bytes one token at a time, without building them.
//!
//! ```text
//!   bytes ──▶ next() ──▶ Null Bool Int Long Double Date String Binary Ref
//!                   ├──▶ List { len: Some(n) }    n values, then leave()
//!                   ├──▶ Object { class }         as many values as the class has fields, then leave()
//!                   ├──▶ List { len: None }       values until end() is true
//!                   └──▶ Map                      key, value, … until end() is true
//! ```
//! Three tables grow on the way, each numbered in the order of the bytes: objects (every list, map and
//! object, when it *starts*, so that a child may refer to its parent), class definitions, and type names.
//! [`Reader::revisit`] goes back to an object without entering anything twice, see [`tables`].

mod tables;
mod token;
mod typed;

use std::borrow::Cow;

pub use self::tables::RefId;
use self::tables::{Seen, Tables};
pub use self::token::Token;
use crate::class::{ClassDefinition, ClassIndex, KnownClass};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::source::Source;
use crate::tag::{self, Shape};

/// Reads values from borrowed bytes.
///
/// All values of one Dubbo body share the three tables, so one reader must read them all, in order.
#[derive(Debug)]
pub struct Reader<'a> {
    source: Source<'a>,
    limits: Limits,
    depth: u32,
    elements: u32,
    revisited: usize,
    tables: Tables<'a>,
}

/// Where to go on after [`Reader::revisit`].
#[derive(Debug)]
#[must_use = "pass it to `Reader::resume`"]
pub struct Bookmark {
    at: usize,
    depth: u32,
    seen: Seen,
    /// Where the revisit began.
    start: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`, with the default limits.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::with_limits(bytes, Limits::default())
    }

    /// A reader at the start of `bytes`.
    #[must_use]
    pub fn with_limits(bytes: &'a [u8], limits: Limits) -> Self {
        Self { source: Source::new(bytes), limits, depth: 0, elements: 0, revisited: 0, tables: Tables::default() }
    }

    /// The next value, or the start of it. Class definitions are taken in on the way.
    ///
    /// # Errors
    /// When the bytes are not a value or exceed a limit.
    #[allow(clippy::should_implement_trait, reason = "fallible, and an end is an error")]
    #[inline(always)]
    pub fn next(&mut self) -> Result<Token<'a>, Error> {
        let (at, tag) = self.first_byte()?;
        self.token(at, tag)
    }

    /// Consumes the first byte of the next value, and the definitions before it.
    #[inline(always)]
    fn first_byte(&mut self) -> Result<(usize, u8), Error> {
        let mut at = self.source.at;
        let mut tag = self.source.byte()?;
        while tag == tag::CLASS {
            self.definition(at)?;
            at = self.source.at;
            tag = self.source.byte()?;
        }
        self.count_element(at)?;
        Ok((at, tag))
    }

    #[inline(always)]
    fn token(&mut self, at: usize, tag: u8) -> Result<Token<'a>, Error> {
        match tag::shape(tag) {
            Shape::Null => Ok(Token::Null),
            Shape::Bool => Ok(Token::Bool(tag == tag::TRUE)),
            Shape::Int => self.source.int(tag).map(Token::Int),
            Shape::Long => self.source.long(tag).map(Token::Long),
            Shape::Double => self.source.double(tag).map(Token::Double),
            Shape::Date => self.source.date(tag).map(Token::Date),
            Shape::String => self.source.string(tag, self.limits.string_bytes).map(Token::String),
            Shape::Binary => self.source.binary(tag, self.limits.string_bytes).map(Token::Binary),
            Shape::List => self.list(at, tag),
            Shape::Map => self.map(at, tag),
            Shape::Object => self.object(at, tag),
            Shape::Ref => self.reference(at),
            Shape::End => Err(Error::new(at, ErrorKind::UnexpectedEnd)),
            Shape::Class | Shape::Unknown => Err(Error::new(at, ErrorKind::UnknownTag(tag))),
        }
    }

    /// Whether a map or a list without a length ends here; if so the end marker is consumed and the
    /// container left.
    ///
    /// # Errors
    /// When the bytes end first.
    #[inline]
    pub fn end(&mut self) -> Result<bool, Error> {
        let ends = self.source.peek()? == tag::END;
        if ends {
            self.source.at += 1;
            self.leave();
        }
        Ok(ends)
    }

    /// Says that the last value of an object or of a list with a length has been read.
    #[inline]
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Steps over one whole value. What it defines is remembered, its text is not checked.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn skip(&mut self) -> Result<(), Error> {
        let (at, tag) = self.first_byte()?;
        match tag::shape(tag) {
            Shape::String => self.source.skip_string(tag),
            Shape::Binary => self.source.skip_binary(tag),
            _ => {
                let token = self.token(at, tag)?;
                self.skip_inside(&token)
            }
        }
    }

    /// Steps over the values of a container that `token` has just begun; does nothing for other tokens.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn skip_inside(&mut self, token: &Token<'_>) -> Result<(), Error> {
        match *token {
            Token::List { len: Some(len), .. } => self.skip_values(len as usize),
            Token::Object { class, .. } => self.skip_values(self.class(class).field_count()),
            Token::List { len: None, .. } => {
                while !self.end()? {
                    self.skip()?;
                }
                Ok(())
            }
            Token::Map { .. } => {
                while !self.end()? {
                    self.skip()?;
                    self.skip()?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn skip_values(&mut self, values: usize) -> Result<(), Error> {
        for _ in 0..values {
            self.skip()?;
        }
        self.leave();
        Ok(())
    }

    /// Whether a class definition comes next, before the next value.
    #[inline]
    #[must_use]
    pub fn at_class(&self) -> bool {
        self.source.rest().first() == Some(&tag::CLASS)
    }

    /// Takes in the class definition that comes next if it is `known`, which is many times faster than
    /// [`Reader::next`] does it. Otherwise nothing changes.
    #[inline]
    pub fn recognise(&mut self, known: &KnownClass) -> bool {
        let (rest, at) = (self.source.rest(), self.source.at);
        let room = self.tables.seen.classes < self.limits.class_definitions;
        if !room || known.declared > self.limits.fields || !rest.starts_with(known.raw()) {
            return false;
        }
        let Some(definition) = known.within(rest, at) else { return false };
        self.source.at += definition.raw.len();
        if self.tables.pass_class().is_none() {
            self.tables.define(definition);
        }
        true
    }

    /// The definition that an object token named.
    #[inline]
    #[must_use]
    pub fn class(&self, class: ClassIndex) -> &ClassDefinition<'a> {
        static NOTHING: ClassDefinition<'static> = ClassDefinition::nothing();
        self.tables.class(class).unwrap_or(&NOTHING)
    }

    /// Goes back to where object `id` starts: [`Reader::next`] gives its token again, with the number it
    /// had, and so for everything inside. Nothing is defined twice. [`Reader::resume`] returns.
    ///
    /// Revisits may nest; each container entered counts towards the depth as if the object stood where the
    /// reference is, so following a cycle ends in an error at the latest there.
    ///
    /// # Errors
    /// When no such object has started before this position, or references have repeated too many bytes.
    pub fn revisit(&mut self, id: RefId) -> Result<Bookmark, Error> {
        if self.revisited > self.limits.revisited_bytes {
            return Err(self.source.error(ErrorKind::TooMuchRevisited));
        }
        let seen = self.tables.seen;
        let Some(start) = self.tables.go_back(id) else {
            return Err(self.source.error(ErrorKind::UnknownRef(id.0.cast_signed())));
        };
        let bookmark = Bookmark { at: self.source.at, depth: self.depth, seen, start };
        self.source.at = start;
        Ok(bookmark)
    }

    /// Returns to where the reader was before [`Reader::revisit`].
    pub fn resume(&mut self, bookmark: Bookmark) {
        self.revisited += self.source.at.saturating_sub(bookmark.start);
        self.source.at = bookmark.at;
        self.depth = bookmark.depth;
        self.tables.seen = bookmark.seen;
    }

    /// Offset of the next byte.
    #[inline]
    #[must_use]
    pub fn position(&self) -> usize {
        self.source.at
    }

    /// The bytes not read yet.
    #[must_use]
    pub fn remaining(&self) -> &'a [u8] {
        self.source.rest()
    }

    /// Whether all bytes have been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remaining().is_empty()
    }

    /// The number that the next list, map or object will have.
    #[must_use]
    pub fn next_id(&self) -> RefId {
        RefId(self.tables.seen.objects)
    }

    fn list(&mut self, at: usize, tag: u8) -> Result<Token<'a>, Error> {
        let id = self.enter(at)?;
        let type_name = match tag {
            tag::LIST_VARIABLE | tag::LIST_FIXED | tag::LIST_DIRECT..=tag::LIST_DIRECT_LAST => Some(self.type_name()?),
            _ => None,
        };
        let len = match tag {
            tag::LIST_VARIABLE | tag::LIST_VARIABLE_UNTYPED => None,
            tag::LIST_FIXED | tag::LIST_FIXED_UNTYPED => Some(self.length()?),
            _ => Some(u32::from(tag & 0x07)),
        };
        Ok(Token::List { type_name, len, id })
    }

    fn map(&mut self, at: usize, tag: u8) -> Result<Token<'a>, Error> {
        let id = self.enter(at)?;
        let type_name = if tag == tag::MAP { Some(self.type_name()?) } else { None };
        Ok(Token::Map { type_name, id })
    }

    #[inline]
    fn object(&mut self, at: usize, tag: u8) -> Result<Token<'a>, Error> {
        let class = match tag {
            tag::OBJECT => self.source.index()?,
            _ => i32::from(tag - tag::OBJECT_DIRECT),
        };
        match self.tables.known_class(class) {
            Some(class) => Ok(Token::Object { class, id: self.enter(at)? }),
            None => Err(Error::new(at, ErrorKind::UnknownClass(class))),
        }
    }

    fn reference(&mut self, at: usize) -> Result<Token<'a>, Error> {
        let number = self.source.index()?;
        let id = self.tables.known_object(number).map(Token::Ref);
        id.ok_or(Error::new(at, ErrorKind::UnknownRef(number)))
    }

    /// Numbers the container that starts at `at`.
    #[inline]
    fn enter(&mut self, at: usize) -> Result<RefId, Error> {
        if self.depth >= self.limits.depth {
            return Err(Error::new(at, ErrorKind::TooDeep));
        }
        self.depth += 1;
        Ok(self.tables.object(at))
    }

    /// The type of a list or map: a new name, or the number of one given before.
    fn type_name(&mut self) -> Result<Cow<'a, str>, Error> {
        let at = self.source.at;
        if tag::shape(self.source.peek()?) != Shape::String {
            let number = self.source.index()?;
            let known = self.tables.known_type(number);
            return known.ok_or(Error::new(at, ErrorKind::UnknownType(number)));
        }
        let name = self.source.tagged_string(self.limits.name_bytes)?;
        self.tables.name_type(at, name.clone());
        Ok(name)
    }

    /// A definition whose tag, at `at`, has been read.
    fn definition(&mut self, at: usize) -> Result<(), Error> {
        if let Some(end) = self.tables.pass_class() {
            self.source.at = end;
            return Ok(());
        }
        if self.tables.seen.classes >= self.limits.class_definitions {
            return Err(Error::new(at, ErrorKind::TooManyClasses));
        }
        let name = self.source.tagged_string(self.limits.name_bytes)?;
        let declared = self.length()?;
        if declared > self.limits.fields {
            return Err(Error::new(at, ErrorKind::TooManyFields));
        }
        let names = self.source.at;
        for _ in 0..declared {
            self.source.check_string(self.limits.name_bytes)?;
        }
        let [raw, names] = [at, names].map(|from| self.source.between(from, self.source.at));
        self.tables.define(ClassDefinition { name, at, raw, names, declared });
        Ok(())
    }

    /// A count of things of at least one byte each.
    fn length(&mut self) -> Result<u32, Error> {
        let at = self.source.at;
        let length = self.source.index()?;
        let Ok(known) = u32::try_from(length) else {
            return Err(Error::new(at, ErrorKind::NegativeLength(length)));
        };
        if known as usize > self.source.rest().len() {
            return Err(Error::new(at, ErrorKind::Truncated));
        }
        Ok(known)
    }

    #[inline]
    fn count_element(&mut self, at: usize) -> Result<(), Error> {
        if self.elements >= self.limits.elements {
            return Err(Error::new(at, ErrorKind::TooManyElements));
        }
        self.elements += 1;
        Ok(())
    }
}
