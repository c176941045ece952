//! The shipped plugins in the real host: every one is loaded with the example of its README, and called.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests all through")]

use std::rc::Rc;
use std::sync::Arc;

use yumen_plugin_host::words::{Action, Endpoint, FailurePolicy, Outcome, Protocol, RpcCode, RpcError, Snapshot};
use yumen_plugin_host::{
    Artifact, Balancer, Choice, EndpointStats, Grants, Host, HostOptions, Kind, LoadError, Pools, Router, Spec, Version,
};

mod tokens;
mod world;

use tokens::TOKENS;
use world::{Scripted, example, filter};

fn host() -> Arc<Host> {
    Host::start(HostOptions { instances: 64, ..HostOptions::default() }).expect("a host")
}

fn load(host: &Arc<Host>, plugin: &str, config: &str) -> Result<Arc<Version>, LoadError> {
    let component = yumen_plugins_bundle::builtin(plugin).expect("it is shipped").expect("it was built");
    let grants = Grants { clusters: vec!["identity".to_owned()], kv: vec!["keys".to_owned()], ..Grants::default() };
    let spec = Spec { config: config.to_owned(), grants, ..Spec::new(plugin) };
    host.load(&Artifact::new(component, format!("builtin:{plugin}")), &spec)
}

fn snapshot(parameters: &[(&str, &str)]) -> Rc<Snapshot> {
    let endpoint = |(at, (zone, version)): (usize, &(&str, &str))| Endpoint {
        id: at as u64 + 1,
        address: format!("10.0.0.{at}:20880"),
        weight: 100,
        zone: (*zone).to_owned(),
        parameters: vec![("version".to_owned(), (*version).to_owned())],
    };
    Rc::new(Snapshot { service: "users".to_owned(), endpoints: parameters.iter().enumerate().map(endpoint).collect() })
}

#[test]
fn every_shipped_plugin_loads_with_the_example_of_its_readme() {
    let host = host();
    for plugin in yumen_plugins_bundle::names() {
        let version = load(&host, plugin, &example(plugin)).unwrap_or_else(|why| panic!("{plugin}: {why}"));
        assert_eq!(version.manifest().name, plugin);
        let kind = match plugin {
            "canary-router" | "zone-router" => Kind::Router,
            "p2c-balancer" | "sticky-balancer" => Kind::LoadBalancer,
            "echo-service" => Kind::Service,
            _ => Kind::Filter,
        };
        assert_eq!(version.kind(), kind, "{plugin}");
        let open = matches!(kind, Kind::Router | Kind::LoadBalancer) || plugin == "rate-limit";
        let policy = if open { FailurePolicy::Open } else { FailurePolicy::Closed };
        assert_eq!(version.on_failure(), policy, "{plugin}");
    }
}

