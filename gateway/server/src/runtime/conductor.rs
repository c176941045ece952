//! Keeps what is published in step with the configuration and the metadata centres, until it is told to end.
//!
//! Every change goes the same way: load, build whole, swap. What does not load or build leaves the last good version
//! serving and is told in the log with its place. While a reload waits for registries or plugins, everything else is heard.

mod reload;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::{sync::mpsc, time};
use yumen_dubbo::contract::Contract;
use yumen_plugin_host::deployed::Table;

use self::reload::{Heard, Reloads, Why};
use super::{
    EndError, Reload,
    plugins::Book,
    ports::Ports,
    signal::{Signals, Wish},
    subscriptions::Subscriptions,
    watch::{FileWatch, Sign, Stamp},
};
use crate::{
    config::{Config, Document, Finding, Format, ListenerConfig, Paint, RouteConfig, ServiceConfig, Sources, render},
    snapshot::{Catalog, PluginTable, Service, Snapshot, declared_contract},
    status::{Readiness, Status},
    telemetry::{
        access_log::AccessLog,
        log::Log,
        metric::{Metrics, RouteMetrics},
    },
};

/// How long a new version waits for the first word of registries it did not know before.
pub(super) const SETTLE: Duration = Duration::from_secs(3);
/// How long changed definitions are gathered before a version is built of them: after an outage all of them come at once.
const GATHER: Duration = Duration::from_millis(100);
/// How often readiness is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Publishes versions.
pub(super) struct Conductor {
    pub(super) sources: Sources,
    pub(super) config: Config,
    pub(super) document: Document,
    pub(super) files: Vec<PathBuf>,
    pub(super) subscriptions: Subscriptions,
    pub(super) plugins: Book,
    pub(super) published: Arc<ArcSwap<Snapshot>>,
    pub(super) ports: Ports,
    pub(super) metrics: Arc<Metrics>,
    pub(super) status: Status,
    pub(super) access_log: AccessLog,
    /// The process' log, when this gateway owns it.
    pub(super) log: Option<Log>,
    /// What was wrong with the files when they were last read, and how they stood then.
    pub(super) refused: Option<(String, Vec<Stamp>)>,
}

/// What a snapshot's parts are taken from.
pub(super) struct Known<'a> {
    pub(super) config: &'a Config,
    pub(super) subscriptions: &'a Subscriptions,
    pub(super) metrics: &'a Metrics,
    /// What serves under the names of plugins.
    pub(super) table: &'a Table,
    /// Listeners whose ports are open though the configuration no longer has them.
    pub(super) left: Vec<&'a ListenerConfig>,
}

impl Catalog for Known<'_> {
    fn service(&self, service: &ServiceConfig) -> Service {
        self.subscriptions.service(self.config, service, self.metrics.service(&service.name))
    }

    fn contract(&self, service: &ServiceConfig) -> Option<Arc<Contract>> {
        match &service.plugin {
            Some(plugin) => declared_contract(self.table, plugin, service).map(Arc::new),
            None => self.subscriptions.contract(self.config, service),
        }
    }

    fn plugins(&self, config: &Config) -> Result<PluginTable, Vec<Finding>> {
        PluginTable::build(config, self.left.iter().copied(), self.table)
    }

    fn metrics(&self, route: &RouteConfig) -> Arc<RouteMetrics> {
        self.metrics.route(&route.name)
    }
}

