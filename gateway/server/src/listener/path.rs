//! One form for every path, so that routes, access rules and logs cannot disagree.
//!
//! | comes | becomes |
//! |---|---|
//! | `/a//b`, `/a/./b`, `/a/x/../b` | `/a/b` |
//! | `/%61`, `/%7E` (escaped but need not be) | `/a`, `/~` |
//! | `/%c3%a4` | `/%C3%A4`: escapes stay, in upper case |
//! | `/%252e` | stays: an escape is read once, never twice |
//! | `/..` above the root, `/..;/x`, `/.;` | refused |
//! | `%2F`, `%5C`, `%00`, other escaped control bytes, `\`, raw `"<>^{\|}` and backtick | refused |
//! | `%zz`, `%4`, escapes that are not UTF-8 (overlong forms too) | refused |
//!
//! Dot segments are resolved after unescaping, so `%2e%2e` is `..`. A `;` is an ordinary byte: no segment has
//! parameters here. A trailing slash is kept, and the empty path is `/`. What is already canonical is borrowed.

use std::{fmt, ops::Deref};

use crate::listener::rejection::Reason;

/// A path in its one form. Only the listener makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CanonicalPath<'a>(&'a str);

impl<'a> CanonicalPath<'a> {
    /// The canonical form of a path that did not come over the wire.
    ///
    /// # Errors
    /// Why the listener would refuse it.
    pub fn text_of(path: &str) -> Result<String, Reason> {
        canonical(path).map(|form| form.unwrap_or_else(|| path.to_owned()))
    }

    /// The path must come from [`canonical`] or from a rewritten target.
    pub(super) fn trusted(path: &'a str) -> Self {
        Self(path)
    }

    /// The path as text; it starts with `/`, or is `*`.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl Deref for CanonicalPath<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for CanonicalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Plain: may stand in a canonical path as it is, and does not start a segment that needs a look.
const PLAIN: u8 = 0;
const SLASH: u8 = 1;
const DOT: u8 = 2;
const PERCENT: u8 = 3;
const BAD: u8 = 4;

static CLASSES: [u8; 256] = {
    let mut classes = [BAD; 256];
    let plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~!$&'()*+,;=:@[]";
    let mut index = 0;
    while index < plain.len() {
        classes[plain[index] as usize] = PLAIN;
        index += 1;
    }
    classes[b'/' as usize] = SLASH;
    classes[b'.' as usize] = DOT;
    classes[b'%' as usize] = PERCENT;
    classes
};

/// `Ok(None)` when the path is canonical as it stands, else its canonical form.
pub(super) fn canonical(path: &str) -> Result<Option<String>, Reason> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return if bytes.is_empty() { Ok(Some("/".to_owned())) } else { Err(Reason::Path) };
    }
    let mut previous = PLAIN;
    for byte in bytes {
        let class = CLASSES[usize::from(*byte)];
        match class {
            PLAIN => (),
            SLASH | DOT if previous != SLASH => (),
            BAD => return Err(Reason::Path),
            _ => return rewrite(bytes).map(|form| (form != path).then_some(form)),
        }
        previous = class;
    }
    Ok(None)
}

/// The slow road: unescape what need not be escaped, then resolve empty and dot segments.
fn rewrite(bytes: &[u8]) -> Result<String, Reason> {
    let unescaped = unescape(bytes)?;
    let mut path = String::with_capacity(unescaped.len());
    let mut segments = unescaped.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "" | "." if last => path.push('/'),
            "" | "." => (),
            ".." => {
                let parent = path.rfind('/').ok_or(Reason::Path)?;
                path.truncate(parent);
                if last {
                    path.push('/');
                }
            }
            hidden if hidden.starts_with(".;") || hidden.starts_with("..;") => return Err(Reason::Path),
            name => {
                path.push('/');
                path.push_str(name);
            }
        }
    }
    Ok(path)
}

