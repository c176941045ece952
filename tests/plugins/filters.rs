//! Filters: what each phase sees and changes, who sees an answer that a filter gives, and what nobody pays for.

use bytes::Bytes;
use http::Method;
use serde_json::json;
use yumen_tests::{gateway::send, yumen::Yumen};

use crate::world::{Plan, field, run};

#[test]
fn a_filter_changes_fields_of_the_request_before_arguments_and_attachments_are_taken_from_it() {
    run(async {
        let script = json!({ "request_wants": [":authority", ":path", ":client", "x-a"],
            "on_request": { "set": [["x-trace", "{0} {1} {2} {3}"]], "remove": ["x-b"] } });
        let world = Plan::new().at_route("edit", script).start().await;
        let host = world.gateway.address.to_string();
        let answer = world.with("/attachment/trace?q=1", &[("x-a", "one"), ("x-b", "two")]).await;
        assert_eq!(answer.expect(200).json(), format!("{host} /attachment/trace?q=1 127.0.0.1 one"));
    });
}

#[test]
fn the_access_log_tells_what_the_client_asked_for_and_not_what_filters_made_of_it() {
    run(async {
        let script = json!({ "request_wants": ["x-to"], "on_request": { "if_wanted": true, "path": "/echo/{0}", "tag": [["user", "an\"n"]] } });
        let mut world = Plan::new().at_listener("rewrite", script).start().await;
        world.reconfigure(|config| config["telemetry"]["access_log"]["format"] = json!("json"));
        let mut yumen = Yumen::run(&world.folder.path().join("yumen.yaml")).await;
        let answer = send(yumen.address, Method::GET, "/first", &[("x-to", "second")], Bytes::new()).await;
        assert_eq!(answer.expect(200).json(), "second");
        let line = yumen.access("/first").await;
        let told = (&line["status"], &line["route"], &line["tags"]);
        assert_eq!(told, (&json!(200), &json!("echo"), &json!({ "user": "an\"n" })), "{line}");
    });
}

#[test]
fn a_filter_of_the_listener_chooses_the_route_by_path_method_and_host() {
    run(async {
        let script = json!({ "request_wants": ["x-to"],
            "on_request": { "if_wanted": true, "path": "/echo/{0}", "method": "GET", "authority": "other.example" } });
        let world = Plan::new().at_listener("rewrite", script).start().await;
        let fields = [("x-to", "jade")];
        let answer = world.gateway.send(Method::DELETE, "/nowhere", &fields, "").await;
        assert_eq!(answer.expect(200).json(), "jade");
        world.get("/nowhere").await.expect(404);
    });
}

#[test]
fn a_filter_of_a_route_may_change_the_path_only_within_the_route() {
    run(async {
        let script = json!({ "request_wants": ["x-to"], "on_request": { "if_wanted": true, "path": "{0}" } });
        let world = Plan::new().at_route("rewrite", script).start().await;
        assert_eq!(world.with("/echo/a", &[("x-to", "/echo/b")]).await.expect(200).json(), "b");
        let answer = world.with("/echo/a", &[("x-to", "/who")]).await;
        assert_eq!(answer.expect(500).json()["code"], "YM0505");
        assert_eq!(world.with("/echo/a", &[("x-to", "/nowhere")]).await.status, 500);
    });
}

