//! The gateway serves while ZooKeeper is away, and finds what ZooKeeper tells when it comes.

use std::{path::Path, time::Duration};

use serde_json::json;
use yumen_tests::{
    gateway::{Answer, TestGateway},
    java::{JavaProvider, Line},
};

use crate::{
    depot::Depot,
    load::{Load, until, within},
    world::{FREIGHT, run},
};

/// A gateway that learns everything from the depot's ZooKeeper, under one root.
async fn gateway(depot: &Depot, root: &str, state: &Path) -> TestGateway {
    let sections = format!(
        r#"
gateway: {{ state: {state:?}, workers: 1 }}
registries: [{{ name: main, type: zookeeper, address: "{zookeeper}", root: {root} }}]
services:
  - {{ name: freight, interface: {FREIGHT}, registry: main }}
routes:
  - {{ name: who, match: {{ path: /who }}, to: {{ service: freight, method: who }} }}
  - {{ name: crate, match: {{ path: /crate }}, to: {{ service: freight, method: describeCrate }}, args: [body] }}
"#,
        zookeeper = depot.address,
    );
    TestGateway::start(&sections).await
}

/// What `/readyz` says.
async fn readiness(gateway: &TestGateway) -> String {
    let answer = gateway.status("/readyz").await;
    format!("{} {}", answer.status.as_u16(), answer.text())
}

async fn until_ready(gateway: &TestGateway) {
    until("ready without any complaint", async || readiness(gateway).await == "200 ready\n").await;
}

/// A call that needs the contract: without it nothing tells that `id` is a long.
async fn describe(gateway: &TestGateway) -> Answer {
    gateway.post("/crate", &json!({ "id": 7, "label": "silk" })).await
}

