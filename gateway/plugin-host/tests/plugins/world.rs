//! The server's side, as small as a test needs it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use yumen_plugin_host::words::{
    Call, CallError, CallRequest, Fields, HttpError, HttpRequest, HttpResponse, Outcome, Protocol, Side, Verdict,
};
use yumen_plugin_host::{
    Artifact, EndpointStats, Exchange, Failure, Host, HostOptions, LoadError, Outbound, Pool, Pools, Spec, Version,
    Visit,
};

/// A host with a worker's pools.
pub struct World {
    pub host: Arc<Host>,
    pub pools: Pools,
}

impl World {
    pub fn new() -> World {
        let options = HostOptions { instances: 100, ..HostOptions::default() };
        World { host: Host::start(options).unwrap(), pools: Pools::new() }
    }

    pub fn load(&self, artifact: &Artifact) -> Arc<Version> {
        self.host.load(artifact, &Spec::new("test")).unwrap()
    }

    pub fn refuse(&self, artifact: &Artifact, spec: &Spec) -> LoadError {
        self.host.load(artifact, spec).expect_err("the version is taken")
    }

    pub fn pool(&self, version: &Arc<Version>) -> Rc<Pool> {
        self.pools.of(version)
    }

    /// One request through the version's first phase.
    pub async fn request(&self, version: &Arc<Version>) -> Result<Verdict, Failure> {
        self.pool(version).on_request(&visit(), Protocol::Http1, &[]).await
    }
}

/// A visit to an exchange with a minute left.
pub fn visit() -> Visit {
    Visit::new(Rc::new(Quiet::default()), Rc::new(Scripted::default()))
}

/// A visit whose side calls do as `script` says.
pub fn visit_with(script: &Rc<Scripted>, left: Duration) -> Visit {
    let quiet = Quiet { deadline: Some(Instant::now() + left), ..Quiet::default() };
    Visit::new(Rc::new(quiet), Rc::clone(script) as Rc<dyn Outbound>)
}

/// An exchange with the fields it was given.
#[derive(Default)]
pub struct Quiet {
    pub fields: HashMap<String, String>,
    pub deadline: Option<Instant>,
}

impl Exchange for Quiet {
    fn field(&self, _side: Side, name: &str) -> Option<String> {
        self.fields.get(name).cloned()
    }
    fn field_all(&self, side: Side, name: &str) -> Vec<String> {
        self.field(side, name).into_iter().collect()
    }
    fn all_fields(&self, _side: Side) -> Fields {
        self.fields.clone().into_iter().collect()
    }
    fn property(&self, _name: &str) -> Option<String> {
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
    fn argument(&self, _index: u32) -> Option<String> {
        None
    }
    fn outcome(&self) -> Option<Outcome> {
        None
    }
    fn deadline(&self) -> Instant {
        self.deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(60))
    }
}

/// Side calls that take a while and are written down.
#[derive(Default)]
pub struct Scripted {
    pub takes: Duration,
    pub requests: RefCell<Vec<HttpRequest>>,
}

impl Outbound for Scripted {
    fn http(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        self.requests.borrow_mut().push(request);
        let takes = self.takes;
        async move {
            if !takes.is_zero() {
                tokio::time::sleep(takes).await;
            }
            Ok(HttpResponse { status: 200, fields: vec![], body: b"fine".to_vec() })
        }
        .boxed_local()
    }

    fn dubbo(&self, _request: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>> {
        async { Ok("1".to_owned()) }.boxed_local()
    }
}

/// Endpoints of which each has as many calls as its place says.
pub struct Rising;

impl EndpointStats for Rising {
    fn active(&self, index: u32) -> u32 {
        index
    }
    fn latency(&self, index: u32) -> u32 {
        index * 10
    }
    fn available(&self, _index: u32) -> bool {
        true
    }
}
