//! Paths: one canonical form or a refusal that leaves the connection alone.

use super::row;
use crate::table::{
    Expect::{Ends, Lives, Sees},
    Row,
};

const SEEN: &[(&str, &str, &str)] = &[
    ("dot dot segment", "/a/../admin", "/admin"),
    ("escaped dot dot segment", "/a/%2e%2e/admin", "/admin"),
    ("escaped dot dot segment in capitals", "/a/%2E%2E/admin", "/admin"),
    ("half escaped dot dot segment", "/a/.%2e/admin", "/admin"),
    ("dot segment", "/./admin/.", "/admin/"),
    ("dot dot at the end", "/a/b/..", "/a/"),
    ("dot dot back to the root", "/a/..", "/"),
    ("two slashes", "//admin", "/admin"),
    ("many slashes", "/a///b//", "/a/b/"),
    ("slashes and dots", "/a/.//./b", "/a/b"),
    ("escaped letter", "/%61dmin", "/admin"),
    ("escaped letter in mixed case", "/%4a%4A", "/JJ"),
    ("escaped tilde", "/%7euser", "/~user"),
    ("escape that stays", "/a%20b", "/a%20b"),
    ("escape in small letters", "/%c3%a4", "/%C3%A4"),
    ("escaped percent", "/a%2525", "/a%2525"),
    ("double escaped dot dot", "/%252e%252e/admin", "/%252e%252e/admin"),
    ("double escaped slash", "/a%252fb", "/a%252fb"),
    ("three dots", "/a/.../b", "/a/.../b"),
    ("dots in a name", "/a..b/.c/d.", "/a..b/.c/d."),
    ("semicolon in a segment", "/a;v=1/b", "/a;v=1/b"),
    ("plus stays", "/a+b", "/a+b"),
    ("trailing slash stays", "/a/", "/a/"),
    ("unescaped marks", "/a-._~!$&'()*+,;=:@", "/a-._~!$&'()*+,;=:@"),
    ("escaped question mark", "/a%3Fb", "/a%3Fb"),
    ("capital letters stay", "/Admin", "/Admin"),
    ("dot dot before a query", "/a/../b?x=/../y", "/b"),
];

const REFUSED: &[(&str, &str)] = &[
    ("dot dot above the root", "/../admin"),
    ("dot dot far above the root", "/a/../../admin"),
    ("escaped dot dot above the root", "/%2e%2e/admin"),
    ("dot dot above the root at the end", "/.."),
    ("dot dot after many slashes", "//../x"),
    ("dot dot with a parameter", "/a/..;/admin"),
    ("dot dot with a parameter value", "/a/..;x=y/admin"),
    ("dot with a parameter", "/a/.;/b"),
    ("escaped dot dot with a parameter", "/a/%2e%2e;/admin"),
    ("escaped slash", "/a%2fb"),
    ("escaped slash in capitals", "/a%2Fb"),
    ("escaped dot dot slash", "/a%2f..%2fadmin"),
    ("escaped backslash", "/a%5cb"),
    ("escaped backslash in capitals", "/a%5Cb"),
    ("escaped NUL", "/a%00b"),
    ("escaped NUL at the end", "/a%00"),
    ("escaped CR LF", "/a%0d%0ab"),
    ("escaped LF", "/a%0a"),
    ("escaped tab", "/a%09b"),
    ("escaped escape character", "/a%1bb"),
    ("escaped DEL", "/a%7f"),
    ("truncated escape", "/a%"),
    ("half an escape", "/a%4"),
    ("wrong escape", "/a%gg"),
    ("escape with a sign", "/a%+1"),
    ("percent u escape", "/%u002e%u002e/"),
    ("overlong slash", "/a%c0%afb"),
    ("overlong dot", "/%c0%ae%c0%ae/admin"),
    ("overlong in three bytes", "/%e0%80%af"),
    ("lone continuation byte", "/%80"),
    ("truncated UTF-8", "/%c3"),
    ("UTF-8 split by a slash", "/%c3/%a4"),
    ("surrogate in UTF-8", "/%ed%a0%80"),
    ("beyond Unicode", "/%f4%90%80%80"),
    ("byte FF", "/%ff"),
    ("braces in the path", "/{a}"),
    ("pipe in the path", "/a|b"),
    ("caret in the path", "/a^b"),
];

pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (name, path, seen) in SEEN {
        rows.push(row(name, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"), Sees(seen)));
    }
    for (name, path) in REFUSED {
        rows.push(row(name, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"), Lives(&[400])));
    }
    rows.push(row("backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", Ends(&[400])));
    rows.push(row("backslash dot dot", "GET /a\\..\\admin HTTP/1.1\r\nHost: a\r\n\r\n", Ends(&[400])));
    rows.push(row("backtick", "GET /`id` HTTP/1.1\r\nHost: a\r\n\r\n", Ends(&[400])));
    rows.push(row("absolute form with dots", "GET http://a/x/../y HTTP/1.1\r\nHost: a\r\n\r\n", Sees("/y")));
    rows.push(row("absolute form above the root", "GET http://a/../y HTTP/1.1\r\nHost: a\r\n\r\n", Lives(&[400])));
    rows
}
