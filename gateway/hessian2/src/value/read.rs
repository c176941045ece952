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
        Tree {
            reader,
            next: 0,
            numbers,
            classes,
            names,
        }
        .value()
    }
}

struct Tree<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// How many containers this tree has so far.
    next: u32,
    /// The body's number of each container to its number in this tree.
    numbers: HashMap<RefId, RefId>,
    /// Shared, because one byte of an instance must not cost a copy of all field names.
    classes: HashMap<ClassIndex, Arc<Class>>,
    /// Shared for the same reason: one byte may stand for a long type name.
    names: HashSet<Arc<str>>,
}

impl Tree<'_, '_> {
    fn value(&mut self) -> Result<Value, Error> {
        Ok(match self.reader.next()? {
            Token::Null => Value::Null,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Long(value) => Value::Long(value),
            Token::Double(value) => Value::Double(value),
            Token::Date(value) => Value::Date(value),
            Token::String(text) => Value::String(text.into()),
            Token::Binary(bytes) => Value::Binary(bytes.into()),
            Token::List { type_name, len, id } => {
                self.number(id);
                let type_name = type_name.map(|name| self.name(&name));
                Value::List(Box::new(List {
                    type_name,
                    items: self.items(len)?,
                }))
            }
            Token::Map { type_name, id } => {
                self.number(id);
                let type_name = type_name.map(|name| self.name(&name));
                Value::Map(Box::new(Map {
                    type_name,
                    entries: self.entries()?,
                }))
            }
            Token::Object { class, id } => {
                self.number(id);
                let class = self.class(class);
                let len = u32::try_from(class.fields.len()).ok();
                Value::Object(Box::new(Object {
                    class,
                    values: self.items(len)?,
                }))
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

    fn number(&mut self, id: RefId) {
        self.numbers.insert(id, RefId(self.next));
        self.next += 1;
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
            Arc::new(Class {
                name: (&*definition.name).into(),
                fields,
            })
        });
        Arc::clone(class)
    }
}
