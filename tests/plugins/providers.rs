//! Routers that narrow the providers of a call, and balancers that pick one.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use yumen_tests::provider::METHODS;

use crate::{
    gate::Gate,
    world::{Plan, World, run},
};

async fn routed(on_failure: &str) -> World {
    let world = Plan::new().providers(4).plugin("narrow", "narrow", json!({}), json!({ "on_failure": on_failure }));
    world.service(json!({ "routers": ["narrow"] })).start().await
}

/// Who answers so many requests with this field.
async fn answered(world: &World, name: &str, value: &str, count: usize) -> BTreeSet<String> {
    let mut who = BTreeSet::new();
    for _ in 0..count {
        let answer = world.with("/who", &[(name, value)]).await;
        who.insert(answer.expect(200).json().as_str().unwrap().to_owned());
    }
    who
}

#[test]
fn a_router_narrows_the_providers_by_what_the_request_says() {
    run(async {
        let world = routed("closed").await;
        let all = answered(&world, "x-else", "1", 60).await;
        assert_eq!(all.len(), 4);
        // Providers stand in the order of their addresses.
        let mut ports: Vec<u16> = world.providers.iter().map(|provider| provider.address.port()).collect();
        ports.sort_by_key(|port| port.to_string());
        let name_of = |port: u16| {
            let at = world.providers.iter().position(|provider| provider.address.port() == port).unwrap();
            format!("p{at}")
        };
        let even: BTreeSet<String> = [ports[0], ports[2]].into_iter().map(name_of).collect();
        assert_eq!(answered(&world, "x-to", "even", 40).await, even);
        assert_eq!(answered(&world, "x-to", "first", 10).await, BTreeSet::from([name_of(ports[0])]));
        let port = ports[3].to_string();
        assert_eq!(answered(&world, "x-to", &port, 10).await, BTreeSet::from([name_of(ports[3])]));
    });
}

#[test]
fn a_router_may_refuse_a_call_and_says_why() {
    run(async {
        let world = routed("closed").await;
        let answer = world.with("/echo/jade", &[("x-to", "none")]).await;
        let problem = answer.expect(503).json();
        assert_eq!((&problem["code"], &problem["detail"]), (&json!("YM0506"), &json!("nobody for \"jade\"")));
        assert!(world.providers.iter().all(|provider| provider.calls() == 0));
    });
}

#[test]
fn a_router_that_fails_is_treated_as_its_policy_says() {
    run(async {
        let closed = routed("closed").await;
        for wish in ["trap", "wrong"] {
            let answer = closed.with("/who", &[("x-to", wish)]).await;
            assert_eq!(answer.expect(503).json()["code"], "YM0506", "{wish}");
        }
        assert_eq!(answered(&closed, "x-to", "first", 3).await.len(), 1, "a new instance knows the providers");
        let open = routed("open").await;
        assert!(!answered(&open, "x-to", "trap", 5).await.is_empty());
    });
}

/// A router that leaves every list as it is, after doing this when it is told of one.
fn router(prepare: &str) -> Vec<u8> {
    let text = include_str!("../../gateway/plugin-host/src/plugins/tests/guest.wat").replace("VERSION", "1.0.0");
    let (before, _) = text.split_once("(func (export \"yumen:plugin/filtering").unwrap();
    let function = |name: &str, body: &str| {
        format!(
            "(func (export \"yumen:plugin/routing@0.1.0#{name}\") (param i32 i32 i32 i32) (result i32) {body} (i32.const 4096))"
        )
    };
    let text = format!("{before} {} {})", function("prepare", prepare), function("route", ""));
    yumen_plugin_encode::encode(&wat::parse_str(text).unwrap(), "router").unwrap()
}

#[test]
fn a_fresh_router_that_takes_no_list_gives_way_to_the_one_before_it() {
    run(async {
        let plan = Plan::new().plugin("way", "narrow", json!({}), json!({ "source": "upload" }));
        let gate = Gate::start(plan.service(json!({ "routers": ["way"] })), "way").await;
        let good = gate.bring(router("")).await;
        gate.post("/activate", json!({ "version": good })).await;
        gate.world.get("/who").await.expect(200);
        let bad = gate.bring(router("(unreachable)")).await;
        gate.post("/activate", json!({ "version": bad })).await;
        let asking = async {
            loop {
                gate.world.get("/who").await;
            }
        };
        let plugin = tokio::select! {
            plugin = gate.until(|plugin| plugin["stable"] == json!(good)) => plugin,
            () = asking => unreachable!("it asks for ever"),
        };
        assert!(plugin["note"].as_str().unwrap().contains("taken back"), "{plugin}");
        let answer = gate.try_ask(Method::POST, "/rollback", "application/json", "{}").await;
        assert!(answer.expect(409).text().contains("failed"), "nobody turns to it unawares: {}", answer.text());
        let begun = Instant::now();
        while gate.world.get("/who").await.status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(5), "the workers never hear of it");
        }
        let answer = gate.try_ask(Method::POST, "/activate?dry-run=true", "application/json", "{}").await;
        assert!(answer.expect(400).text().contains("dry_run"), "{}", answer.text());
    });
}

