//! What a client is told when a call fails: the right status for exceptions and for failures of RPC, and nothing of the inside.

use std::time::{Duration, Instant};

use http::Method;
use yumen_tests::gateway::Answer;
use yumen_tests::java::Line;

use crate::exact::{Findings, JSON, told};
use crate::world::{FREIGHT, Peer, on_every_line};

/// Nothing in an answer may tell of what lies behind the gateway.
fn leaks(answer: &Answer, peer: &Peer) -> Option<String> {
    let text = format!("{:?} {}", answer.headers, answer.text());
    // With its colon: a request id may well hold the same digits.
    let port = format!(":{}", peer.provider.port);
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let inside = [
        "127.0.0.1",
        &port,
        "\tat ",
        "\\tat ",
        ".java:",
        "com.acme",
        "org.apache",
        "java.lang",
        "Exception",
        "Caused by",
        "dubbo",
    ];
    let leak = inside.into_iter().chain([host.trim()]).find(|word| word.len() > 2 && text.contains(word));
    leak.map(|word| format!("{word:?} in {text}"))
}

const THROWERS: &str = r#"
  - { name: lose, match: { path: /lose }, to: { service: freight, method: lose }, args: [{ const: 7 }, { const: Hami }] }
  - { name: frozen, match: { path: /frozen }, to: { service: freight, method: loseFrozen }, args: [{ const: 8 }] }
  - { name: gate, match: { path: /gate }, to: { service: freight, method: closeGate }, args: [{ const: 5 }] }
  - { name: steal, match: { path: /steal }, to: { service: freight, method: steal }, args: [{ const: 9 }] }
  - { name: smuggle, match: { path: /smuggle }, to: { service: freight, method: smuggle }, args: [{ const: 10 }] }
  - { name: stampede, match: { path: /stampede }, to: { service: freight, method: stampede }, args: [query.m] }
  - { name: fail, match: { path: /fail }, to: { service: freight, method: fail }, args: [query.m] }
  - { name: cause, match: { path: /cause }, to: { service: freight, method: failWithCause }, args: [query.m] }
  - { name: divide, match: { path: /divide }, to: { service: freight, method: divide }, args: [{ const: 0 }] }
  - { name: refuse, match: { path: "/refuse/{code}" }, to: { service: freight, method: refuse }, args: [path.code, { const: "at 10.0.0.5" }] }
  - { name: break, match: { path: /break }, to: { service: freight, method: breakDown } }
"#;

#[test]
fn an_exception_is_told_by_its_message_and_never_by_its_inside() {
    let hidden = "the service could not do this";
    let failed = (502, "the provider failed to handle the call");
    on_every_line(async |peer| {
        let gateway = peer.gateway(THROWERS).await;
        let mut findings = Findings::default();
        // The class check of 3.3 holds back what it does not know: an error of the provider, not of the method.
        let held = |status: u16, detail| if peer.line == Line::V3_3 { failed } else { (status, detail) };
        for (path, (status, detail)) in [
            ("/lose", (500, "crate 7 is lost")),
            ("/frozen", (500, "crate 8 is frozen")),
            ("/gate", (500, "the gate is closed")),
            ("/steal", (500, "crate 9 is stolen")),
            ("/smuggle", held(500, "crate 10 is smuggled")),
            ("/stampede?m=all+out", (500, "all out")),
            ("/stampede", (500, hidden)),
            ("/stampede?m=one%0Atwo", (500, "one")),
            ("/fail?m=no", (500, "no")),
            ("/fail", (500, hidden)),
            ("/fail?m=java.sql.SQLException:%20at%2010.0.0.5", (500, hidden)),
            ("/cause?m=no", (500, "no")),
            ("/divide", held(500, hidden)),
            ("/break", held(500, hidden)),
            ("/refuse/0", (500, hidden)),
            ("/refuse/1", (503, "the provider cannot take the call now")),
            ("/refuse/2", (504, "the provider did not answer in time")),
            ("/refuse/3", (500, hidden)),
            ("/refuse/4", (403, "the call is not allowed")),
        ] {
            let answer = gateway.get(path).await;
            let problem = answer.json();
            if answer.status != status || problem["detail"] != detail {
                findings.add(format!("{path}: {status} {detail:?} was expected, not {} {problem}", answer.status));
            }
            let told = told(&answer);
            assert!(told.ends_with(&format!("{{\"detail\":{detail:?}}}")) || answer.status != status, "{told}");
            if let Some(leak) = leaks(&answer, peer) {
                findings.add(format!("{path}: {leak}"));
            }
        }
        findings.end();
    });
}

#[test]
fn failures_of_rpc_have_their_status_and_tell_nothing_of_the_provider() {
    on_every_line(async |peer| {
        let services = format!(
            "  - {{ name: freight, interface: {FREIGHT}, registry: main }}
  - {{ name: direct, interface: {FREIGHT}, endpoints: [\"{endpoint}\"] }}
  - {{ name: group, interface: {FREIGHT}, endpoints: [\"{endpoint}\"], group: nope }}
  - {{ name: nobody, interface: com.acme.freight.Nobody, registry: main }}
  - {{ name: closed, interface: {FREIGHT}, endpoints: [\"127.0.0.1:1\"] }}
  - {{ name: evil, interface: {FREIGHT}, endpoints: [\"{endpoint}\"], types: {{ com.evil.Thing: {{ x: int }} }} }}
",
            endpoint = peer.provider.endpoint()
        );
        let routes = r#"
  - { name: slow, match: { path: /slow }, to: { service: freight, method: slow }, args: [{ const: 3000 }], timeout: 250ms }
  - { name: learned, match: { path: /learned }, to: { service: freight, method: noSuch } }
  - { name: unknown, match: { path: /unknown }, to: { service: direct, method: noSuch, params: [string] }, args: [{ const: x }] }
  - { name: overload, match: { path: /overload }, to: { service: direct, method: find, params: [double] }, args: [{ const: 1.5 }] }
  - { name: group, match: { path: /group }, to: { service: group, method: who, params: [] } }
  - { name: nobody, match: { path: /nobody }, to: { service: nobody, method: who, params: [] } }
  - { name: closed, match: { path: /closed }, to: { service: closed, method: who, params: [] } }
  - { name: evil, match: { path: /evil }, to: { service: evil, method: echoObject, params: [com.evil.Thing] }, args: [body] }
"#;
        let gateway = peer.gateway_for(&services, routes).await;
        let mut findings = Findings::default();
        for (path, (status, detail)) in [
            ("/slow", (504, "no provider answered in time")),
            ("/learned", (502, "the provider failed to handle the call")),
            ("/unknown", (502, "the provider does not take this call")),
            ("/overload", (502, "the provider does not take this call")),
            ("/group", (502, "the provider failed to handle the call")),
            ("/nobody", (503, "no provider is available")),
            ("/closed", (503, "no provider could be reached")),
            // A parameter's class that the provider lacks.
            ("/evil", (502, "the provider does not take this call")),
        ] {
            let begun = Instant::now();
            let answer = gateway.send(Method::POST, path, JSON, r#"{"x":1}"#).await;
            let took = begun.elapsed();
            if answer.status != status || answer.json()["detail"] != detail || took > Duration::from_secs(15) {
                findings.add(format!(
                    "{path}: {status} {detail:?} was expected, not {} {} in {took:?}",
                    answer.status,
                    answer.text()
                ));
            }
            if let Some(leak) = leaks(&answer, peer) {
                findings.add(format!("{path}: {leak}"));
            }
        }
        findings.end();
    });
}
