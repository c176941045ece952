//! Peers that lie, flood, stall or speak something else: what each of them gets.

use std::time::Duration;

use yumen_dubbo::body::read_reply;
use yumen_dubbo::error::{ErrorKind, Sent};
use yumen_dubbo::exchange::ExchangeOptions;
use yumen_dubbo::exchange::client::{End, Strays};
use yumen_dubbo::frame::{HEADER_LEN, Header, Kind};

use crate::peer::{call, connected, frame_bytes, reply_bytes, run, settle, text, until};

/// A provider sends `bytes` while a call waits; the connection must end with `reason`.
#[track_caller]
fn breaks(bytes: &[u8], reason: &str) {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let waiting = call(&client, b"").unwrap();
        peer.frame().await.unwrap();
        peer.write(bytes).await;
        let error = waiting.await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Closed, Sent::Maybe));
        match client.ended().await {
            End::Broken(why) => assert!(why.contains(reason), "{why}"),
            end => panic!("{end:?}"),
        }
        peer.ends().await;
    });
}

#[test]
fn another_protocol_ends_the_connection_without_a_search_for_the_next_frame() {
    let reply = reply_bytes(1, "ok");
    for bytes in [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), b"dubbo>", b"\x15\x03\x01\0\x02", b"\r\n", b"\xDA\xBC"] {
        breaks(&[bytes, &reply].concat(), "not a Dubbo frame");
    }
    for offset in 1..HEADER_LEN {
        breaks(&[&vec![0; offset], reply.as_slice()].concat(), "not a Dubbo frame");
    }
}

#[test]
fn an_impossible_length_ends_the_connection() {
    for (length, reason) in [(-1, "negative"), (i32::MIN, "negative")] {
        let mut header = Header::response(1, 20, 2).encode();
        header[12..].copy_from_slice(&i32::to_be_bytes(length));
        breaks(&header, reason);
    }
    let huge = Header { length: 1 << 20, ..Header::request(1, true, 2).as_event() };
    breaks(&huge.encode(), "event with a body");
}

#[test]
fn the_longest_length_is_skipped_without_making_room_for_it() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let waiting = call(&client, b"").unwrap();
        let id = peer.frame().await.unwrap().header.id;
        peer.write(Header { length: i32::MAX as u32, ..Header::response(id, 20, 2) }.encode()).await;
        assert_eq!(waiting.await.unwrap_err().kind, ErrorKind::PayloadTooLarge);
    });
}

#[test]
fn an_empty_or_broken_result_fails_its_call_alone() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        for (serialization, body) in [
            (2, b"".as_slice()),
            (2, b"\x91"),
            (2, b"\x96N"),
            (2, b"N"),
            (0, b"\x91N"),
            (1, b"\x91N"),
            (7, b"\x91N"),
            (23, b"\0\0\0\x01\x01"),
            (31, b"\x91N"),
        ] {
            let waiting = call(&client, b"").unwrap();
            let id = peer.frame().await.unwrap().header.id;
            peer.write(frame_bytes(Header::response(id, 20, serialization), body)).await;
            let error = read_reply(waiting.await.unwrap()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadReply, "{serialization} {body:?}");
        }
        assert!(client.is_open());
    });
}

#[test]
fn replies_nobody_asked_for_are_counted_and_reach_nobody() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let waiting = call(&client, b"").unwrap();
        let id = peer.frame().await.unwrap().header.id;
        for stray in [0, 1, u64::MAX, id ^ 1, id.wrapping_add(1 << 32), id | 1 << 63] {
            peer.reply(stray, "evil").await;
        }
        // A request from the provider, under the id of a call of ours.
        peer.write(frame_bytes(Header::request(id, true, 2), b"")).await;
        peer.reply(id, "mine").await;
        peer.reply(id, "twice").await;
        assert_eq!(text(&waiting.await.unwrap()), "mine");
        until("all are counted", || client.strays() == Strays { late: 0, unknown: 8 }).await;
        assert!(client.is_open());
    });
}

#[test]
fn a_flood_of_unknown_replies_ends_the_connection() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let flood: Vec<u8> = (0..1001).flat_map(|id| reply_bytes(id, "")).collect();
        peer.write(flood).await;
        assert!(matches!(client.ended().await, End::Broken(why) if why.contains("unknown")));
    });
}

