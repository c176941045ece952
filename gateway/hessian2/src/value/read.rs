//! Bytes to a tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Class, List, Map, Object, Value};
use crate::class::ClassIndex;
use crate::error::Error;
use crate::reader::{Reader, RefId, Token};

impl Value {
    /// Reads one value. A reference to something that lies before it in the body is replaced by a copy, so
    /// that the tree stands alone.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let (numbers, classes, names) = Default::default();
        Tree { reader, numbers, classes, names }.value()
    }
}

struct Tree<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// The body's number of each container of this tree, to its number here.
    numbers: HashMap<RefId, RefId>,
    /// Shared, because one byte of an instance must not cost a copy of all field names.
    classes: HashMap<ClassIndex, Arc<Class>>,
    /// Shared for the same reason: one byte may stand for a long type name.
    names: HashSet<Arc<str>>,
}

impl Tree<'_, '_> {
    fn value(&mut self) -> Result<Value, Error> {
        let token = self.reader.next()?;
        if let Some(id) = container(&token) {
            if let Some(&number) = self.numbers.get(&id) {
                // A copy has come upon something that this tree already has.
                self.reader.skip_inside(&token)?;
                return Ok(Value::Ref(number));
            }
            self.numbers.insert(id, RefId(self.numbers.len() as u32));
        }
        self.token(token)
    }

    fn token(&mut self, token: Token<'_>) -> Result<Value, Error> {
        Ok(match token {
            Token::Null => Value::Null,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Long(value) => Value::Long(value),
            Token::Double(value) => Value::Double(value),
            Token::Date(value) => Value::Date(value),
            Token::String(text) => Value::String(text.into()),
            Token::Binary(bytes) => Value::Binary(bytes.into()),
            Token::List { type_name, len, .. } => {
                let type_name = type_name.map(|name| self.name(&name));
                Value::List(Box::new(List { type_name, items: self.items(len)? }))
            }
            Token::Map { type_name, .. } => {
                let type_name = type_name.map(|name| self.name(&name));
                Value::Map(Box::new(Map { type_name, entries: self.entries()? }))
            }
            Token::Object { class, .. } => {
                let class = self.class(class);
                let len = u32::try_from(class.fields.len()).ok();
                Value::Object(Box::new(Object { class, values: self.items(len)? }))
            }
            Token::Ref(id) => match self.numbers.get(&id) {
                Some(&number) => Value::Ref(number),
                None => self.copy(id)?,
            },
        })
    }

    fn items(&mut self, len: Option<u32>) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        match len {
            Some(len) => {
                for _ in 0..len {
                    items.push(self.value()?);
                }
                self.reader.leave();
            }
            None => {
                while !self.reader.end()? {
                    items.push(self.value()?);
                }
            }
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Value, Value)>, Error> {
        let mut entries = Vec::new();
        while !self.reader.end()? {
            entries.push((self.value()?, self.value()?));
        }
        Ok(entries)
    }

    /// Something that started before this value.
    fn copy(&mut self, id: RefId) -> Result<Value, Error> {
        let bookmark = self.reader.revisit(id)?;
        let copy = self.value();
        self.reader.resume(bookmark);
        copy
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    fn class(&mut self, index: ClassIndex) -> Arc<Class> {
        let reader = &*self.reader;
        let class = self.classes.entry(index).or_insert_with(|| {
            let definition = reader.class(index);
            let fields = definition.fields().map(Box::from).collect();
            Arc::new(Class { name: (&*definition.name).into(), fields })
        });
        Arc::clone(class)
    }
}

fn container(token: &Token<'_>) -> Option<RefId> {
    match *token {
        Token::List { id, .. } | Token::Map { id, .. } | Token::Object { id, .. } => Some(id),
        _ => None,
    }
}
