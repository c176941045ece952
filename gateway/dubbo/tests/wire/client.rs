//! One outgoing connection against a scripted peer.

use std::sync::Arc;
use std::task::{Context, Wake};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::io::AsyncReadExt;
use yumen_dubbo::body::read_reply;
use yumen_dubbo::error::{ErrorKind, Sent, Status};
use yumen_dubbo::exchange::client::{End, Strays};
use yumen_dubbo::exchange::{ExchangeOptions, HEARTBEATS_UNTIL_DEAD};
use yumen_dubbo::frame::{Header, Kind};

use crate::peer::{call, connected, frame_bytes, framed, reply_bytes, run, settle, text, until};

fn quick(heartbeat: Duration) -> ExchangeOptions {
    ExchangeOptions { heartbeat, ..ExchangeOptions::default() }
}

#[test]
fn replies_in_any_order_reach_the_calls_they_answer() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let calls = [b"a", b"b", b"c"].map(|body| call(&client, body).unwrap());
        let mut ids = Vec::new();
        for body in [b"a", b"b", b"c"] {
            let frame = peer.frame().await.unwrap();
            assert_eq!((frame.header.kind, &frame.body[..]), (Kind::Request { two_way: true }, &body[..]));
            ids.push(frame.header.id);
        }
        for at in [2, 0, 1] {
            peer.reply(ids[at], &at.to_string()).await;
        }
        for (at, call) in calls.into_iter().enumerate() {
            assert_eq!(text(&call.await.unwrap()), at.to_string());
        }
        assert_eq!((client.in_flight(), client.strays()), (0, Strays::default()));
    });
}

#[test]
fn calls_of_one_turn_leave_in_one_write() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let _calls: Vec<_> = (0..50).map(|_| call(&client, &[7; 100]).unwrap()).collect();
        let mut buffer = vec![0; 64 * 1024];
        assert_eq!(peer.stream.read(&mut buffer).await.unwrap(), 50 * framed(100));
    });
}

#[test]
fn replies_split_into_bytes_or_joined_in_one_segment_are_the_same() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        for bytewise in [true, false] {
            let calls: Vec<_> = (0..3).map(|_| call(&client, b"").unwrap()).collect();
            let mut replies = Vec::new();
            for text in ["x", "y", "z"] {
                replies.extend(reply_bytes(peer.frame().await.unwrap().header.id, text));
            }
            for piece in replies.chunks(if bytewise { 1 } else { replies.len() }) {
                peer.write(piece).await;
                settle().await;
            }
            let mut texts = String::new();
            for call in calls {
                texts += &text(&call.await.unwrap());
            }
            assert_eq!(texts, "xyz");
        }
    });
}

#[test]
fn a_dropped_call_frees_its_slot_and_its_late_reply_is_counted() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let dropped = call(&client, b"").unwrap();
        let late = peer.frame().await.unwrap().header.id;
        drop(dropped);
        assert_eq!(client.in_flight(), 0);
        let next = call(&client, b"").unwrap();
        let id = peer.frame().await.unwrap().header.id;
        peer.reply(late, "late").await;
        peer.reply(id, "mine").await;
        assert_eq!(text(&next.await.unwrap()), "mine");
        assert_eq!(client.strays(), Strays { late: 1, unknown: 0 });
    });
}

#[test]
fn a_panic_in_the_reader_closes_the_connection_and_fails_its_calls() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics");
        }
    }
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let mut strange = call(&client, b"").unwrap();
        let id = peer.frame().await.unwrap().header.id;
        assert!(strange.poll_unpin(&mut Context::from_waker(&Arc::new(Panics).into())).is_pending());
        let waiting = call(&client, b"").unwrap();
        peer.reply(id, "boom").await;
        assert_eq!(waiting.await.unwrap_err().kind, ErrorKind::Closed);
        assert!(!client.is_open());
    });
}

