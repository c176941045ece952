//! Bodies: too large, ignored, expected, incomplete.

use super::{post, row};
use crate::table::{
    Expect::{Either, Ends, Lives, Waits},
    Row,
};

pub fn rows() -> Vec<Row> {
    vec![
        post("announced over the limit", "Content-Length: 10485761", "", Ends(&[413])),
        post("announced far over the limit", "Content-Length: 9223372036854775807", "x", Ends(&[413])),
        post(
            "announced over the limit and expecting",
            "Content-Length: 10485761\r\nExpect: 100-continue",
            "",
            Ends(&[413]),
        ),
        row(
            "announced over the route's limit",
            "POST /limit/4 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Either(&[413]),
        ),
        row(
            "announced over the route's limit, not sent",
            "POST /limit/4 HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n",
            Ends(&[413]),
        ),
        row(
            "counted over the route's limit",
            "POST /limit/4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Either(&[413]),
        ),
        row(
            "counted over the route's limit in many chunks",
            format!(
                "POST /limit/4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
                "2\r\nxx\r\n".repeat(4)
            ),
            Either(&[413]),
        ),
        row(
            "exactly the route's limit",
            "POST /limit/5 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Lives(&[200]),
        ),
        row(
            "an ignored body that is here",
            "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Either(&[200]),
        ),
        row(
            "an ignored body that is not here",
            "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
            Ends(&[200]),
        ),
        row(
            "an ignored body that is expected",
            "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
            Ends(&[200]),
        ),
        row("a body that is half here", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", Waits),
        row(
            "a refused path with its body",
            "POST /%00 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Either(&[400]),
        ),
        row(
            "a refused path without its body",
            "POST /%00 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
            Ends(&[400]),
        ),
        row("a panic", "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n", Lives(&[500])),
    ]
}
