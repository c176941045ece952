//! Real Java peers as processes: started on free ports, seen ready, and ended with the test that started them.
//!
//! ```text
//! JavaProvider::builder(Line::V3_3).id("a").registry(&zookeeper).start().await
//!        │ java … com.acme.depot.Provider id=a port=… registry=…
//!        ▼
//!   stdout/stderr ──▶ kept lines ──▶ `READY <port>` ──▶ JavaProvider { port, … }
//! ```
//!
//! A peer ends when its `JavaProvider` is dropped, and also when the test process dies: it watches its standard input, which closes then.
//! `tests/peers/README.md` says what the providers export; `./x peers` builds them. A peer that is not built fails the test.
#![allow(clippy::panic, reason = "a peer that does not start is a failed test, and this is where it is seen")]

use std::fmt;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Paused, Process, StartFailure, free_port, temporary_directory};
use crate::zookeeper::ZooKeeper;
use process::java;

pub(crate) mod process;

/// How often a start is tried again on another port when the port drawn was taken in between.
const PORTS_TRIED: u32 = 5;

/// A line of Dubbo releases that is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Line {
    /// Dubbo 2.7.23.
    V2_7,
    /// Dubbo 3.2.19.
    V3_2,
    /// Dubbo 3.3.6.
    V3_3,
}

impl Line {
    /// Every line, oldest first: what works with one has to work with all.
    pub const ALL: [Self; 3] = [Self::V2_7, Self::V3_2, Self::V3_3];

    /// The release as the provider itself reports it.
    #[must_use]
    pub fn release(self) -> &'static str {
        match self {
            Self::V2_7 => "2.7.23",
            Self::V3_2 => "3.2.19",
            Self::V3_3 => "3.3.6",
        }
    }

    /// The Maven module of its provider.
    fn module(self) -> &'static str {
        match self {
            Self::V2_7 => "provider-2.7",
            Self::V3_2 => "provider-3.2",
            Self::V3_3 => "provider-3.3",
        }
    }

    /// The application name that a provider has unless its builder says otherwise: one a line, for service definitions differ by line.
    fn application(self) -> &'static str {
        match self {
            Self::V2_7 => "freight-2.7",
            Self::V3_2 => "freight-3.2",
            Self::V3_3 => "freight-3.3",
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.release())
    }
}

/// A provider to be: every setting has a sensible value, and `start` gives the running one.
#[derive(Clone, Debug)]
pub struct JavaProviderBuilder {
    line: Line,
    port: u16,
    arguments: Vec<(String, String)>,
}

impl JavaProviderBuilder {
    /// What `who()` answers; `freight` unless set. The export under group `g1`, version `1.0.0`, answers `<id> g1/1.0.0`.
    #[must_use]
    pub fn id(self, id: &str) -> Self {
        self.argument("id", id)
    }

    /// The port to listen on; 0, the default, draws a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Registers with this ZooKeeper, service definitions included; without it the provider registers nowhere.
    #[must_use]
    pub fn registry(self, zookeeper: &ZooKeeper) -> Self {
        self.argument("registry", &zookeeper.registry_url())
    }

    /// The application's name; one of its line's own unless set.
    #[must_use]
    pub fn application(self, application: &str) -> Self {
        self.argument("application", application)
    }

    /// Which services are exported: of `plain`, `g1` and `stall`; all unless set.
    #[must_use]
    pub fn exports(self, exports: &[&str]) -> Self {
        self.argument("exports", &exports.join(","))
    }

    /// The weight that it registers; Dubbo's 100 unless set.
    #[must_use]
    pub fn weight(self, weight: u32) -> Self {
        self.argument("weight", &weight.to_string())
    }

    /// The warm-up that it registers, to the millisecond; Dubbo's ten minutes unless set.
    #[must_use]
    pub fn warmup(self, warmup: Duration) -> Self {
        self.argument("warmup", &warmup.as_millis().to_string())
    }

