//! Reads the service definition that a provider publishes, `FullServiceDefinition` as JSON, into a [`Contract`].
//!
//! | | Dubbo 3.2, 3.3 | Dubbo 2.7 |
//! |---|---|---|
//! | `types[]` | flat; `properties` map a field to a type name | nested; a property is itself an entry |
//! | shared parts | – | fastjson: `{"$ref":"$.types[1].properties.month"}`, also as whole entries |
//! | a cycle | – | an entry with `"$ref"` and `"type"`: only its type counts |
//! | nested classes | `a.Item.Size` | `a.Item$Size` in types, `a.Item.Size` in methods |
//! | class generics | erased: `T` is `java.lang.Object`, `List<T>` stays | erased |
//!
//! All lines erase the argument of `CompletableFuture`; such a method returns `Object`. What an interface inherits from
//! `Crud<T, ID>` stays in its variables: `List<T>` is told as that, and read as a list of `Object`.
//! A class without properties is an interface, or empty: the text does not tell which.
//!
//! A dot before a nested class is turned back into `$`, which is a guess: see [`nested`]. Type variables are found by
//! their look (no dot, no primitive) and put in the order `T` first, then by alphabet, because the file keeps no
//! order. A route or the configuration can name a type in full where a guess is wrong.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::contract::{Contract, Field, MethodContract, TypeDefinition, TypeName};

mod nested;
mod reference;

use nested::NestedNames;
use reference::resolve;

/// Largest text that is read.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Most methods, and most entries of types, that are read.
const MAX_METHODS: usize = 20_000;
const MAX_ENTRIES: usize = 200_000;

/// A definition, read.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceDefinition {
    /// What it says.
    pub contract: Contract,
    /// Parts that could not be read and were left out: a method, or the type of a field (which is `Object` then).
    pub skipped: Vec<DefinitionError>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {reason}")]
pub struct DefinitionError {
    /// Path in the text, such as `$.methods[3].returnType`.
    pub at: String,
    /// What is wrong there.
    pub reason: String,
}

/// Reads a definition. `interface` is the name that was asked for; it decides over the text's own, which shows
/// nested classes with dots.
///
/// # Errors
/// When the text is too large, no JSON object, or has no list of methods. Smaller faults are in
/// [`ServiceDefinition::skipped`].
pub fn parse(text: &[u8], interface: &str) -> Result<ServiceDefinition, DefinitionError> {
    if text.len() > MAX_BYTES {
        return Err(wrong("$", format!("{} bytes are more than the {MAX_BYTES} that are read", text.len())));
    }
    let root: Value = serde_json::from_slice(text).map_err(|error| wrong("$", error.to_string()))?;
    let methods = root.get("methods").and_then(Value::as_array);
    let methods = methods.ok_or_else(|| wrong("$.methods", "a list was expected"))?;
    if methods.len() > MAX_METHODS {
        return Err(wrong("$.methods", format!("more than {MAX_METHODS} methods")));
    }
    let mut parser = Parser::new(&root);
    parser.entries()?;
    let methods = methods.iter().enumerate().filter_map(|(at, method)| parser.method(at, method)).collect();
    Ok(parser.finish(interface, methods))
}

/// An entry of `types[]` with its names still as they were written.
enum Entry {
    Bean(Vec<(Box<str>, TypeName)>),
    Enum(Vec<Box<str>>),
}

struct Parser<'a> {
    root: &'a Value,
    entries: BTreeMap<Box<str>, Entry>,
    seen: usize,
    skipped: Vec<DefinitionError>,
}

impl<'a> Parser<'a> {
    fn new(root: &'a Value) -> Self {
        Self { root, entries: BTreeMap::new(), seen: 0, skipped: Vec::new() }
    }

    /// Walks all entries, nested ones too, without recursion on their depth.
    fn entries(&mut self) -> Result<(), DefinitionError> {
        let types = self.root.get("types").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut open: Vec<(String, &'a Value)> =
            types.iter().enumerate().map(|(at, entry)| (format!("$.types[{at}]"), entry)).collect();
        open.reverse();
        while let Some((at, entry)) = open.pop() {
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                return Err(wrong(&at, format!("more than {MAX_ENTRIES} types")));
            }
            let Some(entry) = entry.as_object() else {
                continue;
            };
            if let Some(name) = type_of(entry) {
                self.entry(&at, name, entry);
            }
            let properties = entry.get("properties").and_then(Value::as_object).into_iter().flatten();
            open.extend(properties.map(|(name, property)| (format!("{at}.properties.{name}"), property)));
            let items = entry.get("items").and_then(Value::as_array).into_iter().flatten().enumerate();
            open.extend(items.map(|(place, item)| (format!("{at}.items[{place}]"), item)));
        }
        Ok(())
    }