#[test]
fn a_call_without_reply_ends_at_its_deadline_and_others_go_on() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let now = Instant::now();
        let patient = call(&client, b"").unwrap();
        let hasty = client.call(now, now + Duration::from_millis(30), |_| {}).unwrap();
        let error = hasty.await.unwrap_err();
        let after = now.elapsed();
        assert_eq!((error.kind, error.sent), (ErrorKind::Timeout, Sent::Maybe));
        assert!((30..30_000).contains(&after.as_millis()), "{after:?}");
        let (first, second) = (peer.frame().await.unwrap(), peer.frame().await.unwrap());
        peer.reply(second.header.id, "late").await;
        peer.reply(first.header.id, "ok").await;
        assert_eq!(text(&patient.await.unwrap()), "ok");
        assert_eq!(client.strays().late, 1);
    });
}

#[test]
fn deadlines_in_any_order_are_all_kept() {
    run(async {
        let (client, _peer) = connected(ExchangeOptions::default()).await;
        let now = Instant::now();
        let waits = [60_u64, 20, 40].map(|ms| {
            let limit = Duration::from_millis(ms);
            let waiter = client.call(now, now + limit, |_| {}).unwrap();
            async move {
                assert_eq!(waiter.await.unwrap_err().kind, ErrorKind::Timeout);
                assert!(now.elapsed() >= limit && now.elapsed() < limit + Duration::from_secs(20));
            }
        });
        futures_util::future::join_all(waits).await;
    });
}

#[test]
fn a_peer_that_closes_inside_a_frame_fails_every_call_at_once() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let calls = [(); 3].map(|()| call(&client, b"").unwrap());
        let id = peer.frame().await.unwrap().header.id;
        let reply = reply_bytes(id, "never whole");
        peer.write(&reply[..reply.len() - 1]).await;
        drop(peer);
        for call in calls {
            let error = call.await.unwrap_err();
            assert_eq!((error.kind, error.sent), (ErrorKind::Closed, Sent::Maybe), "{error}");
            assert!(error.message.contains("inside a frame") || error.message.contains("reset"), "{error}");
        }
        let error = call(&client, b"").unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Connect, Sent::Never));
    });
}

#[test]
fn a_call_whose_bytes_never_left_says_so() {
    run(async {
        let options = ExchangeOptions { write_queue: 1 << 30, ..ExchangeOptions::default() };
        let (client, mut peer) = connected(options).await;
        let sent = call(&client, b"small").unwrap();
        peer.frame().await.unwrap();
        // More than the two sockets can hold, so that the end of it stays with us.
        let stuck: Vec<_> = (0..20).map(|_| call(&client, &vec![0; 1 << 20]).unwrap()).collect();
        settle().await;
        let unsent = call(&client, b"unsent").unwrap();
        drop(peer);
        assert_eq!(sent.await.unwrap_err().sent, Sent::Maybe);
        let stuck = futures_util::future::join_all(stuck).await;
        assert_eq!(stuck.first().map(|stuck| stuck.as_ref().unwrap_err().sent), Some(Sent::Maybe));
        let error = unsent.await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Closed, Sent::Never));
        assert!(error.may_retry(false));
    });
}

#[test]
fn a_providers_heartbeat_is_answered_with_its_id_and_serialization() {
    run(async {
        let (_client, mut peer) = connected(ExchangeOptions::default()).await;
        for (serialization, body) in [(2, b"N".as_slice()), (23, b"\0\0\0\x01\xAF"), (8, b"")] {
            let id = 0xFFFF_FFFF_0000_0001;
            peer.write(frame_bytes(Header::request(id, true, serialization).as_event(), body)).await;
            let answer = peer.frame().await.unwrap();
            assert!(answer.header.event);
            assert_eq!(answer.header.kind, Kind::Response { status: 20 });
            assert_eq!((answer.header.id, answer.header.serialization), (id, serialization));
            assert_eq!(&answer.body[..], body);
        }
        // A one-way heartbeat and an unknown event want no answer: the next frame answers the last one.
        peer.write(frame_bytes(Header::request(1, false, 2).as_event(), b"N")).await;
        peer.write(frame_bytes(Header::request(2, true, 2).as_event(), b"\x01?")).await;
        peer.write(frame_bytes(Header::request(3, true, 2).as_event(), b"N")).await;
        assert_eq!(peer.frame().await.unwrap().header.id, 3);
    });
}

