//! The order in which the parts come up, and what can keep them from it.

use std::{
    io::{self, IsTerminal},
    net::SocketAddr,
    num::NonZeroUsize,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::{net::TcpListener, sync::mpsc};
use tracing_appender::non_blocking::WorkerGuard;
use yumen_dubbo::registry::memory::MemoryRegistry;

use super::{
    EndError, Places, Reload,
    conductor::{Conductor, Known, SETTLE, readiness, tell},
    descriptors,
    drain::drain,
    plugins::Book,
    ports::Ports,
    signal::{Signals, asked_to_end},
    subscriptions::{Connected, Subscriptions, is_connected},
    worker::{Port, Supplies, Worker},
};
use crate::{
    admin::AdminError,
    config::{self, Config, Document, Findings, ListenerConfig, Loaded, Sources},
    listener::{Acceptor, Caps, Drain, Reason},
    snapshot::{Service, Snapshot},
    status::{Readiness, Status},
    telemetry::{
        access_log::AccessLog,
        log::Log,
        metric::{Counter, Metrics},
    },
};

/// What a gateway is started with.
pub struct Launch {
    /// Where the configuration comes from.
    pub sources: Sources,
    /// The in-process registry, for services whose registry is `embedded`.
    pub embedded: Arc<MemoryRegistry>,
    /// Whether it is the process' own gateway: takes signals, and installs the log.
    pub owns_process: bool,
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration does not hold.
    #[error("{0}")]
    Config(Findings),
    /// A port cannot be had.
    #[error("cannot listen on {address} ({name}): {source}; {}", cure(.name))]
    Bind {
        /// Listener, `status` or `admin`.
        name: String,
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// A thread or its event queue cannot be had.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// Metrics or the log cannot be set up.
    #[error("cannot set up telemetry: {0}")]
    Telemetry(String),
    /// The admin port cannot be served.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The control thread ended without a word.
    #[error("the control thread ended unexpectedly")]
    Died,
}

impl StartError {
    /// Exit code of the command: 3 for a bad configuration, else 1.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Config(_)) { 3 } else { 1 })
    }
}

/// What would help where a port cannot be had.
fn cure(name: &str) -> &'static str {
    match name {
        "admin" => "set admin.bind, or leave `admin` out",
        "status" => "set telemetry.status_bind",
        _ => "set the listener's bind",
    }
}

/// For threads that compile, or wait for the disk, when all else is down.
const LEFT_WITHIN: Duration = Duration::from_secs(2);

type Started = std::sync::mpsc::Sender<Result<Places, StartError>>;

/// The control thread: brings everything up, conducts, takes everything down.
///
/// # Errors
/// When the gateway ended though nobody asked it to. That it did not start is told through `started`.
pub(super) fn control(launch: Launch, mut inbox: mpsc::Receiver<Reload>, started: &Started) -> Result<(), EndError> {
    let refuse = |error| {
        let _ = started.send(Err(error)); // nobody waits any more: the gateway was dropped
        Ok(())
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(StartError::Thread(error)),
    };
    let outcome = runtime.block_on(async {
        match House::build(launch).await {
            Ok(mut house) => {
                let _ = started.send(Ok(house.places.clone())); // as above
                let outcome = house.conductor.conduct(&mut inbox, &mut house.signals, &mut house.ended_workers).await;
                house.take_down().await;
                outcome
            }
            Err(error) => refuse(error),
        }
    });
    // A compiler that is at work, or a file system that hangs, is left behind.
    runtime.shutdown_timeout(LEFT_WITHIN);
    outcome
}

/// Everything that runs.
struct House {
    places: Places,
    conductor: Conductor,
    signals: Option<Signals>,
    workers: Vec<Worker>,
    ended_workers: mpsc::UnboundedReceiver<usize>,
    drain: Drain,
    _log_writer: WorkerGuard,
}

