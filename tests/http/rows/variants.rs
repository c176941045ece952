//! Spellings that some parser takes for another: what smuggling needs, and what no other table of these has.

use super::{post, row};
use crate::table::{
    Expect::{Ends, Lives, Waits},
    Row,
};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// A length of 6 beside a field that might say `chunked`.
const CL_TE: &[(&str, &[u8], &[u16])] = &[
    ("tab", b"Transfer-Encoding:\tchunked", &[400]),
    ("vertical tab at the end", b"Transfer-Encoding: chunked\x0b", &[400]),
    ("form feed", b"Transfer-Encoding: \x0cchunked", &[400]),
    ("no-break space before the colon", b"Transfer-Encoding\xa0: chunked", &[400]),
    ("no-break space in the value", b"Transfer-Encoding: \xa0chunked", &[501]),
    ("next line in the value", b"Transfer-Encoding: chunked\x85", &[501]),
    ("NUL in the name", b"Transfer-Encoding\0: chunked", &[400]),
    ("bare CR in another value", b"X: y\rTransfer-Encoding: chunked", &[400]),
    ("fold of another value", b"X: y\r\n Transfer-Encoding: chunked", &[400]),
    ("name and colon on two lines", b"Transfer-Encoding\r\n : chunked", &[400]),
    ("Kelvin sign", b"Transfer-Encoding: chun\xe2\x84\xaaed", &[501]),
    ("single quotes", b"Transfer-Encoding: 'chunked'", &[501]),
    ("parameter", b"Transfer-Encoding: chunked;a=b", &[501]),
    ("length in the name", b"Content-Length: 6\r\nTransfer-Encoding: chunked", &[400]),
    ("empty, then chunked", b"Transfer-Encoding:\r\nTransfer-Encoding: chunked", &[400]),
];

const LENGTHS: &[(&str, &[u8])] = &[
    ("no-break space", b"\xa05"),
    ("vertical tab after", b"5\x0b"),
    ("brackets", b"[5]"),
    ("trailing dot", b"5."),
    ("binary", b"0b101"),
    ("octal", b"0o5"),
    ("underscore", b"5_0"),
    ("slash", b"5/5"),
    ("bare CR inside", b"5\r5"),
    ("infinity", b"inf"),
];

/// Hosts that one reader or another takes for a valid one.
const HOSTS: &[(&str, &str)] = &[
    ("zone", "[fe80::1%25eth0]"),
    ("raw zone", "[fe80::1%eth0]"),
    ("future address", "[v1.x]"),
    ("nothing in brackets", "[]"),
    ("nine groups", "[1:2:3:4:5:6:7:8:9]"),
    ("bytes after the bracket", "[::1]x"),
    ("port without its colon", "[::1]80"),
    ("only the closing bracket", "::1]"),
    ("port of six digits", "a:000080"),
    ("two colons", "a::80"),
    ("negative port", "a:-1"),
    ("port with a plus", "a:+1"),
    ("hexadecimal port", "a:0x50"),
    ("user and port", "a:1@b"),
    ("only an at sign", "@"),
    ("star", "*"),
    ("semicolon", "a;b"),
    ("pipe", "a|b"),
    ("angle brackets", "<a>"),
    ("dollar", "a$b"),
    ("tilde", "~a"),
    ("escaped NUL", "a%00"),
    ("tab inside", "a\tb"),
];

