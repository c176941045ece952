//! The provider's side: honest consumers, and the others.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use yumen_dubbo::exchange::ExchangeOptions;
use yumen_dubbo::exchange::server::{Handler, Server, ServerReply};
use yumen_dubbo::frame::{Frame, Header, Kind};

use crate::peer::{Peer, frame_bytes, listen, provider, run, serve, until};

/// `hi("a")` on `d.Svc` by a consumer of protocol version `version`.
fn request(id: u64, version: &str) -> Vec<u8> {
    let version = [&[version.len() as u8], version.as_bytes()].concat();
    let rest = b"\x05d.Svc\x050.0.0\x02hi\x12Ljava/lang/String;\x01aHZ";
    frame_bytes(Header::request(id, true, 2), &[version.as_slice(), rest].concat())
}

async fn consumer(port: u16) -> Peer {
    Peer::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap())
}

async fn ask(peer: &mut Peer, bytes: impl AsRef<[u8]>) -> Frame {
    peer.write(bytes).await;
    peer.frame().await.unwrap()
}

#[track_caller]
fn refused(frame: &Frame, status: u8, with: &str) {
    assert_eq!(frame.header.kind, Kind::Response { status });
    assert!(String::from_utf8_lossy(&frame.body).contains(with), "{frame:?}");
}

#[test]
fn requests_are_answered_under_their_ids_with_attachments_where_they_are_read() {
    run(async {
        let (_server, port) = provider(|_| ServerReply::Value(b"\x02ok".to_vec())).await;
        let mut peer = consumer(port).await;
        let id = 0xFEDC_BA98_7654_3210;
        let frame = ask(&mut peer, request(id, "2.0.2")).await;
        assert_eq!((frame.header.id, frame.header.kind), (id, Kind::Response { status: 20 }));
        assert_eq!(&frame.body[..], b"\x94\x02okH\x05dubbo\x052.0.2Z");
        let frame = ask(&mut peer, request(2, "2.0.1")).await;
        assert_eq!(&frame.body[..], b"\x91\x02ok");
    });
}

#[test]
fn a_slow_handler_holds_up_nobody() {
    run(async {
        let first = Rc::new(Cell::new(true));
        let handler: Handler = Rc::new(move |_| {
            let slow = first.replace(false);
            Box::pin(async move {
                if slow {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                ServerReply::Null
            })
        });
        let listener = listen().await;
        let port = listener.local_addr().unwrap().port();
        let _server = Server::start(listener, ExchangeOptions::default(), handler);
        let mut peer = consumer(port).await;
        peer.write([request(1, "2.0.2"), request(2, "2.0.2")].concat()).await;
        assert_eq!(peer.frame().await.unwrap().header.id, 2);
        assert_eq!(peer.frame().await.unwrap().header.id, 1);
    });
}

#[test]
fn what_cannot_be_decoded_is_a_bad_request_and_the_connection_goes_on() {
    run(async {
        let (_server, port) = provider(|_| ServerReply::Null).await;
        let mut peer = consumer(port).await;
        for body in [b"".as_slice(), b"N", b"\x052.0.2", b"\x052.0.2\x05d.Svc\x97", &[0x43; 40]] {
            let frame = ask(&mut peer, frame_bytes(Header::request(1, true, 2), body)).await;
            refused(&frame, 40, "Fail to decode request");
        }
        for serialization in [0, 1, 7, 23, 31] {
            let frame = ask(&mut peer, frame_bytes(Header::request(1, true, serialization), b"x")).await;
            refused(&frame, 40, "serialization");
        }
        peer.write(frame_bytes(Header::request(8, false, 2), b"N")).await;
        assert_eq!(ask(&mut peer, request(9, "2.0.2")).await.header.id, 9);
    });
}

#[test]
fn an_oversized_request_is_refused_at_its_header_and_the_connection_closed() {
    run(async {
        let options = ExchangeOptions { payload: 100, ..ExchangeOptions::default() };
        let (server, port) = serve(listen().await, options, |_| ServerReply::Null);
        let mut peer = consumer(port).await;
        let header = Header { length: i32::MAX as u32, ..Header::request(3, true, 2) };
        refused(&ask(&mut peer, header.encode()).await, 40, "limit is 100");
        assert!(peer.frame().await.is_none());
        until("it is forgotten", || server.connections() == 0).await;
    });
}

#[test]
fn other_protocols_are_closed_without_an_answer_and_others_do_not_notice() {
    run(async {
        let (_server, port) = provider(|_| ServerReply::Null).await;
        let mut canary = consumer(port).await;
        for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), b"ls\r\n", b"\x16\x03\x01\x02\0", b"\0\xDA\xBB"] {
            let mut peer = consumer(port).await;
            peer.write(bytes).await;
            assert!(peer.frame().await.is_none());
        }
        assert_eq!(ask(&mut canary, request(1, "2.0.2")).await.header.id, 1);
    });
}

