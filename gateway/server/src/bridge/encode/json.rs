//! A JSON value to a value of a declared type.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::json::{Kind as Json, Scanner};
use super::super::types::{ChoiceNode, Class, ClassId, EnumSetNode, Kind, MapNode, NodeId, Temporal};
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
            (Kind::Unknown(_), _) if self.form == Form::Typed => return Err(Fault::new(What::Undescribed)),
            (Kind::Natural | Kind::Unknown(_), _) => return self.natural(node, found, None, scanner),
            (Kind::Guess(inner), _) => return self.guess(*inner, scanner),
            (Kind::Holder(class, inner), _) => {
                self.whole_object(*class)?;
                return self.json(*inner, scanner);
            }
            (Kind::List(element, wire), Json::Array) => return self.array(*element, wire.as_deref(), scanner),
            (Kind::EnumSet(set), Json::Array) => return self.enum_set(set, scanner),
            (Kind::Map(map), Json::Object) => return self.map(map, scanner),
            (Kind::Bean(class), Json::Object) => return self.bean(*class, None, scanner),
            (Kind::Choice(choice), Json::Object) => return self.choice(choice, scanner),
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

    /// A value of the type that is likely, or as JSON has it. What is wrong deeper within a value that could be one of the
    /// type stays wrong.
    fn guess(&mut self, likely: NodeId, scanner: &mut Scanner<'_>) -> Encoded {
        let (before, at, order) = (scanner.clone(), self.out.len(), self.shapes.order.len());
        match self.json(likely, scanner) {
            Err(fault) if fault.path.is_empty() && matches!(fault.what, What::Not { .. }) => {
                self.out.truncate(at);
                self.shapes.order.truncate(order);
                *scanner = before;
                let found = scanner.kind()?;
                self.natural(NodeId::NONE, found, None, scanner)
            }
            done => done,
        }
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

    /// `EnumSetHandler`: the enum's class, then its constants as `Object[]`.
    fn enum_set(&mut self, set: &EnumSetNode, scanner: &mut Scanner<'_>) -> Encoded {
        if self.form == Form::Typed {
            let Kind::Enum(class, _) = &self.types.node(set.element).kind else {
                return Err(Fault::new(What::Undescribed));
            };
            let name = self.types.class(*class).map_or("", |class| &*class.name);
            self.whole_object(set.handle)?;
            self.whole_object(set.class)?;
            self.writer().string(name);
        }
        self.array(set.element, Some("[object"), scanner)
    }

    /// An object of the class that its member `class` names, among those that the configuration lists.
    fn choice(&mut self, choice: &ChoiceNode, scanner: &mut Scanner<'_>) -> Encoded {
        let expected = || choice.expected().into();
        let chosen = match class_member(scanner.clone())? {
            Some(text) => choice.find(&text).ok_or_else(|| {
                Fault::new(What::Not { found: quote(&text), expected: expected() }).at(Step::Key("class".into()))
            })?,
            None => match choice.unnamed {
                Some(unnamed) => unnamed,
                None => return Err(Fault::new(What::Not { found: literal(scanner)?, expected: expected() })),
            },
        };
        let Some((name, node)) = choice.classes.get(chosen) else { return Ok(()) };
        let named = (choice.declared != Some(chosen)).then_some(&**name);
        match &self.types.node(*node).kind {
            Kind::Bean(class) => self.bean(*class, named, scanner),
            Kind::Unknown(_) => self.natural(*node, Json::Object, named, scanner),
            _ => self.json(*node, scanner),
        }
    }

    /// An object of a class; in a generic call a map, with the class' name where `named` gives it.
    fn bean(&mut self, class_id: ClassId, named: Option<&str>, scanner: &mut Scanner<'_>) -> Encoded {
        let Some(class) = self.types.class(class_id) else { return Ok(()) };
        if class.fields.is_empty() {
            return self.without_fields(class_id, named, scanner);
        }
        self.count()?;
        if self.form == Form::Generic {
            self.writer().begin_map(None);
            self.class_entry(named);
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

    /// A class without fields is empty, or an interface: in a generic call the provider knows what to make of the members.
    fn without_fields(&mut self, class: ClassId, named: Option<&str>, scanner: &mut Scanner<'_>) -> Encoded {
        if self.form == Form::Generic {
            return self.natural(NodeId::NONE, Json::Object, named, scanner);
        }
        self.count()?;
        let mut items = scanner.begin_object()?;
        while let Some(key) = scanner.next_key(&mut items)? {
            if key != "class" {
                return Err(Fault::new(What::Undescribed));
            }
            scanner.skip()?;
        }
        self.whole_object(class)
    }

    /// What tells the provider the class of a map in a generic call (`PojoUtils.realize`).
    fn class_entry(&mut self, class: Option<&str>) {
        if let Some(class) = class {
            self.writer().string("class");
            self.writer().string(class);
        }
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
    /// An object carries the class that `named` gives, which the configuration chose.
    fn natural(&mut self, node: NodeId, found: Json, named: Option<&str>, scanner: &mut Scanner<'_>) -> Encoded {
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
                self.class_entry(named);
                let mut keys = Keys::default();
                let mut items = scanner.begin_object()?;
                while let Some(key) = scanner.next_key(&mut items)? {
                    if named.is_some() && key == "class" {
                        scanner.skip()?;
                        continue;
                    }
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

/// The text of the member `class` of the object that comes next.
fn class_member(mut scanner: Scanner<'_>) -> Encoded<Option<String>> {
    let mut items = scanner.begin_object()?;
    while let Some(key) = scanner.next_key(&mut items)? {
        if key == "class" && scanner.kind()? == Json::String {
            return Ok(Some(scanner.string()?.into_owned()));
        }
        scanner.skip()?;
    }
    Ok(None)
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
