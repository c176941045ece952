//! What is wrong with a configuration, where, and what would help.

mod codes;

use std::{error::Error, fmt, path::PathBuf};

use super::{
    echo::Remains,
    locate::{ConfigPath, Document, Place},
    render::{Format, Paint, render},
};

pub use codes::{CODES, Code, CodeEntry};

/// One fault or doubt about a configuration.
///
/// Any stage may report one by its [`ConfigPath`]; the renderer finds file, line and column. The message
/// says what is wrong in the user's words and names no Rust type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, explained by `yumen explain`.
    pub code: Code,
    /// Whether the configuration can be used all the same.
    pub severity: Severity,
    /// What it is about.
    pub at: ConfigPath,
    /// Which part of the entry at that path is bad.
    pub part: Part,
    /// One line: what is wrong.
    pub message: String,
    /// A few words beside the caret.
    pub label: Option<Box<str>>,
    /// One line: how to mend it.
    pub help: Option<Box<str>>,
    /// Exact place, where the path alone does not tell it (syntax errors, keys written twice).
    pub place: Option<Place>,
    /// What else must be as the user meant it for this to be true; where it is not, this is only an echo.
    pub leans_on: Box<[Lean]>,
}

/// Something that a finding takes for granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lean {
    /// The value at this path could be read, or is really absent.
    Value(ConfigPath),
    /// So could every entry or item of the value at this path.
    Items(ConfigPath),
    /// The names of all entries of this top-level list are known.
    Names(&'static str),
}

/// Whether a configuration with this finding can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but probably does not mean what it says.
    Warning,
}

/// The part of an entry that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl Finding {
    /// A fault about the value at `at`.
    pub fn error(code: Code, at: ConfigPath, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            at,
            part: Part::Value,
            message: message.into(),
            label: None,
            help: None,
            place: None,
            leans_on: Box::default(),
        }
    }

    /// A doubt about the value at `at`.
    pub fn warning(code: Code, at: ConfigPath, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message) }
    }

    /// Adds a few words beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into().into());
        self
    }

    /// Adds one line that says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into());
        self
    }

    /// Points at the key instead of the value.
    #[must_use]
    pub fn on_key(mut self) -> Self {
        self.part = Part::Key;
        self
    }

    /// Says what the finding takes for granted.
    #[must_use]
    pub fn leaning_on(mut self, leans: impl IntoIterator<Item = Lean>) -> Self {
        self.leans_on = leans.into_iter().collect();
        self
    }

    /// Gives the place itself.
    #[must_use]
    pub(crate) fn at_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds "did you mean" beside the caret when `candidates` hold a word near `word`.
    #[must_use]
    pub fn suggest<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match super::suggest::nearest(word, candidates) {
            Some(near) => self.label(format!("did you mean {near:?}?")),
            None => self,
        }
    }
}

/// At most ten names, and how many more there are.
pub(crate) fn shortened(names: &[&str]) -> String {
    match names.split_at_checked(10) {
        Some((first, rest)) if !rest.is_empty() => format!("{} and {} more", first.join(", "), rest.len()),
        _ => names.join(", "),
    }
}

/// Why a configuration was refused: all findings, and the text they are about.
#[derive(Debug, Default)]
pub struct Findings {
    /// At least one error; warnings too.
    pub list: Vec<Finding>,
    /// What was read, for file, line and column.
    pub document: Document,
    /// What could be read all the same; `None` when too little is left.
    pub remains: Option<Box<Remains>>,
    /// As in [`super::Loaded`], as far as reading came: a change of one of these may mend it.
    pub files: Box<[PathBuf]>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(render(&self.list, &self.document, Format::Text, Paint::Plain).trim_end())
    }
}

impl Error for Findings {}

/// A scalar that breaks its grammar, on its way through serde, which passes on only text.
#[derive(Debug)]
pub(crate) struct Fault {
    code: Code,
    message: String,
    help: Option<String>,
}

/// Separates the parts of a [`Fault`] in its text form; no message holds it.
const UNIT_SEPARATOR: char = '\u{1f}';

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Turns the text form back into its parts; any other text is a bad value without help.
    pub(crate) fn from_text(text: &str) -> Self {
        let mut parts = text.split(UNIT_SEPARATOR);
        match (parts.next(), parts.next().and_then(Code::parse), parts.next()) {
            (Some(""), Some(code), Some(message)) => {
                Self { code, message: message.to_owned(), help: parts.next().map(str::to_owned) }
            }
            _ => Self::new(Code::BAD_VALUE, text),
        }
    }

    /// The finding it amounts to at `at`.
    pub(crate) fn into_finding(self, at: ConfigPath) -> Finding {
        Finding { help: self.help.map(Into::into), ..Finding::error(self.code, at, self.message) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{UNIT_SEPARATOR}{}{UNIT_SEPARATOR}{}", self.code, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "{UNIT_SEPARATOR}{help}"))
    }
}
