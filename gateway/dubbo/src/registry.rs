//! Registries: who provides a service now, and the telling that we consume it.
//!
//! ```text
//!  Registry::subscribe(key) ──▶ Subscription ── instances(): Arc<ArcSwap<Instances>>  (workers load it)
//!        │                           └─ changed(): wakes the control plane
//!        └─ its task holds the Publisher; dropping the Subscription ends the task
//! ```
//! Values flow down, nothing calls back up. A registry that is away never blocks and never empties a list.

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::instances::{Instances, Origin};
use crate::metadata::MetadataReport;
use crate::service_key::ServiceKey;
use crate::url::DubboUrl;

pub mod memory;
pub mod overrides;
pub mod static_list;

/// Where providers are listed. Lives on the control plane.
pub trait Registry: Send + Sync {
    /// Follows the providers of a service. Returns at once; the list fills when the registry answers.
    fn subscribe(&self, key: &ServiceKey) -> Subscription;

    /// Keeps a URL (`consumer://…`) listed for as long as the returned guard lives, also over lost sessions.
    fn register(&self, url: DubboUrl) -> Registration;

    /// Whether the registry is reachable, as a value to watch.
    fn state(&self) -> watch::Receiver<RegistryState>;

    /// The metadata centre that goes with this registry, if it has one.
    fn metadata(&self) -> Option<&dyn MetadataReport> {
        None
    }

    /// Withdraws every registration and closes the session; bounded by the registry's own time limit.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Why no call can be made to a provider's URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCallable {
    /// It is of another protocol.
    #[error("the protocol is {0}, and only dubbo is spoken")]
    Protocol(String),
    /// It has no port, or 0.
    #[error("no port in the url")]
    Port,
}

/// Whether calls can be made to a provider's URL: by the Dubbo protocol, at a port.
///
/// # Errors
/// What is missing.
pub fn callable(url: &DubboUrl) -> Result<(), NotCallable> {
    match (url.protocol.as_str(), url.port) {
        ("dubbo", 0) => Err(NotCallable::Port),
        ("dubbo", _) => Ok(()),
        (other, _) => Err(NotCallable::Protocol(other.to_owned())),
    }
}

/// Whether a registry's URL is a provider of a service, and one that can be called. The same for every registry.
pub fn provides(url: &DubboUrl, key: &ServiceKey) -> bool {
    callable(url).is_ok() && key.matches(url)
}

/// How a registry is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryState {
    /// Not reached since start.
    Connecting,
    /// Lists are live.
    Connected,
    /// Was reached before; lists are the last ones heard.
    Disconnected,
}

/// A followed service; dropping it ends the following.
pub struct Subscription {
    instances: Arc<ArcSwap<Instances>>,
    changes: watch::Receiver<u64>,
}

impl Subscription {
    /// A subscription and the end that feeds it.
    pub fn new(first: Instances) -> (Publisher, Self) {
        let instances = Arc::new(ArcSwap::from_pointee(first));
        let (sender, changes) = watch::channel(0);
        (Publisher { instances: instances.clone(), changes: sender }, Self { instances, changes })
    }

    /// The current list, shared with every worker's directory.
    pub fn instances(&self) -> Arc<ArcSwap<Instances>> {
        self.instances.clone()
    }

    /// Waits for the next published list. Pends for ever when the registry has ended.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Serves what was known of the service otherwise, as its last known list, unless the registry has told one.
    pub fn recall(&self, known: &Instances) {
        let recalled = Arc::new(known.with_origin(Origin::LastKnown));
        self.instances.rcu(|now| if now.origin == Origin::Pending { recalled.clone() } else { now.clone() });
    }

    /// Waits until a list is there from any origin.
    pub async fn first_list(&mut self) {
        while self.instances.load().origin == Origin::Pending {
            self.changed().await;
        }
    }
}

/// The registry's end of a [`Subscription`].
pub struct Publisher {
    instances: Arc<ArcSwap<Instances>>,
    changes: watch::Sender<u64>,
}

impl Publisher {
    /// Publishes a new list.
    pub fn publish(&self, instances: Instances) {
        self.instances.store(Arc::new(instances));
        self.changes.send_modify(|generation| *generation += 1);
    }

    /// The list published last.
    pub fn current(&self) -> Arc<Instances> {
        self.instances.load_full()
    }

    /// Resolves when the subscription was dropped.
    pub async fn abandoned(&self) {
        self.changes.closed().await;
    }

    /// Whether the subscription was dropped.
    pub fn is_abandoned(&self) -> bool {
        self.changes.is_closed()
    }
}

/// Keeps a registered URL alive; dropping it withdraws the URL.
#[must_use = "dropping a registration withdraws it"]
pub struct Registration {
    _alive: Option<watch::Sender<()>>,
}

impl Registration {
    /// A registration and the receiver whose `changed()` fails when the registration is dropped.
    pub fn new() -> (Self, watch::Receiver<()>) {
        let (alive, dropped) = watch::channel(());
        (Self { _alive: Some(alive) }, dropped)
    }

    /// What registries return that keep no list of consumers.
    pub fn nothing() -> Self {
        Self { _alive: None }
    }
}
