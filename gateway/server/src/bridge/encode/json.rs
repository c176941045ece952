//! A JSON value to a value of a declared type.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::json::{Kind as Json, Scanner};
use super::super::types::{Class, ClassId, Kind, MapNode, NodeId, Temporal};
use super::{Encoded, Encoder, Fault, Form, Step, What, quote, shorten};

impl Encoder<'_, '_> {
    /// Reads the scanner's next value and writes it as a value of the type.
    ///
    /// # Errors
    /// When the text is no JSON or the value none of the type; the fault's path leads to it.
    pub(crate) fn json(&mut self, node: NodeId, scanner: &mut Scanner<'_>) -> Encoded {
        let found = scanner.kind()?;
        let types = self.types;
        match (&types.node(node).kind, found) {
            (_, Json::Null) => return self.json_null(node, scanner),
            (Kind::Natural | Kind::Unknown(_), _) => return self.natural(node, found, scanner),
            (Kind::Holder(class, inner), _) => {
                self.whole_object(*class)?;
                return self.json(*inner, scanner);
            }
            (Kind::List(element, wire), Json::Array) => return self.array(*element, wire.as_deref(), scanner),
            (Kind::Map(map), Json::Object) => return self.map(map, scanner),
            (Kind::Bean(class), Json::Object) => return self.bean(*class, scanner),
            (Kind::Boolean, Json::Bool) => {
                self.count()?;
                let value = scanner.bool()?;
                self.writer().bool(value);
                return Ok(());
            }
            (kind, Json::Number) if from_number(kind) => {
                let literal = scanner.number()?;
                return self.text(node, literal).map_err(|fault| fault.unquoted(literal));
            }
            (kind, Json::String) if from_string(kind) => {
                let text = scanner.string()?;
                return self.text(node, &text);
            }
            _ => {}
        }
        Err(self.not(node, literal(scanner)?))
    }

    fn json_null(&mut self, node: NodeId, scanner: &mut Scanner<'_>) -> Encoded {
        scanner.null()?;
        if self.types.node(node).primitive {
            return Err(self.not(node, "null".to_owned()));
        }
        self.count()?;
        self.null();
        Ok(())
    }

    fn array(&mut self, element: NodeId, wire: Option<&str>, scanner: &mut Scanner<'_>) -> Encoded {
        self.count()?;
        let list = self.begin_list(wire);
        let mut items = scanner.begin_array()?;
        let mut length = 0;
        while scanner.next_item(&mut items)? {
            self.json(element, scanner).map_err(|fault| fault.at(Step::Index(length)))?;
            length += 1;
        }
        self.end_list(&list, length);
        Ok(())
    }

    fn map(&mut self, map: &MapNode, scanner: &mut Scanner<'_>) -> Encoded {
        self.count()?;
        let wire = map.wire.as_deref().filter(|_| self.form == Form::Typed);
        self.writer().begin_map(wire);
        let mut keys = Keys::default();
        let mut items = scanner.begin_object()?;
        while let Some(key) = scanner.next_key(&mut items)? {
            self.check_key(&key, scanner)?;
            self.text(map.key, &key).map_err(|fault| fault.at(Step::Key((&*key).into())))?;
            self.json(map.value, scanner).map_err(|fault| fault.at(Step::Key((&*key).into())))?;
            keys.add(key)?;
        }
        self.writer().end_map();
        Ok(())
    }

    /// In generic calls a text under `class` names the Java class to be made (`PojoUtils.realize`): no client may choose it.
    fn check_key(&self, key: &str, scanner: &mut Scanner<'_>) -> Encoded {
        if self.form == Form::Generic && key == "class" && scanner.kind()? == Json::String {
            return Err(Fault::new(What::ClassKey));
        }
        Ok(())
    }

    fn bean(&mut self, class_id: ClassId, scanner: &mut Scanner<'_>) -> Encoded {
        let Some(class) = self.types.class(class_id) else { return Ok(()) };
        self.count()?;
        if self.form == Form::Generic {
            self.writer().begin_map(None);
            self.members(class, scanner, |encoder, index| {
                if let Some(field) = class.fields.get(usize::from(index)) {
                    encoder.writer().string(&field.name);
                }
            })?;
            self.writer().end_map();
            return Ok(());
        }
        let object = self.begin_object();
        self.members(class, scanner, |encoder, index| encoder.field(index))?;
        self.end_object(&object, class_id)
    }

