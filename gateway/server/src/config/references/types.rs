//! Java types in texts: their grammar, and that every name in them means something.

use std::collections::BTreeMap;

use yumen_dubbo::contract::TypeName;

use super::Check;
use crate::config::{
    finding::{Code, Finding, Lean},
    locate::ConfigPath,
    model::ServiceConfig,
    suggest::nearest,
};

/// Classes that a service declares, by name, each with the number of its type parameters.
pub(super) type Declared = BTreeMap<Box<str>, usize>;

/// What the names in a type may be.
pub(super) struct Scope<'c> {
    /// The service whose `types` count; `None` when it is not known which one.
    pub(super) service: Option<usize>,
    /// Type parameters of the class that is being declared.
    pub(super) variables: &'c [TypeName],
}

/// The classes under `types` of a service.
pub(super) fn declared(service: &ServiceConfig) -> Declared {
    let parsed = service.types.keys().filter_map(|name| TypeName::parse(name).ok());
    parsed.map(|class| (class.name, class.arguments.len())).collect()
}

impl Check<'_> {
    /// `text` must be a Java type whose names are known or have a dot.
    pub(super) fn java_type(&mut self, text: &str, at: ConfigPath, scope: &Scope<'_>) {
        let parsed = match TypeName::parse(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let finding = Finding::error(Code::BAD_TYPE, at, format!("{text:?} is not a Java type: {error}"));
                return self.report(finding.help("write a Java name, or a word such as long, string, list<string>"));
            }
        };
        let Some(service) = scope.service else { return };
        let Some(declared) = self.declared.get(service) else { return };
        let fault =
            unknown_name(&parsed, scope, declared).map(|name| unknown(name, text, declared, &at)).or_else(|| {
                misused(&parsed, declared)
                    .map(|why| Finding::error(Code::BAD_TYPE, at, why).help("as in list<string> or map<string,long>"))
            });
        if let Some(finding) = fault {
            let types = ConfigPath::service(service).key("types");
            self.report(finding.leaning_on([Lean::Items(types)]));
        }
    }
}

/// The first name that has no dot, is no word, no type parameter and no declared class.
fn unknown_name<'t>(of: &'t TypeName, scope: &Scope<'_>, declared: &Declared) -> Option<&'t str> {
    let mut unknown = None;
    of.visit_names(&mut |name| {
        let known = name.contains('.')
            || TypeName::of(name).is_primitive()
            || declared.contains_key(name)
            || scope.variables.iter().any(|variable| *variable.name == *name);
        if !known {
            unknown = unknown.or(Some(name));
        }
    });
    unknown
}

fn unknown(name: &str, text: &str, declared: &Declared, at: &ConfigPath) -> Finding {
    let message = match name == text {
        true => format!("{name:?} is not a type"),
        false => format!("{name:?} in {text:?} is not a type"),
    };
    let finding = Finding::error(Code::BAD_TYPE, at.clone(), message);
    let simple = |class: &str| class.rsplit(['.', '$']).next().unwrap_or_default().to_owned();
    let by_simple_name: BTreeMap<String, &str> = declared.keys().map(|class| (simple(class), &**class)).collect();
    let mut words: Vec<&str> = TypeName::words().collect();
    let lower = |word: &str| word.starts_with(char::is_lowercase);
    words.sort_by_key(|word| lower(word) != lower(name)); // of `string` and `String` the one that looks alike
    words.extend(by_simple_name.keys().map(String::as_str));
    let near = words.iter().find(|word| **word == name).copied().or_else(|| nearest(name, words.iter().copied()));
    let finding = match near {
        Some(near) => finding.label(format!("did you mean {:?}?", by_simple_name.get(near).unwrap_or(&near))),
        None => finding,
    };
    finding.help("write a word such as long or string, a class with its package, or a class declared under types")
}

/// What a type that consists of known names still does wrong.
fn misused(of: &TypeName, declared: &Declared) -> Option<String> {
    if &*of.name == "void" {
        return Some("only a result can be void".to_owned());
    }
    let given = of.arguments.len();
    let wrong = arity(&of.name, declared).filter(|takes| given != 0 && given != *takes);
    if let Some(takes) = wrong {
        let counted = match takes {
            0 => "no type arguments".to_owned(),
            1 => format!("1 type argument, not {given}"),
            _ => format!("{takes} type arguments, not {given}"),
        };
        return Some(format!("{} takes {counted}", of.name));
    }
    of.arguments.iter().find_map(|argument| misused(argument, declared))
}

/// How many type arguments a class takes, where that is known.
fn arity(name: &str, declared: &Declared) -> Option<usize> {
    if let Some(count) = declared.get(name) {
        return Some(*count);
    }
    let (package, simple) = name.rsplit_once('.').unwrap_or(("", name));
    match (package, simple) {
        ("java.util", "Map" | "HashMap" | "LinkedHashMap") => Some(2),
        ("java.util", "List" | "ArrayList" | "Set" | "HashSet" | "Collection" | "Optional") => Some(1),
        ("java.lang", "Iterable") | ("java.util.concurrent", "CompletableFuture") => Some(1),
        ("java.lang" | "java.math" | "java.time", word) if TypeName::words().any(|known| known == word) => Some(0),
        _ => None,
    }
}
