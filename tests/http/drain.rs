//! The end: what is under way is answered, what is idle goes, nothing is lost, and a deadline ends the rest.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use yumen_server::listener::{Caps, Drain, HttpLimits};

use crate::{
    front::{Front, OK},
    wire::{Client, End, PATIENCE, ask, get},
};

/// Waits for the end of a drain.
fn finished(drain: &Drain, patience: Duration) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(patience, drain.finished()).await.is_ok() })
}

#[test]
fn requests_under_way_are_answered_and_told_that_they_were_the_last() {
    let front = Front::start();
    let mut busy = Client::connect(front.address);
    busy.send(&get("/wait/3000"));
    let mut idle = Client::connect(front.address);
    idle.send(&get("/"));
    assert_eq!(idle.answer(PATIENCE).unwrap().status, OK);
    while front.calls() < 2 {
        std::thread::yield_now();
    }
    front.drain.begin();
    assert!(!finished(&front.drain, Duration::from_millis(50)));
    let answer = busy.answer(PATIENCE).unwrap();
    assert_eq!((answer.body.as_slice(), answer.is_last()), (&b"waited"[..], true));
    assert_eq!(busy.end(PATIENCE), End::Closed);
    assert_eq!(idle.end(PATIENCE), End::Closed);
    assert!(finished(&front.drain, PATIENCE));
    assert!(TcpStream::connect(front.address).is_err(), "the door is open");
}

#[test]
fn a_request_that_comes_in_the_race_is_answered() {
    let front = Front::start();
    let mut idle = Client::connect(front.address);
    idle.send(&get("/"));
    idle.answer(PATIENCE).unwrap();
    front.drain.begin();
    std::thread::sleep(Duration::from_millis(20));
    idle.send(&get("/"));
    let answer = idle.answer(PATIENCE).unwrap();
    assert_eq!((answer.status, answer.is_last()), (OK, true));
}

#[test]
fn no_request_is_lost_when_it_ends_under_load() {
    for round in 0..20 {
        let front = Front::start();
        let (lost, answered, stop) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let clients: Vec<_> = (0..6)
            .map(|_| {
                let (address, lost, answered, stop) =
                    (front.address, Arc::clone(&lost), Arc::clone(&answered), Arc::clone(&stop));
                std::thread::spawn(move || keep_asking(address, &lost, &answered, &stop))
            })
            .collect();
        let enough = 200 + round * 13;
        let deadline = Instant::now() + PATIENCE;
        while answered.load(Ordering::Relaxed) < enough && Instant::now() < deadline {
            std::thread::yield_now();
        }
        front.drain.begin();
        assert!(finished(&front.drain, PATIENCE));
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().unwrap();
        }
        assert_eq!(lost.load(Ordering::Relaxed), 0, "round {round}");
    }
}

/// Asks and asks, with new connections when one ends. A request that was sent and never answered is lost, unless its
/// connection was never taken.
fn keep_asking(address: std::net::SocketAddr, lost: &AtomicUsize, answered: &AtomicUsize, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        let mut first = true;
        loop {
            if stream.write_all(&get("/")).is_err() {
                // The connection was closed while it was idle: nothing was under way.
                lost.fetch_add(usize::from(!first), Ordering::Relaxed);
                break;
            }
            match read_answer(&mut stream) {
                Ok(last) => {
                    answered.fetch_add(1, Ordering::Relaxed);
                    first = false;
                    if last {
                        break;
                    }
                }
                // Refused by the kernel after the door had closed: the request was never taken.
                Err(ErrorKind::ConnectionReset) if first => break,
                Err(_) => {
                    lost.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            }
        }
    }
}

/// Reads one answer; true: it was the last.
fn read_answer(stream: &mut TcpStream) -> Result<bool, ErrorKind> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece).map_err(|error| error.kind())? {
            0 => return Err(ErrorKind::UnexpectedEof),
            count => bytes.extend_from_slice(&piece[..count]),
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(head.contains("connection: close"));
            }
        }
    }
}

