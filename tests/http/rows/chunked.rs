//! Chunked bodies: sizes, extensions, line ends, trailers.

use super::{post, row};
use crate::table::{
    Expect::{Ends, Lives, Waits},
    Row,
};

const GOOD: &[(&str, &str)] = &[
    ("one chunk", "5\r\nhello\r\n0\r\n\r\n"),
    ("two chunks", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
    ("no chunk but the last", "0\r\n\r\n"),
    ("capital size", "A\r\n0123456789\r\n0\r\n\r\n"),
    ("small size", "a\r\n0123456789\r\n0\r\n\r\n"),
    ("size with zeros before", "0005\r\nhello\r\n000\r\n\r\n"),
    ("extension", "5;a\r\nhello\r\n0\r\n\r\n"),
    ("extension with a value", "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n"),
    ("trailer", "5\r\nhello\r\n0\r\nX-A: b\r\n\r\n"),
    ("two trailers", "5\r\nhello\r\n0\r\nX-A: b\r\nX-B:\r\n\r\n"),
    ("line ends in the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n"),
    ("a request in the data", "1c\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n"),
];

const BAD: &[(&str, &str)] = &[
    ("bare LF after the size", "5\nhello\r\n0\r\n\r\n"),
    ("bare LF after the data", "5\r\nhello\n0\r\n\r\n"),
    ("bare LF at the end", "5\r\nhello\r\n0\r\n\n"),
    ("bare LF after the last size", "5\r\nhello\r\n0\n\r\n"),
    ("bare CR after the size", "5\rhello\r\n0\r\n\r\n"),
    ("no line end after the data", "5\r\nhello0\r\n\r\n"),
    ("data longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
    ("data shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
    ("empty size", "\r\nhello\r\n0\r\n\r\n"),
    ("size of letters", "xyz\r\nhello\r\n0\r\n\r\n"),
    ("size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
    ("negative size", "-5\r\nhello\r\n0\r\n\r\n"),
    ("size with a plus", "+5\r\nhello\r\n0\r\n\r\n"),
    ("space before the size", " 5\r\nhello\r\n0\r\n\r\n"),
    ("space after the size", "5 \r\nhello\r\n0\r\n\r\n"),
    ("tab after the size", "5\t\r\nhello\r\n0\r\n\r\n"),
    ("size with an underscore", "5_0\r\nhello\r\n0\r\n\r\n"),
    ("size with a dot", "5.0\r\nhello\r\n0\r\n\r\n"),
    ("size of seventeen digits", "00000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("size that wraps", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("size beyond 64 bits", "ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    ("NUL after the size", "5\0\r\nhello\r\n0\r\n\r\n"),
    ("bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n"),
    ("bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
    ("NUL in an extension", "5;a\0\r\nhello\r\n0\r\n\r\n"),
    ("extension without a size", ";a\r\nhello\r\n0\r\n\r\n"),
    ("trailer Content-Length", "0\r\nContent-Length: 5\r\n\r\n"),
    ("trailer Transfer-Encoding", "0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ("trailer Host", "0\r\nHost: b\r\n\r\n"),
    ("trailer Trailer", "0\r\nTrailer: X\r\n\r\n"),
    ("trailer without a colon", "0\r\nX-A\r\n\r\n"),
    ("trailer without a name", "0\r\n: b\r\n\r\n"),
    ("trailer with a space in its name", "0\r\nX A: b\r\n\r\n"),
    ("trailer with a space before the colon", "0\r\nX-A : b\r\n\r\n"),
    ("trailer with an underscore", "0\r\nX_A: b\r\n\r\n"),
    ("folded trailer", "0\r\nX-A: b\r\n c\r\n\r\n"),
    ("trailer with bare LF", "0\r\nX-A: b\n\r\n"),
    ("trailer with a NUL", "0\r\nX-A: \0\r\n\r\n"),
    ("a request instead of the end", "0\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
];

/// Refused by what they announce, before it comes.
const TOO_LARGE: &[(&str, &str)] = &[
    ("a size of 7 EiB", "7fffffffffffffff\r\nhello"),
    ("the largest size of 64 bits", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    ("one byte more than a body may have", "a00001\r\nhello"),
    ("two sizes that together are too large", "1\r\nx\r\na00000\r\nhello"),
    ("two sizes whose sum wraps", "1\r\nx\r\nffffffffffffffff\r\nhello"),
];

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

const PARTS: &[(&str, &str)] = &[
    ("half a size", "5"),
    ("size without data", "5\r\n"),
    ("half of the data", "5\r\nhe"),
    ("no last chunk", "5\r\nhello\r\n"),
    ("no end after the last chunk", "5\r\nhello\r\n0\r\n"),
    ("half a trailer", "5\r\nhello\r\n0\r\nX-A"),
    ("the largest size that a body may have", "a00000\r\nhello"),
];

pub fn rows() -> Vec<Row> {
    let named = |name: &str| -> &'static str { Box::leak(format!("chunked: {name}").into_boxed_str()) };
    let chunked = "Transfer-Encoding: chunked";
    let mut rows = Vec::new();
    rows.extend(GOOD.iter().map(|(name, body)| post(named(name), chunked, body, Lives(&[200]))));
    rows.extend(BAD.iter().map(|(name, body)| post(named(name), chunked, body, Ends(&[400]))));
    rows.extend(PARTS.iter().map(|(name, body)| post(named(name), chunked, body, Waits)));
    let many = format!("0\r\n{}\r\n", "X-A: b\r\n".repeat(17));
    rows.push(post("chunked: seventeen trailers", chunked, &many, Ends(&[400])));
    let most = format!("0\r\n{}\r\n", "X-A: b\r\n".repeat(16));
    rows.push(post("chunked: sixteen trailers", chunked, &most, Lives(&[200])));
    let large = format!("0\r\nX-A: {}\r\n\r\n", "b".repeat(8 << 10));
    rows.push(post("chunked: a trailer of 8 KiB", chunked, &large, Ends(&[400])));
    let long = format!("5;{}\r\nhello\r\n0\r\n\r\n", "a".repeat(5000));
    rows.push(post("chunked: an extension of 5000 bytes", chunked, &long, Ends(&[400])));
    let flood = format!("{}0\r\n\r\n", "1;aaaaaaaaaaaaaaaa\r\nx\r\n".repeat(300));
    rows.push(post("chunked: extensions of 5 KiB in all", chunked, &flood, Ends(&[400])));
    let small = format!("{}0\r\n\r\n", "1\r\nx\r\n".repeat(5000));
    rows.push(post("chunked: five thousand chunks of one byte", chunked, &small, Lives(&[200])));
    for (name, body) in TOO_LARGE {
        rows.push(post(named(name), chunked, body, Ends(&[413])));
    }
    for (name, body) in BAD {
        let bytes = format!("POST /unwanted HTTP/1.1\r\nHost: a\r\n{chunked}\r\n\r\n{body}{SMUGGLED}");
        rows.push(row(named(&format!("{name}, for a route that wants no body")), bytes, Ends(&[400])));
    }
    rows
}
