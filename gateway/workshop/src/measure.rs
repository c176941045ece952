//! `yumen plugin bench`: what a plugin costs.

use std::{
    fs,
    path::Path,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use yumen_plugin_host::{
    Artifact, Balancer, EndpointStats, Failure, Host, HostOptions, Isolation, Kind, Limits, NONE, Pool, Pools, Router,
    Spec, Version, Visit,
    words::{Endpoint, Interest, Invocation, Protocol, Side, Snapshot},
};

use crate::{
    case::Case,
    script::{Outside, Script},
    trouble::Trouble,
};

/// How long each phase is measured.
const SPAN: Duration = Duration::from_millis(300);

/// Calls between two looks at the clock.
const BATCH: u32 = 20;

/// The most batches of a phase.
const BATCHES: usize = 20_000;

/// What a plugin costs.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// From bytes to machine code, in milliseconds.
    pub compile_ms: f64,
    /// All other steps of a load: instance, describe, configure, self-test, an instance for each worker.
    pub load_ms: f64,
    /// Bytes of linear memory of one instance after the measurement.
    pub memory: u64,
    /// Phases that the plugin takes part in, `instance` last: a first phase in an instance of its own.
    pub phases: Vec<Phase>,
}

/// What one phase costs, the gateway's side of the crossing included.
#[derive(Debug, Clone, Serialize)]
pub struct Phase {
    /// Such as `on-request`.
    pub name: &'static str,
    /// Half of all calls took less, in nanoseconds.
    pub median_ns: u64,
    /// All but one in a hundred took less.
    pub p99_ns: u64,
    /// Calls that were measured.
    pub calls: u64,
}

/// Measures a component with this configuration. Side calls find nobody.
///
/// # Errors
/// It cannot be read, does not load, or fails at a phase.
pub fn measure(origin: &Path, config: &str) -> Result<Figures, Trouble> {
    let bytes = fs::read(origin).map_err(|error| Trouble::file("read", origin, &error))?;
    let host = Host::start(HostOptions { workers: 1, cache: None, instances: 64 })
        .map_err(|error| Trouble::new(error.to_string()))?;
    let artifact = Artifact::new(bytes, origin.display().to_string());
    let name = origin.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut spec = Spec::new(name);
    spec.config = config.to_owned();
    spec.limits.memory = Limits::MEMORY_MOST;
    spec.limits.table = Limits::TABLE_MOST;
    spec.limits.log = u32::MAX;
    let load = |spec: &Spec| {
        let began = Instant::now();
        let version = host.load(&artifact, spec).map_err(|error| Trouble::new(error.to_string()))?;
        Ok::<_, Trouble>((version, began.elapsed()))
    };
    let (version, first) = load(&spec)?;
    // The code is there already the second time.
    let (_, again) = load(&spec)?;
    let bench = Bench::new(&version)?;
    let mut phases = bench.phases().map_err(|failure| Trouble::new(failure.to_string()))?;
    let memory = version.statistics().memory / version.statistics().instances.max(1);
    if matches!(version.kind(), Kind::Filter | Kind::Service) {
        spec.isolation = Isolation::Fresh;
        let (version, _) = load(&spec)?;
        let bench = Bench::new(&version)?;
        phases.push(bench.instances().map_err(|failure| Trouble::new(failure.to_string()))?);
    }
    Ok(Figures { compile_ms: ms(first.saturating_sub(again)), load_ms: ms(again), memory, phases })
}

fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e5).round() / 100.0
}

struct Bench<'a> {
    version: &'a Arc<Version>,
    pool: Rc<Pool>,
    runtime: tokio::runtime::Runtime,
    script: Rc<Script>,
}

impl<'a> Bench<'a> {
    fn new(version: &'a Arc<Version>) -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Trouble::new(format!("no runtime: {error}")))?;
        let mut case = Case::nameless();
        case.call = Some(crate::case::Call::default());
        Ok(Self { version, pool: Pools::new().of(version), runtime, script: Script::new(&case) })
    }

    fn visit(&self) -> Visit {
        Visit::new(Rc::clone(&self.script) as Rc<_>, Rc::new(Outside(Rc::clone(&self.script))))
    }

    fn phases(&self) -> Result<Vec<Phase>, Failure> {
        match self.version.kind() {
            Kind::Filter => self.filter(),
            Kind::Service => Ok(vec![self.service()?]),
            Kind::Router => Ok(vec![self.router()?]),
            Kind::LoadBalancer => Ok(vec![self.balancer()?]),
        }
    }

