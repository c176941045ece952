//! Overrides: `YUMEN_…` variables and `--set a.b=c`, put into the tree before it is read.
//!
//! Precedence, lowest first: built-in default, main file, included files in name order, environment,
//! `--set`. An override is a text like one written in the file without quotes; it becomes a source of its own,
//! so that a fault in it names the variable or flag.

use std::{collections::BTreeMap, str::FromStr};

use super::{
    finding::{Code, Finding},
    locate::{ConfigPath, Document, Place, SourceText},
    node::{Key, Kind, Node},
    suggest::nearest,
};

/// Start of every variable that overrides a key.
const PREFIX: &str = "YUMEN_";
/// Variables with the prefix that mean something else.
const RESERVED: [&str; 2] = ["YUMEN_CONFIG", "YUMEN_TOOLS"];

/// One `--set a.b=c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Keys and names of items, from the root.
    pub path: Vec<String>,
    /// The value as text.
    pub value: String,
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("write KEY=VALUE, such as listeners.web.bind=0.0.0.0:80")?;
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err("the key has an empty part between its dots".to_owned());
        }
        Ok(Self { path, value: value.to_owned() })
    }
}

/// Why an override could not be put anywhere.
enum Misfit<'a> {
    /// Nothing is called that; these are there.
    Unknown { word: &'a str, known: Vec<String> },
    /// The entry of a map whose keys are the user's own is not there; these are.
    NoEntry { word: &'a str, known: Vec<String> },
    /// Two items are called that.
    Ambiguous { word: &'a str, items: [String; 2] },
}

/// Puts every `YUMEN_…` variable into the tree.
pub(super) fn apply_environment(
    document: &mut Document,
    environment: &BTreeMap<String, String>,
    findings: &mut Vec<Finding>,
) {
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if RESERVED.contains(&name.as_str()) {
            continue;
        }
        let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        let place = add_source(document, format!("environment variable {name}"), format!("{name}={value}"), value);
        let put = if path.iter().any(String::is_empty) {
            Err(Misfit::Unknown { word: rest, known: Vec::new() })
        } else {
            put(&mut document.root, &path, 0, Node::given(value, place))
        };
        if let Err(misfit) = put {
            findings.push(misfit.into_finding(name, Code::UNKNOWN_VARIABLE).at_place(place));
        }
    }
}

/// Puts every `--set` into the tree.
pub(super) fn apply_overrides(document: &mut Document, overrides: &[Override], findings: &mut Vec<Finding>) {
    for Override { path, value } in overrides {
        let name = path.join(".");
        let place = add_source(document, format!("--set {name}"), format!("--set {name}={value}"), value);
        if let Err(misfit) = put(&mut document.root, path, 0, Node::given(value, place)) {
            let finding = misfit.into_finding(&name, Code::UNKNOWN_OVERRIDE);
            let severity = super::Severity::Error;
            findings.push(Finding { severity, ..finding }.at_place(place));
        }
    }
}

/// What a fault of shape becomes when an override brought it in: a variable that leads to no key may be meant
/// for something else and is only a warning.
pub(super) fn reword(finding: Finding, document: &Document) -> Finding {
    let place = finding.place.unwrap_or_else(|| document.place_of(&finding.at, finding.part));
    let Some(source) = document.sources.get(place.source as usize).filter(|source| !source.is_file) else {
        return finding;
    };
    let leads_nowhere = finding.code == Code::UNKNOWN_KEY
        || (finding.code == Code::WRONG_TYPE && document.node_at(&finding.at).is_some_and(|n| n.text().is_none()));
    if !leads_nowhere {
        return finding;
    }
    let message = format!("{} leads to no key", source.name);
    let mut reworded = match source.name.starts_with("--set") {
        true => Finding::error(Code::UNKNOWN_OVERRIDE, finding.at, message),
        false => Finding::warning(Code::UNKNOWN_VARIABLE, finding.at, message),
    };
    reworded.help = finding.help;
    reworded.at_place(place)
}

/// Adds the override as a source and returns the place of its value.
fn add_source(document: &mut Document, name: String, text: String, value: &str) -> Place {
    let source = u32::try_from(document.sources.len()).unwrap_or(u32::MAX);
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    document.sources.push(SourceText { name, text: text.into(), is_file: false });
    Place { source, start: end.saturating_sub(u32::try_from(value.len()).unwrap_or(0)), end }
}

/// Follows `path` from its step `done` on and puts `value` at its end. New keys are made on the way; whether they exist
/// in the format is found out when the tree is read. Where every key would exist, none is made: an override changes what
/// the file says, and a slip of the pen must not add a method, a class or a header condition.
fn put<'a>(node: &mut Node, path: &'a [String], done: usize, value: Node) -> Result<(), Misfit<'a>> {
    let Some(word) = path.get(done) else {
        *node = value;
        return Ok(());
    };
    let (place, empty) = (value.place, node.text() == Some(""));
    match &mut node.kind {
        Kind::Sequence(items) => {
            let names: Vec<Option<String>> = items.iter().map(|item| item.name().map(fold)).collect();
            let wanted = fold(word);
            let mut hits = (0..items.len()).filter(|at| names[*at].as_deref() == Some(&wanted));
            match (hits.next(), hits.next()) {
                (Some(one), None) => put(&mut items[one], path, done + 1, value),
                (Some(one), Some(other)) => {
                    let name = |at: usize| items[at].name().unwrap_or_default().to_owned();
                    Err(Misfit::Ambiguous { word, items: [name(one), name(other)] })
                }
                _ => Err(Misfit::Unknown { word, known: names.into_iter().flatten().collect() }),
            }
        }
        Kind::Mapping(entries) => {
            let known = entries.iter().position(|entry| fold(&entry.key.text) == fold(word));
            if let Some(at) = known {
                return put(&mut entries[at].value, path, done + 1, value);
            }
            if has_free_keys(&path[..done]) {
                return Err(Misfit::NoEntry {
                    word,
                    known: entries.iter().map(|entry| fold(&entry.key.text)).collect(),
                });
            }
            let mut child = Node::mapping(place);
            put(&mut child, path, done + 1, value)?;
            node.put(Key { text: word.as_str().into(), place }, child);
            Ok(())
        }
        Kind::Scalar { .. } if empty => {
            node.kind = Kind::default();
            put(node, path, done, value)
        }
        Kind::Scalar { .. } | Kind::Gone => Err(Misfit::Unknown { word, known: Vec::new() }),
    }
}

