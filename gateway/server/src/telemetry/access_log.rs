//! One line a request: text on a terminal, JSON when piped.
//!
//! ```text
//!  Line ─▶ bytes in this worker's buffer ─▶ (32 KiB, or 200 ms) ─▶ writer thread ─▶ stdout
//! ```
//! ```text
//! 10:02:12 200 GET  /users/7      get-user  users.getUser@10.0.0.5:20880  4 ms (dubbo 3)
//! 10:02:13 404 GET  /users/9      get-user  users.getUser@10.0.0.5:20880  3 ms (dubbo 2) com.example.UserNotFound
//! {"ts":"2026-01-05T10:02:12.114Z","lvl":"info","t":"access","status":200,"method":"GET","path":"/users/7",…}
//! ```
//! The provider is the one of the last attempt, and `-` when none was chosen; the exception's class is the log's alone, a client
//! reads it only where a route says so.
//! A full queue loses whole batches and counts their lines; a slow disk never slows a request. What clients sent is escaped:
//! no control byte reaches a terminal, no quote ends a string.

mod text;

use std::{
    cell::{Cell, RefCell},
    fmt,
    io::Write,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use http::StatusCode;
use tokio::sync::Notify;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use self::text::Clock;
use crate::config::{AccessLogConfig, AccessLogFormat};

/// A batch is sent when it has grown to this size.
const BATCH: usize = 32 << 10;
/// A line waits no longer than this.
const DELAY: Duration = Duration::from_millis(200);
/// Batches that may wait for the writer thread.
const QUEUE: usize = 256;

/// The access log of the process; clones are the same log.
#[derive(Debug, Clone)]
pub struct AccessLog {
    shared: Arc<Shared>,
    sink: NonBlocking,
}

#[derive(Debug, Default)]
struct Shared {
    /// [`OFF`], [`TEXT`] or [`JSON`].
    format: AtomicU8,
    /// Share of requests, scaled to `u32`.
    sample: AtomicU32,
    lost: AtomicU64,
}

const OFF: u8 = 0;
const TEXT: u8 = 1;
const JSON: u8 = 2;

impl AccessLog {
    /// Starts the writer thread. When the guard is dropped, what is queued is written.
    pub fn start(sink: impl Write + Send + 'static) -> (Self, WorkerGuard) {
        let (sink, guard) = NonBlockingBuilder::default()
            .buffered_lines_limit(QUEUE)
            .lossy(true)
            .thread_name("access-log")
            .finish(sink);
        (Self { shared: Arc::default(), sink }, guard)
    }

    /// Applies the configuration, at once and for all workers. `terminal`: whether the sink is one.
    pub fn configure(&self, config: &AccessLogConfig, terminal: bool) {
        let format = match config.format {
            AccessLogFormat::Off => OFF,
            AccessLogFormat::Text => TEXT,
            AccessLogFormat::Json => JSON,
            AccessLogFormat::Auto => {
                if terminal {
                    TEXT
                } else {
                    JSON
                }
            }
        };
        self.shared.format.store(format, Relaxed);
        self.shared.sample.store(share(config.sample), Relaxed);
    }

    /// A worker's own end of the log.
    pub fn writer(&self) -> AccessLogWriter {
        AccessLogWriter {
            log: self.clone(),
            buffer: RefCell::default(),
            lines: Cell::new(0),
            clock: RefCell::default(),
            begun: Notify::new(),
        }
    }

    /// Lines that were lost because the writer thread could not follow.
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Relaxed)
    }
}

/// Scales 0 to 1 to the range of `u32`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn share(sample: f64) -> u32 {
    (sample.clamp(0.0, 1.0) * f64::from(u32::MAX)) as u32
}

/// What a line tells.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Status of the answer.
    pub status: StatusCode,
    /// Method as sent.
    pub method: &'a str,
    /// Canonical path, without the query.
    pub path: &'a str,
    /// From the end of the request's head to the answer.
    pub elapsed: Duration,
    /// Name of the route.
    pub route: Option<&'a str>,
    /// Service and method, such as `users.getUser`.
    pub target: Option<&'a str>,
    /// Address of the provider of the last attempt, `-` when a route was found and no provider chosen.
    pub provider: Option<&'a str>,
    /// Time spent in the call to the provider.
    pub upstream: Option<Duration>,
    /// Time spent in plugins.
    pub plugins: Option<Duration>,
    /// The client's address.
    pub client: Option<IpAddr>,
    /// Label of a refusal or an error.
    pub reason: Option<&'a str>,
    /// Class of the exception that the method threw.
    pub exception: Option<&'a str>,
    /// What plugins noted of the exchange, by name.
    pub tags: &'a [(String, String)],
    /// Id of the request, if somebody asked for one.
    pub id: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// A line without the parts that not every request has.
    pub fn new(status: StatusCode, method: &'a str, path: &'a str, elapsed: Duration) -> Self {
        Self {
            status,
            method,
            path,
            elapsed,
            route: None,
            target: None,
            provider: None,
            upstream: None,
            plugins: None,
            client: None,
            reason: None,
            exception: None,
            tags: &[],
            id: None,
        }
    }
}

/// One worker's end of the access log.
pub struct AccessLogWriter {
    log: AccessLog,
    buffer: RefCell<Vec<u8>>,
    lines: Cell<u64>,
    clock: RefCell<Clock>,
    begun: Notify,
}

impl AccessLogWriter {
    /// Whether lines are written at all. Ask before building one.
    pub fn is_on(&self) -> bool {
        self.log.shared.format.load(Relaxed) != OFF
    }

    /// Whether this request's line is wanted: failures (5xx) always, others by the sampled share.
    pub fn wants(&self, status: StatusCode) -> bool {
        self.is_on() && (status.is_server_error() || self.is_sampled())
    }

    fn is_sampled(&self) -> bool {
        let share = self.log.shared.sample.load(Relaxed);
        share == u32::MAX || fastrand::u32(..) < share
    }

    /// Writes a line into this worker's buffer.
    pub fn write(&self, line: &Line<'_>) {
        let mut buffer = self.buffer.borrow_mut();
        let mut clock = self.clock.borrow_mut();
        clock.set(SystemTime::now());
        match self.log.shared.format.load(Relaxed) {
            OFF => return,
            TEXT => text::pretty(&mut buffer, &clock, line),
            _ => text::json(&mut buffer, &clock, line),
        }
        if self.lines.replace(self.lines.get() + 1) == 0 {
            self.begun.notify_one();
        }
        if buffer.len() >= BATCH {
            self.send(&mut buffer);
        }
    }

    /// Sends what is buffered to the writer thread.
    pub fn flush(&self) {
        self.send(&mut self.buffer.borrow_mut());
    }

    /// Flushes a moment after the first line of each batch, for ever. One task a worker.
    pub async fn flush_forever(&self) {
        loop {
            self.begun.notified().await;
            tokio::time::sleep(DELAY).await;
            self.flush();
        }
    }

    fn send(&self, buffer: &mut Vec<u8>) {
        if buffer.is_empty() {
            return;
        }
        let mut sink = self.log.sink.clone();
        let before = sink.error_counter().dropped_lines();
        // Never blocks and never fails: a full queue drops the batch.
        let _sent = sink.write_all(buffer);
        if sink.error_counter().dropped_lines() > before {
            self.log.shared.lost.fetch_add(self.lines.get(), Relaxed);
        }
        self.lines.set(0);
        buffer.clear();
    }
}

impl Drop for AccessLogWriter {
    fn drop(&mut self) {
        self.flush();
    }
}

impl fmt::Debug for AccessLogWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLogWriter").field("log", &self.log).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
