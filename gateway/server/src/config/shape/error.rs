//! Faults of shape: what serde and the visitors say, in the user's words, with the cure where it is plain.

use std::{borrow::Cow, fmt};

use serde::de::{self, Unexpected};

use crate::config::{
    finding::{Code, Fault, Finding, Part},
    locate::{ConfigPath, Segment},
    suggest,
};

/// A fault that serde or a visitor found, with the way to it.
#[derive(Debug)]
pub(in crate::config) struct ShapeError {
    /// From the fault outwards.
    path: Vec<Segment>,
    part: Part,
    what: What,
}

/// What is wrong with the shape.
#[derive(Debug)]
pub(super) enum What {
    UnknownKey { key: String, known: &'static [&'static str] },
    MissingKey(&'static str),
    UnknownWord { word: String, known: &'static [&'static str] },
    WrongType { wanted: String, found: String },
    OutOfRange { wanted: String, found: String },
    Fault(Fault),
}

impl ShapeError {
    pub(super) fn new(what: What) -> Self {
        Self { path: Vec::new(), part: Part::Value, what }
    }

    pub(super) fn under(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }

    /// It is the key that is at fault, not its value.
    pub(super) fn on_key(self) -> Self {
        Self { part: Part::Key, ..self }
    }

    /// The needed key, if that is what is missing.
    pub(in crate::config) fn missing_key(&self) -> Option<&'static str> {
        match self.what {
            What::MissingKey(key) => Some(key),
            _ => None,
        }
    }

    /// The key that an unknown one was probably meant to be.
    pub(in crate::config) fn meant_key(&self) -> Option<&'static str> {
        match &self.what {
            What::UnknownKey { key, known } => {
                let spaced = known.iter().copied().find(|known| *known == key.trim());
                spaced.or_else(|| suggest::nearest(key, known.iter().copied()))
            }
            _ => None,
        }
    }

    /// The finding, at its path from the root.
    pub(in crate::config) fn into_finding(mut self) -> Finding {
        self.path.reverse();
        let subject = subject(&self.path);
        let at = ConfigPath::from(self.path);
        let finding = match self.what {
            What::UnknownKey { key, known } => unknown_key(at, &key, known),
            What::MissingKey(key) => {
                let finding = Finding::error(Code::MISSING_KEY, at, format!("key {key:?} is missing"));
                finding.help(format!("add {}", example(key)))
            }
            What::UnknownWord { word, known } => {
                let message = format!("{subject} cannot be {word:?}");
                let near = Finding::error(Code::UNKNOWN_WORD, at, message).suggest(&word, known.iter().copied());
                near.help(format!("it is one of: {}", known.join(", ")))
            }
            What::WrongType { wanted, found } => {
                let finding = Finding::error(Code::WRONG_TYPE, at, format!("{subject} takes {wanted}, not {found}"));
                match cure(&wanted, &found) {
                    Some(help) => finding.help(help),
                    None => finding,
                }
            }
            What::OutOfRange { wanted, found } => {
                let help = bounds_cure(&subject);
                Finding::error(Code::OUT_OF_RANGE, at, format!("{subject} takes {wanted}, not {found}")).help(help)
            }
            What::Fault(fault) => fault.into_finding(at),
        };
        Finding { part: self.part, ..finding }
    }
}

/// How a needed key is written.
fn example(key: &str) -> &str {
    match key {
        "version" => "version: 1",
        "name" => "name: and a word of your own",
        "bind" => "bind: \"0.0.0.0:8080\"",
        "type" => "type: zookeeper, static, file or embedded",
        "source" => "source: ./plugins/x.wasm, builtin:rate-limit or upload",
        "endpoints" => "endpoints: [\"http://127.0.0.1:8081\"]",
        "plugin" => "plugin: and the name of a plugin",
        "interface" => "interface: com.acme.UserService",
        "match" => "match: { method: GET, path: \"/users/{id}\" }",
        "path" => "path: \"/users/{id}\"",
        "to" => "to: { service: users, method: getUser }",
        "service" => "service: and the name of a service",
        "method" => "method: and the name of a Java method",
        "exception" => "exception: com.acme.NotFound, or \"*\" for every one",
        "status" => "status: 404",
        other => other,
    }
}

