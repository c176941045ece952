//! A key in the query: found, and taken out without touching anything else.

/// The path without the parameter `name`, if it was there, and the parameter's values, decoded.
pub(crate) fn take(path: &str, name: &str) -> (Option<String>, Vec<String>) {
    let Some((before, query)) = path.split_once('?') else {
        return (None, Vec::new());
    };
    let mut values = Vec::new();
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (known, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decoded(known) == name { values.push(decoded(value)) } else { kept.push(pair) }
    }
    let rest = if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) };
    ((!values.is_empty()).then_some(rest), values)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
