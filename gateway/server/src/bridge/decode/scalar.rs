//! Scalars as JSON text.

use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use yumen_hessian2::well_known::{Temporal, TemporalKind};

use super::super::json::{Scanner, is_plain, plain_prefix};

/// Appends a JSON string. Nearly all need no escape and are copied whole.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    if is_plain(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        escaped(out, text.as_bytes());
    }
    out.push(b'"');
}

#[cold]
fn escaped(out: &mut Vec<u8>, mut rest: &[u8]) {
    loop {
        let plain = plain_prefix(rest);
        out.extend_from_slice(rest.get(..plain).unwrap_or_default());
        let Some((&byte, after)) = rest.get(plain..).and_then(<[u8]>::split_first) else { break };
        escape(out, byte);
        rest = after;
    }
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0C => b'f',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([byte >> 4, byte & 0xF].iter().filter_map(|&digit| HEX.get(usize::from(digit))));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends an integer.
pub(crate) fn integer(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends the shortest text that reads back as this double, or null for what JSON cannot say.
pub(crate) fn double(out: &mut Vec<u8>, value: f64) {
    // Writing to a vector cannot fail.
    let _ = serde_json::to_writer(out, &value);
}

/// Appends the shortest text that reads back as this float, or null for what JSON cannot say.
pub(crate) fn float(out: &mut Vec<u8>, value: f32) {
    let _ = serde_json::to_writer(out, &value);
}

/// Appends milliseconds since 1970 as RFC 3339 in UTC, in quotes.
pub(crate) fn date(out: &mut Vec<u8>, milliseconds: i64) {
    let nano = milliseconds.rem_euclid(1000) * 1_000_000;
    temporal(
        out,
        &Temporal {
            kind: TemporalKind::Instant,
            year: 0,
            month: 0,
            day: 0,
            hour: 0,
            minute: 0,
            second: 0,
            nano: i32::try_from(nano).unwrap_or(0),
            seconds: milliseconds.div_euclid(1000),
            zone: None,
        },
    );
}

/// Appends a value of `java.time` as its ISO text, in quotes.
pub(crate) fn temporal(out: &mut Vec<u8>, value: &Temporal) {
    match &value.zone {
        // A zone's name comes from the provider and may need escapes.
        Some(_) => string(out, &value.to_string()),
        None => {
            let _ = write!(out, "\"{value}\"");
        }
    }
}

/// Appends bytes as base64 with padding, in quotes.
pub(crate) fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
}

/// Appends digits as a number if JSON takes them for one, else as text.
pub(crate) fn digits(out: &mut Vec<u8>, text: &str) {
    let mut scanner = Scanner::new(text);
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && scanner.number() == Ok(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        string(out, text);
    }
}
