//! A filter that fails: what its policy makes of the request, what the client reads of it, and who does not notice.

use std::time::Duration;

use serde_json::json;

use crate::world::{Plan, field, run};

#[test]
fn a_closed_filter_that_traps_refuses_the_request_and_tells_nothing_of_the_inside() {
    run(async {
        let script = json!({ "request_wants": ["x-trap"], "on_request": { "if_wanted": true, "trap": true } });
        let world = Plan::new().at_route("fragile", script).start().await;
        let answer = world.with("/who", &[("x-trap", "1")]).await;
        let problem = answer.expect(503).json();
        assert_eq!((&problem["code"], &problem["route"]), (&json!("YM0505"), &json!("who")));
        for inner in ["trap", "wasm", "fragile", "actor"] {
            assert!(!answer.text().contains(inner), "{inner}: {}", answer.text());
        }
        assert_eq!(world.providers[0].calls(), 0);
        world.get("/who").await.expect(200);
        assert_eq!(world.metric("yumen_plugin_failures_total{plugin=\"fragile\"").await, Some(1.0));
    });
}

#[test]
fn an_open_filter_that_fails_is_left_out_for_the_rest_of_the_request() {
    run(async {
        let script =
            json!({ "open": true, "on_request": { "trap": true }, "on_response": { "set": [["x-seen", "1"]] } });
        let after = json!({ "on_request": { "tag": [["a", "1"]] }, "on_response": { "set": [["x-after", "1"]] } });
        let world = Plan::new().at_route("fragile", script).at_route("after", after).start().await;
        let answer = world.get("/who").await;
        assert_eq!(answer.expect(200).json(), "p0");
        assert_eq!((field(&answer, "x-seen"), field(&answer, "x-after")), ("", "1"));
    });
}

#[test]
fn of_edits_that_do_not_all_hold_none_is_used() {
    run(async {
        let script = json!({ "open": true, "on_request": { "set": [["x-trace", "left behind"]], "path": "/a%zz" } });
        let world = Plan::new().at_route("fragile", script).start().await;
        assert_eq!(world.get("/attachment/trace").await.expect(200).json(), json!(null));
        let script = json!({ "open": true, "on_call": { "set": [["trace", "left behind"]], "arguments": "[]" } });
        let world = Plan::new().at_route("fragile", script).start().await;
        assert_eq!(world.get("/attachment/trace").await.expect(200).json(), json!(null), "the call goes on as it was");
        assert_eq!(world.get("/echo/jade").await.expect(200).json(), "jade");
        assert_eq!(world.metric("yumen_plugin_failures_total{plugin=\"fragile\"").await, Some(2.0));
    });
}

#[test]
fn reload_asks_a_new_instance_once_more_and_then_refuses() {
    run(async {
        let script = json!({ "on_request": { "trap": true } });
        let world = Plan::new().plugin("fragile", "actor", script, json!({ "on_failure": "reload" }));
        let world = world.used_at_route("fragile").start().await;
        world.get("/who").await.expect(503);
        assert_eq!(world.metric("yumen_plugin_failures_total{plugin=\"fragile\"").await, Some(2.0));
    });
}

#[test]
fn a_filter_that_fails_at_the_answer_replaces_it_and_the_filters_around_it_see_that() {
    run(async {
        let fails = json!({ "on_response": { "trap": true } });
        let around = json!({ "on_response": { "set": [["x-around", "1"]] } });
        let world = Plan::new().at_listener("around", around).at_route("fails", fails).start().await;
        let answer = world.get("/who").await;
        assert_eq!(answer.expect(503).json()["code"], "YM0505");
        assert_eq!(field(&answer, "x-around"), "1");
        assert!(!answer.text().contains("p0"), "{}", answer.text());
    });
}

#[test]
fn a_filter_that_never_ends_is_stopped_and_its_neighbours_do_not_notice() {
    run(async {
        let script = json!({ "request_wants": ["x-spin"], "on_request": { "if_wanted": true, "spin": true } });
        let limits = json!({ "limits": { "time": "20ms" } });
        let world = Plan::new().plugin("spin", "actor", script, limits).used_at_route("spin").start().await;
        let spun = world.with("/who", &[("x-spin", "1")]).await;
        assert_eq!(spun.expect(503).json()["code"], "YM0505");
        let begun = std::time::Instant::now();
        world.get("/who").await.expect(200);
        assert!(begun.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn the_end_of_every_exchange_is_heard_of() {
    run(async {
        let script = json!({ "on_request": { "state": 3 }, "on_end": true });
        let grants = json!({ "grants": { "kv": ["ends"] } });
        let world = Plan::new().plugin("ends", "actor", script, grants).used_at_route("ends").start().await;
        world.get("/who").await.expect(200);
        world.get("/fail/x").await.expect(409);
        assert_eq!(world.metric("yumen_plugin_calls_total{plugin=\"ends\"").await, Some(4.0));
        assert_eq!(world.metric("yumen_plugin_failures_total{plugin=\"ends\"").await, Some(0.0));
    });
}

#[test]
fn a_client_that_goes_away_while_a_request_is_under_way_leaves_nothing_behind() {
    run(async {
        let script = json!({ "on_request": {}, "on_response": {} });
        let world = Plan::new().at_route("look", script).start().await;
        for _ in 0..5 {
            let request = world.get("/slow/10000");
            assert!(tokio::time::timeout(Duration::from_millis(50), request).await.is_err());
        }
        world.get("/who").await.expect(200);
        let gone = "yumen_http_requests_in_flight{route=\"slow\"}";
        for _ in 0..200 {
            if world.metric(gone).await == Some(0.0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("requests whose clients went away are still under way");
    });
}
