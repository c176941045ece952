//! Limits of a listener where they meet routes, reloads and each other.

use std::{net::SocketAddr, sync::Arc};

use yumen_server::{
    config::{ByteSize, LimitsConfig, Sources},
    listener::{Caps, HttpLimits},
};
use yumen_tests::gateway::TestGateway;

use crate::{
    front::{Front, OK},
    wire::{Client, PATIENCE, ask, get},
};

/// A route that says nothing about bodies on a listener with 1 KiB, another with a limit of its own, and one that wants no body.
/// Nobody is at the endpoint: a body that is taken ends in 503.
fn edition(body_limit: &str) -> String {
    format!(
        r#"version: 1
listeners:
  - {{ name: web, bind: "127.0.0.1:0", limits: {{ request: {{ body: 1KiB }} }} }}
telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
services:
  - name: s
    interface: com.example.S
    endpoints: ["127.0.0.1:1"]
    retries: 0
    methods: {{ put: {{ params: [string], returns: void }}, touch: {{ params: [], returns: void }} }}
routes:
  - {{ name: plain, match: {{ method: POST, path: /plain }}, to: {{ service: s, method: put }}, args: [body] }}
  - {{ name: none, match: {{ method: POST, path: /none }}, to: {{ service: s, method: touch }} }}
  - {{ name: wide, match: {{ method: POST, path: /wide }}, to: {{ service: s, method: put }}, args: [body], body_limit: {body_limit} }}
"#
    )
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future)
}

/// A JSON string of this many bytes.
fn text(length: usize) -> String {
    format!("\"{}\"", "x".repeat(length - 2))
}

fn posted(address: SocketAddr, path: &str, body: &str) -> u16 {
    ask(address, &post(path, body)).status
}

fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn chunked(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n")
        .into_bytes()
}

#[test]
fn the_body_limit_of_one_route_is_not_the_limit_of_another() {
    block_on(async {
        let gateway =
            TestGateway::try_start(Sources::text("test.yaml", edition("64KiB")), Arc::default()).await.unwrap();
        let address = gateway.address;
        tokio::task::spawn_blocking(move || {
            for (path, length, status) in [
                ("/plain", 1024, 503),
                ("/plain", 1025, 413),
                ("/none", 1024, 503),
                ("/none", 1025, 413),
                ("/wide", 64 << 10, 503),
                ("/wide", (64 << 10) + 1, 413),
            ] {
                assert_eq!(posted(address, path, &text(length)), status, "{path} {length}");
                assert_eq!(ask(address, &chunked(path, &text(length))).status, status, "{path} {length} in chunks");
            }
        })
        .await
        .unwrap();
    });
}

#[test]
fn a_limit_that_was_raised_holds_on_connections_that_are_open_already() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yumen.yaml");
        std::fs::write(&file, edition("2KiB")).unwrap();
        let gateway = TestGateway::try_start(Sources::file(&file), Arc::default()).await.unwrap();
        let address = gateway.address;
        let mut client = Client::connect(address);
        client.send(&post("/wide", &text(2048)));
        let answer = tokio::task::spawn_blocking(move || (client.answer(PATIENCE).unwrap(), client));
        let (answer, mut client) = answer.await.unwrap();
        assert_eq!((answer.status, answer.is_last()), (503, false));
        std::fs::write(&file, edition("64KiB")).unwrap();
        gateway.reload().await.unwrap();
        client.send(&post("/wide", &text(60 << 10)));
        let answer = tokio::task::spawn_blocking(move || client.answer(PATIENCE).unwrap()).await.unwrap();
        assert_eq!(answer.status, 503, "{}", answer.head);
    });
}

#[test]
fn a_network_that_is_trusted_no_more_is_believed_no_more_on_open_connections() {
    let trusting = HttpLimits { trusted: vec!["127.0.0.0/8".parse().unwrap()], ..HttpLimits::default() };
    let front = Front::with(trusting);
    let asked = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n";
    let mut client = Client::connect(front.address);
    client.send(asked);
    assert_eq!(client.answer(PATIENCE).unwrap().json()["client"], "203.0.113.7");
    front.limits.store(Arc::new(HttpLimits::default()));
    client.send(asked);
    assert_eq!(client.answer(PATIENCE).unwrap().json()["client"], "127.0.0.1");
}

#[test]
fn limits_that_a_connection_is_built_with_end_it_when_they_change() {
    let front = Front::start();
    let mut client = Client::connect(front.address);
    client.send(&get("/"));
    assert!(!client.answer(PATIENCE).unwrap().is_last());
    front.limits.store(Arc::new(HttpLimits { in_flight: 9, ..HttpLimits::default() }));
    client.send(&get("/"));
    assert!(!client.answer(PATIENCE).unwrap().is_last(), "nothing of it was built in");
    front.limits.store(Arc::new(HttpLimits { headers: 300, ..HttpLimits::default() }));
    client.send(&get("/"));
    assert!(client.answer(PATIENCE).unwrap().is_last());
}

#[test]
fn a_lone_body_up_to_the_limit_always_has_room() {
    let mut config = LimitsConfig::default();
    config.request.body = ByteSize::mib(100);
    let front = Front::with(HttpLimits::new(&config, Vec::new()));
    let length = 70 << 20;
    let mut client = Client::connect(front.address);
    client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n").as_bytes());
    client.send(&vec![b'x'; length]);
    let answer = client.answer(PATIENCE).unwrap();
    assert_eq!((answer.status, &answer.json()["body"]), (OK, &length.into()));
}

#[test]
fn what_is_under_way_at_once_is_shared_by_the_workers() {
    let most = |workers| HttpLimits { in_flight: 10, ..HttpLimits::default() }.shared_by(workers).in_flight;
    assert_eq!([most(0), most(1), most(4), most(20)], [10, 10, 3, 1]);
}

#[test]
fn a_request_that_finds_no_route_is_counted_by_its_cause() {
    block_on(async {
        let gateway =
            TestGateway::try_start(Sources::text("test.yaml", edition("2KiB")), Arc::default()).await.unwrap();
        gateway.get("/nowhere").await.expect(404);
        gateway.get("/plain").await.expect(405);
        gateway.get("/plain").await.expect(405);
        let metrics = gateway.status("/metrics").await.text();
        for line in
            [r#"yumen_http_unrouted_total{cause="no_route"} 1"#, r#"yumen_http_unrouted_total{cause="method"} 2"#]
        {
            assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
        }
    });
}

#[test]
fn the_word_that_there_is_no_place_arrives_although_the_request_was_sent() {
    let front = Front::capped(HttpLimits::default(), Caps { total: 1, per_address: 1 });
    let mut inside = Client::connect(front.address);
    inside.send(&get("/"));
    assert_eq!(inside.answer(PATIENCE).unwrap().status, OK);
    for _ in 0..100 {
        let mut client = Client::connect(front.address);
        for _ in 0..4 {
            client.send(&get("/"));
        }
        let answer = client.answer(PATIENCE).expect("the 503 and no reset");
        assert_eq!(answer.status, 503);
    }
}
