//! A provider that wants a token, and the ZooKeeper that lists it, which a test may stop.

use std::path::{Path, PathBuf};

use tokio::sync::{Mutex, OnceCell};
use yumen_tests::{
    java::{JavaProvider, Line},
    yumen::Yumen,
    zookeeper::ZooKeeper,
};

use crate::world::FREIGHT;

static DEPOT: OnceCell<Depot> = OnceCell::const_new();

/// A provider with all its exports, and its ZooKeeper. It lives as long as the tests do.
pub(crate) struct Depot {
    /// Whoever holds it may stop it, and has to start it again; the provider goes on meanwhile.
    pub(crate) zookeeper: Mutex<ZooKeeper>,
    pub(crate) provider: JavaProvider,
    pub(crate) address: String,
}

impl Depot {
    pub(crate) async fn get() -> &'static Self {
        DEPOT.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let zookeeper = ZooKeeper::start().await;
        let provider = JavaProvider::builder(Line::V3_3).id("camel").token("secret").argument("timeout", "20000");
        let provider = provider.registry(&zookeeper).start().await;
        Self { address: zookeeper.address(), zookeeper: Mutex::new(zookeeper), provider }
    }

    /// A configuration whose service `freight` is this provider, without any registry.
    pub(crate) fn file(&self, gateway: &str, service: &str, routes: &str) -> String {
        format!(
            r#"version: 1
listeners: [{{ name: web, bind: "127.0.0.1:0" }}]
telemetry: {{ status_bind: "127.0.0.1:0", access_log: {{ format: off }} }}
gateway: {{ workers: 2{gateway} }}
registries: [{{ name: fixed, type: static, providers: ["dubbo://{endpoint}/{FREIGHT}?token=secret"] }}]
services:
  - name: freight
    interface: {FREIGHT}
    registry: fixed
    timeout: 55s
    methods: {{ slow: {{ params: [long], returns: string }}, attachments: {{ returns: "map<string,string>" }} }}
    {service}
routes:
{routes}"#,
            endpoint = self.provider.endpoint(),
        )
    }
}

/// Puts a file in the place of another in one step.
pub(crate) fn put(path: &Path, text: &str) {
    let beside: PathBuf = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

/// The real program with this configuration in a folder of its own.
pub(crate) async fn program(folder: &Path, text: &str) -> Yumen {
    let path = folder.join("yumen.yaml");
    put(&path, text);
    Yumen::run(&path).await
}
