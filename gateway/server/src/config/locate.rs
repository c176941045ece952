//! From a path in the configuration to file, line and column.

use std::{fmt, sync::Arc};

use super::{finding::Part, node::Node};

/// Where a value stands in the configuration, by keys and indexes: `routes[2].args[0].from`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ConfigPath(Vec<Segment>);

/// One step of a [`ConfigPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Into a mapping.
    Key(String),
    /// Into a list, from 0.
    Index(usize),
}

impl ConfigPath {
    /// The whole configuration.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The route at `index` of the list.
    #[must_use]
    pub fn route(index: usize) -> Self {
        Self::root().key("routes").index(index)
    }

    /// The service at `index` of the list.
    #[must_use]
    pub fn service(index: usize) -> Self {
        Self::root().key("services").index(index)
    }

    /// One key further in.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    /// One item further in, from 0. Where one value stands for a list of one, the index is ignored.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// Its steps from the root.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether it leads exactly one step further in than `other`.
    #[must_use]
    pub fn is_just_within(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() + 1 && self.is_within(other)
    }

    /// Whether it is `other` or leads further in from there.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl From<Vec<Segment>> for ConfigPath {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => write!(f, "{key}")?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A stretch of one source, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Which source of the document.
    pub(super) source: u32,
    /// First byte.
    pub(super) start: u32,
    /// Byte after the last.
    pub(super) end: u32,
}

/// One text that a configuration was read from.
#[derive(Debug, Clone)]
pub(super) struct SourceText {
    /// File as the user named it, or the name of the variable or flag.
    pub(super) name: String,
    /// All of it.
    pub(super) text: Arc<str>,
    /// Whether it is a file, so that line and column mean something.
    pub(super) is_file: bool,
}

/// Line and column of a place, both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl SourceText {
    /// Line and column of the byte at `offset`.
    pub(super) fn position(&self, offset: u32) -> Position {
        let (before, _) = split_at_char(&self.text, offset as usize);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The line that holds the byte at `offset`, and where it starts.
    pub(super) fn line_at(&self, offset: u32) -> (usize, &str) {
        let (before, after) = split_at_char(&self.text, offset as usize);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = before.len() + after.find('\n').unwrap_or(after.len());
        (start, self.text[start..end].trim_end_matches('\r'))
    }
}

/// Splits at `offset` or at the start of the character that it falls into.
fn split_at_char(text: &str, offset: usize) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(offset.min(text.len())))
}

/// What was read: every text, and the tree of values with their places.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub(super) root: Node,
    pub(super) sources: Vec<SourceText>,
}

impl Document {
    /// `file:line:column` of the value (or key) at `path`, or of the nearest thing around it.
    #[must_use]
    pub fn position_of(&self, path: &ConfigPath, part: Part) -> String {
        self.describe(self.place_of(path, part))
    }

    /// The place of the value (or key) at `path`, or of the nearest thing around it that is written.
    pub(super) fn place_of(&self, path: &ConfigPath, part: Part) -> Place {
        let (mut node, mut place) = (&self.root, self.root.visible_place());
        for (position, segment) in path.segments().iter().enumerate() {
            match segment {
                Segment::Index(index) => match node.item(*index) {
                    Some(item) => (node, place) = (item, item.visible_place()),
                    None if node.is_sequence() => return place,
                    None => {} // one value stands for a list of one
                },
                Segment::Key(key) => {
                    let Some(entry) = node.entry(key) else { return place };
                    let last = position + 1 == path.segments().len();
                    node = &entry.value;
                    place = if last && part == Part::Key { entry.key.place } else { node.visible_place() };
                }
            }
        }
        place
    }

    /// Whether the key at `path` stands in a file, and not in an override.
    pub(super) fn is_from_file(&self, path: &ConfigPath) -> bool {
        let place = self.place_of(path, Part::Key);
        self.sources.get(place.source as usize).is_some_and(|source| source.is_file)
    }

    /// The value at `path`, if it is written there.
    pub(super) fn node_at(&self, path: &ConfigPath) -> Option<&Node> {
        path.segments().iter().try_fold(&self.root, |node, segment| match segment {
            Segment::Key(key) => node.entry(key).map(|entry| &entry.value),
            Segment::Index(index) => node.item(*index),
        })
    }

    /// `file:line:column`, or the name of the variable or flag.
    pub(super) fn describe(&self, place: Place) -> String {
        match self.sources.get(place.source as usize) {
            Some(source) if source.is_file => {
                let Position { line, column } = source.position(place.start);
                format!("{}:{line}:{column}", source.name)
            }
            Some(source) => source.name.clone(),
            None => String::new(),
        }
    }

    /// The files and their length: `yumen.yaml, 90 lines`.
    #[must_use]
    pub fn lines(&self) -> String {
        let files: Vec<&SourceText> = self.sources.iter().filter(|source| source.is_file).collect();
        let lines: usize = files.iter().map(|source| source.text.lines().count()).sum();
        match files.as_slice() {
            [main] => format!("{}, {lines} lines", main.name),
            [main, rest @ ..] => format!("{} and {} more, {lines} lines", main.name, rest.len()),
            [] => String::new(),
        }
    }

    /// The path with names in place of indexes where items have names: `routes.get-user.args[0]`.
    #[must_use]
    pub fn path_by_names(&self, path: &ConfigPath) -> String {
        let mut text = String::new();
        let mut node = Some(&self.root);
        for segment in path.segments() {
            let word = match segment {
                Segment::Key(key) => {
                    node = node.and_then(|node| node.entry(key)).map(|entry| &entry.value);
                    Some(key.as_str())
                }
                Segment::Index(index) => {
                    node = node.and_then(|node| node.item(*index));
                    node.and_then(Node::name)
                }
            };
            match (word, segment) {
                (None, Segment::Index(index)) => text.push_str(&format!("[{index}]")),
                (word, _) => {
                    text.push_str(if text.is_empty() { "" } else { "." });
                    text.push_str(word.unwrap_or_default());
                }
            }
        }
        text
    }
}
