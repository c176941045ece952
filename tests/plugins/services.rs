//! Services in WebAssembly: called like any provider, with no socket between.

use serde_json::{Value, json};

use crate::world::{Plan, World, run};

fn talk() -> Plan {
    let route = |name: &str, method: &str, args: Value| {
        json!({ "name": name, "match": { "path": format!("/{name}") }, "to": { "service": "talk", "method": method },
                "args": args, "attachments": { "from": "header.x-from" },
                "errors": [{ "exception": "com.example.Busy", "status": 429, "body": { "why": "exception.message" } }] })
    };
    Plan::new()
        .plugin("talk", "talk", json!({}), json!({}))
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
