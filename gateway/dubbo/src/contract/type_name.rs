//! The name of a Java type: parsed from Java's own spellings and from the words of the configuration.
//!
//! | written | is |
//! |---|---|
//! | `int`, `long`, … `void` | the primitive |
//! | `Integer`, `String`, `List<…>`, `BigDecimal`, `LocalDate`, … | the JDK class of that name |
//! | `string date decimal biginteger object uuid bytes list<…> map<…>`, … | the configuration's words |
//! | `a.b.C<a.b.D[], ? extends E>`, `a.b.C$D`, `[La.b.C;`, `a.b.C...` | as in Java; wildcards become their bound |
//! | `T` | a name without a dot that is no word: a type variable, or a class of the default package |

use std::fmt;
use std::str::FromStr;

use words::expand;

mod words;

/// Longest text that is read as a type.
const MAX_TEXT: usize = 4096;
/// Deepest nesting of type arguments.
const MAX_DEPTH: u8 = 32;

/// A Java type: class or primitive, its type arguments, its array dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeName {
    /// Canonical name with `$` before a nested class, or the primitive, or a type variable.
    pub name: Box<str>,
    /// Type arguments; empty for a raw type.
    pub arguments: Vec<TypeName>,
    /// Array dimensions around the whole.
    pub dimensions: u8,
}

/// Why a text is no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at column {column} of `{text}`")]
pub struct TypeError {
    /// The text, cut when long.
    pub text: String,
    /// Counted in characters from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// Primitive, JVM letter.
const PRIMITIVES: &[(&str, char)] = &[
    ("boolean", 'Z'),
    ("byte", 'B'),
    ("char", 'C'),
    ("double", 'D'),
    ("float", 'F'),
    ("int", 'I'),
    ("long", 'J'),
    ("short", 'S'),
    ("void", 'V'),
];

impl TypeName {
    /// A class or primitive without arguments and dimensions; the name is taken as it stands.
    pub fn of(name: &str) -> Self {
        Self { name: name.into(), arguments: Vec::new(), dimensions: 0 }
    }

    /// `java.lang.Object`, what a type is that nobody knows.
    pub fn object() -> Self {
        Self::of("java.lang.Object")
    }

    /// Every name that means something without being declared: primitives, words of the configuration, simple names of
    /// the JDK.
    pub fn words() -> impl Iterator<Item = &'static str> {
        PRIMITIVES.iter().map(|(word, _)| *word).chain(["bytes"]).chain(words::WORDS.iter().map(|(word, _)| *word))
    }

    /// Reads a type; see the table of this file.
    pub fn parse(text: &str) -> Result<Self, TypeError> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        if text.len() > MAX_TEXT {
            return Err(parser.error("a name of reasonable length was expected"));
        }
        let parsed = parser.type_name()?;
        parser.spaces();
        if parser.at < text.len() { Err(parser.error("nothing more was expected")) } else { Ok(parsed) }
    }

    /// Whether this is a primitive, `void` included, and no array.
    pub fn is_primitive(&self) -> bool {
        self.dimensions == 0 && letter(&self.name).is_some()
    }

    /// Element type of an array.
    pub fn element(&self) -> Option<Self> {
        let dimensions = self.dimensions.checked_sub(1)?;
        Some(Self { dimensions, ..self.clone() })
    }

    /// The same type without arguments, which is all the JVM knows.
    pub fn erased(&self) -> Self {
        Self { name: self.name.clone(), arguments: Vec::new(), dimensions: self.dimensions }
    }

    /// Name for the `types` of a generic call: erased, arrays as `a.b.C[]`.
    pub fn generic_name(&self) -> String {
        format!("{}{}", self.name, "[]".repeat(self.dimensions.into()))
    }

    /// JVM descriptor (dubbo `ReflectUtils.getDesc`): `I`, `Ljava/util/List;`, `[[J`.
    pub fn descriptor(&self) -> String {
        let mut out = String::with_capacity(self.name.len() + 3);
        self.write_descriptor(&mut out);
        out
    }

    /// Appends [`TypeName::descriptor`].
    pub fn write_descriptor(&self, out: &mut String) {
        out.extend(std::iter::repeat_n('[', self.dimensions.into()));
        match letter(&self.name) {
            Some(letter) => out.push(letter),
            None => {
                out.push('L');
                out.extend(self.name.chars().map(|c| if c == '.' { '/' } else { c }));
                out.push(';');
            }
        }
    }

    /// Rewrites every name inside, also in the arguments.
    pub fn map_names(&self, map: &mut impl FnMut(&str) -> Option<Box<str>>) -> Self {
        Self {
            name: map(&self.name).unwrap_or_else(|| self.name.clone()),
            arguments: self.arguments.iter().map(|argument| argument.map_names(map)).collect(),
            dimensions: self.dimensions,
        }
    }

    /// Replaces type variables by types; the array dimensions of both add up.
    pub fn substitute(&self, variables: &[(&str, &TypeName)]) -> Self {
        let bound = variables.iter().find(|(name, _)| **name == *self.name && self.arguments.is_empty());
        match bound {
            Some((_, bound)) => {
                Self { dimensions: bound.dimensions.saturating_add(self.dimensions), ..(*bound).clone() }
            }
            None => Self {
                name: self.name.clone(),
                arguments: self.arguments.iter().map(|argument| argument.substitute(variables)).collect(),
                dimensions: self.dimensions,
            },
        }
    }

    /// Calls `visit` with every name inside.
    pub fn visit_names<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        visit(&self.name);
        for argument in &self.arguments {
            argument.visit_names(visit);
        }
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (i, argument) in self.arguments.iter().enumerate() {
            write!(f, "{}{argument}", if i == 0 { "<" } else { "," })?;
        }
        if !self.arguments.is_empty() {
            f.write_str(">")?;
        }
        (0..self.dimensions).try_for_each(|_| f.write_str("[]"))
    }
}

