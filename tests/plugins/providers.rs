//! Routers that narrow the providers of a call, and balancers that pick one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use yumen_tests::provider::METHODS;

use crate::world::{Plan, World, run};

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

#[test]
fn one_instance_serves_the_lists_of_many_services_however_often_they_change() {
    run(async {
        const SERVICES: usize = 6;
        let limits = json!({ "limits": { "instances": 2 } });
        let plan = Plan::new().providers(2).plugin("narrow", "narrow", json!({}), limits.clone());
        let plan = plan.plugin("steady", "steady", json!({}), limits);
        let mut world = plan.start().await;
        let endpoint = |world: &World, at: usize| world.providers[at].address.to_string();
        let (one, other) = (endpoint(&world, 0), endpoint(&world, 1));
        let services = |endpoints: &[&str]| -> Vec<Value> {
            let service = |number: usize| {
                let mut service: Value = serde_saphyr::from_str(&format!("{{ {METHODS} }}")).unwrap();
                let name = format!("s{number}");
                let more = json!({ "name": name, "interface": format!("com.example.Test{number}"), "routers": ["narrow"],
                                   "endpoints": endpoints, "load_balance": { "plugin": "steady" } });
                service.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                service
            };
            (0..SERVICES).map(service).collect()
        };
        let routes = (0..SERVICES).map(|number| {
            json!({ "name": format!("s{number}"), "match": { "path": format!("/s{number}") },
                    "to": { "service": format!("s{number}"), "method": "who" }, "args": [] })
        });
        let routes: Vec<Value> = routes.collect();
        for round in 0..12 {
            let lists = [&[&*one, &*other][..], &[&*other][..], &[&*one][..]];
            world.reconfigure(|config| {
                config["services"] = Value::Array(services(lists[round % lists.len()]));
                config["routes"] = Value::Array(routes.clone());
            });
            world.gateway.reload().await.unwrap();
            for number in 0..SERVICES {
                // Both workers meet the list.
                for _ in 0..4 {
                    let answer = world.with(&format!("/s{number}"), &[("x-to", "first"), ("x-key", "k")]).await;
                    answer.expect(200);
                }
            }
        }
        assert_eq!(world.metric("yumen_plugin_failures_total{plugin=\"narrow\"").await.unwrap_or(0.0), 0.0);
        assert_eq!(world.metric("yumen_plugin_failures_total{plugin=\"steady\"").await.unwrap_or(0.0), 0.0);
        assert!(world.metric("yumen_plugin_instances{plugin=\"narrow\"").await.unwrap() <= 4.0);
    });
}
