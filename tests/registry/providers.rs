//! Registration and deregistration, matching, overrides, and nodes that cannot be read.

use std::sync::Arc;

use yumen_dubbo::instances::{Origin, Provider};
use yumen_dubbo::registry::{Registry, RegistryState};

use crate::world::{LIMIT, SERVICE, World, accepting, ports, provider, until, until_live};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_sees_providers_come_and_go() {
    let world = World::start().await;
    let peer = world.peer().await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[]).await;
    let one = peer.provide(1001, "&weight=7&timeout=300&get.timeout=50").await;
    until_live(&mut follower, &[1001]).await;
    let kept = follower.instances().load().providers[0].clone();
    assert_eq!((kept.weight, kept.timeout("get").unwrap().as_millis()), (7, 50));
    peer.provide(1002, "").await;
    until_live(&mut follower, &[1001, 1002]).await;
    assert!(Arc::ptr_eq(&kept, &follower.instances().load().providers[0]), "a provider that stays is the same object");
    peer.remove(&one).await;
    until_live(&mut follower, &[1002]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ephemeral_nodes_of_a_provider_that_ends_are_gone_from_the_list() {
    let world = World::start().await;
    let (stays, ends) = (world.peer().await, world.peer().await);
    stays.provide(1001, "").await;
    ends.provide(1002, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[1001, 1002]).await;
    drop(ends);
    until_live(&mut follower, &[1001]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_and_version_are_matched_as_dubbo_does() {
    let world = World::start().await;
    let peer = world.peer().await;
    for (port, more) in
        [(1001, ""), (1002, "&group=g1&version=1.0"), (1003, "&group=g2&version=2.0"), (1004, "&version=1.0")]
    {
        peer.provide(port, more).await;
    }
    for (asked, expected) in [
        ("", &[1001][..]),
        ("g1/|:1.0", &[1002]),
        ("*/|:*", &[1001, 1002, 1003, 1004]),
        ("g1,g2/|:*", &[1002, 1003]),
        ("|:1.0", &[1004]),
        ("g1/|", &[]),
    ] {
        let asked = if asked.is_empty() { SERVICE.to_owned() } else { asked.replace('|', SERVICE) };
        until_live(&mut world.subscribe(&asked), expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_node_is_skipped_and_the_others_are_kept() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.provide(1001, "").await;
    for node in ["nonsense", "dubbo%3A%2F%2Fh%3A99999%2Fx", "%ff%fe", "dubbo%3A%2F%2F%3A1%2F"] {
        peer.make(&format!("/dubbo/{SERVICE}/providers/{node}")).await;
    }
    let tri = "tri://127.0.0.1:1003/com.acme.Depot?interface=com.acme.Depot";
    peer.list("providers", tri).await;
    let mut follower = world.subscribe(SERVICE);
    until(&mut follower, "four skipped nodes", |list| list.skipped == 4).await;
    assert_eq!(ports(&follower.instances().load()), [1001], "another protocol is left out, but is no fault");
    peer.provide(1002, "").await;
    until_live(&mut follower, &[1001, 1002]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simple_overrides_are_applied_and_all_rules_are_shown() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.provide(1001, "").await;
    peer.provide(1002, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[1001, 1002]).await;
    let rule = format!("override://127.0.0.1:1001/{SERVICE}?category=configurators&disabled=true");
    let rule = peer.list("configurators", &rule).await;
    until_live(&mut follower, &[1002]).await;
    let route = format!("condition://0.0.0.0/{SERVICE}?category=routers&rule=host=1.2.3.4");
    peer.list("routers", &route).await;
    until(&mut follower, "the route", |list| list.routes.len() == 1 && list.overrides.len() == 1).await;
    peer.remove(&rule).await;
    until_live(&mut follower, &[1001, 1002]).await;
    peer.list("configurators", &format!("override://0.0.0.0/{SERVICE}?weight=33")).await;
    until(&mut follower, "the weight", |list| list.providers.iter().all(|provider| provider.weight == 33)).await;
    peer.list("configurators", &format!("override://0.0.0.0/{SERVICE}?timeout=4000&get.retries=7")).await;
    let told = |provider: &Arc<Provider>| (provider.timeout("any").map(|it| it.as_secs()), provider.retries("get"));
    until(&mut follower, "a timeout", |list| list.providers.iter().all(|it| told(it) == (Some(4), Some(7)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_take_every_provider_out() {
    let world = World::start().await;
    let peer = world.peer().await;
    let (_listener, port) = accepting().await;
    peer.provide(port, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[port]).await;
    peer.list("configurators", &format!("override://0.0.0.0/{SERVICE}?disabled=true")).await;
    until_live(&mut follower, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_with_a_nested_name_and_another_root_are_found() {
    let world = World::with(|options| options.root = "acme".to_owned()).await;
    let peer = world.peer().await;
    let url = "dubbo://127.0.0.1:1001/a.Outer$Nested?interface=a.Outer$Nested";
    let node = yumen_dubbo::url::DubboUrl::parse(url).unwrap().encoded();
    peer.make(&format!("/acme/a.Outer%24Nested/providers/{node}")).await;
    until_live(&mut world.subscribe("a.Outer$Nested"), &[1001]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_end_in_the_right_list() {
    let world = World::start().await;
    let peer = world.peer().await;
    let mut follower = world.subscribe(SERVICE);
    let changes = follower.instances();
    for round in 0..250_u16 {
        let gone = peer.provide(2000 + round, "").await;
        peer.provide(4000 + round, "").await;
        peer.remove(&gone).await;
    }
    let expected: Vec<u16> = (4000..4250).collect();
    until_live(&mut follower, &expected).await;
    assert_eq!(changes.load().origin, Origin::Live);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_subscription_ends_and_a_closed_registry_leaves_nothing() {
    let world = World::start().await;
    let peer = world.peer().await;
    peer.provide(1001, "").await;
    let mut follower = world.subscribe(SERVICE);
    until_live(&mut follower, &[1001]).await;
    let consumer = provider(0, "").replace("dubbo://", "consumer://");
    let registration = world.registry.register(yumen_dubbo::url::DubboUrl::parse(&consumer).unwrap());
    crate::world::eventually("our consumer node", async || peer.names("consumers").await.len() == 1).await;
    drop(follower);
    tokio::time::timeout(LIMIT, world.registry.close()).await.unwrap();
    drop(registration);
    crate::world::eventually("our node is gone", async || peer.names("consumers").await.is_empty()).await;
    assert_ne!(*world.registry.state().borrow(), RegistryState::Connecting);
}
