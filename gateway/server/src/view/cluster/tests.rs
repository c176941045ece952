//! Requests over real sockets to servers that answer, hang, close and overflow.

use std::{
    net::SocketAddr,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::{JoinHandle, LocalSet, spawn_local},
};

use super::*;
use crate::config::ByteSize;

/// A server that answers every request with the same bytes, and counts connections and requests.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(answer: &'static str, close_after: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let counts = (Arc::clone(&connections), Arc::clone(&requests));
        let task = spawn_local(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                counts.0.fetch_add(1, Relaxed);
                let requests = Arc::clone(&counts.1);
                spawn_local(async move {
                    let mut seen = Vec::new();
                    let mut piece = [0; 4096];
                    while let Ok(count @ 1..) = socket.read(&mut piece).await {
                        seen.extend_from_slice(&piece[..count]);
                        if seen.ends_with(b"\r\n\r\n") || seen.ends_with(b"}") {
                            requests.fetch_add(1, Relaxed);
                            seen.clear();
                            socket.write_all(answer.as_bytes()).await.unwrap();
                            if close_after {
                                return;
                            }
                        }
                    }
                });
            }
        });
        Self { address, connections, requests, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 5\r\n\r\nhello";

fn cluster(servers: &[SocketAddr], more: &str) -> Rc<Cluster> {
    let endpoints: Vec<String> = servers.iter().map(|address| format!("\"http://{address}\"")).collect();
    let text = format!("{{ \"name\": \"c\", \"endpoints\": [{}]{more} }}", endpoints.join(", "));
    Cluster::new(serde_json::from_str(&text).unwrap())
}

fn get(path: &str) -> HttpRequest {
    let (cluster, method) = ("c".to_owned(), "GET".to_owned());
    HttpRequest { cluster, method, path: path.to_owned(), fields: Vec::new(), body: Vec::new(), timeout_ms: 0 }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async { timeout(Duration::from_secs(30), test).await.expect("it hangs") });
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    run(async {
        let server = Server::start(HELLO, false).await;
        let cluster = cluster(&[server.address], "");
        for _ in 0..5 {
            let answer = Rc::clone(&cluster).send(get("/a?b=1")).await.unwrap();
            assert_eq!((answer.status, &*answer.body), (200, &b"hello"[..]));
            assert!(answer.fields.contains(&("x-a".to_owned(), "1".to_owned())));
        }
        assert_eq!((server.connections.load(Relaxed), server.requests.load(Relaxed)), (1, 5));
    });
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_again() {
    run(async {
        let server = Server::start(HELLO, true).await;
        let cluster = cluster(&[server.address], "");
        for _ in 0..5 {
            assert_eq!(Rc::clone(&cluster).send(get("/")).await.unwrap().status, 200);
            tokio::task::yield_now().await;
        }
        assert_eq!(server.requests.load(Relaxed), 5);
    });
}

#[test]
fn servers_take_turns_and_a_dead_one_is_passed_over() {
    run(async {
        let live = Server::start(HELLO, true).await;
        let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let cluster = cluster(&[dead, live.address], "");
        for _ in 0..4 {
            assert_eq!(Rc::clone(&cluster).send(get("/")).await.unwrap().status, 200);
        }
        let nobody = self::cluster(&[dead], "");
        assert!(matches!(nobody.send(get("/")).await, Err(HttpError::Transport(_))));
    });
}

#[test]
fn an_answer_is_bounded_in_bytes_and_in_time() {
    run(async {
        let server = Server::start(HELLO, false).await;
        let small = cluster(&[server.address], ", \"max_response\": \"4B\"");
        assert_eq!(small.config().max_response, ByteSize(4));
        assert!(matches!(small.send(get("/")).await, Err(HttpError::TooLarge)));
        let silent = Server::start("", false).await;
        let slow = cluster(&[silent.address], ", \"timeout\": \"20ms\"");
        assert!(matches!(Rc::clone(&slow).send(get("/")).await, Err(HttpError::Timeout)));
        let hasty = cluster(&[silent.address], "");
        let request = HttpRequest { timeout_ms: 20, ..get("/") };
        assert!(matches!(hasty.send(request).await, Err(HttpError::Timeout)));
    });
}

#[test]
fn more_requests_than_connections_wait_their_turn() {
    run(async {
        let server = Server::start(HELLO, false).await;
        let cluster = cluster(&[server.address], ", \"connections\": 2");
        let all = (0..10).map(|_| Rc::clone(&cluster).send(get("/")));
        for answer in futures_util::future::join_all(all).await {
            assert_eq!(answer.unwrap().status, 200);
        }
        assert!(server.connections.load(Relaxed) <= 2, "{} connections", server.connections.load(Relaxed));
    });
}

#[test]
fn what_no_request_can_be_is_refused_and_nothing_is_sent() {
    run(async {
        let server = Server::start(HELLO, false).await;
        let cluster = cluster(&[server.address], "");
        let field =
            |name: &str, value: &str| HttpRequest { fields: vec![(name.to_owned(), value.to_owned())], ..get("/") };
        for request in [
            get("no-slash"),
            HttpRequest { method: "G E T".to_owned(), ..get("/") },
            HttpRequest { method: "CONNECT".to_owned(), ..get("/") },
            field("bad name", "1"),
            field("x-a", "1\r\nx-b: 2"),
            field("content-length", "7"),
            field("transfer-encoding", "chunked"),
        ] {
            assert!(matches!(Rc::clone(&cluster).send(request).await, Err(HttpError::Invalid(_))));
        }
        assert_eq!(server.connections.load(Relaxed), 0);
        let body = HttpRequest { method: "POST".to_owned(), body: b"{}".to_vec(), ..get("/") };
        assert_eq!(cluster.send(body).await.unwrap().status, 200);
    });
}
