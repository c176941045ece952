//! A registry inside the process: what is published is listed at once. For embedding, demonstration and tests.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::overrides::Overrides;
use super::{Publisher, Registration, Registry, RegistryState, Subscription, provides};
use crate::instances::{Instances, Origin};
use crate::metadata::{Definition, MetadataReport};
use crate::service_key::ServiceKey;
use crate::url::DubboUrl;

/// An in-process registry; clones share one list.
#[derive(Clone, Default)]
pub struct MemoryRegistry {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    urls: Vec<DubboUrl>,
    followers: Vec<(ServiceKey, Publisher)>,
    definitions: Vec<(ServiceKey, watch::Sender<Definition>)>,
    state: watch::Sender<RegistryState>,
}

impl Default for Shared {
    fn default() -> Self {
        let state = watch::Sender::new(RegistryState::Connected);
        Self { urls: Vec::new(), followers: Vec::new(), definitions: Vec::new(), state }
    }
}

impl MemoryRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists a provider, or another URL a registry may hold (`override://…`).
    pub fn publish(&self, url: DubboUrl) {
        self.change(|urls| {
            urls.retain(|known| *known != url);
            urls.push(url);
        });
    }

    /// Takes a URL off the list.
    pub fn withdraw(&self, url: &DubboUrl) {
        self.change(|urls| urls.retain(|known| known != url));
    }

    /// Publishes what is known of a service's definition.
    pub fn define(&self, key: &ServiceKey, definition: Definition) {
        self.with(|shared| shared.definition(key).send_replace(definition));
    }

    fn change(&self, change: impl FnOnce(&mut Vec<DubboUrl>)) {
        self.with(|shared| {
            change(&mut shared.urls);
            shared.followers.retain(|(_, publisher)| !publisher.is_abandoned());
            for (key, publisher) in &shared.followers {
                publisher.publish(list(&shared.urls, key, &publisher.current()));
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Shared) -> T) -> T {
        act(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shared {
    fn definition(&mut self, key: &ServiceKey) -> &watch::Sender<Definition> {
        let at = self.definitions.iter().position(|(known, _)| known == key).unwrap_or(self.definitions.len());
        if at == self.definitions.len() {
            self.definitions.push((key.clone(), watch::Sender::new(Definition::Absent)));
        }
        &self.definitions[at].1
    }
}

impl Registry for MemoryRegistry {
    fn subscribe(&self, key: &ServiceKey) -> Subscription {
        self.with(|shared| {
            let first = list(&shared.urls, key, &Instances::default());
            let (publisher, subscription) = Subscription::new(first);
            shared.followers.push((key.clone(), publisher));
            subscription
        })
    }

    fn register(&self, _url: DubboUrl) -> Registration {
        Registration::nothing()
    }

    fn state(&self) -> watch::Receiver<RegistryState> {
        self.with(|shared| shared.state.subscribe())
    }

    fn metadata(&self) -> Option<&dyn MetadataReport> {
        Some(self)
    }
}

impl MetadataReport for MemoryRegistry {
    fn definition(&self, key: &ServiceKey) -> watch::Receiver<Definition> {
        self.with(|shared| shared.definition(key).subscribe())
    }
}

fn list(urls: &[DubboUrl], key: &ServiceKey, previous: &Instances) -> Instances {
    let overrides = Overrides::new(key, "", urls.iter().cloned());
    let providers = urls.iter().filter(|url| provides(url, key)).cloned();
    let providers = providers.filter_map(|url| overrides.apply(url)).collect();
    Instances { overrides: overrides.urls().to_vec(), ..Instances::build(previous, providers, Origin::Live) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DubboUrl {
        DubboUrl::parse(text).unwrap()
    }

    fn ports(subscription: &Subscription) -> Vec<u16> {
        subscription.instances().load().providers.iter().map(|provider| provider.port).collect()
    }

    #[tokio::test]
    async fn a_follower_sees_what_is_published_and_withdrawn() {
        let registry = MemoryRegistry::new();
        let mut follower = registry.subscribe(&ServiceKey::new("d.Svc", None, None));
        registry.publish(url("dubbo://h:1/d.Svc"));
        registry.publish(url("dubbo://h:2/d.Svc"));
        registry.publish(url("dubbo://h:3/d.Other"));
        follower.changed().await;
        assert_eq!(ports(&follower), [1, 2]);
        registry.withdraw(&url("dubbo://h:1/d.Svc"));
        assert_eq!(ports(&follower), [2]);
    }

    #[test]
    fn a_provider_that_stays_is_the_same_object() {
        let registry = MemoryRegistry::new();
        registry.publish(url("dubbo://h:1/d.Svc"));
        let follower = registry.subscribe(&ServiceKey::new("d.Svc", None, None));
        let before = follower.instances().load_full();
        registry.publish(url("dubbo://h:2/d.Svc"));
        let after = follower.instances().load_full();
        assert!(Arc::ptr_eq(&before.providers[0], &after.providers[0]));
        assert_eq!(after.providers.len(), 2);
    }

    #[test]
    fn an_override_takes_a_provider_out() {
        let registry = MemoryRegistry::new();
        let follower = registry.subscribe(&ServiceKey::new("d.Svc", None, None));
        registry.publish(url("dubbo://h:1/d.Svc"));
        registry.publish(url("override://h:1/d.Svc?category=configurators&disabled=true"));
        assert_eq!(ports(&follower), [0_u16; 0]);
        registry.withdraw(&url("override://h:1/d.Svc?category=configurators&disabled=true"));
        assert_eq!(ports(&follower), [1]);
    }

    #[test]
    fn only_what_can_be_called_is_listed() {
        let registry = MemoryRegistry::new();
        for other in
            ["tri://h:1/d.Svc", "dubbo://h/d.Svc", "dubbo://h:0/d.Svc", "route://h:1/d.Svc", "dubbo://h:1/d.Svc"]
        {
            registry.publish(url(other));
        }
        assert_eq!(ports(&registry.subscribe(&ServiceKey::new("d.Svc", None, None))), [1]);
    }

    #[test]
    fn a_dropped_follower_is_forgotten() {
        let registry = MemoryRegistry::new();
        drop(registry.subscribe(&ServiceKey::new("d.Svc", None, None)));
        registry.publish(url("dubbo://h:1/d.Svc"));
        assert!(registry.with(|shared| shared.followers.is_empty()));
    }
}
