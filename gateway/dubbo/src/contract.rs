//! What a Java interface offers: methods, their types, and the fields of the classes they use.
//!
//! A contract is learned from the configuration or from the metadata centre ([`crate::metadata`]); typed calls are
//! compiled against it. Names are Java's: canonical, `$` before a nested class.

use std::collections::BTreeMap;
use std::time::Duration;

mod type_name;

pub use type_name::{TypeError, TypeName};

/// The methods of one interface and the classes that they name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contract {
    /// Canonical interface name.
    pub interface: Box<str>,
    /// Methods; overloads are entries with one name.
    pub methods: Vec<MethodContract>,
    /// Classes and enums by name. The JDK's own classes are not listed, save enums.
    pub types: BTreeMap<Box<str>, TypeDefinition>,
}

/// One method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodContract {
    /// Method name.
    pub name: Box<str>,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// Result; `void` for none, the value's type for a `CompletableFuture`.
    pub returns: TypeName,
    /// Whether a call may be repeated; `None` when nobody said.
    pub idempotent: Option<bool>,
    /// Limit of one attempt, if set for this method.
    pub timeout: Option<Duration>,
    /// Attempts after the first, if set for this method.
    pub retries: Option<u32>,
    /// Whether the caller does not wait for an answer.
    pub one_way: bool,
}

/// One parameter of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name, where known; service definitions carry none.
    pub name: Option<Box<str>>,
    /// Declared type.
    pub type_name: TypeName,
}

/// What is known of a class.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeDefinition {
    /// A class with fields.
    Bean {
        /// Type variables of a generic class, in order: `T` of `Page<T>`.
        type_parameters: Vec<Box<str>>,
        /// Fields, those of superclasses too. A type may be one of the variables.
        fields: Vec<Field>,
        /// Whether variables may have become `java.lang.Object` (service definitions of Dubbo 3.x).
        erased: bool,
    },
    /// An enum.
    Enum {
        /// Names of the constants, in order where known.
        constants: Vec<Box<str>>,
    },
}

/// A field of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Field name.
    pub name: Box<str>,
    /// Declared type.
    pub type_name: TypeName,
}

/// A field of a class whose type arguments are put in.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundField {
    /// Field name.
    pub name: Box<str>,
    /// Its type, without variables.
    pub type_name: TypeName,
    /// The class says `java.lang.Object`, and only a guess says more: the field may take other values too.
    pub guessed: bool,
}

impl Contract {
    /// The overloads of a method.
    pub fn methods_named<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a MethodContract> + use<'a, 'n> {
        self.methods.iter().filter(move |method| *method.name == *name)
    }

    /// The definition of a class or enum, looked up by its name alone.
    pub fn definition(&self, of: &TypeName) -> Option<&TypeDefinition> {
        self.types.get(&of.name).filter(|_| of.dimensions == 0)
    }

    /// The fields of a class with its type arguments put in: those of `Page<Crate>` have `List<Crate>` where the
    /// class says `List<T>`. `None` when the class is not known or is an enum.
    ///
    /// * Without arguments (or with another number than the class has variables) a variable is `java.lang.Object`.
    /// * Dubbo 3.x writes a field of type `T` as `java.lang.Object` into service definitions. So for an erased class
    ///   that is named with exactly one argument every plain `Object` field takes that argument. It is a guess, and
    ///   marked as such: the field may truly be an `Object` beside a variable. Of a class in the configuration nothing
    ///   is guessed.
    /// * An erased class also loses the arguments of class generics within it: `Page<T> next` is a plain `Page`. The class
    ///   itself takes the arguments that it is named with; another erased class of one variable takes the only argument,
    ///   which is a guess likewise.
    pub fn fields(&self, of: &TypeName) -> Option<Vec<BoundField>> {
        let TypeDefinition::Bean { type_parameters, fields, erased } = self.definition(of)? else {
            return None;
        };
        let object = TypeName::object();
        let complete = type_parameters.len() == of.arguments.len();
        let bound = |at: usize| {
            if complete { of.arguments.get(at).unwrap_or(&object) } else { &object }
        };
        let mut variables: Vec<(&str, &TypeName)> =
            type_parameters.iter().enumerate().map(|(at, name)| (&**name, bound(at))).collect();
        if let (true, [argument]) = (*erased, &of.arguments[..]) {
            variables.retain(|(_, bound)| **bound != object);
            variables.push(("java.lang.Object", argument));
        }
        let typed = |field: &Field| {
            let type_name = field.bind(&variables);
            let type_name = if *erased { self.with_arguments_of(of, type_name) } else { type_name };
            let guessed = *erased && &*field.type_name.name == "java.lang.Object" && type_name != field.type_name;
            BoundField { name: field.name.clone(), type_name, guessed }
        };
        Some(fields.iter().map(typed).collect())
    }

    /// A raw class of a field, with the arguments that its owner's name tells of.
    fn with_arguments_of(&self, owner: &TypeName, raw: TypeName) -> TypeName {
        let of_one = |name: &str| match self.types.get(name) {
            Some(TypeDefinition::Bean { type_parameters, erased: true, .. }) => type_parameters.len() == 1,
            _ => false,
        };
        let takes = raw.name == owner.name || (owner.arguments.len() == 1 && of_one(&raw.name));
        match takes && raw.arguments.is_empty() {
            true => TypeName { arguments: owner.arguments.clone(), ..raw },
            false => raw,
        }
    }
}

impl MethodContract {
    /// A method of which nothing more is known.
    pub fn new(name: &str, parameters: Vec<TypeName>, returns: TypeName) -> Self {
        let parameters = parameters.into_iter().map(|type_name| Parameter { name: None, type_name }).collect();
        let (idempotent, timeout, retries) = (None, None, None);
        Self { name: name.into(), parameters, returns, idempotent, timeout, retries, one_way: false }
    }
}

impl Field {
    /// The type with variables put in. `java.lang.Object` counts as a variable only when it is the whole type: the
    /// `Object` of a `Map<String, Object>` is one that the class really names.
    fn bind(&self, variables: &[(&str, &TypeName)]) -> TypeName {
        if &*self.type_name.name == "java.lang.Object" {
            return self.type_name.substitute(variables);
        }
        let named: Vec<_> = variables.iter().filter(|(name, _)| *name != "java.lang.Object").copied().collect();
        self.type_name.substitute(&named)
    }
}

#[cfg(test)]
mod tests;
