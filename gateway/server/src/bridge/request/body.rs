//! The body as its media type says it is read; of a JSON body, the stretches that arguments ask for.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::super::json::{Kind, Scanner, SyntaxError};

/// What a body is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Media {
    /// Nothing is said.
    Unsaid,
    /// `application/json`, `…+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// `text/…`.
    Text,
    /// Anything else.
    Other,
}

impl Media {
    /// The media type of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(CONTENT_TYPE) else { return Self::Unsaid };
        let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        let ends = |end: &str| essence.len() > end.len() && is_suffix(essence, end);
        match essence {
            "" => Self::Unsaid,
            _ if is("application/json") || is("text/json") || ends("+json") => Self::Json,
            _ if is("application/x-www-form-urlencoded") => Self::Form,
            _ if is("multipart/form-data") => Self::Multipart,
            _ if essence.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/")) => Self::Text,
            _ => Self::Other,
        }
    }
}

/// Whether the body is packed in a way that the gateway does not unpack (RFC 9110, section 8.4).
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    let plain = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    headers.get_all(CONTENT_ENCODING).iter().any(|value| !plain(value))
}

/// Whether the media type says no other character set than UTF-8 or the part of it that is ASCII.
pub(crate) fn is_utf8(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let charset = value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    charset.is_none_or(|name| ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known)))
}

fn is_suffix(text: &str, end: &str) -> bool {
    text.get(text.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// A value within a JSON document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    /// Its text.
    pub(crate) text: &'a str,
    /// How many containers are around it.
    pub(crate) depth: u32,
}

impl<'a> Stretch<'a> {
    /// A scanner before the value.
    pub(crate) fn scanner(self) -> Scanner<'a> {
        Scanner::at_depth(self.text, self.depth)
    }

    /// Whether it is `null`.
    pub(crate) fn is_null(self) -> bool {
        self.text.trim_ascii() == "null"
    }
}

/// The members of a body that arguments ask for, as a tree of names.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Where the value itself goes.
    slot: Option<usize>,
    members: Vec<(Box<str>, Wanted)>,
}

impl Wanted {
    /// Asks for the value that these names lead to, at the place `free` unless it has one already. Returns its place.
    pub(crate) fn add(&mut self, names: &[String], free: usize) -> usize {
        let Some((name, rest)) = names.split_first() else {
            return *self.slot.get_or_insert(free);
        };
        let at = match self.members.iter().position(|(known, _)| **known == **name) {
            Some(at) => at,
            None => {
                self.members.push((name.as_str().into(), Self::default()));
                self.members.len() - 1
            }
        };
        self.members.get_mut(at).map_or(free, |(_, member)| member.add(rest, free))
    }

    /// Whether the document as a whole is all that is asked for.
    pub(crate) fn is_whole_only(&self) -> bool {
        self.slot == Some(0) && self.members.is_empty()
    }
}

/// Why the wanted members cannot be found.
#[derive(Debug)]
pub(crate) enum BadBody<'a> {
    /// It is no JSON.
    Syntax(SyntaxError),
    /// The value that these names lead to is no object.
    NotAnObject { names: Vec<&'a str>, found: &'a str },
    /// A wanted key stands twice.
    Duplicate { names: Vec<&'a str> },
}

impl From<SyntaxError> for BadBody<'_> {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

/// Walks over a document once and notes where the wanted values stand.
pub(crate) fn find<'a>(
    text: &'a str,
    wanted: &'a Wanted,
    stretches: &mut [Option<Stretch<'a>>],
) -> Result<(), BadBody<'a>> {
    let mut scanner = Scanner::new(text);
    walk(&mut scanner, wanted, stretches, &mut Vec::new())?;
    Ok(scanner.end()?)
}

