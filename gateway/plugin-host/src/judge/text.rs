//! JSON text and names of Java.

use serde::de::IgnoredAny;

/// Bytes of the name of a class or a type.
const NAME_MOST: usize = 1000;

/// Arrays and objects inside each other. Readers further on count on it.
const DEPTH_MOST: usize = 128;

/// Whether `text` is one JSON value; `what` it is.
pub(crate) fn json(text: &str, what: &str) -> Result<(), String> {
    shallow(text, what)?;
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| format!("{what} is not JSON: {error}"))
}

/// Whether `text` is a JSON array.
pub(crate) fn arguments(text: &str) -> Result<(), String> {
    shallow(text, "the list of arguments")?;
    let read = serde_json::from_str::<Vec<IgnoredAny>>(text);
    read.map(|_| ()).map_err(|error| format!("the arguments are not a JSON array: {error}"))
}

/// Counts brackets outside strings; whether they match is the reader's to say.
fn shallow(text: &str, what: &str) -> Result<(), String> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MOST {
            return Err(format!("{what} is nested more than {DEPTH_MOST} deep"));
        }
    }
    Ok(())
}

/// Whether `name` can name a class, or a method.
pub(super) fn java_class(name: &str) -> Result<(), String> {
    let fits = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '$' | '.');
    let holds = !name.is_empty() && name.len() <= NAME_MOST && name.chars().all(fits) && !name.starts_with('.');
    if holds { Ok(()) } else { Err(format!("{name:.60?} is not a name of Java")) }
}

/// Whether `java` can be a type: a name, its parameters, brackets of an array.
pub(super) fn java_type(java: &str) -> Result<(), String> {
    let fits = |sign: char| sign.is_alphanumeric() || "_$.<>[],? ".contains(sign);
    let holds = !java.is_empty() && java.len() <= NAME_MOST && java.chars().all(fits);
    if holds { Ok(()) } else { Err(format!("{java:.60?} is not a type of Java")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_strings() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(json(&nested(DEPTH_MOST), "it"), Ok(()));
        assert_eq!(json(&nested(DEPTH_MOST + 1), "it"), Err("it is nested more than 128 deep".to_owned()));
        assert_eq!(json(&format!("[\"\\\"{}\"]", "[".repeat(500)), "it"), Ok(()));
    }
}
