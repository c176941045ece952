//! One process of ours: its output line by line, signals to it, and its end.
#![allow(clippy::panic, reason = "a process that does not start is a failed test, and this is where it is seen")]

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time;

/// How long a process may take until it is ready: thirty times what a JVM takes on an idle machine of two cores.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(120);

/// How long a process may take to end by itself after SIGTERM; Dubbo 3 waits up to 15 s for a registry that is gone.
const STOPPED_WITHIN: Duration = Duration::from_secs(60);

/// How often a condition is looked at that nothing tells us of.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A peer did not become ready; says why, with its whole output.
#[derive(Debug)]
pub(crate) struct StartFailure {
    name: String,
    reason: String,
    output: String,
}

impl StartFailure {
    /// Whether another process got the port between the draw and the start.
    pub(crate) fn port_was_taken(&self) -> bool {
        self.output.contains("Address already in use")
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; it printed:\n{}", self.name, self.reason, self.output)
    }
}

/// A process of ours with its output; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    output: Arc<Mutex<Vec<String>>>,
    /// How many lines there are; closed when both pipes are.
    lines: watch::Receiver<usize>,
}

impl Process {
    /// Starts the program with its output read by two threads, so that it never waits for us.
    pub(crate) fn spawn(name: String, mut command: Command) -> Self {
        // Its standard input stays open as long as we live, and it ends when it closes.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("{name}: cannot run {}: {error}", command.get_program().display()),
        };
        let output = Arc::new(Mutex::new(Vec::new()));
        let (count, lines) = watch::channel(0);
        if let Some(pipe) = child.stdout.take() {
            keep_lines(pipe, Arc::clone(&output), count.clone());
        }
        if let Some(pipe) = child.stderr.take() {
            keep_lines(pipe, Arc::clone(&output), count);
        }
        Self { name, child, output, lines }
    }

    /// Waits until it printed a line like this, and returns the first one.
    pub(crate) async fn wait_for_line(&mut self, is_it: impl Fn(&str) -> bool) -> Result<String, StartFailure> {
        let output = Arc::clone(&self.output);
        let mut found = None;
        let printed = self.lines.wait_for(|_| {
            found = lock(&output).iter().find(|line| is_it(line)).cloned();
            found.is_some()
        });
        let ended = time::timeout(READY_WITHIN, printed).await.map(|lines| lines.is_ok());
        match (ended, found) {
            (_, Some(line)) => Ok(line),
            (Ok(_), None) => Err(self.failure("ended without the line that was waited for")),
            (Err(_), None) => Err(self.failure("did not print the line that was waited for in time")),
        }
    }

    /// Waits until its port accepts.
    pub(crate) async fn wait_for_connection(&mut self, port: u16) -> Result<(), StartFailure> {
        let accepted = async {
            while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                time::sleep(LOOK_EVERY).await;
            }
        };
        time::timeout(READY_WITHIN, accepted).await.map_err(|_| self.failure("does not accept connections"))
    }

    /// This peer's failure to start, for the reason given.
    pub(crate) fn failure(&self, reason: &str) -> StartFailure {
        StartFailure { name: self.name.clone(), reason: reason.to_owned(), output: self.output() }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it ended, by itself or by a signal.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits for the end.
    pub(crate) async fn ended(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status;
            }
            assert!(Instant::now() < deadline, "{} did not end; it printed:\n{}", self.name, self.output());
            time::sleep(LOOK_EVERY).await;
        }
    }

    /// All that it printed until now.
    pub(crate) fn output(&self) -> String {
        lock(&self.output).join("\n")
    }

    /// Sends a signal by the name that `kill` knows.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "{}: cannot send SIG{signal}", self.name);
    }

    /// SIGSTOP, until what is returned is dropped.
    pub(crate) fn pause(&self) -> Paused {
        self.signal("STOP");
        Paused { id: self.child.id() }
    }

    /// SIGKILL; the process is gone when this returns.
    pub(crate) fn kill(&mut self) {
        // Both fail only when it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal("TERM");
        self.ended(STOPPED_WITHIN).await;
    }
}

/// A process that stands still. Dropping this lets it go on, also when a test fails meanwhile: one that stands still
/// would not see the end of the test process, and outlive it.
#[derive(Debug)]
#[must_use = "it goes on when this is dropped"]
pub struct Paused {
    id: u32,
}

impl Paused {
    /// SIGCONT.
    pub fn resume(self) {
        drop(self);
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        // Fails only when it was killed meanwhile.
        Command::new("kill").args(["-CONT", &self.id.to_string()]).stderr(Stdio::null()).status().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads a pipe to its end, line by line.
fn keep_lines(pipe: impl Read + Send + 'static, output: Arc<Mutex<Vec<String>>>, count: watch::Sender<usize>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            lock(&output).push(line);
            count.send_modify(|lines| *lines += 1);
        }
    });
}

/// The lines, also when a thread that held them panicked: they are still what the peer printed.
fn lock(output: &Mutex<Vec<String>>) -> std::sync::MutexGuard<'_, Vec<String>> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A directory of our own that vanishes with its value.
pub(crate) fn temporary_directory() -> TempDir {
    match TempDir::with_prefix("yumen-peer-") {
        Ok(directory) => directory,
        Err(error) => panic!("cannot make a temporary directory: {error}"),
    }
}

/// A port that nobody has just now, below the range from which the kernel draws the ports of outgoing connections: a peer that is killed
/// and started again finds its own port free.
pub(crate) fn free_port() -> u16 {
    const LOWEST: u32 = 12_000;
    const COUNT: u32 = 20_000;
    // The process id and a counter keep test processes and their tests apart; a clash only costs another try.
    static DRAWN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    loop {
        let drawn = DRAWN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let offset = std::process::id().wrapping_mul(7919).wrapping_add(drawn.wrapping_mul(104_729)) % COUNT;
        let port = u16::try_from(LOWEST + offset).unwrap_or(u16::MAX);
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
            return port;
        }
    }
}
