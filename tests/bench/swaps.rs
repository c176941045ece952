//! Ten thousand swaps of a plugin under load: does a request fail, does an answer mix two versions, does memory grow?
//!
//! The plugin writes what it is into the answer twice: what it was when the request came in, and what it is when the answer goes
//! out. Half way through, memory is looked at for the first time, so that what a process takes once does not count as growth.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::process::Process;

/// Connections that ask meanwhile.
const CLIENTS: usize = 8;

/// What the load saw and what the swaps took.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Swaps done.
    pub swaps: u32,
    /// Requests answered.
    pub requests: u64,
    /// Requests that were not answered with 200.
    pub failed: u64,
    /// Answers that carry two versions.
    pub mixed: u64,
    /// Median time of a swap, from order to confirmation.
    pub swap: Duration,
    /// Resident memory after a tenth of the swaps and after all of them.
    pub rss_mib: (f64, f64),
}

#[derive(Default)]
struct Seen {
    requests: AtomicU64,
    failed: AtomicU64,
    mixed: AtomicU64,
    over: AtomicBool,
}

/// Swaps between the two `versions` of `plugin` while clients ask for `path`.
pub fn run(
    front: SocketAddr,
    admin: &mut Client,
    process: &Process,
    plugin: &str,
    versions: &[String; 2],
    swaps: u32,
) -> Result<Outcome, Box<dyn Error>> {
    let seen = Arc::new(Seen::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let seen = Arc::clone(&seen);
            thread::spawn(move || ask(front, &seen))
        })
        .collect();
    let mut outcome = Outcome { swaps, ..Outcome::default() };
    let mut times = Vec::new();
    for swap in 0..swaps {
        let begun = Instant::now();
        activate(admin, plugin, &versions[swap as usize % 2])?;
        times.push(begun.elapsed());
        if swap == swaps / 10 {
            outcome.rss_mib.0 = process.rss_mib()?;
        }
    }
    outcome.rss_mib.1 = process.rss_mib()?;
    seen.over.store(true, Relaxed);
    for client in clients {
        client.join().map_err(|_| "a client panicked")?;
    }
    times.sort();
    outcome.swap = times[times.len() / 2];
    outcome.requests = seen.requests.load(Relaxed);
    outcome.failed = seen.failed.load(Relaxed);
    outcome.mixed = seen.mixed.load(Relaxed);
    Ok(outcome)
}

/// Makes a version the one that serves.
pub fn activate(admin: &mut Client, plugin: &str, version: &str) -> Result<(), Box<dyn Error>> {
    let body = format!("{{\"version\":\"{version}\"}}");
    let fields = [("content-type", "application/json"), ("if-match", "*")];
    let answer = admin.send("POST", &format!("/api/v1/plugins/{plugin}/activate"), &fields, body.as_bytes())?;
    if answer.status / 100 == 2 { Ok(()) } else { Err(format!("activating {version}: {answer:?}").into()) }
}

fn ask(front: SocketAddr, seen: &Seen) {
    let mut client = None;
    while !seen.over.load(Relaxed) {
        let connected = match client.take() {
            Some(client) => Ok(client),
            None => Client::connect(front),
        };
        let answered = connected.and_then(|mut client| {
            let answer = client.send("GET", "/echo/a", &[], b"")?;
            Ok((client, answer))
        });
        seen.requests.fetch_add(1, Relaxed);
        match answered {
            Ok((kept, answer)) if answer.status == 200 => {
                client = Some(kept);
                let versions = answer.field("x-versions").and_then(|field| field.split_once(' '));
                if versions.is_none_or(|(came, went)| came != went) {
                    seen.mixed.fetch_add(1, Relaxed);
                }
            }
            _ => {
                seen.failed.fetch_add(1, Relaxed);
            }
        }
    }
}
