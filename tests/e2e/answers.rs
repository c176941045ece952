//! What an answer looks like: nulls, nothing, one-way calls, templates, sizes, forms of values, and exceptions by class.

use bytes::Bytes;
use http::Method;
use yumen_tests::java::Line;

use crate::exact::{Findings, JSON, crc32};
use crate::load::until;
use crate::world::{FREIGHT, on_every_line};

const ANSWERS: &str = r#"
  - { name: nothing, match: { path: /nothing }, to: { service: freight, method: nothing } }
  - { name: counts, match: { path: "/counts/{crates}" }, to: { service: freight, method: countByCrate }, args: [path.crates] }
  - { name: city, match: { path: "/città/{id}", host: a_b.example }, to: { service: freight, method: echoString }, args: [path.id] }
  - { name: street, match: { path: "/v%c3%ada/{id}" }, to: { service: freight, method: echoString }, args: [path.id] }
  - { name: rest, match: { path: /rest }, to: { service: freight, method: rest } }
  - { name: template, match: { path: "/template/{id}" }, to: { service: freight, method: crate }, args: [path.id],
      respond: { status: 201, body: { id: result.id, list: [result.label, fixed, 5, null, true], bolts: result.contents.bolts, none: result.x.y, all: { whole: result } } } }
  - { name: rested, match: { path: /rested }, to: { service: freight, method: rest }, respond: { status: 200, body: { done: true } } }
  - { name: accepted, match: { path: /accepted }, to: { service: freight, method: version }, respond: { status: 202 } }
  - { name: answer, match: { path: /answer }, to: { service: freight, method: answerWith }, args: [{ const: x }, { const: y }] }
  - { name: ring, match: { path: /ring }, to: { service: freight, method: ring } }
  - { name: text, match: { path: "/text/{units}" }, to: { service: freight, method: longText }, args: [path.units], timeout: 20s }
  - { name: bytes, match: { path: "/bytes/{length}" }, to: { service: freight, method: longBytes }, args: [path.length], timeout: 20s }
  - { name: crates, match: { path: "/crates/{count}" }, to: { service: freight, method: manyCrates }, args: [path.count], timeout: 20s }
  - { name: length, match: { path: /length }, to: { service: freight, method: lengthOf }, args: [body], timeout: 20s }
  - { name: sum, match: { path: /sum }, to: { service: freight, method: checksumOf }, args: [body], timeout: 20s }
  - { name: counted, match: { path: /counted }, to: { service: freight, method: countCrates }, args: [body], timeout: 20s }
"#;

#[test]
fn null_void_and_templates_answer_as_the_route_says() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ANSWERS).await;
        let mut findings = Findings::default();
        findings.row(&gateway, "GET /nothing", &[], "", 200, "null").await;
        findings.row(&gateway, "GET /rest", &[], "", 204, "").await;
        findings.row(&gateway, "GET /rested", &[], "", 200, r#"{"done":true}"#).await;
        let version = format!("{:?}", peer.line.release());
        findings.row(&gateway, "GET /accepted", &[], "", 202, &version).await;
        let kind = r#"{"id":7,"list":["crate-7","fixed",5,null,true],"bolts":7,"none":null,"all":{"whole":{"id":7,"label":"crate-7","kind":"GLASS",
            "weight":7.50,"fragile":true,"packed":"2023-11-14T22:13:27Z","marks":["north","mark-7"],"contents":{"bolts":7},"seal":"AQIH"}}}"#;
        findings.row(&gateway, "GET /template/7", &[], "", 201, kind).await;
        // An attachment on the reply changes nothing.
        findings.row(&gateway, "GET /answer", &[], "", 200, "\"y\"").await;
        let rest = gateway.get("/rest").await;
        assert!(rest.headers.get("content-type").is_none(), "{rest:?}");
        assert_eq!(gateway.get("/nothing").await.headers["content-type"], "application/json");
        let ring = gateway.get("/ring").await;
        assert_eq!(ring.expect(502).json()["detail"], "the reply contains a value that contains itself");
        findings.end();
    });
}

#[test]
fn a_map_with_objects_for_keys_is_a_list_of_entries_also_where_it_begins_with_null() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ANSWERS).await;
        let mut findings = Findings::default();
        findings.row(&gateway, "GET /counts/0", &[], "", 200, r#"[{"key":null,"value":0}]"#).await;
        let crates = gateway.get("/counts/3").await.expect(200).json();
        let entries = crates.as_array().unwrap();
        let mut counts: Vec<_> = entries
            .iter()
            .map(|entry| (&entry["key"]["id"], &entry["value"]))
            .map(|(id, count)| (id.as_i64(), count.as_i64()))
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, [(None, Some(0)), (Some(1), Some(1)), (Some(2), Some(2)), (Some(3), Some(3))]);
        findings.end();
    });
}

