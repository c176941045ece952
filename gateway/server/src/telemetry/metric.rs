//! Every number that `/metrics` shows.
//!
//! A route's numbers lie in one shard a worker, and only that worker writes it: a request costs a few plain loads and
//! stores. They are added up when somebody asks, through observable instruments of OpenTelemetry; the latency histogram, for
//! which OpenTelemetry has no observable form, is collected beside them. Labels are names from the configuration, words of
//! ours and status classes: nothing that a client sends becomes one.

mod families;
mod histogram;
mod instruments;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use http::StatusCode;
use opentelemetry::{KeyValue, metrics::Meter};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};
use yumen_dubbo::error::ErrorKind;

pub use self::families::{Family, Number, Sample};
use self::{families::Families, histogram::Latency};

/// A number that only grows. May be added to from everywhere.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds, and returns what was there before.
    pub fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Relaxed)
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Adds one where no other thread adds: a load and a store, no bus lock.
    fn bump(&self, more: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(more), Relaxed);
    }
}

/// Counters told apart by one label with few values.
#[derive(Debug)]
pub struct Labelled {
    labels: Vec<&'static str>,
    counts: Vec<Counter>,
}

impl Labelled {
    /// One counter a label, in this order.
    pub fn new(labels: impl IntoIterator<Item = &'static str>) -> Self {
        let labels: Vec<_> = labels.into_iter().collect();
        let counts = labels.iter().map(|_| Counter::default()).collect();
        Self { labels, counts }
    }

    /// Adds one to the label with this index; an unknown index counts nothing.
    pub fn add(&self, index: usize) {
        if let Some(count) = self.counts.get(index) {
            count.add(1);
        }
    }

    /// Labels with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.labels.iter().copied().zip(self.counts.iter().map(Counter::get))
    }
}

/// What happens on the HTTP ports before a route is known.
#[derive(Debug)]
pub struct ListenerMetrics {
    /// Connections given to a worker.
    pub opened_connections: Counter,
    /// Connections that ended.
    pub closed_connections: Counter,
    /// Connections turned away at a cap.
    pub refused_connections: Counter,
    /// Idle connections that were closed for newcomers.
    pub displaced_connections: Counter,
    /// Connections that ended with an error of the protocol or the network.
    pub broken_connections: Counter,
    /// Connections that chose HTTP/2.
    pub http2_connections: Counter,
    /// Accepts that failed for want of descriptors or memory.
    pub accept_errors: Counter,
    /// Requests refused before routing, by reason.
    pub rejections: Labelled,
    /// Requests that found no route, by [`Unrouted`].
    pub unrouted: Arc<Labelled>,
}

/// Why a request found no route; the index of its count in [`ListenerMetrics::unrouted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrouted {
    /// No route has this host, path and fields: 404.
    NoRoute,
    /// Routes have, but none with this method: 405.
    Method,
}

/// Labels of [`Unrouted`], in its order.
const UNROUTED: [&str; 2] = ["no_route", "method"];

/// Requests of one route.
pub struct RouteMetrics {
    name: Box<str>,
    shards: Box<[RouteShard]>,
}

/// One worker's share of a route's numbers, on cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct RouteShard {
    started: Counter,
    /// Index: first digit of the status; 0 for requests whose client went away.
    ended: [Counter; 6],
    latency: Latency,
}

/// A request under way. Dropped without [`Started::end`], its client went away.
pub struct Started<'a> {
    route: &'a RouteMetrics,
    shard: usize,
    ended: bool,
}

impl RouteMetrics {
    /// A request begins on a worker. `worker` is the worker's index; no two workers may use the same.
    pub fn begin(&self, worker: usize) -> Started<'_> {
        let shard = worker % self.shards.len();
        self.shards[shard].started.bump(1);
        Started { route: self, shard, ended: false }
    }

    /// Requests that ended, by first digit of the status; index 0: the client went away.
    pub fn ended(&self) -> [u64; 6] {
        let mut sums = [0; 6];
        for shard in &self.shards {
            for (sum, count) in sums.iter_mut().zip(&shard.ended) {
                *sum += count.get();
            }
        }
        sums
    }

    /// Requests under way.
    pub fn in_flight(&self) -> u64 {
        let started: u64 = self.shards.iter().map(|shard| shard.started.get()).sum();
        started.saturating_sub(self.ended().iter().sum())
    }
}

