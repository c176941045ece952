//! The raw requests, by what they try.

mod body;
mod chunked;
mod fields;
mod framing;
mod limits;
mod line;
mod path;
mod sequence;
mod target;
mod variants;

use crate::table::{Expect, Row};

/// Every row.
pub fn all() -> Vec<Row> {
    let tables = [
        line::rows(),
        target::rows(),
        path::rows(),
        fields::rows(),
        framing::rows(),
        chunked::rows(),
        body::rows(),
        limits::rows(),
        sequence::rows(),
        variants::rows(),
    ];
    tables.into_iter().flatten().collect()
}

fn row(name: &'static str, bytes: impl AsRef<[u8]>, expect: Expect) -> Row {
    Row { name, bytes: bytes.as_ref().to_vec(), expect }
}

/// `GET / HTTP/1.1` with a Host and these lines.
fn with_fields(name: &'static str, lines: &str, expect: Expect) -> Row {
    row(name, format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n"), expect)
}

/// `POST / HTTP/1.1` with a Host, these lines and this body.
fn post(name: &'static str, lines: &str, body: &str, expect: Expect) -> Row {
    row(name, format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n{body}"), expect)
}