#[test]
fn paths_and_hosts_are_taken_in_every_spelling_that_the_listener_takes() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ANSWERS).await;
        let mut findings = Findings::default();
        let host = [("host", "a_b.example")];
        for path in ["/citt%C3%A0/%C3%A9", "/citt%c3%a0/%c3%a9", "/%63itt%C3%A0/%C3%A9"] {
            findings.row(&gateway, &format!("GET {path}"), &host, "", 200, "\"é\"").await;
        }
        findings.row(&gateway, "GET /v%C3%ADa/7", &[], "", 200, "\"7\"").await;
        gateway.get("/citt%C3%A0/7").await.expect(404);
        findings.end();
    });
}

#[test]
fn a_one_way_call_is_accepted_and_arrives() {
    let services = format!(
        "  - {{ name: freight, interface: {FREIGHT}, registry: main, methods: {{ drop: {{ params: [string], one_way: true }},
            countOf: {{ params: [string], returns: int }} }} }}\n"
    );
    let routes = r#"
  - { name: drop, match: { path: "/drop/{key}" }, to: { service: freight, method: drop }, args: [path.key] }
  - { name: count, match: { path: "/count/{key}" }, to: { service: freight, method: countOf }, args: [path.key] }
"#;
    on_every_line(async |peer| {
        let gateway = peer.gateway_for(&services, routes).await;
        let answer = gateway.get("/drop/one-way").await;
        assert_eq!(answer.expect(202).text(), "");
        until("the call", async || gateway.get("/count/one-way").await.expect(200).text() == "1").await;
    });
}

#[test]
fn large_arguments_and_answers_pass_whole() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ANSWERS).await;
        let text = gateway.get("/text/1500000").await.expect(200).json();
        let text = text.as_str().unwrap();
        assert_eq!((text.chars().count(), text.chars().filter(|sign| *sign == '玉').count()), (1_500_000, 150_000));
        let bytes = gateway.get("/bytes/3000000").await;
        assert_eq!(bytes.expect(200).body.len(), 4_000_000 + 2);
        let crates = gateway.get("/crates/8000").await.expect(200).json();
        assert_eq!((crates.as_array().unwrap().len(), &crates[7999]["label"]), (8000, &"crate-7999".into()));
        let body = serde_json::to_string(text).unwrap();
        assert_eq!(gateway.send(Method::POST, "/length", JSON, body).await.expect(200).text(), "1500000");
        let raw: Vec<u8> = (0..=255).cycle().take(5_000_000).collect();
        let sum = crc32(&raw).to_string();
        assert_eq!(gateway.send(Method::POST, "/sum", &[], raw).await.expect(200).text(), sum);
        let many = crates.to_string();
        assert_eq!(gateway.send(Method::POST, "/counted", JSON, many).await.expect(200).text(), "8000");
    });
}

#[test]
fn what_is_too_large_for_dubbo_is_refused_and_the_next_call_passes() {
    on_every_line(async |peer| {
        let gateway = peer.gateway(ANSWERS).await;
        let answer = gateway.get("/bytes/9000000").await;
        assert_eq!(answer.expect(502).json()["code"], "YM0502");
        assert_eq!(gateway.get("/bytes/3").await.expect(200).text(), "\"ByZF\"");
        let large = gateway.send(Method::POST, "/sum", &[], Bytes::from(vec![7; 9_000_000])).await;
        let problem = large.expect(413).json();
        assert_eq!(
            (&problem["code"], &problem["detail"]),
            (&"YM0414".into(), &"the arguments are larger than a provider takes".into())
        );
        assert_eq!(gateway.get("/bytes/3").await.expect(200).text(), "\"ByZF\"");
    });
}

