//! One component with one configuration, grants and limits. It never changes; another configuration is another version.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use wasmtime::component::Component;

use crate::abi::component::{Instance, PATIENCE, Template};
use crate::capability::log::Logs;
use crate::charter::Charter;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::module::Inspection;
use crate::spec::{Digest, Kind, Spec};
use crate::statistics::Statistics;
use crate::words::{FailurePolicy, Level, Manifest, Service};

/// A version that is ready to serve. It lives as long as somebody holds it; the pools of workers do not count.
pub struct Version {
    id: String,
    spec: Spec,
    digest: Digest,
    origin: String,
    inspection: Inspection,
    manifest: Manifest,
    services: Vec<Service>,
    loaded: SystemTime,
    core: Arc<Core>,
}

/// The least and, for what is not slower by itself, the most that a step of making an instance may take on a worker.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

/// What is learnt of a version while it is loaded.
pub(crate) struct Loaded {
    pub(crate) spec: Spec,
    pub(crate) digest: Digest,
    pub(crate) origin: String,
    pub(crate) inspection: Inspection,
    pub(crate) manifest: Manifest,
    pub(crate) services: Vec<Service>,
    pub(crate) core: Arc<Core>,
}

/// What the instances of a version are made of. Pools and calls on their way hold it too.
pub(crate) struct Core {
    pub(crate) template: Template,
    pub(crate) charter: Arc<Charter>,
    pub(crate) config: String,
    /// How long making an instance and each step of it may take on a worker, once that is known.
    pub(crate) patience: OnceLock<Duration>,
    /// Instances made ready before the version served, for workers to begin with.
    pub(crate) warm: Mutex<Vec<Instance>>,
    /// Keeps the code known to the host as long as it is in use.
    pub(crate) _code: Arc<Component>,
    /// Keeps time passing for guests.
    pub(crate) _engine: Arc<Engine>,
}

impl Core {
    /// A new instance, configured. On a worker it may take no longer than what the first one shows to be usual: others wait meanwhile.
    pub(crate) async fn make(&self) -> Result<Instance, Failure> {
        let patience = self.patience.get().copied().unwrap_or(PATIENCE);
        let mut instance = self.template.instantiate(&self.charter, patience).await?;
        match instance.configure(&self.config).await {
            Ok(Ok(())) => Ok(instance),
            Ok(Err(why)) => Err(Failure::Start(format!("it refuses its configuration now: {why}"))),
            Err(failure) => Err(Failure::Start(format!("configure: {failure}"))),
        }
    }

    /// The slowest step of making the first instance took so long.
    pub(crate) fn usual(&self, slowest: Duration) {
        let patience = (slowest * 4).clamp(SHORTEST, LONGEST).max(slowest * 2).min(PATIENCE);
        self.patience.get_or_init(|| patience);
    }

    /// One of the instances that were made ready in advance.
    pub(crate) fn take_warm(&self) -> Option<Instance> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Version {
    pub(crate) fn new(loaded: Loaded) -> Version {
        let Loaded { spec, digest, origin, inspection, manifest, services, core } = loaded;
        let id = spec.id_of(&digest);
        Version { id, spec, digest, origin, inspection, manifest, services, loaded: SystemTime::now(), core }
    }

    /// Twelve hex digits, as [`Spec::id_of`] makes them.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The plugin's name in the configuration.
    pub fn name(&self) -> &Arc<str> {
        &self.spec.name
    }

    /// How it is run.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Where the component came from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What kind of plugin it is.
    pub fn kind(&self) -> Kind {
        self.inspection.kind
    }

    /// What the component is by its bytes.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// What the plugin says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// For [`Kind::Service`]: what it serves. Else empty.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// What happens to a request that it fails at: as the configuration says, else as the plugin says.
    pub fn on_failure(&self) -> FailurePolicy {
        self.spec.on_failure.unwrap_or(self.manifest.on_failure)
    }

    /// When it was ready.
    pub fn loaded(&self) -> SystemTime {
        self.loaded
    }

    /// What it did so far. Adds up all workers: for people and `/metrics`, not for requests.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = self.core.charter.counts.read();
        statistics.dropped_lines = self.logs().dropped();
        statistics
    }

    /// Callbacks that failed so far; cheap.
    pub fn failures(&self) -> u64 {
        self.core.charter.counts.failures()
    }

    /// What its instances say.
    pub fn logs(&self) -> &Logs {
        &self.core.charter.logs
    }

    /// Puts a line of the gateway's own into the version's log, such as why it was taken out of service.
    pub fn note(&self, level: Level, message: &str) {
        self.logs().write(level, message);
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Version({} {})", self.spec.name, self.id)
    }
}
