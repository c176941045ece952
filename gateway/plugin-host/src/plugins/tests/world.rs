//! A host, a folder for state, and modules made of one template.

use std::{
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use crate::{
    Exchange, Host, HostOptions, Outbound, Pools, Spec, Visit,
    deployed::Deployed,
    plugins::{Declared, Fault, Part, PluginView, Plugins, Precondition},
    source::Source,
    words::{Call, CallError, CallRequest, Fields, HttpError, HttpRequest, HttpResponse, Outcome, Protocol, Side},
};

/// A filter that calls its version so (five bytes) and begins `on-request` with these instructions.
pub(super) fn guest(version: &str, trouble: &str) -> Bytes {
    let text = include_str!("guest.wat").replace("VERSION", version).replace("TROUBLE", trouble);
    yumen_plugin_encode::encode(&wat::parse_str(text).unwrap(), "filter").unwrap().into()
}

/// A balancer that leaves every choice to the gateway.
pub(super) fn balancer() -> Bytes {
    let text = include_str!("guest.wat").replace("VERSION", "1.0.0").replace("TROUBLE", "");
    let (head, _) = text.split_once(r#"  (func (export "yumen:plugin/filtering"#).unwrap();
    let text = format!(
        r#"{head}
  (func (export "yumen:plugin/balancing@0.1.0#rebuild") (param i32 i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/balancing@0.1.0#forget") (param i32))
  (func (export "yumen:plugin/balancing@0.1.0#pick") (param i32 i64 i32 i32) (result i32) (i32.const -1)))"#
    );
    yumen_plugin_encode::encode(&wat::parse_str(text).unwrap(), "load-balancer").unwrap().into()
}

/// A plugin that is uploaded.
pub(super) fn upload(name: &str) -> Declared {
    Declared { source: Source::Upload, digest: None, spec: Spec::new(name), part: Part::default() }
}

pub(super) struct World {
    pub(super) plugins: Arc<Plugins>,
    pub(super) state: tempfile::TempDir,
    host: Arc<Host>,
}

impl World {
    pub(super) fn new() -> Self {
        let host = Host::start(HostOptions { workers: 1, cache: None, instances: 50 }).unwrap();
        let state = tempfile::tempdir().unwrap();
        let plugins = open(&host, state.path().join("plugins"));
        Self { plugins, state, host }
    }

    /// The same folder, opened again.
    pub(super) fn restarted(&self) -> Self {
        let state = tempfile::tempdir().unwrap();
        let plugins = open(&self.host, self.state.path().join("plugins"));
        Self { plugins, state, host: Arc::clone(&self.host) }
    }

    pub(super) async fn try_declare(&self, declared: &[Declared]) -> Result<(), Vec<Fault>> {
        self.plugins.declare(declared).await?.commit().await;
        Ok(())
    }

    pub(super) async fn declare(&self, declared: &[Declared]) {
        self.try_declare(declared).await.unwrap();
    }

    /// A plugin that is uploaded, and a version of it that serves; its id.
    pub(super) async fn with_version(&self, name: &str, version: &str) -> String {
        self.declare(&[upload(name)]).await;
        let id = self.upload(name, guest(version, "")).await;
        self.activate(name, &id).await;
        id
    }

    pub(super) async fn upload(&self, name: &str, bytes: Bytes) -> String {
        self.plugins.upload(name, bytes, false).await.unwrap().version.short.id
    }

    pub(super) async fn activate(&self, name: &str, version: &str) {
        self.plugins.activate(name, version, None, &Precondition::Any, false).await.unwrap();
    }

    pub(super) fn deployed(&self, name: &str) -> Arc<Deployed> {
        Arc::clone(self.plugins.table().get(name).unwrap())
    }

    /// Id of the version that an exchange gets.
    pub(super) fn serves(&self, name: &str) -> Option<String> {
        self.deployed(name).choose(|_| Some("ann".to_owned())).map(|version| version.id().to_owned())
    }

    pub(super) fn show(&self, name: &str) -> PluginView {
        self.plugins.show(name).unwrap()
    }

    pub(super) fn reason(&self, name: &str, condition: &str) -> String {
        let view = self.show(name);
        view.conditions.iter().find(|known| known.r#type == condition).unwrap().reason.to_owned()
    }

    /// What each version is doing, by id.
    pub(super) fn states(&self, name: &str) -> Value {
        let versions = self.show(name).versions;
        versions.into_iter().map(|version| (version.id, serde_json::to_value(version.state).unwrap())).collect()
    }

    pub(super) fn modules_on_disk(&self) -> usize {
        std::fs::read_dir(self.state.path().join("plugins/modules")).unwrap().count()
    }

    /// Calls `on-request` so many times, whatever comes of it.
    pub(super) async fn call(&self, name: &str, times: usize) {
        let deployed = self.deployed(name);
        let version = deployed.choose(|_| Some("ann".to_owned())).unwrap();
        let pool = Pools::new().of(version);
        for _ in 0..times {
            let visit = Visit::new(Rc::new(Nothing), Rc::new(Nothing));
            let _failed = pool.on_request(&visit, Protocol::Http1, &[]).await;
        }
    }

    /// Tends what is to be tended until this is so.
    pub(super) async fn tend_until(&self, done: impl Fn() -> bool) {
        let wait = async {
            while !done() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let tended = async {
            tokio::select! {
                () = Arc::clone(&self.plugins).tend() => {}
                () = wait => {}
            }
        };
        tokio::time::timeout(Duration::from_secs(20), tended).await.expect("it comes in time");
    }
}

fn open(host: &Arc<Host>, state: PathBuf) -> Arc<Plugins> {
    let builtins = |name: &str| match name {
        "guest" => Ok(guest("1.0.0", "")),
        _ => Err(format!("there is no builtin {name:?}")),
    };
    Plugins::open(Arc::clone(host), Some(state), Box::new(builtins)).unwrap()
}

/// An exchange that holds nothing, and calls nobody.
struct Nothing;

impl Exchange for Nothing {
    fn field(&self, _: Side, _: &str) -> Option<String> {
        None
    }

    fn field_all(&self, _: Side, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn all_fields(&self, _: Side) -> Fields {
        Vec::new()
    }

    fn property(&self, _: &str) -> Option<String> {
        None
    }

    fn call(&self) -> Option<Call> {
        None
    }

    fn attachments(&self) -> Fields {
        Vec::new()
    }

    fn arguments(&self) -> Option<String> {
        None
    }

    fn argument(&self, _: u32) -> Option<String> {
        None
    }

    fn outcome(&self) -> Option<Outcome> {
        None
    }

    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(10)
    }
}

impl Outbound for Nothing {
    fn http(&self, _: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        Box::pin(async { Err(HttpError::Denied) })
    }

    fn dubbo(&self, _: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>> {
        Box::pin(async { Err(CallError::Denied) })
    }
}