/// How to turn what was found into what is wanted, where that is plain.
fn cure(wanted: &str, found: &str) -> Option<&'static str> {
    match (wanted, found) {
        _ if wanted.starts_with("fields and") => Some("write { id: long, name: string }"),
        _ if wanted.starts_with("a source") => Some("a fixed value is { const: 5 }"),
        _ if wanted.starts_with("text (in quotes") => Some("put it in quotes"),
        (wanted, "keys and values") if wanted.starts_with("a list") => Some("begin every entry with \"- \""),
        (wanted, _) if wanted.starts_with("a list") => Some("put it in brackets: [a, b]"),
        ("keys and values", "a list") => Some("write key: value, without dashes or brackets"),
        ("keys and values", _) => Some("write { key: value }, or key: value on lines of their own"),
        ("text", "keys and values") => Some("a value from outside is { env: NAME, default: x } or { file: PATH }"),
        ("text", "a list") => Some("write one value, without dashes or brackets"),
        ("text", "nothing") => Some("write a value, or remove the key"),
        ("true or false", _) => Some("write true or false, without quotes"),
        (wanted, found) if wanted.contains("number") && found.starts_with("the text \"") => {
            Some("write digits, without quotes")
        }
        _ => None,
    }
}

/// What to write instead of a number out of bounds.
fn bounds_cure(subject: &str) -> &'static str {
    match subject {
        "\"retries\"" => "0 makes one attempt only; left out, it is what the provider registered, else 2",
        "\"workers\"" => "leave it out: one for each core",
        _ => "write one within these bounds, or leave the key out",
    }
}

fn unknown_key(at: ConfigPath, key: &str, known: &[&str]) -> Finding {
    let finding = Finding::error(Code::UNKNOWN_KEY, at, format!("unknown key {key:?}"));
    if key.trim() != key {
        return finding.help("a sign in front of it only looks like a space; write plain spaces");
    }
    match suggest::nearest(key, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean {near:?}?")),
        None => finding.help(format!("keys here are: {}", known.join(", "))),
    }
}

/// What the user calls the thing at the end of the path.
fn subject(path: &[Segment]) -> String {
    match path {
        [.., Segment::Key(key), Segment::Index(index)] => format!("item {} of {key:?}", index + 1),
        [.., Segment::Key(key)] => format!("{key:?}"),
        [.., Segment::Index(index)] => format!("item {}", index + 1),
        [] => "the file".to_owned(),
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Fault(Fault::from_text(&message.to_string())))
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        let wanted = wanted_words(&wanted.to_string());
        match found {
            Unexpected::Str(text) if wanted.contains("number") && is_beyond_64_bits(text) => {
                let found = format!("the number {}", cut(text));
                Self::new(What::OutOfRange { wanted, found })
            }
            found => Self::new(What::WrongType { wanted, found: found_words(found) }),
        }
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::new(What::OutOfRange { wanted: wanted_words(&wanted.to_string()), found: found_words(found) })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownWord { word: word.to_owned(), known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::MissingKey(key))
    }
}

/// serde's names of what was wanted, in the user's words.
fn wanted_words(serde: &str) -> String {
    let bounds = |most: u64| format!("a whole number from 0 to {most}");
    match serde {
        "u8" => bounds(u8::MAX.into()),
        "u16" => bounds(u16::MAX.into()),
        "u32" => bounds(u32::MAX.into()),
        "u64" | "usize" => bounds(u64::MAX),
        "i32" | "i64" => "a whole number".to_owned(),
        "f64" | "f32" | "a JSON number" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "path string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "keys and values".to_owned(),
        rust if rust.starts_with("struct ") => "keys and values".to_owned(),
        ours => ours.to_owned(),
    }
}

pub(super) fn found_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value:?}"),
        Unexpected::Str(text) => format!("the text {}", quoted(text)),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "keys and values".to_owned(),
        _ => "this".to_owned(),
    }
}

/// Whether it is a whole number that came as text only because it is too large for anything else.
fn is_beyond_64_bits(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

/// Text in quotes, cut where it gets long.
fn quoted(text: &str) -> String {
    format!("{:?}", cut(text))
}

fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
