//! Floods: bounded in count and time, with a client beside them that must notice nothing, and a bound on what they cost.
//!
//! Each row attacks a listener of its own, one after the other, because memory is measured for the whole process. The
//! attackers hold little themselves; what grows is the listener. Each flood comes at least twice: what the first one leaves may be
//! what an allocator keeps; what each further one leaves on top of it is a leak.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test that cannot go on has failed, and a client that is slow on purpose sleeps"
)]

#[path = "floods/attack.rs"]
mod attack;
#[path = "floods/frames.rs"]
mod frames;
#[expect(dead_code, reason = "shared with the other tests of the port, which use all of it")]
mod front;
#[expect(dead_code, reason = "shared with the other tests of the port, which use all of it")]
mod wire;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    front::{Front, OK},
    wire::{Client, get},
};

/// How long one flood may take, unless it ends by itself before.
pub const LONGEST: Duration = Duration::from_secs(6);
/// What the process may grow by during a flood, in MiB, attackers included: three times what one worker lets wait unread, and some.
const MOST_GROWTH: usize = 128;
/// What a flood may leave on top of what the one before it left, in MiB.
const MOST_LEFT: usize = 32;
/// Floods after the first, at most: an allocator keeps memory in lumps, but in the end it has enough, which a leak never has.
const MOST_FLOODS: usize = 4;
/// How long connections of a flood that is over may take to end. Those that stay are idle or linger.
const LAST_TO_GO: Duration = Duration::from_secs(90);
/// The slowest answer that the client beside may see. Builds and other tests share the machine.
const SLOWEST: Duration = Duration::from_millis(1500);