#[test]
fn longs_dates_and_class_names_are_written_as_the_service_says() {
    let routes = r#"
  - { name: crate, match: { path: "/crate/{id}" }, to: { service: freight, method: crate }, args: [path.id] }
  - { name: caravan, match: { path: /caravan }, to: { service: freight, method: caravan }, args: [{ const: 1 }] }
  - { name: long, match: { path: /long }, to: { service: freight, method: echoLong }, args: [body] }
  - { name: longs, match: { path: /longs }, to: { service: freight, method: echoLongList }, args: [body] }
  - { name: int, match: { path: /int }, to: { service: freight, method: echoInt }, args: [body] }
"#;
    on_every_line(async |peer| {
        let gateway = peer.gateway_with(", json: { long: string, date: millis, keep_class: true }", routes).await;
        let mut findings = Findings::default();
        let sample = r#"{"class":"com.acme.freight.Crate","id":"7","label":"crate-7","kind":"GLASS","weight":7.50,"fragile":true,
            "packed":1700000007000,"marks":["north","mark-7"],"contents":{"bolts":7},"seal":"AQIH"}"#;
        findings.row(&gateway, "GET /crate/7", &[], "", 200, sample).await;
        findings.row(&gateway, "POST /long", JSON, "7", 200, "\"7\"").await;
        findings.row(&gateway, "POST /long", JSON, "\"9223372036854775807\"", 200, "\"9223372036854775807\"").await;
        findings.row(&gateway, "POST /longs", JSON, "[1,\"2\"]", 200, r#"["1","2"]"#).await;
        findings.row(&gateway, "POST /int", JSON, "7", 200, "7").await;
        let caravan = gateway.get("/caravan").await.expect(200).json();
        assert_eq!(caravan["crates"][1]["class"], "com.acme.freight.ColdCrate", "{caravan}");
        assert_eq!(caravan["route"][0]["class"], "com.acme.freight.Caravan$Stop", "{caravan}");
        assert_eq!(caravan["owner"]["licence"], "9007199254740993", "{caravan}");
        findings.end();
    });
}

#[test]
fn exceptions_become_what_the_route_says_by_class_and_superclass() {
    let services = format!(
        "  - {{ name: freight, interface: {FREIGHT}, registry: main, types: {{ com.acme.freight.CargoFrozenException: {{ extends: com.acme.freight.CargoLostException }} }} }}\n"
    );
    let rules = "errors: [{ exception: com.acme.freight.CargoLostException, status: 404, body: { error: exception.message, class: exception.class, crate: exception.field.crateId, seen: exception.field.lastSeenAt, degrees: exception.field.degrees } },
        { exception: com.acme.depot.StampedeException, status: 429 },
        { exception: java.lang.IllegalStateException, status: 409, body: { why: exception.message } },
        { exception: java.lang.RuntimeException, status: 422 },
        { exception: \"*\", status: 418 }]";
    let routes: String = [
        ("lose", "lose", "{ const: 7 }, { const: Hami }"),
        ("frozen", "loseFrozen", "{ const: 8 }"),
        ("steal", "steal", "{ const: 9 }"),
        ("stampede", "stampede", "query.m"),
        ("cause", "failWithCause", "query.m"),
        ("divide", "divide", "{ const: 0 }"),
        ("gate", "closeGate", "{ const: 5 }"),
        ("crate", "crate", "{ const: 7 }"),
    ]
    .iter()
    .map(|(path, method, args)| {
        format!("  - {{ name: {path}, match: {{ path: /{path} }}, to: {{ service: freight, method: {method} }}, args: [{args}], {rules} }}\n")
    })
    .collect();
    on_every_line(async |peer| {
        let gateway = peer.gateway_for(&services, &routes).await;
        let mut findings = Findings::default();
        let lost = r#"{"error":"crate 7 is lost","class":"com.acme.freight.CargoLostException","crate":7,"seen":"Hami","degrees":null}"#;
        let frozen = r#"{"error":"crate 8 is frozen","class":"com.acme.freight.CargoFrozenException","crate":8,"seen":"the pass","degrees":-40}"#;
        findings.row(&gateway, "GET /lose", &[], "", 404, lost).await;
        findings.row(&gateway, "GET /frozen", &[], "", 404, frozen).await;
        findings.row(&gateway, "GET /cause?m=not+now", &[], "", 409, r#"{"why":"not now"}"#).await;
        for (path, status, detail) in [
            ("/steal", 418, "crate 9 is stolen"),
            ("/stampede?m=all+out", 429, "all out"),
            ("/gate", 418, "the gate is closed"),
        ] {
            let problem = gateway.get(path).await.expect(status).json();
            assert_eq!((&problem["detail"], &problem["status"]), (&detail.into(), &status.into()), "{path}");
        }
        // The class check of 3.3 does not let this exception of the JDK out of the provider.
        gateway.get("/divide").await.expect(if peer.line == Line::V3_3 { 502 } else { 422 });
        assert_eq!(gateway.get("/crate").await.expect(200).json()["id"], 7);
        findings.end();
    });
}
