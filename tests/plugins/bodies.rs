//! Bodies through filters: whole, in pieces, replaced, refused, bounded.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

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

/// A client that sends most of a body and then waits; what it was answered, once there is an answer.
async fn slow_body(address: std::net::SocketAddr, bytes: usize) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /post HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        bytes + 1
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // Refused in the middle of it, it may be cut off.
    let _ = socket.write_all(&vec![b'x'; bytes]).await;
    let mut answer = [0; 12];
    let told = timeout(Duration::from_millis(20), socket.read_exact(&mut answer)).await;
    (socket, told.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&answer).into_owned()))
}

#[test]
fn what_filters_keep_of_bodies_counts_for_what_a_worker_may_hold() {
    run(async {
        let whole = json!({ "on_request_body": { "wrap": ["", ""] } });
        let world = Plan::new().at_route("whole", whole).start().await;
        let (mut held, mut refused) = (Vec::new(), false);
        // Two workers hold 64 MiB each.
        while held.len() < 200 && !refused {
            let (socket, answer) = slow_body(world.gateway.address, 1_000_000).await;
            refused = answer == "HTTP/1.1 503";
            held.push(socket);
        }
        assert!(refused, "{} bodies of a megabyte are held", held.len());
        drop(held);
        let begun = Instant::now();
        while world.gateway.send(Method::POST, "/post", JSON, "{\"text\":\"x\"}").await.status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the room is never given back");
        }
    });
}
