//! A live configuration keeps its lists while others are tried, and hands them on where a registry is away.

use std::path::Path;

use yumen_dubbo::registry::memory::MemoryRegistry;

use super::*;
use crate::config::{self, Sources};

const INTERFACE: &str = "com.acme.Users";
const PROVIDER: &str = "dubbo://127.0.0.1:20880/com.acme.Users";
/// Long for what is at hand, short for what never comes.
const MOMENT: Duration = Duration::from_millis(200);

/// A configuration of one service at this registry.
fn configured(registry: &str, service: &str) -> Config {
    let text = format!(
        r#"version: 1
listeners: [{{ name: web, bind: "127.0.0.1:0" }}]
gateway: {{ state: "" }}
registries: [{{ name: main, {registry} }}]
services: [{{ name: {service}, interface: {INTERFACE}, registry: main }}]
routes: [{{ name: r, match: {{ path: / }}, to: {{ service: {service}, method: m }} }}]
"#
    );
    config::load(&Sources::text("test.yaml", text)).unwrap_or_else(|findings| panic!("{findings}")).config
}

fn file(path: &Path) -> Config {
    configured(&format!("type: file, path: {path:?}"), "users")
}

/// A ZooKeeper that nobody will ever reach.
fn away(service: &str) -> Config {
    configured("type: zookeeper, address: \"127.0.0.1:1\"", service)
}

fn list(subscriptions: &Subscriptions, config: &Config) -> Arc<Instances> {
    let followed = subscriptions.followed(config, &config.services[0]).unwrap();
    followed.subscription.instances().load_full()
}

/// The in-process registry with one provider of a service with one method, live.
async fn embedded() -> (Subscriptions, Config) {
    let registry = Arc::new(MemoryRegistry::new());
    registry.publish(DubboUrl::parse(PROVIDER).unwrap());
    let contract = Contract { interface: INTERFACE.into(), ..Contract::default() };
    registry.define(&ServiceKey::new(INTERFACE, None, None), Definition::Known(Arc::new(contract)));
    let (mut subscriptions, live) = (Subscriptions::new(registry), configured("type: embedded", "users"));
    subscriptions.prepare(&live).unwrap();
    subscriptions.settled(&live, MOMENT).await;
    subscriptions.keep(&live);
    (subscriptions, live)
}

#[tokio::test]
async fn what_is_published_is_fed_on_when_another_configuration_was_tried_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    std::fs::write(&one, "").unwrap();
    std::fs::write(&other, "").unwrap();
    let (live, refused) = (file(&one), file(&other));
    let mut subscriptions = Subscriptions::new(Arc::default());
    subscriptions.prepare(&live).unwrap();
    subscriptions.keep(&live);
    let published = subscriptions.followed(&live, &live.services[0]).unwrap().subscription.instances();
    subscriptions.prepare(&refused).unwrap();
    assert_eq!(subscriptions.followed.len(), 2);
    subscriptions.keep(&live);
    assert_eq!((subscriptions.followed.len(), subscriptions.registries.len()), (1, 1));
    std::fs::write(&one, PROVIDER).unwrap();
    let heard = async {
        while published.load().providers.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), heard).await.is_ok(), "nobody feeds the published list");
}

#[tokio::test]
async fn a_service_that_moves_to_a_registry_that_is_away_takes_along_what_is_known() {
    let (mut subscriptions, live) = embedded().await;
    // Its name in the configuration may change as well.
    let next = away("people");
    subscriptions.prepare(&next).unwrap();
    subscriptions.settled(&next, MOMENT).await;
    assert_eq!(list(&subscriptions, &next).origin, Origin::Pending);
    subscriptions.inherit(&live, &next);
    subscriptions.keep(&next);
    let inherited = list(&subscriptions, &next);
    assert_eq!((inherited.origin, inherited.providers.len()), (Origin::LastKnown, 1));
    assert!(subscriptions.contract(&next, &next.services[0]).is_some(), "its plans would be lost");
    assert_eq!(subscriptions.without_providers(&next), [""; 0]);
    // And once more, from one that was never reached itself.
    let later = away("users");
    let later = Config {
        registries: vec![RegistryConfig { root: "other".to_owned(), ..later.registries[0].clone() }],
        ..later
    };
    subscriptions.prepare(&later).unwrap();
    subscriptions.inherit(&next, &later);
    subscriptions.keep(&later);
    assert_eq!(list(&subscriptions, &later).providers.len(), 1);
    assert!(subscriptions.contract(&later, &later.services[0]).is_some());
}

#[tokio::test]
async fn a_registry_that_has_spoken_is_believed_and_another_version_inherits_nothing() {
    let (mut subscriptions, live) = embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nobody");
    std::fs::write(&path, "# nobody\n").unwrap();
    let emptied = file(&path);
    let mut upgraded = away("users");
    upgraded.services[0].version = Some("2.0.0".to_owned());
    for next in [&emptied, &upgraded] {
        subscriptions.prepare(next).unwrap();
        subscriptions.inherit(&live, next);
    }
    assert_eq!(list(&subscriptions, &emptied).origin, Origin::Live);
    assert_eq!(list(&subscriptions, &upgraded).origin, Origin::Pending);
    assert!(
        list(&subscriptions, &emptied).providers.is_empty() && list(&subscriptions, &upgraded).providers.is_empty()
    );
}

#[tokio::test]
async fn definitions_that_came_together_are_heard_together() {
    let registry = Arc::new(MemoryRegistry::new());
    let config = configured("type: embedded", "users");
    let mut subscriptions = Subscriptions::new(Arc::clone(&registry));
    subscriptions.prepare(&config).unwrap();
    let define = || registry.define(&ServiceKey::new(INTERFACE, None, None), Definition::Absent);
    define();
    let changed = tokio::time::timeout(MOMENT, subscriptions.definition_changed()).await;
    assert!(changed.is_ok());
    define();
    subscriptions.hear_definitions();
    assert!(tokio::time::timeout(MOMENT, subscriptions.definition_changed()).await.is_err());
}
