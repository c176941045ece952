//! The real program `yumen`, run as operators run it: a process with a file, signals and a log.
#![allow(clippy::panic, reason = "a program that does not start is a failed test, and this is where it is seen")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use http::Method;
use serde_json::Value;

use crate::gateway::{Answer, send, until_ready};
use crate::process::{Process, READY_WITHIN};

/// A running `yumen run`; dropping it kills it.
#[derive(Debug)]
pub struct Yumen {
    /// Where its first listener is.
    pub address: SocketAddr,
    /// Where `/readyz` and `/metrics` are.
    pub status: SocketAddr,
    process: Process,
}

impl Yumen {
    /// Runs it with this file and waits until it says that it is ready.
    ///
    /// # Panics
    /// When it is not built, or does not become ready; the message holds all that it printed.
    pub async fn run(config: &Path) -> Self {
        Self::start(Command::new(program()), config).await
    }

    /// The same with at most so many files and sockets open.
    ///
    /// # Panics
    /// As [`Yumen::run`].
    pub async fn run_with_descriptors(config: &Path, most: u32) -> Self {
        Self::start(with_descriptors(most), config).await
    }

    /// The same for a start that has to fail: how it ended, and what it printed.
    ///
    /// # Panics
    /// When it is not built, or does not end.
    pub async fn refused_with_descriptors(config: &Path, most: u32) -> (ExitStatus, String) {
        let mut process = spawn(with_descriptors(most), config);
        let status = process.ended(READY_WITHIN).await;
        (status, process.output())
    }

    async fn start(command: Command, config: &Path) -> Self {
        let mut process = spawn(command, config);
        let up = |line: &str| ["ready", "not ready"].iter().any(|word| said(line, "msg").starts_with(word));
        if let Err(failure) = process.wait_for_line(up).await {
            panic!("{failure}");
        }
        let output = process.output();
        let address = |name: &str| {
            let mut told = output.lines().filter(|line| said(line, "msg") == "listening" && said(line, "name") == name);
            let told = told.next().map(|line| said(line, "address")).and_then(|address| address.parse().ok());
            told.unwrap_or_else(|| panic!("yumen does not say where {name} listens; it printed:\n{output}"))
        };
        until_ready(address("status")).await;
        Self { address: address("web"), status: address("status"), process }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal by the name that `kill` knows.
    pub fn signal(&self, signal: &str) {
        self.process.signal(signal);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not come within `limit`.
    pub async fn ended(&mut self, limit: Duration) -> ExitStatus {
        self.process.ended(limit).await
    }

    /// Waits until its log has a message with this in it, and returns the message.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn said(&mut self, part: &str) -> String {
        let line = self.process.wait_for_line(|line| said(line, "msg").contains(part)).await;
        line.map_or_else(|failure| panic!("waited for {part:?}: {failure}"), |line| said(&line, "msg"))
    }

    /// Waits for the line that its access log, in JSON, has about this path.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn access(&mut self, path: &str) -> Value {
        let is_it = |line: &str| said(line, "t") == "access" && said(line, "path") == path;
        let line = self.process.wait_for_line(is_it).await;
        line.map_or_else(|failure| panic!("{failure}"), |line| serde_json::from_str(&line).unwrap_or_default())
    }

    /// What it printed until now, for a test that failed.
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// `GET path`, on a connection of its own.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.address, Method::GET, path, &[], bytes::Bytes::new()).await
    }
}

fn spawn(mut command: Command, config: &Path) -> Process {
    command.arg("run").arg("--config").arg(config).env_clear();
    Process::spawn(format!("yumen with {}", config.display()), command)
}

/// The program with at most so many files and sockets open.
fn with_descriptors(most: u32) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("ulimit -n {most}; exec \"$@\""), "sh"]).arg(program());
    shell
}

/// A member of a line of its log.
fn said(line: &str, member: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    line[member].as_str().unwrap_or_default().to_owned()
}

/// `target/<profile>/yumen`, of the profile that this test was built with.
///
/// # Panics
/// When it is not built.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default(); // target/<profile>/deps/<test>
    let program = test.ancestors().nth(2).map(|profile| profile.join("yumen")).unwrap_or_default();
    assert!(program.is_file(), "{} is missing: run cargo build --workspace --bins", program.display());
    program
}
