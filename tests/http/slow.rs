//! Clients that take their time, stop half way, or go.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use yumen_server::listener::HttpLimits;

use crate::{
    front::{Front, OK},
    wire::{Client, End, PATIENCE, ask, get},
};

/// Long enough that a deadline of [`hasty`] has passed.
const LATER: Duration = Duration::from_secs(30);

/// Every deadline within a second.
fn hasty() -> HttpLimits {
    HttpLimits {
        header_timeout: Duration::from_millis(600),
        body_grace: Duration::from_millis(500),
        idle: Duration::from_millis(900),
        stalled_write: Duration::from_millis(900),
        ..HttpLimits::default()
    }
}

#[test]
fn a_head_that_takes_too_long_is_told_so() {
    let front = Front::with(hasty());
    let mut client = Client::connect(front.address);
    let started = Instant::now();
    for byte in b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
        client.send(&[*byte]);
        if started.elapsed() > Duration::from_millis(500) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(client.answer(LATER).unwrap().status, 408);
    assert_eq!(client.end(LATER), End::Closed);
    assert_eq!(front.calls(), 0);
    assert!(front.metric(r#"yumen_http_rejections_total{reason="header_timeout"}"#) > 0.0);
}

#[test]
fn every_byte_may_come_alone_if_it_comes_in_time() {
    let front = Front::start();
    let mut client = Client::connect(front.address);
    for byte in b"POST /a/../b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"
    {
        client.send(&[*byte]);
        std::thread::sleep(Duration::from_micros(300));
    }
    let answer = client.answer(PATIENCE).unwrap();
    assert_eq!((answer.status, &answer.json()["body"], &answer.json()["path"]), (OK, &5.into(), &"/b".into()));
}

#[test]
fn a_connection_without_a_byte_is_closed_without_a_word() {
    let front = Front::with(hasty());
    assert_eq!(Client::connect(front.address).end(LATER), End::Closed);
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let front = Front::with(HttpLimits { idle: Duration::from_secs(3), ..HttpLimits::default() });
    let mut client = Client::connect(front.address);
    for _ in 0..3 {
        client.send(&get("/"));
        assert_eq!(client.answer(PATIENCE).unwrap().status, OK);
        assert_eq!(client.end(Duration::from_millis(300)), End::Silent);
    }
    assert_eq!(client.end(LATER), End::Closed);
}

#[test]
fn a_connection_that_is_old_is_told_so_with_an_answer_and_closed() {
    let front = Front::with(HttpLimits { max_age: Duration::from_millis(500), ..HttpLimits::default() });
    let mut client = Client::connect(front.address);
    let started = Instant::now();
    loop {
        client.send(&get("/wait/50"));
        let answer = client.answer(PATIENCE).unwrap();
        assert_eq!(answer.status, OK);
        if answer.is_last() {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "still open");
    }
    assert!(started.elapsed() > Duration::from_millis(400), "{:?}", started.elapsed());
    assert_eq!(client.end(PATIENCE), End::Closed);
}

#[test]
fn a_request_under_way_is_not_idle() {
    let front = Front::with(hasty());
    assert_eq!(ask(front.address, &get("/wait/2000")).body, b"waited");
}

#[test]
fn a_body_that_stops_or_drips_is_told_so() {
    let front = Front::with(hasty());
    for head in ["Content-Length: 100000", "Transfer-Encoding: chunked", "Content-Length: 5\r\nExpect: 100-continue"] {
        let mut client = Client::connect(front.address);
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n").as_bytes());
        assert_eq!(client.answer(LATER).unwrap().status, 408, "{head}");
        assert_eq!(client.end(LATER), End::Closed);
    }
    let mut client = Client::connect(front.address);
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    let mut drips = 0;
    while client.answer(Duration::from_millis(50)).is_err_and(|end| end == End::Silent) && drips < 500 {
        client.send(b"x");
        drips += 1;
    }
    assert!((1..500).contains(&drips), "{drips}");
    assert_eq!(front.served(), 0);
}

#[test]
fn a_body_that_flows_may_take_longer_than_the_grace() {
    let front = Front::with(hasty());
    let mut client = Client::connect(front.address);
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n");
    for _ in 0..40 {
        client.send(&[b'x'; 1000]);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(client.answer(PATIENCE).unwrap().json()["body"], 40_000);
}

#[test]
fn an_expecting_client_is_told_to_go_on() {
    let front = Front::start();
    let mut client = Client::connect(front.address);
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.any_answer(PATIENCE).unwrap().status, 100);
    client.send(b"hello");
    assert_eq!(client.any_answer(PATIENCE).unwrap().json()["body"], 5);
    client.send(b"POST /limit/4 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.any_answer(PATIENCE).unwrap().status, 413);
}

#[test]
fn a_client_that_closed_its_side_is_answered() {
    let front = Front::start();
    for request in [
        get("/"),
        get("/wait/200"),
        get("/big/500"),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".to_vec(),
    ] {
        let mut client = Client::connect(front.address);
        client.send(&request);
        client.half_close();
        assert_eq!(client.answer(PATIENCE).unwrap().status, OK);
        assert_eq!(client.end(PATIENCE), End::Closed);
    }
    let mut client = Client::connect(front.address);
    client.send(&get("/wait/50").repeat(3));
    client.half_close();
    for _ in 0..3 {
        assert_eq!(client.answer(PATIENCE).unwrap().status, OK);
    }
}

#[test]
fn a_request_that_ends_half_way_is_refused_and_called_for_nothing() {
    let front = Front::start();
    for (part, status) in [
        ("GET / HT", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\n", 505),
    ] {
        let mut client = Client::connect(front.address);
        client.send(part.as_bytes());
        client.half_close();
        assert_eq!(client.answer(PATIENCE).unwrap().status, status, "{part}");
        assert_eq!(client.end(PATIENCE), End::Closed);
    }
    assert_eq!(front.served(), 0);
}

#[test]
fn a_client_that_goes_on_sending_after_the_last_answer_sees_its_end_and_no_reset() {
    let front = Front::start();
    for last in ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
        let mut stream = TcpStream::connect(front.address).unwrap();
        stream.write_all(last.as_bytes()).unwrap();
        for _ in 0..20 {
            stream.write_all(b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an end, not a reset");
        assert_eq!(answer.matches("200 OK").count(), 1, "{answer}");
    }
    assert_eq!(front.calls(), 2);
}

#[test]
fn a_client_that_goes_leaves_nothing_behind() {
    let front = Front::start();
    for part in [
        "",
        "GET /",
        "GET /wait/30 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhel",
    ] {
        for _ in 0..20 {
            let mut client = Client::connect(front.address);
            client.send(part.as_bytes());
        }
    }
    let deadline = Instant::now() + PATIENCE;
    while front.open() > 0 {
        assert!(Instant::now() < deadline, "{} connections are left", front.open());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(ask(front.address, &get("/")).status, OK);
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let front = Front::with(hasty());
    let stalled: Vec<TcpStream> = (0..3)
        .map(|_| {
            let mut stream = TcpStream::connect(front.address).unwrap();
            std::io::Write::write_all(&mut stream, &get("/big/20000")).unwrap();
            stream
        })
        .collect();
    let deadline = Instant::now() + PATIENCE + LATER;
    while front.open() > 0 || front.calls() < 3 {
        assert!(Instant::now() < deadline, "{} connections are left", front.open());
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(stalled);
}

#[test]
fn a_client_that_reads_drop_by_drop_is_cut_off_when_the_time_for_a_request_is_over() {
    let front = Front::with(HttpLimits { request_timeout: Duration::from_secs(2), ..HttpLimits::default() });
    let mut stream = TcpStream::connect(front.address).unwrap();
    stream.write_all(&get("/big/30000")).unwrap();
    let (started, mut piece, mut all) = (Instant::now(), vec![0; 64 << 10], 0);
    // Fast enough that it never stalls, and most of a minute too slow to come to the end.
    while front.calls() == 0 || front.open() > 0 {
        all += stream.read(&mut piece).unwrap();
        assert!(started.elapsed() < LATER, "still fed after {all} bytes");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(started.elapsed() > Duration::from_millis(1500), "{:?}", started.elapsed());
}

#[test]
fn a_large_answer_that_is_read_in_time_comes_whole() {
    let front = Front::with(HttpLimits { request_timeout: Duration::from_secs(20), ..HttpLimits::default() });
    assert_eq!(ask(front.address, &get("/big/50000")).body.len(), 50_000 << 10);
}

#[test]
fn the_answer_to_an_upload_too_large_arrives_although_the_client_is_still_sending() {
    let front = Front::start();
    for length in [11 << 20, 30 << 20] {
        let mut client = Client::connect(front.address);
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n").as_bytes());
        client.send(&vec![b'x'; length]);
        assert_eq!(client.answer(PATIENCE).unwrap().status, 413);
    }
}