    /// Keeps an enum or a class of the application's own; of a class the entry with most fields, for some are cut short.
    fn entry(&mut self, at: &str, name: &str, entry: &'a Map<String, Value>) {
        let Some(name) = self.type_name(at, name).filter(|name| name.dimensions == 0).map(|name| name.name) else {
            return;
        };
        let constants = entry.get("enums").and_then(Value::as_array).filter(|list| !list.is_empty());
        if let Some(constants) = constants {
            let constants = constants.iter().filter_map(Value::as_str).map(Box::from).collect();
            self.entries.entry(name).or_insert(Entry::Enum(constants));
            return;
        }
        let properties = entry.get("properties").and_then(Value::as_object).filter(|_| !of_the_jdk(&name));
        // A name without a dot is a class only if it has something.
        let Some(properties) = properties.filter(|fields| !fields.is_empty() || name.contains('.')) else {
            return;
        };
        let known = matches!(self.entries.get(&name), Some(Entry::Bean(fields)) if fields.len() >= properties.len());
        if !known {
            let fields =
                properties.iter().map(|(field, value)| (Box::from(field.as_str()), self.property(at, field, value)));
            let fields = fields.collect();
            self.entries.insert(name, Entry::Bean(fields));
        }
    }

    fn property(&mut self, at: &str, field: &str, value: &'a Value) -> TypeName {
        let at = format!("{at}.properties.{field}");
        let written = match value {
            Value::String(name) => Ok(name.as_str()),
            Value::Object(entry) => match type_of(entry) {
                Some(name) => Ok(name),
                None => resolve(self.root, entry).and_then(|target| {
                    target.as_str().or_else(|| type_of(target.as_object()?)).ok_or("the reference leads to no type")
                }),
            },
            _ => Err("a type was expected"),
        };
        let named = written.map_err(|reason| self.skipped.push(wrong(&at, reason))).ok();
        named.and_then(|name| self.type_name(&at, name)).unwrap_or_else(TypeName::object)
    }

    fn method(&mut self, at: usize, method: &Value) -> Option<MethodContract> {
        let at = format!("$.methods[{at}]");
        let Some(name) = method.get("name").and_then(Value::as_str) else {
            self.skipped.push(wrong(&at, "a method without a name"));
            return None;
        };
        let written = method.get("parameterTypes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut parameters = Vec::with_capacity(written.len());
        for (place, parameter) in written.iter().enumerate() {
            let at = format!("{at}.parameterTypes[{place}]");
            let Some(text) = parameter.as_str() else {
                self.skipped.push(wrong(&at, "a type name was expected"));
                return None;
            };
            parameters.push(self.type_name(&at, text)?);
        }
        let returns = method.get("returnType").and_then(Value::as_str).unwrap_or("java.lang.Object");
        let returns = self.type_name(&format!("{at}.returnType"), returns).unwrap_or_else(TypeName::object);
        Some(MethodContract::new(name, parameters, awaited(returns)))
    }

    fn type_name(&mut self, at: &str, text: &str) -> Option<TypeName> {
        let parsed = TypeName::parse(text);
        parsed.map_err(|error| self.skipped.push(wrong(at, error.to_string()))).ok()
    }

    /// Turns dots back into `$` everywhere, now that all names are known.
    fn finish(self, interface: &str, mut methods: Vec<MethodContract>) -> ServiceDefinition {
        let mut names = NestedNames::new(interface);
        self.entries.iter().for_each(|(name, entry)| names.learn_entry(name, entry));
        methods.iter().for_each(|method| names.learn_method(method));
        for method in &mut methods {
            let parameters = method.parameters.iter_mut().map(|parameter| &mut parameter.type_name);
            parameters.chain([&mut method.returns]).for_each(|type_name| {
                *type_name = names.restore(type_name).map_names(&mut |name| names.is_variable(name).then(object_name));
            });
        }
        let mut types = BTreeMap::new();
        for (name, entry) in self.entries {
            let name = names.binary(&name).unwrap_or(name);
            types.entry(name).or_insert_with(|| entry.define(&names));
        }
        let contract = Contract { interface: interface.into(), methods, types };
        ServiceDefinition { contract, skipped: self.skipped }
    }
}

impl Entry {
    fn define(self, names: &NestedNames) -> TypeDefinition {
        let fields = match self {
            Self::Enum(constants) => return TypeDefinition::Enum { constants },
            Self::Bean(fields) => fields,
        };
        let field = |(name, type_name): (Box<str>, TypeName)| Field { name, type_name: names.restore(&type_name) };
        let fields: Vec<Field> = fields.into_iter().map(field).collect();
        let mut variables: Vec<Box<str>> = Vec::new();
        for field in &fields {
            field.type_name.visit_names(&mut |name| {
                if names.is_variable(name) && !variables.iter().any(|known| **known == *name) {
                    variables.push(name.into());
                }
            });
        }
        variables.sort_by_key(|name| (**name != *"T", name.clone()));
        TypeDefinition::Bean { type_parameters: variables, fields, erased: true }
    }
}

/// A caller gets what the future brings.
fn awaited(returns: TypeName) -> TypeName {
    if &*returns.name == "java.util.concurrent.CompletableFuture" && returns.dimensions == 0 {
        return returns.arguments.into_iter().next().unwrap_or_else(TypeName::object);
    }
    returns
}

fn type_of(entry: &Map<String, Value>) -> Option<&str> {
    entry.get("type").and_then(Value::as_str)
}

fn object_name() -> Box<str> {
    TypeName::object().name
}

/// Classes that the JDK defines travel by their own rules, whatever their private fields are.
fn of_the_jdk(name: &str) -> bool {
    ["java.", "javax.", "jdk.", "sun.", "com.sun."].iter().any(|prefix| name.starts_with(prefix))
}

fn wrong(at: &str, reason: impl Into<String>) -> DefinitionError {
    DefinitionError { at: at.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