#[test]
fn a_zookeeper_that_is_killed_and_comes_back_costs_no_call() {
    run(async {
        let depot = Depot::get().await;
        let mut zookeeper = depot.zookeeper.lock().await;
        let state = tempfile::tempdir().unwrap();
        let gateway = gateway(depot, "dubbo", state.path()).await;
        until_ready(&gateway).await;
        let load = Load::get(gateway.address, 3, "/who");
        load.some_more(100).await;
        zookeeper.kill();
        until("a word on the registry", async || {
            readiness(&gateway).await == "200 ready, degraded: registry main is not connected\n"
        })
        .await;
        load.some_more(100).await;
        zookeeper.restart().await;
        until_ready(&gateway).await;
        load.some_more(100).await;
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn a_gateway_that_starts_without_zookeeper_serves_what_an_earlier_run_was_told() {
    run(async {
        let depot = Depot::get().await;
        let mut zookeeper = depot.zookeeper.lock().await;
        let state = tempfile::tempdir().unwrap();
        let mut earlier = gateway(depot, "dubbo", state.path()).await;
        earlier.ready().await;
        let answer = describe(&earlier).await;
        earlier.stop().await;
        assert!(answer.expect(200).text().contains("id=Long:7"), "{}", answer.text());
        zookeeper.kill();
        let mut later = serves_at_once(depot, state.path(), &answer).await;
        zookeeper.restart().await;
        until_ready(&later).await;
        later.stop().await;
        // One that takes connections and says nothing is as good as none.
        let paused = zookeeper.pause();
        let later = serves_at_once(depot, state.path(), &answer).await;
        paused.resume();
        until_ready(&later).await;
    });
}

/// Starts a gateway without ZooKeeper: it answers soon, as an earlier one did.
async fn serves_at_once(depot: &Depot, state: &Path, answer: &Answer) -> TestGateway {
    let mut later = None;
    within(Duration::from_secs(2), "a start without ZooKeeper", async || {
        let begun = std::time::Instant::now();
        let started = later.insert(gateway(depot, "dubbo", state).await);
        assert_eq!(describe(started).await.expect(200).text(), answer.text());
        begun.elapsed()
    })
    .await;
    let later = later.unwrap();
    assert_eq!(readiness(&later).await, "200 ready, degraded: registry main is not connected\n");
    later
}

#[test]
fn a_gateway_that_knows_nothing_says_so_until_zookeeper_and_a_provider_come_and_when_they_go() {
    run(async {
        let depot = Depot::get().await;
        let mut zookeeper = depot.zookeeper.lock().await;
        zookeeper.kill();
        let state = tempfile::tempdir().unwrap();
        let gateway = gateway(depot, "late", state.path()).await;
        assert_eq!(describe(&gateway).await.expect(503).json()["code"], "YM0503");
        assert_eq!(gateway.get("/who").await.expect(503).json()["code"], "YM0503");
        assert_eq!(readiness(&gateway).await, "503 not ready: nothing is known yet of freight\n");
        zookeeper.restart().await;
        until("that nobody provides it", async || {
            readiness(&gateway).await == "503 not ready: no provider of freight\n"
        })
        .await;
        let registry = format!("{}?group=late", zookeeper.registry_url());
        let provider = JavaProvider::builder(Line::V2_7).id("late").argument("registry", &registry).exports(&["plain"]);
        let mut provider = provider.argument("timeout", "20000").start().await;
        until_ready(&gateway).await;
        assert_eq!(gateway.get("/who").await.expect(200).json(), "late");
        until("the contract", async || describe(&gateway).await.status == 200).await;
        assert!(describe(&gateway).await.text().contains("id=Long:7"));
        provider.stop().await;
        until("that the provider left", async || {
            readiness(&gateway).await == "503 not ready: no provider of freight\n"
        })
        .await;
        gateway.get("/who").await.expect(503);
    });
}

#[test]
fn group_version_nested_interface_and_token_reach_the_service_that_is_meant() {
    run(async {
        let depot = Depot::get().await;
        let _undisturbed = depot.zookeeper.lock().await;
        let state = tempfile::tempdir().unwrap();
        let sections = format!(
            r#"
gateway: {{ state: {state:?}, workers: 1 }}
registries: [{{ name: main, type: zookeeper, address: "{zookeeper}" }}]
services:
  - {{ name: plain, interface: {FREIGHT}, registry: main }}
  - {{ name: g1, interface: {FREIGHT}, group: g1, version: "1.0.0", registry: main }}
  - {{ name: other, interface: {FREIGHT}, group: g1, version: "2.0.0", registry: main }}
  - {{ name: stall, interface: "com.acme.freight.Bazaar$Stall", registry: main }}
  - {{ name: no-token, interface: {FREIGHT}, endpoints: ["{endpoint}"] }}
routes:
  - {{ name: plain, match: {{ path: /plain }}, to: {{ service: plain, method: who }} }}
  - {{ name: g1, match: {{ path: /g1 }}, to: {{ service: g1, method: who }} }}
  - {{ name: other, match: {{ path: /other }}, to: {{ service: other, method: who }} }}
  - {{ name: greet, match: {{ path: "/greet/{{name}}" }}, to: {{ service: stall, method: greet }}, args: [path.name] }}
  - {{ name: price, match: {{ path: /price }}, to: {{ service: stall, method: price }}, args: [body] }}
  - {{ name: no-token, match: {{ path: /no-token }}, to: {{ service: no-token, method: who }} }}
"#,
            state = state.path(),
            zookeeper = depot.address,
            endpoint = depot.provider.endpoint(),
        );
        let gateway = TestGateway::start(&sections).await;
        gateway.ready().await;
        assert_eq!(gateway.get("/plain").await.expect(200).json(), "camel");
        assert_eq!(gateway.get("/g1").await.expect(200).json(), "camel g1/1.0.0");
        gateway.get("/other").await.expect(503);
        let greeting = gateway.get("/greet/ann").await;
        assert!(greeting.expect(200).text().contains("ann"), "{}", greeting.text());
        let price = json!({ "coins": 7, "currency": "tael" });
        let offer = gateway.post("/price", &price).await;
        assert_eq!(offer.expect(200).json()["currency"], "tael");
        let refused = gateway.get("/no-token").await;
        assert!(refused.status.is_server_error(), "the token was not asked for: {}", refused.text());
    });
}
