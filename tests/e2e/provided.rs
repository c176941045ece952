//! What a provider registers about its methods counts where the configuration says nothing, as for Dubbo's consumers.

use std::time::{Duration, Instant};

use yumen_tests::{
    gateway::TestGateway,
    java::{JavaProvider, Line},
};

use crate::{
    pair::zookeeper,
    world::{FREIGHT, run},
};

const ROUTES: &str = r#"
  - { name: slow, match: { path: "/slow/{ms}" }, to: { service: freight, method: slow }, args: [path.ms] }
  - { name: seen, match: { path: /seen }, to: { service: freight, method: attachments } }
  - { name: again, match: { path: "/again/{key}" }, to: { service: freight, method: flakySlow },
      args: [path.key, { const: 3 }, { const: 60000 }], idempotent: true }
  - { name: count, match: { path: "/count/{key}" }, to: { service: freight, method: countOf }, args: [path.key] }
"#;

#[test]
fn timeouts_and_retries_that_a_provider_registers_count_also_those_of_single_methods() {
    run(async {
        let [one, two, three] = Line::ALL.map(counts);
        tokio::join!(one, two, three);
    });
}

async fn counts(line: Line) {
    let zookeeper = zookeeper().await;
    let root = format!("provided-{line}");
    let registry = format!("{}?group={root}", zookeeper.registry_url());
    let provider = JavaProvider::builder(line).id("camel").argument("registry", &registry).exports(&["plain"]);
    let provider = provider
        .argument("timeout", "40000")
        .parameter("slow.timeout", "700")
        .parameter("flakySlow.timeout", "2000")
        .parameter("flakySlow.retries", "3");
    let _provider = provider.start().await;
    let state = tempfile::tempdir().unwrap();
    let sections = format!(
        r#"
gateway: {{ state: {state:?}, workers: 1 }}
registries: [{{ name: main, type: zookeeper, address: "{address}", root: {root} }}]
services: [{{ name: freight, interface: {FREIGHT}, registry: main }}]
routes: {ROUTES}"#,
        state = state.path(),
        address = zookeeper.address(),
    );
    let gateway = TestGateway::start(&sections).await;
    gateway.ready().await;
    let seen: u64 = gateway.get("/seen").await.expect(200).json()["timeout"].as_str().unwrap().parse().unwrap();
    assert!((20_000..=40_000).contains(&seen), "Dubbo {line} was given {seen} ms");
    let begun = Instant::now();
    gateway.get("/slow/60000").await.expect(504);
    let range = Duration::from_millis(700)..Duration::from_secs(35);
    assert!(range.contains(&begun.elapsed()), "Dubbo {line}: an attempt of 700 ms took {:?}", begun.elapsed());
    // Three attempts too slow: Dubbo's own two retries would not do.
    assert_eq!(gateway.get("/again/provided").await.expect(200).json(), "camel");
    assert_eq!(gateway.get("/count/provided").await.expect(200).json(), 4);
}