impl Conductor {
    /// Serves until its orders are closed or a signal ends it.
    ///
    /// # Errors
    /// When a worker ended, which none does before the drain.
    pub(super) async fn conduct(
        &mut self,
        inbox: &mut mpsc::Receiver<Reload>,
        signals: &mut Option<Signals>,
        ended_workers: &mut mpsc::UnboundedReceiver<usize>,
    ) -> Result<(), EndError> {
        let mut watch = self.watch_files();
        let mut look = time::interval(LOOK);
        let mut rebuild = None;
        let mut reloads = Reloads::default();
        loop {
            self.begin_next(&mut reloads);
            if let Some(watch) = &mut watch {
                watch.follow(self.files.iter().map(PathBuf::as_path));
            }
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(answer) => reloads.want(Why::Ordered(answer)),
                    None => return Ok(()),
                },
                wish = next_wish(signals) => match wish {
                    Wish::Reload => reloads.want(Why::Signal),
                    Wish::End(number) => {
                        tracing::info!(signal = number, "draining");
                        return Ok(());
                    }
                },
                Some(index) = ended_workers.recv() => {
                    let error = EndError::Worker(index);
                    tracing::error!("{error}; draining the others");
                    return Err(error);
                }
                sign = changed(&mut watch) => reloads.want(Why::Files(sign)),
                heard = reloads.heard(&mut self.subscriptions, rebuild.is_none()) => match heard {
                    Heard::Definitions => rebuild = Some(time::Instant::now() + GATHER),
                    Heard::Settled => self.load_plugins(&mut reloads),
                    Heard::Loaded(plugins) => self.finish(&mut reloads, plugins).await,
                },
                () = at(rebuild) => {
                    rebuild = None;
                    let _ = self.rebuild_and_tell(); // what is live stays, and another definition may come
                }
                () = self.plugins.changed() => self.replace_plugins().await,
                _ = look.tick() => self.look(),
            }
        }
    }

    fn watch_files(&self) -> Option<FileWatch> {
        if self.sources.text.is_some() {
            return None;
        }
        match FileWatch::new() {
            Ok(mut watch) => {
                watch.follow(self.files.iter().map(PathBuf::as_path));
                Some(watch)
            }
            Err(error) => {
                tracing::warn!(%error, "file changes go unnoticed; SIGHUP still reloads");
                None
            }
        }
    }

    /// Builds the same configuration against what is known now.
    ///
    /// # Errors
    /// What keeps it from being published, told already.
    fn rebuild_and_tell(&mut self) -> Result<(), Vec<Finding>> {
        let begun = Instant::now();
        self.subscriptions.hear_definitions();
        let table = self.plugins.table();
        match self.build(&self.config, &table) {
            Ok((snapshot, doubts)) => {
                tell(&doubts, &self.document);
                self.publish(snapshot, begun);
                self.plugins.is_live(&table);
                Ok(())
            }
            Err(findings) => {
                tell(&findings, &self.document);
                Err(findings)
            }
        }
    }

    /// Publishes other versions of plugins, or has the book take them back.
    async fn replace_plugins(&mut self) {
        let table = self.plugins.table();
        let outcome = match self.serves_anew(&table) {
            true => self.rebuild_and_tell(),
            false => self.swap_plugins(&table),
        };
        if let Err(findings) = outcome {
            self.plugins.take_back(&findings).await;
        }
    }

    /// Whether a plugin that is a service has another version: its methods may be others now, and with them plans.
    fn serves_anew(&self, table: &Table) -> bool {
        let live = self.published.load();
        live.services.iter().filter_map(|service| service.plugin.as_deref()).any(|name| {
            let before = live.plugins.slots.iter().find(|slot| &*slot.name == name);
            let before = before.and_then(|slot| slot.stable.as_ref()).map(|fit| Arc::as_ptr(&fit.version));
            before != table.get(name).and_then(|deployed| deployed.stable()).map(Arc::as_ptr)
        })
    }

    fn swap_plugins(&self, table: &Arc<Table>) -> Result<(), Vec<Finding>> {
        let begun = Instant::now();
        let plugins = PluginTable::build(&self.config, self.ports.left(&self.config), table);
        let plugins = plugins.inspect_err(|findings| tell(findings, &self.document))?;
        self.published.store(Arc::new(self.published.load().with_plugins(plugins)));
        self.plugins.is_live(table);
        tracing::info!("plugins live in {} ms", begun.elapsed().as_millis());
        Ok(())
    }

    fn build(&self, config: &Config, table: &Table) -> Result<(Snapshot, Vec<Finding>), Vec<Finding>> {
        let left = self.ports.left(config).collect();
        let known = Known { config, subscriptions: &self.subscriptions, metrics: &self.metrics, table, left };
        Snapshot::build(self.published.load().version + 1, config, &known)
    }

    fn publish(&self, snapshot: Snapshot, begun: Instant) -> u64 {
        let version = snapshot.version;
        self.published.store(Arc::new(snapshot));
        tracing::info!("v{version} live in {} ms", begun.elapsed().as_millis());
        version
    }

    /// What changes without a new snapshot.
    fn apply(&mut self, config: &Config) {
        self.ports.apply(config);
        super::startup::configure_logs(config, &self.access_log, self.log.as_ref());
    }

    fn warn_of_restart(&self, config: &Config) {
        for what in self.ports.after_restart(config) {
            tracing::warn!("{what} until a restart");
        }
        if config.telemetry.status_bind != self.config.telemetry.status_bind {
            tracing::warn!("the status port keeps its address until a restart");
        }
        if config.admin != self.config.admin {
            tracing::warn!("the admin port stays as it is until a restart");
        }
        if config.gateway.workers != self.config.gateway.workers {
            tracing::warn!("the number of workers stays until a restart");
        }
    }

    fn look(&self) {
        self.status.set(readiness(&self.subscriptions, &self.config, &self.published.load()));
    }
}

/// Ready as long as one service has a provider, with what is amiss all the same. Not before somebody, be it an earlier
/// run, has told what every service needs to be called.
pub(super) fn readiness(subscriptions: &Subscriptions, config: &Config, snapshot: &Snapshot) -> Readiness {
    let unheard = subscriptions.unheard(config, snapshot);
    if !unheard.is_empty() {
        return Readiness::NotReady(format!("nothing is known yet of {}", unheard.join(", ")));
    }
    let mut amiss = Vec::new();
    let away = subscriptions.unreachable();
    if !away.is_empty() {
        amiss.push(format!("registry {} is not connected", away.join(", ")));
    }
    let empty = subscriptions.without_providers(config);
    if !empty.is_empty() {
        amiss.push(format!("no provider of {}", empty.join(", ")));
    }
    match amiss.join("; ") {
        none if none.is_empty() => Readiness::Ready,
        all if empty.len() == config.services.len() => Readiness::NotReady(all),
        some => Readiness::Degraded(some),
    }
}

/// Logs findings with their places.
pub(super) fn tell(findings: &[Finding], document: &Document) {
    if !findings.is_empty() {
        tracing::warn!("{}", render(findings, document, Format::Text, Paint::Plain).trim_end());
    }
}

async fn next_wish(signals: &mut Option<Signals>) -> Wish {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

async fn at(time: Option<time::Instant>) {
    match time {
        Some(time) => time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn changed(watch: &mut Option<FileWatch>) -> Sign {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}
