//! Every row of what gateways are compared by that makes a call, one test a row or a few that belong together: where arguments
//! come from, how a method is chosen, which service it is of, and what is sent beside the arguments.

use std::time::{Duration, Instant};

use http::Method;

use crate::exact::{Findings, JSON, crc32};
use crate::load::within;
use crate::world::{FREIGHT, Front, Peer, on_every_line};

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
const MULTIPART: &[(&str, &str)] = &[("content-type", "multipart/form-data; boundary=edge")];

/// A `multipart/form-data` body of parts, each with its head line and its content.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend_from_slice(format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

const FIRST: &str = r#"
  - { name: crate, match: { path: "/crates/{id}" }, to: { service: freight, method: crate }, args: [path.id] }
"#;

#[test]
fn the_first_call_after_the_start_is_answered_and_soon() {
    on_every_line(async |peer| {
        within(Duration::from_secs(1), "the first answer", async || {
            let gateway = peer.gateway(FIRST).await;
            let begun = Instant::now();
            let answer = gateway.get("/crates/7").await;
            assert_eq!(answer.expect(200).json()["label"], "crate-7");
            begun.elapsed()
        })
        .await;
    });
}

const SOURCES: &str = r#"
  - { name: path, match: { method: GET, path: "/limits/{limit}/labels/{label}" },
      to: { service: freight, method: find, params: [string, int] }, args: [path.label, path.limit] }
  - { name: rest, match: { method: GET, path: "/files/{*rest}" }, to: { service: freight, method: echoString }, args: [path.rest] }
  - { name: list, match: { method: GET, path: /list }, to: { service: freight, method: find, params: ["list<string>"] }, args: [query.label] }
  - { name: ints, match: { method: GET, path: /ints }, to: { service: freight, method: find, params: ["int[]"] }, args: [query.id] }
  - { name: kinds, match: { method: GET, path: /kinds }, to: { service: freight, method: describeKindSet }, args: [query.kind] }
  - { name: integer, match: { method: GET, path: /integer }, to: { service: freight, method: echoBoxedInteger }, args: [query.value] }
  - { name: decimal, match: { method: GET, path: /decimal }, to: { service: freight, method: echoBigDecimal }, args: [query.value] }
  - { name: boolean, match: { method: GET, path: /boolean }, to: { service: freight, method: echoBoolean }, args: [query.value] }
  - { name: long, match: { method: GET, path: /long }, to: { service: freight, method: echoLong }, args: [query.value] }
  - { name: double, match: { method: GET, path: /double }, to: { service: freight, method: echoDouble }, args: [query.value] }
  - { name: char, match: { method: GET, path: /char }, to: { service: freight, method: echoChar }, args: [query.value] }
  - { name: date, match: { method: GET, path: /date }, to: { service: freight, method: echoLocalDate }, args: [query.value] }
  - { name: instant, match: { method: GET, path: /instant }, to: { service: freight, method: echoDate }, args: [query.value] }
  - { name: kind, match: { method: GET, path: /kind }, to: { service: freight, method: echoKind }, args: [query.value] }
  - { name: uuid, match: { method: GET, path: /uuid }, to: { service: freight, method: echoUuid }, args: [query.value] }
  - { name: bytes, match: { method: GET, path: /bytes }, to: { service: freight, method: echoBytes }, args: [query.value] }
  - { name: header, match: { method: GET, path: /header }, to: { service: freight, method: echoString }, args: [header.X-Tenant] }
  - { name: cookie, match: { method: GET, path: /cookie }, to: { service: freight, method: echoString }, args: [cookie.sid] }
  - { name: fields, match: { method: POST, path: /fields }, to: { service: freight, method: find, params: [string, int] },
      args: [body.filter.label, body.page.limit] }
  - { name: whole, match: { method: POST, path: /whole }, to: { service: freight, method: echoMerchant }, args: [body] }
  - { name: text, match: { method: POST, path: /text }, to: { service: freight, method: echoString }, args: [body] }
  - { name: raw, match: { method: POST, path: /raw }, to: { service: freight, method: lengthOf }, args: [body] }
  - { name: both, match: { method: POST, path: /both }, to: { service: freight, method: find, params: [string, int] },
      args: [body.name, { from: body.size, default: 3 }] }
  - { name: mix, match: { method: POST, path: "/mix/{id}" }, to: { service: freight, method: describeAll },
      args: [path.id, header.x-name, query.count, query.mark, body.crate, body.seal] }
  - { name: form, match: { method: POST, path: /form }, to: { service: freight, method: describeAll },
      args: [form.id, form.name, form.count, form.mark, { const: null }, form.seal] }
  - { name: checksum, match: { method: POST, path: /checksum }, to: { service: freight, method: checksumOf }, args: [part.photo] }
  - { name: parts, match: { method: POST, path: /parts }, to: { service: freight, method: describeAll },
      args: [part.id, part.name, part.count, part.mark, part.crate, part.seal] }
  - { name: const, match: { method: GET, path: /const }, to: { service: freight, method: find, params: [string, com.acme.freight.CrateKind] },
      args: [{ const: "a \"b\"" }, { const: SPICE }] }
  - { name: const-crate, match: { method: GET, path: /const-crate }, to: { service: freight, method: describeCrate },
      args: [{ const: { id: 7, weight: 1.50 } }] }
  - { name: client, match: { method: GET, path: /client }, to: { service: freight, method: echoString }, args: [client.ip] }
  - { name: nothing, match: { method: GET, path: /nothing }, to: { service: freight, method: version } }
  - { name: limits, match: { method: GET, path: /limits }, to: { service: freight, method: echoInt },
      args: [{ from: query.limit, default: 20, min: 1, max: 100 }] }
  - { name: wanted, match: { method: GET, path: /wanted }, to: { service: freight, method: echoString },
      args: [{ from: query.q, required: true, name: text }] }
  - { name: spared, match: { method: POST, path: /spared }, to: { service: freight, method: echoCrate }, args: [{ from: body, required: false }] }