#[test]
fn a_balancer_keeps_a_key_with_its_provider_and_passes_over_one_that_is_gone() {
    run(async {
        let plan = Plan::new().providers(3).plugin("steady", "steady", json!({}), json!({}));
        let mut world = plan.service(json!({ "load_balance": { "plugin": "steady" } })).start().await;
        let mut all = BTreeSet::new();
        for key in 0..30 {
            let who = answered(&world, "x-key", &format!("k{key}"), 4).await;
            assert_eq!(who.len(), 1, "key k{key} went to {who:?}");
            all.extend(who);
        }
        assert_eq!(all.len(), 3, "keys spread over all");
        let gone = world.providers.remove(0);
        drop(gone);
        for key in 0..30 {
            let who = answered(&world, "x-key", &format!("k{key}"), 2).await;
            assert!(!who.contains("p0"), "{who:?}");
        }
    });
}

/// A service of the providers' methods at these endpoints, with a route of its name.
fn beside(name: &str, interface: &str, endpoints: &[&str], more: &Value) -> (Value, Value) {
    let mut service: Value = serde_saphyr::from_str(&format!("{{ {METHODS} }}")).unwrap();
    let entry = service.as_object_mut().unwrap();
    let named = json!({ "name": name, "interface": interface, "endpoints": endpoints });
    entry.extend(named.as_object().unwrap().clone());
    entry.extend(more.as_object().unwrap().clone());
    let route = json!({ "name": format!("at-{name}"), "match": { "path": format!("/{name}") },
                        "to": { "service": name, "method": "who" }, "args": [] });
    (service, route)
}

/// Puts services with their routes in the place of all that there are.
async fn serve(world: &mut World, entries: Vec<(Value, Value)>) {
    let (services, routes): (Vec<Value>, Vec<Value>) = entries.into_iter().unzip();
    world.reconfigure(|config| {
        config["services"] = Value::Array(services);
        config["routes"] = Value::Array(routes);
    });
    world.gateway.reload().await.unwrap();
}

fn endpoints(world: &World) -> Vec<String> {
    world.providers.iter().map(|provider| provider.address.to_string()).collect()
}

#[test]
fn one_instance_serves_the_lists_of_many_services_however_often_they_change() {
    run(async {
        let limits = json!({ "limits": { "instances": 2 } });
        let plan = Plan::new().providers(2).plugin("narrow", "narrow", json!({}), limits.clone());
        let mut world = plan.plugin("steady", "steady", json!({}), limits).start().await;
        let known = endpoints(&world);
        let (one, other) = (&*known[0], &*known[1]);
        let both = json!({ "routers": ["narrow"], "load_balance": { "plugin": "steady" } });
        for list in [&[one, other][..], &[other], &[one]].into_iter().cycle().take(12) {
            let service = |number| beside(&format!("s{number}"), &format!("com.example.Test{number}"), list, &both);
            serve(&mut world, (0..6).map(service).collect()).await;
            for number in 0..6 {
                // Both workers meet the list.
                for _ in 0..4 {
                    let answer = world.with(&format!("/s{number}"), &[("x-to", "first"), ("x-key", "k")]).await;
                    answer.expect(200);
                }
            }
        }
        for plugin in ["narrow", "steady"] {
            let metric = async |name: &str| world.metric(&format!("yumen_plugin_{name}{{plugin=\"{plugin}\"")).await;
            assert_eq!(metric("failures_total").await.unwrap_or(0.0), 0.0, "{plugin}");
            assert!(metric("instances").await.unwrap() <= 4.0, "{plugin}");
        }
    });
}

#[test]
fn services_of_one_name_are_routed_each_within_its_own_providers() {
    run(async {
        let mut world = Plan::new().providers(2).plugin("narrow", "narrow", json!({}), json!({})).start().await;
        let known = endpoints(&world);
        let routed = json!({ "routers": ["narrow"] });
        let service = |name: &str, at: usize| beside(name, "com.example.Test", &[&*known[at]], &routed);
        serve(&mut world, vec![service("a", 0), service("b", 1)]).await;
        for _ in 0..10 {
            for (path, port, name) in [("/a", known[0].as_str(), "p0"), ("/b", known[1].as_str(), "p1")] {
                let port = port.rsplit(':').next().unwrap();
                let answer = world.with(path, &[("x-to", port)]).await;
                assert_eq!(answer.expect(200).json(), name);
            }
        }
    });
}

#[test]
fn a_list_that_is_too_much_beside_the_others_gets_an_instance_of_its_own() {
    run(async {
        let plan = Plan::new().providers(2).plugin("steady", "steady", json!({ "most": 2 }), json!({}));
        let mut world = plan.start().await;
        let known = endpoints(&world);
        let all = [&*known[0], &*known[1]];
        let balanced = json!({ "load_balance": { "plugin": "steady" } });
        let service = |number| beside(&format!("s{number}"), &format!("com.example.Test{number}"), &all, &balanced);
        serve(&mut world, (0..5).map(service).collect()).await;
        for number in 0..5 {
            let mut who = BTreeSet::new();
            for _ in 0..20 {
                let answer = world.with(&format!("/s{number}"), &[("x-key", "k")]).await;
                who.insert(answer.expect(200).text());
            }
            assert_eq!(who.len(), 1, "s{number} is not balanced by its key: {who:?}");
        }
        assert!(world.metric("yumen_plugin_instances{plugin=\"steady\"").await.unwrap() <= 6.0);
    });
}
