//! Two mistakes in different places are both told, and nothing else: no fault hides another, none has an echo.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say so and stop")]

use std::collections::BTreeSet;

use yumen_server::{
    cli::examine,
    config::{Part, Sources},
};

const GOOD: &str = r#"version: 1
gateway:
  workers: 2
listeners:
  - name: web
    bind: "127.0.0.1:8080"
    limits:
      request:
        headers: 100
        body: 1MiB
registries:
  - name: main
    type: zookeeper
    address: "127.0.0.1:2181"
  - name: list
    type: static
    providers: ["dubbo://127.0.0.1:20880/a.B"]
services:
  - name: users
    interface: com.example.Users
    endpoints: ["127.0.0.1:20880"]
    timeout: 1s
    methods:
      get: { params: [long], returns: string }
      find: { params: [string, int], returns: "list<com.example.User>" }
      save: { params: [com.example.User] }
    types:
      com.example.User: { id: long, name: string }
  - name: orders
    interface: com.example.Orders
    registry: main
    retries: 1
routes:
  - name: get-user
    match: { method: GET, path: "/users/{id}" }
    to: { service: users, method: get }
    args: [path.id]
  - name: find-users
    match: { method: GET, path: /users }
    to: { service: users, method: find }
    args:
      - { from: query.q }
      - { from: query.limit, default: 20, max: 100 }
    respond:
      status: 200
      body: { list: result }
  - name: save-user
    match: { method: POST, path: /users }
    to: { service: users, method: save }
    args: [body]
    errors:
      - { exception: com.example.Taken, status: 409 }
    timeout: 2s
  - name: order
    match: { method: GET, path: "/orders/{id}" }
    to: { service: orders, method: get, params: [long] }
    args: [path.id]
    attachments: { tenant: header.x-tenant }
telemetry:
  level: info
"#;

/// What is written instead of what; each makes one line bad. Keys of whole sections are among them.
const MISTAKES: &[(&str, &str)] = &[
    ("version: 1", "version: 2"),
    ("workers: 2", "workers: none"),
    ("\"127.0.0.1:8080\"", "8080"),
    ("headers: 100", "hedaers: 100"),
    ("body: 1MiB", "body: 1MB"),
    ("type: zookeeper", "type: zookeper"),
    ("address: \"127.0.0.1:2181\"", "address: zk"),
    ("dubbo://", "http://"),
    ("services:", "service:"),
    ("com.example.Users", "com..example.Users"),
    ("endpoints: [", "endpoint: ["),
    ("timeout: 1s", "timeout: soon"),
    ("    methods:", "    method:"),
    ("get: { params: [long], ", "get: { params: [long], idempotnt: true, "),
    ("find: { params", "find: { onway: true, params"),
    ("name: string }", "name: strng }"),
    ("    types:", "    typs:"),
    ("registry: main", "registry: man"),
    ("retries: 1", "retries: -1"),
    ("routes:", "route:"),
    ("method: GET, path: \"/users", "method: GETT, path: \"/users"),
    ("args: [path.id]\n  - name: find", "args: [pth.id]\n  - name: find"),
    ("from: query.q", "form: query.q"),
    ("default: 20", "default: many"),
    ("status: 200", "status: 404"),
    ("list: result", "list: exception.message"),
    ("path: /users }\n    to: { service: users, method: save", "path: users }\n    to: { service: users, method: save"),
    ("args: [body]", "args: body"),
    ("com.example.Taken", "com example"),
    ("timeout: 2s", "timeout: 2"),
    ("path: \"/orders", "pth: \"/orders"),
    ("service: orders", "service: order"),
    ("header.x-tenant", "hedaer.x-tenant"),
    ("telemetry:", "telemetri:"),
    ("level: info", "level: loud"),
];

/// Code and place of all that is told.
fn told(mistakes: &[(&str, &str)]) -> BTreeSet<String> {
    let text = mistakes.iter().fold(GOOD.to_owned(), |text, (good, bad)| {
        assert_eq!(text.matches(good).count(), 1, "{good:?} is there once");
        text.replace(good, bad)
    });
    let (findings, document) = examine(&Sources::text("yumen.yaml", text));
    let place = |finding: &yumen_server::config::Finding| {
        let line = document.position_of(&finding.at, Part::Value);
        format!("{} {} {line}", finding.code, finding.message)
    };
    findings.iter().map(place).collect()
}

/// Without the column, which a mistake before it in the line may move.
fn lines(told: &BTreeSet<String>) -> BTreeSet<String> {
    told.iter().map(|one| one.rsplit_once(':').map_or("", |(line, _)| line).to_owned()).collect()
}

#[test]
fn a_file_without_mistakes_is_told_nothing() {
    assert_eq!(told(&[]), BTreeSet::new());
}

#[test]
fn any_two_mistakes_are_both_told_and_nothing_else() {
    let alone: Vec<_> = MISTAKES.iter().map(|mistake| lines(&told(&[*mistake]))).collect();
    for (mistake, told) in MISTAKES.iter().zip(&alone) {
        assert_eq!(told.len(), 1, "{mistake:?}: {told:?}");
    }
    for (first, one) in MISTAKES.iter().enumerate() {
        for (second, other) in MISTAKES.iter().enumerate().skip(first + 1) {
            let both = lines(&told(&[*one, *other]));
            let expected: BTreeSet<_> = alone[first].union(&alone[second]).cloned().collect();
            assert_eq!(both, expected, "{one:?} and {other:?}");
        }
    }
}

#[test]
fn all_mistakes_together_are_all_told() {
    let alone: BTreeSet<_> = MISTAKES.iter().flat_map(|mistake| lines(&told(&[*mistake]))).collect();
    let missing: Vec<_> = alone.difference(&lines(&told(MISTAKES))).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
