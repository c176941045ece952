//! Framing: where a body ends when the request says it twice, oddly or not at all. Every doubt closes.

use super::{post, row};
use crate::table::{
    Expect::{Ends, Lives},
    Row,
};

const LENGTHS: &[(&str, &str)] = &[
    ("plus sign", "+5"),
    ("minus sign", "-5"),
    ("minus zero", "-0"),
    ("hexadecimal", "0x5"),
    ("octal-looking letter", "5o"),
    ("decimal point", "5.0"),
    ("exponent", "5e0"),
    ("nothing", ""),
    ("blank", "  "),
    ("space inside", "5 5"),
    ("tab inside", "5\t5"),
    ("equal list", "5, 5"),
    ("different list", "5, 6"),
    ("list with an empty element", "5,"),
    ("semicolon", "5;"),
    ("quoted", "\"5\""),
    ("letters", "five"),
    ("twenty digits", "00000000000000000005"),
    ("beyond 64 bits", "99999999999999999999"),
    ("wrapping to five", "18446744073709551621"),
    ("not ASCII", "５"),
];

const ENCODINGS: &[(&str, &str, u16)] = &[
    ("chunked twice", "chunked, chunked", 400),
    ("identity then chunked", "identity, chunked", 400),
    ("chunked then identity", "chunked, identity", 400),
    ("identity", "identity", 400),
    ("empty", "", 400),
    ("comma before", ",chunked", 400),
    ("comma after", "chunked,", 400),
    ("gzip then chunked", "gzip, chunked", 501),
    ("chunked then gzip", "chunked, gzip", 501),
    ("gzip", "gzip", 501),
    ("xchunked", "xchunked", 501),
    ("chunkedx", "chunkedx", 501),
    ("chunk", "chunk", 501),
    ("quoted chunked", "\"chunked\"", 501),
    ("chunked with a parameter", "chunked;q=1", 501),
    ("chunked and a word", "chunked foo", 501),
    ("nonsense", "cow", 501),
];

pub fn rows() -> Vec<Row> {
    let chunks = "5\r\nhello\r\n0\r\n\r\n";
    let hidden = "GET /smuggled HTTP/1.1\r\nHost: b\r\n\r\n";
    let mut rows = vec![
        post("length", "Content-Length: 5", "hello", Lives(&[200])),
        post("length zero", "Content-Length: 0", "", Lives(&[200])),
        post("length with zeros before", "Content-Length: 0005", "hello", Lives(&[200])),
        post("length with blanks around", "Content-Length: \t5 ", "hello", Lives(&[200])),
        post("length in odd case", "cOnTeNt-LeNgTh: 5", "hello", Lives(&[200])),
        post("two equal lengths", "Content-Length: 5\r\nContent-Length: 5", "hello", Ends(&[400])),
        post("two different lengths", "Content-Length: 5\r\nContent-Length: 6", "hello!", Ends(&[400])),
        post("two lengths in odd case", "Content-Length: 5\r\ncontent-length: 0", "hello", Ends(&[400])),
        post("space before the colon of the length", "Content-Length : 5", "hello", Ends(&[400])),
        post("fold in the length", "Content-Length:\r\n 5", "hello", Ends(&[400])),
        post("NUL after the length", "Content-Length: 5\0", "hello", Ends(&[400])),
        post("vertical tab before the length", "Content-Length: \x0b5", "hello", Ends(&[400])),
        post("length and chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked", chunks, Ends(&[400])),
        post("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 5", chunks, Ends(&[400])),
        post("chunked and length zero", "Transfer-Encoding: chunked\r\nContent-Length: 0", chunks, Ends(&[400])),
        post("chunked and a broken length", "Transfer-Encoding: chunked\r\nContent-Length: x", chunks, Ends(&[400])),
        post("CL.TE smuggling", "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG", Ends(&[400])),
        post(
            "TE.CL smuggling",
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n",
            Ends(&[400]),
        ),
        post("chunked", "Transfer-Encoding: chunked", chunks, Lives(&[200])),
        post("chunked in odd case", "transfer-encoding: ChUnKeD", chunks, Lives(&[200])),
        post("chunked with blanks around", "Transfer-Encoding: \tchunked ", chunks, Lives(&[200])),
        post("two lines chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", chunks, Ends(&[400])),
        post(
            "two lines, identity first",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
            chunks,
            Ends(&[400]),
        ),
        post(
            "two lines, a broken one second",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
            chunks,
            Ends(&[400]),
        ),
        post("space before the colon of the encoding", "Transfer-Encoding : chunked", chunks, Ends(&[400])),
        post("fold in the encoding", "Transfer-Encoding:\r\n chunked", chunks, Ends(&[400])),
        post("vertical tab before chunked", "Transfer-Encoding: \x0bchunked", chunks, Ends(&[400])),
        post("bare CR before chunked", "Transfer-Encoding: \rchunked", chunks, Ends(&[400])),
        post("chunked hidden behind a bare LF", "X: y\nTransfer-Encoding: chunked", chunks, Ends(&[400])),
        post("encoding with an underscore", "Transfer_Encoding: chunked", chunks, Ends(&[400])),
        row(
            "chunked in HTTP/1.0",
            format!("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
            Ends(&[400]),
        ),
        row("length in HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", Ends(&[200])),
        row("GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", Lives(&[200])),
        row(
            "GET with chunks",
            format!("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
            Lives(&[200]),
        ),
        row("HEAD with a body", "HEAD /limit/9 HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", Ends(&[200])),
        row("DELETE with a body", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", Lives(&[200])),
        row(
            "GET with a request as its body",
            format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
            Lives(&[200]),
        ),
    ];
    for (name, value) in LENGTHS {
        let name: &'static str = Box::leak(format!("length: {name}").into_boxed_str());
        rows.push(post(name, &format!("Content-Length: {value}"), "hello", Ends(&[400])));
    }
    for (name, value, status) in ENCODINGS {
        let name: &'static str = Box::leak(format!("encoding: {name}").into_boxed_str());
        let expect = if *status == 501 { Ends(&[501]) } else { Ends(&[400]) };
        rows.push(post(name, &format!("Transfer-Encoding: {value}"), chunks, expect));
    }
    rows
}
