//! The status port: is the process up, may it get traffic, and what do its numbers say. It changes nothing.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 as long as the process answers |
//! | `/readyz` | 200 `ready`, else 503 with the reason |
//! | `/metrics` | Prometheus text |
//!
//! Only GET and HEAD exist here, and nothing of the configuration is shown.

use std::{future::Future, io, sync::Arc};

use arc_swap::ArcSwap;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use crate::telemetry::metric::Metrics;

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

    /// Answers until `end` is there. Runs on the control plane.
    ///
    /// # Errors
    /// When the port fails for good.
    pub async fn serve(self, listener: TcpListener, end: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let router = Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(self);
        axum::serve(listener, router).with_graceful_shutdown(end).await
    }
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
        served.await.unwrap().unwrap();
    }
}
