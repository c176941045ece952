//! Several requests on one connection: nothing of one becomes part of another.

use super::row;
use crate::table::{
    Expect::{Ends, Lives},
    Row,
};

const A: &str = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const POST: &str = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &str = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

pub fn rows() -> Vec<Row> {
    vec![
        row("two requests", A.repeat(2), Lives(&[200; 2])),
        row("fifty requests", A.repeat(50), Lives(&[200; 50])),
        row("bodies between requests", [A, POST, A, CHUNKED, A].concat(), Lives(&[200; 5])),
        row("thirty bodies", POST.repeat(30), Lives(&[200; 30])),
        row("thirty chunked bodies", CHUNKED.repeat(30), Lives(&[200; 30])),
        row("empty lines between", [A, "\r\n\r\n", A].concat(), Lives(&[200; 2])),
        row("a good one then a bad one", [A, "BAD\r\n\r\n"].concat(), Ends(&[200, 400])),
        row("a bad one then a good one", ["GET / HTTP/1.1\r\n\r\n", A].concat(), Ends(&[400])),
        row(
            "nothing after Connection: close",
            ["GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", A].concat(),
            Ends(&[200]),
        ),
        row("nothing after HTTP/1.0", ["GET /last HTTP/1.0\r\n\r\n", A].concat(), Ends(&[200])),
        row(
            "nothing after 413",
            ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", A].concat(),
            Ends(&[413]),
        ),
        row(
            "nothing after the route's 413",
            ["POST /limit/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n", A].concat(),
            Ends(&[413]),
        ),
        row(
            "nothing after 431",
            [&format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(200)), A].concat(),
            Ends(&[431]),
        ),
        row(
            "nothing after an unread body",
            ["POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n", A].concat(),
            Ends(&[200]),
        ),
        row(
            "the next after an upgrade that was not made",
            ["GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", A].concat(),
            Lives(&[200; 2]),
        ),
        row(
            "WebSocket frames after an upgrade that was not made",
            [
                b"GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".as_slice(),
                b"\x81\x85\x37\xfa\x21\x3d",
            ]
            .concat(),
            Ends(&[200, 400]),
        ),
        row("nothing after CONNECT", ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", A].concat(), Ends(&[405])),
        row(
            "a body longer than its length is the next request",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            Lives(&[200, 200]),
        ),
        row(
            "rubbish after a body",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello!!\r\n\r\n",
            Ends(&[200, 400]),
        ),
        row("rubbish after the last chunk", [CHUNKED, "G\0\r\n\r\n"].concat(), Ends(&[200, 400])),
        row("a refused path then a good one", ["GET /%2f HTTP/1.1\r\nHost: a\r\n\r\n", A].concat(), Lives(&[400, 200])),
        row("a panic then a good one", ["GET /panic HTTP/1.1\r\nHost: a\r\n\r\n", A].concat(), Lives(&[500, 200])),
        row(
            "a large answer then a small one",
            ["GET /big/300 HTTP/1.1\r\nHost: a\r\n\r\n", A].concat(),
            Lives(&[200; 2]),
        ),
        row("a slow one keeps its place", ["GET /wait/30 HTTP/1.1\r\nHost: a\r\n\r\n", A].concat(), Lives(&[200; 2])),
        row(
            "smuggled by Content-Length",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
            Ends(&[400]),
        ),
        row(
            "smuggled by obs-fold",
            "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 30\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n",
            Ends(&[400]),
        ),
    ]
}
