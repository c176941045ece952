//! Provider lists and limits across reloads: what is published is fed on, whatever a new file tries.

use std::{path::Path, sync::Arc};

use http::Method;
use serde_json::json;
use yumen_dubbo::{
    metadata::{Definition, definition::parse},
    registry::memory::MemoryRegistry,
    service_key::ServiceKey,
};
use yumen_server::config::Sources;
use yumen_tests::gateway::{PREAMBLE, TestGateway};

use crate::{
    depot::{Depot, put},
    load::{Load, until},
    world::{FREIGHT, run},
};

/// A gateway in this process that reads this file.
async fn gateway(path: &Path, text: &str) -> TestGateway {
    put(path, text);
    let started = TestGateway::try_start(Sources::file(path), Default::default()).await;
    started.unwrap_or_else(|error| panic!("the gateway does not start:\n{error}"))
}

/// A configuration whose providers are in a file; `arg` is what a method gets that wants a map.
fn listed(providers: &Path, version: &str, arg: &str) -> String {
    format!(
        r#"version: 1
listeners: [{{ name: web, bind: "127.0.0.1:0" }}]
telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
gateway: {{ workers: 2 }}
registries: [{{ name: list, type: file, path: {providers:?} }}]
services:
  - name: freight
    interface: {FREIGHT}
    registry: list
    version: "{version}"
    methods: {{ who: {{ returns: string }}, sum: {{ params: ["map<string,long>"], returns: long }} }}
routes:
  - {{ name: who, match: {{ path: /who }}, to: {{ service: freight, method: who }} }}
  - {{ name: sum, match: {{ path: "/sum/{{id}}" }}, to: {{ service: freight, method: sum }}, args: [{arg}] }}
"#
    )
}

/// The list of providers in the file is what the gateway goes by: it empties the list and fills it again.
async fn follows(gateway: &TestGateway, providers: &Path) {
    let list = std::fs::read_to_string(providers).unwrap();
    put(providers, "# nobody\n");
    until("nobody provides it", async || gateway.get("/who").await.status == 503).await;
    put(providers, &list);
    until("somebody provides it", async || gateway.get("/who").await.status == 200).await;
}

#[test]
fn a_reload_that_is_refused_when_it_is_built_leaves_the_live_lists_fed() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let (config, providers, other) =
            (folder.path().join("yumen.yaml"), folder.path().join("providers"), folder.path().join("other"));
        put(&providers, &format!("dubbo://{}/{FREIGHT}?token=secret\n", depot.provider.endpoint()));
        put(&other, "# nobody\n");
        let good = listed(&providers, "", "body");
        let gateway = gateway(&config, &good).await;
        let load = Load::get(gateway.address, 2, "/who");
        // Each asks for another list, and for text where a map is wanted, which shows only when the plan is made.
        for refused in [listed(&other, "", "path.id"), listed(&providers, "9.9.9", "path.id")] {
            put(&config, &refused);
            let findings = gateway.reload().await.unwrap_err().to_string();
            assert!(findings.contains("cannot be made of it"), "{findings}");
            load.some_more(20).await;
        }
        load.stop().await.expect_no_failure();
        follows(&gateway, &providers).await;
        put(&config, &good);
        assert_eq!(gateway.reload().await.unwrap(), 1, "nothing new was published");
        follows(&gateway, &providers).await;
    });
}

/// A configuration that learns everything from ZooKeeper, and keeps nothing on disk.
fn learned(depot: &Depot, registry: &str) -> String {
    format!(
        r#"version: 1
listeners: [{{ name: web, bind: "127.0.0.1:0" }}]
telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
gateway: {{ workers: 2, state: "" }}
registries: [{{ name: {registry}, type: zookeeper, address: "{zookeeper}" }}]
services: [{{ name: freight, interface: {FREIGHT}, registry: {registry} }}]
routes:
  - {{ name: who, match: {{ path: /who }}, to: {{ service: freight, method: who }} }}
  - {{ name: crate, match: {{ path: /crate }}, to: {{ service: freight, method: describeCrate }}, args: [body] }}
"#,
        zookeeper = depot.address,
    )
}