impl House {
    async fn build(launch: Launch) -> Result<Self, StartError> {
        let begun = Instant::now();
        let Loaded { config, warnings, document, files } = config::load(&launch.sources).map_err(StartError::Config)?;
        let log = launch.owns_process.then(|| Log::install(config.telemetry.level)).transpose().map_err(telemetry)?;
        let signals = launch.owns_process.then(Signals::listen).transpose().map_err(StartError::Thread)?;
        tell(&warnings, &document);
        if launch.owns_process {
            descriptors::raise();
        }
        let (access_log, log_writer) = AccessLog::start(io::stdout());
        configure_logs(&config, &access_log, log.as_ref());

        let drain = Drain::new();
        let workers = config.gateway.workers.map_or_else(cores, usize::from);
        let labels = Reason::ALL.iter().map(|reason| reason.label());
        let metrics = Metrics::new(workers, labels).map_err(telemetry)?;
        let lines = access_log.clone();
        metrics.counter(
            "yumen_access_log_lost_lines",
            "Access lines lost because standard output did not keep up.",
            move || lines.lost(),
        );
        let status = Status::new(metrics.clone());
        let doors = Doors::open(&config, &metrics).await?;
        let places = doors.places(&config)?;
        tokio::spawn(status.clone().serve(doors.status, finished(drain.clone())));

        let mut subscriptions = Subscriptions::new(launch.embedded);
        let plugins = Book::new(workers);
        let published = first_snapshot(&config, &document, &mut subscriptions, &plugins, &metrics).await?;
        let book = plugins.clone();
        metrics.families("yumen_plugin_calls_total", move || book.numbers()).map_err(telemetry)?;
        if let (Some(listener), Some(admin)) = (doors.admin, plugins.admin(&config)?) {
            tokio::spawn(admin.serve(listener, finished(drain.clone())));
        }
        let ports = Ports::new(&config, workers);
        let (ended, ended_workers) = mpsc::unbounded_channel();
        let supplies = Supplies {
            published: published.clone(),
            ended,
            drain: drain.clone(),
            access_log: access_log.clone(),
            late_replies: late_replies(&metrics),
            unrouted: Arc::clone(&metrics.listener.unrouted),
        };
        show_governance(&metrics, &published, &subscriptions.connected());
        let workers = start_workers(workers, &ports, &metrics, &supplies).map_err(StartError::Thread)?;
        accept(doors.acceptors, &workers, &drain);
        let readiness = readiness(&subscriptions, &config, &published.load());
        announce(&places, &readiness, begun);
        status.set(readiness);
        let sources = launch.sources;
        let conductor = Conductor {
            sources,
            config,
            document,
            files,
            subscriptions,
            plugins,
            published,
            ports,
            metrics,
            status,
            access_log,
            log,
            refused: None,
        };
        Ok(Self { places, conductor, signals, workers, ended_workers, drain, _log_writer: log_writer })
    }

    async fn take_down(mut self) {
        self.conductor.status.set(Readiness::Draining);
        drain(&self.drain, self.conductor.config.gateway.drain, asked_to_end(&mut self.signals)).await;
        let joined = tokio::task::spawn_blocking(move || self.workers.into_iter().for_each(Worker::join));
        let _ = joined.await; // a worker that panicked has said so itself
        self.conductor.subscriptions.close().await;
    }
}

/// Says where the gateway listens and how it stands.
fn announce(places: &Places, readiness: &Readiness, begun: Instant) {
    let status = ("status".to_owned(), places.status);
    let admin = places.admin.map(|address| ("admin".to_owned(), address));
    for (name, address) in places.listeners.iter().chain([&status]).chain(&admin) {
        tracing::info!(%name, %address, "listening");
    }
    let milliseconds = begun.elapsed().as_millis();
    match readiness {
        Readiness::Ready => tracing::info!("ready in {milliseconds} ms"),
        Readiness::Degraded(reason) => tracing::warn!("ready in {milliseconds} ms, degraded: {reason}"),
        Readiness::NotReady(reason) => tracing::warn!("not ready after {milliseconds} ms: {reason}"),
        Readiness::Draining => (),
    }
}

/// One worker for each core that the process may use.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn telemetry(error: anyhow::Error) -> StartError {
    StartError::Telemetry(error.to_string())
}

async fn finished(drain: Drain) {
    drain.finished().await;
}

/// Every port of the configuration, bound.
struct Doors {
    acceptors: Vec<Acceptor>,
    status: TcpListener,
    admin: Option<TcpListener>,
}

impl Doors {
    async fn open(config: &Config, metrics: &Metrics) -> Result<Self, StartError> {
        let fault = |name: &str, address| {
            let name = name.to_owned();
            move |source| StartError::Bind { name, address, source }
        };
        let bind = |(listener, caps): (&ListenerConfig, Caps)| {
            let bound = Acceptor::bind(listener.bind, caps, metrics.listener.clone());
            bound.map_err(fault(&listener.name, listener.bind))
        };
        let caps = descriptors::caps(&config.listeners);
        let acceptors = config.listeners.iter().zip(caps).map(bind).collect::<Result<_, _>>()?;
        let address = config.telemetry.status_bind;
        let status = TcpListener::bind(address).await.map_err(fault("status", address))?;
        let admin = match &config.admin {
            Some(admin) => Some(TcpListener::bind(admin.bind).await.map_err(fault("admin", admin.bind))?),
            None => None,
        };
        Ok(Self { acceptors, status, admin })
    }

