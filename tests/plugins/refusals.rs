//! Configurations whose plugins cannot be used: what is told, and that the old one goes on.

use serde_json::json;

use crate::world::{Plan, run};

#[test]
fn a_plugin_of_another_kind_is_refused_where_it_stands() {
    run(async {
        let plan = Plan::new().plugin("narrow", "narrow", json!({}), json!({})).used_at_route("narrow");
        let told = plan.try_start().await.err().unwrap();
        assert!(told.contains("YM0703") && told.contains("is a router, not a filter"), "{told}");
    });
}

#[test]
fn a_module_that_is_not_there_or_is_none_is_refused() {
    run(async {
        let missing = Plan::new().plugin("x", "missing", json!({}), json!({})).used_at_route("x");
        let told = missing.try_start().await.err().unwrap();
        assert!(told.contains("YM0702") && told.contains("missing.wasm"), "{told}");
        let none = Plan::new().plugin("x", "actor", json!({}), json!({ "source": "yumen.yaml" })).used_at_route("x");
        let told = none.try_start().await.err().unwrap();
        assert!(told.contains("YM0702"), "{told}");
    });
}

#[test]
fn a_plugin_that_does_not_come_with_yumen_is_refused_with_those_that_do() {
    run(async {
        let plan =
            Plan::new().plugin("x", "actor", json!({}), json!({ "source": "builtin:unheard-of" })).used_at_route("x");
        let told = plan.try_start().await.err().unwrap();
        assert!(told.contains("YM0702") && told.contains("rate-limit"), "{told}");
    });
}

#[test]
fn settings_that_the_plugins_schema_refuses_are_told_with_their_place() {
    run(async {
        let plan = Plan::new().plugin("talk", "talk", json!({ "volume": 11 }), json!({}));
        let told = plan.try_start().await.err().unwrap();
        assert!(told.contains("YM0704") && told.contains("volume"), "{told}");
    });
}

#[test]
fn settings_that_the_plugin_refuses_keep_the_old_configuration_serving() {
    run(async {
        let script = |text: &str| json!({ "on_response": { "set": [["x-seen", text]] } });
        let mut world = Plan::new().at_route("mark", script("one")).start().await;
        assert_eq!(world.get("/who").await.headers["x-seen"], "one");
        world.reconfigure(|config| config["plugins"][0]["config"] = json!({ "unknown": true }));
        let findings = world.gateway.reload().await.unwrap_err().to_string();
        assert!(findings.contains("plugin \"mark\""), "{findings}");
        assert_eq!(world.get("/who").await.headers["x-seen"], "one");
        world.reconfigure(|config| config["plugins"][0]["config"] = script("two"));
        world.gateway.reload().await.unwrap();
        assert_eq!(world.get("/who").await.headers["x-seen"], "two");
    });
}
