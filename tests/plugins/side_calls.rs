//! What plugins ask others: HTTP clusters and Dubbo services, as far as they are granted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::world::{Plan, run};

/// An HTTP server that answers every request with its target; how many connections it saw.
async fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    let seen = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            seen.fetch_add(1, Relaxed);
            tokio::spawn(async move {
                let mut piece = [0; 4096];
                while let Ok(count @ 1..) = socket.read(&mut piece).await {
                    let text = String::from_utf8_lossy(&piece[..count]).into_owned();
                    let target = text.split(' ').nth(1).unwrap_or("-").to_owned();
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{target}", target.len());
                    socket.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (address, connections)
}

fn caller(grants: serde_json::Value, endpoint: &str) -> Plan {
    Plan::new()
        .plugin("caller", "caller", json!({}), json!({ "grants": grants }))
        .used_at_route("caller")
        .section("clusters", json!([{ "name": "identity", "endpoints": [endpoint] }]))
        .section(
            "routes",
            json!([{ "name": "said", "match": { "path": "/said" }, "to": { "service": "test", "method": "echo" },
                     "args": ["header.x-said"], "plugins": ["caller"] }]),
        )
}

#[test]
fn a_plugin_asks_an_http_cluster_and_connections_live_on() {
    run(async {
        let (endpoint, connections) = server().await;
        let world = caller(json!({ "clusters": ["identity"] }), &endpoint).start().await;
        for _ in 0..6 {
            let answer = world.with("/said", &[("x-fetch", "identity /token?a=1")]).await;
            assert_eq!(answer.expect(200).json(), "200 /token?a=1");
        }
        assert!(connections.load(Relaxed) <= 2, "one for each worker, not {}", connections.load(Relaxed));
    });
}

#[test]
fn a_plugin_calls_a_service_in_json() {
    run(async {
        let world = caller(json!({ "services": ["test"] }), "http://127.0.0.1:1").start().await;
        let said = async |wish: &str| world.with("/said", &[("x-call", wish)]).await.expect(200).json();
        assert_eq!(said("test user [7]").await, r#"{"id":7,"name":"Ann","phone":"555-0100"}"#);
        assert_eq!(said("test attachment [\"from\"]").await, "\"plugin\"");
        let failed = said("test fail [\"late\"]").await.to_string();
        assert!(failed.contains("com.example.Full") && failed.contains("late"), "{failed}");
        let invalid = said("test user [\"x\"]").await.to_string();
        assert!(invalid.contains("is not a long"), "{invalid}");
        let unknown = said("test nothing []").await.to_string();
        assert!(unknown.contains("no method nothing"), "{unknown}");
    });
}

#[test]
fn what_is_not_granted_is_not_reached() {
    run(async {
        let (endpoint, connections) = server().await;
        let world = caller(json!({}), &endpoint).start().await;
        for field in [("x-fetch", "identity /"), ("x-call", "test who []")] {
            let answer = world.with("/said", &[field]).await;
            assert!(answer.expect(200).text().contains("Denied"), "{}", answer.text());
        }
        assert_eq!(connections.load(Relaxed), 0);
    });
}

#[test]
fn a_cluster_that_cannot_be_reached_is_told_to_the_plugin() {
    run(async {
        let world = caller(json!({ "clusters": ["identity"] }), "http://127.0.0.1:1").start().await;
        let answer = world.with("/said", &[("x-fetch", "identity /")]).await;
        assert!(answer.expect(200).text().contains("Transport"), "{}", answer.text());
    });
}