    fn places(&self, config: &Config) -> Result<Places, StartError> {
        let named = config.listeners.iter().zip(&self.acceptors);
        let place =
            |(listener, acceptor): (&ListenerConfig, &Acceptor)| Ok((listener.name.clone(), acceptor.local_addr()?));
        let listeners = named.map(place).collect::<io::Result<_>>().map_err(StartError::Thread)?;
        let admin = self.admin.as_ref().map(TcpListener::local_addr).transpose().map_err(StartError::Thread)?;
        Ok(Places { listeners, status: self.status.local_addr().map_err(StartError::Thread)?, admin })
    }
}

/// Follows the services, gives their registries a moment to speak, and builds the first version.
async fn first_snapshot(
    config: &Config,
    document: &Document,
    subscriptions: &mut Subscriptions,
    plugins: &Book,
    metrics: &Metrics,
) -> Result<Arc<ArcSwap<Snapshot>>, StartError> {
    let fault = |list| StartError::Config(Findings { list, document: document.clone(), ..Findings::default() });
    subscriptions.prepare(config).map_err(fault)?;
    let (prepared, ()) = tokio::join!(plugins.declare(config), subscriptions.settled(config, SETTLE));
    let prepared = prepared.map_err(fault)?;
    let table = prepared.as_ref().map_or_else(Default::default, |prepared| Arc::clone(prepared.table()));
    let known = Known { config, subscriptions, metrics, table: &table, left: Vec::new() };
    let (snapshot, doubts) = Snapshot::build(1, config, &known).map_err(fault)?;
    if let Some(prepared) = prepared {
        prepared.commit().await;
    }
    subscriptions.keep(config);
    tell(&doubts, document);
    plugins.is_live(&table);
    Ok(Arc::new(ArcSwap::from_pointee(snapshot)))
}

/// Starts all workers, or none: those that did start are sent home when one cannot.
fn start_workers(count: usize, ports: &Ports, metrics: &Metrics, supplies: &Supplies) -> io::Result<Vec<Worker>> {
    let port = |(name, limits): (&str, &Arc<_>)| Port {
        name: name.into(),
        limits: Arc::clone(limits),
        metrics: metrics.listener.clone(),
    };
    let ports: Vec<_> = ports.limits().map(port).collect();
    let workers: io::Result<Vec<_>> = (0..count).map(|index| Worker::start(index, &ports, supplies)).collect();
    if workers.is_err() {
        supplies.drain.force();
    }
    workers
}

fn accept(acceptors: Vec<Acceptor>, workers: &[Worker], drain: &Drain) {
    for (port, acceptor) in acceptors.into_iter().enumerate() {
        let doors = workers.iter().map(|worker| worker.doors[port].clone()).collect();
        tokio::spawn(acceptor.run(doors, drain.clone(), Acceptor::door(drain)));
    }
}

/// Levels and forms of the logs, which may change while they run.
pub(super) fn configure_logs(config: &Config, access_log: &AccessLog, log: Option<&Log>) {
    access_log.configure(&config.telemetry.access_log, io::stdout().is_terminal());
    if let Some(log) = log {
        log.set_level(config.telemetry.level);
    }
}

fn late_replies(metrics: &Metrics) -> Arc<Counter> {
    let late = Arc::new(Counter::default());
    let shown = Arc::clone(&late);
    metrics.counter("yumen_upstream_late_replies", "Replies that came after their call had given up.", move || {
        shown.get()
    });
    late
}

/// What is live and on whom it can call.
fn show_governance(metrics: &Metrics, published: &Arc<ArcSwap<Snapshot>>, connected: &Arc<ArcSwap<Connected>>) {
    let version = Arc::clone(published);
    metrics.gauge("yumen_config_version", "Version of the configuration that is live.", move || version.load().version);
    let listed = Arc::clone(published);
    metrics.gauges("yumen_service_providers", "Providers listed now.", "service", move || {
        let count = |service: &Service| (service.name.clone(), service.instances.load().providers.len() as u64);
        listed.load().services.iter().map(count).collect()
    });
    let connected = Arc::clone(connected);
    let text = "1 while the registry is connected, else 0.";
    metrics.gauges("yumen_registry_connected", text, "registry", move || {
        connected.load().iter().map(|(name, state)| (name.clone(), u64::from(is_connected(state)))).collect()
    });
}