#[test]
fn a_deadline_ends_what_does_not_end_by_itself() {
    let front = Front::start();
    let mut stuck = Client::connect(front.address);
    stuck.send(&get("/wait/60000"));
    let mut half = Client::connect(front.address);
    half.send(b"GET / HT");
    while front.calls() < 1 {
        std::thread::yield_now();
    }
    front.drain.begin();
    assert!(!finished(&front.drain, Duration::from_millis(100)));
    front.drain.force();
    assert!(finished(&front.drain, PATIENCE));
    assert_eq!(stuck.end(PATIENCE), End::Closed);
}

#[test]
fn http2_is_told_by_goaway_and_finishes_its_streams() {
    let front = Front::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use bytes::Bytes;
        use http_body_util::{BodyExt, Empty};
        use hyper_util::rt::{TokioExecutor, TokioIo};
        let socket = tokio::net::TcpStream::connect(front.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = http::Request::builder().uri("http://a/wait/300").body(Empty::<Bytes>::new()).unwrap();
        let answer = tokio::spawn(sender.send_request(request));
        while front.calls() < 1 {
            tokio::task::yield_now().await;
        }
        front.drain.begin();
        let answer = answer.await.unwrap().unwrap();
        assert_eq!(answer.collect().await.unwrap().to_bytes(), "waited");
        let ended = tokio::time::timeout(PATIENCE, connection).await.unwrap().unwrap();
        assert!(ended.is_ok(), "{ended:?}");
    });
    assert!(finished(&front.drain, PATIENCE));
}

#[test]
fn connections_beyond_a_cap_are_told_and_closed() {
    let front = Front::capped(HttpLimits::default(), Caps { total: 3, per_address: usize::MAX });
    let mut held: Vec<Client> = (0..3).map(|_| Client::connect(front.address)).collect();
    // Under way, so that none of them can make room.
    held.iter_mut().for_each(|client| client.send(&get("/wait/3000")));
    while front.calls() < 3 {
        std::thread::yield_now();
    }
    let mut beyond = Client::connect(front.address);
    let answer = beyond.answer(PATIENCE).unwrap();
    assert_eq!((answer.status, &answer.json()["status"]), (503, &503.into()));
    assert_eq!(beyond.end(PATIENCE), End::Closed);
    drop(held.pop());
    while front.open() > 2 {
        std::thread::yield_now();
    }
    assert_eq!(ask(front.address, &get("/")).status, OK);
    let front = Front::capped(HttpLimits::default(), Caps { total: usize::MAX, per_address: 1 });
    let _held = Client::connect(front.address);
    assert_eq!(ask(front.address, &get("/")).status, 503);
    assert!(front.metric("yumen_connections_refused_total") >= 1.0);
}

#[test]
fn a_newcomer_takes_the_place_of_the_longest_idle() {
    let front = Front::capped(HttpLimits::default(), Caps { total: 4, per_address: 8 });
    let mut held: Vec<Client> = (0..4).map(|_| Client::connect(front.address)).collect();
    // One says nothing, one stops within a head, one is idle after a request, one has a request under way.
    held[1].send(b"GET / HT");
    held[2].send(&get("/"));
    assert_eq!(held[2].answer(PATIENCE).unwrap().status, OK);
    held[3].send(&get("/wait/60000"));
    let mut newcomers: Vec<Client> = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while newcomers.len() < 3 {
        assert!(Instant::now() < deadline, "{} were let in", newcomers.len());
        let mut newcomer = Client::connect(front.address);
        newcomer.send(&get("/wait/60000"));
        // Told 503 at once while nobody was idle for long enough.
        match newcomer.answer(Duration::from_millis(30)) {
            Err(End::Silent) => newcomers.push(newcomer),
            other => assert!(other.is_ok_and(|answer| answer.status == 503)),
        }
    }
    for client in &mut held[..3] {
        assert_eq!(client.end(PATIENCE), End::Closed);
    }
    assert!(front.metric("yumen_connections_displaced_total") >= 3.0);
    assert_eq!(held[3].answer(Duration::from_millis(10)).unwrap_err(), End::Silent, "the one under way stays");
    assert_eq!(ask(front.address, &get("/")).status, 503);
}