impl fmt::Debug for RouteMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteMetrics").field("name", &self.name).field("ended", &self.ended()).finish()
    }
}

impl Started<'_> {
    /// The request was answered.
    pub fn end(mut self, status: StatusCode, elapsed: Duration) {
        self.ended = true;
        let shard = &self.route.shards[self.shard];
        shard.ended[usize::from(status.as_u16() / 100).min(5)].bump(1);
        shard.latency.record(elapsed);
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.route.shards[self.shard].ended[0].bump(1);
        }
    }
}

/// Calls to one Dubbo service.
#[derive(Debug)]
pub struct ServiceMetrics {
    name: Box<str>,
    /// Calls that failed for good, by kind.
    errors: Labelled,
}

impl ServiceMetrics {
    /// A call failed for good.
    pub fn failed(&self, kind: ErrorKind) {
        self.errors.add(index(kind));
    }

    /// What metrics and the access log call this kind of error.
    pub fn label(kind: ErrorKind) -> &'static str {
        ERROR_KINDS[index(kind)]
    }
}

/// Place of a kind in [`ERROR_KINDS`].
fn index(kind: ErrorKind) -> usize {
    match kind {
        ErrorKind::NoProvider => 0,
        ErrorKind::Forbidden => 1,
        ErrorKind::Connect => 2,
        ErrorKind::Closed => 3,
        ErrorKind::Timeout => 4,
        ErrorKind::Deadline => 5,
        ErrorKind::Provider(_) => 6,
        ErrorKind::BadReply => 7,
        ErrorKind::PayloadTooLarge => 8,
        ErrorKind::Busy => 9,
        ErrorKind::Ended(_) => 10,
    }
}

/// Labels of [`ServiceMetrics::failed`], in its order.
const ERROR_KINDS: [&str; 11] = [
    "no_provider",
    "forbidden",
    "connect",
    "closed",
    "timeout",
    "deadline",
    "provider",
    "bad_reply",
    "payload_too_large",
    "busy",
    "ended",
];

/// What became of a configuration that was read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reloaded {
    /// It said something new and is live.
    Applied,
    /// It has errors; what was live stays.
    Refused,
}

/// All numbers of the process.
pub struct Metrics {
    reloads: Arc<Labelled>,
    /// The HTTP ports.
    pub listener: Arc<ListenerMetrics>,
    tables: Arc<Tables>,
    workers: usize,
    registry: Registry,
    meter: Meter,
    /// Keeps the instruments registered.
    _provider: SdkMeterProvider,
}

/// What the instruments read.
#[derive(Debug, Default)]
struct Tables {
    routes: Mutex<BTreeMap<Box<str>, Arc<RouteMetrics>>>,
    services: Mutex<BTreeMap<Box<str>, Arc<ServiceMetrics>>>,
}

impl Metrics {
    /// Empty numbers for this many workers. `rejections` are the labels of [`ListenerMetrics::rejections`].
    ///
    /// # Errors
    /// When the instruments cannot be registered, which a name given twice would cause.
    pub fn new(workers: usize, rejections: impl IntoIterator<Item = &'static str>) -> anyhow::Result<Arc<Self>> {
        let listener = Arc::new(ListenerMetrics {
            opened_connections: Counter::default(),
            closed_connections: Counter::default(),
            refused_connections: Counter::default(),
            displaced_connections: Counter::default(),
            broken_connections: Counter::default(),
            http2_connections: Counter::default(),
            accept_errors: Counter::default(),
            rejections: Labelled::new(rejections),
            unrouted: Arc::new(Labelled::new(UNROUTED)),
        });
        let tables = Arc::new(Tables::default());
        let registry = Registry::new();
        let reloads = Arc::new(Labelled::new(["applied", "refused"]));
        let (provider, meter) = instruments::register(&registry, &listener, &tables)?;
        instruments::reloads(&meter, &reloads);
        registry.register(Box::new(histogram::Histograms::new(Arc::clone(&tables))?))?;
        Ok(Arc::new(Self { reloads, listener, tables, workers: workers.max(1), registry, meter, _provider: provider }))
    }