#[test]
fn a_registry_that_is_renamed_while_it_is_away_costs_no_call() {
    run(async {
        let depot = Depot::get().await;
        let mut zookeeper = depot.zookeeper.lock().await;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("yumen.yaml");
        let gateway = gateway(&config, &learned(depot, "before")).await;
        let ready = async || gateway.status("/readyz").await.text();
        until("ready", async || ready().await == "ready\n").await;
        let load = Load::get(gateway.address, 2, "/who");
        load.some_more(20).await;
        zookeeper.kill();
        until("a word on the registry", async || ready().await.contains("before is not connected")).await;
        put(&config, &learned(depot, "after"));
        assert_eq!(gateway.reload().await.unwrap(), 2);
        load.some_more(50).await;
        // It needs the contract: without it nothing tells that `id` is a long.
        let described = gateway.post("/crate", &json!({ "id": 7, "label": "silk" })).await;
        assert!(described.expect(200).text().contains("id=Long:7"), "{}", described.text());
        until("a word on the new one", async || ready().await == "ready, degraded: registry after is not connected\n")
            .await;
        zookeeper.restart().await;
        until("ready again", async || ready().await == "ready\n").await;
        load.some_more(50).await;
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn listeners_in_another_order_keep_their_limits() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("yumen.yaml");
        let listener = |name: &str, headers: u32| {
            format!("  - {{ name: {name}, bind: \"127.0.0.1:0\", limits: {{ request: {{ headers: {headers} }} }} }}\n")
        };
        let (strict, lax) = (listener("public", 10), listener("inside", 100));
        let file = |listeners: &[&str], path: &str| {
            format!(
                r#"version: 1
listeners:
{listeners}telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
services: [{{ name: s, interface: a.B, endpoints: ["127.0.0.1:1"], methods: {{ m: {{}} }} }}]
routes: [{{ name: r, match: {{ path: {path} }}, to: {{ service: s, method: m }} }}]
"#,
                listeners = listeners.concat(),
            )
        };
        let gateway = gateway(&config, &file(&[&strict, &lax], "/one")).await;
        let names: Vec<_> = (0..20).map(|number| format!("x-{number}")).collect();
        let headers: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        let ask = async || gateway.send(Method::GET, "/unknown", &headers, "").await.status.as_u16();
        assert_eq!(ask().await, 431);
        for (version, listeners) in [(2, [&*lax, &strict]), (3, [&*lax, ""])] {
            put(&config, &file(&listeners, &format!("/number-{version}")));
            assert_eq!(gateway.reload().await.unwrap(), version);
            assert_eq!(ask().await, 431, "the public port has got the limits of another");
        }
        put(&config, &file(&[&lax, &listener("public", 50)], "/four"));
        gateway.reload().await.unwrap();
        assert_eq!(ask().await, 404, "its own limits were not applied");
    });
}

#[test]
fn definitions_that_come_together_make_one_version() {
    const SERVICES: usize = 60;
    run(async {
        let (mut services, mut routes) = (String::new(), String::new());
        for number in 0..SERVICES {
            services += &format!("  - {{ name: s{number}, interface: a.S{number}, registry: main }}\n");
            // Until the definition is known nothing tells that the id is a long, and nothing is called.
            routes += &format!(
                "  - {{ name: r{number}, match: {{ path: \"/{number}/{{id}}\" }}, to: {{ service: s{number}, method: m }}, args: [path.id] }}\n"
            );
        }
        let registry = Arc::new(MemoryRegistry::new());
        let text =
            format!("{PREAMBLE}registries: [{{ name: main, type: embedded }}]\nservices:\n{services}routes:\n{routes}");
        let gateway = TestGateway::try_start(Sources::text("test.yaml", text), Arc::clone(&registry)).await.unwrap();
        // 503 as long as nothing is known, 400 once the id has to be a number.
        let last = format!("/{}/seven", SERVICES - 1);
        gateway.get(&last).await.expect(503);
        for number in 0..SERVICES {
            let interface = format!("a.S{number}");
            let text =
                r#"{ "methods": [{ "name": "m", "parameterTypes": ["long"], "returnType": "long" }], "types": [] }"#;
            let contract = parse(text.as_bytes(), &interface).unwrap().contract;
            registry.define(&ServiceKey::new(&interface, None, None), Definition::Known(Arc::new(contract)));
        }
        until("the last definition", async || gateway.get(&last).await.status == 400).await;
        // A busy machine may stop between two of them.
        let version = gateway.reload().await.unwrap();
        assert!(version <= 4, "{SERVICES} definitions made {} versions", version - 1);
    });
}