#[test]
fn a_key_that_nobody_knows_is_refused_by_the_schema() {
    let host = host();
    for plugin in yumen_plugins_bundle::names() {
        let config = example(plugin).replacen('{', r#"{"unheard_of": 1, "#, 1).replace(", }", "}");
        let why = load(&host, plugin, &config).expect_err(plugin).to_string();
        assert!(why.contains("unheard_of"), "{plugin}: {why}");
    }
}

#[test]
fn a_plugin_imports_no_more_than_it_uses() {
    let host = host();
    for (plugin, allowed) in [
        ("cors", &[][..]),
        ("key-auth", &["exchange"]),
        ("rate-limit", &["counters"]),
        ("transform", &["exchange"]),
        ("mask", &["exchange"]),
        ("jwt-auth", &["exchange", "http-client", "kv", "log", "system"]),
        ("canary-router", &["system"]),
        ("zone-router", &[]),
        ("p2c-balancer", &["endpoint-stats", "system"]),
        ("sticky-balancer", &["endpoint-stats"]),
        ("echo-service", &[]),
    ] {
        let component = yumen_plugins_bundle::builtin(plugin).expect("it is shipped").expect("it was built");
        let inspection = host.inspect(component).unwrap_or_else(|why| panic!("{plugin}: {why}"));
        let types = ["types", "endpoints"];
        let mut imports: Vec<String> = inspection.imports.iter().map(|import| world::interface(import)).collect();
        imports.retain(|import| !types.contains(&import.as_str()));
        imports.sort();
        assert_eq!(imports, allowed, "{plugin}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_browser_of_another_origin_is_answered_by_cors() {
    let host = host();
    let version = load(&host, "cors", &example("cors")).unwrap();
    let ask = async |origin: &str| {
        let wanted = [Some("OPTIONS"), Some(origin), Some("PUT"), None];
        let visit = Scripted::default().visit();
        match Pools::new().of(&version).on_request(&visit, Protocol::Http1, &wanted).await.unwrap().action {
            Action::Reply(reply) => reply.status,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask("https://app.example.com").await, 204);
    assert_eq!(ask("https://evil.example").await, 403);
}

#[tokio::test(flavor = "current_thread")]
async fn a_limit_is_shared_by_instances_and_versions() {
    let host = host();
    let config = r#"{"limits": [{"requests": 3, "per": "1d"}]}"#;
    let (one, other) = (load(&host, "rate-limit", config).unwrap(), load(&host, "rate-limit", config).unwrap());
    let pools = Pools::new();
    let mut through = 0;
    for version in [&one, &other, &one, &other, &one] {
        let visit = Scripted::default().visit();
        let verdict = pools.of(version).on_request(&visit, Protocol::Http1, &[Some("10.0.0.1")]).await.unwrap();
        through += usize::from(verdict.action == Action::Next);
    }
    assert_eq!(through, 3);
}

#[tokio::test(flavor = "current_thread")]
async fn a_result_is_masked_and_keeps_its_digits() {
    let host = host();
    let version = load(&host, "mask", &example("mask")).unwrap();
    let result = r#"{"id":12345678901234567890123,"phone":"13800138000","secret":1}"#;
    let visit = Scripted { outcome: Some(Outcome::Result(result.to_owned())), ..Scripted::default() }.visit();
    let verdict = Pools::new().of(&version).on_outcome(&visit, true, 0).await.unwrap();
    let masked = r#"{"id":12345678901234567890123,"phone":"138****8000"}"#;
    let set = yumen_plugin_host::words::Edit::SetOutcome(Outcome::Result(masked.to_owned()));
    assert_eq!(format!("{:?}", verdict.edits), format!("{:?}", [set]));
}

#[tokio::test(flavor = "current_thread")]
async fn fields_paths_and_keys_are_changed() {
    let host = host();
    let transform = load(
        &host,
        "transform",
        r#"{"path": [{"prefix": "/api", "to": "/"}], "request": {"set": {"x-a": "<{:client}>"}}}"#,
    );
    let verdict = filter(&transform.unwrap(), Scripted::default(), &[Some("/api/users"), Some("10.0.0.1")]).await;
    assert_eq!(format!("{:?}", verdict.edits), r#"[Edit::SetPath("/users"), Edit::Set(("x-a", "<10.0.0.1>"))]"#);
    let keys = load(&host, "key-auth", &example("key-auth")).unwrap();
    let shown = Scripted { fields: vec![("x-api-key".to_owned(), "the key of Ann".to_owned())], ..Scripted::default() };
    let verdict = filter(&keys, shown, &[Some("/")]).await;
    assert_eq!(format!("{:?}", verdict.edits[0]), r#"Edit::Tag(("consumer", "ann"))"#);
    assert!(matches!(filter(&keys, Scripted::default(), &[Some("/")]).await.action, Action::Reply(_)));
}

#[tokio::test(flavor = "current_thread")]
async fn a_token_is_judged_by_a_key_set_that_a_side_call_fetches() {
    let host = host();
    let config = r#"{"jwks": {"cluster": "identity", "bucket": "keys"}, "expiry": false}"#;
    let version = load(&host, "jwt-auth", config).unwrap();
    for token in TOKENS {
        for (token, allowed) in [(token.to_owned(), true), (token.replace("eyJzdWIi", "eyJzdWIj"), false)] {
            let fields = vec![("authorization".to_owned(), format!("Bearer {token}"))];
            let verdict = filter(&version, Scripted { fields, ..Scripted::default() }, &[]).await;
            assert_eq!(verdict.action == Action::Next, allowed, "{verdict:?}");
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn routers_choose_who_may_serve() {
    let host = host();
    let pools = Pools::new();
    let visit = Scripted::default().visit();
    let canary = Router::new(pools.of(&load(&host, "canary-router", &example("canary-router")).unwrap()));
    let near = Router::new(pools.of(&load(&host, "zone-router", r#"{"zone": "east"}"#).unwrap()));
    for router in [&canary, &near] {
        router.prepare(snapshot(&[("east", "1.0.0"), ("west", "2.0.0"), ("west", "1.0.0")])).unwrap();
    }
    let wants = [Some("1"), None, None, None];
    assert_eq!(canary.route(&visit, "users", &wants).unwrap(), Choice::Places(Rc::from([1])));
    assert_eq!(canary.route(&visit, "users", &[None; 4]).unwrap(), Choice::Places(Rc::from([0, 2])));
    assert_eq!(near.route(&visit, "users", &[]).unwrap(), Choice::Places(Rc::from([0])));
}

struct Idle;

impl EndpointStats for Idle {
    fn active(&self, index: u32) -> u32 {
        u32::from(index == 0) * 50
    }

    fn latency(&self, _index: u32) -> u32 {
        1000
    }

    fn available(&self, _index: u32) -> bool {
        true
    }
}

#[test]
fn balancers_pick() {
    let host = host();
    let pools = Pools::new();
    let stats: Rc<dyn EndpointStats> = Rc::new(Idle);
    for plugin in ["p2c-balancer", "sticky-balancer"] {
        let balancer = Balancer::new(pools.of(&load(&host, plugin, &example(plugin)).unwrap()));
        balancer.rebuild(3, snapshot(&[("", ""), ("", ""), ("", "")])).unwrap();
        let picks: Vec<u32> =
            (1..200).map(|key| balancer.pick(3, key, 0, u32::MAX, &stats).unwrap().unwrap()).collect();
        assert!(picks.contains(&1) && picks.contains(&2), "{plugin}");
        assert_eq!(picks.contains(&0), plugin == "sticky-balancer", "the busy one");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_service_answers_and_throws() {
    let host = host();
    let version = load(&host, "echo-service", &example("echo-service")).unwrap();
    let service = &version.services()[0];
    assert_eq!((service.name.as_str(), service.methods.len()), ("com.example.EchoService", 9));
    let pool = Pools::new().of(&version);
    let invoke = async |method: &str, arguments: &str| {
        let invocation = world::invocation(service, method, arguments);
        pool.invoke(&Scripted::default().visit(), &invocation).await.unwrap()
    };
    assert_eq!(invoke("add", "[9007199254740993,1]").await.unwrap(), "9007199254740994");
    let thrown: RpcError = invoke("divide", "[1,0]").await.unwrap_err();
    assert_eq!(
        (thrown.code, thrown.exception_class.as_deref()),
        (RpcCode::ServiceError, Some("java.lang.ArithmeticException"))
    );
}

#[test]
fn every_key_of_a_configuration_is_in_the_readme() {
    fn keys(schema: &serde_json::Value, found: &mut Vec<String>) {
        if let Some(properties) = schema["properties"].as_object() {
            found.extend(properties.keys().cloned());
        }
        schema.as_object().into_iter().flatten().for_each(|(_, inside)| keys(inside, found));
    }
    for plugin in yumen_plugins_bundle::names() {
        let (readme, schema) = (world::file(plugin, "README.md"), world::file(plugin, "config.schema.json"));
        let mut found = Vec::new();
        keys(&serde_json::from_str(&schema).expect("JSON"), &mut found);
        for key in found {
            let told = readme.contains(&format!("`{key}`")) || readme.contains(&format!(".{key}`"));
            assert!(told, "{plugin}: {key}");
        }
    }
}
