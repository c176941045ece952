//! Our own node under `consumers`.

use std::time::Duration;

use yumen_dubbo::registry::Registry;
use yumen_dubbo::url::DubboUrl;
use yumen_registries::zookeeper::ZooKeeperRegistry;

use crate::world::{Peer, SERVICE, World, eventually, options};

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
async fn two_gateways_on_one_host_both_stay_listed() {
    let world = World::start().await;
    let peer = world.peer().await;
    let other = ZooKeeperRegistry::open(options(&world.zookeeper));
    let gateway = |pid: &str| {
        let mut url = consumer();
        url.parameters.extend([("pid".into(), pid.into()), ("timestamp".into(), "1795245275000".into())]);
        url
    };
    let _one = world.registry.register(gateway("7"));
    let _two = other.register(gateway("8"));
    eventually("both nodes", async || peer.names("consumers").await.len() == 2).await;
    let listed = async || {
        let mut made = Vec::new();
        for name in peer.names("consumers").await {
            let stat = peer.0.check_stat(&format!("/dubbo/{SERVICE}/consumers/{name}")).await.unwrap();
            made.extend(stat.map(|stat| stat.czxid));
        }
        made
    };
    let before = listed().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((listed().await, before.len()), (before, 2), "nobody made his node anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_living_session_is_left_alone_and_made_when_that_ends() {
    let world = World::start().await;
    let other = world.peer().await;
    let path = other.list("consumers", &consumer().to_string()).await;
    let watching = Peer::connect(&world.zookeeper).await;
    let first = watching.0.check_stat(&path).await.unwrap().unwrap();
    let registration = world.registry.register(consumer());
    // Long enough for a fight: one round of it takes a few milliseconds.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let then = watching.0.check_stat(&path).await.unwrap().unwrap();
    assert_eq!((then.czxid, then.ephemeral_owner), (first.czxid, first.ephemeral_owner));
    drop(other);
    eventually("a node of our own", async || {
        let stat = watching.0.check_stat(&path).await.unwrap();
        stat.is_some_and(|stat| stat.ephemeral_owner != first.ephemeral_owner)
    })
    .await;
    drop(registration);
    eventually("no node", async || watching.names("consumers").await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_ends_leaves_the_node_of_another_session() {
    let world = World::start().await;
    let other = world.peer().await;
    let path = other.list("consumers", &consumer().to_string()).await;
    let registration = world.registry.register(consumer());
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(registration);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(other.0.check_stat(&path).await.unwrap().is_some());
}
