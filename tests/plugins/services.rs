//! Services in WebAssembly: called like any provider, with no socket between.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use yumen_guests::guest;

use crate::{
    gate::Gate,
    world::{Plan, World, run},
};

fn talk() -> Plan {
    talk_from(json!({}))
}

/// The service, its plugin's entry changed so.
fn talk_from(source: Value) -> Plan {
    let route = |name: &str, method: &str, args: Value| {
        json!({ "name": name, "match": { "path": format!("/{name}") }, "to": { "service": "talk", "method": method },
                "args": args, "attachments": { "from": "header.x-from" },
                "errors": [{ "exception": "com.example.Busy", "status": 429, "body": { "why": "exception.message" } }] })
    };
    Plan::new()
        .plugin("talk", "talk", json!({}), source)
        .section("services", json!([{ "name": "talk", "interface": "com.example.Talk", "plugin": "talk" }]))
        .section(
            "routes",
            json!([
                route("greet", "greet", json!(["query.name", { "from": "query.times", "default": 1 }])),
                route("sum", "sum", json!(["query.n"])),
                route("from", "attachment", json!([{ "const": "from" }])),
                route("break", "fail", json!(["query.how"])),
            ]),
        )
}

async fn started() -> World {
    talk().start().await
}

#[test]
fn a_service_in_the_gateway_is_called_by_its_declared_types() {
    run(async {
        let world = started().await;
        assert_eq!(world.get("/greet?name=jade&times=2").await.expect(200).json(), "hello jade hello jade");
        assert_eq!(world.get("/greet?name=jade").await.expect(200).json(), "hello jade");
        assert_eq!(world.get("/sum?n=1&n=2&n=9007199254740993").await.expect(200).json(), 9_007_199_254_740_996_u64);
        let answer = world.get("/greet?name=jade&times=many").await;
        assert_eq!(answer.expect(400).json()["code"], "YM0402", "checked like any call");
        let answer = world.with("/from", &[("x-from", "here")]).await;
        assert_eq!(answer.expect(200).json(), "here");
    });
}

#[test]
fn a_service_that_throws_refuses_or_traps_is_answered_like_a_provider() {
    run(async {
        let world = started().await;
        assert_eq!(world.get("/break?how=thrown").await.expect(429).json(), json!({ "why": "come back later" }));
        let refused = world.get("/break?how=refused").await.expect(400).json();
        assert_eq!((&refused["code"], &refused["detail"]), (&json!("YM0506"), &json!("not like this")));
        let trapped = world.get("/break?how=trap").await;
        assert_eq!(trapped.expect(502).json()["code"], "YM0502");
        world.get("/greet?name=jade").await.expect(200);
    });
}

#[test]
fn a_service_that_the_plugin_does_not_declare_is_refused_with_what_it_does_declare() {
    run(async {
        let plan =
            talk().section("services", json!([{ "name": "other", "interface": "com.example.Talc", "plugin": "talk" }]));
        let told = plan.try_start().await.err().unwrap();
        assert!(told.contains("YM0705") && told.contains("did you mean \"com.example.Talk\"?"), "{told}");
    });
}