/// Whether the keys at `path` are the user's own.
fn has_free_keys(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let (list, inside) = match path.as_slice() {
        [list, _, inside @ ..] => (*list, inside),
        _ => return false,
    };
    match list {
        "services" => matches!(inside, ["methods" | "types" | "attachments"] | ["types", _]),
        "plugins" => matches!(inside, ["config", ..]),
        "routes" => matches!(inside, ["attachments"] | ["match", "headers"] | ["respond", "body", ..]),
        _ => false,
    }
}

/// A key or name as it looks in a variable: small letters, one underscore for everything else.
fn fold(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

impl Misfit<'_> {
    fn into_finding(self, name: &str, code: Code) -> Finding {
        let root = ConfigPath::root();
        match self {
            Self::Ambiguous { word, items: [one, other] } => {
                let message = format!("{name} could mean {one:?} or {other:?}");
                Finding::error(Code::AMBIGUOUS_VARIABLE, root, message).help(format!("both look like {word:?}"))
            }
            Self::NoEntry { word, known } => {
                let message = format!("{name} leads to no key: the file has no entry {word:?} here");
                let finding = Finding::warning(code, root, message);
                finding.help(match nearest(&fold(word), known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => "an override changes entries that the file has, and adds none".to_owned(),
                })
            }
            Self::Unknown { word, known } => {
                let finding =
                    Finding::warning(code, root, format!("{name} leads to no key: nothing is called {word:?}"));
                match nearest(&fold(word), known.iter().map(String::as_str)) {
                    Some(near) => finding.help(format!("did you mean {near:?}?")),
                    None if known.is_empty() => finding,
                    None => finding.help(format!("there is: {}", known.join(", "))),
                }
            }
        }
    }
}