fn walk<'a>(
    scanner: &mut Scanner<'a>,
    wanted: &'a Wanted,
    stretches: &mut [Option<Stretch<'a>>],
    names: &mut Vec<&'a str>,
) -> Result<(), BadBody<'a>> {
    let kind = scanner.kind()?;
    if let Some(slot) = wanted.slot {
        let depth = scanner.depth();
        let text = scanner.clone().skip()?;
        if let Some(place) = stretches.get_mut(slot) {
            *place = Some(Stretch { text, depth });
        }
    }
    match kind {
        _ if wanted.members.is_empty() => scanner.skip().map(drop)?,
        Kind::Object => members(scanner, wanted, stretches, names)?,
        Kind::Null => scanner.null()?,
        _ => return Err(BadBody::NotAnObject { names: names.clone(), found: scanner.skip()? }),
    }
    Ok(())
}

fn members<'a>(
    scanner: &mut Scanner<'a>,
    wanted: &'a Wanted,
    stretches: &mut [Option<Stretch<'a>>],
    names: &mut Vec<&'a str>,
) -> Result<(), BadBody<'a>> {
    let mut seen = vec![false; wanted.members.len()];
    let mut items = scanner.begin_object()?;
    while let Some(key) = scanner.next_key(&mut items)? {
        let found = wanted.members.iter().position(|(name, _)| **name == *key);
        let Some((at, (name, member))) = found.and_then(|at| Some((at, wanted.members.get(at)?))) else {
            scanner.skip()?;
            continue;
        };
        names.push(name);
        if std::mem::replace(&mut seen[at], true) {
            return Err(BadBody::Duplicate { names: names.clone() });
        }
        walk(scanner, member, stretches, names)?;
        names.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(paths: &[&str]) -> Wanted {
        let mut wanted = Wanted::default();
        for (slot, path) in paths.iter().enumerate() {
            wanted.add(&path.split('.').map(str::to_owned).collect::<Vec<_>>(), slot);
        }
        wanted
    }

    #[test]
    fn members_are_found_in_one_pass_in_any_order() {
        let wanted = wanted(&["a.b", "c", "a", "x.y"]);
        let text = r#"{"c": [1] ,"z":{"a":1},"a":{"d":0,"b":"q"}}"#;
        let mut found = [None; 4];
        find(text, &wanted, &mut found).unwrap();
        let texts = found.map(|stretch| stretch.map(|stretch| (stretch.text, stretch.depth)));
        assert_eq!(texts, [Some(("\"q\"", 2)), Some(("[1]", 1)), Some((r#"{"d":0,"b":"q"}"#, 1)), None]);
    }

    #[test]
    fn null_has_no_members_and_other_values_cannot_have_any() {
        let wanted = wanted(&["a.b.c"]);
        assert!(find(r#"{"a":null}"#, &wanted, &mut [None]).is_ok());
        let fault = find(r#"{"a":{"b":[5]}}"#, &wanted, &mut [None]).unwrap_err();
        assert!(matches!(fault, BadBody::NotAnObject { names, found: "[5]" } if names == ["a", "b"]));
    }

    #[test]
    fn a_wanted_key_that_stands_twice_is_a_fault() {
        let wanted = wanted(&["a.b"]);
        let fault = find(r#"{"a":{"b":1,"b":2}}"#, &wanted, &mut [None]).unwrap_err();
        assert!(matches!(fault, BadBody::Duplicate { names } if names == ["a", "b"]));
    }

    #[test]
    fn media_types_are_told_apart_whatever_their_case_and_parameters() {
        let media = |text: &str| Media::of(&[(CONTENT_TYPE, text.parse().unwrap())].into_iter().collect());
        assert_eq!(media("Application/JSON; charset=utf-8"), Media::Json);
        assert_eq!(media("application/merge-patch+json"), Media::Json);
        assert_eq!(media("multipart/form-data; boundary=x"), Media::Multipart);
        assert_eq!(media("text/plain"), Media::Text);
        assert_eq!(media("image/png"), Media::Other);
        assert_eq!(Media::of(&HeaderMap::new()), Media::Unsaid);
    }
}