    fn filter(&self) -> Result<Vec<Phase>, Failure> {
        let manifest = self.version.manifest();
        let (pool, visit) = (&self.pool, self.visit());
        let wanted =
            |names: &[String]| -> Vec<Option<&'static str>> { names.iter().map(|_| Some("some-value")).collect() };
        let takes = |phase: Interest| manifest.interest.contains(phase);
        let mut phases = Vec::new();
        if takes(Interest::REQUEST_HEAD) {
            let wanted = wanted(&manifest.request_wants);
            phases.push(
                self.timed("on-request", async || pool.on_request(&visit, Protocol::Http1, &wanted).await.map(drop))?,
            );
        }
        let body = vec![b'x'; 1024];
        for (phase, side) in [(Interest::REQUEST_BODY, Side::Request), (Interest::RESPONSE_BODY, Side::Response)] {
            if takes(phase) {
                phases
                    .push(self.timed("on-body", async || pool.on_body(&visit, side, &body, true, 0).await.map(drop))?);
            }
        }
        if takes(Interest::CALL) {
            let wanted = wanted(&manifest.call_wants);
            phases.push(self.timed("on-call", async || pool.on_call(&visit, &wanted, 0).await.map(drop))?);
        }
        if takes(Interest::OUTCOME) {
            phases.push(self.timed("on-outcome", async || pool.on_outcome(&visit, true, 0).await.map(drop))?);
        }
        if takes(Interest::RESPONSE_HEAD) {
            let wanted = wanted(&manifest.response_wants);
            phases.push(self.timed("on-response", async || pool.on_response(&visit, 200, &wanted, 0).await.map(drop))?);
        }
        if takes(Interest::END) {
            phases.push(self.timed("on-end", async || pool.on_end(&visit, 200, 1000, 0).await)?);
        }
        Ok(phases)
    }

    fn service(&self) -> Result<Phase, Failure> {
        let (visit, invocation) = (self.visit(), self.invocation());
        self.timed("invoke", async || self.pool.invoke(&visit, &invocation).await.map(drop))
    }

    /// The first method that the service has, with arguments of no particular kind.
    fn invocation(&self) -> Invocation {
        let service = self.version.services().first();
        let method = service.and_then(|service| service.methods.first());
        let arguments = method.map_or(0, |method| method.parameter_types.len());
        Invocation {
            service: service.map(|service| service.name.clone()).unwrap_or_default(),
            method: method.map(|method| method.name.clone()).unwrap_or_default(),
            parameter_types: method.map(|method| method.parameter_types.clone()).unwrap_or_default(),
            arguments: format!("[{}]", vec!["\"1\""; arguments].join(",")),
            attachments: Vec::new(),
            timeout_ms: 1000,
        }
    }

    fn router(&self) -> Result<Phase, Failure> {
        let router = Router::new(Rc::clone(&self.pool));
        router.prepare(snapshot())?;
        let visit = self.visit();
        let wanted: Vec<_> = self.version.manifest().call_wants.iter().map(|_| Some("some-value")).collect();
        self.timed("route", async || router.route(&visit, SERVICE, &wanted).map(drop))
    }

    fn balancer(&self) -> Result<Phase, Failure> {
        let balancer = Balancer::new(Rc::clone(&self.pool));
        balancer.rebuild(1, snapshot())?;
        let stats: Rc<dyn EndpointStats> = Rc::new(Idle);
        self.timed("pick", async || balancer.pick(1, 7, 0, NONE, &stats).map(drop))
    }

    /// The first phase that there is, each time with a visit, and so with an instance, of its own.
    fn instances(&self) -> Result<Phase, Failure> {
        let manifest = self.version.manifest();
        let wanted: Vec<_> = manifest.request_wants.iter().map(|_| Some("some-value")).collect();
        let invocation = self.invocation();
        self.timed("instance", async || {
            let visit = self.visit();
            match self.version.kind() {
                Kind::Service => self.pool.invoke(&visit, &invocation).await.map(drop),
                _ if manifest.interest.contains(Interest::REQUEST_HEAD) => {
                    self.pool.on_request(&visit, Protocol::Http1, &wanted).await.map(drop)
                }
                _ => self.pool.on_end(&visit, 200, 1000, 0).await,
            }
        })
    }

    fn timed(&self, name: &'static str, call: impl AsyncFn() -> Result<(), Failure>) -> Result<Phase, Failure> {
        self.runtime.block_on(async {
            for _ in 0..BATCH {
                call().await?;
            }
            let (began, mut times) = (Instant::now(), Vec::new());
            while began.elapsed() < SPAN && times.len() < BATCHES {
                let batch = Instant::now();
                for _ in 0..BATCH {
                    call().await?;
                }
                times.push(batch.elapsed() / BATCH);
            }
            times.sort_unstable();
            let at =
                |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).map_or(0, nanoseconds);
            Ok(Phase { name, median_ns: at(50), p99_ns: at(99), calls: times.len() as u64 * u64::from(BATCH) })
        })
    }
}

fn nanoseconds(took: &Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}

/// The service that routers and balancers are measured with.
const SERVICE: &str = "com.example.Service";

fn snapshot() -> Rc<Snapshot> {
    let endpoint = |id: u64| Endpoint {
        id,
        address: format!("10.0.0.{id}:20880"),
        weight: 100,
        zone: format!("zone-{}", id % 3),
        parameters: Vec::new(),
    };
    Rc::new(Snapshot { service: SERVICE.to_owned(), endpoints: (1..=10).map(endpoint).collect() })
}

/// Providers that nobody calls.
struct Idle;

impl EndpointStats for Idle {
    fn active(&self, _: u32) -> u32 {
        0
    }
    fn latency(&self, _: u32) -> u32 {
        0
    }
    fn available(&self, _: u32) -> bool {
        true
    }
}
