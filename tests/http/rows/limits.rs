//! Limits, at them and one beyond.

use super::{row, with_fields};
use crate::table::{
    Expect::{Ends, Lives},
    Row,
};

pub fn rows() -> Vec<Row> {
    let fields = |count: usize| "X-A: b\r\n".repeat(count);
    let target = |length: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(length - 1));
    let head = |length: usize| {
        let frame = "GET / HTTP/1.1\r\nHost: a\r\nX-A: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {}\r\n\r\n", "b".repeat(length - frame))
    };
    vec![
        row("100 fields", format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(99)), Lives(&[200])),
        row("101 fields", format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(100)), Ends(&[431])),
        row("3000 fields", format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(3000)), Ends(&[431])),
        row("a head of 32 KiB", head(32 << 10), Lives(&[200])),
        row("a head of 32 KiB and one byte", head((32 << 10) + 1), Ends(&[431])),
        row("a head of 1 MiB", head(1 << 20), Ends(&[431])),
        row(
            "a name of 40 KiB",
            format!("GET / HTTP/1.1\r\nHost: a\r\n{}: b\r\n\r\n", "X".repeat(40 << 10)),
            Ends(&[431]),
        ),
        row("a name that never ends", format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X".repeat(40 << 10)), Ends(&[431])),
        row(
            "10000 cookie crumbs",
            format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "Cookie: a=b\r\n".repeat(10_000)),
            Ends(&[431]),
        ),
        row("a target of 8 KiB", target(8 << 10), Lives(&[200])),
        row("a target of 8 KiB and one byte", target((8 << 10) + 1), Ends(&[414])),
        row("a target of 1 MiB", target(1 << 20), Ends(&[414])),
        row("a request line that never ends", format!("GET /{}", "a".repeat(20 << 10)), Ends(&[414])),
        row("a method of 32 bytes", format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "A".repeat(32)), Ends(&[501])),
        row("a method of 33 bytes", format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "A".repeat(33)), Ends(&[400])),
        row("a method of 4 KiB", format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "A".repeat(4 << 10)), Ends(&[400])),
        row("a method that never ends", "A".repeat(20 << 10), Ends(&[414])),
        row("1000 pairs", format!("GET /?{} HTTP/1.1\r\nHost: a\r\n\r\n", "a&".repeat(999)), Lives(&[200])),
        row("1001 pairs", format!("GET /?{} HTTP/1.1\r\nHost: a\r\n\r\n", "a&".repeat(1000)), Lives(&[400])),
        row("100000 pairs", format!("GET /?{} HTTP/1.1\r\nHost: a\r\n\r\n", "a&".repeat(100_000)), Ends(&[414])),
        with_fields("a value of 16 KiB", &format!("X-A: {}", "b".repeat(16 << 10)), Lives(&[200])),
        row(
            "a path of 4000 dot segments",
            format!("GET /{}a HTTP/1.1\r\nHost: a\r\n\r\n", "./".repeat(4000)),
            Lives(&[200]),
        ),
        row(
            "a path of 2000 steps up",
            format!("GET /{}{}a HTTP/1.1\r\nHost: a\r\n\r\n", "a/".repeat(1500), "../".repeat(1500)),
            Lives(&[200]),
        ),
    ]
}
