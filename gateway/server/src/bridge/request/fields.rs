//! Values by name: query and form parameters, header fields, cookies.

use std::borrow::Cow;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName};

use super::{BadText, Few, Texts, form_decode};

/// Most pairs of one query or form.
const MAX_PAIRS: usize = 1000;

/// All values of `name` in `a=1&b=2`.
pub(crate) fn pairs<'a>(encoded: &'a str, name: &str) -> Result<Texts<'a>, BadText> {
    let mut found = Few::None;
    if encoded.is_empty() {
        return Ok(found);
    }
    for (index, pair) in encoded.split('&').enumerate() {
        if index == MAX_PAIRS {
            return Err(BadText::TooMany);
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if is_name(key, name) {
            found.push(form_decode(value)?);
        }
    }
    Ok(found)
}

/// Whether an encoded key is this name. A key with bad escapes is no name at all.
fn is_name(key: &str, name: &str) -> bool {
    match memchr::memchr2(b'%', b'+', key.as_bytes()) {
        None => key == name,
        Some(_) => form_decode(key).is_ok_and(|key| key == name),
    }
}

/// All values of a header field.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Texts<'a>, BadText> {
    let mut found = Few::None;
    for value in headers.get_all(name) {
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| BadText::Utf8)?;
        found.push(Cow::Borrowed(text.trim_matches([' ', '\t'])));
    }
    Ok(found)
}

/// The values of all cookies of this name (RFC 6265, section 4.2; names are case-sensitive), each once: a browser sends a
/// cookie again for every path and domain that set it, and which of different values is meant nobody can say.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Texts<'a>, BadText> {
    let mut found: Texts<'a> = Few::None;
    for field in headers.get_all(COOKIE) {
        let Ok(text) = std::str::from_utf8(field.as_bytes()) else { continue };
        for pair in text.split(';') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if key.trim() == name {
                let value = value.trim();
                let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
                if !found.as_slice().iter().any(|known| known == bare) {
                    found.push(Cow::Borrowed(bare));
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(texts: &'a Texts<'_>) -> Vec<&'a str> {
        texts.as_slice().iter().map(|text| &**text).collect()
    }

    #[test]
    fn pairs_are_found_by_their_decoded_names_in_order() {
        let query = "a=1&b=&a=x%20y+z&%61=3&c&b=%E7%8E%89";
        assert_eq!(found(&pairs(query, "a").unwrap()), ["1", "x y z", "3"]);
        assert_eq!(found(&pairs(query, "b").unwrap()), ["", "玉"]);
        assert_eq!(found(&pairs(query, "c").unwrap()), [""]);
        assert!(found(&pairs(query, "d").unwrap()).is_empty());
        assert!(found(&pairs("", "").unwrap()).is_empty());
    }

    #[test]
    fn bad_escapes_are_faults_only_where_they_are_read() {
        assert_eq!(pairs("a=%zz&b=1", "a").unwrap_err(), BadText::Escape);
        assert_eq!(pairs("a=1%", "a").unwrap_err(), BadText::Escape);
        assert_eq!(pairs("a=%ff", "a").unwrap_err(), BadText::Utf8);
        assert_eq!(found(&pairs("a=%zz&b=1&%=2", "b").unwrap()), ["1"]);
    }

    #[test]
    fn a_flood_of_pairs_is_refused() {
        assert_eq!(pairs(&"a&".repeat(2000), "b").unwrap_err(), BadText::TooMany);
    }

    #[test]
    fn cookies_are_found_in_any_field() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; sid=\"x=y\"".parse().unwrap());
        headers.append(COOKIE, "b=2;sid=no; sid=no".parse().unwrap());
        assert_eq!(found(&cookie(&headers, "sid").unwrap()), ["x=y", "no"]);
        assert_eq!(found(&cookie(&headers, "b").unwrap()), ["2"]);
        assert!(found(&cookie(&headers, "SID").unwrap()).is_empty());
    }
}
