//! A real ZooKeeper server with data of its own, on a free port of 127.0.0.1.
//!
//! Sessions end quickly here (one second at the least), so that a test of session loss does not wait for half a minute.
#![allow(clippy::panic, reason = "a ZooKeeper that does not start is a failed test, and this is where it is seen")]

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{self, Instant};

use crate::java::process::java;
use crate::process::{LOOK_EVERY, Paused, Process, READY_WITHIN, StartFailure, free_port, temporary_directory};

/// How often a start is tried again: with another port at the first start, with the same one later.
const TRIES: u32 = 5;

/// How long an answer to a command of four letters may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// How long it may take before another connection is tried, while the server starts.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A running ZooKeeper server; dropping it kills it and throws its data away.
#[derive(Debug)]
pub struct ZooKeeper {
    /// The client port.
    pub port: u16,
    process: Process,
    directory: TempDir,
}

impl ZooKeeper {
    /// Starts one without any data and waits until it answers.
    ///
    /// # Panics
    /// When it is not built, or ends or hangs before it is ready; the message holds all that it printed.
    pub async fn start() -> Self {
        let directory = temporary_directory();
        for _ in 1..TRIES {
            let port = free_port();
            match run(directory.path(), port).await {
                Ok(process) => {
                    return Self { port, process, directory };
                }
                Err(failure) if failure.port_was_taken() => {}
                Err(failure) => panic!("{failure}"),
            }
        }
        panic!("every port drawn was taken before ZooKeeper could have it")
    }

    /// `127.0.0.1:<port>`, as clients want it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `zookeeper://127.0.0.1:<port>`, as Dubbo wants it.
    #[must_use]
    pub fn registry_url(&self) -> String {
        format!("zookeeper://127.0.0.1:{}", self.port)
    }

    /// Ends it as an operator would; its data stays for `restart`.
    pub async fn stop(&mut self) {
        self.process.stop().await;
    }

    /// SIGKILL; its data stays for `restart`.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGSTOP: connections stay open and nothing answers, until what is returned is dropped.
    pub fn pause(&self) -> Paused {
        self.process.pause()
    }

    /// Starts it again on the same port with the same data; one that still runs is killed first.
    ///
    /// # Panics
    /// As `start` does.
    pub async fn restart(&mut self) {
        self.kill();
        for _ in 1..TRIES {
            match run(self.directory.path(), self.port).await {
                Ok(process) => {
                    self.process = process;
                    return;
                }
                Err(failure) if failure.port_was_taken() => time::sleep(LOOK_EVERY * 10).await,
                Err(failure) => panic!("{failure}"),
            }
        }
        panic!("port {} was taken while ZooKeeper was down", self.port)
    }

    /// Starts it again on the same port without any data, as one that lost its disk.
    ///
    /// # Panics
    /// As `start` does, and when the data cannot be deleted.
    pub async fn restart_empty(&mut self) {
        self.kill();
        if let Err(error) = std::fs::remove_dir_all(self.directory.path().join("data")) {
            panic!("cannot delete ZooKeeper's data: {error}");
        }
        self.restart().await;
    }

    /// What it answers to a command of four letters, such as `dump`: sessions and the paths of their ephemeral nodes.
    ///
    /// # Errors
    /// When it does not take the connection, closes it early, or does not answer within 20 seconds.
    pub async fn four_letters(&self, command: &str) -> io::Result<String> {
        ask(self.port, command, ANSWERED_WITHIN).await
    }

    /// What it printed until now, for a test that failed.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// Starts the server on this directory and port and waits until it answers.
async fn run(directory: &Path, port: u16) -> Result<Process, StartFailure> {
    let config = directory.join("zoo.cfg");
    if let Err(error) = std::fs::write(&config, configuration(directory, port)) {
        panic!("cannot write {}: {error}", config.display());
    }
    let mut command = java("zookeeper", directory);
    command.arg("com.acme.zoo.ZooKeeper").arg(&config);
    let mut process = Process::spawn(format!("ZooKeeper on port {port}"), command);
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        if process.has_ended() {
            return Err(process.failure("ended before it was ready"));
        }
        if answers(directory, port).await.unwrap_or(false) {
            return Ok(process);
        }
        if Instant::now() > deadline {
            return Err(process.failure("was not ready in time"));
        }
        time::sleep(LOOK_EVERY).await;
    }
}

/// Whether the server on this port is well and is the one of this directory, not another that took the port first.
async fn answers(directory: &Path, port: u16) -> io::Result<bool> {
    let well = ask(port, "ruok", TRIED_AGAIN_AFTER).await? == "imok";
    Ok(well && ask(port, "conf", TRIED_AGAIN_AFTER).await?.contains(&directory.display().to_string()))
}

/// Quick sessions, every command of four letters, no administration port.
fn configuration(directory: &Path, port: u16) -> String {
    format!(
        "dataDir={}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\nmaxClientCnxns=0\n\
         4lw.commands.whitelist=*\ntickTime=500\nminSessionTimeout=1000\n",
        directory.display()
    )
}

/// Sends a command of four letters and reads the answer to its end; a connection that meets the server while it starts is never answered.
async fn ask(port: u16, command: &str, within: Duration) -> io::Result<String> {
    time::timeout(within, exchange(port, command)).await?
}

/// `ask` without its patience.
async fn exchange(port: u16, command: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(command.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
