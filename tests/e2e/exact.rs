//! JSON compared to the last digit: numbers as they are written, objects whatever the order of their members.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A JSON value whose numbers are kept as text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exact {
    /// `null`, `true`, `7.50`.
    Literal(String),
    /// A string, its escapes undone.
    Text(String),
    /// An array.
    List(Vec<Exact>),
    /// An object.
    Object(BTreeMap<String, Exact>),
}

/// Reads a JSON text.
#[track_caller]
pub(crate) fn exact(json: &str) -> Exact {
    let read = match json.trim_start().as_bytes() {
        [b'{', ..] => serde_json::from_str::<BTreeMap<String, &RawValue>>(json).map(|members| {
            Exact::Object(members.into_iter().map(|(name, value)| (name, exact(value.get()))).collect())
        }),
        [b'[', ..] => serde_json::from_str::<Vec<&RawValue>>(json)
            .map(|items| Exact::List(items.into_iter().map(|item| exact(item.get())).collect())),
        [b'"', ..] => serde_json::from_str(json).map(Exact::Text),
        _ => serde_json::from_str::<&RawValue>(json).map(|literal| Exact::Literal(literal.get().to_owned())),
    };
    read.unwrap_or_else(|error| panic!("no JSON ({error}): {json}"))
}