#[test]
fn a_filter_sees_the_call_and_changes_arguments_and_attachments() {
    run(async {
        let script = json!({
            "call_wants": [":service", ":method", "argument.0", "trace", "request.x-trace", "tag.who"],
            "on_request": { "tag": [["who", "ann"]] },
            "on_call": { "arguments": "[\"{0} {1} {2} {3} {4} {5} {arguments}\"]", "set": [["trace", "changed"]],
                         "append": [["more", "1"]] } });
        let world = Plan::new().at_route("edit", script).start().await;
        // The text stands in JSON, so what is put into it must need no escapes.
        let answer = world.with("/echo/7", &[("x-trace", "t")]).await;
        assert_eq!(answer.status, 503, "quotes within quotes are no JSON: {}", answer.text());

        let script = json!({ "on_call": { "set": [["trace", "changed"]], "append": [["more", "1"]], "arguments": "[\"more\"]" } });
        let world = Plan::new().at_route("edit", script).start().await;
        assert_eq!(world.get("/attachment/x").await.expect(200).json(), "1");
        let script = json!({ "call_wants": [":service", ":method", "request.x-trace", "trace"],
            "on_call": { "arguments": "[\"{0} {1} {2} {3}\"]", "remove": ["trace"] } });
        let world = Plan::new().at_route("edit", script).start().await;
        let answer = world.with("/echo/7", &[("x-trace", "t")]).await;
        assert_eq!(answer.expect(200).json(), "com.example.Test echo t t");
    });
}

#[test]
fn arguments_that_are_not_the_methods_are_the_plugins_failure() {
    run(async {
        let script = json!({ "on_call": { "arguments": "[{\"no\": \"long\"}]" } });
        let world = Plan::new().at_route("edit", script).start().await;
        let answer = world.get("/user/7").await;
        assert_eq!(answer.expect(503).json()["code"], "YM0505");
        assert!(!answer.text().contains("long"), "{}", answer.text());
        assert_eq!(world.providers[0].calls(), 0);
    });
}

#[test]
fn a_filter_sees_how_the_call_ended_and_puts_another_result_in_its_place() {
    run(async {
        let script = json!({ "on_outcome": { "result": "{\"was\":{outcome}}", "set": [["x-outcome", "seen"]] } });
        let world = Plan::new().at_route("mask", script).start().await;
        let answer = world.get("/user/7").await;
        assert_eq!(answer.expect(200).json(), json!({ "was": { "id": 7, "name": "Ann", "phone": "555-0100" } }));
        assert_eq!(field(&answer, "x-outcome"), "seen");
        assert_eq!(field(&answer, "content-length"), answer.body.len().to_string());

        let script = json!({ "on_outcome": { "set": [["x-outcome", "{outcome}"]] } });
        let world = Plan::new().at_route("look", script).start().await;
        let answer = world.get("/fail/late").await;
        assert_eq!(answer.expect(409).json(), json!({ "why": "late" }));
        assert_eq!(field(&answer, "x-outcome"), "RpcCode::Ok com.example.Full late");
    });
}

#[test]
fn a_filter_changes_status_and_fields_of_the_response() {
    run(async {
        let script = json!({ "response_wants": ["content-type", "request.x-trace", "tag.user"],
            "on_request": { "tag": [["user", "ann"]], "state": 41 },
            "on_response": { "status": 203, "set": [["x-seen", "{0} {1} {2} {state}"]], "remove": ["content-type"] } });
        let world = Plan::new().at_route("edit", script).start().await;
        let answer = world.with("/who", &[("x-trace", "t")]).await;
        assert_eq!(answer.expect(203).json(), "p0");
        assert_eq!(field(&answer, "x-seen"), "application/json t ann 41");
        assert_eq!(field(&answer, "content-type"), "");
    });
}

#[test]
fn filters_see_requests_in_their_order_and_answers_in_the_reverse() {
    run(async {
        let script = |name: &str| {
            json!({ "request_wants": ["x-trace"], "on_request": { "set": [["x-trace", format!("{{0}}{name}")]] },
                    "on_response": { "append": [["x-order", name]] } })
        };
        let world = Plan::new().at_listener("a", script("a")).at_route("b", script("b")).at_route("c", script("c"));
        let world = world.start().await;
        let answer = world.get("/attachment/trace").await;
        assert_eq!(answer.expect(200).json(), "-abc");
        let order: Vec<_> = answer.headers.get_all("x-order").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(order, ["c", "b", "a"]);
    });
}

