//! Apache ZooKeeper, interface level: Dubbo's own `zookeeper://` registry as a consumer sees it.
//!
//! ```text
//!                 ┌─ Keeper: one living session ─▶ Session (a client, replaced when lost)
//!  Registry ──────┼─ Follower per service ─────▶ Instances          doubt: an empty list is not believed at once
//!                 ├─ DefinitionFollower per service ─▶ Definition    last_known: served until ZooKeeper answers
//!                 └─ Consumer per registration: our ephemeral node
//! ```
//! Each is a task of its own that looks, publishes, and waits for a watch; after a lost session each looks again at
//! everything. ZooKeeper may be away at the start and at any time later: nothing waits for it.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::watch as value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use yumen_dubbo::instances::{Instances, Origin};
use yumen_dubbo::metadata::{Definition, MetadataReport};
use yumen_dubbo::registry::overrides::Overrides;
use yumen_dubbo::registry::{Registration, Registry, RegistryState, Subscription, provides};
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

mod client;
mod consumer;
mod doubt;
mod metadata;
mod paths;
mod providers;
mod watch;

use client::{Keeper, Session};
use consumer::Consumer;
use metadata::DefinitionFollower;
use providers::Follower;

use crate::last_known::{LastKnown, Listed};

/// Longest time that closing takes.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// How to reach a ZooKeeper, and what to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZooKeeperOptions {
    /// `host:port[,host:port…]`.
    pub address: String,
    /// Where all paths begin: the `group` of the providers' registry address, `dubbo` by default. Where their address has a
    /// chroot, that comes first: `apps/dubbo`.
    pub root: String,
    /// User and password of digest authentication.
    pub digest: Option<(String, String)>,
    /// Session timeout to ask for; the server has limits of its own.
    pub session_timeout: Duration,
    /// A server that says nothing for this long is given up. At most three fifths of the session timeout count.
    pub connect_timeout: Duration,
    /// Our application name, which override rules may be for.
    pub application: Box<str>,
    /// Folder for last known lists; none are kept without it.
    pub last_known: Option<PathBuf>,
    /// How long a list that the registry no longer stands for is kept while its providers still answer; `None`: for as
    /// long as one of them does.
    pub keep_unconfirmed: Option<Duration>,
}

impl ZooKeeperOptions {
    /// Defaults for an address.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            root: "dubbo".to_owned(),
            digest: None,
            session_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            application: "yumen".into(),
            last_known: None,
            keep_unconfirmed: None,
        }
    }
}

/// A ZooKeeper that providers register with.
pub struct ZooKeeperRegistry {
    options: ZooKeeperOptions,
    last_known: Option<LastKnown>,
    session: Session,
    state: value::Receiver<RegistryState>,
    runtime: Handle,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl ZooKeeperRegistry {
    /// Begins to connect. To be called inside the runtime that its tasks shall run on.
    pub fn open(options: ZooKeeperOptions) -> Self {
        let (keeper, session, state) = Keeper::new(options.clone());
        let last_known = options.last_known.as_ref().map(LastKnown::new);
        let (runtime, tasks, closing) = (Handle::current(), TaskTracker::new(), CancellationToken::new());
        let registry = Self { options, last_known, session, state, runtime, tasks, closing };
        registry.spawn(keeper.run());
        registry
    }

    /// The list to begin with: what an earlier run heard last.
    fn kept(&self, key: &ServiceKey) -> Instances {
        let Listed { providers, overrides } =
            self.last_known.as_ref().map(|known| known.providers(key)).unwrap_or_default();
        let listed: Vec<_> = providers.into_iter().filter(|url| provides(url, key)).collect();
        let origin = if listed.is_empty() { Origin::Pending } else { Origin::LastKnown };
        let overrides = Overrides::new(key, &self.options.application, overrides);
        let urls = listed.into_iter().filter_map(|url| overrides.apply(url)).collect();
        let overrides = overrides.urls().to_vec();
        Instances { overrides, ..Instances::build(&Instances::default(), urls, origin) }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        let until_closed = async move {
            closing.run_until_cancelled(task).await;
        };
        self.tasks.spawn_on(until_closed, &self.runtime);
    }
}

impl Registry for ZooKeeperRegistry {
    fn subscribe(&self, key: &ServiceKey) -> Subscription {
        let (publisher, subscription) = Subscription::new(self.kept(key));
        let follower = Follower {
            key: key.clone(),
            options: self.options.clone(),
            session: self.session.clone(),
            publisher,
            last_known: self.last_known.clone(),
            malformed: BTreeSet::new(),
        };
        self.spawn(follower.run());
        subscription
    }

    fn register(&self, url: DubboUrl) -> Registration {
        let (registration, dropped) = Registration::new();
        let (root, session) = (self.options.root.clone(), self.session.clone());
        self.spawn(Consumer::new(url, root, session, dropped).run());
        registration
    }

    fn state(&self) -> value::Receiver<RegistryState> {
        self.state.clone()
    }

    fn metadata(&self) -> Option<&dyn MetadataReport> {
        Some(self)
    }

    /// Ends all tasks and the session, with which our nodes vanish.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let client = self.session.current();
            self.closing.cancel();
            self.tasks.close();
            let ended = async {
                self.tasks.wait().await;
                if let Some(last_known) = &self.last_known {
                    last_known.written().await;
                }
                if let Some(client) = client {
                    let mut states = client.state_watcher();
                    drop(client);
                    while !states.state().is_terminated() {
                        states.changed().await;
                    }
                }
            };
            if tokio::time::timeout(CLOSE_WITHIN, ended).await.is_err() {
                tracing::debug!(registry = %self.options.address, "the session was not closed in time; it will expire");
            }
        })
    }
}

impl MetadataReport for ZooKeeperRegistry {
    fn definition(&self, key: &ServiceKey) -> value::Receiver<Definition> {
        let (definition, receiver) = value::channel(Definition::Pending);
        let follower = DefinitionFollower {
            key: key.clone(),
            root: self.options.root.clone(),
            session: self.session.clone(),
            definition,
            last_known: self.last_known.clone(),
        };
        follower.recall();
        self.spawn(follower.run());
        receiver
    }
}

impl Drop for ZooKeeperRegistry {
    /// Tasks end with their registry, also when nobody closed it.
    fn drop(&mut self) {
        self.closing.cancel();
    }
}