impl FromStr for TypeName {
    type Err = TypeError;
    fn from_str(text: &str) -> Result<Self, TypeError> {
        Self::parse(text)
    }
}

fn letter(name: &str) -> Option<char> {
    PRIMITIVES.iter().find(|(primitive, _)| *primitive == name).map(|(_, letter)| *letter)
}

/// Reads left to right; `at` is a byte offset on a character border.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Parser<'a> {
    fn type_name(&mut self) -> Result<TypeName, TypeError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("less nesting was expected"));
        }
        self.spaces();
        let parsed = if self.rest().starts_with('[') { self.jvm_array() } else { self.java_type() };
        self.depth -= 1;
        parsed
    }

    fn java_type(&mut self) -> Result<TypeName, TypeError> {
        if self.take("?") {
            return self.wildcard();
        }
        let name = self.name()?;
        let (name, dimensions) = expand(name);
        let mut parsed = TypeName { name: name.into(), arguments: self.arguments()?, dimensions };
        self.nested_in_generic(&mut parsed)?;
        if letter(&parsed.name).is_some() && !parsed.arguments.is_empty() {
            return Err(self.error("a primitive without type arguments was expected"));
        }
        self.dimensions(&mut parsed)?;
        Ok(parsed)
    }

    /// `?` is Object, `? extends A & B` is A, `? super A` is A.
    fn wildcard(&mut self) -> Result<TypeName, TypeError> {
        self.spaces();
        if !(self.word("extends") || self.word("super")) {
            return Ok(TypeName::object());
        }
        let bound = self.type_name()?;
        self.spaces();
        while self.take("&") {
            self.type_name()?;
            self.spaces();
        }
        Ok(bound)
    }

    fn arguments(&mut self) -> Result<Vec<TypeName>, TypeError> {
        let mut arguments = Vec::new();
        self.spaces();
        if !self.take("<") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.type_name()?);
            self.spaces();
            if self.take(">") {
                return Ok(arguments);
            }
            if !self.take(",") {
                return Err(self.error("`,` or `>` was expected"));
            }
        }
    }

    /// `a.Outer<X>$Inner<Y>` and `a.Outer<X>.Inner<Y>`: the arguments of the outer class are dropped.
    fn nested_in_generic(&mut self, parsed: &mut TypeName) -> Result<(), TypeError> {
        while !parsed.arguments.is_empty() && (self.rest().starts_with('$') || self.dot_of_nested()) {
            self.at += 1;
            let inner = self.name()?;
            parsed.name = format!("{}${inner}", parsed.name).into();
            parsed.arguments = self.arguments()?;
        }
        Ok(())
    }

    fn dot_of_nested(&self) -> bool {
        self.rest().starts_with('.') && !self.rest().starts_with("...")
    }

    fn dimensions(&mut self, parsed: &mut TypeName) -> Result<(), TypeError> {
        loop {
            self.spaces();
            let array = if self.take("[") {
                self.spaces();
                if !self.take("]") {
                    return Err(self.error("`]` was expected"));
                }
                true
            } else {
                self.take("...")
            };
            if !array {
                return Ok(());
            }
            self.deeper(parsed)?;
        }
    }

    fn deeper(&self, parsed: &mut TypeName) -> Result<(), TypeError> {
        if &*parsed.name == "void" {
            return Err(self.error("no array of void was expected"));
        }
        parsed.dimensions = parsed.dimensions.saturating_add(1);
        if parsed.dimensions == u8::MAX { Err(self.error("fewer dimensions were expected")) } else { Ok(()) }
    }

    /// `[La.b.C;`, `[[I` as `Class.getName` writes them.
    fn jvm_array(&mut self) -> Result<TypeName, TypeError> {
        let mut dimensions = 0u8;
        while self.take("[") {
            dimensions = dimensions.saturating_add(1);
        }
        if dimensions == u8::MAX {
            return Err(self.error("fewer dimensions were expected"));
        }
        let name = if self.take("L") {
            let name = self.name()?;
            if !self.take(";") {
                return Err(self.error("`;` was expected"));
            }
            name
        } else {
            let primitive = PRIMITIVES.iter().find(|(_, letter)| self.rest().starts_with(*letter) && *letter != 'V');
            let (name, _) = primitive.ok_or_else(|| self.error("a JVM element type was expected"))?;
            self.at += 1;
            name
        };
        Ok(TypeName { name: name.into(), arguments: Vec::new(), dimensions })
    }

    /// Identifiers joined by single dots.
    fn name(&mut self) -> Result<&'a str, TypeError> {
        self.spaces();
        let start = self.at;
        loop {
            let rest = self.rest();
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
            if end == 0 || rest.starts_with(|c: char| c.is_numeric()) {
                return Err(self.error("a Java name was expected"));
            }
            self.at += end;
            if !self.dot_of_nested() {
                return Ok(self.text.get(start..self.at).unwrap_or_default());
            }
            self.at += 1;
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// A keyword that is followed by white space.
    fn word(&mut self, keyword: &str) -> bool {
        let after = self.rest().strip_prefix(keyword);
        let found = after.is_some_and(|after| after.starts_with(char::is_whitespace));
        if found {
            self.at += keyword.len();
        }
        found
    }

    fn error(&self, reason: &'static str) -> TypeError {
        let column = self.text.get(..self.at).map_or(0, |before| before.chars().count()) + 1;
        TypeError { text: self.text.chars().take(120).collect(), column, reason }
    }
}

#[cfg(test)]
mod tests;
