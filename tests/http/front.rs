//! A listener on port 0 with a handler that says what it saw, on a worker thread of its own.

use std::{
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;
use tokio::{runtime::LocalRuntime, sync::oneshot};
use yumen_server::{
    config::{AccessLogConfig, AccessLogFormat},
    listener::{Acceptor, Caps, Drain, HttpLimits, HttpRequest, HttpServer, Reason, WorkerHandle},
    telemetry::{access_log::AccessLog, metric::Metrics},
};

/// A running listener. Dropping it ends it.
pub struct Front {
    pub address: SocketAddr,
    pub drain: Drain,
    pub metrics: Arc<Metrics>,
    /// The limits of the moment.
    pub limits: Arc<ArcSwap<HttpLimits>>,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

/// What the handler was called with.
#[derive(Default)]
struct Seen {
    calls: AtomicUsize,
    served: AtomicUsize,
    /// Method and target of each call, in order.
    lines: Mutex<Vec<String>>,
}

impl Front {
    /// With default limits.
    pub fn start() -> Self {
        Self::with(HttpLimits::default())
    }

    /// With these limits and no caps.
    pub fn with(limits: HttpLimits) -> Self {
        Self::capped(limits, Caps { total: usize::MAX, per_address: usize::MAX })
    }

    /// With limits and caps on connections.
    pub fn capped(limits: HttpLimits, caps: Caps) -> Self {
        let drain = Drain::new();
        let metrics = Metrics::new(1, Reason::ALL.iter().map(|reason| reason.label())).unwrap();
        let seen = Arc::new(Seen::default());
        let limits = Arc::new(ArcSwap::from_pointee(limits));
        let (told, address) = oneshot::channel();
        let thread = {
            let (drain, metrics, seen) = (drain.clone(), Arc::clone(&metrics), Arc::clone(&seen));
            let limits = Arc::clone(&limits);
            std::thread::spawn(move || run(limits, caps, &drain, &metrics, seen, told))
        };
        let address = address.blocking_recv().unwrap();
        Self { address, drain, metrics, limits, seen, thread: Some(thread) }
    }

    /// How often the handler was called.
    pub fn calls(&self) -> usize {
        self.seen.calls.load(Ordering::SeqCst)
    }

    /// How often it answered 200.
    pub fn served(&self) -> usize {
        self.seen.served.load(Ordering::SeqCst)
    }

    /// What it was called with since the last time.
    pub fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lines.lock().unwrap())
    }

    /// A number that `/metrics` shows.
    pub fn metric(&self, line: &str) -> f64 {
        let text = self.metrics.render().unwrap();
        let found = text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
        found.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Connections open now.
    pub fn open(&self) -> usize {
        self.drain.connections()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.drain.force();
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

fn run(
    limits: Arc<ArcSwap<HttpLimits>>,
    caps: Caps,
    drain: &Drain,
    metrics: &Arc<Metrics>,
    seen: Arc<Seen>,
    told: oneshot::Sender<SocketAddr>,
) {
    let runtime = LocalRuntime::new().unwrap();
    let (log, _guard) = AccessLog::start(std::io::sink());
    log.configure(&AccessLogConfig { format: AccessLogFormat::Json, sample: 1.0 }, false);
    runtime.block_on(async {
        let acceptor = Acceptor::bind("127.0.0.1:0".parse().unwrap(), caps, Arc::clone(&metrics.listener)).unwrap();
        told.send(acceptor.local_addr().unwrap()).unwrap();
        let (worker, sockets) = WorkerHandle::new(Arc::default());
        let door = Acceptor::door(drain);
        let accepting = tokio::task::spawn_local(acceptor.run(vec![worker], drain.clone(), door));
        let listener = Arc::clone(&metrics.listener);
        let handler = move |request| {
            let seen = Arc::clone(&seen);
            async move {
                let response = answer(request, &seen).await;
                seen.served.fetch_add(usize::from(response.status() == OK), Ordering::SeqCst);
                response
            }
        };
        HttpServer::new(limits, drain.clone(), listener, Rc::new(log.writer()), handler).run(sockets).await;
        accepting.await.unwrap();
    });
}

/// The handler: the first segment of the path says what it does.
async fn answer(request: HttpRequest, seen: &Seen) -> Response<Full<Bytes>> {
    seen.calls.fetch_add(1, Ordering::SeqCst);
    seen.lines.lock().unwrap().push(format!("{} {}", request.parts.method, request.parts.uri));
    let number = |text: &str| text.rsplit('/').next().and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0);
    let path = request.path().to_string();
    match path.split('/').nth(1).unwrap_or("") {
        // Without the hook's backtrace.
        "panic" => std::panic::resume_unwind(Box::new("as asked")),
        // `/big/7`: 7 KiB.
        "big" => Response::new(Full::new(Bytes::from(vec![b'x'; usize::try_from(number(&path) << 10).unwrap()]))),
        // `/wait/50`: answers after 50 ms.
        "wait" => {
            tokio::time::sleep(Duration::from_millis(number(&path))).await;
            Response::new(Full::new(Bytes::from_static(b"waited")))
        }
        // Wants no body, as a route without an argument from it.
        "unwanted" => unwanted(request).await,
        // Answers without a look at the body.
        "ignore" => Response::new(Full::new(Bytes::from_static(b"ignored"))),
        // `/limit/5`: takes 5 bytes of body.
        "limit" => read(request, Some(number(&path))).await,
        _ => read(request, None).await,
    }
}

async fn unwanted(request: HttpRequest) -> Response<Full<Bytes>> {
    let id = request.id().to_owned();
    let body = request.body;
    match if body.is_here() { Ok(()) } else { body.discard(None).await } {
        Ok(()) => Response::new(Full::new(Bytes::from_static(b"unwanted"))),
        Err(rejection) => rejection.response(&id),
    }
}

async fn read(request: HttpRequest, limit: Option<u64>) -> Response<Full<Bytes>> {
    let parts = &request.parts;
    let mut said = serde_json::json!({
        "method": parts.method.as_str(),
        "path": request.path().as_str(),
        "query": parts.uri.query(),
        "host": request.host(),
        "client": request.client(),
        "fields": parts.headers.iter().map(|(name, value)| format!("{name}: {}", value.as_bytes().escape_ascii())).collect::<Vec<_>>(),
    });
    let id = request.id().to_owned();
    said["age"] = u64::try_from(request.received.elapsed().as_millis()).unwrap_or(u64::MAX).into();
    let announced = request.body.size_hint().exact();
    match request.body.collect(limit).await {
        Ok(bytes) => {
            said["body"] = bytes.len().into();
            said["announced"] = announced.into();
            Response::new(Full::new(Bytes::from(said.to_string())))
        }
        Err(rejection) => rejection.response(&id),
    }
}

/// The status that an answer of the handler has.
pub const OK: u16 = StatusCode::OK.as_u16();