#[test]
fn a_burst_of_late_replies_does_not_end_the_connection() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let calls: Vec<_> = (0..3000).map(|_| call(&client, b"").unwrap()).collect();
        let mut late = Vec::new();
        for _ in 0..3000 {
            late.extend(reply_bytes(peer.frame().await.unwrap().header.id, "late"));
        }
        drop(calls);
        peer.write(late).await;
        until("all are counted", || client.strays() == Strays { late: 3000, unknown: 0 }).await;
        assert!(client.is_open());
    });
}

#[test]
fn a_storm_of_heartbeats_fills_no_memory_when_the_answers_are_not_read() {
    run(async {
        let options = ExchangeOptions { write_queue: 1 << 16, ..ExchangeOptions::default() };
        let (client, mut peer) = connected(options).await;
        let storm = frame_bytes(Header::request(1, true, 2).as_event(), b"N").repeat(60_000);
        for _ in 0..10 {
            peer.write(&storm).await;
        }
        assert!(client.is_open());
    });
}

#[test]
fn a_status_on_an_event_and_unknown_events_are_ignored() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let waiting = call(&client, b"").unwrap();
        let id = peer.frame().await.unwrap().header.id;
        peer.write(frame_bytes(Header::response(id, 40, 2).as_event(), b"\x02no")).await;
        peer.write(frame_bytes(Header::request(id, true, 2).as_event(), b"\x01X")).await;
        peer.reply(id, "ok").await;
        assert_eq!(text(&waiting.await.unwrap()), "ok");
    });
}

#[test]
fn a_peer_that_reads_nothing_fills_a_bounded_queue_and_then_gets_no_calls() {
    run(async {
        let options = ExchangeOptions { write_queue: 1 << 20, ..ExchangeOptions::default() };
        let (client, _peer) = connected(options).await;
        let mut calls = Vec::new();
        let refused = loop {
            match call(&client, &vec![0; 256 << 10]) {
                Ok(waiting) => calls.push(waiting),
                Err(error) => break error,
            }
            settle().await;
            assert!(calls.len() < 200, "the queue is bounded");
        };
        assert_eq!((refused.kind, refused.sent), (ErrorKind::Busy, Sent::Never));
    });
}

#[test]
fn calls_in_flight_are_bounded() {
    run(async {
        let options = ExchangeOptions { calls: 3, ..ExchangeOptions::default() };
        let (client, mut peer) = connected(options).await;
        let mut calls: Vec<_> = (0..3).map(|_| call(&client, b"").unwrap()).collect();
        let refused = call(&client, b"").unwrap_err();
        assert_eq!((refused.kind, refused.sent), (ErrorKind::Busy, Sent::Never));
        let id = peer.frame().await.unwrap().header.id;
        peer.reply(id, "ok").await;
        calls.remove(0).await.unwrap();
        call(&client, b"").unwrap();
    });
}

#[test]
fn a_hundred_thousand_calls_in_flight_are_told_apart() {
    run(async {
        let options = ExchangeOptions { calls: 100_000, ..ExchangeOptions::default() };
        let (client, mut peer) = connected(options).await;
        let calls: Vec<_> = (0..100_000).map(|_| call(&client, b"").unwrap()).collect();
        let echo = async {
            let mut replies = Vec::new();
            for at in 0..100_000_u32 {
                let id = peer.frame().await.unwrap().header.id;
                replies.extend(frame_bytes(Header::response(id, 20, 2), &at.to_be_bytes()));
            }
            peer.write(replies).await;
        };
        let ((), replies) = tokio::join!(echo, futures_util::future::join_all(calls));
        for (at, reply) in replies.into_iter().enumerate() {
            assert_eq!(reply.unwrap().body, (at as u32).to_be_bytes().as_slice());
        }
    });
}

#[test]
fn a_half_open_peer_costs_its_calls_no_more_than_their_deadline() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let now = std::time::Instant::now();
        let waiting = client.call(now, now + Duration::from_millis(30), |_| {}).unwrap();
        assert_eq!(peer.frame().await.unwrap().header.kind, Kind::Request { two_way: true });
        assert_eq!(waiting.await.unwrap_err().kind, ErrorKind::Timeout);
        assert!(client.is_open(), "slow is not dead");
    });
}
