//! Bodies through filters: whole, in pieces, replaced, refused, bounded.

use http::Method;
use serde_json::json;

use crate::world::{Plan, field, run};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[test]
fn a_body_that_a_filter_replaces_is_what_arguments_are_read_from() {
    run(async {
        let wrap = json!({ "on_request_body": { "wrap": ["{\"text\":\"", "\"}"] } });
        let world = Plan::new().at_route("wrap", wrap).start().await;
        let answer = world.gateway.send(Method::POST, "/post", JSON, "jade").await;
        assert_eq!(answer.expect(200).json(), "jade");
        assert_eq!(world.get("/who").await.expect(200).json(), "p0", "a request without a body has none to show");
    });
}

#[test]
fn pieces_pass_streamed_filters_one_by_one_and_buffered_ones_whole() {
    run(async {
        let streamed = json!({ "on_request_body": { "streamed": true, "wrap": ["", ""] } });
        let whole = json!({ "on_request_body": { "wrap": ["{\"text\":\"", "\"}"] } });
        let world = Plan::new().at_listener("streamed", streamed).at_route("whole", whole).start().await;
        let long = "jade".repeat(100_000);
        let answer = world.gateway.send(Method::POST, "/post", JSON, long.clone()).await;
        assert_eq!(answer.expect(200).json(), long);
    });
}

#[test]
fn a_filter_may_answer_a_body() {
    run(async {
        let refuse =
            json!({ "on_request_body": { "reply": [422, "not this"] }, "on_response": { "set": [["x-a", "1"]] } });
        let around = json!({ "on_response": { "set": [["x-b", "1"]] } });
        let world = Plan::new().at_route("refuse", refuse).at_route("around", around).start().await;
        let answer = world.gateway.send(Method::POST, "/post", JSON, "{\"text\":\"x\"}").await;
        assert_eq!(answer.expect(422).text(), "not this");
        assert_eq!((field(&answer, "x-a"), field(&answer, "x-b")), ("", "1"));
        assert_eq!(world.providers[0].calls(), 0);
    });
}

#[test]
fn a_body_larger_than_a_filter_is_shown_is_refused() {
    run(async {
        let whole = json!({ "on_request_body": { "wrap": ["", ""] } });
        let limits = json!({ "limits": { "body": "1KiB" } });
        let world = Plan::new().plugin("whole", "actor", whole, limits).used_at_route("whole").start().await;
        let body = |length: usize| json!({ "text": "x".repeat(length) }).to_string();
        world.gateway.send(Method::POST, "/post", JSON, body(100)).await.expect(200);
        world.gateway.send(Method::POST, "/post", JSON, body(2000)).await.expect(413);
    });
}

#[test]
fn the_body_of_the_response_is_replaced_and_its_length_is_told_anew() {
    run(async {
        let wrap = json!({ "on_response_body": { "wrap": ["<", ">"] } });
        let streamed = json!({ "on_response_body": { "streamed": true, "wrap": ["(", ")"] } });
        let world = Plan::new().at_listener("outer", streamed).at_route("inner", wrap).start().await;
        let answer = world.get("/who").await;
        assert_eq!(answer.expect(200).text(), "(<\"p0\">)");
        assert_eq!(field(&answer, "content-length"), "8");
        assert_eq!(world.get("/nowhere").await.text().as_bytes()[0], b'(', "problems pass the listener's filters too");
    });
}