/// Every escape in its one form. The result is ASCII.
fn unescape(bytes: &[u8]) -> Result<String, Reason> {
    let mut text = String::with_capacity(bytes.len());
    let mut utf8: Vec<u8> = Vec::new();
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        let (value, escaped) = match byte {
            b'%' => (escape(rest.next(), rest.next())?, true),
            plain => (*plain, false),
        };
        if value >= 0x80 {
            utf8.push(value);
            continue;
        }
        flush(&mut utf8, &mut text)?;
        match CLASSES[usize::from(value)] {
            PLAIN | DOT if !escaped || is_unreserved(value) => text.push(char::from(value)),
            SLASH if !escaped => text.push('/'),
            _ if escaped && may_stay_escaped(value) => push_escape(value, &mut text),
            _ => return Err(Reason::Path),
        }
    }
    flush(&mut utf8, &mut text)?;
    Ok(text)
}

fn escape(high: Option<&u8>, low: Option<&u8>) -> Result<u8, Reason> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    match (digit(high), digit(low)) {
        (Some(high), Some(low)) => u8::try_from(high << 4 | low).map_err(|_| Reason::Path),
        _ => Err(Reason::Path),
    }
}

/// Bytes above ASCII must together be UTF-8; they stay escaped.
fn flush(utf8: &mut Vec<u8>, text: &mut String) -> Result<(), Reason> {
    if !utf8.is_empty() {
        std::str::from_utf8(utf8).map_err(|_| Reason::Path)?;
        utf8.drain(..).for_each(|byte| push_escape(byte, text));
    }
    Ok(())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// An escaped separator or control byte would be read as one by somebody behind us.
fn may_stay_escaped(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) && !matches!(byte, b'/' | b'\\')
}

fn push_escape(byte: u8, text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let form = canonical(path).unwrap_or_else(|_| panic!("{path} was refused"));
        assert_eq!(form.as_deref().unwrap_or(path), expected, "{path}");
    }

    #[test]
    fn a_canonical_path_is_borrowed() {
        for path in ["/", "/users/7", "/a.b/c..d/...", "/a;v=1/b", "/%C3%A4", "/%252e", "/a/", "/~u/(x)", "/%3B"] {
            assert_eq!(canonical(path), Ok(None), "{path}");
        }
    }

    #[test]
    fn every_spelling_of_a_path_becomes_one() {
        check("", "/");
        check("//", "/");
        check("/a//b///c", "/a/b/c");
        check("/a/./b/.", "/a/b/");
        check("/a/../b", "/b");
        check("/a/..", "/");
        check("/a/b/..", "/a/");
        check("/a/%2e%2E/b", "/b");
        check("/a/.%2e/b", "/b");
        check("/%61%7e%5f", "/a~_");
        check("/%c3%a4", "/%C3%A4");
        check("/%3b%20", "/%3B%20");
        check("/%252e%252e/", "/%252e%252e/");
        check("//admin", "/admin");
        check("/..a/.b", "/..a/.b");
    }

    #[test]
    fn what_two_readers_could_see_differently_is_refused() {
        for path in [
            "/..",
            "/../a",
            "/a/../../b",
            "/%2e%2e/x",
            "/..;/x",
            "/a/..;v=1/x",
            "/.;/x",
            "/%2e%2e;/x",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00b",
            "/a%0a",
            "/a%0d%0a",
            "/a%7f",
            "/%",
            "/%4",
            "/%zz",
            "/%c0%af",
            "/%c0%ae",
            "/%ff",
            "/%ed%a0%80",
            "/%c3",
            "/%c3/%a4",
            "/a<b",
            "/a\"b",
            "/a{b}",
            "/a|b",
            "/a^b",
            "/a`b",
            "/ä",
            "a",
            "*",
            "/a b",
        ] {
            assert_eq!(canonical(path), Err(Reason::Path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own_canonical_form(path in "(/|\\.|%2e|%2f|%[0-9a-f]{2}|;|[a-z]|%c3%a4){0,24}") {
            if let Ok(form) = canonical(&path) {
                let form = form.unwrap_or(path);
                prop_assert_eq!(canonical(&form), Ok(None), "{}", form);
                prop_assert!(!form.contains("//") && !form.split('/').any(|segment| segment == ".." || segment == "."));
                prop_assert!(form.starts_with('/'));
            }
        }
    }
}
