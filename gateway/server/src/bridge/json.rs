//! A pull scanner over JSON text: one value after another, each read as what it must become.
//!
//! Why not a ready-made deserializer: a number must keep its digits (`serde_json` turns an integer beyond 64 bits into a
//! double before anyone may object), a value that nobody asked for must obey the same depth limit as one that was
//! asked for, and a fault must know the place and the literal. Escaped strings are left to `serde_json`.
//! The scanner accepts exactly RFC 8259; the tests hold it against `serde_json`.

use std::borrow::Cow;

/// Deepest nesting of arrays and objects that is read.
pub(crate) const MAX_DEPTH: u32 = 64;

/// Reads JSON from the front to the back.
#[derive(Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// What the next value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Why a text is no JSON, or too deep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SyntaxError {
    /// Byte offset in the text.
    pub(crate) at: usize,
    /// What is wrong, as the end of the sentence "is not valid JSON: …".
    pub(crate) what: &'static str,
}

type Scanned<T> = Result<T, SyntaxError>;

impl<'a> Scanner<'a> {
    /// A scanner before the first byte of `text`.
    pub(crate) fn new(text: &'a str) -> Self {
        Self::at_depth(text, 0)
    }

    /// A scanner over a part of a document that lies `depth` containers deep.
    pub(crate) fn at_depth(text: &'a str, depth: u32) -> Self {
        Self { text, at: 0, depth }
    }

    /// Containers open now.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Looks at the next value without reading it.
    pub(crate) fn kind(&mut self) -> Scanned<Kind> {
        self.space();
        match self.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(_) => Err(self.error("a value was expected")),
            None => Err(self.error("it ends too early")),
        }
    }

    /// Reads `null`.
    pub(crate) fn null(&mut self) -> Scanned<()> {
        self.word("null")
    }

    /// Reads `true` or `false`.
    pub(crate) fn bool(&mut self) -> Scanned<bool> {
        self.space();
        let value = self.byte() == Some(b't');
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    /// Reads a number and returns it as it is written.
    pub(crate) fn number(&mut self) -> Scanned<&'a str> {
        self.space();
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Reads a string; it is borrowed unless it has escapes.
    pub(crate) fn string(&mut self) -> Scanned<Cow<'a, str>> {
        self.space();
        let start = self.at;
        if self.byte() != Some(b'"') {
            return Err(self.error("a string was expected"));
        }
        self.at += 1;
        let escaped = self.closing_quote()?;
        let raw = self.text.get(start..self.at).unwrap_or_default();
        if !escaped {
            return Ok(Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default()));
        }
        serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(|error| SyntaxError {
            at: start + error.column().saturating_sub(1),
            what: "a string has a bad escape",
        })
    }

    /// Moves behind the closing quote; says whether there was an escape.
    fn closing_quote(&mut self) -> Scanned<bool> {
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += plain_prefix(rest);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(_) => return Err(self.error("a string has a control character")),
                None => {
                    return Err(SyntaxError { at: self.text.len(), what: "a string does not end" });
                }
            }
        }
    }

    /// Reads `[`; then ask [`Scanner::next_item`] before each item.
    pub(crate) fn begin_array(&mut self) -> Scanned<Items> {
        self.open(b'[', "an array was expected")
    }

    /// Whether another item follows. Reads the comma or the closing bracket.
    pub(crate) fn next_item(&mut self, items: &mut Items) -> Scanned<bool> {
        self.next_of(items, b']', "`,` or `]` was expected")
    }

    /// Reads `{`; then ask [`Scanner::next_key`] before each value.
    pub(crate) fn begin_object(&mut self) -> Scanned<Items> {
        self.open(b'{', "an object was expected")
    }

    /// The next key with its colon read, or nothing when the object ended.
    pub(crate) fn next_key(&mut self, items: &mut Items) -> Scanned<Option<Cow<'a, str>>> {
        if !self.next_of(items, b'}', "`,` or `}` was expected")? {
            return Ok(None);
        }
        let key = self.string()?;
        self.space();
        if self.byte() != Some(b':') {
            return Err(self.error("`:` was expected"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Reads one value of any kind, checks it, and returns its text.
    pub(crate) fn skip(&mut self) -> Scanned<&'a str> {
        self.space();
        let start = self.at;
        self.skip_value()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn skip_value(&mut self) -> Scanned<()> {
        match self.kind()? {
            Kind::Null => self.null(),
            Kind::Bool => self.bool().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::String => self.string().map(drop),
            Kind::Array => {
                let mut items = self.begin_array()?;
                while self.next_item(&mut items)? {
                    self.skip_value()?;
                }
                Ok(())
            }
            Kind::Object => {
                let mut items = self.begin_object()?;
                while self.next_key(&mut items)?.is_some() {
                    self.skip_value()?;
                }
                Ok(())
            }
        }
    }

    /// Checks that nothing but white space is left.
    pub(crate) fn end(&mut self) -> Scanned<()> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error("something follows the value")) }
    }

    fn open(&mut self, bracket: u8, what: &'static str) -> Scanned<Items> {
        self.space();
        if self.byte() != Some(bracket) {
            return Err(self.error(what));
        }
        if self.depth == MAX_DEPTH {
            return Err(self.error("it is nested deeper than 64 levels"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(Items { first: true })
    }

    fn next_of(&mut self, items: &mut Items, close: u8, what: &'static str) -> Scanned<bool> {
        self.space();
        let first = std::mem::replace(&mut items.first, false);
        match self.byte() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            Some(_) => Err(self.error(what)),
            None => Err(self.error("it ends too early")),
        }
    }

    fn digits(&mut self) -> Scanned<()> {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("a digit was expected")) } else { Ok(()) }
    }

    fn word(&mut self, word: &'static str) -> Scanned<()> {
        self.space();
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.error("a value was expected"));
        }
        self.at += word.len();
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, what: &'static str) -> SyntaxError {
        SyntaxError { at: self.at, what }
    }
}

/// Where a scanner stands inside an array or object.
pub(crate) struct Items {
    first: bool,
}

impl SyntaxError {
    /// The fault with its line and column, both from 1, columns in characters.
    pub(crate) fn describe(&self, text: &str) -> String {
        let before = text.get(..self.at.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{} (line {line}, column {column})", self.what)
    }
}

/// Length of the longest prefix that JSON strings hold without escape: no quote, no backslash, no control character.
pub(crate) fn plain_prefix(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = marks(chunk);
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    at + tail.iter().position(needs_escape).unwrap_or(tail.len())
}

/// Whether no byte is one that [`plain_prefix`] stops at: told sooner than where it is. The last word overlaps.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().fold(marks(last), |found, chunk| found | marks(chunk)) == 0,
        None => !bytes.iter().any(needs_escape),
    }
}

fn needs_escape(&byte: &u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The high bit of each byte that needs an escape, and perhaps of one behind it: the lowest mark is exact.
fn marks(chunk: &[u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(*chunk);
    // Each difference borrows where the byte is smaller, and so may its neighbour.
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
    // Bytes of 0x80 and above are masked off: they are parts of UTF-8 characters and need no escape.
    (control | quote | backslash) & !word & HIGHS
}

#[cfg(test)]
mod tests;
