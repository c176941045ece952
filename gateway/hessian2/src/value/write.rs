//! A tree to bytes.

use std::collections::HashMap;

use super::{Class, Object, Value};
use crate::class::ClassIndex;
use crate::reader::RefId;
use crate::well_known;
use crate::writer::Writer;

impl Value {
    /// Writes this value. Its references are counted from wherever the writer is.
    pub fn write(&self, writer: &mut Writer<'_>) {
        Tree { first: writer.next_id().0, writer, classes: HashMap::new() }.value(self);
    }
}

struct Tree<'t, 'w, 'b> {
    writer: &'w mut Writer<'b>,
    /// The body's number of the root.
    first: u32,
    classes: HashMap<&'t Class, ClassIndex>,
}

impl<'t> Tree<'t, '_, '_> {
    fn value(&mut self, value: &'t Value) {
        match value {
            Value::Null => self.writer.null(),
            Value::Bool(value) => self.writer.bool(*value),
            Value::Int(value) => self.writer.int(*value),
            Value::Long(value) => self.writer.long(*value),
            Value::Double(value) => self.writer.double(*value),
            Value::Date(value) => self.writer.date(*value),
            Value::String(text) => self.writer.string(text),
            Value::Binary(bytes) => self.writer.binary(bytes),
            Value::Ref(id) => self.writer.reference(RefId(self.first.saturating_add(id.0))),
            Value::Object(object) => self.object(object),
            Value::List(list) => {
                self.writer.begin_list(list.type_name.as_deref(), list.items.len());
                list.items.iter().for_each(|item| self.value(item));
            }
            Value::Map(map) => {
                self.writer.begin_map(map.type_name.as_deref());
                for (key, value) in &map.entries {
                    self.value(key);
                    self.value(value);
                }
                self.writer.end_map();
            }
        }
    }

    /// Fields without a value are written as `null`, values without a field are left out.
    fn object(&mut self, object: &'t Object) {
        let class = match self.classes.get(&*object.class) {
            Some(&known) => known,
            None => {
                let index = self.define(&object.class);
                self.classes.insert(&object.class, index);
                index
            }
        };
        self.writer.begin_object(class);
        for at in 0..object.class.fields.len() {
            match object.values.get(at) {
                Some(value) => self.value(value),
                None => self.writer.null(),
            }
        }
    }

    fn define(&mut self, class: &Class) -> ClassIndex {
        let unnamed = well_known::unnamed_field(&class.name);
        let only = if let [field] = &*class.fields { Some(&**field) } else { None };
        let declared = if unnamed.is_some() && unnamed == only { &[] } else { &*class.fields };
        self.writer.define_class(&class.name, declared)
    }
}
