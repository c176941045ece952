//! A ZooKeeper, a registry under test, and a second client that plays the providers.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpListener;
use yumen_dubbo::instances::{Instances, Origin};
use yumen_dubbo::metadata::Definition;
use yumen_dubbo::registry::{Registry, Subscription};
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;
use yumen_registries::zookeeper::{ZooKeeperOptions, ZooKeeperRegistry};
use yumen_tests::zookeeper::ZooKeeper;
use zookeeper_client::{Acls, Client, CreateMode, Error};

/// Only a failure takes this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);
/// A service that nobody really provides.
pub(crate) const SERVICE: &str = "com.acme.Depot";

/// Everything that a test needs.
pub(crate) struct World {
    pub(crate) zookeeper: ZooKeeper,
    pub(crate) registry: ZooKeeperRegistry,
}

/// The options of all tests: sessions and doubts that end quickly.
pub(crate) fn options(zookeeper: &ZooKeeper) -> ZooKeeperOptions {
    ZooKeeperOptions {
        session_timeout: Duration::from_secs(2),
        connect_timeout: Duration::from_secs(1),
        ..ZooKeeperOptions::new(zookeeper.address())
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut ZooKeeperOptions)) -> Self {
        let zookeeper = ZooKeeper::start().await;
        let mut options = options(&zookeeper);
        change(&mut options);
        Self { registry: ZooKeeperRegistry::open(options), zookeeper }
    }

    /// Another client, to play providers with; its nodes go with it.
    pub(crate) async fn peer(&self) -> Peer {
        Peer::connect(&self.zookeeper).await
    }

    pub(crate) fn subscribe(&self, key: &str) -> Subscription {
        self.registry.subscribe(&key.parse().unwrap())
    }
}

/// A client that writes what providers write.
pub(crate) struct Peer(pub(crate) Client, CreateMode);

impl Peer {
    pub(crate) async fn connect(zookeeper: &ZooKeeper) -> Self {
        let connector = Client::connector().with_session_timeout(Duration::from_secs(20));
        Self(connector.connect(&zookeeper.address()).await.unwrap(), CreateMode::Ephemeral)
    }

    /// A client whose nodes stay whatever becomes of it, as those of a provider with `dynamic=false`.
    pub(crate) async fn lasting(zookeeper: &ZooKeeper) -> Self {
        Self(Self::connect(zookeeper).await.0, CreateMode::Persistent)
    }

    /// Lists a provider of [`SERVICE`] on a port of this machine; `more` are further parameters.
    pub(crate) async fn provide(&self, port: u16, more: &str) -> String {
        self.list("providers", &provider(port, more)).await
    }

    /// Makes a node of a category, ephemeral unless this is a lasting peer, and returns its path.
    pub(crate) async fn list(&self, category: &str, url: &str) -> String {
        let node = DubboUrl::parse(url).unwrap().encoded();
        self.make(&format!("/dubbo/{SERVICE}/{category}/{node}")).await
    }

    pub(crate) async fn make(&self, path: &str) -> String {
        self.folder(path.rsplit_once('/').unwrap().0).await;
        self.0.create(path, b"127.0.0.1", &self.1.with_acls(Acls::anyone_all())).await.unwrap();
        path.to_owned()
    }

    pub(crate) async fn remove(&self, path: &str) {
        self.0.delete(path, None).await.unwrap();
    }

    /// Writes a persistent node, making it if need be.
    pub(crate) async fn write(&self, path: &str, data: &str) {
        self.folder(path).await;
        self.0.set_data(path, data.as_bytes(), None).await.unwrap();
    }

    async fn folder(&self, path: &str) {
        self.0.mkdir(path, &CreateMode::Persistent.with_acls(Acls::anyone_all())).await.unwrap();
    }

    /// Node names of a category of [`SERVICE`].
    pub(crate) async fn names(&self, category: &str) -> Vec<String> {
        match self.0.list_children(&format!("/dubbo/{SERVICE}/{category}")).await {
            Ok(names) => names,
            Err(Error::NoNode) => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The URL of a provider of [`SERVICE`].
pub(crate) fn provider(port: u16, more: &str) -> String {
    format!("dubbo://127.0.0.1:{port}/{SERVICE}?application=depot&interface={SERVICE}&side=provider{more}")
}

/// A port that accepts connections for as long as the listener lives.
pub(crate) async fn accepting() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub(crate) fn ports(instances: &Instances) -> Vec<u16> {
    let mut ports: Vec<_> = instances.providers.iter().map(|provider| provider.port).collect();
    ports.sort_unstable();
    ports
}

/// Waits until the list is as wanted.
#[track_caller]
pub(crate) fn until<'a>(
    follower: &'a mut Subscription,
    what: &'a str,
    is_so: impl Fn(&Instances) -> bool + 'a,
) -> impl Future<Output = ()> + 'a {
    let caller = std::panic::Location::caller();
    async move {
        let instances = follower.instances();
        let wait = async {
            while !is_so(&instances.load()) {
                follower.changed().await;
            }
        };
        if tokio::time::timeout(LIMIT, wait).await.is_err() {
            let last = instances.load();
            panic!("{caller}: never came: {what}; the list is {:?} ({:?})", ports(&last), last.origin);
        }
    }
}

/// Waits until the registry itself lists these ports.
#[track_caller]
pub(crate) fn until_live<'a>(follower: &'a mut Subscription, expected: &'a [u16]) -> impl Future<Output = ()> + 'a {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    until(follower, "a live list", move |list| list.origin == Origin::Live && ports(list) == expected)
}

/// Waits until something is so that nobody tells.
#[track_caller]
pub(crate) fn eventually<'a, F: Future<Output = bool>>(
    what: &'a str,
    is_so: impl Fn() -> F + 'a,
) -> impl Future<Output = ()> + 'a {
    let caller = std::panic::Location::caller();
    async move {
        let wait = async {
            while !is_so().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, wait).await.is_ok(), "{caller}: never came: {what}");
    }
}

/// Waits for a definition that is as wanted.
pub(crate) async fn definition(
    receiver: &mut tokio::sync::watch::Receiver<Definition>,
    what: &str,
    is_so: impl Fn(&Definition) -> bool,
) -> Definition {
    let found = tokio::time::timeout(LIMIT, receiver.wait_for(|definition| is_so(definition))).await;
    found.unwrap_or_else(|_| panic!("never came: {what}")).unwrap().clone()
}

pub(crate) fn key(text: &str) -> ServiceKey {
    text.parse().unwrap()
}

/// Options that keep last known lists in this folder.
pub(crate) fn kept_in(folder: &Path) -> impl FnOnce(&mut ZooKeeperOptions) {
    let folder = folder.to_owned();
    move |options| options.last_known = Some(folder)
}