    /// The numbers of a route; they go on where a route of this name left off.
    pub fn route(&self, name: &str) -> Arc<RouteMetrics> {
        let make = || {
            let shards = (0..self.workers).map(|_| RouteShard::default()).collect();
            Arc::new(RouteMetrics { name: name.into(), shards })
        };
        Arc::clone(lock(&self.tables.routes).entry(name.into()).or_insert_with(make))
    }

    /// The numbers of a service; they go on where a service of this name left off.
    pub fn service(&self, name: &str) -> Arc<ServiceMetrics> {
        let make = || {
            let errors = Labelled::new(ERROR_KINDS);
            Arc::new(ServiceMetrics { name: name.into(), errors })
        };
        Arc::clone(lock(&self.tables.services).entry(name.into()).or_insert_with(make))
    }

    /// A configuration was read again.
    pub fn reloaded(&self, outcome: Reloaded) {
        self.reloads.add(outcome as usize);
    }

    /// Shows a number that somebody else keeps and that may go up and down.
    pub fn gauge(&self, name: &'static str, text: &'static str, read: impl Fn() -> u64 + Send + Sync + 'static) {
        instruments::gauge(&self.meter, name, text, move |observer| observer.observe(read(), &[]));
    }

    /// Shows a number that somebody else keeps and that only grows; `_total` is added to the name.
    pub fn counter(&self, name: &'static str, text: &'static str, read: impl Fn() -> u64 + Send + Sync + 'static) {
        instruments::counter(&self.meter, name, text, move |observer| observer.observe(read(), &[]));
    }

    /// Shows numbers that somebody else keeps, told apart by one label; `read` gives its values with their numbers.
    pub fn gauges(
        &self,
        name: &'static str,
        text: &'static str,
        label: &'static str,
        read: impl Fn() -> Vec<(Box<str>, u64)> + Send + Sync + 'static,
    ) {
        instruments::gauge(&self.meter, name, text, move |observer| {
            for (value, number) in read() {
                observer.observe(number, &[KeyValue::new(label, String::from(value))]);
            }
        });
    }

    /// Shows families that are known only when somebody asks. `name` is that of one of them; no two readers may have the same.
    ///
    /// # Errors
    /// When the name was given before.
    pub fn families(&self, name: &str, read: impl Fn() -> Vec<Family> + Send + Sync + 'static) -> anyhow::Result<()> {
        self.registry.register(Box::new(Families::new(name, read)?))?;
        Ok(())
    }

    /// Everything as Prometheus text. Routes and services that the configuration no longer has are left out from the next time on.
    ///
    /// # Errors
    /// When the text cannot be written, which memory alone could cause.
    pub fn render(&self) -> anyhow::Result<String> {
        let text = TextEncoder::new().encode_to_string(&self.registry.gather())?;
        lock(&self.tables.routes).retain(|_, route| Arc::strong_count(route) > 1);
        lock(&self.tables.services).retain(|_, service| Arc::strong_count(service) > 1);
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("tables", &self.tables).finish_non_exhaustive()
    }
}

