//! What the plugins see and reach in these tests.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{LocalBoxFuture, ready};
use yumen_plugin_host::words::{
    Call, CallError, CallRequest, Fields, HttpError, HttpRequest, HttpResponse, Invocation, Outcome, Protocol, Service,
    Side, Verdict,
};
use yumen_plugin_host::{Exchange, Outbound, Pools, Version, Visit};

use crate::tokens::JWKS;

/// An exchange with a script.
#[derive(Default, Clone)]
pub(crate) struct Scripted {
    pub(crate) fields: Fields,
    pub(crate) outcome: Option<Outcome>,
}

impl Scripted {
    pub(crate) fn visit(self) -> Visit {
        Visit::new(Rc::new(self), Rc::new(Identity))
    }
}

impl Exchange for Scripted {
    fn field(&self, side: Side, name: &str) -> Option<String> {
        self.field_all(side, name).into_iter().next()
    }

    fn field_all(&self, _side: Side, name: &str) -> Vec<String> {
        self.fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    fn all_fields(&self, _side: Side) -> Fields {
        self.fields.clone()
    }

    fn property(&self, _name: &str) -> Option<String> {
        None
    }

    fn call(&self) -> Option<Call> {
        None
    }

    fn attachments(&self) -> Fields {
        Fields::new()
    }

    fn arguments(&self) -> Option<String> {
        None
    }

    fn argument(&self, _index: u32) -> Option<String> {
        None
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome.clone()
    }

    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(5)
    }
}

/// A cluster that serves a key set.
struct Identity;

impl Outbound for Identity {
    fn http(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, HttpError>> {
        assert_eq!((request.cluster.as_str(), request.path.as_str()), ("identity", "/.well-known/jwks.json"));
        Box::pin(ready(Ok(HttpResponse { status: 200, fields: Fields::new(), body: JWKS.as_bytes().to_vec() })))
    }

    fn dubbo(&self, _request: CallRequest) -> LocalBoxFuture<'static, Result<String, CallError>> {
        Box::pin(ready(Err(CallError::Denied)))
    }
}

/// What a filter says to a request.
pub(crate) async fn filter(version: &Arc<Version>, exchange: Scripted, wanted: &[Option<&str>]) -> Verdict {
    let pool = Pools::new().of(version);
    pool.on_request(&exchange.visit(), Protocol::Http1, wanted).await.expect("a verdict")
}

/// A file of a plugin.
pub(crate) fn file(plugin: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(plugin).join(name);
    std::fs::read_to_string(path).expect("the file is there")
}

/// The configuration in the example of a plugin's README, as JSON.
pub(crate) fn example(plugin: &str) -> String {
    let text = file(plugin, "README.md");
    let yaml = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let example: serde_json::Value = serde_saphyr::from_str(yaml).expect("YAML");
    let entry = &example["plugins"][0];
    assert_eq!(entry["source"], format!("builtin:{plugin}"));
    entry.get("config").map_or("{}".to_owned(), ToString::to_string)
}

/// `yumen:plugin/log@0.1.0` without what all share.
pub(crate) fn interface(import: &str) -> String {
    let name = import.trim_start_matches("yumen:plugin/");
    name.split('@').next().unwrap_or_default().to_owned()
}

pub(crate) fn invocation(service: &Service, method: &str, arguments: &str) -> Invocation {
    let described = service.methods.iter().find(|known| known.name == method).expect("a method");
    Invocation {
        service: service.name.clone(),
        method: method.to_owned(),
        parameter_types: described.parameter_types.clone(),
        arguments: arguments.to_owned(),
        attachments: Fields::new(),
        timeout_ms: 1000,
    }
}
