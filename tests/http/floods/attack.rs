//! Floods over HTTP/1.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::LONGEST;

const HEAD: &str = "GET /x HTTP/1.1\r\nHost: a\r\n";

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream
}

/// Writes as much as the server takes; false when it took nothing for a while or closed.
pub fn push(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

fn crowd(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| connect(address)).collect()
}

/// Reads what is there and forgets it; false at the end.
pub fn drink(stream: &mut TcpStream) -> bool {
    let mut scratch = [0; 64 << 10];
    !matches!(stream.read(&mut scratch), Ok(0))
}

pub fn silence(address: SocketAddr) {
    let crowd = crowd(address, 800);
    std::thread::sleep(Duration::from_secs(1));
    drop(crowd);
}

pub fn churn(address: SocketAddr) {
    for round in 0..2000 {
        let mut stream = connect(address);
        if round % 3 == 0 {
            push(&mut stream, b"GET /x HTTP");
        }
    }
}

pub fn endless_heads(address: SocketAddr) {
    for mut stream in crowd(address, 100) {
        push(&mut stream, HEAD.as_bytes());
        for index in 0..5000 {
            if !push(&mut stream, format!("X-{index}: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").as_bytes()) {
                break;
            }
        }
    }
}

pub fn dripping_heads(address: SocketAddr) {
    let mut crowd = crowd(address, 300);
    for byte in HEAD.as_bytes().iter().cycle().take(60) {
        crowd.iter_mut().for_each(|stream| {
            push(stream, &[*byte]);
        });
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn large_heads(address: SocketAddr) {
    let value = "b".repeat(64 << 10);
    for _ in 0..200 {
        let mut stream = connect(address);
        push(&mut stream, format!("{HEAD}X-A: {value}\r\n\r\n").as_bytes());
        drink(&mut stream);
    }
}

pub fn dripping_bodies(address: SocketAddr) {
    let mut crowd = crowd(address, 300);
    for stream in &mut crowd {
        push(stream, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    }
    for _ in 0..40 {
        crowd.iter_mut().for_each(|stream| {
            push(stream, b"x");
        });
        std::thread::sleep(Duration::from_millis(30));
    }
}

pub fn held_bodies(address: SocketAddr) {
    let piece = vec![b'x'; 64 << 10];
    let mut crowd = crowd(address, 30);
    for stream in &mut crowd {
        push(stream, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9437184\r\n\r\n");
    }
    for _ in 0..9 * 16 - 1 {
        crowd.retain_mut(|stream| push(stream, &piece));
    }
    std::thread::sleep(Duration::from_millis(300));
}

pub fn tiny_chunks(address: SocketAddr) {
    let chunks = b"1\r\nx\r\n".repeat(10_000);
    for mut stream in crowd(address, 10) {
        push(&mut stream, b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        push(&mut stream, &chunks);
        push(&mut stream, b"0\r\n\r\n");
        drink(&mut stream);
    }
}

pub fn chunk_extensions(address: SocketAddr) {
    let extension = vec![b'a'; 64 << 10];
    for mut stream in crowd(address, 50) {
        push(&mut stream, b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;");
        while push(&mut stream, &extension) && drink(&mut stream) {}
    }
}

pub fn pipeline(address: SocketAddr) {
    let mut stream = connect(address);
    let requests = format!("{HEAD}\r\n").repeat(100);
    for _ in 0..100 {
        push(&mut stream, requests.as_bytes());
        drink(&mut stream);
    }
    while drink(&mut stream) && stream.set_read_timeout(Some(Duration::from_millis(20))).is_ok() {
        let mut scratch = [0; 64 << 10];
        if stream.read(&mut scratch).is_err() {
            break;
        }
    }
}

pub fn unread_pipeline(address: SocketAddr) {
    let requests = format!("{HEAD}\r\n").repeat(100);
    let mut crowd = crowd(address, 50);
    let started = Instant::now();
    while !crowd.is_empty() && started.elapsed() < LONGEST {
        crowd.retain_mut(|stream| push(stream, requests.as_bytes()));
    }
}

pub fn unread_answers(address: SocketAddr) {
    let mut crowd = crowd(address, 200);
    for stream in &mut crowd {
        push(stream, &b"GET /big/1024 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10));
    }
    std::thread::sleep(Duration::from_secs(2));
}

pub fn slow_readers(address: SocketAddr) {
    let mut crowd = crowd(address, 100);
    for stream in &mut crowd {
        push(stream, b"GET /big/1024 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for _ in 0..50 {
        for stream in &mut crowd {
            let _read = stream.read(&mut [0; 1]);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn rubbish(address: SocketAddr) {
    let mut seed = 88_172_645_463_325_252_u64;
    for _ in 0..1000 {
        let mut stream = connect(address);
        let bytes: Vec<u8> = (0..512)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed.to_le_bytes()[3]
            })
            .collect();
        push(&mut stream, &bytes);
    }
}

pub fn refused_uploads(address: SocketAddr) {
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..20 {
        let mut stream = connect(address);
        push(&mut stream, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
        for _ in 0..20 {
            if !push(&mut stream, &piece) {
                break;
            }
        }
    }
}

/// Each connection has asked once, so that whatever it keeps is there.
pub fn idle(address: SocketAddr) {
    let mut crowd = crowd(address, crate::crowd_size());
    for stream in &mut crowd {
        push(stream, format!("{HEAD}\r\n").as_bytes());
    }
    crowd.iter_mut().for_each(|stream| {
        drink(stream);
    });
    std::thread::sleep(Duration::from_millis(500));
}

pub fn unwanted_bodies(address: SocketAddr) {
    let heads = ["Content-Length: 1000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffff\r\n"];
    let mut crowd = crowd(address, 300);
    for (stream, head) in crowd.iter_mut().zip(heads.iter().cycle()) {
        push(stream, format!("POST /unwanted HTTP/1.1\r\nHost: a\r\n{head}").as_bytes());
    }
    for _ in 0..40 {
        crowd.iter_mut().for_each(|stream| {
            push(stream, b"x");
        });
        std::thread::sleep(Duration::from_millis(30));
    }
}

pub fn expecting(address: SocketAddr) {
    let mut crowd = crowd(address, 400);
    for stream in &mut crowd {
        push(stream, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n");
    }
    std::thread::sleep(Duration::from_secs(1));
}

pub fn half_closed(address: SocketAddr) {
    let mut crowd = crowd(address, 400);
    for stream in &mut crowd {
        push(stream, b"GET /wait/1000 HTTP/1.1\r\nHost: a\r\n\r\n");
        let _gone = stream.shutdown(Shutdown::Write);
    }
    std::thread::sleep(Duration::from_millis(1200));
}

pub fn last_requests(address: SocketAddr) {
    for _ in 0..1500 {
        let mut stream = connect(address);
        push(&mut stream, format!("{HEAD}Connection: close\r\n\r\n").as_bytes());
        drink(&mut stream);
    }
}

/// The server has said that it reads no further request; they come all the same.
pub fn after_the_last(address: SocketAddr) {
    let more = format!("{HEAD}\r\n").repeat(500);
    let mut crowd = crowd(address, 100);
    for stream in &mut crowd {
        push(stream, format!("{HEAD}Connection: close\r\n\r\n").as_bytes());
    }
    let started = Instant::now();
    while !crowd.is_empty() && started.elapsed() < LONGEST {
        crowd.retain_mut(|stream| push(stream, more.as_bytes()));
    }
}

pub fn empty_lines(address: SocketAddr) {
    let lines = b"\r\n".repeat(10_000);
    for _ in 0..300 {
        let mut stream = connect(address);
        push(&mut stream, &lines);
        drink(&mut stream);
    }
    let mut crowd = crowd(address, 300);
    for byte in b"\r\n\r\n\r\n\r\n" {
        crowd.iter_mut().for_each(|stream| {
            push(stream, &[*byte]);
        });
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn refusals(address: SocketAddr) {
    let mut stream = connect(address);
    let refused = "GET /%2f HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    for _ in 0..50 {
        push(&mut stream, refused.as_bytes());
        drink(&mut stream);
    }
    for _ in 0..1000 {
        let mut stream = connect(address);
        push(&mut stream, b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n");
    }
}

pub fn resets(address: SocketAddr) {
    let request = b"POST /wait/20 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for stage in (0..=request.len()).cycle().take(1500) {
        let stream = tokio::net::TcpSocket::new_v4().unwrap();
        stream.set_zero_linger().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stream = runtime.block_on(stream.connect(address)).unwrap();
        let _gone = runtime.block_on(stream.writable());
        let _written = stream.try_write(&request[..stage]);
    }
}

pub fn endless_trailers(address: SocketAddr) {
    let trailer = b"X-Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100);
    for mut stream in crowd(address, 100) {
        push(&mut stream, b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
        while push(&mut stream, &trailer) && drink(&mut stream) {}
    }
}