#[test]
fn a_silent_provider_is_asked_and_an_answer_keeps_the_connection() {
    run(async {
        let (client, mut peer) = connected(quick(Duration::from_millis(500))).await;
        for _ in 0..=HEARTBEATS_UNTIL_DEAD {
            let beat = peer.frame().await.unwrap();
            assert!(beat.header.event && beat.header.kind == Kind::Request { two_way: true });
            assert_eq!(&beat.body[..], b"N");
            peer.write(frame_bytes(Header::response(beat.header.id, 20, 2).as_event(), b"N")).await;
        }
        assert!(client.is_open());
        assert_eq!(client.strays(), Strays::default());
    });
}

#[test]
fn a_provider_silent_for_three_heartbeats_is_dead() {
    run(async {
        let (client, mut peer) = connected(quick(Duration::from_millis(40))).await;
        let start = Instant::now();
        let waiting = call(&client, b"").unwrap();
        let error = waiting.await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::Closed, Sent::Maybe));
        assert!(start.elapsed() >= Duration::from_millis(120));
        assert!(matches!(client.ended().await, End::Broken(why) if why.contains("silent")));
        peer.ends().await;
    });
}

#[test]
fn a_provider_that_lets_calls_expire_in_silence_is_asked_and_unavailable_until_it_is_heard_of() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let expire = async |ms| {
            let now = Instant::now();
            let waiter = client.call(now, now + Duration::from_millis(ms), |_| {}).unwrap();
            assert_eq!(waiter.await.unwrap_err().kind, ErrorKind::Timeout);
        };
        expire(30).await;
        assert!(client.is_available(), "so short a silence says nothing");
        peer.frame().await.unwrap();
        for _ in 0..2 {
            expire(600).await;
            assert!(!client.is_available());
            peer.frame().await.unwrap();
            // Asked at once and again, though the next heartbeat would be due in a minute.
            for _ in 0..2 {
                let beat = peer.frame().await.unwrap();
                assert!(beat.header.event && beat.header.kind == Kind::Request { two_way: true });
            }
            assert!(!client.is_available());
            peer.write(frame_bytes(Header::response(u64::from(u32::MAX), 20, 2).as_event(), b"N")).await;
            until("it is heard of", || client.is_available()).await;
        }
    });
}

#[test]
fn a_call_that_expires_while_others_are_answered_says_nothing_of_the_provider() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let now = Instant::now();
        let slow = client.call(now, now + Duration::from_millis(900), |_| {}).unwrap();
        peer.frame().await.unwrap();
        let quick = async {
            while now.elapsed() < Duration::from_millis(1000) {
                let quick = call(&client, b"").unwrap();
                let id = peer.frame().await.unwrap().header.id;
                peer.reply(id, "ok").await;
                quick.await.unwrap();
                assert!(client.is_available());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let (slow, ()) = tokio::join!(slow, quick);
        assert_eq!(slow.unwrap_err().kind, ErrorKind::Timeout);
    });
}

#[test]
fn a_provider_that_goes_away_gets_no_new_calls_while_those_in_flight_finish() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let waiting = call(&client, b"").unwrap();
        let id = peer.frame().await.unwrap().header.id;
        for (serialization, away, back) in
            [(2, b"\x01R".as_slice(), b"\x01W".as_slice()), (23, b"\0\0\0\x02\x4AR", b"\0\0\0\x02\x4AW")]
        {
            assert!(client.is_available());
            peer.write(frame_bytes(Header::request(0, false, serialization).as_event(), away)).await;
            until("the connection is read-only", || !client.is_available()).await;
            assert!(client.is_open());
            peer.write(frame_bytes(Header::request(0, false, serialization).as_event(), back)).await;
            until("the connection is writable again", || client.is_available()).await;
        }
        peer.reply(id, "done").await;
        assert_eq!(text(&waiting.await.unwrap()), "done");
    });
}

