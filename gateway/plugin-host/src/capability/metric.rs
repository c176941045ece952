//! Numbers that a plugin shows on `/metrics`. They outlive its versions.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::words::MetricKind;

/// Series of one plugin, over all names and labels.
const SERIES_MOST: usize = 200;

/// Labels of one series.
const LABELS_MOST: usize = 8;

/// Bytes of a name of a metric or label, and of a label's value.
const NAME_MOST: usize = 100;
const VALUE_MOST: usize = 256;

/// Upper bounds of a histogram's buckets. Values have no unit here: microseconds, bytes and counts all fit.
pub const BOUNDS: [u64; 22] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000, 5_000_000, 10_000_000,
];

/// The series of one plugin.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Vec<Arc<Series>>>);

impl Metrics {
    /// The series of this kind, name and labels; made at the first time.
    pub(crate) fn define(
        &self,
        kind: MetricKind,
        name: &str,
        labels: Vec<(String, String)>,
    ) -> Result<Arc<Series>, String> {
        judge(name, &labels)?;
        let mut known = self.lock();
        if let Some(other) = known.iter().find(|series| series.name == name && series.kind != kind) {
            return Err(format!("{name} is a {} already", other.kind()));
        }
        if let Some(series) = known.iter().find(|series| series.name == name && series.labels == labels) {
            return Ok(Arc::clone(series));
        }
        if known.len() == SERIES_MOST {
            return Err(format!("a plugin has at most {SERIES_MOST} series"));
        }
        let series = Arc::new(Series::new(kind, name, labels));
        known.push(Arc::clone(&series));
        Ok(series)
    }

    /// Every series, in the order of definition.
    pub(crate) fn all(&self) -> Vec<Arc<Series>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Series>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One number, or one histogram, that a plugin defined.
pub struct Series {
    kind: MetricKind,
    name: String,
    labels: Vec<(String, String)>,
    value: AtomicI64,
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum: AtomicU64,
}

/// What a series reads now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Only ever rises.
    Counter(u64),
    /// Rises and falls.
    Gauge(i64),
    /// Counts of values up to each of [`BOUNDS`] and above the last, each by itself, and the sum of all values.
    Histogram(Vec<u64>, u64),
}

impl Series {
    fn new(kind: MetricKind, name: &str, labels: Vec<(String, String)>) -> Series {
        Series {
            kind,
            name: name.to_owned(),
            labels,
            value: AtomicI64::new(0),
            buckets: Default::default(),
            sum: AtomicU64::new(0),
        }
    }

    /// The name that the plugin gave it: letters, digits and `_`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its labels, without the one that names the plugin.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// `counter`, `gauge` or `histogram`.
    pub fn kind(&self) -> &'static str {
        match self.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        }
    }

    /// What it reads now.
    pub fn read(&self) -> Reading {
        let value = self.value.load(Ordering::Relaxed);
        match self.kind {
            MetricKind::Counter => Reading::Counter(u64::try_from(value).unwrap_or_default()),
            MetricKind::Gauge => Reading::Gauge(value),
            MetricKind::Histogram => {
                let buckets = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
                Reading::Histogram(buckets, self.sum.load(Ordering::Relaxed))
            }
        }
    }

    /// Adds to a counter or a gauge. A counter takes nothing away, a histogram adds nothing.
    pub(crate) fn add(&self, delta: i64) {
        match self.kind {
            MetricKind::Counter if delta < 0 => {}
            MetricKind::Counter | MetricKind::Gauge => {
                self.value.fetch_add(delta, Ordering::Relaxed);
            }
            MetricKind::Histogram => {}
        }
    }

    /// Sets a gauge, notes a value in a histogram.
    pub(crate) fn record(&self, value: u64) {
        match self.kind {
            MetricKind::Counter => {}
            MetricKind::Gauge => self.value.store(i64::try_from(value).unwrap_or(i64::MAX), Ordering::Relaxed),
            MetricKind::Histogram => {
                let bucket = BOUNDS.partition_point(|bound| *bound < value);
                self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
                self.sum.fetch_add(value, Ordering::Relaxed);
            }
        }
    }
}

fn judge(name: &str, labels: &[(String, String)]) -> Result<(), String> {
    let fits = |name: &str| {
        let first = name.bytes().next();
        first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && name.len() <= NAME_MOST
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if !fits(name) {
        return Err(format!("{name:?} is no name for a metric: letters, digits and `_`, at most {NAME_MOST}"));
    }
    if labels.len() > LABELS_MOST {
        return Err(format!("more than {LABELS_MOST} labels"));
    }
    for (place, (label, value)) in labels.iter().enumerate() {
        let again = labels[..place].iter().any(|(other, _)| other == label);
        if !fits(label) || label == "plugin" || label == "le" || label.starts_with("__") || again {
            return Err(format!("{label:?} cannot name a label"));
        }
        if value.len() > VALUE_MOST {
            return Err(format!("the value of {label} has more than {VALUE_MOST} bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(value: &str) -> Vec<(String, String)> {
        vec![("who".to_owned(), value.to_owned())]
    }

    #[test]
    fn a_series_is_found_again_by_kind_name_and_labels() {
        let metrics = Metrics::default();
        let first = metrics.define(MetricKind::Counter, "hits", label("a")).unwrap();
        assert!(Arc::ptr_eq(&first, &metrics.define(MetricKind::Counter, "hits", label("a")).unwrap()));
        assert!(!Arc::ptr_eq(&first, &metrics.define(MetricKind::Counter, "hits", label("b")).unwrap()));
        let other = metrics.define(MetricKind::Gauge, "hits", label("c")).err();
        assert_eq!(other.as_deref(), Some("hits is a counter already"));
    }

    #[test]
    fn a_counter_never_falls_and_a_histogram_counts_in_buckets() {
        let metrics = Metrics::default();
        let counter = metrics.define(MetricKind::Counter, "c", vec![]).unwrap();
        counter.add(5);
        counter.add(-3);
        assert_eq!(counter.read(), Reading::Counter(5));
        let gauge = metrics.define(MetricKind::Gauge, "g", vec![]).unwrap();
        gauge.record(9);
        gauge.add(-10);
        assert_eq!(gauge.read(), Reading::Gauge(-1));
        let histogram = metrics.define(MetricKind::Histogram, "h", vec![]).unwrap();
        for value in [1, 3, 99_999_999] {
            histogram.record(value);
        }
        let Reading::Histogram(buckets, sum) = histogram.read() else { panic!() };
        assert_eq!((buckets[0], buckets[2], buckets[BOUNDS.len()], sum), (1, 1, 1, 100_000_003));
    }

    #[test]
    fn names_that_would_break_the_exposition_are_refused() {
        let metrics = Metrics::default();
        for name in ["", "a b", "1a", "a\n", &"a".repeat(101)] {
            assert!(metrics.define(MetricKind::Counter, name, vec![]).is_err(), "{name:?}");
        }
        for name in ["plugin", "le", "__x", "a-b"] {
            assert!(
                metrics.define(MetricKind::Counter, "ok", vec![(name.to_owned(), String::new())]).is_err(),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_plugin_defines_no_more_series_than_it_may() {
        let metrics = Metrics::default();
        for number in 0..SERIES_MOST {
            metrics.define(MetricKind::Counter, "c", label(&number.to_string())).unwrap();
        }
        assert!(metrics.define(MetricKind::Counter, "c", label("more")).is_err());
    }
}
