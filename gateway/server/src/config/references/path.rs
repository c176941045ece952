//! Path templates of routes.
//!
//! A literal may be written as people read it (`/città`) or as it travels (`/citt%c3%a0`); both mean the one form that the
//! listener gives to every path: `/citt%C3%A0`.

use std::borrow::Cow;

use crate::config::finding::{Code, Fault};

/// A template that follows the grammar.
pub(super) struct Template<'a> {
    /// Names of its parameters, in order.
    pub(super) parameters: Vec<&'a str>,
    /// The template with every name left out, by which two templates are the same.
    pub(super) shape: String,
}

/// Reads `/users/{id}/files/{*rest}`.
pub(super) fn parse(template: &str) -> Result<Template<'_>, Fault> {
    let Some(rest) = template.strip_prefix('/') else {
        return Err(fault(template, "does not start with \"/\""));
    };
    let mut parsed = Template { parameters: Vec::new(), shape: String::new() };
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        parsed.shape.push('/');
        match parameter(segment) {
            Some(name) => {
                let (name, star) = name.strip_prefix('*').map_or((name, ""), |name| (name, "*"));
                check_name(template, name, &parsed)?;
                if star == "*" && !last {
                    return Err(fault(template, "has something after its \"{*…}\""));
                }
                parsed.parameters.push(name);
                parsed.shape.push_str(&format!("{{{star}}}"));
            }
            None => {
                check_literal(template, segment, last)?;
                parsed.shape.push_str(&canonical_literal(segment));
            }
        }
    }
    Ok(parsed)
}

fn fault(template: &str, why: &str) -> Fault {
    Fault::new(Code::BAD_PATH, format!("path {template:?} {why}"))
        .help("write /users/{id}, or /files/{*rest} for all that follows")
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn check_name(template: &str, name: &str, parsed: &Template<'_>) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(fault(template, "has a parameter without a name"));
    }
    if name.contains(['{', '}']) {
        return Err(fault(template, "has two parameters in one segment"));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return Err(fault(template, &format!("has a parameter called {name:?}; names are letters, digits, _ and -")));
    }
    if parsed.parameters.contains(&name) {
        return Err(fault(template, &format!("has two parameters called {name:?}")));
    }
    Ok(())
}

/// A segment that means itself.
fn check_literal(template: &str, segment: &str, last: bool) -> Result<(), Fault> {
    match &*canonical_literal(segment) {
        "" if last => Ok(()),
        "" => Err(fault(template, "has an empty segment (\"//\")")),
        "." | ".." => Err(fault(template, &format!("has a segment {segment:?}"))),
        dots if dots.starts_with(".;") || dots.starts_with("..;") => {
            Err(fault(template, &format!("has a segment {segment:?}, which no request can have")))
        }
        _ => match segment.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\')) {
            Some('?') => Err(fault(template, "has a query: arguments read it with query.NAME")),
            Some(bad) => Err(fault(template, &format!("has {bad:?}, which no path has; a space is %20"))),
            None if segment.contains(['{', '}']) => Err(fault(template, "has braces that are not a whole segment")),
            None if segment.contains('*') => Err(fault(template, "has a \"*\" outside of braces")),
            None => check_escapes(template, segment),
        },
    }
}

/// Escapes that the listener lets pass: two hex digits, UTF-8 together, no separators and no control bytes.
fn check_escapes(template: &str, segment: &str) -> Result<(), Fault> {
    let mut rest = segment;
    while let Some((_, after)) = rest.split_once('%') {
        let Some(byte) = escaped_byte(after) else {
            return Err(fault(template, "has a % that is not followed by two hex digits; the sign itself is %25"));
        };
        if matches!(byte, b'/' | b'\\' | 0x7F) || byte < 0x20 {
            return Err(fault(template, &format!("has %{byte:02X}, which is refused in every request")));
        }
        rest = after.get(2..).unwrap_or_default();
    }
    match percent_encoding::percent_decode_str(segment).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => Err(fault(template, "has escapes that are not UTF-8")),
    }
}

/// The byte that the first two signs behind a `%` name.
fn escaped_byte(digits: &str) -> Option<u8> {
    let digits = digits.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// A literal segment of a template in the one form of paths, as the listener writes it: what may stand bare stands bare,
/// all else is escaped in upper case.
#[must_use]
pub(crate) fn canonical_literal(segment: &str) -> Cow<'_, str> {
    if segment.bytes().all(may_stand_bare) {
        return Cow::Borrowed(segment);
    }
    let mut out = String::with_capacity(segment.len() + 16);
    let mut rest = segment;
    while let Some(first) = rest.chars().next() {
        let escaped = (first == '%').then(|| escaped_byte(rest.get(1..).unwrap_or_default())).flatten();
        match escaped {
            Some(byte) if is_unreserved(byte) => out.push(char::from(byte)),
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None if u8::try_from(first).is_ok_and(may_stand_bare) => out.push(first),
            None => {
                let mut utf8 = [0; 4];
                first.encode_utf8(&mut utf8).bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
            }
        }
        let taken = if escaped.is_some() { 3 } else { first.len_utf8() };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Cow::Owned(out)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn may_stand_bare(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_has_one_form_however_it_is_written() {
        for (written, form) in [
            ("città", "citt%C3%A0"),
            ("citt%c3%a0", "citt%C3%A0"),
            ("%63itt%C3%A0", "citt%C3%A0"),
            ("用户", "%E7%94%A8%E6%88%B7"),
            ("a%20b", "a%20b"),
            ("a|b", "a%7Cb"),
            ("a%7cb", "a%7Cb"),
            ("%3b;", "%3B;"),
            ("%252e", "%252e"),
            ("v1.users:list", "v1.users:list"),
        ] {
            assert_eq!(canonical_literal(written), form);
            assert_eq!(canonical_literal(form), form);
        }
    }

    #[test]
    fn what_no_request_can_have_is_refused() {
        for bad in [
            "/%2e%2E/a",
            "/%2f",
            "/%5C",
            "/%00",
            "/%7f",
            "/a%",
            "/a%4",
            "/%zz",
            "/%ff",
            "/%c3/a",
            "/..;/a",
            "/a b",
            "/a%+1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for good in ["/città/{id}", "/a%20b", "/%2B", "/...", "/.well-known/x"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        assert_eq!(parse("/città").unwrap_or_else(|_| panic!()).shape, "/citt%C3%A0");
    }
}
