//! Objects and maps as JSON.

use std::ops::Deref;
use std::sync::Arc;

use yumen_hessian2::well_known::{Temporal, Throwable, read_big_integer};
use yumen_hessian2::{ClassIndex, Token};

use super::super::exception;
use super::super::types::{Kind, NodeId};
use super::layout::{Layout, Shape, Slot};
use super::{Decoder, Rendered, Unrenderable, scalar};

/// A layout from before this reply, or one that this reply brought.
enum Found<'p> {
    Known(&'p Layout),
    Fresh(Arc<Layout>),
}

impl Deref for Found<'_> {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        match self {
            Self::Known(layout) => layout,
            Self::Fresh(layout) => layout,
        }
    }
}

/// A member of a map that is open, by its places in the output.
pub(super) struct Member {
    /// Its comma.
    at: usize,
    /// Its colon.
    colon: usize,
    /// Its key is no text by itself.
    quoted: bool,
}

impl<'p, 'r> Decoder<'p, 'r, '_> {
    /// Renders an object whose token has just been read.
    pub(super) fn object(&mut self, class: ClassIndex, hint: Option<NodeId>) -> Rendered {
        let layout = self.layout(class, hint);
        match layout.shape {
            Shape::Members => self.members(&layout, class, hint)?,
            Shape::Field(wanted) => self.only(&layout, wanted, |decoder, slot| decoder.value(slot.hint))?,
            Shape::Flag(wanted) => self.only(&layout, wanted, |decoder, _| {
                let flag = decoder.reader.read_bool()?;
                decoder.token(Token::Bool(flag), None)
            })?,
            Shape::Digits(wanted) => self.only(&layout, wanted, |decoder, _| decoder.digits())?,
            Shape::BigInteger => match read_big_integer(&mut self.reader, class)? {
                Some(digits) => self.out.extend_from_slice(digits.as_bytes()),
                None => return Err(Unrenderable::TooLarge),
            },
            Shape::Temporal(kind) => {
                let value = Temporal::read(&mut self.reader, kind, class)?;
                scalar::temporal(self.out, &value);
            }
            Shape::Throwable => {
                let thrown = Throwable::read(&mut self.reader, class)?;
                self.out.extend_from_slice(b"{\"message\":");
                match thrown.message.as_deref() {
                    Some(message) => scalar::string(self.out, exception::first_line(message)),
                    None => self.out.extend_from_slice(b"null"),
                }
                self.out.push(b'}');
            }
        }
        Ok(())
    }

    fn layout(&mut self, class: ClassIndex, hint: Option<NodeId>) -> Found<'p> {
        let definition = self.reader.class(class);
        let raw = definition.raw();
        if let Some(known) = self.known.iter().find(|layout| layout.is_for(raw, hint)) {
            return Found::Known(known);
        }
        if let Some(fresh) = self.fresh.iter().find(|layout| layout.is_for(raw, hint)) {
            return Found::Fresh(Arc::clone(fresh));
        }
        let built = Arc::new(Layout::build(definition, hint, self.types, &self.rendering.classes));
        self.rendering.layouts.keep(&built);
        self.fresh.push(Arc::clone(&built));
        Found::Fresh(built)
    }

    fn members(&mut self, layout: &Layout, class: ClassIndex, hint: Option<NodeId>) -> Rendered {
        let start = self.out.len();
        if self.rendering.json.keep_class || (self.name_choices && self.is_choice(hint)) {
            self.out.extend_from_slice(b",\"class\":");
            scalar::string(self.out, &self.reader.class(class).name);
        }
        for slot in &layout.fields {
            if layout.put_key(slot, self.out) {
                self.value(slot.hint)?;
            } else {
                self.reader.skip()?;
            }
        }
        self.reader.leave();
        // Every key brings its comma; the first becomes the brace.
        match self.out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.push(b'}');
        Ok(())
    }

    fn is_choice(&self, hint: Option<NodeId>) -> bool {
        hint.is_some_and(|node| matches!(self.types.node(node).kind, Kind::Choice(_)))
    }

    /// Renders one field and passes over the others.
    fn only(&mut self, layout: &Layout, wanted: usize, render: impl Fn(&mut Self, &Slot) -> Rendered) -> Rendered {
        for (index, slot) in layout.fields.iter().enumerate() {
            if index == wanted {
                render(self, slot)?;
            } else {
                self.reader.skip()?;
            }
        }
        self.reader.leave();
        Ok(())
    }

    fn digits(&mut self) -> Rendered {
        match self.reader.next()? {
            Token::String(text) => scalar::digits(self.out, &text),
            other => return self.token(other, None),
        }
        Ok(())
    }

    /// Renders a map whose token has just been read.
    pub(super) fn map(&mut self, hint: Option<NodeId>) -> Rendered {
        let (key_hint, value_hint) = match hint.map(|node| &self.types.node(node).kind) {
            Some(Kind::Map(map)) => (Some(map.key), Some(map.value)),
            _ => (None, None),
        };
        let (start, before) = (self.out.len(), self.members.len());
        let mut entries = key_hint.is_some_and(|key| self.is_never_text(key));
        while !self.reader.end()? {
            let key = self.reader.next()?;
            let mut value = None;
            if self.is_class_key(&key) {
                value = self.not_a_class()?;
                if value.is_none() {
                    continue;
                }
            }
            let mut at = self.out.len();
            self.out.push(b',');
            self.token(key, key_hint)?;
            if !entries && matches!(self.out.get(at + 1), Some(b'{' | b'[')) {
                at = self.turn_into_entries(start, before, at);
                entries = true;
            }
            self.end_key(at, entries);
            match value {
                Some(value) => self.token(value, value_hint)?,
                None => self.value(value_hint)?,
            }
            if entries {
                self.out.push(b'}');
            }
        }
        self.members.truncate(before);
        let (open, close) = if entries { (b'[', b']') } else { (b'{', b'}') };
        match self.out.get_mut(start) {
            Some(comma) => *comma = open,
            None => self.out.push(open),
        }
        self.out.push(close);
        Ok(())
    }

    /// Whether no value of the type can be text, so that a map with such keys is a list whatever it holds.
    fn is_never_text(&self, key: NodeId) -> bool {
        match &self.types.node(key).kind {
            Kind::List(..) | Kind::Map(_) | Kind::EnumSet(_) => true,
            Kind::Bean(class) => self.types.class(*class).is_some_and(|class| !class.fields.is_empty()),
            _ => false,
        }
    }

    /// Makes what was rendered behind the comma at `at` the key of a member or of an entry.
    fn end_key(&mut self, at: usize, entry: bool) {
        if entry {
            self.out.splice(at + 1..at + 1, *b"{\"key\":");
            self.out.extend_from_slice(b",\"value\":");
            return;
        }
        let quoted = self.out.get(at + 1) != Some(&b'"');
        if quoted {
            self.out.insert(at + 1, b'"');
            self.out.push(b'"');
        }
        self.members.push(Member { at, colon: self.out.len(), quoted });
        self.out.push(b':');
    }

    /// Writes the members since `start` again as entries, for a key came that is no text. `end` is where that key's comma
    /// is; returns where it is now.
    #[cold]
    fn turn_into_entries(&mut self, start: usize, before: usize, end: usize) -> usize {
        let old = self.out.split_off(start);
        let text = |from: usize, to: usize| old.get(from - start..to - start).unwrap_or_default();
        let members = self.members.get(before..).unwrap_or_default();
        let ends = members.iter().skip(1).map(|member| member.at).chain([end]);
        for (member, end) in members.iter().zip(ends) {
            let quotes = usize::from(member.quoted);
            self.out.extend_from_slice(b",{\"key\":");
            self.out.extend_from_slice(text(member.at + 1 + quotes, member.colon - quotes));
            self.out.extend_from_slice(b",\"value\":");
            self.out.extend_from_slice(text(member.colon + 1, end));
            self.out.push(b'}');
        }
        let at = self.out.len();
        self.out.extend_from_slice(old.get(end - start..).unwrap_or_default());
        at
    }

    /// Whether this is the key under which generic results carry the class name.
    fn is_class_key(&self, token: &Token<'_>) -> bool {
        self.rendering.generic
            && !self.rendering.json.keep_class
            && matches!(token, Token::String(text) if text == "class")
    }

    /// Reads what stands under `class`; a text is the class name and is dropped.
    fn not_a_class(&mut self) -> Rendered<Option<Token<'r>>> {
        match self.reader.next()? {
            Token::String(_) => Ok(None),
            other => Ok(Some(other)),
        }
    }
}