/// One flood: a name, and what it does to an address until it ends or time is up.
type Flood = (&'static str, fn(SocketAddr));

const FLOODS: &[Flood] = &[
    ("connections that say nothing", attack::silence),
    ("connections that come and go", attack::churn),
    ("heads that never end", attack::endless_heads),
    ("heads that come byte by byte", attack::dripping_heads),
    ("heads of 64 KiB", attack::large_heads),
    ("bodies that drip", attack::dripping_bodies),
    ("bodies of 9 MiB that stop before their end", attack::held_bodies),
    ("chunks of one byte", attack::tiny_chunks),
    ("chunk extensions", attack::chunk_extensions),
    ("ten thousand pipelined requests", attack::pipeline),
    ("pipelined requests that nobody reads the answers of", attack::unread_pipeline),
    ("large answers that nobody reads", attack::unread_answers),
    ("large answers that are read byte by byte", attack::slow_readers),
    ("rubbish", attack::rubbish),
    ("uploads to a refusal", attack::refused_uploads),
    ("thousands of idle connections", attack::idle),
    ("bodies that nobody wants and that drip", attack::unwanted_bodies),
    ("clients that expect and stay silent", attack::expecting),
    ("clients that closed their side and wait", attack::half_closed),
    ("last requests one after the other", attack::last_requests),
    ("requests after the last answer", attack::after_the_last),
    ("empty lines", attack::empty_lines),
    ("refused requests one after the other", attack::refusals),
    ("connections reset in every stage", attack::resets),
    ("chunked trailers that never end", attack::endless_trailers),
    ("http2: rapid reset", frames::rapid_reset),
    ("http2: resets that the client provokes", frames::provoked_resets),
    ("http2: CONTINUATION", frames::continuation),
    ("http2: empty CONTINUATION", frames::empty_continuation),
    ("http2: one CONTINUATION after the other, byte by byte", frames::dripping_continuation),
    ("http2: connections that say hello and no more", frames::silence),
    ("http2: PING", frames::ping),
    ("http2: SETTINGS", frames::settings),
    ("http2: window flapping", frames::window_flapping),
    ("http2: PRIORITY", frames::priority),
    ("http2: unknown frames", frames::unknown),
    ("http2: empty DATA", frames::empty_data),
    ("http2: DATA of one byte", frames::tiny_data),
    ("http2: WINDOW_UPDATE by one", frames::tiny_windows),
    ("http2: header bomb", frames::header_bomb),
    ("http2: cookie crumbs", frames::cookie_crumbs),
    ("http2: table size flapping", frames::table_flapping),
    ("http2: settings never acknowledged", frames::unacknowledged),
    ("http2: uploads that stop", frames::held_uploads),
    ("http2: large header lists", frames::large_lists),
    ("http2: a thousand streams at once", frames::many_streams),
    ("http2: a thousand stalled streams of 1 MiB", frames::stalled_streams),
    ("http2: streams without a window", frames::no_window),
    ("http2: windows opened byte by byte", frames::byte_windows),
];

#[test]
fn no_flood_is_felt_by_the_client_beside_it_nor_held_in_memory() {
    let mut failures = Vec::new();
    for (name, flood) in FLOODS {
        let report = endure(*flood);
        println!("{name}: {report:?}");
        let felt = report.errors > 0 || report.slowest > SLOWEST || report.answers < 3;
        if felt || report.growth > MOST_GROWTH || report.left > MOST_LEFT || report.open > 0 {
            failures.push(format!("{name}: {report:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What the client beside saw, and what the process grew by.
#[derive(Debug)]
struct Report {
    answers: usize,
    errors: usize,
    slowest: Duration,
    /// MiB
    growth: usize,
    /// MiB that the last flood left on top of those before it.
    left: usize,
    /// Connections that a flood left open.
    open: usize,
    took: Duration,
}

/// Floods of one listener, one after the other, until one leaves nothing on top of what those before it left.
fn endure(flood: fn(SocketAddr)) -> Report {
    let front = Front::start();
    let mut report = attacked(&front, flood);
    for _ in 0..MOST_FLOODS {
        let before = resident();
        let again = attacked(&front, flood);
        report = Report {
            answers: report.answers.min(again.answers),
            errors: report.errors + again.errors,
            slowest: report.slowest.max(again.slowest),
            growth: report.growth.max(again.growth),
            left: resident().saturating_sub(before) >> 20,
            open: report.open + again.open,
            took: report.took + again.took,
        };
        if report.left <= MOST_LEFT {
            break;
        }
    }
    report
}

/// One flood, until its last connection has ended.
fn attacked(front: &Front, flood: fn(SocketAddr)) -> Report {
    let address = front.address;
    let stop = Arc::new(AtomicBool::new(false));
    let before = resident();
    let beside = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || watch(address, before, &stop))
    };
    let started = Instant::now();
    let attackers: Vec<_> = (0..2).map(|_| std::thread::spawn(move || flood(address))).collect();
    for attacker in attackers {
        attacker.join().unwrap();
    }
    let took = started.elapsed();
    // One more look after the flood.
    std::thread::sleep(Duration::from_millis(20));
    stop.store(true, Ordering::Relaxed);
    let mut report = beside.join().unwrap();
    report.took = took;
    let ended = Instant::now();
    while front.open() > 0 && ended.elapsed() < LAST_TO_GO {
        std::thread::sleep(Duration::from_millis(5));
    }
    report.open = front.open();
    report
}

/// Asks and asks over fresh and kept connections, and looks at the process' memory.
fn watch(address: SocketAddr, before: usize, stop: &AtomicBool) -> Report {
    let mut report =
        Report { answers: 0, errors: 0, slowest: Duration::ZERO, growth: 0, left: 0, open: 0, took: Duration::ZERO };
    while !stop.load(Ordering::Relaxed) {
        let mut client = Client::connect(address);
        for _ in 0..10 {
            let started = Instant::now();
            client.send(&get("/beside"));
            match client.answer(Duration::from_secs(5)) {
                Ok(answer) if answer.status == OK => report.answers += 1,
                _ => report.errors += 1,
            }
            report.slowest = report.slowest.max(started.elapsed());
            report.growth = report.growth.max(resident().saturating_sub(before) >> 20);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    report
}

/// Idle connections that one attacker may hold: both of their ends, of both attackers, are in this process.
pub fn crowd_size() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let limit = files.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    (limit / 5).min(2500)
}

/// Resident bytes of this process.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
