//! Our own node under `consumers`.

use std::time::Duration;

use yumen_dubbo::registry::Registry;
use yumen_dubbo::url::DubboUrl;

use crate::world::{SERVICE, World, eventually};

fn consumer() -> DubboUrl {
    let url =
        format!("consumer://10.0.0.9/{SERVICE}?application=edge&category=consumers&interface={SERVICE}&side=consumer");
    DubboUrl::parse(&url).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_is_listed_until_its_registration_is_dropped() {
    let world = World::start().await;
    let peer = world.peer().await;
    let registration = world.registry.register(consumer());
    eventually("our node", async || peer.names("consumers").await == [consumer().encoded()]).await;
    let path = format!("/dubbo/{SERVICE}/consumers/{}", consumer().encoded());
    let stat = peer.0.check_stat(&path).await.unwrap().unwrap();
    assert_ne!(stat.ephemeral_owner, 0, "it ends with the session");
    drop(registration);
    eventually("no node", async || peer.names("consumers").await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_somebody_removed_is_made_again() {
    let world = World::start().await;
    let peer = world.peer().await;
    let _registration = world.registry.register(consumer());
    for _ in 0..3 {
        eventually("our node", async || peer.names("consumers").await.len() == 1).await;
        peer.remove(&format!("/dubbo/{SERVICE}/consumers/{}", consumer().encoded())).await;
    }
    eventually("our node again", async || peer.names("consumers").await.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_made_again_for_a_new_session() {
    let world = World::start().await;
    let peer = world.peer().await;
    let _registration = world.registry.register(consumer());
    let path = format!("/dubbo/{SERVICE}/consumers/{}", consumer().encoded());
    let owner = async || peer.0.check_stat(&path).await.ok().flatten().map(|stat| stat.ephemeral_owner);
    eventually("our node", async || owner().await.is_some()).await;
    let first = owner().await;
    let mut second = None;
    for _ in 0..5 {
        let paused = world.zookeeper.pause();
        tokio::time::sleep(Duration::from_secs(4)).await;
        paused.resume();
        // A server that goes on may hear of a session before it would end it, and then the session lives.
        let another = async {
            while second.is_none() || second == first {
                tokio::time::sleep(Duration::from_millis(20)).await;
                second = owner().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(10), another).await.is_ok() {
            break;
        }
    }
    assert!(second.is_some() && second != first, "the session never ended");
    // The old session is gone for good; what it owned must not take the new node along.
    eventually("only the new session", async || {
        let sessions = world.zookeeper.four_letters("dump").await.unwrap_or_default();
        first.is_some_and(|first| !sessions.contains(&format!("0x{first:x}")))
    })
    .await;
    assert_eq!(owner().await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_left_by_an_earlier_process_is_taken_over() {
    let world = World::start().await;
    let earlier = world.peer().await;
    let path = earlier.list("consumers", &consumer().to_string()).await;
    let left = earlier.0.check_stat(&path).await.unwrap().unwrap().ephemeral_owner;
    let _registration = world.registry.register(consumer());
    eventually("a node of our own", async || {
        let stat = earlier.0.check_stat(&path).await.unwrap();
        stat.is_some_and(|stat| stat.ephemeral_owner != left)
    })
    .await;
}
