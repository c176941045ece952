//! Requests that no call can be made of: exact problems, for values, for bodies, for hostile JSON, and for what no route takes.

use http::Method;

use crate::exact::{Findings, JSON, told};
use crate::world::on_every_line;

const ROUTES: &str = r#"
  - { name: path, match: { method: GET, path: "/crates/{id}" }, to: { service: freight, method: crate }, args: [path.id] }
  - { name: int, match: { method: GET, path: /int }, to: { service: freight, method: echoInt }, args: [query.limit] }
  - { name: named, match: { method: GET, path: /named }, to: { service: freight, method: echoInt },
      args: [{ from: query.limit, name: page size, min: 1, max: 100 }] }
  - { name: kind, match: { method: GET, path: /kind }, to: { service: freight, method: echoKind }, args: [query.kind] }
  - { name: boolean, match: { method: GET, path: /boolean }, to: { service: freight, method: echoBoolean }, args: [query.on] }
  - { name: ints, match: { method: GET, path: /ints }, to: { service: freight, method: echoInts }, args: [query.id] }
  - { name: header, match: { method: GET, path: /header }, to: { service: freight, method: echoLocalDate }, args: [header.x-day] }
  - { name: tenant, match: { method: GET, path: /tenant }, to: { service: freight, method: echoString }, args: [{ from: header.x-tenant, required: true }] }
  - { name: cookie, match: { method: GET, path: /cookie }, to: { service: freight, method: echoUuid }, args: [{ from: cookie.sid, required: true }] }
  - { name: form, match: { method: POST, path: /form }, to: { service: freight, method: echoInt }, args: [form.count] }
  - { name: part, match: { method: POST, path: /part }, to: { service: freight, method: checksumOf }, args: [{ from: part.photo, required: true }] }
  - { name: fields, match: { method: POST, path: /fields }, to: { service: freight, method: find, params: [string, int] },
      args: [body.filter.label, body.page.limit] }
  - { name: caravan, match: { method: POST, path: /caravan }, to: { service: freight, method: echoCaravan }, args: [body] }
  - { name: crate, match: { method: [PUT, POST], path: /crate }, to: { service: freight, method: echoCrate }, args: [body], body_limit: 1KiB }
  - { name: shelf, match: { method: POST, path: /shelf }, to: { service: freight, method: echoCrateByShelf }, args: [body] }
  - { name: object, match: { method: POST, path: /object }, to: { service: freight, method: echoObject }, args: [body] }
  - { name: string, match: { method: POST, path: /string }, to: { service: freight, method: echoString }, args: [body] }
  - { name: long, match: { method: POST, path: /long }, to: { service: freight, method: echoLong }, args: [body] }
  - { name: double, match: { method: POST, path: /double }, to: { service: freight, method: echoDouble }, args: [body] }
  - { name: decimal, match: { method: POST, path: /decimal }, to: { service: freight, method: echoBigDecimal }, args: [body] }
  - { name: longs, match: { method: POST, path: /longs }, to: { service: freight, method: echoLongList }, args: [body] }
"#;

