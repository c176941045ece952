//! Two providers of one line that a test may kill, pause and end, and a gateway that finds them in a ZooKeeper.
//!
//! Starting them takes seconds, so tests share them, one at a time; who takes them finds both alive.

use std::{path::Path, sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use yumen_server::config::Sources;
use yumen_tests::{
    gateway::{PREAMBLE, TestGateway},
    java::{JavaProvider, Line},
    zookeeper::ZooKeeper,
};

use crate::{
    load::{Client, until},
    world::FREIGHT,
};

static ZOOKEEPER: OnceCell<ZooKeeper> = OnceCell::const_new();
static PAIRS: [OnceCell<Mutex<Pair>>; 3] = [const { OnceCell::const_new() }; 3];
/// Time for one attempt, unless a route says otherwise. No attempt takes it that a provider answers.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(20);

/// Workers of a gateway before a pair.
pub(crate) const WORKERS: usize = 2;

/// The ZooKeeper of all pairs; it lives as long as the tests do.
pub(crate) async fn zookeeper() -> &'static ZooKeeper {
    ZOOKEEPER.get_or_init(ZooKeeper::start).await
}

/// Two providers of one line: `who` answers `a` and `b`.
pub(crate) struct Pair {
    pub(crate) a: JavaProvider,
    pub(crate) b: JavaProvider,
    root: String,
}

impl Pair {
    /// The pair of a line, to this test alone until it lets go.
    pub(crate) async fn of(line: Line) -> MutexGuard<'static, Self> {
        let place = Line::ALL.iter().position(|one| *one == line).unwrap();
        let pair = PAIRS[place].get_or_init(|| async { Mutex::new(Self::start(line).await) }).await;
        let mut pair = pair.lock().await;
        let (a, b) = pair.both();
        tokio::join!(heal(a), heal(b));
        pair
    }

    /// Both, to be handled at the same time.
    pub(crate) fn both(&mut self) -> (&mut JavaProvider, &mut JavaProvider) {
        (&mut self.a, &mut self.b)
    }

    async fn start(line: Line) -> Self {
        let root = format!("pair-{}", line.release());
        let registry = format!("{}?group={root}", zookeeper().await.registry_url());
        let provider = |id| {
            let provider = JavaProvider::builder(line).id(id).argument("registry", &registry);
            provider.warmup(Duration::from_millis(1)).exports(&["plain"]).start()
        };
        let (a, b) = tokio::join!(provider("a"), provider("b"));
        Self { a, b, root }
    }

    /// A gateway before both of them that has had an answer from each; `routes` are the items of the list.
    pub(crate) async fn gateway(&self, routes: &str) -> Front {
        let front = self.fresh_gateway(routes, &[]).await;
        front.until_both().await;
        front
    }

    /// A gateway that has not called anybody yet. Services `a` and `b` call one of them without the registry.
    pub(crate) async fn fresh_gateway(&self, routes: &str, overrides: &[&str]) -> Front {
        let state = tempfile::tempdir().unwrap();
        let mut sources = Sources::text("test.yaml", self.config(state.path(), routes).await);
        sources.overrides = overrides.iter().map(|one| one.parse().unwrap()).collect();
        let gateway = TestGateway::try_start(sources, Arc::default()).await;
        let gateway = gateway.unwrap_or_else(|error| panic!("{error}"));
        gateway.ready().await;
        Front { gateway, _state: state }
    }

    async fn config(&self, state: &Path, routes: &str) -> String {
        let methods = "timeout: 20s, methods: { countOf: { params: [string], returns: int }, who: { returns: string }, \
                       drop: { params: [string] }, flakySlow: { params: [string, int, long], returns: string } }";
        format!(
            "{PREAMBLE}
gateway: {{ state: {state:?}, workers: {WORKERS} }}
registries: [{{ name: main, type: zookeeper, address: \"{zookeeper}\", root: {root} }}]
services:
  - {{ name: freight, interface: {FREIGHT}, registry: main, timeout: {attempt}s }}
  - {{ name: a, interface: {FREIGHT}, endpoints: [\"{a}\"], {methods} }}
  - {{ name: b, interface: {FREIGHT}, endpoints: [\"{b}\"], {methods} }}
routes:
  - {{ name: who, match: {{ path: /who }}, to: {{ service: freight, method: who }}, idempotent: true }}
  - {{ name: who-once, match: {{ path: /who-once }}, to: {{ service: freight, method: who }} }}
  - {{ name: count-a, match: {{ path: \"/a/{{key}}\" }}, to: {{ service: a, method: countOf }}, args: [path.key] }}
  - {{ name: end-b, match: {{ path: \"/end-b/{{key}}\" }}, to: {{ service: b, method: drop }}, args: [path.key] }}
  - {{ name: count-b, match: {{ path: \"/b/{{key}}\" }}, to: {{ service: b, method: countOf }}, args: [path.key] }}
{routes}",
            zookeeper = zookeeper().await.address(),
            root = self.root,
            attempt = ATTEMPT.as_secs(),
            a = self.a.endpoint(),
            b = self.b.endpoint(),
        )
    }
}

/// Starts a provider again that ended.
async fn heal(provider: &mut JavaProvider) {
    if !provider.is_running() {
        provider.restart().await;
    }
}

/// A gateway before a pair.
pub(crate) struct Front {
    gateway: TestGateway,
    _state: TempDir,
}

impl Front {
    /// Waits until every worker has had an answer from both providers.
    pub(crate) async fn until_both(&self) {
        let answers = async |id: &str| {
            for _ in 0..8 {
                let answer = self.get("/who").await;
                if answer.status == 200 && answer.json() == id {
                    return true;
                }
            }
            false
        };
        for id in ["a", "b"] {
            until(&format!("an answer of {id}"), async || answers(id).await).await;
        }
    }

    /// Asks how often the providers saw a key.
    pub(crate) fn counter(&self) -> Counter {
        Counter(Client::new(self.address))
    }

    /// Ends all slow calls at `b` whose keys begin with this and a dash.
    pub(crate) async fn end_at_b(&self, keys: &str) {
        self.get(&format!("/end-b/{keys}-end")).await.expect(200);
    }
}

/// How often the providers saw a key, by `drop`, `flaky` or `flakySlow`.
pub(crate) struct Counter(Client);

impl Counter {
    /// At `a` and at `b`.
    pub(crate) async fn of(&mut self, key: &str) -> (u64, u64) {
        (self.ask("a", key).await, self.of_b(key).await)
    }

    pub(crate) async fn of_b(&mut self, key: &str) -> u64 {
        self.ask("b", key).await
    }

    /// Waits until a key was seen as often as wanted.
    pub(crate) async fn until(&mut self, key: &str, is_so: impl Fn((u64, u64)) -> bool) -> (u64, u64) {
        let mut seen = (0, 0);
        until(&format!("calls with {key}"), async || {
            seen = self.of(key).await;
            is_so(seen)
        })
        .await;
        seen
    }

    async fn ask(&mut self, provider: &str, key: &str) -> u64 {
        let answer = self.0.get(&format!("/{provider}/{key}")).await.unwrap();
        answer.expect(200).json().as_u64().unwrap()
    }
}

impl std::ops::Deref for Front {
    type Target = TestGateway;

    fn deref(&self) -> &TestGateway {
        &self.gateway
    }
}