/// A panic elsewhere does not take the numbers away.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_workers_are_added_up_in_the_text() {
        let metrics = Metrics::new(2, ["host", "path"]).unwrap();
        let route = metrics.route("get-user");
        route.begin(0).end(StatusCode::OK, Duration::from_micros(700));
        route.begin(1).end(StatusCode::OK, Duration::from_millis(3));
        route.begin(1).end(StatusCode::NOT_FOUND, Duration::from_secs(100));
        let under_way = route.begin(0);
        drop(route.begin(1));
        metrics.listener.rejections.add(1);
        metrics.listener.unrouted.add(Unrouted::NoRoute as usize);
        metrics.listener.unrouted.add(Unrouted::Method as usize);
        metrics.listener.opened_connections.add(3);
        metrics.listener.closed_connections.add(1);
        metrics.service("users").failed(ErrorKind::Timeout);
        metrics.counter("yumen_of_others", "", || 7);
        metrics.gauge("yumen_config_version", "", || 7);
        metrics.gauges("yumen_service_providers", "", "service", || vec![("users".into(), 3), ("orders".into(), 0)]);
        metrics.reloaded(Reloaded::Refused);
        let labels = vec![("plugin".to_owned(), "cors".to_owned())];
        let sample = |number| vec![Sample { labels: labels.clone(), number }];
        let families = [
            Family {
                name: "yumen_plugin_calls_total".into(),
                text: "Calls.".into(),
                samples: sample(Number::Counter(3)),
            },
            Family {
                name: "yumen_plugin_sizes".into(),
                text: "Sizes.".into(),
                samples: sample(Number::Histogram(&[1, 10], vec![1, 0, 2], 99)),
            },
        ];
        metrics.families("yumen_plugin_calls_total", move || families.to_vec()).unwrap();
        let text = metrics.render().unwrap();
        for line in [
            r#"yumen_plugin_calls_total{plugin="cors"} 3"#,
            r#"yumen_plugin_sizes_bucket{plugin="cors",le="10"} 1"#,
            r#"yumen_plugin_sizes_count{plugin="cors"} 3"#,
            r#"yumen_http_requests_total{route="get-user",status="2xx"} 2"#,
            r#"yumen_http_requests_total{route="get-user",status="4xx"} 1"#,
            r#"yumen_http_requests_total{route="get-user",status="gone"} 1"#,
            r#"yumen_http_requests_in_flight{route="get-user"} 1"#,
            r#"yumen_http_request_duration_seconds_bucket{route="get-user",le="0.001"} 1"#,
            r#"yumen_http_request_duration_seconds_bucket{route="get-user",le="0.005"} 2"#,
            r#"yumen_http_request_duration_seconds_bucket{route="get-user",le="+Inf"} 3"#,
            r#"yumen_http_request_duration_seconds_count{route="get-user"} 3"#,
            r#"yumen_http_rejections_total{reason="path"} 1"#,
            r#"yumen_http_unrouted_total{cause="no_route"} 1"#,
            r#"yumen_http_unrouted_total{cause="method"} 1"#,
            "yumen_connections_open 2",
            r#"yumen_upstream_errors_total{kind="timeout",service="users"} 1"#,
            "yumen_of_others_total 7",
            "yumen_config_version 7",
            r#"yumen_service_providers{service="users"} 3"#,
            r#"yumen_service_providers{service="orders"} 0"#,
            r#"yumen_config_reloads_total{outcome="applied"} 0"#,
            r#"yumen_config_reloads_total{outcome="refused"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        under_way.end(StatusCode::OK, Duration::ZERO);
        assert_eq!(route.in_flight(), 0);
    }

    #[test]
    fn a_route_that_is_gone_is_forgotten_and_one_that_stays_goes_on() {
        let metrics = Metrics::new(1, []).unwrap();
        let stays = metrics.route("stays");
        stays.begin(0).end(StatusCode::OK, Duration::ZERO);
        drop(metrics.route("goes"));
        metrics.render().unwrap();
        let text = metrics.render().unwrap();
        assert!(text.contains("stays") && !text.contains("goes"), "{text}");
        assert_eq!(metrics.route("stays").ended()[2], 1);
        assert_eq!(stays.shards[0].latency.count(), 1);
        assert_eq!(histogram::BOUNDS.len() + 1, stays.shards[0].latency.buckets().len());
    }
}
