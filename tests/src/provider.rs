//! A Dubbo provider of the test's own, in this process: real frames on a real socket, and no JVM to wait for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what goes wrong here is a failed test")]

use std::{
    future::ready,
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use futures_util::future::LocalBoxFuture;
use tokio::{net::TcpListener, sync::oneshot, task::LocalSet};
use yumen_dubbo::{
    error::Status,
    exchange::{
        ExchangeOptions,
        server::{Handler, Request, Server, ServerReply},
    },
};
use yumen_hessian2::{Value, Writer};

/// The interface that it serves.
pub const INTERFACE: &str = "com.example.Test";

/// Its methods, as a service of the configuration describes them.
pub const METHODS: &str = "methods: { echo: { params: [string], returns: string }, \
    who: { returns: string, idempotent: true }, attachment: { params: [string], returns: string }, \
    user: { params: [long], returns: com.example.User }, fail: { params: [string] }, \
    slow: { params: [int], returns: string } }, \
    types: { com.example.User: { id: long, name: string, phone: string } }";

/// A provider of [`INTERFACE`]. Dropping it ends it.
pub struct TestProvider {
    /// Where it listens.
    pub address: SocketAddr,
    calls: Arc<AtomicU64>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl TestProvider {
    /// Starts a provider that calls itself `name`.
    ///
    /// # Panics
    /// When it cannot listen.
    pub fn start(name: &str) -> Self {
        let (told, address) = std::sync::mpsc::channel();
        let (end, ended) = oneshot::channel();
        let calls = Arc::<AtomicU64>::default();
        let (counted, name) = (Arc::clone(&calls), name.to_owned());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            LocalSet::new().block_on(&runtime, async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let handler: Handler = Rc::new(move |request| {
                    counted.fetch_add(1, Relaxed);
                    answer(&name, &request)
                });
                let _server = Server::start(listener, ExchangeOptions::default(), handler);
                let _ = ended.await; // dropped when the test is over
            });
        });
        Self { address: address.recv().unwrap(), calls, end: Some(end), thread: Some(thread) }
    }

    /// Calls that came so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been printed
        }
    }
}

fn answer(name: &str, request: &Request) -> LocalBoxFuture<'static, ServerReply> {
    let mut reader = request.body.arguments();
    let mut argument = || Value::read(&mut reader).unwrap();
    let reply = match &*request.body.method {
        "echo" => value(&argument()),
        "who" => value(&Value::string(name)),
        "attachment" => {
            let wanted = argument();
            let attachments = request.body.attachments().unwrap();
            let found = attachments.into_iter().find(|(name, _)| Some(name.as_str()) == wanted.as_str());
            found.map_or(ServerReply::Null, |(_, text)| value(&Value::string(text)))
        }
        "user" => {
            let fields = [("id", argument()), ("name", Value::string("Ann")), ("phone", Value::string("555-0100"))];
            value(&Value::object("com.example.User", fields))
        }
        "fail" => {
            let message = argument();
            ServerReply::Exception(encoded(&Value::object("com.example.Full", [("detailMessage", message)])))
        }
        "slow" => {
            let wait = Duration::from_millis(argument().as_i32().unwrap_or_default().unsigned_abs().into());
            let reply = value(&Value::string(name));
            return Box::pin(async move {
                tokio::time::sleep(wait).await;
                reply
            });
        }
        other => ServerReply::Status(Status::BadRequest, format!("no method {other}")),
    };
    Box::pin(ready(reply))
}

fn value(value: &Value) -> ServerReply {
    ServerReply::Value(encoded(value))
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut Writer::new(&mut out));
    out
}
