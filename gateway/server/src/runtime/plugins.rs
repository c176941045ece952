//! Plugins of the configuration: declared to the book of plugins, and what it has against them told with its place.
//!
//! The engine starts with the first configuration that has plugins; a gateway without any carries none of it.

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwapOption;
use yumen_plugin_host::{
    Host, HostOptions,
    deployed::Table,
    plugins::{Declared, Fault, Plugins, Prepared},
};

use crate::{
    admin::{Admin, AdminError, AdminOptions},
    config::{Code, Config, ConfigPath, Finding},
    snapshot::{builtin, declared, finding_of},
    telemetry::metric::Family,
};

mod numbers;

/// Folder below the state's for the code that the engine made of modules.
const CACHE: &str = "plugin-cache";
/// Folder below the state's for modules and for which of them serve.
const KEPT: &str = "plugins";

/// The book of plugins, once there is one; clones are of the same.
#[derive(Clone)]
pub(super) struct Book {
    workers: usize,
    opened: Arc<ArcSwapOption<Opened>>,
}

struct Opened {
    host: Arc<Host>,
    plugins: Arc<Plugins>,
}

impl Book {
    /// No book yet, for a gateway with so many workers.
    pub(super) fn new(workers: usize) -> Self {
        Self { workers, opened: Arc::default() }
    }

    fn plugins(&self) -> Option<Arc<Plugins>> {
        self.opened.load().as_ref().map(|opened| Arc::clone(&opened.plugins))
    }

    /// The admin API over the book, where the configuration wants one. Blocks on the disk for a moment.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn admin(&self, config: &Config) -> Result<Option<Admin>, AdminError> {
        let (Some(admin), Some(plugins)) = (&config.admin, self.plugins()) else { return Ok(None) };
        let token = admin.token.as_ref().map(|token| token.reveal().to_owned());
        Admin::new(AdminOptions { bind: admin.bind, state: state(config), token, plugins }).map(Some)
    }

    /// What serves now.
    pub(super) fn table(&self) -> Arc<Table> {
        self.plugins().map_or_else(Arc::default, |plugins| plugins.table())
    }

    /// Numbers of all that serves.
    pub(super) fn numbers(&self) -> Vec<Family> {
        match &*self.opened.load() {
            Some(opened) => numbers::read(&opened.host, &opened.plugins.table()),
            None => Vec::new(),
        }
    }

    /// Loads what the configuration declares and is not loaded yet; nothing changes before the outcome is committed.
    ///
    /// # Errors
    /// Everything that is wrong with the plugins of the configuration.
    pub(super) async fn declare(&self, config: &Config) -> Result<Option<Prepared>, Vec<Finding>> {
        if self.plugins().is_none() && (!config.plugins.is_empty() || config.admin.is_some()) {
            let opened = self.open(config).map_err(|why| vec![unopened(&why)])?;
            tokio::spawn(Arc::clone(&opened.plugins).tend());
            self.opened.store(Some(Arc::new(opened)));
        }
        let Some(plugins) = self.plugins() else { return Ok(None) };
        let declared: Vec<Declared> = config.plugins.iter().map(|plugin| declared(config, plugin)).collect();
        let told = |faults: Vec<Fault>| faults.iter().map(|fault| finding_of(config, fault)).collect();
        plugins.declare(&declared).await.map(Some).map_err(told)
    }

    fn open(&self, config: &Config) -> Result<Opened, String> {
        let state = state(config);
        let cache = state.as_ref().map(|state| state.join(CACHE));
        let options = HostOptions { workers: self.workers, cache, ..HostOptions::default() };
        let host = Host::start(options).map_err(|error| error.to_string())?;
        let kept = state.as_ref().map(|state| state.join(KEPT));
        let plugins = Plugins::open(Arc::clone(&host), kept, Box::new(builtin)).map_err(|error| error.to_string())?;
        Ok(Opened { host, plugins })
    }

    /// Waits until what serves has changed. Pends for ever where there is no book.
    pub(super) async fn changed(&self) {
        match self.plugins() {
            Some(plugins) => plugins.changed().await,
            None => std::future::pending().await,
        }
    }

    /// Workers take this table from now on.
    pub(super) fn is_live(&self, table: &Arc<Table>) {
        if let Some(plugins) = self.plugins() {
            plugins.is_live(table);
        }
    }

    /// What serves by the book cannot be published.
    pub(super) async fn take_back(&self, findings: &[Finding]) {
        let why = findings.first().map_or("", |finding| &finding.message);
        if let Some(plugins) = self.plugins() {
            plugins.take_back(why).await;
        }
    }
}

/// The folder for what outlives the process; `None`: nothing does.
fn state(config: &Config) -> Option<PathBuf> {
    let state = config.admin.as_ref().and_then(|admin| admin.state.as_ref()).unwrap_or(&config.gateway.state);
    (!state.as_os_str().is_empty()).then(|| state.clone())
}

fn unopened(why: &str) -> Finding {
    Finding::error(Code::PLUGIN_REFUSED, ConfigPath::root().key("plugins"), format!("plugins cannot be loaded: {why}"))
}
