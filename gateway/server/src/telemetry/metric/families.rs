//! Numbers that others keep and whose names and labels are known only when somebody asks, such as those of plugins.

use std::collections::HashMap;

use prometheus::{
    core::{Collector, Desc},
    proto::{self, Bucket, LabelPair, Metric, MetricFamily, MetricType},
};

/// Numbers of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The whole name.
    pub name: String,
    /// What it counts, in a sentence.
    pub text: String,
    /// The numbers, all of one kind.
    pub samples: Vec<Sample>,
}

/// One number and what tells it from others of its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Names and values of labels.
    pub labels: Vec<(String, String)>,
    /// The number.
    pub number: Number,
}

/// A number as Prometheus tells them apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Only grows.
    Counter(u64),
    /// Goes up and down.
    Gauge(f64),
    /// Counts of values up to each bound and above the last, each by itself, and the sum of all values.
    Histogram(&'static [u64], Vec<u64>, u64),
}

/// Reads families when they are asked for.
pub(super) struct Families<F> {
    desc: Desc,
    read: F,
}

impl<F: Fn() -> Vec<Family>> Families<F> {
    /// `name` is that of one of the families, or like them; no two readers may have the same.
    pub(super) fn new(name: &str, read: F) -> prometheus::Result<Self> {
        let desc = Desc::new(name.to_owned(), "Read when asked for.".to_owned(), Vec::new(), HashMap::new())?;
        Ok(Self { desc, read })
    }
}

impl<F: Fn() -> Vec<Family> + Send + Sync> Collector for Families<F> {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        (self.read)().into_iter().filter_map(family).collect()
    }
}

fn family(family: Family) -> Option<MetricFamily> {
    let kind = match family.samples.first()?.number {
        Number::Counter(_) => MetricType::COUNTER,
        Number::Gauge(_) => MetricType::GAUGE,
        Number::Histogram(..) => MetricType::HISTOGRAM,
    };
    let mut out = MetricFamily::default();
    out.set_name(family.name);
    out.set_help(family.text);
    out.set_field_type(kind);
    out.set_metric(family.samples.into_iter().map(metric).collect());
    Some(out)
}

fn metric(sample: Sample) -> Metric {
    let label = |(name, value): (String, String)| {
        let mut label = LabelPair::default();
        label.set_name(name);
        label.set_value(value);
        label
    };
    let mut metric = Metric::from_label(sample.labels.into_iter().map(label).collect());
    match sample.number {
        Number::Counter(count) => {
            let mut counter = proto::Counter::default();
            counter.set_value(count as f64);
            metric.set_counter(counter);
        }
        Number::Gauge(value) => {
            let mut gauge = proto::Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        Number::Histogram(bounds, counts, sum) => metric.set_histogram(histogram(bounds, &counts, sum)),
    }
    metric
}

fn histogram(bounds: &[u64], counts: &[u64], sum: u64) -> proto::Histogram {
    let mut cumulative = 0;
    let buckets = bounds.iter().zip(counts).map(|(bound, count)| {
        cumulative += count;
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(*bound as f64);
        bucket.set_cumulative_count(cumulative);
        bucket
    });
    let mut histogram = proto::Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(counts.iter().sum());
    histogram.set_sample_sum(sum as f64);
    histogram
}