/// Requests that no call can be made of, with code and members of the problem.
#[rustfmt::skip]
const REFUSED: &[(&str, &[(&str, &str)], &str, &str)] = &[
    ("GET /crates/seven", &[], "", r#"400 YM0402 {"detail":"path.id: \"seven\" is not a long","expected":"a long","parameter":"id","source":"path.id","value":"\"seven\""}"#),
    ("GET /crates/9223372036854775808", &[], "", r#"400 YM0402 {"detail":"path.id: 9223372036854775808 is out of range for a long","expected":"a long","parameter":"id","source":"path.id","value":"9223372036854775808"}"#),
    ("GET /crates/%zz", &[], "", r#"400 YM0607 {"detail":"The path holds an escape, a separator or a dot segment that is not allowed."}"#),
    ("GET /crates/7%20", &[], "", r#"400 YM0402 {"detail":"path.id: \"7 \" is not a long","expected":"a long","parameter":"id","source":"path.id","value":"\"7 \""}"#),
    ("GET /int", &[], "", r#"400 YM0401 {"detail":"query.limit is required","parameter":"limit","source":"query.limit"}"#),
    ("GET /int?limit=", &[], "", r#"400 YM0402 {"detail":"query.limit: \"\" is not an int","expected":"an int","parameter":"limit","source":"query.limit","value":"\"\""}"#),
    ("GET /int?limit=ten", &[], "", r#"400 YM0402 {"detail":"query.limit: \"ten\" is not an int","expected":"an int","parameter":"limit","source":"query.limit","value":"\"ten\""}"#),
    ("GET /int?limit=2147483648", &[], "", r#"400 YM0402 {"detail":"query.limit: 2147483648 is out of range for an int","expected":"an int","parameter":"limit","source":"query.limit","value":"2147483648"}"#),
    ("GET /int?limit=1.0", &[], "", r#"400 YM0402 {"detail":"query.limit: \"1.0\" is not an int","expected":"an int","parameter":"limit","source":"query.limit","value":"\"1.0\""}"#),
    ("GET /int?limit=%2B1", &[], "", r#"400 YM0402 {"detail":"query.limit: \"+1\" is not an int","expected":"an int","parameter":"limit","source":"query.limit","value":"\"+1\""}"#),
    ("GET /int?limit=1&limit=2", &[], "", r#"400 YM0402 {"detail":"query.limit came 2 times; an int was expected","expected":"an int","parameter":"limit","source":"query.limit"}"#),
    ("GET /int?limit=%ff", &[], "", r#"400 YM0402 {"detail":"query.limit is not UTF-8","parameter":"limit","source":"query.limit"}"#),
    ("GET /named?limit=0", &[], "", r#"400 YM0402 {"detail":"query.limit: 0 is less than 1","parameter":"page size","source":"query.limit","value":"0"}"#),
    ("GET /named?limit=101", &[], "", r#"400 YM0402 {"detail":"query.limit: 101 is more than 100","parameter":"page size","source":"query.limit","value":"101"}"#),
    ("GET /named?limit=x", &[], "", r#"400 YM0402 {"detail":"query.limit: \"x\" is not an int","expected":"an int","parameter":"page size","source":"query.limit","value":"\"x\""}"#),
    ("GET /kind?kind=silk", &[], "", r#"400 YM0402 {"detail":"query.kind: \"silk\" is not one of SILK, SPICE, JADE, GLASS","expected":"one of SILK, SPICE, JADE, GLASS","parameter":"kind","source":"query.kind","value":"\"silk\""}"#),
    ("GET /boolean?on=1", &[], "", r#"400 YM0402 {"detail":"query.on: \"1\" is not a boolean","expected":"a boolean","parameter":"on","source":"query.on","value":"\"1\""}"#),
    ("GET /ints?id=1&id=x", &[], "", r#"400 YM0402 {"detail":"query.id/1: \"x\" is not an int","expected":"an int","parameter":"id","pointer":"/1","source":"query.id","value":"\"x\""}"#),
    ("GET /header", &[("x-day", "2023-02-29")], "", r#"400 YM0402 {"detail":"header.x-day: \"2023-02-29\" is not a date such as 2024-01-31","expected":"a date such as 2024-01-31","parameter":"x-day","source":"header.x-day","value":"\"2023-02-29\""}"#),
    ("GET /tenant", &[], "", r#"400 YM0401 {"detail":"header.x-tenant is required","parameter":"x-tenant","source":"header.x-tenant"}"#),
    ("GET /cookie", &[], "", r#"400 YM0401 {"detail":"cookie.sid is required","parameter":"sid","source":"cookie.sid"}"#),
    ("GET /cookie", &[("cookie", "sid=1")], "", r#"400 YM0402 {"detail":"cookie.sid: \"1\" is not a UUID","expected":"a UUID","parameter":"sid","source":"cookie.sid","value":"\"1\""}"#),
    ("GET /cookie", &[("cookie", "sid=1; a=b; sid=2")], "", r#"400 YM0402 {"detail":"cookie.sid came 2 times; a UUID was expected","expected":"a UUID","parameter":"sid","source":"cookie.sid"}"#),
    ("POST /form", &[("content-type", "multipart/form-data; boundary=x")], "--x\r\nContent-Disposition: form-data; name=\"count\"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n7\r\n--x--", r#"400 YM0402 {"detail":"form.count is not UTF-8","parameter":"count","source":"form.count"}"#),
    ("POST /form", &[("content-type", "application/x-www-form-urlencoded")], r#"count=ten"#, r#"400 YM0402 {"detail":"form.count: \"ten\" is not an int","expected":"an int","parameter":"count","source":"form.count","value":"\"ten\""}"#),
    ("POST /form", &[("content-type", "application/x-www-form-urlencoded")], r#"count"#, r#"400 YM0402 {"detail":"form.count: \"\" is not an int","expected":"an int","parameter":"count","source":"form.count","value":"\"\""}"#),
    ("POST /form", &[("content-type", "application/x-www-form-urlencoded")], "", r#"400 YM0401 {"detail":"form.count is required","parameter":"count","source":"form.count"}"#),
    ("POST /form", JSON, r#"{"count":1}"#, r#"415 YM0415 {"detail":"the body must be application/x-www-form-urlencoded or multipart/form-data","expected":"application/x-www-form-urlencoded or multipart/form-data"}"#),
    ("POST /part", &[("content-type", "multipart/form-data; boundary=x")], r#"--x--"#, r#"400 YM0401 {"detail":"part.photo is required","parameter":"photo","source":"part.photo"}"#),
    ("POST /part", &[("content-type", "multipart/form-data")], r#"--x--"#, r#"400 YM0403 {"detail":"the multipart body cannot be read: its Content-Type names no boundary"}"#),
    ("POST /part", &[("content-type", "image/png")], r#"x"#, r#"415 YM0415 {"detail":"the body must be multipart/form-data","expected":"multipart/form-data"}"#),
    ("POST /fields", JSON, r#"{}"#, r#"400 YM0401 {"detail":"body.page.limit is required","parameter":"limit","source":"body.page.limit"}"#),
    ("POST /fields", JSON, r#"{"page":{"limit":"5"}}"#, r#"400 YM0402 {"detail":"body.page.limit: \"5\" is not an int","expected":"an int","parameter":"limit","pointer":"/page/limit","source":"body.page.limit","value":"\"5\""}"#),
    ("POST /fields", JSON, r#"{"page":[5]}"#, r#"400 YM0402 {"detail":"body.page: [5] is not an object","expected":"an object","source":"body.page"}"#),
    ("POST /fields", JSON, r#"[]"#, r#"400 YM0402 {"detail":"body: [] is not an object","expected":"an object","source":"body"}"#),
    ("POST /fields", JSON, r#"{"page":{"limit":5},"filter":{"label":7}}"#, r#"400 YM0402 {"detail":"body.filter.label: 7 is not a string","expected":"a string","parameter":"label","pointer":"/filter/label","source":"body.filter.label","value":"7"}"#),
    ("POST /fields", JSON, r#"{"page":{"limit":5},"page":{}}"#, r#"400 YM0403 {"detail":"body.page stands twice"}"#),
    ("POST /fields", JSON, r#"{"page":{"limit":5}"#, r#"400 YM0403 {"detail":"the body is not valid JSON: it ends too early (line 1, column 20)"}"#),
    ("POST /fields", &[("content-type", "text/plain")], r#"{"page":{"limit":5}}"#, r#"415 YM0415 {"detail":"the body must be application/json","expected":"application/json"}"#),
    ("POST /fields", JSON, "", r#"400 YM0401 {"detail":"body.page.limit is required","parameter":"limit","source":"body.page.limit"}"#),
    ("POST /caravan", JSON, "", r#"400 YM0401 {"detail":"body is required","parameter":"body","source":"body"}"#),
    ("POST /caravan", JSON, r#"[]"#, r#"400 YM0402 {"detail":"body: [] is not an object","expected":"an object","parameter":"body","source":"body","value":"[]"}"#),
    ("POST /caravan", JSON, r#"{"crates":[{"id":1},{"kind":"STONE"}]}"#, r#"400 YM0402 {"detail":"body/crates/1/kind: \"STONE\" is not one of SILK, SPICE, JADE, GLASS","expected":"one of SILK, SPICE, JADE, GLASS","parameter":"body","pointer":"/crates/1/kind","source":"body","value":"\"STONE\""}"#),
    ("POST /caravan", JSON, r#"{"byShelf":{"x":{}}}"#, r#"400 YM0402 {"detail":"body/byShelf/x: \"x\" is not a long","expected":"a long","parameter":"body","pointer":"/byShelf/x","source":"body","value":"\"x\""}"#),
    ("POST /caravan", JSON, r#"{"byShelf":{"7":{"weight":"heavy"}}}"#, r#"400 YM0402 {"detail":"body/byShelf/7/weight: \"heavy\" is not a decimal number","expected":"a decimal number","parameter":"body","pointer":"/byShelf/7/weight","source":"body","value":"\"heavy\""}"#),
    ("POST /caravan", JSON, r#"{"route":[null,{"oasis":{"latitude":"north"}}]}"#, r#"400 YM0402 {"detail":"body/route/1/oasis/latitude: \"north\" is not a double","expected":"a double","parameter":"body","pointer":"/route/1/oasis/latitude","source":"body","value":"\"north\""}"#),
    ("POST /caravan", JSON, r#"{"byKind":{"a/b~c":[{"id":null}]}}"#, r#"400 YM0402 {"detail":"body/byKind/a~1b~0c/0/id: null is not a long","expected":"a long","parameter":"body","pointer":"/byKind/a~1b~0c/0/id","source":"body","value":"null"}"#),
    ("POST /caravan", JSON, r#"{"permits":"all"}"#, r#"400 YM0402 {"detail":"body/permits: \"all\" is not a list","expected":"a list","parameter":"body","pointer":"/permits","source":"body","value":"\"all\""}"#),
    ("POST /caravan", JSON, r#"{"crates":[{"seal":"***"}]}"#, r#"400 YM0402 {"detail":"body/crates/0/seal: \"***\" is not base64 text","expected":"base64 text","parameter":"body","pointer":"/crates/0/seal","source":"body","value":"\"***\""}"#),
    ("POST /caravan", JSON, r#"{"leaves":"tomorrow","id":1}"#, r#"400 YM0402 {"detail":"body/leaves: \"tomorrow\" is not a date such as 2024-01-31","expected":"a date such as 2024-01-31","parameter":"body","pointer":"/leaves","source":"body","value":"\"tomorrow\""}"#),
    ("POST /shelf", JSON, r#"{"1":{"id":1,"id":2}}"#, r#"400 YM0403 {"detail":"body/1: the key \"id\" stands twice","parameter":"body","pointer":"/1","source":"body"}"#),
    ("PUT /crate", &[("content-type", "application/xml")], r#"<id/>"#, r#"415 YM0415 {"detail":"the body must be application/json","expected":"application/json"}"#),
    ("POST /long", JSON, r#"9223372036854775808"#, r#"400 YM0402 {"detail":"body: 9223372036854775808 is out of range for a long","expected":"a long","parameter":"body","source":"body","value":"9223372036854775808"}"#),
    ("POST /long", JSON, r#"1e3"#, r#"400 YM0402 {"detail":"body: 1e3 is not a long","expected":"a long","parameter":"body","source":"body","value":"1e3"}"#),
    ("POST /long", JSON, r#"1.0"#, r#"400 YM0402 {"detail":"body: 1.0 is not a long","expected":"a long","parameter":"body","source":"body","value":"1.0"}"#),
    ("POST /long", JSON, r#"null"#, r#"400 YM0402 {"detail":"body: null is not a long","expected":"a long","parameter":"body","source":"body","value":"null"}"#),
    ("POST /long", JSON, r#"true"#, r#"400 YM0402 {"detail":"body: true is not a long","expected":"a long","parameter":"body","source":"body","value":"true"}"#),
    ("POST /double", JSON, r#"1e999999"#, r#"400 YM0402 {"detail":"body: 1e999999 is out of range for a double","expected":"a double","parameter":"body","source":"body","value":"1e999999"}"#),
    ("POST /double", JSON, r#"NaN"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a value was expected (line 1, column 1)","parameter":"body","source":"body"}"#),
    ("POST /double", JSON, r#"Infinity"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a value was expected (line 1, column 1)","parameter":"body","source":"body"}"#),
    ("POST /double", JSON, r#""1.5""#, r#"400 YM0402 {"detail":"body: \"1.5\" is not a double","expected":"a double","parameter":"body","source":"body","value":"\"1.5\""}"#),
    ("POST /decimal", JSON, r#"1e999999"#, r#"400 YM0402 {"detail":"body: 1e999999 is out of range for a decimal number","expected":"a decimal number","parameter":"body","source":"body","value":"1e999999"}"#),
    ("POST /decimal", JSON, r#".5"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a value was expected (line 1, column 1)","parameter":"body","source":"body"}"#),
    ("POST /object", JSON, r#"{"a":1,"a":2}"#, r#"400 YM0403 {"detail":"body: the key \"a\" stands twice","parameter":"body","source":"body"}"#),
    ("POST /object", JSON, r#"{"a":1,"\u0061":2}"#, r#"400 YM0403 {"detail":"body: the key \"a\" stands twice","parameter":"body","source":"body"}"#),
    ("POST /object", JSON, r#"18446744073709551616"#, r#"400 YM0402 {"detail":"body: 18446744073709551616 is out of range for a value","expected":"a value","parameter":"body","source":"body","value":"18446744073709551616"}"#),
    ("POST /object", JSON, r#"{} {}"#, r#"400 YM0403 {"detail":"the body is not valid JSON: something follows the value (line 1, column 4)","parameter":"body","source":"body"}"#),
    ("POST /object", JSON, r#"[1,]"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a value was expected (line 1, column 4)","parameter":"body","pointer":"/1","source":"body"}"#),
    ("POST /object", JSON, r#"{'a':1}"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a string was expected (line 1, column 2)","parameter":"body","source":"body"}"#),
    ("POST /object", JSON, r#"// x"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a value was expected (line 1, column 1)","parameter":"body","source":"body"}"#),
    ("POST /string", JSON, r#"7"#, r#"400 YM0402 {"detail":"body: 7 is not a string","expected":"a string","parameter":"body","source":"body","value":"7"}"#),
    ("POST /string", JSON, r#""\ud800""#, r#"400 YM0403 {"detail":"the body is not valid JSON: a string has a bad escape (line 1, column 8)","parameter":"body","source":"body"}"#),
    ("POST /string", JSON, r#""a"#, r#"400 YM0403 {"detail":"the body is not valid JSON: a string does not end (line 1, column 3)","parameter":"body","source":"body"}"#),
];

#[test]
fn a_request_that_no_call_can_be_made_of_is_told_exactly_what_is_wrong() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ROUTES).await;
        let mut findings = Findings::default();
        for (line, headers, body, expected) in REFUSED {
            let (method, path) = line.split_once(' ').unwrap();
            let answer = gateway.send(Method::try_from(method).unwrap(), path, headers, body.as_bytes()).await;
            let told = told(&answer);
            if told != *expected {
                findings.add(format!("    ({line:?}, {headers:?}, r#\"{body}\"#, r#\"{told}\"#),"));
            }
        }
        findings.end();
    });
}

#[test]
fn json_that_is_hostile_is_refused_before_any_call() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let syntax = |what: &str| {
        format!(r#"400 YM0403 {{"detail":"the body is not valid JSON: {what}","parameter":"body","source":"body"}}"#)
    };
    let digits = "9".repeat(900_000);
    let many = format!("[{}0]", "0,".repeat(1_000_000));
    let rows: Vec<(&str, Vec<u8>, String)> = vec![
        ("/object", deep(100_000).into(), "nested deeper than 64 levels".to_owned()),
        ("/caravan", format!(r#"{{"nobody":{}}}"#, deep(100_000)).into(), "nested deeper than 64 levels".to_owned()),
        ("/fields", format!(r#"{{"nobody":{}}}"#, deep(100_000)).into(), "nested deeper than 64 levels".to_owned()),
        ("/decimal", digits.clone().into(), "out of range for a decimal number".to_owned()),
        ("/long", digits.clone().into(), "out of range for a long".to_owned()),
        ("/double", digits.clone().into(), "out of range for a double".to_owned()),
        ("/object", digits.into(), "out of range for a value".to_owned()),
        ("/longs", many.into(), "has more than 1000000 values".to_owned()),
        ("/object", b"\xef\xbb\xbf{}".to_vec(), syntax("a value was expected (line 1, column 1)")),
        ("/object", b"{}\n{}".to_vec(), syntax("something follows the value (line 2, column 1)")),
        ("/object", b"{}\0".to_vec(), syntax("something follows the value (line 1, column 3)")),
        ("/string", b"\"a\0b\"".to_vec(), syntax("a string has a control character (line 1, column 3)")),
        ("/string", b"\"\xff\"".to_vec(), "the body is not UTF-8".to_owned()),
        ("/string", br#""\udc00\ud800""#.to_vec(), "a string has a bad escape".to_owned()),
    ];
    on_every_line(async |peer| {
        let gateway = peer.gateway(ROUTES).await;
        for (path, body, expected) in &rows {
            let answer = gateway.send(Method::POST, path, JSON, body.clone()).await;
            assert_eq!(answer.status, 400, "{path} {expected}: {}", answer.text());
            let told = told(&answer);
            assert!(told.contains(expected) && told.len() < 600, "{path}\n expected {expected}\n {told}");
        }
        // 64 levels are taken, and what looks like an order to a Java library is data.
        let mut findings = Findings::default();
        findings.row(&gateway, "POST /object", JSON, deep(64), 200, &deep(64)).await;
        let data = r#"{"class":"java.lang.Runtime","@type":"x","$ref":"$","__proto__":{"a":1}}"#;
        findings.row(&gateway, "POST /object", JSON, data, 200, data).await;
        findings.row(&gateway, "POST /long", JSON, "-0", 200, "0").await;
        findings.row(&gateway, "POST /object", JSON, "9007199254740993", 200, "9007199254740993").await;
        findings.end();
    });
}

#[test]
fn a_body_beyond_the_limit_of_its_route_is_refused() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ROUTES).await;
        let crate_of = |length: usize| format!(r#"{{"label":"{}"}}"#, "x".repeat(length - 12));
        gateway.send(Method::PUT, "/crate", JSON, crate_of(1024)).await.expect(200);
        let large = gateway.send(Method::PUT, "/crate", JSON, crate_of(1025)).await;
        assert_eq!(large.expect(413).headers["content-type"], "application/problem+json");
    });
}

#[test]
fn what_no_route_takes_is_404_and_405_with_the_methods_that_it_does() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ROUTES).await;
        let nowhere = gateway.get("/nowhere?x=1").await;
        assert_eq!(told(nowhere.expect(404)), r#"404 YM0404 {"detail":"no route takes this path"}"#);
        for (method, path, allow) in [
            (Method::POST, "/crates/7", "GET, HEAD"),
            (Method::DELETE, "/crate", "POST, PUT"),
            (Method::GET, "/crate", "POST, PUT"),
        ] {
            let answer = gateway.send(method, path, &[], "").await;
            assert_eq!(answer.expect(405).headers["allow"], allow);
            assert_eq!(told(&answer), format!(r#"405 YM0405 {{"detail":"this path takes {allow}"}}"#));
        }
        // HEAD is GET without the body, for results and for problems.
        let (head, get) = (gateway.send(Method::HEAD, "/crates/7", &[], "").await, gateway.get("/crates/7").await);
        assert_eq!(
            (head.expect(200).text(), &head.headers["content-type"]),
            (String::new(), &get.headers["content-type"])
        );
        assert_eq!(head.headers["content-length"], get.headers["content-length"]);
        assert_eq!(gateway.send(Method::HEAD, "/crates/x", &[], "").await.expect(400).text(), "");
    });
}