#[test]
fn a_connection_without_calls_is_closed() {
    run(async {
        let options = ExchangeOptions { idle: Some(Duration::from_millis(50)), ..ExchangeOptions::default() };
        let (client, mut peer) = connected(options).await;
        let busy = call(&client, b"").unwrap();
        tokio::time::sleep(Duration::from_millis(120)).await;
        assert!(client.is_open(), "a call in flight keeps it open");
        let id = peer.frame().await.unwrap().header.id;
        peer.reply(id, "ok").await;
        busy.await.unwrap();
        assert_eq!(client.ended().await, End::Idle);
        peer.ends().await;
    });
}

#[test]
fn a_request_above_the_limit_is_refused_and_leaves_the_connection_clean() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions { payload: 100, ..ExchangeOptions::default() }).await;
        let error = call(&client, &[0; 101]).unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::PayloadTooLarge, Sent::Never));
        assert_eq!(client.in_flight(), 0);
        let _fits = call(&client, &[1; 100]).unwrap();
        assert_eq!(peer.frame().await.unwrap().body, [1; 100].as_slice());
    });
}

#[test]
fn a_reply_above_the_limit_fails_its_call_at_its_header_and_no_other() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions { payload: 100, ..ExchangeOptions::default() }).await;
        let (large, small) = (call(&client, b"").unwrap(), call(&client, b"").unwrap());
        let (first, second) = (peer.frame().await.unwrap().header.id, peer.frame().await.unwrap().header.id);
        let reply = frame_bytes(Header::response(first, 20, 2), &vec![0; 100_000]);
        peer.write(&reply[..16]).await;
        let error = large.await.unwrap_err();
        assert_eq!((error.kind, error.sent), (ErrorKind::PayloadTooLarge, Sent::Maybe));
        peer.write(&reply[16..]).await;
        peer.reply(second, "ok").await;
        assert_eq!(text(&small.await.unwrap()), "ok");
    });
}

#[test]
fn statuses_come_with_the_providers_text_in_either_serialization() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        for (status, serialization, body, expected) in [
            (40, 2, b"\x04nope".as_slice(), "nope"),
            (70, 23, b"\0\0\0\x05\x4Dnope", "nope"),
            (100, 2, b"\x04full", "full"),
            (99, 2, b"N", "(text in serialization 2, unreadable)"),
            (80, 8, b"????", "(text in serialization 8, unreadable)"),
        ] {
            let waiting = call(&client, b"").unwrap();
            let id = peer.frame().await.unwrap().header.id;
            peer.write(frame_bytes(Header::response(id, status, serialization), body)).await;
            let error = read_reply(waiting.await.unwrap()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Provider(Status::from_code(status)));
            assert_eq!(error.message, expected);
        }
    });
}

#[test]
fn a_one_way_request_waits_for_nothing() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        client.send(Instant::now(), |out| out.extend_from_slice(b"go")).unwrap();
        assert_eq!(client.in_flight(), 0);
        let frame = peer.frame().await.unwrap();
        assert_eq!((frame.header.kind, &frame.body[..]), (Kind::Request { two_way: false }, &b"go"[..]));
        // A provider that answers it all the same reaches nobody.
        peer.reply(frame.header.id, "ok").await;
        until("the answer is counted", || client.strays().unknown == 1).await;
    });
}

#[test]
fn dropping_the_client_closes_the_socket_and_fails_its_calls() {
    run(async {
        let (client, mut peer) = connected(ExchangeOptions::default()).await;
        let waiting = call(&client, b"").unwrap();
        drop(client);
        assert_eq!(waiting.now_or_never().unwrap().unwrap_err().sent, Sent::Never);
        assert!(peer.frame().await.is_none(), "not one byte was sent");
    });
}
