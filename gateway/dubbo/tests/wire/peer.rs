//! What the tests speak: a worker to run on, a scripted peer, providers and calls.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use yumen_dubbo::error::RpcError;
use yumen_dubbo::exchange::ExchangeOptions;
use yumen_dubbo::exchange::client::{Client, Waiter};
use yumen_dubbo::exchange::server::{Handler, Request, Server, ServerReply};
use yumen_dubbo::frame::{DEFAULT_PAYLOAD, Decoder, Frame, HEADER_LEN, Header, Incoming};
use yumen_dubbo::instances::Provider;
use yumen_dubbo::invocation::{Invocation, Method};
use yumen_dubbo::invoker::Invoker;
use yumen_dubbo::options::ReferenceOptions;
use yumen_dubbo::pool::Pool;
use yumen_dubbo::protocol::dubbo::DubboInvoker;
use yumen_dubbo::reply::Reply;
use yumen_dubbo::service_key::ServiceKey;
use yumen_dubbo::url::DubboUrl;

/// Only a failure takes this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Runs a test on a worker of its own; a test that hangs fails.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default());
    let limited = async { tokio::time::timeout(Duration::from_secs(120), test).await };
    runtime.unwrap().block_on(limited).expect("the test ends in time");
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Lets all ready tasks run.
pub(crate) async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn soon() -> Instant {
    Instant::now() + LIMIT
}

/// The other end of a connection, byte by byte.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    buffer: BytesMut,
    decoder: Decoder,
}

impl Peer {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: BytesMut::new(), decoder: Decoder::new(64 * DEFAULT_PAYLOAD) }
    }

    /// Reads one frame; None at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            match self.decoder.decode(&mut self.buffer).unwrap() {
                Some(Incoming::Frame(frame)) => return Some(frame),
                Some(Incoming::TooLarge(header)) => panic!("{header:?}"),
                None => {}
            }
            if self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Answers a request with a string.
    pub(crate) async fn reply(&mut self, id: u64, text: &str) {
        self.write(reply_bytes(id, text)).await;
    }

    /// Waits for the end of the stream, whatever comes before it.
    pub(crate) async fn ends(&mut self) {
        let mut rest = [0; 4096];
        while self.stream.read(&mut rest).await.unwrap_or(0) > 0 {}
    }
}

/// A frame with any header; the length is set.
pub(crate) fn frame_bytes(header: Header, body: &[u8]) -> Vec<u8> {
    let header = Header { length: body.len() as u32, ..header };
    [&header.encode(), body].concat()
}

/// A reply with a short string as value.
pub(crate) fn reply_bytes(id: u64, text: &str) -> Vec<u8> {
    frame_bytes(Header::response(id, 20, 2), &[&[0x91, text.len() as u8], text.as_bytes()].concat())
}

pub(crate) async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A client and the scripted peer it is connected to.
pub(crate) async fn connected(options: ExchangeOptions) -> (Client, Peer) {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    let client = Client::start(client.unwrap(), address.to_string().into(), options, Rc::default());
    (client, Peer::new(server.unwrap().0))
}

/// A call with an opaque body.
pub(crate) fn call(client: &Client, body: &[u8]) -> Result<Waiter, RpcError> {
    client.call(Instant::now(), soon(), |out| out.extend_from_slice(body))
}

/// The string that a reply frame holds.
pub(crate) fn text(frame: &Frame) -> String {
    String::from_utf8(frame.body[2..].to_vec()).unwrap()
}

/// A provider of `d.Svc` that answers with `handler`.
pub(crate) async fn provider(handler: impl Fn(&Request) -> ServerReply + 'static) -> (Server, u16) {
    serve(listen().await, ExchangeOptions::default(), handler)
}

pub(crate) fn serve(
    listener: TcpListener,
    options: ExchangeOptions,
    handler: impl Fn(&Request) -> ServerReply + 'static,
) -> (Server, u16) {
    let port = listener.local_addr().unwrap().port();
    let handler: Handler = Rc::new(move |request| {
        let reply = handler(&request);
        Box::pin(async move { reply })
    });
    (Server::start(listener, options, handler), port)
}

/// Options of a consumer of `d.Svc`.
pub(crate) fn options() -> ReferenceOptions {
    ReferenceOptions::new(ServiceKey::new("d.Svc", None, None))
}

pub(crate) fn invoker(port: u16, options: &ReferenceOptions, pool: &Pool) -> DubboInvoker {
    let url = DubboUrl::parse(&format!("dubbo://127.0.0.1:{port}/d.Svc?interface=d.Svc")).unwrap();
    DubboInvoker::new(Arc::new(Provider::new(url)), options, pool)
}

/// Calls `hi("a")`, giving the attempt and the whole call a time that only a failure takes.
pub(crate) async fn invoke(invoker: &DubboInvoker) -> Result<Reply, RpcError> {
    let patient = Method { timeout: Some(LIMIT), ..Method::new("hi", "Ljava/lang/String;") };
    invoke_with(invoker, &patient, LIMIT).await
}

pub(crate) async fn invoke_with(invoker: &DubboInvoker, method: &Method, limit: Duration) -> Result<Reply, RpcError> {
    let deadline = Instant::now() + limit;
    invoker
        .invoke(&Invocation { method, arguments: b"\x01a", attachments: &[], deadline, chosen: None, context: None })
        .await
}

/// Length of a frame with a body of `length` bytes.
pub(crate) const fn framed(length: usize) -> usize {
    HEADER_LEN + length
}
