//! The peers themselves: each one starts, registers, serves, pauses, ends and comes back, and leaves no process behind.
#![allow(clippy::expect_used, reason = "a peer that does not answer is a failed test")]

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;
use yumen_tests::java::{JavaProvider, Line};
use yumen_tests::zookeeper::ZooKeeper;

/// A heartbeat request of Dubbo with id 7: two-way event, hessian2, a body of one null.
const HEARTBEAT: [u8; 17] = [0xda, 0xbb, 0xe2, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, b'N'];

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_every_line_serves_and_is_found_in_zookeeper() {
    let zookeeper = ZooKeeper::start().await;
    let start = |line| JavaProvider::builder(line).id("a").registry(&zookeeper).start();
    let (oldest, middle, newest) = tokio::join!(start(Line::V2_7), start(Line::V3_2), start(Line::V3_3));
    let nodes = zookeeper.four_letters("dump").await.expect("ZooKeeper answers");
    for mut provider in [oldest, middle, newest] {
        let line = provider.line();
        for service in ["FreightService", "Bazaar%24Stall"] {
            let node =
                format!("/dubbo/com.acme.freight.{service}/providers/dubbo%3A%2F%2F127.0.0.1%3A{}%2F", provider.port);
            assert!(nodes.contains(&node), "{line}: no node {node} in\n{nodes}");
        }
        assert!(comes_to_answer(&provider).await, "{line} does not answer a heartbeat");
        provider.kill();
        assert!(TcpStream::connect(provider.endpoint()).await.is_err(), "{line} still accepts after SIGKILL");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_pauses_stops_and_comes_back_on_its_port() {
    let mut provider = JavaProvider::builder(Line::V2_7).exports(&["plain"]).start().await;
    let port = provider.port;
    let paused = provider.pause();
    assert!(!within_a_moment(answers_a_heartbeat(&provider)).await, "a paused provider answers");
    paused.resume();
    assert!(comes_to_answer(&provider).await, "a resumed provider is silent");
    provider.stop().await;
    assert!(TcpStream::connect(provider.endpoint()).await.is_err(), "a stopped provider still accepts");
    provider.restart().await;
    assert_eq!(provider.port, port);
    assert!(comes_to_answer(&provider).await, "a restarted provider is silent");
}

#[tokio::test(flavor = "multi_thread")]
async fn zookeeper_comes_back_on_its_port() {
    let mut zookeeper = ZooKeeper::start().await;
    let port = zookeeper.port;
    zookeeper.stop().await;
    assert!(zookeeper.four_letters("ruok").await.is_err(), "a stopped ZooKeeper answers");
    zookeeper.restart().await;
    assert_eq!(zookeeper.port, port);
    assert_eq!(zookeeper.four_letters("ruok").await.expect("ZooKeeper answers"), "imok");
}

/// Sends a heartbeat on a connection of its own and looks whether the answer is one, with the same id.
async fn answers_a_heartbeat(provider: &JavaProvider) -> bool {
    let mut stream = TcpStream::connect(provider.endpoint()).await.expect("the provider accepts");
    stream.write_all(&HEARTBEAT).await.expect("the provider reads");
    let mut header = [0; 16];
    stream.read_exact(&mut header).await.expect("the provider answers");
    header[..4] == [0xda, 0xbb, 0x22, 20] && header[11] == 7
}

/// Asks until it answers, for up to a minute: a heartbeat right after a pause or a start was seen to get no answer on 2.7.
async fn comes_to_answer(provider: &JavaProvider) -> bool {
    for _ in 0..200 {
        if within_a_moment(answers_a_heartbeat(provider)).await {
            return true;
        }
    }
    false
}

/// The condition's outcome, or false when it takes too long to be called an answer.
async fn within_a_moment(condition: impl Future<Output = bool>) -> bool {
    time::timeout(Duration::from_millis(300), condition).await.unwrap_or(false)
}
