//! The status port: is the process up, may it get traffic, and what do its numbers say. It changes nothing.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 as long as the process answers |
//! | `/readyz` | 200 `ready`, else 503 with the reason |
//! | `/metrics` | Prometheus text |
//!
//! Only GET and HEAD exist here, and nothing of the configuration is shown. It listens on all addresses unless told otherwise,
//! because those who ask, an orchestrator and a scraper, stand outside the container; so it bears strangers: one request a
//! connection, a few seconds for all of it, and few connections at once, of which the oldest makes room for the next. Whoever
//! opens many and says nothing keeps no probe out.

use std::{collections::VecDeque, future::Future, pin::pin, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use crate::telemetry::metric::Metrics;

/// Connections at once.
const MOST: usize = 64;
/// From a connection's accept to its end.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a request's head.
const HEAD: usize = 16 << 10;
/// Pause after an accept failed, which a lack of descriptors causes.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether the gateway may get traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It may.
    Ready,
    /// It may, though something is amiss.
    Degraded(String),
    /// Not yet, or not any more, for this reason.
    NotReady(String),
    /// It is finishing what it has and will end.
    Draining,
}

/// What the status port shows; clones show the same.
#[derive(Debug, Clone)]
pub struct Status {
    readiness: Arc<ArcSwap<Readiness>>,
    metrics: Arc<Metrics>,
}

impl Status {
    /// Not ready: starting.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        let starting = Readiness::NotReady("starting".to_owned());
        Self { readiness: Arc::new(ArcSwap::from_pointee(starting)), metrics }
    }

    /// Says from now on.
    pub fn set(&self, readiness: Readiness) {
        self.readiness.store(Arc::new(readiness));
    }

    /// What is said now.
    pub fn readiness(&self) -> Arc<Readiness> {
        self.readiness.load_full()
    }

    /// Answers until `end` is there and what came before it is answered. Runs on the control plane.
    pub async fn serve(self, listener: TcpListener, end: impl Future<Output = ()> + Send + 'static) {
        let router = Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(self);
        let mut connections = JoinSet::new();
        let mut by_age: VecDeque<AbortHandle> = VecDeque::new();
        let mut end = pin!(end);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut end => break,
                accepted = listener.accept() => accepted,
            };
            while connections.try_join_next().is_some() {}
            by_age.retain(|connection| !connection.is_finished());
            match accepted {
                Ok((socket, _)) => {
                    if by_age.len() >= MOST {
                        by_age.pop_front().inspect(AbortHandle::abort);
                    }
                    by_age.push_back(connections.spawn(answer(socket, router.clone())));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        while connections.join_next().await.is_some() {}
    }
}

/// Answers one request and closes. What goes wrong is the client's.
async fn answer(socket: TcpStream, router: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    let _ended = tokio::time::timeout(PATIENCE, served).await;
}

async fn readyz(State(status): State<Status>) -> (StatusCode, String) {
    match &*status.readiness() {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::Degraded(reason) => (StatusCode::OK, format!("ready, degraded: {reason}\n")),
        Readiness::NotReady(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
        Readiness::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned()),
    }
}

async fn metrics(State(status): State<Status>) -> Response {
    match status.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the metrics cannot be shown");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::oneshot,
    };

    use super::*;

    async fn ask(port: u16, line: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_tells_how_things_stand_and_changes_nothing() {
        let metrics = Metrics::new(1, ["host"]).unwrap();
        metrics.listener.rejections.add(0);
        let status = Status::new(metrics);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (end, ended) = oneshot::channel::<()>();
        let served = tokio::spawn(status.clone().serve(listener, async move {
            let _gone = ended.await;
        }));
        assert!(ask(port, "GET /healthz").await.starts_with("HTTP/1.1 200"));
        let starting = ask(port, "GET /readyz").await;
        assert!(starting.starts_with("HTTP/1.1 503") && starting.contains("not ready: starting"));
        status.set(Readiness::Ready);
        assert!(ask(port, "GET /readyz").await.starts_with("HTTP/1.1 200"));
        status.set(Readiness::Draining);
        assert!(ask(port, "GET /readyz").await.contains("draining"));
        assert!(ask(port, "GET /metrics").await.contains("yumen_http_rejections_total{reason=\"host\"} 1"));
        for verb in ["POST", "PUT", "DELETE", "PATCH"] {
            assert!(ask(port, &format!("{verb} /readyz")).await.starts_with("HTTP/1.1 405"), "{verb}");
        }
        assert!(ask(port, "POST /shutdown").await.starts_with("HTTP/1.1 404"));
        end.send(()).unwrap();
        served.await.unwrap();
    }

    #[tokio::test]
    async fn connections_that_say_nothing_keep_no_probe_out_and_are_bounded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(Status::new(Metrics::new(1, []).unwrap()).serve(listener, std::future::pending()));
        let mut silent = Vec::new();
        for _ in 0..3 * MOST {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let asked = tokio::time::timeout(PATIENCE / 2, ask(port, "GET /healthz")).await.expect("an answer at once");
        assert!(asked.starts_with("HTTP/1.1 200"), "{asked}");
        for old in &mut silent[..MOST] {
            let ended = tokio::time::timeout(PATIENCE / 2, old.read(&mut [0; 16])).await.expect("it made room");
            assert!(matches!(ended, Ok(0) | Err(_)));
        }
        served.abort();
    }

    #[tokio::test]
    async fn a_connection_is_for_one_request_and_not_for_long() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(Status::new(Metrics::new(1, []).unwrap()).serve(listener, std::future::pending()));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("connection: close"), "{answer}");
        let mut slow = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        slow.write_all(b"GET /healthz HTTP/1.1\r\nHo").await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(3 * PATIENCE, slow.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "still open");
        served.abort();
    }
}