/// Request lines, the first line of other protocols among them.
const LINES: &[(&str, &str)] = &[
    ("letter after the version", "GET / HTTP/1.1x"),
    ("space instead of the slash", "GET / HTTP 1.1"),
    ("space after the slash", "GET / HTTP/ 1.1"),
    ("HTTPS as the protocol", "GET / HTTPS/1.1"),
    ("version without a minor", "GET / HTTP/1"),
    ("version ending with a dot", "GET / HTTP/1."),
    ("version without a dot", "GET / HTTP/11"),
    ("no-break space", "GET\u{a0}/ HTTP/1.1"),
    ("method with a comma", "GE,T / HTTP/1.1"),
    ("only a fragment", "GET #/ HTTP/1.1"),
    ("backslashes", "GET \\a HTTP/1.1"),
    ("dot before the path", "GET ./a HTTP/1.1"),
    ("one slash after the scheme", "GET http:/a/x HTTP/1.1"),
    ("no slash after the scheme", "GET http:a HTTP/1.1"),
    ("four slashes after the scheme", "GET http:////a/x HTTP/1.1"),
    ("WebSocket scheme", "GET ws://a/x HTTP/1.1"),
    ("mailto", "GET mailto:x@a HTTP/1.1"),
    ("backslash in the authority", "GET http://a\\x HTTP/1.1"),
    ("user hidden behind an escape", "GET http://a%40b/ HTTP/1.1"),
    ("POST *", "POST * HTTP/1.1"),
    ("PROXY protocol", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2"),
    ("SMTP", "EHLO a"),
    ("Redis", "*1\r\n$4\r\nPING"),
    ("RTSP", "OPTIONS rtsp://a/x RTSP/1.0"),
    ("SIP", "REGISTER sip:a SIP/2.0"),
];

pub fn rows() -> Vec<Row> {
    let named = |name: String| -> &'static str { Box::leak(name.into_boxed_str()) };
    let mut rows = singles();
    for (name, field, status) in CL_TE {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n".as_slice();
        let bytes = [head, field, b"\r\n\r\n0\r\n\r\nX", SMUGGLED.as_bytes()].concat();
        rows.push(row(named(format!("CL.TE: {name}")), bytes, Ends(status)));
    }
    for (name, value) in LENGTHS {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ".as_slice();
        let bytes = [head, value, b"\r\n\r\nhello", SMUGGLED.as_bytes()].concat();
        rows.push(row(named(format!("length again: {name}")), bytes, Ends(&[400])));
    }
    for (name, host) in HOSTS {
        rows.push(row(
            named(format!("Host again: {name}")),
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Ends(&[400]),
        ));
    }
    for (name, line) in LINES {
        rows.push(row(named(format!("line again: {name}")), format!("{line}\r\nHost: a\r\n\r\n"), Ends(&[400])));
    }
    rows
}

fn singles() -> Vec<Row> {
    let chunks = "5\r\nhello\r\n0\r\n\r\n";
    let hidden = format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
    let unwanted = "POST /unwanted HTTP/1.1\r\nHost: a\r\n";
    vec![
        row("TE.0", format!("{unwanted}Transfer-Encoding: chunked\r\n\r\n{hidden}"), Lives(&[200])),
        row("CL.0", format!("{unwanted}Content-Length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len()), Lives(&[200])),
        row(
            "CL.0, expecting",
            format!("{unwanted}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len()),
            Lives(&[200]),
        ),
        row("half of a body that nobody wants", format!("{unwanted}Content-Length: 9\r\n\r\nhello"), Waits),
        row(
            "half of the chunks that nobody wants",
            format!("{unwanted}Transfer-Encoding: chunked\r\n\r\n5\r\nhel"),
            Waits,
        ),
        row(
            "OPTIONS with a request in its chunks",
            format!("OPTIONS /unwanted HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{hidden}"),
            Lives(&[200]),
        ),
        row("HEAD refused", "HEAD / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", Ends(&[400])),
        row("HEAD refused after an empty line", "\r\nHEAD / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", Ends(&[400])),
        row(
            "chunked in a kept HTTP/1.0 connection",
            format!(
                "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{SMUGGLED}"
            ),
            Ends(&[400]),
        ),
        row(
            "keep-alive and close",
            format!("GET /last HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n{SMUGGLED}"),
            Ends(&[200]),
        ),
        row(
            "close and keep-alive in HTTP/1.0",
            format!("GET /last HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n{SMUGGLED}"),
            Ends(&[200]),
        ),
        post(
            "Connection names Content-Length",
            "Connection: Content-Length\r\nContent-Length: 5",
            "hello",
            Lives(&[200]),
        ),
        post(
            "Connection names Transfer-Encoding",
            "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
            chunks,
            Lives(&[200]),
        ),
        post("Expect twice", "Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5", "hello", Ends(&[417])),
        post("Expect with a parameter", "Expect: 100-continue;a=b\r\nContent-Length: 5", "hello", Ends(&[417])),
        post("Expect, and the body is here", "Expect: 100-CONTINUE\r\nContent-Length: 5", "hello", Lives(&[200])),
        post("Expect, and broken chunks", "Expect: 100-continue\r\nTransfer-Encoding: chunked", "z\r\n", Ends(&[400])),
        row(
            "PROXY protocol, second version",
            b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            Ends(&[400]),
        ),
        row("a space between requests", format!("GET /a HTTP/1.1\r\nHost: a\r\n\r\n {SMUGGLED}"), Ends(&[200, 400])),
        row("a NUL between requests", format!("GET /a HTTP/1.1\r\nHost: a\r\n\r\n\0{SMUGGLED}"), Ends(&[200, 400])),
        row("bare LF between requests", format!("GET /a HTTP/1.1\r\nHost: a\r\n\r\n\n{SMUGGLED}"), Ends(&[200, 400])),
    ]
}