    /// The token that a caller has to send.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.argument("token", token)
    }

    /// The largest body that it reads and writes, in bytes; Dubbo's 8 MiB unless set.
    #[must_use]
    pub fn payload(self, bytes: u32) -> Self {
        self.argument("payload", &bytes.to_string())
    }

    /// A parameter of the URL of every service, such as `timeout` or `prefer.serialization`.
    #[must_use]
    pub fn parameter(self, name: &str, value: &str) -> Self {
        self.argument(&format!("parameter.{name}"), value)
    }

    /// A parameter of the protocol, such as `heartbeat`.
    #[must_use]
    pub fn protocol_parameter(self, name: &str, value: &str) -> Self {
        self.argument(&format!("protocol.{name}"), value)
    }

    /// Any other argument of the provider's main class; the last of one name counts.
    #[must_use]
    pub fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it serves.
    ///
    /// # Panics
    /// When the peer is not built, or ends or hangs before it is ready; the message holds all that it printed.
    pub async fn start(self) -> JavaProvider {
        for _ in 1..PORTS_TRIED {
            let port = if self.port == 0 { free_port() } else { self.port };
            match self.start_on(port).await {
                Ok(provider) => return provider,
                Err(failure) if self.port == 0 && failure.port_was_taken() => {}
                Err(failure) => panic!("{failure}"),
            }
        }
        panic!("Dubbo {}: every port drawn was taken before the provider could have it", self.line)
    }

    /// One try on one port.
    async fn start_on(&self, port: u16) -> Result<JavaProvider, StartFailure> {
        let name = format!("Dubbo {} provider on port {port}", self.line);
        let home = temporary_directory();
        let mut command = java(self.line.module(), home.path());
        command.args(opened_packages());
        command.arg("com.acme.depot.Provider").arg(format!("port={port}"));
        command.arg(format!("application={}", self.line.application()));
        for (name, value) in &self.arguments {
            command.arg(format!("{name}={value}"));
        }
        let mut process = Process::spawn(name, command);
        let ready = format!("READY {port}");
        process.wait_for_line(|line| line == ready).await?;
        process.wait_for_connection(port).await?;
        Ok(JavaProvider { port, builder: self.clone().port(port), process, _home: home })
    }
}

/// A running Dubbo provider; dropping it kills it.
#[derive(Debug)]
pub struct JavaProvider {
    /// The port on 127.0.0.1 where it speaks the Dubbo protocol.
    pub port: u16,
    builder: JavaProviderBuilder,
    process: Process,
    /// What Dubbo thinks is the user's home: its cache files go there and vanish.
    _home: TempDir,
}

impl JavaProvider {
    /// A provider of this line, registered nowhere, on a free port, unless the builder is told otherwise.
    #[must_use]
    pub fn builder(line: Line) -> JavaProviderBuilder {
        let arguments = Vec::new();
        JavaProviderBuilder { line, port: 0, arguments }
    }

    /// The line it is of.
    #[must_use]
    pub fn line(&self) -> Line {
        self.builder.line
    }

    /// `127.0.0.1:<port>`, as a list of endpoints wants it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// SIGKILL: sockets close, the registry learns of it only when the session ends.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGTERM, and waits for the end: Dubbo withdraws its registrations first. Stop providers before their registry.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub async fn stop(&mut self) {
        self.process.stop().await;
    }

    /// SIGSTOP: sockets stay open and nothing answers, until what is returned is dropped.
    pub fn pause(&self) -> Paused {
        self.process.pause()
    }

    /// SIGTERM without waiting for the end.
    pub fn terminate(&self) {
        self.process.signal("TERM");
    }

    /// Whether it lives, paused or not.
    pub fn is_running(&mut self) -> bool {
        !self.process.has_ended()
    }

    /// Starts it again with the same settings on the same port; one that still runs is killed first.
    ///
    /// # Panics
    /// As `JavaProviderBuilder::start` does.
    pub async fn restart(&mut self) {
        self.kill();
        *self = self.builder.clone().start().await;
    }

    /// What it printed until now, for a test that failed.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// Has Java of this line read every `<name>.bin` of a directory and compare it with the value of that name in the fixtures.
///
/// # Errors
/// What Java said, one line a shape, when one of them differs or none is there.
///
/// # Panics
/// When the peer is not built or the JVM cannot be run.
pub fn read_fixtures(line: Line, directory: &Path) -> Result<String, String> {
    let home = temporary_directory();
    let mut command = java(line.module(), home.path());
    command.args(opened_packages());
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    command.args(["com.acme.wire.Fixtures", "read"]).arg(directory);
    match command.output() {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Err(String::from_utf8_lossy(&said).into_owned())
        }
        Err(error) => panic!("cannot run the hessian2 of Dubbo {line}: {error}"),
    }
}

/// What Dubbo's hessian2 has to reflect into: without it 2.7 does not start, and neither BigInteger nor an exception can be sent.
fn opened_packages() -> impl Iterator<Item = String> {
    const OPENED: [&str; 10] = [
        "lang",
        "lang.reflect",
        "math",
        "net",
        "text",
        "time",
        "time.zone",
        "util",
        "util.concurrent",
        "util.concurrent.atomic",
    ];
    OPENED.into_iter().map(|package| format!("--add-opens=java.base/java.{package}=ALL-UNNAMED"))
}