/// The module with one name in it changed.
fn renamed(from: &str, to: &str) -> Vec<u8> {
    let mut bytes = guest("talk").unwrap().to_vec();
    let (from, to) = (from.as_bytes(), to.as_bytes());
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn a_version_without_a_method_that_routes_call_is_taken_back_and_the_one_before_it_serves_on() {
    run(async {
        let gate = Gate::start(talk_from(json!({ "source": "upload" })), "talk").await;
        let good = gate.bring(guest("talk").unwrap().to_vec()).await;
        assert_eq!(gate.post("/activate", json!({ "version": good })).await["live"], true);
        let bad = gate.bring(renamed("greet", "greeT")).await;
        let change = gate.post("/activate", json!({ "version": bad })).await;
        assert_eq!((&change["live"], &change["plugin"]["stable"]), (&json!(false), &json!(good)), "{change}");
        let note = change["plugin"]["note"].as_str().unwrap();
        assert!(note.contains("taken back") && note.contains("greet"), "{note}");
        assert_eq!(gate.world.get("/greet?name=jade").await.expect(200).json(), "hello jade");
    });
}

#[test]
fn an_upload_that_could_not_be_used_where_the_plugin_stands_is_refused() {
    run(async {
        let gate = Gate::start(talk_from(json!({ "source": "upload" })), "talk").await;
        for (module, told) in [
            (guest("header").unwrap().to_vec(), "this is a filter, and the configuration uses the plugin as a service"),
            (renamed("com.example.Talk", "com.example.Talc"), "it does not declare com.example.Talk"),
        ] {
            let answer = gate.try_ask(Method::PUT, "/versions", "application/wasm", module).await;
            assert!(answer.expect(422).text().contains(told), "{}", answer.text());
        }
    });
}

#[test]
fn a_canary_of_a_service_takes_the_calls_of_requests_with_its_field() {
    run(async {
        let gate = Gate::start(talk_from(json!({ "source": "upload" })), "talk").await;
        let one = gate.bring(guest("talk").unwrap().to_vec()).await;
        gate.post("/activate", json!({ "version": one })).await;
        let two = gate.bring(renamed("hello", "salve")).await;
        let split = json!({ "header": "x-user", "value": "ann" });
        gate.post("/activate", json!({ "version": two, "canary": split })).await;
        for (user, said) in [("ann", "salve jade"), ("bob", "hello jade")] {
            let answer = gate.world.with("/greet?name=jade", &[("x-user", user)]).await;
            assert_eq!(answer.expect(200).json(), said, "{user}");
        }
    });
}

/// Two services in the gateway, `ping` and `pong`, each of which asks the other so often to answer one call.
fn circle(times: u32) -> Plan {
    let service = |name: &str| json!({ "name": name, "interface": format!("com.example.{name}"), "plugin": name });
    let asks =
        |name: &str, other: &str| json!({ "interface": format!("com.example.{name}"), "to": other, "times": times });
    let granted = |other: &str| json!({ "grants": { "services": [other] } });
    Plan::new()
        .plugin("ping", "relay", asks("ping", "pong"), granted("pong"))
        .plugin("pong", "relay", asks("pong", "ping"), granted("ping"))
        .section("services", json!([service("ping"), service("pong")]))
        .section(
            "routes",
            json!([{ "name": "ping", "match": { "path": "/ping" }, "to": { "service": "ping", "method": "relay" }, "args": [] }]),
        )
}

#[test]
fn services_that_call_each_other_in_a_circle_end_with_an_error_and_hold_up_nobody() {
    run(async {
        let world = circle(8).start().await;
        let circles = async {
            for _ in 0..4 {
                let answer = world.get("/ping").await;
                assert!(answer.status.is_server_error() || answer.status.is_client_error(), "{}", answer.text());
            }
        };
        let neighbours = async {
            for _ in 0..20 {
                world.get("/echo/jade").await.expect(200);
            }
        };
        let all = async { tokio::join!(circles, neighbours) };
        tokio::time::timeout(Duration::from_secs(20), all).await.expect("the gateway goes round and round");
        // Eight side calls for each of the two plugins in one request, and the request's own.
        let calls = world.metric("yumen_plugin_calls_total{plugin=\"ping\"").await.unwrap()
            + world.metric("yumen_plugin_calls_total{plugin=\"pong\"").await.unwrap();
        assert!(calls <= 4.0 * 17.0, "{calls} calls of 4 requests");
    });
}

#[test]
fn services_that_call_each_other_too_deep_are_told_so() {
    run(async {
        let world = circle(1).start().await;
        let answer = world.get("/ping").await;
        let problem = answer.json();
        assert!(problem["detail"].as_str().unwrap().contains("more than 4 deep"), "{problem}");
    });
}

/// An HTTP server that takes its time.
async fn slow(wait: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut piece = [0; 4096];
            let _ = socket.read(&mut piece).await;
            tokio::time::sleep(wait).await;
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate").await.unwrap();
        }
    });
    address
}

#[test]
fn a_service_may_take_as_long_as_its_route_allows() {
    run(async {
        let endpoint = slow(Duration::from_millis(1500)).await;
        let route = |name: &str, timeout: &str| {
            json!({ "name": name, "match": { "path": format!("/{name}") }, "to": { "service": "relay", "method": "fetch" },
                    "args": [{ "const": "/" }], "timeout": timeout })
        };
        let config = json!({ "interface": "com.example.Relay" });
        let plan = Plan::new()
            .plugin("relay", "relay", config, json!({ "grants": { "clusters": ["slow"] } }))
            .section("clusters", json!([{ "name": "slow", "endpoints": [endpoint], "timeout": "5s" }]))
            .section("services", json!([{ "name": "relay", "interface": "com.example.Relay", "plugin": "relay" }]))
            .section("routes", json!([route("patient", "10s"), route("hasty", "200ms")]));
        let world = plan.start().await;
        assert_eq!(world.get("/patient").await.expect(200).json(), "late");
        let hasty = world.get("/hasty").await;
        assert!(hasty.status.is_server_error(), "{}", hasty.text());
    });
}
