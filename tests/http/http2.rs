//! HTTP/2: the same rules as HTTP/1, and a connection that many streams share.

use std::{future::Future, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use yumen_server::{config::Http2Limits, listener::HttpLimits};

use crate::{front::Front, wire::PATIENCE};

type Sender = http2::SendRequest<Full<Bytes>>;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn connect(front: &Front) -> Sender {
    let socket = TcpStream::connect(front.address).await.unwrap();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn request(target: &str) -> http::request::Builder {
    Request::builder().uri(target)
}

async fn send(sender: &mut Sender, request: http::request::Builder, body: &'static [u8]) -> Response<Incoming> {
    sender.ready().await.unwrap();
    sender.send_request(request.body(Full::from(body)).unwrap()).await.unwrap()
}

async fn json(response: Response<Incoming>) -> serde_json::Value {
    serde_json::from_slice(&response.collect().await.unwrap().to_bytes()).unwrap()
}

#[test]
fn a_request_is_seen_as_over_http1() {
    let front = Front::start();
    block_on(async {
        let mut sender = connect(&front).await;
        let asked = request("http://a/x/../y%61?q=1")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("x-forwarded-for", "9.9.9.9");
        let seen = json(send(&mut sender, asked, b"").await).await;
        assert_eq!((&seen["path"], &seen["query"], &seen["host"]), (&"/ya".into(), &"q=1".into(), &"a".into()));
        assert_eq!(seen["client"], "127.0.0.1");
        assert_eq!(seen["fields"], serde_json::json!(["cookie: a=1; b=2"]));
        let seen = json(send(&mut sender, request("http://a/").method("POST"), b"hello").await).await;
        assert_eq!(seen["body"], 5);
    });
}

#[test]
fn what_is_refused_over_http1_is_refused_here_and_the_connection_lives_on() {
    let front = Front::start();
    let many = (0..101).fold(request("http://a/"), |request, index| request.header(format!("x-{index}"), "a"));
    let long = format!("http://a/{}", "a".repeat(9000));
    let lengths = request("http://a/").method("POST").header("content-length", "5").header("content-length", "5");
    block_on(async {
        let mut sender = connect(&front).await;
        for (name, asked, status) in [
            ("escaped slash", request("http://a/%2f"), 400),
            ("above the root", request("http://a/../x"), 400),
            ("broken escape in the query", request("http://a/?%"), 400),
            ("two hosts", request("http://a/").header("host", "b"), 400),
            ("equal hosts", request("http://a/").header("host", "a"), 200),
            ("underscore", request("http://a/").header("x_a", "b"), 400),
            ("many fields", many, 431),
            ("long target", request(&long), 414),
            ("TRACE", request("http://a/").method("TRACE"), 405),
            ("unknown method", request("http://a/").method("BREW"), 501),
            ("equal lengths", lengths, 400),
            ("expectation", request("http://a/").header("expect", "x"), 417),
            ("panic", request("http://a/panic"), 500),
            ("body over the route's limit", request("http://a/limit/3").method("POST"), 413),
        ] {
            let answer = send(&mut sender, asked, b"hello").await;
            assert_eq!(answer.status(), status, "{name}");
        }
        assert_eq!(send(&mut sender, request("http://a/"), b"").await.status(), StatusCode::OK);
    });
    assert_eq!(front.metric("yumen_connections_http2_total"), 1.0);
}

#[test]
fn trailers_are_judged_as_behind_a_chunked_body() {
    let front = Front::start();
    let many: Vec<_> = (0..17).map(|index| format!("x-{index}")).collect();
    let some: Vec<_> = many.iter().take(16).map(String::as_str).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let long = "a".repeat(9000);
    block_on(async {
        let socket = TcpStream::connect(front.address).await.unwrap();
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        for (names, value, status) in [
            (&["x-checksum"][..], "7", 200),
            (&some, "7", 200),
            (&many, "7", 400),
            (&["content-length"], "5", 400),
            (&["host"], "a", 400),
            (&["trailer"], "x-a", 400),
            (&["x_a"], "7", 400),
            (&["x-long"], &long, 400),
        ] {
            let field = |name: &&str| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
            let trailers: HeaderMap = names.iter().map(field).collect();
            let body = Full::<Bytes>::from("hello").with_trailers(std::future::ready(Some(Ok(trailers))));
            sender.ready().await.unwrap();
            let answer = sender.send_request(request("http://a/").method("POST").body(body).unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{names:?}");
        }
    });
}

#[test]
fn what_the_frame_reader_drops_is_seen_by_nobody() {
    let front = Front::start();
    block_on(async {
        let mut socket = TcpStream::connect(front.address).await.unwrap();
        let field = |name: &str, value: &str| {
            let (name_length, value_length) = (u8::try_from(name.len()).unwrap(), u8::try_from(value.len()).unwrap());
            [&[0, name_length], name.as_bytes(), &[value_length], value.as_bytes()].concat()
        };
        let fields = [&[0x82, 0x86][..], &field(":path", "/x?a=b#fragment"), &field(":authority", "a")].concat();
        let length = u8::try_from(fields.len()).unwrap();
        let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        let headers = [0, 0, length, 1, 5, 0, 0, 0, 1];
        let sent = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &settings, &headers, &fields].concat();
        socket.write_all(&sent).await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"}") {
            assert_ne!(socket.read_buf(&mut seen).await.unwrap(), 0, "{}", String::from_utf8_lossy(&seen));
        }
        let seen = String::from_utf8_lossy(&seen);
        assert!(seen.contains(r#""query":"a=b""#) && !seen.contains("fragment"), "{seen}");
    });
}

#[test]
fn streams_do_not_wait_for_each_other() {
    let front = Front::start();
    block_on(async {
        let mut sender = connect(&front).await;
        let mut other = sender.clone();
        let slow =
            tokio::task::spawn(async move { send(&mut other, request("http://a/wait/3000"), b"").await.status() });
        while front.calls() < 1 {
            tokio::task::yield_now().await;
        }
        for _ in 0..20 {
            assert_eq!(send(&mut sender, request("http://a/"), b"").await.status(), 200);
        }
        assert!(!slow.is_finished(), "they waited for the slow one");
        let mut all = JoinSet::new();
        for _ in 0..200 {
            let mut sender = sender.clone();
            all.spawn(async move { send(&mut sender, request("http://a/wait/5"), b"").await.status() });
        }
        while let Some(status) = all.join_next().await {
            assert_eq!(status.unwrap(), 200);
        }
    });
}

#[test]
fn a_large_answer_comes_whole_and_in_order() {
    let front = Front::start();
    block_on(async {
        let mut sender = connect(&front).await;
        for kib in [1, 16, 17, 64, 65, 1000, 5000] {
            let answer = send(&mut sender, request(&format!("http://a/big/{kib}")), b"").await;
            assert_eq!(answer.headers()["content-length"], (kib << 10).to_string());
            assert_eq!(answer.collect().await.unwrap().to_bytes().len(), kib << 10);
        }
    });
}

#[test]
fn an_idle_connection_is_closed_by_goaway() {
    let limits = HttpLimits { idle: Duration::from_millis(300), ..HttpLimits::default() };
    let front = Front::with(limits);
    block_on(async {
        let socket = TcpStream::connect(front.address).await.unwrap();
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        let connection = tokio::spawn(connection);
        assert_eq!(send(&mut sender, request("http://a/"), b"").await.status(), 200);
        let ended = tokio::time::timeout(Duration::from_secs(30), connection).await;
        assert!(ended.unwrap().unwrap().is_ok(), "it must be told, not cut off");
    });
}

#[test]
fn an_old_connection_is_closed_by_goaway_although_it_is_never_idle() {
    let front = Front::with(HttpLimits { max_age: Duration::from_millis(400), ..HttpLimits::default() });
    block_on(async {
        let socket = TcpStream::connect(front.address).await.unwrap();
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        let connection = tokio::spawn(connection);
        let asking = async {
            while sender.ready().await.is_ok() {
                let asked = request("http://a/wait/50").body(Full::<Bytes>::default()).unwrap();
                match sender.send_request(asked).await {
                    Ok(answer) => assert_eq!(answer.status(), 200),
                    Err(error) => assert!(error.is_canceled() || error.is_closed(), "{error}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("it must end");
        assert!(connection.await.unwrap().is_ok(), "it must be told, not cut off");
    });
}

#[test]
fn streams_beyond_the_limit_wait() {
    let http2 = Http2Limits { streams: 4, ..Http2Limits::default() };
    let front = Front::with(HttpLimits { http2, ..HttpLimits::default() });
    block_on(async {
        let mut sender = connect(&front).await;
        // The first answer brings the settings.
        assert_eq!(send(&mut sender, request("http://a/"), b"").await.status(), 200);
        let mut all = JoinSet::new();
        for _ in 0..40 {
            let mut sender = sender.clone();
            all.spawn(async move { send(&mut sender, request("http://a/wait/5"), b"").await.status() });
        }
        while let Some(status) = all.join_next().await {
            assert_eq!(status.unwrap(), 200);
        }
    });
}

#[test]
fn streams_that_were_reset_while_they_waited_take_no_turn_from_those_that_wait_on() {
    let front = Front::start();
    block_on(async {
        let mut sender = connect(&front).await;
        let start = |target: &'static str| {
            let mut sender = sender.clone();
            tokio::spawn(async move { send(&mut sender, request(target), b"").await.status() })
        };
        // A new connection has eight turns: one of them ends soon.
        let mut long: Vec<_> = (0..7).map(|_| start("http://a/wait/60000")).collect();
        long.push(start("http://a/wait/2000"));
        while front.calls() < 8 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let gone: Vec<_> = (0..20).map(|_| start("http://a/gone")).collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let last = start("http://a/last");
        tokio::time::sleep(Duration::from_millis(200)).await;
        gone.iter().for_each(|stream| stream.abort());
        let answered = tokio::time::timeout(PATIENCE, last).await.expect("its turn must come").unwrap();
        assert_eq!(answered, 200);
        assert!(!front.take_lines().iter().any(|line| line.contains("gone")));
        sender.ready().await.unwrap();
    });
}

#[test]
fn the_wait_for_a_turn_counts_against_the_deadline_of_the_request() {
    let limits = HttpLimits { request_timeout: Duration::from_secs(30), ..HttpLimits::default() };
    let front = Front::with(limits);
    block_on(async {
        let sender = connect(&front).await;
        let start = |target: &'static str| {
            let mut sender = sender.clone();
            tokio::spawn(async move { send(&mut sender, request(target), b"").await })
        };
        let first: Vec<_> = (0..8).map(|_| start("http://a/wait/1000")).collect();
        while front.calls() < 8 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let said = json(start("http://a/").await.unwrap()).await;
        assert!(said["age"].as_u64().unwrap() > 500, "{said}");
        drop(first);
    });
}

#[test]
fn a_stream_whose_answer_is_not_read_in_time_ends_its_connection_after_the_others() {
    let front = Front::with(HttpLimits { request_timeout: Duration::from_secs(2), ..HttpLimits::default() });
    block_on(async {
        let socket = TcpStream::connect(front.address).await.unwrap();
        let mut client = http2::Builder::new(TokioExecutor::new());
        // Most of the answer does not fit into what the client says it will take.
        client.initial_stream_window_size(64 << 10);
        let (mut sender, connection) = client.handshake(TokioIo::new(socket)).await.unwrap();
        let connection = tokio::spawn(connection);
        let unread = send(&mut sender, request("http://a/big/900"), b"").await;
        let asking = async {
            while sender.ready().await.is_ok() {
                let asked = request("http://a/wait/50").body(Full::<Bytes>::default()).unwrap();
                match sender.send_request(asked).await {
                    Ok(answer) => drop(answer.collect().await),
                    Err(_) => break,
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("no new stream may be taken");
        tokio::time::timeout(PATIENCE, connection).await.expect("and it must end").unwrap().ok();
        drop(unread);
    });
}
