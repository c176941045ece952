//! How long requests took: fixed buckets, written by one worker each, collected for Prometheus.

use std::{collections::HashMap, sync::Arc, time::Duration};

use prometheus::{
    core::{Collector, Desc},
    proto::{Bucket, Histogram, LabelPair, Metric, MetricFamily, MetricType},
};

use super::{Counter, RouteMetrics, Tables, lock};

/// Upper bounds of the buckets, in microseconds.
pub(super) const BOUNDS: [u64; 15] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
];
const NAME: &str = "yumen_http_request_duration_seconds";
const HELP: &str = "Time from the end of a request's head to its answer.";

/// One worker's latencies of one route.
#[derive(Debug, Default)]
pub(super) struct Latency {
    buckets: [Counter; BOUNDS.len() + 1],
    micros: Counter,
}

impl Latency {
    /// Takes note of one request. Only the worker that owns this may call it.
    pub(super) fn record(&self, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].bump(1);
        self.micros.bump(micros);
    }

    /// Requests in each bucket, the last one without a bound.
    pub(super) fn buckets(&self) -> [u64; BOUNDS.len() + 1] {
        std::array::from_fn(|index| self.buckets[index].get())
    }

    /// Requests recorded.
    #[cfg(test)]
    pub(super) fn count(&self) -> u64 {
        self.buckets().iter().sum()
    }
}

/// The latencies of all routes, for Prometheus.
pub(super) struct Histograms {
    tables: Arc<Tables>,
    desc: Desc,
}

impl Histograms {
    pub(super) fn new(tables: Arc<Tables>) -> prometheus::Result<Self> {
        let desc = Desc::new(NAME.to_owned(), HELP.to_owned(), vec!["route".to_owned()], HashMap::new())?;
        Ok(Self { tables, desc })
    }
}

impl Collector for Histograms {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let metrics: Vec<Metric> = lock(&self.tables.routes).values().map(|route| metric(route)).collect();
        if metrics.is_empty() {
            return Vec::new();
        }
        let mut family = MetricFamily::default();
        family.set_name(NAME.to_owned());
        family.set_help(HELP.to_owned());
        family.set_field_type(MetricType::HISTOGRAM);
        family.set_metric(metrics);
        vec![family]
    }
}

fn metric(route: &RouteMetrics) -> Metric {
    let mut counts = [0; BOUNDS.len() + 1];
    let mut micros = 0_u64;
    for shard in &route.shards {
        counts.iter_mut().zip(shard.latency.buckets()).for_each(|(sum, count)| *sum += count);
        micros = micros.wrapping_add(shard.latency.micros.get());
    }
    let mut cumulative = 0;
    let buckets = BOUNDS.iter().zip(&counts).map(|(bound, count)| {
        cumulative += count;
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(Duration::from_micros(*bound).as_secs_f64());
        bucket.set_cumulative_count(cumulative);
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(counts.iter().sum());
    histogram.set_sample_sum(Duration::from_micros(micros).as_secs_f64());
    let mut label = LabelPair::default();
    label.set_name("route".to_owned());
    label.set_value(route.name.to_string());
    let mut metric = Metric::from_label(vec![label]);
    metric.set_histogram(histogram);
    metric
}