#[test]
fn an_answer_that_a_filter_gives_is_seen_by_those_around_it_and_by_nobody_else() {
    run(async {
        let mark = |name: &str| json!({ "on_request": {}, "on_response": { "append": [["x-order", name]] } });
        let gate = json!({ "request_wants": ["x-stop"],
            "on_request": { "if_wanted": true, "reply": [451, "no further"] },
            "on_response": { "append": [["x-order", "gate"]] } });
        let world =
            Plan::new().at_listener("outer", mark("outer")).at_route("gate", gate).at_route("inner", mark("inner"));
        let world = world.start().await;
        let answer = world.with("/who", &[("x-stop", "1")]).await;
        assert_eq!(answer.expect(451).text(), "no further");
        assert_eq!(field(&answer, "content-length"), "10");
        let order = |answer: &yumen_tests::gateway::Answer| -> Vec<String> {
            answer.headers.get_all("x-order").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(order(&answer), ["outer"]);
        assert_eq!(world.providers[0].calls(), 0);
        assert_eq!(order(&world.get("/who").await), ["inner", "gate", "outer"]);
        let lost = world.get("/nowhere").await;
        assert_eq!(
            (lost.status.as_u16(), order(&lost)),
            (404, vec!["outer".to_owned()]),
            "a 404 passes the listener's"
        );
    });
}

#[test]
fn a_call_that_a_filter_ends_is_answered_by_the_rules_of_the_route() {
    run(async {
        for (act, status, body) in [
            (json!({ "end_result": "{\"cached\":true}" }), 200, json!({ "cached": true })),
            (json!({ "end_thrown": ["com.example.Full", "not today"] }), 409, json!({ "why": "not today" })),
        ] {
            let around = json!({ "on_outcome": { "set": [["x-outcome", "{outcome}"]] } });
            let world = Plan::new().at_route("around", around).at_route("end", json!({ "on_call": act })).start().await;
            let answer = world.get("/user/7").await;
            assert_eq!(answer.expect(status).json(), body);
            assert_ne!(field(&answer, "x-outcome"), "", "the filters before it see the outcome");
            assert_eq!(world.providers[0].calls(), 0);
        }
        let world = Plan::new().at_route("end", json!({ "on_call": { "end_error": "who are you" } })).start().await;
        let answer = world.get("/user/7").await.expect(400).json();
        assert_eq!((&answer["code"], &answer["detail"]), (&json!("YM0506"), &json!("who are you")));
    });
}

#[test]
fn a_call_may_be_ended_before_there_is_one() {
    run(async {
        let script = json!({ "request_wants": ["x-stop"], "on_request": { "if_wanted": true, "end_result": "[1]" } });
        let world = Plan::new().at_listener("early", script).start().await;
        let answer = world.with("/nowhere", &[("x-stop", "1")]).await;
        assert_eq!(answer.expect(200).json(), json!([1]));
        assert_eq!(field(&answer, "content-type"), "application/json");
        let script = json!({ "on_request": { "end_thrown": ["com.example.Full", "no"] } });
        let world = Plan::new().at_route("early", script).start().await;
        assert_eq!(world.get("/who").await.expect(409).json(), json!({ "why": "no" }));
        assert_eq!(world.providers[0].calls(), 0);
    });
}

#[test]
fn a_filter_without_interest_is_never_called() {
    run(async {
        let world = Plan::new().plugin("idle", "idle", json!({}), json!({})).used_at_route("idle");
        let world = world.plugin("noop", "noop", json!({}), json!({})).used_at_route("noop").start().await;
        for _ in 0..5 {
            world.get("/who").await.expect(200);
        }
        let calls = async |name: &str| world.metric(&format!("yumen_plugin_calls_total{{plugin=\"{name}\"")).await;
        assert_eq!(calls("idle").await, Some(0.0));
        assert_eq!(calls("noop").await, Some(5.0));
    });
}
