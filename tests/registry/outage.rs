//! Sessions lost, servers killed and paused, and lists that are suddenly empty.

use std::time::Duration;

use yumen_dubbo::instances::Origin;
use yumen_dubbo::registry::{Registry, RegistryState};
use yumen_registries::zookeeper::ZooKeeperRegistry;
use yumen_tests::zookeeper::ZooKeeper;

use crate::world::{LIMIT, Peer, SERVICE, World, accepting, options, ports, until, until_live};

async fn state(registry: &impl Registry, expected: RegistryState) {
    let mut states = registry.state();
    let seen = tokio::time::timeout(LIMIT, states.wait_for(|state| *state == expected)).await;
    assert!(seen.is_ok(), "never {expected:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_is_followed_on() {
    let mut world = World::start().await;
    let peer = world.peer().await;
    peer.provide(1001, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[1001]).await;
    for round in 0..3 {
        world.zookeeper.kill();
        state(&world.registry, RegistryState::Disconnected).await;
        assert_eq!(ports(&follower.instances().load()), [1001 + round], "the list is kept while the registry is away");
        world.zookeeper.restart().await;
        let peer = world.peer().await;
        for name in peer.names("providers").await {
            peer.remove(&format!("/dubbo/{SERVICE}/providers/{name}")).await;
        }
        peer.provide(1002 + round, "").await;
        until_live(&mut follower, &[1002 + round]).await;
        std::mem::forget(peer.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_replaced_and_everything_followed_again() {
    let world = World::start().await;
    let peer = world.peer().await;
    let (first, second) = (accepting().await, accepting().await);
    peer.provide(first.1, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[first.1]).await;
    let paused = world.zookeeper.pause();
    state(&world.registry, RegistryState::Disconnected).await;
    // Our session of two seconds ends while the server stands still; the peer's of twenty does not.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(ports(&follower.instances().load()), [first.1]);
    paused.resume();
    state(&world.registry, RegistryState::Connected).await;
    peer.provide(second.1, "").await;
    until_live(&mut follower, &[first.1, second.1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_suddenly_empty_is_kept_while_a_provider_answers() {
    let world = World::start().await;
    let peer = world.peer().await;
    let (listener, port) = accepting().await;
    let node = peer.provide(port, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[port]).await;
    peer.remove(&node).await;
    until(&mut follower, "an unconfirmed list", |list| list.origin == Origin::Unconfirmed).await;
    assert_eq!(ports(&follower.instances().load()), [port]);
    // It was asked and answered: the list stands.
    tokio::time::timeout(LIMIT, listener.accept()).await.expect("the provider is asked").unwrap();
    assert_eq!(ports(&follower.instances().load()), [port]);
    drop(listener);
    until_live(&mut follower, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_that_come_back_end_the_doubt() {
    let world = World::start().await;
    let peer = world.peer().await;
    let (_listener, port) = accepting().await;
    let node = peer.provide(port, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[port]).await;
    peer.remove(&node).await;
    until(&mut follower, "an unconfirmed list", |list| list.origin == Origin::Unconfirmed).await;
    peer.provide(1001, "").await;
    until_live(&mut follower, &[1001]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_believed_after_the_time_that_was_set() {
    let world = World::with(|options| options.keep_unconfirmed = Some(Duration::from_millis(500))).await;
    let peer = world.peer().await;
    let (_listener, port) = accepting().await;
    let node = peer.provide(port, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[port]).await;
    peer.remove(&node).await;
    until_live(&mut follower, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_late_is_found() {
    let mut zookeeper = ZooKeeper::start().await;
    zookeeper.kill();
    let registry = ZooKeeperRegistry::open(options(&zookeeper));
    let mut follower = registry.subscribe(&crate::world::key(SERVICE));
    assert_eq!(follower.instances().load().origin, Origin::Pending);
    assert_eq!(*registry.state().borrow(), RegistryState::Connecting);
    zookeeper.restart().await;
    Peer::connect(&zookeeper).await.provide(1001, "").await;
    until(&mut follower, "an answer", |list| list.origin != Origin::Pending).await;
    state(&registry, RegistryState::Connected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_back_after_a_long_time_is_found_soon() {
    let mut world = World::start().await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[]).await;
    let mut found_after = Vec::new();
    // A busy machine may spoil one try, not three.
    while found_after.len() < 3 && found_after.last().is_none_or(|took| *took >= Duration::from_secs(5)) {
        world.zookeeper.kill();
        state(&world.registry, RegistryState::Disconnected).await;
        tokio::time::sleep(Duration::from_secs(8)).await;
        world.zookeeper.restart().await;
        let back = std::time::Instant::now();
        state(&world.registry, RegistryState::Connected).await;
        found_after.push(back.elapsed());
    }
    assert!(found_after.last().is_some_and(|took| *took < Duration::from_secs(5)), "found after {found_after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_missed_however_the_server_fails() {
    const ROUNDS: u16 = 6;
    let mut world = World::start().await;
    let mut follower = world.subscribe(SERVICE);
    let peer = Peer::lasting(&world.zookeeper).await;
    for round in 0..ROUNDS {
        let listed = peer.provide(3000 + round, "").await;
        match round % 3 {
            0 => {
                world.zookeeper.kill();
                world.zookeeper.restart().await;
            }
            1 => {
                let _paused = world.zookeeper.pause();
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
            _ => {
                let _paused = world.zookeeper.pause();
                tokio::time::sleep(Duration::from_secs(4)).await;
            }
        }
        let peer = Peer::lasting(&world.zookeeper).await;
        peer.provide(4000 + round, "").await;
        peer.remove(&listed).await;
        let expected: Vec<u16> = (4000..=4000 + round).collect();
        until_live(&mut follower, &expected).await;
    }
}
