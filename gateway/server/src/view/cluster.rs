//! One HTTP cluster on one worker: its servers in turn, a few connections that live on, and everything bounded.
//!
//! ```text
//!  request ─▶ permit ─▶ an idle connection, else a new one to the next server ─▶ head ─▶ body, counted ─▶ idle again
//! ```
//! Nothing runs between requests: whoever sends a request drives its connection until the answer is read. So a cluster needs
//! no task, and a request that is given up takes its connection along.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, Connection, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};
use yumen_plugin_host::words::{HttpError, HttpRequest, HttpResponse};

use crate::config::{Endpoint, HttpClusterConfig};

/// Bytes of an answer's head.
const HEAD_BYTES: usize = 64 << 10;
/// Limit of a TCP connect, within that of the request.
const CONNECT: Duration = Duration::from_secs(1);

/// The servers of one cluster and the connections to them.
pub(super) struct Cluster {
    config: HttpClusterConfig,
    permits: Semaphore,
    idle: RefCell<Vec<Live>>,
    /// The server that the next connection goes to.
    next: Cell<usize>,
}

/// A connection, driven by whoever uses it.
struct Live {
    endpoint: usize,
    sender: SendRequest<Full<Bytes>>,
    driver: Pin<Box<Connection<TokioIo<TcpStream>, Full<Bytes>>>>,
    ended: bool,
}

impl Cluster {
    pub(super) fn new(config: HttpClusterConfig) -> Rc<Self> {
        let permits = Semaphore::new(config.connections as usize);
        Rc::new(Self { config, permits, idle: RefCell::default(), next: Cell::new(0) })
    }

    pub(super) fn config(&self) -> &HttpClusterConfig {
        &self.config
    }

    /// Sends a request and reads its answer, within the cluster's time and the request's own.
    pub(super) async fn send(self: Rc<Self>, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let own = Duration::from_millis(request.timeout_ms.into());
        let limit = if own.is_zero() { self.config.timeout } else { own.min(self.config.timeout) };
        let sent = async {
            let request = built(request)?;
            let Ok(_permit) = self.permits.acquire().await else {
                return Err(HttpError::Transport("the cluster is closed".to_owned()));
            };
            self.exchange(request).await
        };
        timeout(limit, sent).await.unwrap_or(Err(HttpError::Timeout))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<HttpResponse, HttpError> {
        while let Some(mut live) = self.take_idle() {
            if live.is_open().await {
                // It may end with the request on its way. Only what is safe to repeat is then sent once more.
                let again = is_safe(request.method()).then(|| request.clone());
                match (self.ask(live, request.clone()).await, again) {
                    (Err(HttpError::Transport(_)), Some(_)) => break,
                    (outcome, _) => return outcome,
                }
            }
        }
        let live = self.connect().await?;
        self.ask(live, request).await
    }

    fn take_idle(&self) -> Option<Live> {
        self.idle.borrow_mut().pop()
    }

    /// Connects to the next server that can be reached.
    async fn connect(&self) -> Result<Live, HttpError> {
        let count = self.config.endpoints.len();
        let first = self.next.get();
        self.next.set(first.wrapping_add(1));
        let mut failed = String::new();
        for endpoint in (0..count).map(|step| first.wrapping_add(step) % count) {
            let Endpoint { host, port } = &self.config.endpoints[endpoint].address;
            match timeout(CONNECT, TcpStream::connect((&**host, *port))).await {
                Ok(Ok(stream)) => return Live::over(stream, endpoint).await,
                Ok(Err(error)) => failed = error.to_string(),
                Err(_) => failed = "it does not answer".to_owned(),
            }
        }
        Err(HttpError::Transport(format!("no server of the cluster can be reached: {failed}")))
    }

    /// Sends the request over a connection, which lives on if all of the answer was read.
    async fn ask(&self, mut live: Live, mut request: Request<Full<Bytes>>) -> Result<HttpResponse, HttpError> {
        if !request.headers().contains_key(header::HOST) {
            let server = self.config.endpoints[live.endpoint].address.to_string();
            if let Ok(host) = HeaderValue::try_from(server) {
                request.headers_mut().insert(header::HOST, host);
            }
        }
        let answer = live.send(request).await?;
        let (head, mut body) = answer.into_parts();
        let mut bytes = Vec::new();
        let most = self.config.max_response.as_usize();
        while let Some(frame) = live.drive(body.frame()).await {
            let Ok(data) = frame.map_err(transport)?.into_data() else { continue };
            if bytes.len() + data.len() > most {
                return Err(HttpError::TooLarge);
            }
            bytes.extend_from_slice(&data);
        }
        drop(body);
        if live.is_open().await {
            self.idle.borrow_mut().push(live);
        }
        let fields = head.headers.iter();
        let fields =
            fields.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Ok(HttpResponse { status: head.status.as_u16(), fields: fields.collect(), body: bytes })
    }
}

impl Live {
    async fn over(stream: TcpStream, endpoint: usize) -> Result<Self, HttpError> {
        let _ = stream.set_nodelay(true); // a slower connection is one nevertheless
        let (sender, driver) =
            http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(TokioIo::new(stream)).await.map_err(transport)?;
        Ok(Self { endpoint, sender, driver: Box::pin(driver), ended: false })
    }

    /// Whether a request sent now is expected to be heard.
    async fn is_open(&mut self) -> bool {
        poll_fn(|cx| {
            self.advance(cx);
            Poll::Ready(())
        })
        .await;
        !self.ended && !self.sender.is_closed() && self.sender.is_ready()
    }

    fn advance(&mut self, cx: &mut Context<'_>) {
        self.ended = self.ended || self.driver.as_mut().poll(cx).is_ready();
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, HttpError> {
        let sent = self.sender.send_request(request);
        let mut sent = pin!(sent);
        poll_fn(|cx| {
            self.advance(cx);
            match sent.as_mut().poll(cx) {
                Poll::Pending if self.ended => {
                    Poll::Ready(Err(HttpError::Transport("the server closed the connection".to_owned())))
                }
                polled => polled.map_err(transport),
            }
        })
        .await
    }

    /// Drives the connection until something of it is there. A connection that ended may still have left it something.
    async fn drive<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        poll_fn(|cx| {
            self.advance(cx);
            wanted.as_mut().poll(cx)
        })
        .await
    }
}

/// The request as it is sent; what no request can be is refused.
fn built(request: HttpRequest) -> Result<Request<Full<Bytes>>, HttpError> {
    let invalid = |what: &str| HttpError::Invalid(what.to_owned());
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("the method"))?;
    let path: Uri = request.path.parse().map_err(|_| invalid("the path"))?;
    if !request.path.starts_with('/') || method == Method::CONNECT {
        return Err(invalid("the path"));
    }
    let mut built = Request::new(Full::new(Bytes::from(request.body)));
    *built.method_mut() = method;
    *built.uri_mut() = path;
    for (name, value) in &request.fields {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid("the name of a field"))?;
        let value = HeaderValue::try_from(value.as_str()).map_err(|_| invalid("the value of a field"))?;
        if [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::UPGRADE].contains(&name) {
            return Err(invalid("a field of the connection"));
        }
        built.headers_mut().append(name, value);
    }
    Ok(built)
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE].contains(method)
}

fn transport(error: hyper::Error) -> HttpError {
    HttpError::Transport(error.to_string())
}

#[cfg(test)]
mod tests;