#[test]
fn a_reply_above_the_limit_becomes_a_serialization_error() {
    run(async {
        let options = ExchangeOptions { payload: 100, ..ExchangeOptions::default() };
        let (_server, port) = serve(listen().await, options, |_| ServerReply::Value(vec![b'N'; 101]));
        let mut peer = consumer(port).await;
        refused(&ask(&mut peer, request(1, "2.0.2")).await, 25, "limit is 100");
    });
}

#[test]
fn calls_above_the_limit_are_refused_as_an_exhausted_pool() {
    run(async {
        let handler: Handler = Rc::new(|_| Box::pin(std::future::pending()));
        let listener = listen().await;
        let port = listener.local_addr().unwrap().port();
        let _server = Server::start(listener, ExchangeOptions { calls: 2, ..ExchangeOptions::default() }, handler);
        let mut peer = consumer(port).await;
        peer.write([request(1, "2.0.2"), request(2, "2.0.2")].concat()).await;
        let frame = ask(&mut peer, request(3, "2.0.2")).await;
        assert_eq!(frame.header.id, 3);
        refused(&frame, 100, "exhausted");
    });
}

#[test]
fn a_consumer_that_reads_nothing_is_not_read_from() {
    run(async {
        let served = Rc::new(Cell::new(0_usize));
        let counting = Rc::clone(&served);
        let options = ExchangeOptions { write_queue: 1 << 20, ..ExchangeOptions::default() };
        let (_server, port) = serve(listen().await, options, move |_| {
            counting.set(counting.get() + 1);
            ServerReply::Value(vec![b'N'; 64 << 10])
        });
        let mut peer = consumer(port).await;
        let flood = request(1, "2.0.2").repeat(10_000);
        // The write gets stuck when the server has stopped to read, or ends in the buffers of the sockets.
        let _ = tokio::time::timeout(Duration::from_millis(300), peer.stream.write_all(&flood)).await;
        assert!(served.get() < 2000, "{} replies of 64 KiB are in memory", served.get());
    });
}

#[test]
fn faults_can_be_scripted() {
    run(async {
        let script = Cell::new(0);
        let (_server, port) = provider(move |_| {
            script.set(script.get() + 1);
            match script.get() {
                1 => ServerReply::Silence,
                2 => ServerReply::Raw(frame_bytes(Header::response(7, 99, 2), b"N")),
                _ => ServerReply::Close,
            }
        })
        .await;
        let mut peer = consumer(port).await;
        peer.write(request(1, "2.0.2")).await;
        refused(&ask(&mut peer, request(2, "2.0.2")).await, 99, "N");
        peer.write(request(3, "2.0.2")).await;
        assert!(peer.frame().await.is_none());
    });
}

#[test]
fn heartbeats_are_answered_and_silence_ends_the_connection() {
    run(async {
        let options = ExchangeOptions { heartbeat: Duration::from_millis(500), ..ExchangeOptions::default() };
        let (server, port) = serve(listen().await, options, |_| ServerReply::Null);
        let mut peer = consumer(port).await;
        for id in 0..6 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let answer = ask(&mut peer, frame_bytes(Header::request(id, true, 2).as_event(), b"N")).await;
            assert_eq!((answer.header.id, answer.header.event, &answer.body[..]), (id, true, &b"N"[..]));
        }
        assert!(peer.frame().await.is_none());
        until("it is forgotten", || server.connections() == 0).await;
    });
}

#[test]
fn a_handler_that_panics_ends_its_connection_and_no_other() {
    run(async {
        let (server, port) = provider(|request| match request.body.version.as_str() {
            "0.0.0" => panic!("as scripted"),
            _ => ServerReply::Null,
        })
        .await;
        let mut peer = consumer(port).await;
        peer.write(request(1, "2.0.2")).await;
        assert!(peer.frame().await.is_none());
        until("it is forgotten", || server.connections() == 0).await;
        let mut other = consumer(port).await;
        other.write(frame_bytes(Header::request(1, true, 2).as_event(), b"N")).await;
        assert!(other.frame().await.is_some());
    });
}
