//! fastjson's references: `{"$ref":"$.types[1].properties.month"}` stands for the value at that path.

use serde_json::{Map, Value};

/// Longest chain of references that lead to references.
const MAX_HOPS: usize = 16;
/// Longest path.
const MAX_STEPS: usize = 256;

/// The value that an entry stands for.
///
/// # Errors
/// When the entry is no reference, the path leads nowhere, or references go in a circle.
pub(super) fn resolve<'a>(root: &'a Value, entry: &'a Map<String, Value>) -> Result<&'a Value, &'static str> {
    let mut hops = 0;
    follow(root, reference(entry).ok_or("neither a type nor a reference")?, &mut hops)
}

/// A reference has nothing but its path: an entry with a type beside `$ref` is Dubbo's own, not fastjson's.
fn reference(entry: &Map<String, Value>) -> Option<&str> {
    entry.get("$ref").and_then(Value::as_str).filter(|_| !entry.contains_key("type"))
}

fn follow<'a>(root: &'a Value, path: &'a str, hops: &mut usize) -> Result<&'a Value, &'static str> {
    *hops += 1;
    if *hops > MAX_HOPS {
        return Err("references lead in a circle");
    }
    let mut rest = path.strip_prefix('$').ok_or("a reference that does not start at `$`")?;
    let mut here = root;
    for _ in 0..MAX_STEPS {
        if rest.is_empty() {
            return through(root, here, hops);
        }
        let (step, after) = step(rest).ok_or("a malformed reference")?;
        here = match (through(root, here, hops)?, step) {
            (Value::Object(map), Step::Name(name)) => map.get(&name),
            (Value::Array(list), Step::Place(place)) => list.get(place),
            _ => None,
        }
        .ok_or("a reference that leads nowhere")?;
        rest = after;
    }
    Err("a reference that is too long")
}

/// A value that is a reference itself stands for its target.
fn through<'a>(root: &'a Value, here: &'a Value, hops: &mut usize) -> Result<&'a Value, &'static str> {
    match here.as_object().and_then(reference) {
        Some(path) => follow(root, path, hops),
        None => Ok(here),
    }
}

enum Step {
    Name(String),
    Place(usize),
}

/// `.name` (special characters behind a backslash) or `[3]`.
fn step(rest: &str) -> Option<(Step, &str)> {
    if let Some(rest) = rest.strip_prefix('[') {
        let (place, rest) = rest.split_once(']')?;
        return Some((Step::Place(place.parse().ok()?), rest));
    }
    let rest = rest.strip_prefix('.')?;
    let mut name = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '.' | '[' => return Some((Step::Name(name), rest.get(at..)?)).filter(|_| at > 0),
            '\\' => name.push(chars.next()?.1),
            _ => name.push(c),
        }
    }
    (!name.is_empty()).then_some((Step::Name(name), ""))
}
