//! Versions that are replaced while traffic flows: no request fails, none meets two of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use yumen_guests::guest;

use crate::world::{Plan, run};

/// The witness with another version written into it.
pub fn witness(version: u64) -> Vec<u8> {
    const MARK: &[u8] = b"witness-version-0000000000";
    let mut bytes = guest("witness").unwrap().to_vec();
    let at = bytes.windows(MARK.len()).position(|window| window == MARK).unwrap();
    bytes[at..at + MARK.len()].copy_from_slice(format!("witness-version-{version:010}").as_bytes());
    bytes
}

/// Sends requests on one connection until it is told to stop; how many, and which of them were wrong.
async fn client(address: std::net::SocketAddr, stop: Arc<AtomicBool>, sent: Arc<AtomicU64>) -> Vec<String> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut wrong = Vec::new();
    while !stop.load(Relaxed) {
        let request = Request::builder().method(Method::GET).uri("/who").header(header::HOST, "a");
        let answer = sender.send_request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        body.collect().await.unwrap();
        let versions = head.headers.get("x-versions").map_or("", |value| value.to_str().unwrap());
        let same = versions.split_once(' ').is_some_and(|(one, other)| one == other);
        if head.status != 200 || !same {
            wrong.push(format!("{} {versions:?}", head.status));
        }
        sent.fetch_add(1, Relaxed);
    }
    wrong
}

#[test]
fn versions_that_are_replaced_under_load_fail_no_request_and_none_meets_two() {
    run(async {
        let world = Plan::new().plugin("witness", "witness", json!({}), json!({})).used_at_route("witness");
        let world = world.start().await;
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let clients: Vec<_> =
            (0..4).map(|_| tokio::spawn(client(world.gateway.address, Arc::clone(&stop), Arc::clone(&sent)))).collect();
        for version in 1..=10 {
            world.replace("witness.wasm", &witness(version));
            let begun = Instant::now();
            while world.get("/who").await.headers["x-versions"] != format!("{version} {version}") {
                assert!(begun.elapsed() < Duration::from_secs(30), "version {version} never serves");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        stop.store(true, Relaxed);
        for client in clients {
            assert_eq!(client.await.unwrap(), [""; 0]);
        }
        assert!(sent.load(Relaxed) > 200);
    });
}