    /// Writes the members that are fields of the class; `before` is called before each value. Others are passed over.
    fn members(&mut self, class: &Class, scanner: &mut Scanner<'_>, before: impl Fn(&mut Self, u16)) -> Encoded {
        let mut seen = Seen::default();
        let mut strangers = Keys::default();
        let mut next = 0;
        let mut items = scanner.begin_object()?;
        while let Some(key) = scanner.next_key(&mut items)? {
            let Some(index) = class.find(&key, next) else {
                scanner.skip()?;
                strangers.add(key)?;
                continue;
            };
            if !seen.insert(index) {
                return Err(Fault::new(What::Duplicate(quote(&key))));
            }
            before(self, index);
            let node = class.fields.get(usize::from(index)).map(|field| field.node);
            if let Some(node) = node {
                self.json(node, scanner).map_err(|fault| fault.at(Step::Key((&*key).into())))?;
            }
            next = usize::from(index) + 1;
        }
        Ok(())
    }

    /// A value as JSON has it: text, int, long, double, boolean, list, map.
    fn natural(&mut self, node: NodeId, found: Json, scanner: &mut Scanner<'_>) -> Encoded {
        self.count()?;
        match found {
            Json::Null => self.null(),
            Json::Bool => {
                let value = scanner.bool()?;
                self.writer().bool(value);
            }
            Json::Number => {
                let literal = scanner.number()?;
                return self.number(node, literal);
            }
            Json::String => {
                let text = scanner.string()?;
                self.writer().string(&text);
            }
            Json::Array => return self.array(node, None, scanner),
            Json::Object => {
                self.writer().begin_map(None);
                let mut keys = Keys::default();
                let mut items = scanner.begin_object()?;
                while let Some(key) = scanner.next_key(&mut items)? {
                    self.check_key(&key, scanner)?;
                    self.writer().string(&key);
                    self.json(node, scanner).map_err(|fault| fault.at(Step::Key((&*key).into())))?;
                    keys.add(key)?;
                }
                self.writer().end_map();
            }
        }
        Ok(())
    }
}

/// The next value's text, for a message.
fn literal(scanner: &Scanner<'_>) -> Encoded<String> {
    Ok(shorten(scanner.clone().skip()?))
}

/// Types that a JSON number may be.
fn from_number(kind: &Kind) -> bool {
    kind.is_number() || matches!(kind, Kind::Date | Kind::Temporal(Temporal::Instant | Temporal::Year, _))
}

/// Types that a JSON string may be; of the numbers those that JavaScript would spoil.
fn from_string(kind: &Kind) -> bool {
    match kind {
        Kind::Long | Kind::Decimal(_) | Kind::BigInteger(_) => true,
        Kind::Boolean | Kind::Int(_) | Kind::Float | Kind::Double | Kind::Number => false,
        kind => kind.is_one_text(),
    }
}

/// Fields seen in one object.
#[derive(Default)]
struct Seen([u64; 8], Vec<u16>);

impl Seen {
    /// False when the field was seen before.
    fn insert(&mut self, index: u16) -> bool {
        let bit = 1 << (index % 64);
        match self.0.get_mut(usize::from(index / 64)) {
            Some(word) => {
                let new = *word & bit == 0;
                *word |= bit;
                new
            }
            None if self.1.contains(&index) => false,
            None => {
                self.1.push(index);
                true
            }
        }
    }
}

/// Keys seen in one object that are no fields.
#[derive(Default)]
struct Keys<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    fn add(&mut self, key: Cow<'a, str>) -> Encoded {
        let duplicate = self.few.contains(&key) || self.many.contains(&key);
        if duplicate {
            return Err(Fault::new(What::Duplicate(quote(&key))));
        }
        if self.few.len() < 16 {
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
        Ok(())
    }
}
