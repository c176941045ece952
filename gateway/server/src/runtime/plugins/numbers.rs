//! What plugins did, and the numbers that they keep themselves, for `/metrics`.

use yumen_plugin_host::{BOUNDS, Host, Reading, Statistics, deployed::Table};

use crate::telemetry::metric::{Family, Number, Sample};

/// A number of a version: its name, what it is, and how it is read.
type Column = (&'static str, &'static str, fn(&Statistics) -> Number);

const COLUMNS: [Column; 4] = [
    ("yumen_plugin_calls_total", "Calls of a plugin, failed ones included.", |it| Number::Counter(it.calls)),
    ("yumen_plugin_failures_total", "Calls of a plugin that failed.", |it| Number::Counter(it.failures())),
    ("yumen_plugin_instances", "Instances of a plugin that live now.", |it| Number::Gauge(it.instances as f64)),
    ("yumen_plugin_memory_bytes", "Memory of the instances of a plugin.", |it| Number::Gauge(it.memory as f64)),
];

/// Everything that is known of what serves.
pub(super) fn read(host: &Host, table: &Table) -> Vec<Family> {
    let versions: Vec<_> = table
        .iter()
        .flat_map(|deployed| deployed.versions())
        .map(|version| {
            let labels = vec![
                ("plugin".to_owned(), version.name().to_string()),
                ("version".to_owned(), version.id().to_owned()),
            ];
            (labels, version.statistics())
        })
        .collect();
    let column = |(name, text, number): &Column| Family {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
        samples: versions
            .iter()
            .map(|(labels, statistics)| Sample { labels: labels.clone(), number: number(statistics) })
            .collect(),
    };
    let mut families: Vec<Family> = COLUMNS.iter().map(column).collect();
    families.push(durations(&versions));
    families.extend(own(host));
    families
}

fn durations(versions: &[(Vec<(String, String)>, Statistics)]) -> Family {
    let samples = versions.iter().flat_map(|(labels, statistics)| {
        [("0.5", statistics.p50), ("0.99", statistics.p99)].map(|(quantile, time)| {
            let mut labels = labels.clone();
            labels.push(("quantile".to_owned(), quantile.to_owned()));
            Sample { labels, number: Number::Gauge(time.as_secs_f64()) }
        })
    });
    Family {
        name: "yumen_plugin_duration_seconds".to_owned(),
        text: "Time that calls of a plugin took, of sampled ones.".to_owned(),
        samples: samples.collect(),
    }
}

/// The numbers that plugins define.
fn own(host: &Host) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for (plugin, series) in host.metrics() {
        for one in series {
            let name = format!("yumen_plugin_{}", one.name());
            let mut labels = vec![("plugin".to_owned(), plugin.to_string())];
            labels.extend(one.labels().iter().cloned());
            let number = match one.read() {
                Reading::Counter(count) => Number::Counter(count),
                Reading::Gauge(value) => Number::Gauge(value as f64),
                Reading::Histogram(counts, sum) => Number::Histogram(&BOUNDS, counts, sum),
            };
            let sample = Sample { labels, number };
            match families.iter_mut().find(|family| family.name == name) {
                // One name means one kind: a second plugin that counts otherwise under it is left out.
                Some(family) if alike(&family.samples, &sample) => family.samples.push(sample),
                Some(_) => {}
                None => families.push(Family { name, text: "Kept by a plugin.".to_owned(), samples: vec![sample] }),
            }
        }
    }
    families
}

fn alike(samples: &[Sample], sample: &Sample) -> bool {
    samples.first().is_some_and(|first| std::mem::discriminant(&first.number) == std::mem::discriminant(&sample.number))
}
