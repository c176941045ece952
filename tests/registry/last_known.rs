//! A restart while ZooKeeper is away serves what was heard last.

use std::path::Path;

use yumen_dubbo::instances::Origin;
use yumen_dubbo::metadata::MetadataReport;
use yumen_dubbo::registry::Registry;
use yumen_registries::zookeeper::ZooKeeperRegistry;

use crate::world::{Peer, SERVICE, World, accepting, definition, kept_in, key, options, ports, until_live};

const TEXT: &str = r#"{"methods":[{"name":"get","parameterTypes":["long"],"returnType":"int"}],"types":[]}"#;

/// What a next run opens, with the folder of the one before.
fn started_again(world: &World, folder: &Path) -> ZooKeeperRegistry {
    let mut again = options(&world.zookeeper);
    kept_in(folder)(&mut again);
    ZooKeeperRegistry::open(again)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_without_zookeeper_serves_the_last_known_list_and_definition() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::with(kept_in(folder.path())).await;
    let peer = world.peer().await;
    let (_one, first) = accepting().await;
    peer.provide(first, "&weight=9").await;
    peer.write(&format!("/dubbo/metadata/{SERVICE}/provider/depot"), TEXT).await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[first]).await;
    let known = |it: &yumen_dubbo::metadata::Definition| it.contract().is_some();
    definition(&mut world.registry.definition(&key(SERVICE)), "a definition", known).await;
    world.registry.close().await;
    world.zookeeper.kill();

    let registry = started_again(&world, folder.path());
    let mut follower = registry.subscribe(&key(SERVICE));
    let instances = follower.instances().load_full();
    assert_eq!((instances.origin, ports(&instances)), (Origin::LastKnown, vec![first]), "at once, without waiting");
    assert_eq!(instances.providers[0].weight, 9);
    assert!(registry.definition(&key(SERVICE)).borrow().contract().is_some());

    world.zookeeper.restart().await;
    let peer = Peer::connect(&world.zookeeper).await;
    let (_two, second) = accepting().await;
    peer.provide(second, "").await;
    crate::world::until(&mut follower, "the list of the living registry", |list| {
        list.origin == Origin::Live && ports(list).contains(&second)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_takes_nothing_from_what_a_restart_may_need() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::with(kept_in(folder.path())).await;
    let peer = world.peer().await;
    let (listener, port) = accepting().await;
    let node = peer.provide(port, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[port]).await;
    peer.remove(&node).await;
    drop(listener);
    until_live(&mut follower, &[]).await;
    world.registry.close().await;
    world.zookeeper.kill();

    let registry = started_again(&world, folder.path());
    let instances = registry.subscribe(&key(SERVICE)).instances().load_full();
    assert_eq!((instances.origin, ports(&instances)), (Origin::LastKnown, vec![port]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_an_operator_took_out_stays_out_after_a_restart_without_zookeeper() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::with(kept_in(folder.path())).await;
    let peer = world.peer().await;
    let mut follower = world.subscribe(SERVICE);
    peer.provide(21001, "").await;
    peer.provide(21002, "").await;
    until_live(&mut follower, &[21001, 21002]).await;
    peer.list("configurators", &format!("override://127.0.0.1:21002/{SERVICE}?category=configurators&disabled=true"))
        .await;
    until_live(&mut follower, &[21001]).await;
    world.registry.close().await;
    world.zookeeper.kill();

    let registry = started_again(&world, folder.path());
    let instances = registry.subscribe(&key(SERVICE)).instances().load_full();
    assert_eq!((instances.origin, ports(&instances)), (Origin::LastKnown, vec![21001]));
    assert_eq!(instances.overrides.len(), 1, "the rule is shown");
}
