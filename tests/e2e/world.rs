//! The world of these tests: one ZooKeeper and one Java provider a line, started once, and gateways in front of them.

use std::{future::Future, sync::LazyLock};

use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::OnceCell};
use yumen_tests::{
    gateway::TestGateway,
    java::{JavaProvider, Line},
    zookeeper::ZooKeeper,
};

/// The rich interface.
pub const FREIGHT: &str = "com.acme.freight.FreightService";

/// Outlives every test, because peers that several tests share live on it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static PEERS: [OnceCell<Peer>; 3] = [const { OnceCell::const_new() }; 3];

/// A Java provider of one line, and the ZooKeeper that lists it.
pub struct Peer {
    pub line: Line,
    pub zookeeper: ZooKeeper,
    pub provider: JavaProvider,
}

/// Runs a test that brings its own peers.
pub fn run(test: impl Future<Output = ()>) {
    RUNTIME.block_on(test);
}

/// Runs a test against a provider of every line of Dubbo, one after the other.
pub fn on_every_line(test: impl AsyncFn(&Peer)) {
    RUNTIME.block_on(async {
        for (line, peer) in Line::ALL.into_iter().zip(&PEERS) {
            let peer = peer.get_or_init(|| Peer::start(line)).await;
            eprintln!("on Dubbo {}", line.release());
            test(peer).await;
        }
    });
}

impl Peer {
    async fn start(line: Line) -> Self {
        let zookeeper = ZooKeeper::start().await;
        // The timeout of calls that name none: a provider's first calls take their time on a busy machine.
        let provider = JavaProvider::builder(line).id("camel").argument("timeout", "20000").registry(&zookeeper);
        let provider = provider.start().await;
        Self { line, zookeeper, provider }
    }

    /// A gateway that learns everything about the provider from ZooKeeper; `routes` are the items of the list.
    pub async fn gateway(&self, routes: &str) -> Front {
        self.gateway_with("", routes).await
    }

    /// The same with further keys of the service, such as `, timeout: 300ms`.
    pub async fn gateway_with(&self, service: &str, routes: &str) -> Front {
        self.gateway_for(&format!("  - {{ name: freight, interface: {FREIGHT}, registry: main{service} }}\n"), routes)
            .await
    }

    /// A gateway with these services, the items of the list, which may name the registry `main`.
    pub async fn gateway_for(&self, services: &str, routes: &str) -> Front {
        let state = tempfile::tempdir().unwrap();
        let sections = format!(
            "gateway: {{ state: {state:?}, workers: 1 }}
registries: [{{ name: main, type: zookeeper, address: \"{zookeeper}\" }}]
services:
{services}
routes:
{routes}",
            state = state.path(),
            zookeeper = self.zookeeper.address(),
        );
        let gateway = TestGateway::start(&sections).await;
        gateway.ready().await;
        Front { gateway, _state: state }
    }
}

/// A gateway in front of one line's provider.
pub struct Front {
    pub gateway: TestGateway,
    _state: TempDir,
}

impl std::ops::Deref for Front {
    type Target = TestGateway;

    fn deref(&self) -> &TestGateway {
        &self.gateway
    }
}
