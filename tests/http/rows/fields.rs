//! Field lines: names, values, folds, what is stripped, what ends the connection.

use super::{row, with_fields};
use crate::table::{
    Expect::{Ends, Lives, Waits},
    Row,
};

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        with_fields("plain field", "X-A: b", Lives(&[200])),
        with_fields("field without a blank", "X-A:b", Lives(&[200])),
        with_fields("empty value", "X-A:", Lives(&[200])),
        with_fields("blank value", "X-A:  \t ", Lives(&[200])),
        with_fields("value with a tab", "X-A: a\tb", Lives(&[200])),
        with_fields("value with colons", "X-A: a:b: c", Lives(&[200])),
        with_fields("value above ASCII", "X-A: ä", Lives(&[200])),
        with_fields("name of one letter", "X: 1", Lives(&[200])),
        with_fields("name with every mark", "X!#$%&'*+-.^`|~1: a", Lives(&[200])),
        with_fields("the same field twice", "X-A: b\r\nX-A: c", Lives(&[200])),
        with_fields("space before the colon", "X-A : b", Ends(&[400])),
        with_fields("tab before the colon", "X-A\t: b", Ends(&[400])),
        with_fields("space in the name", "X A: b", Ends(&[400])),
        with_fields("empty name", ": b", Ends(&[400])),
        with_fields("no colon", "X-A", Ends(&[400])),
        with_fields("no colon but text", "X-A b", Ends(&[400])),
        with_fields("folded field", "X-A: b\r\n c", Ends(&[400])),
        with_fields("field folded by a tab", "X-A: b\r\n\tc", Ends(&[400])),
        with_fields("fold with nothing", "X-A: b\r\n \r\nX-B: c", Ends(&[400])),
        row("first field begins with a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", Ends(&[400])),
        row("first field begins with a tab", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", Ends(&[400])),
        with_fields("NUL in a value", "X-A: b\0c", Ends(&[400])),
        with_fields("bare CR in a value", "X-A: b\rc", Ends(&[400])),
        with_fields("bare CR at the end of a value", "X-A: b\r", Ends(&[400])),
        with_fields("bare LF in a value", "X-A: b\nX-B: c", Ends(&[400])),
        with_fields("LF CR", "X-A: b\n\rX-B: c", Ends(&[400])),
        with_fields("escape character in a value", "X-A: \x1b[31m", Ends(&[400])),
        with_fields("DEL in a value", "X-A: b\x7f", Ends(&[400])),
        with_fields("bell in a value", "X-A: \x07", Ends(&[400])),
        with_fields("NUL in a name", "X\0A: b", Ends(&[400])),
        with_fields("bare CR in a name", "X\rA: b", Ends(&[400])),
        with_fields("name above ASCII", "X-Ä: b", Ends(&[400])),
        with_fields("name in brackets", "(X): b", Ends(&[400])),
        with_fields("name with a slash", "X/A: b", Ends(&[400])),
        with_fields("name with a comma", "X,A: b", Ends(&[400])),
        with_fields("name with an equals sign", "X=A: b", Ends(&[400])),
        with_fields("name with a quote", "\"X\": b", Ends(&[400])),
        with_fields("name with an underscore", "X_A: b", Ends(&[400])),
        with_fields("twin with an underscore", "X-A: b\r\nX_A: c", Ends(&[400])),
        with_fields("content_length", "Content_Length: 5", Ends(&[400])),
        with_fields("Connection close", "Connection: close", Ends(&[200])),
        with_fields("Connection close in capitals", "Connection: CLOSE", Ends(&[200])),
        with_fields("Connection close in a list", "Connection: x-a, close", Ends(&[200])),
        with_fields("Connection close after keep-alive", "Connection: keep-alive\r\nConnection: close", Ends(&[200])),
        with_fields("Connection keep-alive", "Connection: keep-alive", Lives(&[200])),
        with_fields("Connection with nonsense", "Connection: @,;", Lives(&[200])),
        with_fields("Connection names Host", "Connection: Host", Lives(&[200])),
        with_fields(
            "upgrade to WebSocket",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            Lives(&[200]),
        ),
        with_fields(
            "upgrade to h2c",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
            Lives(&[200]),
        ),
        with_fields("upgrade to TLS", "Connection: Upgrade\r\nUpgrade: TLS/1.3", Lives(&[200])),
        with_fields("Expect 100-continue without a body", "Expect: 100-continue", Lives(&[200])),
        with_fields("Expect something else", "Expect: 200-ok", Ends(&[417])),
        with_fields("Expect nothing", "Expect:", Ends(&[417])),
        with_fields("Expect a list", "Expect: 100-continue, x", Ends(&[417])),
        row("Expect in HTTP/1.0", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n", Ends(&[200])),
        with_fields("TE", "TE: trailers", Lives(&[200])),
        with_fields(
            "forged forwarding fields",
            "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\nX-Real-IP: 1.1.1.1",
            Lives(&[200]),
        ),
        with_fields("pseudo-field", ":path: /x", Ends(&[400])),
        with_fields("a request line among the fields", "GET /x HTTP/1.1", Ends(&[400])),
        row("fields that never end", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b", Waits),
    ];
    for byte in (0..32_u8).filter(|byte| !b"\t\r\n".contains(byte)) {
        let bytes = [b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b".as_slice(), &[byte], b"c\r\n\r\n"].concat();
        let name: &'static str = Box::leak(format!("byte {byte:#04x} in a value").into_boxed_str());
        rows.push(row(name, bytes, Ends(&[400])));
    }
    rows
}
