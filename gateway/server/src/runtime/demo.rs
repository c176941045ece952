//! `yumen demo`: a gateway and a Dubbo provider in one process, with a socket between them.

mod client;

use std::{
    fs,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
    time::Instant,
};

use tokio::{net::TcpListener, runtime::Builder, sync::oneshot};
use yumen_dubbo::{
    exchange::{ExchangeOptions, server::Server},
    registry::memory::MemoryRegistry,
};

use super::{Gateway, Launch};
use crate::{
    config::{Override, Sources},
    demo::{CONFIG, PROBES, PROVIDER, TRY, provider::UserService},
};

/// Some probe did not get its answer.
const EXIT_FAILED: u8 = 8;

/// What `yumen demo` was told.
pub struct DemoOptions {
    /// Send the probes, then end.
    pub check: bool,
    /// Write the demo's files here instead of running it.
    pub eject: Option<PathBuf>,
    /// Port of the gateway; 0 takes a free one. Left out: 8080, or a free one if that is taken.
    pub port: Option<u16>,
    /// Further overrides of the demo's configuration.
    pub overrides: Vec<Override>,
}

/// Runs the demo.
pub fn demo(options: DemoOptions) -> ExitCode {
    let outcome = match &options.eject {
        Some(folder) => eject(folder).map(|()| ExitCode::SUCCESS),
        None => run(&options),
    };
    outcome.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "error: {error:#}"); // nobody to tell when stderr is gone
        ExitCode::FAILURE
    })
}

fn eject(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let file = folder.join("yumen.yaml");
    let mut written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file)
        .map_err(|error| anyhow::anyhow!("{} is not written: {error}", file.display()))?;
    written.write_all(CONFIG.as_bytes())?;
    writeln!(
        io::stdout(),
        "wrote {0}\nstart the demo for its provider, and beside it: yumen run -c {0} --set listeners.web.bind=127.0.0.1:8081 --set telemetry.status_bind=127.0.0.1:9911",
        file.display()
    )?;
    Ok(())
}

fn run(options: &DemoOptions) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let provider = Provider::start(if options.check { 0 } else { 20880 })?;
    let launch = |web: u16, status: u16| {
        let mut sources = Sources::text("yumen.yaml", CONFIG.replace(PROVIDER, &provider.address.to_string()));
        sources.overrides = overrides(web, status);
        if options.check {
            sources.overrides.push(setting("telemetry.access_log.format", "off"));
        }
        sources.overrides.extend(options.overrides.iter().cloned());
        Launch { sources, embedded: Arc::new(MemoryRegistry::new()), owns_process: true }
    };
    let (web, status) = match options.port {
        Some(port) => (port, 0),
        None if options.check => (0, 0),
        None => (free_or_any(8080), free_or_any(9910)),
    };
    let gateway = Gateway::start(launch(web, status))?;
    let address = gateway.places().listeners[0].1;
    let mut out = io::stdout();
    writeln!(out, "  provider   com.example.UserService 1.0.0   {} (embedded)", provider.address)?;
    writeln!(out, "  gateway    http://{address}")?;
    writeln!(out, "  status     http://{}/metrics", gateway.places().status)?;
    if options.check {
        let failed = client::block_on(check(address))??;
        gateway.stop()?;
        return Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) });
    }
    for (index, line) in TRY.iter().enumerate() {
        let lead = if index == 0 { "try:" } else { "" };
        writeln!(out, "{lead:<6}{}", line.replace("ADDRESS", &address.to_string()))?;
    }
    writeln!(out, "ready in {} ms. Ctrl-C stops everything.", begun.elapsed().as_millis())?;
    gateway.wait()?;
    Ok(ExitCode::SUCCESS)
}

/// Sends every probe and counts those that got another answer.
async fn check(address: SocketAddr) -> anyhow::Result<usize> {
    let mut failed = 0;
    let mut out = io::stdout();
    for probe in PROBES {
        let (status, body) = client::send(address, probe).await?;
        let good = status == probe.status && body.contains(probe.holds);
        failed += usize::from(!good);
        writeln!(
            out,
            "  {} {:<55} {} {} -> {status}",
            if good { "ok  " } else { "FAIL" },
            probe.shows,
            probe.method,
            probe.path
        )?;
        if !good {
            writeln!(out, "       expected {} with {:?}, got {body}", probe.status, probe.holds)?;
        }
    }
    writeln!(out, "{} passed, {failed} failed", PROBES.len() - failed)?;
    Ok(failed)
}

/// The demo's own ports over those of its file, and what it keeps, which is compiled plugins, out of the way.
fn overrides(web: u16, status: u16) -> Vec<Override> {
    let local = |port: u16| format!("127.0.0.1:{port}");
    let state = std::env::temp_dir().join("yumen-demo");
    vec![
        setting("listeners.web.bind", &local(web)),
        setting("telemetry.status_bind", &local(status)),
        setting("gateway.state", &state.display().to_string()),
    ]
}

fn setting(path: &str, value: &str) -> Override {
    Override { path: path.split('.').map(str::to_owned).collect(), value: value.to_owned() }
}

/// The port if nobody has it, else 0 for any.
fn free_or_any(port: u16) -> u16 {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_or(0, |_| port)
}

/// The provider on a thread of its own; dropping it ends the thread.
struct Provider {
    address: SocketAddr,
    _alive: oneshot::Sender<()>,
}

impl Provider {
    fn start(port: u16) -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, free_or_any(port)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (alive, dropped) = oneshot::channel::<()>();
        let runtime = || Builder::new_current_thread().enable_all().build_local(Default::default());
        thread::Builder::new().name("provider".to_owned()).spawn(move || match runtime() {
            Ok(runtime) => runtime.block_on(serve(listener, dropped)),
            Err(error) => tracing::error!(%error, "the demo's provider does not run"),
        })?;
        Ok(Self { address, _alive: alive })
    }
}

async fn serve(listener: std::net::TcpListener, dropped: oneshot::Receiver<()>) {
    match TcpListener::from_std(listener) {
        Ok(listener) => {
            let _server = Server::start(listener, ExchangeOptions::default(), UserService::new().handler());
            let _ = dropped.await; // an error says that it was dropped
        }
        Err(error) => tracing::error!(%error, "the demo's provider does not listen"),
    }
}
