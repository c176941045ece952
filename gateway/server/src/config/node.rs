//! The file as a tree of values, each with its place.

use super::locate::{Place, Segment};

/// One value and where it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Text as written; `plain` when it has no quotes and so may mean a number, a boolean or nothing.
    Scalar { text: Box<str>, plain: bool },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order written.
    Mapping(Vec<Entry>),
    /// An item that was faulty and taken out; those after it keep their numbers.
    Gone,
}

impl Default for Kind {
    fn default() -> Self {
        Self::Mapping(Vec::new())
    }
}

/// One key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) value: Node,
}

/// A key and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: Box<str>,
    pub(super) place: Place,
}

/// What a plain scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Text,
}

impl Node {
    /// A scalar without quotes.
    pub(super) fn plain(text: &str, place: Place) -> Self {
        Self { kind: Kind::Scalar { text: text.into(), plain: true }, place }
    }

    /// A scalar given from outside: as without quotes, save that an empty one is text and not nothing.
    pub(super) fn given(text: &str, place: Place) -> Self {
        Self { kind: Kind::Scalar { text: text.into(), plain: !text.is_empty() }, place }
    }

    pub(super) fn mapping(place: Place) -> Self {
        Self { kind: Kind::default(), place }
    }

    pub(super) fn is_sequence(&self) -> bool {
        matches!(self.kind, Kind::Sequence(_))
    }

    /// Entries, if it is a mapping.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Items, if it is a list.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Text, if it is a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entry under `key`, if it is a mapping and has it.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key.text == key)
    }

    /// The item at `index`, if it is a list and has it.
    pub(super) fn item(&self, index: usize) -> Option<&Node> {
        self.items().get(index)
    }

    /// Text of the entry `name`, by which items of lists are called.
    pub(super) fn name(&self) -> Option<&str> {
        self.entry("name")?.value.text()
    }

    /// One step further in.
    pub(super) fn step_mut(&mut self, segment: &Segment) -> Option<&mut Node> {
        match (&mut self.kind, segment) {
            (Kind::Mapping(entries), Segment::Key(key)) => {
                entries.iter_mut().find(|entry| *entry.key.text == **key).map(|entry| &mut entry.value)
            }
            (Kind::Sequence(items), Segment::Index(index)) => items.get_mut(*index),
            _ => None,
        }
    }

    /// Puts `value` under `key`, in place of what was there. Turns anything but a mapping into one.
    pub(super) fn put(&mut self, key: Key, value: Node) {
        if let Some(old) = self.step_mut(&Segment::Key(key.text.to_string())) {
            *old = value;
            return;
        }
        if !matches!(self.kind, Kind::Mapping(_)) {
            self.kind = Kind::default();
        }
        if let Kind::Mapping(entries) = &mut self.kind {
            entries.push(Entry { key, value });
        }
    }

    /// Adds the items of another list, or the entries of another mapping that are not here yet.
    pub(super) fn join(&mut self, other: Node) {
        match (&mut self.kind, other.kind) {
            (Kind::Sequence(items), Kind::Sequence(more)) => items.extend(more),
            (Kind::Mapping(entries), Kind::Mapping(more)) => {
                for entry in more {
                    if !entries.iter().any(|known| known.key.text == entry.key.text) {
                        entries.push(entry);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes the entry or item out; true if it was there. Items after it keep their numbers.
    pub(super) fn take(&mut self, segment: &Segment) -> bool {
        match (&mut self.kind, segment) {
            (Kind::Mapping(entries), Segment::Key(key)) => {
                let before = entries.len();
                entries.retain(|entry| *entry.key.text != **key);
                entries.len() < before
            }
            (Kind::Sequence(items), Segment::Index(index)) => match items.get_mut(*index) {
                Some(item) => !matches!(std::mem::replace(&mut item.kind, Kind::Gone), Kind::Gone),
                None => false,
            },
            _ => false,
        }
    }

    /// What to underline for it: the scalar, or the first key of a block, or the first line of brackets.
    pub(super) fn visible_place(&self) -> Place {
        match &self.kind {
            Kind::Mapping(entries)
                if self.place.start == self.place.end
                    || entries.first().is_some_and(|first| {
                        first.key.place.source == self.place.source && first.key.place.start == self.place.start
                    }) =>
            {
                entries.first().map_or(self.place, |first| first.key.place)
            }
            _ => self.place,
        }
    }

    /// What a scalar means: quotes make it text, otherwise the core schema of YAML 1.2 decides.
    pub(super) fn meaning(&self) -> Plain {
        match &self.kind {
            Kind::Scalar { text, plain: true } => Plain::of(text),
            _ => Plain::Text,
        }
    }
}

impl Plain {
    fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "true" | "True" | "TRUE" => return Self::Bool(true),
            "false" | "False" | "FALSE" => return Self::Bool(false),
            _ => {}
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::integer(text);
        }
        let float =
            digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
        match text.parse() {
            Ok(number) if float && digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => Self::Float(number),
            _ => Self::Text,
        }
    }

    /// An integer keeps every digit: one that is too large for 64 bits stays text.
    fn integer(text: &str) -> Self {
        let text = text.strip_prefix('+').unwrap_or(text);
        text.parse().map(Self::Int).or_else(|_| text.parse().map(Self::Unsigned)).unwrap_or(Self::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_yaml_1_2_says() {
        for (text, meaning) in [
            ("no", Plain::Text),
            ("true", Plain::Bool(true)),
            ("~", Plain::Null),
            ("-12", Plain::Int(-12)),
            ("18446744073709551615", Plain::Unsigned(u64::MAX)),
            ("123456789012345678901234567890", Plain::Text),
            ("1.5e3", Plain::Float(1500.0)),
            ("1.0.0", Plain::Text),
            ("nan", Plain::Text),
            ("inf", Plain::Text),
            ("e5", Plain::Text),
            ("-", Plain::Text),
            (".", Plain::Text),
        ] {
            assert_eq!(Plain::of(text), meaning, "{text}");
        }
    }
}
