//! The host: what all plugins share, and the way a version takes from bytes to service.

mod load;
mod manifest;
mod schema;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use wasmtime::component::{Component, Linker};

use crate::abi::component::{Room, linker};
use crate::capability::Kept;
use crate::capability::metric::Series;
use crate::engine::Engine;
use crate::error::{HostError, LoadError};
use crate::module::{Cache, Compiler, Inspection};
use crate::spec::{Artifact, Digest, Spec};
use crate::version::Version;
use crate::words::{KvError, Manifest};

/// What the host is started with.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Workers that will call plugins: so many instances are made ready before a version serves.
    pub workers: usize,
    /// Where compiled code is kept between two starts. Its folder is made; only this user may enter it. `None`: nowhere.
    pub cache: Option<PathBuf>,
    /// Instances that may live at the same time, over all plugins and workers. Address space is reserved for them, memory is not.
    pub instances: u32,
}

impl Default for HostOptions {
    fn default() -> HostOptions {
        HostOptions { workers: 1, cache: None, instances: 1000 }
    }
}

/// The engine, the compiler with its cache, and what plugins keep beyond their versions.
pub struct Host {
    engine: Arc<Engine>,
    linker: Linker<Room>,
    compiler: Compiler,
    cache: Cache,
    workers: usize,
    serial: AtomicU64,
    kept: Mutex<HashMap<Arc<str>, Arc<Kept>>>,
    /// Code of components that versions hold, so that another configuration of the same component costs no compilation.
    code: Mutex<HashMap<Digest, Weak<Component>>>,
}

impl Host {
    /// Starts the engine and its clock. They end when the host and the last version are dropped.
    ///
    /// # Errors
    /// When the machine gives no address space for the instances or no threads.
    pub fn start(options: HostOptions) -> Result<Arc<Host>, HostError> {
        let engine = Engine::start(options.instances)?;
        Ok(Arc::new(Host {
            linker: linker(&engine)?,
            compiler: Compiler::start()?,
            cache: Cache::open(options.cache.as_deref()),
            engine,
            workers: options.workers.max(1),
            serial: AtomicU64::new(0),
            kept: Mutex::default(),
            code: Mutex::default(),
        }))
    }

    /// What the component is by its bytes. Compiles and runs nothing.
    ///
    /// # Errors
    /// What is no component, imports what the gateway does not offer, or is no plugin.
    pub fn inspect(&self, bytes: &[u8]) -> Result<Inspection, LoadError> {
        Inspection::of(bytes)
    }

    /// What the component says about itself. Compiles it and makes one instance; blocks.
    ///
    /// # Errors
    /// As [`Host::load`], up to and with `describe`.
    pub fn describe(self: &Arc<Host>, artifact: &Artifact, spec: &Spec) -> Result<(Inspection, Manifest), LoadError> {
        load::describe(self, artifact, spec)
    }

    /// Makes a version ready to serve: checks digest, imports and limits, compiles or finds the code, makes an instance, asks it what it
    /// is, judges the configuration, configures, tests, and warms one instance for each worker. Blocks, for seconds when a large module
    /// must be compiled. Nothing serves it yet.
    ///
    /// # Errors
    /// Says at which step it failed and why.
    pub fn load(self: &Arc<Host>, artifact: &Artifact, spec: &Spec) -> Result<Arc<Version>, LoadError> {
        load::load(self, artifact, spec)
    }

    /// Every number that plugins show, by plugin.
    pub fn metrics(&self) -> Vec<(Arc<str>, Vec<Arc<Series>>)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = kept.iter().map(|(name, kept)| (Arc::clone(name), kept.metrics.all())).collect();
        drop(kept);
        all.retain(|(_, series)| !series.is_empty());
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    }

    /// Puts bytes where a plugin of this name finds them in its kv, as if it had: for its tests. Returns their version.
    ///
    /// # Errors
    /// As `kv.put`.
    pub fn put(&self, name: &Arc<str>, bucket: &str, key: &str, bytes: Vec<u8>) -> Result<u64, KvError> {
        self.kept(name).kv.put(bucket, key, bytes, None, 0)
    }

    /// Forgets what a plugin of this name kept: kv, counters and metrics. Versions that still live keep theirs to their end.
    pub fn forget(&self, name: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn kept(&self, name: &Arc<str>) -> Arc<Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(Arc::clone(name)).or_default())
    }

    /// The code of a component: in use already, kept on disk, or compiled now.
    fn code(&self, artifact: &Artifact) -> Result<Arc<Component>, LoadError> {
        if let Some(code) = self.known(&artifact.digest) {
            return Ok(code);
        }
        let engine = self.engine.wasm();
        let code = match self.cache.get(engine, &artifact.digest) {
            Some(code) => code,
            None => {
                let code = self.compiler.compile(&self.engine, &artifact.bytes)?;
                self.cache.put(engine, &artifact.digest, &code);
                code
            }
        };
        let code = Arc::new(code);
        let mut known = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, code| code.strong_count() > 0);
        known.insert(artifact.digest, Arc::downgrade(&code));
        Ok(code)
    }

    fn known(&self, digest: &Digest) -> Option<Arc<Component>> {
        self.code.lock().unwrap_or_else(PoisonError::into_inner).get(digest)?.upgrade()
    }

    fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }
}
