//! The bytes of one line, written without a formatter where it matters.

use std::{
    io::Write,
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::Line;

/// The time of a line; the text of the second is kept from line to line.
#[derive(Debug, Default)]
pub(super) struct Clock {
    second: u64,
    millis: u32,
    /// `2026-01-05T10:02:12`
    text: String,
}

impl Clock {
    /// Moves on. The date is worked out once a second.
    pub(super) fn set(&mut self, now: SystemTime) {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.millis = since.subsec_millis();
        if self.second != since.as_secs() || self.text.is_empty() {
            self.second = since.as_secs();
            let stamp = i64::try_from(self.second).ok().and_then(|second| jiff::Timestamp::from_second(second).ok());
            self.text = stamp.map(|stamp| stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default();
        }
    }

    /// `10:02:12`
    fn of_day(&self) -> &str {
        self.text.get(11..).unwrap_or("")
    }
}

/// One JSON object.
pub(super) fn json(out: &mut Vec<u8>, clock: &Clock, line: &Line<'_>) {
    out.extend_from_slice(b"{\"ts\":\"");
    out.extend_from_slice(clock.text.as_bytes());
    out.push(b'.');
    let mut digits = itoa::Buffer::new();
    let millis = digits.format(1000 + clock.millis);
    out.extend_from_slice(&millis.as_bytes()[1..]);
    out.extend_from_slice(b"Z\",\"lvl\":\"");
    out.extend_from_slice(if line.status.is_server_error() { b"error" } else { b"info" });
    out.extend_from_slice(b"\",\"t\":\"access\",\"status\":");
    out.extend_from_slice(line.status.as_str().as_bytes());
    string(out, "method", Some(line.method));
    string(out, "path", Some(line.path));
    string(out, "route", line.route);
    string(out, "target", line.target);
    string(out, "provider", line.provider);
    millis_field(out, "ms", Some(line.elapsed));
    millis_field(out, "up_ms", line.upstream);
    millis_field(out, "plugins_ms", line.plugins);
    address(out, line.client);
    string(out, "reason", line.reason);
    string(out, "exception", line.exception);
    tags(out, line.tags);
    string(out, "id", line.id);
    out.extend_from_slice(b"}\n");
}

fn key(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn string(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    key(out, name);
    out.push(b'"');
    escape(out, value, true);
    out.push(b'"');
}

/// An object of texts; nothing where there are none.
fn tags(out: &mut Vec<u8>, tags: &[(String, String)]) {
    if tags.is_empty() {
        return;
    }
    key(out, "tags");
    for (place, (name, value)) in tags.iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"{\"" } else { b",\"" });
        escape(out, name, true);
        out.extend_from_slice(b"\":\"");
        escape(out, value, true);
        out.push(b'"');
    }
    out.push(b'}');
}

fn address(out: &mut Vec<u8>, client: Option<IpAddr>) {
    let Some(client) = client else { return };
    key(out, "client");
    // Writing into memory does not fail.
    let _written = write!(out, "\"{client}\"");
}

/// Milliseconds with one decimal.
fn millis_field(out: &mut Vec<u8>, name: &str, time: Option<Duration>) {
    let Some(time) = time else { return };
    key(out, name);
    let tenths = time.as_micros() / 100;
    let mut digits = itoa::Buffer::new();
    out.extend_from_slice(digits.format(tenths / 10).as_bytes());
    out.push(b'.');
    out.extend_from_slice(digits.format(tenths % 10).as_bytes());
}

/// Text for a person.
pub(super) fn pretty(out: &mut Vec<u8>, clock: &Clock, line: &Line<'_>) {
    out.extend_from_slice(clock.of_day().as_bytes());
    out.push(b' ');
    out.extend_from_slice(line.status.as_str().as_bytes());
    out.push(b' ');
    padded(out, line.method, 4);
    padded(out, line.path, 24);
    padded(out, line.route.or(line.reason).unwrap_or("-"), 14);
    if let Some(target) = line.target {
        escape(out, target, false);
        if let Some(provider) = line.provider {
            out.push(b'@');
            escape(out, provider, false);
        }
        out.extend_from_slice(b"  ");
    }
    whole_millis(out, line.elapsed);
    out.extend_from_slice(b" ms");
    if let Some(upstream) = line.upstream {
        out.extend_from_slice(b" (dubbo ");
        whole_millis(out, upstream);
        out.push(b')');
    }
    if let Some(plugins) = line.plugins {
        out.extend_from_slice(b" (plugins ");
        whole_millis(out, plugins);
        out.push(b')');
    }
    for more in [line.reason.filter(|_| line.route.is_some()), line.exception].into_iter().flatten() {
        out.push(b' ');
        escape(out, more, false);
    }
    for (name, value) in line.tags {
        out.push(b' ');
        escape(out, name, false);
        out.push(b'=');
        escape(out, value, false);
    }
    out.push(b'\n');
}

/// Milliseconds; a decimal below 10.
fn whole_millis(out: &mut Vec<u8>, time: Duration) {
    let tenths = time.as_micros() / 100;
    let mut digits = itoa::Buffer::new();
    out.extend_from_slice(digits.format(tenths / 10).as_bytes());
    if (1..100).contains(&tenths) {
        out.push(b'.');
        out.extend_from_slice(digits.format(tenths % 10).as_bytes());
    }
}

/// The text, then spaces up to the width, then one more.
fn padded(out: &mut Vec<u8>, text: &str, width: usize) {
    let start = out.len();
    escape(out, text, false);
    let written = out.len() - start;
    out.resize(out.len() + width.saturating_sub(written) + 1, b' ');
}

/// Text that came from outside: control bytes, quotes and backslashes cannot act. Valid inside a JSON string if `json`.
fn escape(out: &mut Vec<u8>, text: &str, json: bool) {
    let bytes = text.as_bytes();
    if bytes.iter().all(|byte| is_plain(*byte)) {
        return out.extend_from_slice(bytes);
    }
    for character in text.chars() {
        match character {
            '"' | '\\' if json => out.extend_from_slice(&[b'\\', character as u8]),
            '"' | '\\' => out.push(character as u8),
            _ if character.is_control() || is_invisible(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _written = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn is_plain(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'
}

/// Line separators and marks that turn the direction of writing: they forge what a person reads.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