"#;

#[test]
fn arguments_come_from_the_path_by_name_in_any_order_and_decoded() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        for (line, result) in [
            ("GET /limits/5/labels/silk", "find(String, int) silk 5"),
            ("GET /limits/-5/labels/a%20b+c", "find(String, int) a b+c -5"),
            ("GET /limits/0/labels/%E7%8E%89%E9%97%A8", "find(String, int) 玉门 0"),
            ("GET /files/a/b%20c/d", "a/b c/d"),
        ] {
            findings.row(&gateway, line, &[], "", 200, &format!("{result:?}")).await;
        }
        findings.end();
    });
}

#[test]
fn arguments_come_from_the_query_as_any_type_that_a_text_can_be_and_repeated_as_a_list() {
    let rows = [
        (
            "/list?label=a&x=1&label=b+c&label=%E7%8E%89",
            r#""find(List) ArrayList[String:\"a\", String:\"b c\", String:\"玉\"]""#,
        ),
        ("/list?label=a", r#""find(List) ArrayList[String:\"a\"]""#),
        ("/list?label=", r#""find(List) ArrayList[String:\"\"]""#),
        ("/list", r#""find(List) null""#),
        ("/ints?id=1&id=-2", r#""find(int[]) int[1, -2]""#),
        ("/kinds?kind=SILK&kind=JADE&kind=SILK", r#""HashSet[CrateKind:JADE, CrateKind:SILK]""#),
        ("/integer?value=2147483647", "2147483647"),
        ("/integer", "null"),
        ("/decimal?value=0.10", "0.10"),
        ("/decimal?value=-12345678901234567890.5", "-12345678901234567890.5"),
        ("/decimal", "null"),
        ("/boolean?value=true", "true"),
        ("/long?value=-9223372036854775808", "-9223372036854775808"),
        ("/double?value=1e3", "1000.0"),
        ("/char?value=%E9%97%A8", r#""门""#),
        ("/date?value=2024-02-29", r#""2024-02-29""#),
        ("/instant?value=2024-02-29T01:02:03%2B08:00", r#""2024-02-28T17:02:03Z""#),
        ("/instant?value=0", r#""1970-01-01T00:00:00Z""#),
        ("/kind?value=GLASS", r#""GLASS""#),
        ("/uuid?value=0f8fad5b-d9cb-469f-a165-70867728950e", r#""0f8fad5b-d9cb-469f-a165-70867728950e""#),
        ("/bytes?value=_-8", r#""/+8=""#),
        ("/limits?limit=100", "100"),
        ("/limits", "20"),
        ("/wanted?q=", r#""""#),
    ];
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        for (path, result) in rows {
            findings.row(&gateway, &format!("GET {path}"), &[], "", 200, result).await;
        }
        findings.end();
    });
}

#[test]
fn arguments_come_from_headers_and_cookies_which_may_be_absent() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        let cookies = [("cookie", "a=1; sid=\"x=y\"; b=2")];
        findings.row(&gateway, "GET /header", &[("x-tenant", "acme 1")], "", 200, "\"acme 1\"").await;
        findings.row(&gateway, "GET /header", &[("X-TENANT", "")], "", 200, "\"\"").await;
        findings.row(&gateway, "GET /header", &[("x-tenants", "acme")], "", 200, "null").await;
        findings.row(&gateway, "GET /cookie", &cookies, "", 200, "\"x=y\"").await;
        findings.row(&gateway, "GET /cookie", &[("cookie", "SID=x")], "", 200, "null").await;
        findings.row(&gateway, "GET /cookie", &[], "", 200, "null").await;
        findings.end();
    });
}

#[test]
fn arguments_come_from_the_body_whole_or_by_field() {
    let merchant = r#"{"name":"Zhang Qian","age":41,"licence":null,"home":null,"nickname":null}"#;
    let rows = [
        ("/fields", r#"{"page":{"limit":5},"x":[{}],"filter":{"label":"silk"}}"#, r#""find(String, int) silk 5""#),
        ("/fields", r#"{"page":{"limit":5},"filter":{"label":null}}"#, r#""find(String, int) null 5""#),
        ("/fields", r#"{"page":{"limit":5},"filter":null}"#, r#""find(String, int) null 5""#),
        ("/fields", r#"{"page":{"limit":5}}"#, r#""find(String, int) null 5""#),
        ("/whole", r#"{"age":41,"name":"Zhang Qian"}"#, merchant),
        ("/whole", "null", "null"),
        ("/text", "\"x\"", "\"x\""),
        ("/both", r#"{"name":"x"}"#, r#""find(String, int) x 3""#),
        ("/both", r#"{"name":"x","size":4}"#, r#""find(String, int) x 4""#),
        ("/spared", "", "null"),
    ];
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        for (path, body, result) in rows {
            findings.row(&gateway, &format!("POST {path}"), JSON, body, 200, result).await;
        }
        // Without a media type a body is JSON; text is text where a text is wanted.
        findings.row(&gateway, "POST /whole", &[], r#"{"age":41,"name":"Zhang Qian"}"#, 200, merchant).await;
        let json = [("content-type", "application/vnd.acme+json; charset=utf-8")];
        findings.row(&gateway, "POST /whole", &json, r#"{"age":41,"name":"Zhang Qian"}"#, 200, merchant).await;
        findings
            .row(&gateway, "POST /text", &[("content-type", "text/plain")], "plain \"玉\"", 200, r#""plain \"玉\"""#)
            .await;
        findings.end();
    });
}

#[test]
fn one_call_mixes_path_query_header_and_body() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        let headers = [("x-name", "Ban Chao"), ("content-type", "application/json")];
        let seen = r#""ArrayList[Long:9007199254740993, String:\"Ban Chao\", Integer:2, ArrayList[String:\"b\", String:\"a\"], Crate{id=Long:7, label=null, kind=CrateKind:SILK, weight=null, fragile=Boolean:false, packed=null, marks=null, contents=null, seal=null}, byte[1, 2]]""#;
        let body = r#"{"seal":"AQI=","crate":{"kind":"SILK","id":7}}"#;
        findings.row(&gateway, "POST /mix/9007199254740993?mark=b&count=2&mark=a", &headers, body, 200, seen).await;
        let bare = r#""ArrayList[Long:1, null, null, null, null, null]""#;
        findings.row(&gateway, "POST /mix/1", JSON, "{}", 200, bare).await;
        findings.row(&gateway, "POST /mix/1", &[], "", 200, bare).await;
        findings.end();
    });
}

#[test]
fn arguments_come_from_forms_of_both_kinds() {
    let seen =
        r#""ArrayList[Long:7, String:\"a b&玉\", Integer:2, ArrayList[String:\"x\", String:\"y\"], null, byte[1, 2]]""#;
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        let encoded = "id=7&mark=x&name=a+b%26%E7%8E%89&count=2&mark=y&seal=AQI%3D";
        findings.row(&gateway, "POST /form", FORM, encoded, 200, seen).await;
        let parts = multipart(&[
            ("name=id", b"7"),
            ("name=\"mark\"", b"x"),
            ("name=\"name\"", "a b&玉".as_bytes()),
            ("name=count", b"2"),
            ("name=\"mark\"", b"y"),
            ("name=\"seal\"", b"\x01\x02"),
        ]);
        findings.row(&gateway, "POST /form", MULTIPART, parts, 200, seen).await;
        findings.end();
    });
}

#[test]
fn parts_of_a_multipart_body_become_bytes_texts_and_objects() {
    let photo: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let sum = crc32(&photo);
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        let upload = multipart(&[
            ("name=\"x\"", b"y"),
            ("name=\"photo\"; filename=\"p.png\"\r\nContent-Type: image/png", &photo),
        ]);
        findings.row(&gateway, "POST /checksum", MULTIPART, upload, 200, &sum.to_string()).await;
        let parts = multipart(&[
            ("name=\"id\"", b"7"),
            ("name=\"name\"", "--edge\n玉".as_bytes()),
            ("name=\"crate\"\r\nContent-Type: application/json", br#"{"id":1,"seal":"AQI="}"#),
            ("name=\"mark\"\r\nContent-Type: application/json", br#"["a",null]"#),
            ("name=\"seal\"; filename=\"s\"", b"\x01\xff"),
        ]);
        let seen = r#""ArrayList[Long:7, String:\"--edge\n玉\", null, ArrayList[String:\"a\", null], Crate{id=Long:1, label=null, kind=null, weight=null, fragile=Boolean:false, packed=null, marks=null, contents=null, seal=byte[1, 2]}, byte[1, -1]]""#;
        findings.row(&gateway, "POST /parts", MULTIPART, parts, 200, seen).await;
        findings.end();
    });
}

#[test]
fn constants_the_clients_address_and_nothing_at_all_are_arguments() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(SOURCES).await;
        let mut findings = Findings::default();
        findings.row(&gateway, "GET /const", &[], "", 200, r#""find(String, CrateKind) a \"b\" SPICE""#).await;
        let seen = r#""Crate{id=Long:7, label=null, kind=null, weight=BigDecimal:1.5, fragile=Boolean:false, packed=null, marks=null, contents=null, seal=null}""#;
        findings.row(&gateway, "GET /const-crate", &[], "", 200, seen).await;
        findings.row(&gateway, "GET /client", &[("x-forwarded-for", "10.1.2.3")], "", 200, "\"127.0.0.1\"").await;
        findings.row(&gateway, "GET /nothing?x=1", &[], "", 200, &format!("{:?}", peer.line.release())).await;
        findings.end();
    });
}

#[test]
fn overloads_are_told_apart_by_count_and_by_type() {
    let routes: String = [
        ("none", "", ""),
        ("one-long", "params: [long]", "query.a"),
        ("one-box", "params: [Long]", "query.a"),
        ("one-text", "params: [string]", "query.a"),
        ("one-list", "params: [java.util.List]", "query.a"),
        ("one-array", "params: [\"int[]\"]", "query.a"),
        ("one-crate", "params: [com.acme.freight.Crate]", "body"),
        ("two-int", "params: [string, int]", "query.a, query.b"),
        ("two-kind", "params: [string, com.acme.freight.CrateKind]", "query.a, query.b"),
        ("by-argument", "", "query.a, { from: query.b, type: com.acme.freight.CrateKind }"),
        ("by-one-argument", "", "{ from: query.a, type: \"list<string>\" }"),
    ]
    .iter()
    .map(|(name, params, args)| {
        let params = if params.is_empty() { String::new() } else { format!(", {params}") };
        format!("  - {{ name: {name}, match: {{ path: /{name} }}, to: {{ service: freight, method: find{params} }}, args: [{args}] }}\n")
    })
    .collect();
    let rows = [
        ("/none", "find()"),
        ("/one-long?a=7", "find(long) 7"),
        ("/one-box?a=7", "find(Long) 7"),
        ("/one-box", "find(Long) null"),
        ("/one-text?a=7", "find(String) 7"),
        ("/one-list?a=7", "find(List) ArrayList[String:\"7\"]"),
        ("/one-array?a=7", "find(int[]) int[7]"),
        ("/two-int?a=7&b=8", "find(String, int) 7 8"),
        ("/two-kind?a=7&b=JADE", "find(String, CrateKind) 7 JADE"),
        ("/by-argument?a=7&b=JADE", "find(String, CrateKind) 7 JADE"),
        ("/by-one-argument?a=7", "find(List) ArrayList[String:\"7\"]"),
    ];
    on_every_line(async |peer| {
        let gateway = peer.gateway(&routes).await;
        let mut findings = Findings::default();
        for (path, result) in rows {
            findings.row(&gateway, &format!("GET {path}"), &[], "", 200, &serde_json::to_string(result).unwrap()).await;
        }
        let seen = r#""find(Crate) Crate{id=Long:7, label=null, kind=null, weight=null, fragile=Boolean:false, packed=null, marks=null, contents=null, seal=null}""#;
        findings.row(&gateway, "POST /one-crate", JSON, r#"{"id":7}"#, 200, seen).await;
        findings.end();
    });
}

#[test]
fn group_version_and_a_nested_interface_find_their_provider() {
    let services = format!(
        "  - {{ name: plain, interface: {FREIGHT}, registry: main }}
  - {{ name: grouped, interface: {FREIGHT}, registry: main, group: g1, version: \"1.0.0\" }}
  - {{ name: stall, interface: \"com.acme.freight.Bazaar$Stall\", registry: main }}
  - {{ name: other, interface: {FREIGHT}, registry: main, group: g2, version: \"1.0.0\" }}
"
    );
    let routes = r#"
  - { name: plain, match: { path: /plain }, to: { service: plain, method: who } }
  - { name: grouped, match: { path: /grouped }, to: { service: grouped, method: who } }
  - { name: greet, match: { path: /greet }, to: { service: stall, method: greet }, args: [query.name] }
  - { name: price, match: { path: /price }, to: { service: stall, method: price }, args: [body] }
  - { name: other, match: { path: /other }, to: { service: other, method: who, params: [] } }
"#;
    on_every_line(async |peer| {
        let gateway = peer.gateway_for(&services, routes).await;
        let mut findings = Findings::default();
        findings.row(&gateway, "GET /plain", &[], "", 200, "\"camel\"").await;
        findings.row(&gateway, "GET /grouped", &[], "", 200, "\"camel g1/1.0.0\"").await;
        findings.row(&gateway, "GET /greet?name=x", &[], "", 200, "\"welcome, x\"").await;
        let price = r#"{"coins":8,"currency":"wuzhu"}"#;
        findings.row(&gateway, "POST /price", JSON, r#"{"coins":4,"currency":"wuzhu"}"#, 200, price).await;
        assert_eq!(gateway.get("/other").await.expect(503).json()["code"], "YM0503");
        findings.end();
    });
}

/// A service of which nobody tells anything but where it is, called with the types that routes name.
async fn untold(peer: &Peer, routes: &str) -> Front {
    let endpoint = peer.provider.endpoint();
    let services = format!("  - {{ name: freight, interface: {FREIGHT}, endpoints: [\"{endpoint}\"] }}\n");
    peer.gateway_for(&services, routes).await
}

#[test]
fn a_method_of_unknown_classes_is_called_generically() {
    let routes = r#"
  - { name: describe, match: { path: /describe }, to: { service: freight, method: describeCrate, params: [com.acme.freight.Crate] }, args: [body] }
  - { name: echo, match: { path: /echo }, to: { service: freight, method: echoCrate, params: [com.acme.freight.Crate] }, args: [body] }
  - { name: list, match: { path: /list }, to: { service: freight, method: describeCrates, params: ["list<com.acme.freight.Crate>"] }, args: [body] }
  - { name: caravan, match: { path: /caravan }, to: { service: freight, method: echoCaravan, params: [com.acme.freight.Caravan] }, args: [body] }
  - { name: all, match: { path: "/all/{id}" }, to: { service: freight, method: describeAll,
      params: [long, string, Integer, "list<string>", com.acme.freight.Crate, "byte[]"] },
      args: [path.id, query.name, query.count, query.mark, body.crate, body.seal] }
  - { name: typed, match: { path: "/typed/{id}" }, to: { service: freight, method: crate, params: [long] }, args: [path.id] }
  - { name: count, match: { path: /count }, to: { service: freight, method: countCrates, params: ["list<com.acme.freight.Crate>"] }, args: [body],
      errors: [{ exception: java.lang.NullPointerException, status: 418, body: { class: exception.class } }] }
"#;
    let crate_of = |id: u8, rest: &str| {
        format!(
            "Crate{{id=Long:{id}, label=null, kind=null, weight=null, fragile=Boolean:false, packed=null, marks=null, contents=null, seal={rest}}}"
        )
    };
    let sent = r#"{"id":7,"label":"silk","kind":"SILK","weight":7.5,"fragile":true,"packed":"2026-01-05 10:02:11","marks":["a"],"contents":{"bolts":3},"seal":null}"#;
    let back = sent.replace("2026-01-05 10:02:11", "2026-01-05T10:02:11Z");
    let seen = r#"Crate{id=Long:7, label=String:"silk", kind=CrateKind:SILK, weight=BigDecimal:7.5, fragile=Boolean:true, packed=Date:1767607331000, marks=ArrayList[String:"a"], contents=HashMap{String:"bolts"=Integer:3}, seal=null}"#;
    let caravan = r#"{"id":7,"name":null,"owner":{"name":"x","age":1,"licence":null,"home":null,"nickname":null},"beast":"CAMEL","crates":null,
        "byShelf":{"7":null},"byKind":null,"permits":["a"],"route":[{"oasis":null,"nights":2}],"leaves":null}"#;
    on_every_line(async |peer| {
        let gateway = untold(peer, routes).await;
        let mut findings = Findings::default();
        let json = |text: &str| serde_json::to_string(text).unwrap();
        findings.row(&gateway, "POST /describe", JSON, sent, 200, &json(seen)).await;
        findings.row(&gateway, "POST /describe", JSON, "null", 200, "\"null\"").await;
        findings.row(&gateway, "POST /echo", JSON, sent, 200, &back).await;
        let list = json(&format!("ArrayList[{}, null]", crate_of(7, "null")));
        findings.row(&gateway, "POST /list", JSON, r#"[{"id":7,"nobody":"knows"},null]"#, 200, &list).await;
        findings.row(&gateway, "POST /caravan", JSON, caravan, 200, caravan).await;
        let all = json(&format!(
            "ArrayList[Long:1, String:\"x\", Integer:1, ArrayList[String:\"m\"], {}, byte[1, 2]]",
            crate_of(7, "null")
        ));
        findings
            .row(&gateway, "POST /all/1?name=x&count=1&mark=m", JSON, r#"{"crate":{"id":7},"seal":"AQI="}"#, 200, &all)
            .await;
        assert_eq!(gateway.get("/typed/7").await.expect(200).json()["label"], "crate-7");
        // An exception of a generic call travels in a wrapper; rules and answers are of the one within.
        let thrown = gateway.send(Method::POST, "/count", JSON, "null").await;
        assert_eq!(thrown.expect(418).text(), r#"{"class":"java.lang.NullPointerException"}"#);
        // The provider would make an object of whatever class a client names.
        for body in
            [r#"{"class":"com.acme.freight.ColdCrate","degrees":1}"#, r#"{"contents":{"class":"java.net.URL"}}"#]
        {
            let problem = gateway.send(Method::POST, "/describe", JSON, body).await.expect(400).json();
            assert_eq!(problem["code"], "YM0402", "{problem}");
        }
        findings.end();
    });
}

#[test]
fn attachments_are_taken_from_the_request() {
    let routes = r#"
  - { name: seen, match: { path: "/seen/{id}" }, to: { service: freight, method: attachments }, timeout: 19s,
      attachments: { tenant: header.x-tenant, who: query.who, id: path.id, ip: client.ip, sid: cookie.sid, trace: request.id,
        channel: { const: web }, number: { const: 7 }, field: body.a.b, absent: header.x-absent } }
"#;
    on_every_line(async |peer| {
        let gateway = peer.gateway_with(", attachments: { region: eu, channel: none }", routes).await;
        let headers = [("x-tenant", "acme"), ("cookie", "sid=x"), ("content-type", "application/json")];
        let answer = gateway.send(Method::POST, "/seen/5?who=%E7%8E%89", &headers, r#"{"a":{"b":"deep"}}"#).await;
        let seen = answer.expect(200).json();
        for (name, value) in [
            ("tenant", "acme"),
            ("who", "玉"),
            ("id", "5"),
            ("ip", "127.0.0.1"),
            ("sid", "x"),
            ("channel", "web"),
            ("number", "7"),
            ("field", "deep"),
            ("region", "eu"),
            ("interface", FREIGHT),
            ("path", FREIGHT),
        ] {
            assert_eq!(seen[name], value, "{name} of {seen}");
        }
        assert!(seen.get("absent").is_none(), "{seen}");
        assert_eq!(seen["trace"].as_str().map(str::len), Some(32), "{seen}");
        let timeout: u64 = seen["timeout"].as_str().unwrap().parse().unwrap();
        assert!((1..=19_000).contains(&timeout), "{timeout}");
    });
}
