//! The steps of a load, one after the other.

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::Instant,
};

use super::{Host, manifest, schema};
use crate::abi::component::{Instance, PATIENCE, Template};
use crate::capability::log::Logs;
use crate::charter::Charter;
use crate::error::{LoadError, Step};
use crate::failure::Failure;
use crate::limits::Limits;
use crate::module::Inspection;
use crate::spec::{Artifact, Digest, Kind, Spec};
use crate::statistics::Counts;
use crate::version::{Core, Loaded, Version};
use crate::words::Manifest;

/// See [`Host::load`].
pub(super) fn load(host: &Arc<Host>, artifact: &Artifact, spec: &Spec) -> Result<Arc<Version>, LoadError> {
    let (inspection, core) = prepare(host, artifact, spec)?;
    apart(async move || {
        let began = Instant::now();
        let (before, mut first) = described(&core).await?;
        let made = began.elapsed();
        schema::judge(&before.config_schema, &spec.config)?;
        let began = Instant::now();
        match step(Step::Configure, first.configure(&core.config).await)? {
            Ok(()) => {}
            Err(why) => {
                return Err(LoadError::new(Step::Configure, format!("the plugin refuses its configuration: {why}")));
            }
        }
        let configured = began.elapsed();
        // What it takes part in may follow the configuration; the second answer holds.
        let manifest = ask(&mut first).await?;
        match step(Step::SelfTest, first.self_test().await)? {
            Ok(()) => {}
            Err(why) => return Err(LoadError::new(Step::SelfTest, why)),
        }
        let services = match inspection.kind {
            Kind::Service => step(Step::Describe, first.services().await)?,
            _ => Vec::new(),
        };
        if inspection.kind == Kind::Service {
            crate::judge::services(&services).map_err(|what| LoadError::new(Step::Describe, what))?;
        }
        // The tested instance did more than others will have done when they begin.
        drop(first);
        for _ in 0..host.workers {
            let instance = step(Step::Warm, core.make().await)?;
            core.warm.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(instance);
        }
        core.usual(made.max(configured));
        let (spec, digest, origin) = (spec.clone(), artifact.digest, artifact.origin.clone());
        Ok(Arc::new(Version::new(Loaded { spec, digest, origin, inspection, manifest, services, core })))
    })
}

/// See [`Host::describe`].
pub(super) fn describe(
    host: &Arc<Host>,
    artifact: &Artifact,
    spec: &Spec,
) -> Result<(Inspection, Manifest), LoadError> {
    let (inspection, core) = prepare(host, artifact, spec)?;
    let manifest = apart(async || Ok(described(&core).await?.0))?;
    Ok((inspection, manifest))
}

/// Everything before the first instance.
fn prepare(host: &Arc<Host>, artifact: &Artifact, spec: &Spec) -> Result<(Inspection, Arc<Core>), LoadError> {
    let found = Digest::of(&artifact.bytes);
    if found != artifact.digest {
        return Err(LoadError::new(Step::Digest, format!("the bytes are {found}, not {}", artifact.digest)));
    }
    let inspection = Inspection::of(&artifact.bytes)?;
    grantable(&spec.limits)?;
    inspection.fits(&spec.limits)?;
    let code = host.code(artifact)?;
    let template = Template::new(&host.linker, &code, &inspection);
    let charter = Charter {
        serial: host.next_serial(),
        limits: spec.limits.clone(),
        grants: spec.grants.clone(),
        kept: host.kept(&spec.name),
        logs: Logs::new(Arc::clone(&spec.name), spec.id_of(&artifact.digest), spec.limits.log),
        counts: Arc::new(Counts::default()),
        waits: inspection.waits,
    };
    let core = Core {
        template: template.map_err(|what| LoadError::new(Step::Inspect, what))?,
        charter: Arc::new(charter),
        config: spec.config.clone(),
        patience: OnceLock::new(),
        warm: Mutex::default(),
        _code: code,
        _engine: Arc::clone(&host.engine),
    };
    Ok((inspection, Arc::new(core)))
}

async fn described(core: &Core) -> Result<(Manifest, Instance), LoadError> {
    let made = core.template.instantiate(&core.charter, PATIENCE).await;
    let mut first = step(Step::Instantiate, made)?;
    let manifest = ask(&mut first).await?;
    Ok((manifest, first))
}

async fn ask(instance: &mut Instance) -> Result<Manifest, LoadError> {
    let manifest = step(Step::Describe, instance.describe().await)?;
    manifest::judge(&manifest).map_err(|what| LoadError::new(Step::Describe, what))?;
    Ok(manifest)
}

/// Whether the engine has slots of this size at all.
fn grantable(limits: &Limits) -> Result<(), LoadError> {
    let refuse = |what: String| Err(LoadError::new(Step::Inspect, what));
    if limits.memory > Limits::MEMORY_MOST {
        return refuse(format!("`limits.memory` is {}; {} are the most", limits.memory, Limits::MEMORY_MOST));
    }
    if limits.instances == 0 || limits.time.is_zero() {
        return refuse("`limits.instances` and `limits.time` are more than 0".to_owned());
    }
    Ok(())
}

fn step<R>(step: Step, result: Result<R, Failure>) -> Result<R, LoadError> {
    result.map_err(|failure| LoadError::new(step, failure.to_string()))
}

/// Runs guests on a thread of their own with a clock for those that wait, so that the caller may be inside a runtime or not.
fn apart<R: Send>(work: impl AsyncFnOnce() -> Result<R, LoadError> + Send) -> Result<R, LoadError> {
    let failed = |what: &str| LoadError::new(Step::Instantiate, what);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            runtime.map_err(|error| failed(&error.to_string()))?.block_on(work())
        });
        thread.join().unwrap_or_else(|_| Err(failed("the gateway failed at this plugin")))
    })
}
