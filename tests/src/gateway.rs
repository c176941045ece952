//! A gateway of the test's own, in this process, on free ports, and the client that calls it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what goes wrong here is a failed test, and this is where it is seen"
)]

use std::{net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use yumen_dubbo::registry::memory::MemoryRegistry;
use yumen_server::{
    config::{Findings, Sources},
    runtime::{Gateway, Launch, StartError},
};

use crate::process::{LOOK_EVERY, READY_WITHIN};

/// A running gateway. Dropping it stops it.
pub struct TestGateway {
    gateway: Option<Gateway>,
    /// Where the first listener is.
    pub address: SocketAddr,
    /// Where `/readyz` and `/metrics` are.
    pub status: SocketAddr,
    /// Where the admin API is, if the configuration has it.
    pub admin: Option<SocketAddr>,
}

/// What every test's configuration begins with: free ports on loopback and no access log.
pub const PREAMBLE: &str = r#"
version: 1
listeners: [{ name: web, bind: "127.0.0.1:0" }]
telemetry: { status_bind: "127.0.0.1:0", access_log: { format: off } }
"#;

impl TestGateway {
    /// Starts a gateway from [`PREAMBLE`] and these further sections.
    ///
    /// # Panics
    /// When it does not start, with its findings.
    pub async fn start(sections: &str) -> Self {
        Self::try_start(Sources::text("test.yaml", format!("{PREAMBLE}{sections}")), Arc::default())
            .await
            .unwrap_or_else(|error| panic!("the gateway does not start:\n{error}"))
    }

    /// Starts a gateway from any sources, over an in-process registry.
    ///
    /// # Errors
    /// What keeps it from starting.
    ///
    /// # Panics
    /// When the thread that starts it panics.
    pub async fn try_start(sources: Sources, embedded: Arc<MemoryRegistry>) -> Result<Self, StartError> {
        let launch = Launch { sources, embedded, owns_process: false };
        let gateway = tokio::task::spawn_blocking(|| Gateway::start(launch)).await.unwrap()?;
        let places = gateway.places();
        let (address, status, admin) = (places.listeners[0].1, places.status, places.admin);
        Ok(Self { gateway: Some(gateway), address, status, admin })
    }

    /// Has it read its configuration again.
    ///
    /// # Errors
    /// What is wrong with the new one.
    ///
    /// # Panics
    /// When it was stopped.
    pub async fn reload(&self) -> Result<u64, Findings> {
        self.gateway.as_ref().unwrap().reload().await
    }

    /// Drains it and waits for its end.
    ///
    /// # Panics
    /// When it did not end as it should.
    pub async fn stop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            tokio::task::spawn_blocking(|| gateway.stop()).await.unwrap().unwrap();
        }
    }

    /// Waits until it says that it is ready, be it with a complaint: a registry may take its time on a busy machine.
    ///
    /// # Panics
    /// When that does not come.
    pub async fn ready(&self) {
        until_ready(self.status).await;
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Any request, on a connection of its own.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        send(self.address, method, path, headers, body.into()).await
    }

    /// `GET path` on the status port.
    pub async fn status(&self, path: &str) -> Answer {
        send(self.status, Method::GET, path, &[], Bytes::new()).await
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            std::thread::spawn(|| drop(gateway));
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Fields.
    pub headers: HeaderMap,
    /// Body, whole.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, digits of numbers as serde_json keeps them.
    ///
    /// # Panics
    /// When it is no JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The body, if the status is this one.
    ///
    /// # Panics
    /// When the status is another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

/// Asks a status port until the gateway is ready.
pub(crate) async fn until_ready(status: SocketAddr) {
    let begun = Instant::now();
    loop {
        let answer = send(status, Method::GET, "/readyz", &[], Bytes::new()).await;
        if answer.status == StatusCode::OK {
            return;
        }
        assert!(begun.elapsed() < READY_WITHIN, "never ready: {}", answer.text());
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Sends one request over a connection of its own. Its `Host` is the address, unless `headers` have another.
///
/// # Panics
/// When no HTTP answer comes.
pub async fn send(address: SocketAddr, method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request = request.header(header::HOST, address.to_string());
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    connection.abort();
    Answer { status: head.status, headers: head.headers, body }
}
